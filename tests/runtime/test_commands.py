"""The command line that engines use: flags, files, formats and the words that they look for."""
import array
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

import conftest
from conftest import RUNTIME, SVC

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# The machine's cgroup v2, where there is one.
CGROUP2 = next((line.split()[4] for line in open("/proc/self/mountinfo") if " - cgroup2 " in line), None)


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def running(box):
    assert box.create("sleep", "1000") == 0
    assert box.call("start", "t").returncode == 0
    return box


def receive_fd(listener):
    c, _ = listener.accept()
    with c:
        data, ancillary, _, _ = c.recvmsg(64, socket.CMSG_SPACE(4))
    fds = array.array("i")
    fds.frombytes(ancillary[0][2][:4])
    return data, fds[0]


def listener(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind(path)
    s.listen(1)
    s.settimeout(20)
    return s


def test_version_help_and_features(box):
    v = box.call("--version").stdout.splitlines()
    assert v[0].startswith("system-runtime version ") and v[1].startswith("spec: 1.")
    assert "--preserve-fds" in box.call("create", "--help").stdout
    assert box.call("nonsense").returncode == 2


def test_manual_names_every_command_and_option(box):
    for program, page in ((RUNTIME, "system-runtime"), (SVC, "svc")):
        text = open(f"{conftest.HERE}/../../man/{page}.8").read().replace("\\-", "-")
        out = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=30).stdout
        commands = re.findall(r"^  ([a-z]+) ", out, re.M)
        assert len(commands) > 8
        if program == RUNTIME:
            for c in commands:
                out += box.call(c, "--help").stdout
        for word in commands + re.findall(r"--[a-z-]+", out):
            assert re.search(rf"(?<![a-z-]){re.escape(word)}(?![a-z-])", text), f"man/{page}.8 lacks {word}"


def test_errors_in_the_log(box):
    for form in ("json", "text"):
        log = f"{box.path}/log.{form}"
        r = box.call("--log", log, "--log-format", form, "--log-level", "debug", "state", "nobody")
        assert r.returncode == 1 and 'container "nobody" does not exist' in r.stderr
        line = open(log).read()
        if form == "json":
            entry = json.loads(line)
            assert entry["level"] == "error" and "does not exist" in entry["msg"] and entry["time"].endswith("Z")
        else:
            assert "level=error" in line and "does not exist" in line
    assert box.call("--log-format", "xml", "list").returncode == 1


def test_words_that_engines_look_for(box):
    assert "does not exist" in box.call("kill", "t").stderr
    assert "does not exist" in box.call("delete", "t").stderr
    assert box.call("delete", "--force", "t").returncode == 0
    assert box.create("true") == 0
    assert "already exists" in box.call("create", "-b", box.path, "t").stderr
    assert "cannot exec" in box.call("exec", "t", "true").stderr
    assert box.call("start", "t").returncode == 0
    wait_for(lambda: box.state()["status"] == "stopped")
    for args in (("kill", "t", "TERM"), ("pause", "t"), ("ps", "t"), ("events", "--stats", "t")):
        assert "container not running" in box.call(*args).stderr
    assert "container not paused" not in box.call("resume", "t").stderr


def test_cgroup_managers(running):
    r = running.call("--systemd-cgroup", "state", "t")
    assert r.returncode == 1 and "cgroupfs" in r.stderr
    assert running.call("--cgroup-manager", "systemd", "state", "t").returncode == 1
    assert running.call("--cgroup-manager", "cgroupfs", "state", "t").returncode == 0
    subprocess.run([RUNTIME, "--root", running.root, "--cgroup-manager=disabled", "run", "-d", "-b", running.path, "free"],
                   check=True, timeout=30, **QUIET)
    pid = running.state("free")["pid"]
    assert open(f"/proc/{pid}/cgroup").read() == open("/proc/self/cgroup").read()
    assert running.call("kill", "--all", "free", "KILL").returncode == 0


def test_run_with_another_config_detached_and_kept(box):
    box.spec["process"]["args"] = ["sh", "-c", "exit 3"]
    box.write()
    os.rename(box.path + "/config.json", box.path + "/other.json")
    r = box.call("run", "--keep", "-b", box.path, "--config", box.path + "/other.json", "kept")
    assert r.returncode == 3 and box.state("kept")["status"] == "stopped"
    box.spec["process"]["args"] = ["sleep", "1000"]
    box.spec["process"]["env"].append("WHO=other")
    json.dump(box.spec, open(box.path + "/other.json", "w"))
    subprocess.run([RUNTIME, "--root", box.root, "run", "--detach", "-b", box.path, "--config", box.path + "/other.json",
                    "--pid-file", box.path + "/pid", "away"], check=True, timeout=30, **QUIET)
    s = box.state("away")
    assert s["status"] == "running" and s["pid"] == int(open(box.path + "/pid").read())
    assert box.call("exec", "away", "sh", "-c", "echo $WHO").stdout == "other\n"


def test_spec_is_a_config_that_runs(box):
    os.makedirs(box.path + "/new")
    assert box.call("spec", "-b", box.path + "/new").returncode == 0
    assert box.call("spec", "-b", box.path + "/new").returncode == 1
    box.spec = json.load(open(box.path + "/new/config.json"))
    box.spec["process"]["terminal"] = False
    assert box.sh("hostname; id -u").split() == ["container", "0"]


def call_with_fd_3(path, script, *words, **more):
    """In a shell, since in this process descriptor 3 may be anything."""
    return subprocess.run(["bash", "-c", f"exec 3<{path}; {script}", "bash", *words], capture_output=True, text=True, timeout=30, **more)


def test_preserved_and_listen_fds(box):
    with open(box.path + "/three", "w") as f:
        f.write("through\n")
    box.spec["process"]["args"] = ["sh", "-c", "cat <&3; echo $LISTEN_FDS $LISTEN_PID"]
    box.write()
    run = [RUNTIME, "--root", box.root, "run", "-b", box.path]
    r = call_with_fd_3(box.path + "/three", 'exec "$@"', *run, "--preserve-fds", "1", "p")
    assert r.stdout.split() == ["through"], r
    # As sd_listen_fds(3) wants it: only when LISTEN_PID is the runtime itself.
    r = call_with_fd_3(box.path + "/three", 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"', *run, "l")
    assert r.stdout.split() == ["through", "1", "1"], r
    r = call_with_fd_3(box.path + "/three", 'exec "$@"', *run, "n", env=dict(os.environ, LISTEN_FDS="1", LISTEN_PID="1"))
    assert r.stdout.split() == [], r


def test_pidfd_socket(box):
    with listener(box.path + "/s") as s:
        box.spec["process"]["args"] = ["sleep", "1000"]
        box.write()
        subprocess.run([RUNTIME, "--root", box.root, "create", "--pidfd-socket", box.path + "/s", "-b", box.path, "t"],
                       check=True, timeout=30, **QUIET)
        _, fd = receive_fd(s)
    pid = next(int(line.split()[1]) for line in open(f"/proc/self/fdinfo/{fd}") if line.startswith("Pid:"))
    assert pid == box.state()["pid"]
    signal.pidfd_send_signal(fd, signal.SIGKILL)
    os.close(fd)
    wait_for(lambda: box.state()["status"] == "stopped")
    r = box.call("create", "--pidfd-socket", box.path + "/none", "-b", box.path, "x")
    assert r.returncode == 1 and "--pidfd-socket" in r.stderr and "does not exist" in box.call("state", "x").stderr


def test_console_socket(box):
    box.spec["process"].update(terminal=True, args=["sh", "-c", "stat -c %F /dev/console; read x; echo got $x"])
    box.write()
    with listener(box.path + "/tty") as s:
        p = subprocess.Popen([RUNTIME, "--root", box.root, "create", "--console-socket", box.path + "/tty", "-b", box.path, "t"],
                             **QUIET)
        _, master = receive_fd(s)
        assert p.wait(timeout=30) == 0
    assert box.call("start", "t").returncode == 0
    os.write(master, b"word\n")
    text = b""
    try:
        while b"got word" not in text:
            text += os.read(master, 1000)
    finally:
        os.close(master)
    assert b"character special file" in text


def test_exec_flags(running):
    out = running.call("exec", "--cwd", "/tmp", "--env", "A=1", "-e", "B=2", "--user", "1000:1001", "-g", "7", "--additional-gids", "8",
                       "--cap", "CAP_NET_RAW", "--no-new-privs", "t", "sh", "-c",
                       "pwd; echo $A$B; id; grep -E '^(Cap|NoNew)' /proc/self/status").stdout
    assert out.startswith("/tmp\n12\n") and "uid=1000 gid=1001" in out and "7,8" in out
    assert "CapBnd:\t0000000000002000" in out
    assert "CapInh:\t0000000000000000" in out and "CapAmb:\t0000000000000000" in out and "NoNewPrivs:\t1" in out
    assert "CapPrm:\t0000000000002000" in running.call("exec", "--cap", "CAP_NET_RAW", "t", "cat", "/proc/self/status").stdout
    json.dump({"args": ["sh", "-c", "exit 9"], "cwd": "/", "user": {"uid": 5, "gid": 5}}, open(running.path + "/p.json", "w"))
    assert running.call("exec", "--process", running.path + "/p.json", "t").returncode == 9
    subprocess.run([RUNTIME, "--root", running.root, "exec", "--detach", "--pid-file", running.path + "/pid", "t", "sleep", "1000"],
                   check=True, timeout=30, **QUIET)
    pid = int(open(running.path + "/pid").read())
    assert open(f"/proc/{pid}/comm").read() == "sleep\n"
    # --tty gives a terminal of the container's own.
    assert running.call("exec", "--tty", "t", "tty").stdout.startswith("/dev/")
    for bad in (("--user", "1000x"), ("--user", "-1"), ("--cap", "CAP_NONE"), ("-g", "x"), ("--cgroup", "../..")):
        assert running.call("exec", *bad, "t", "true").returncode == 1
    r = call_with_fd_3("/etc/hostname", 'exec "$@"', RUNTIME, "--root", running.root, "exec", "--preserve-fds", "1", "t", "sh", "-c", "cat <&3")
    assert r.stdout == open("/etc/hostname").read()


def test_ps_and_list(running):
    subprocess.run([RUNTIME, "--root", running.root, "exec", "-d", "t", "sleep", "999"], check=True, timeout=30, **QUIET)
    first = running.state()["pid"]
    pids = json.loads(running.call("ps", "--format", "json", "t").stdout)
    assert first in pids and (CGROUP2 is None or len(pids) == 2)
    assert "sleep 1000" in running.call("ps", "t").stdout
    assert running.call("list", "-q").stdout == "t\n"
    entry, = json.loads(running.call("list", "--format=json").stdout)
    assert entry["id"] == "t" and entry["pid"] == first and entry["status"] == "running" and entry["rootfs"] and entry["created"]
    assert running.call("list").stdout.splitlines()[0].split() == ["ID", "PID", "STATUS", "BUNDLE", "CREATED"]


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
def test_pause_and_resume(running):
    assert running.call("pause", "t").returncode == 0
    assert running.state()["status"] == "paused"
    assert running.call("pause", "t").returncode == 1
    assert "paused" in running.call("exec", "t", "true").stderr
    assert running.call("resume", "t").returncode == 0
    assert running.state()["status"] == "running"
    assert "container not paused" in running.call("resume", "t").stderr


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
def test_update_and_events(running):
    have = open(CGROUP2 + "/cgroup.controllers").read().split()
    pages = [f for f in os.listdir("/sys/kernel/mm/hugepages")] if os.path.isdir("/sys/kernel/mm/hugepages") else []
    r = running.call("update", "--memory", "16777216", "t")
    assert (r.returncode == 0) == ("memory" in have)
    assert "memory" in have or "no memory controller" in r.stderr
    assert running.call("update", "--memory", "much", "t").returncode == 1
    r = running.call("update", "-r", "-", "t", stdin=None, input='{"pids": {"limit": 77}}')
    assert (r.returncode == 0) == ("pids" in have)
    if "hugetlb" in have and "hugepages-2048kB" in pages:
        r = running.call("update", "--resources=-", "t", stdin=None,
                         input='{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}')
        assert r.returncode == 0, r.stderr
    assert running.call("update", "-r", "-", "t", stdin=None, input="{").returncode == 1
    e = json.loads(running.call("events", "--stats", "t").stdout)
    assert e["type"] == "stats" and e["id"] == "t" and e["data"]["cpu"]["usage"]["total"] >= 0
    p = subprocess.Popen([RUNTIME, "--root", running.root, "events", "--interval", "100ms", "t"], stdout=subprocess.PIPE, text=True)
    assert json.loads(p.stdout.readline())["type"] == "stats"
    assert running.call("kill", "t", "KILL").returncode == 0
    assert p.wait(timeout=30) == 0
    assert running.call("events", "--interval", "soon", "t").returncode == 1


def test_kill_all_and_forced_delete(running):
    subprocess.run([RUNTIME, "--root", running.root, "exec", "-d", "--pid-file", running.path + "/pid", "t", "sleep", "999"],
                   check=True, timeout=30, **QUIET)
    second, first = int(open(running.path + "/pid").read()), running.state()["pid"]
    assert running.call("kill", "--all", "t", "9").returncode == 0
    wait_for(lambda: running.state()["status"] == "stopped")
    wait_for(lambda: not any(os.path.exists(f"/proc/{p}/root/bin") for p in (first, second)))
    assert running.call("kill", "t", "SIGNONE").returncode == 1
    assert running.call("delete", "t").returncode == 0
    assert running.create("sleep", "1000") == 0
    pid = running.state()["pid"]
    assert "use --force" in running.call("delete", "t").stderr
    assert running.call("delete", "--force", "t").returncode == 0
    assert not os.path.exists(f"/proc/{pid}/root/bin")
    assert "does not exist" in running.call("state", "t").stderr
