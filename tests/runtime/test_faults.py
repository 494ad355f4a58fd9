"""The runtime is killed, or refused by the kernel, at every system call of create, start and delete (strace(1) -e
inject): `delete --force` cleans up whatever is left, and no process, cgroup or mount stays."""
import collections
import glob
import json
import os
import re
import subprocess
import threading
import time

import pytest

import conftest
from conftest import RUNTIME

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
CGROUP2 = next((line.split()[4] for line in open("/proc/self/mountinfo") if " - cgroup2 " in line), None)
# What neither makes nor changes anything outside the process.
PASSIVE = set("""brk mmap munmap mprotect madvise rt_sigprocmask rt_sigaction getpid gettid getuid geteuid getcwd fstat newfstatat stat statx lseek
    read pread64 clock_gettime close fcntl access faccessat faccessat2 readlink arch_prctl set_tid_address prctl getdents64 statfs fstatfs
    poll ppoll exit_group exit getrandom umask execve""".split())


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def strays(box):
    """Processes that name the box in their words or live in its root."""
    found = []
    for d in glob.glob("/proc/[0-9]*"):
        try:
            words = open(d + "/cmdline", "rb").read().decode(errors="replace")
            if box.path in words and "pytest" not in words or os.readlink(d + "/root").startswith(box.rootfs):
                found.append((d, words))
        except OSError:
            pass
    return found


def nothing_left(box, step=None):
    r = box.call("delete", "--force", "t")
    assert r.returncode == 0, (step, r.stderr)
    assert not os.path.isdir(box.root) or [n for n in os.listdir(box.root) if n[0] != "."] == []
    wait_for(lambda: strays(box) == [])
    assert CGROUP2 is None or not os.path.exists(CGROUP2 + "/system-runtime/t"), step
    assert box.path not in open("/proc/self/mountinfo").read()


def command(box, *args):
    return [RUNTIME, "--root", box.root, *args]


def steps(box, args, follow=False):
    """(system call, how manieth in its process), in order; with follow of all processes, not only the runtime's."""
    log = box.path + "/trace"
    subprocess.run(["strace", "-o", log] + (["-f"] if follow else []) + command(box, *args), timeout=60, **QUIET)
    counts, out = collections.Counter(), {}
    for line in open(log, errors="replace"):
        m = re.match(r"(\d+ +)?([a-z_0-9]+)\(", line)
        if m and m[2] not in PASSIVE:
            counts[m[1], m[2]] += 1
            out[m[2], counts[m[1], m[2]]] = True
    os.unlink(log)
    return list(out)


def inject(box, step, how, args, follow=False):
    return subprocess.run(["strace", "-qq", "-o", "/dev/null"] + (["-f"] if follow else []) +
                          ["-e", f"trace={step[0]}", "-e", f"inject={step[0]}:{how}:when={step[1]}"] + command(box, *args),
                          timeout=20, **QUIET).returncode


@pytest.fixture
def ready(box):
    box.spec["process"]["args"] = ["sleep", "1000"]
    box.spec["linux"]["maskedPaths"] = ["/proc/keys"]
    box.write()
    return box


def prepare(box, what):
    if what in ("start", "delete"):
        assert box.create("sleep", "1000") == 0
    if what == "delete":
        assert box.call("start", "t").returncode == 0 and box.call("kill", "t", "KILL").returncode == 0
        wait_for(lambda: box.state()["status"] == "stopped")
    if what == "run":
        box.spec["process"]["args"] = ["true"]
        box.write()
    return {"run": ("run", "-b", box.path, "t"), "create": ("create", "-b", box.path, "t"), "start": ("start", "t"), "delete": ("delete", "t")}[what]


@pytest.mark.parametrize("what", ["create", "start", "run", "delete"])
def test_faults_killed_at_every_step(ready, what):
    todo = steps(ready, prepare(ready, what))
    nothing_left(ready)
    assert len(todo) > 5
    for step in todo:
        args = prepare(ready, what)
        inject(ready, step, "signal=KILL", args)
        nothing_left(ready, step)


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
@pytest.mark.parametrize("what", ["exec", "pause", "resume", "update"])
def test_faults_killed_beside_a_container(ready, what):
    """What works on a running container leaves one that works, with no process but its own."""
    rules = [{"allow": False, "access": "rwm"}, {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"}]
    ready.spec["linux"]["resources"] = {"devices": rules}
    with open(ready.path + "/resources", "w") as f:
        json.dump({"devices": rules}, f)
    words = {"exec": ("exec", "t", "true"), "pause": ("pause", "t"), "resume": ("resume", "t"),
             "update": ("update", "-r", ready.path + "/resources", "t")}[what]
    assert ready.create("sleep", "1000") == 0 and ready.call("start", "t").returncode == 0

    def reach(status):
        if ready.state()["status"] != status:
            assert ready.call("pause" if status == "paused" else "resume", "t").returncode == 0
    before = "paused" if what == "resume" else "running"
    reach(before)
    todo = steps(ready, words)
    assert len(todo) > 5
    for step in todo:
        reach(before)
        inject(ready, step, "signal=KILL", words)
        assert ready.state()["status"] in ("running", "paused"), step
        wait_for(lambda: len(json.loads(ready.call("ps", "-f", "json", "t").stdout)) == 1)
    reach("running")
    assert ready.call("update", "-r", ready.path + "/resources", "t").returncode == 0
    assert ready.call("exec", "t", "sh", "-c", "echo >/dev/null").returncode == 0
    nothing_left(ready)


def test_faults_killed_child(ready):
    """The container's first process is killed at its own steps: run leaves nothing."""
    own = set(s[0] for s in steps(ready, prepare(ready, "run")))
    nothing_left(ready)
    todo = [s for s in steps(ready, prepare(ready, "run"), follow=True) if s[0] not in own]
    nothing_left(ready)
    assert any(s[0] == "move_mount" for s in todo)
    for step in todo:
        status = inject(ready, step, "signal=KILL", prepare(ready, "run"), follow=True)
        assert status != 0 and not os.path.exists(ready.root + "/t"), (step, status)
        nothing_left(ready)


@pytest.mark.parametrize("error", ["ENOSPC", "ENOMEM", "EMFILE"])
def test_faults_refused_at_every_step(ready, error):
    """Whatever the kernel refuses, run ends and what it left can be cleaned up."""
    todo = steps(ready, prepare(ready, "run"), follow=True)
    nothing_left(ready)
    for step in todo:
        inject(ready, step, "error=" + error, prepare(ready, "run"), follow=True)
        nothing_left(ready, step)


def test_no_space_for_the_state(ready, tmp_path):
    small = str(tmp_path / "small")
    os.mkdir(small)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,nr_inodes=4", "small", small], check=True)
    try:
        ready.root = small
        r = subprocess.run(command(ready, "create", "-b", ready.path, "t"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True, timeout=30)
        if r.returncode != 0:
            assert "no space left" in r.stderr and os.listdir(small) == []
        assert ready.call("delete", "--force", "t").returncode == 0
    finally:
        subprocess.run(["umount", small], check=True)


def test_few_descriptors(ready):
    for n in range(3, 24):
        r = subprocess.run(["prlimit", f"--nofile={n}"] + command(ready, "create", "-b", ready.path, "t"), timeout=30, **QUIET).returncode
        assert r != 0 or os.path.exists(ready.root + "/t"), n
        nothing_left(ready)


def test_a_pid_that_was_reused(ready):
    """The state names a process that is another one by now: it is left alone."""
    assert ready.create("sleep", "1000") == 0
    assert ready.call("kill", "t", "KILL").returncode == 0
    wait_for(lambda: ready.state()["status"] == "stopped")
    # A process is known by its number and the clock tick of its start, of which there are 100 a second.
    time.sleep(0.05)
    other = subprocess.Popen(["sleep", "1000"])
    try:
        f = ready.root + "/t/state.json"
        state = json.load(open(f))
        state["pid"] = other.pid
        json.dump(state, open(f, "w"))
        assert ready.state()["status"] == "stopped"
        assert "container not running" in ready.call("kill", "t", "KILL").stderr
        assert ready.call("exec", "t", "true").returncode == 1
        assert ready.call("delete", "--force", "t").returncode == 0
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
def test_a_cgroup_that_is_busy(ready):
    """It is another's: neither joined nor killed."""
    group = f"{CGROUP2}/busy-{os.getpid()}"
    os.mkdir(group)
    other = subprocess.Popen(["sleep", "1000"])
    try:
        open(group + "/cgroup.procs", "w").write(str(other.pid))
        ready.spec["linux"]["cgroupsPath"] = "/" + os.path.basename(group)
        assert ready.run("true").returncode == 1
        nothing_left(ready)
        assert other.poll() is None and os.path.isdir(group)
    finally:
        other.kill()
        other.wait()
        wait_for(lambda: "populated 0" in open(group + "/cgroup.events").read())
        os.rmdir(group)


def test_two_runtimes_on_one_id(ready):
    """create, start, kill and delete of one id by several at once: each works or refuses, and all can be cleaned up."""
    words = [("create", "-b", ready.path, "t"), ("start", "t"), ("kill", "t", "KILL"), ("delete", "t"), ("delete", "--force", "t"), ("state", "t")]
    seen = set()

    def worker(n):
        for i in range(12):
            seen.add(subprocess.run(command(ready, *words[(n + i * 5) % len(words)]), timeout=20, **QUIET).returncode)
    workers = [threading.Thread(target=worker, args=(n,)) for n in range(4)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert seen <= {0, 1}
    nothing_left(ready)


def test_thousand_containers(ready):
    ready.spec["linux"]["namespaces"] = [{"type": "pid"}, {"type": "mount"}]
    ready.write()
    ids = [f"c{i}" for i in range(1000)]
    try:
        script = 'for i in $(seq $1 4 999); do "$2" --root "$3" create -b "$4" c$i >/dev/null 2>&1 </dev/null || exit 1; done'
        ps = [subprocess.Popen(["sh", "-c", script, "-", str(k), RUNTIME, ready.root, ready.path]) for k in range(4)]
        assert [p.wait(timeout=300) for p in ps] == [0, 0, 0, 0]
        listed = json.loads(ready.call("list", "-f", "json", timeout=60).stdout)
        assert len(listed) == 1000 and all(c["status"] == "created" for c in listed)
        for i in ("c0", "c500", "c999"):
            assert ready.call("start", i).returncode == 0 and ready.state(i)["status"] == "running"
    finally:
        for i in range(0, 1000, 100):
            r = ready.call("delete", "--force", *ids[i:i + 100], timeout=120)
            assert r.returncode == 0, r.stderr
    assert [n for n in os.listdir(ready.root) if n[0] != "."] == []
