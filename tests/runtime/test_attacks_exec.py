"""A container that waits for the operator to run something in it, and one that is after the runtime's own file."""
import hashlib
import os
import shutil
import subprocess
import time

import conftest

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def running(box, script):
    assert box.create("sh", "-c", script) == 0
    assert box.call("start", "t").returncode == 0


def test_runtime_cannot_be_overwritten(box):
    """CVE-2019-5736: the operator runs the image's program, which is the runtime itself (/proc/self/exe); the
    container keeps its file open and writes to it when it no longer runs."""
    runtime = box.path + "/system-runtime"
    shutil.copy(conftest.RUNTIME, runtime)
    before = hashlib.sha256(open(runtime, "rb").read()).digest()
    running(box, """
        until [ -e /tmp/pid ]; do sleep 0.05; done
        exec 3</proc/$(cat /tmp/pid)/exe && echo open >/tmp/opened
        until [ -e /tmp/ended ]; do sleep 0.05; done
        (echo overwritten >/proc/self/fd/3) 2>/tmp/refused && echo wrote
        echo >/tmp/done; sleep 1000""")
    # `update -r -` waits for its stdin, so that the file can be opened at leisure.
    p = subprocess.Popen([runtime, "--root", box.root, "exec", "--pid-file", box.path + "/pid", "t",
                          "/proc/self/exe", "update", "-r", "-", "x"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(box.path + "/pid"))
    host = open(box.path + "/pid").read()
    inside = next(line for line in open(f"/proc/{host}/status") if line.startswith("NSpid:")).split()[-1]
    # Before it executes nobody may look into it.
    wait_for(lambda: open(f"/proc/{host}/cmdline", "rb").read().startswith(b"/proc/self/exe"))
    with open(box.rootfs + "/tmp/pid.new", "w") as f:
        f.write(inside)
    os.rename(box.rootfs + "/tmp/pid.new", box.rootfs + "/tmp/pid")
    wait_for(lambda: os.path.exists(box.rootfs + "/tmp/opened") or box.state()["status"] == "stopped")
    p.communicate(b"")
    open(box.rootfs + "/tmp/ended", "w").close()
    wait_for(lambda: os.path.exists(box.rootfs + "/tmp/done") or box.state()["status"] == "stopped")
    assert hashlib.sha256(open(runtime, "rb").read()).digest() == before
    assert os.path.exists(box.rootfs + "/tmp/opened"), "the attack did not get so far"


def test_the_runtime_in_a_container_is_not_looked_into(box):
    """CVE-2016-9962: between joining and execve, descriptors and memory of the runtime's process are there for
    the container's root."""
    running(box, """
        while [ ! -e /tmp/stop ]; do
            for p in /proc/[0-9]*; do
                case "$(readlink $p/exe)" in *system-runtime*) echo $p >>/tmp/seen; ls -l $p/fd >>/tmp/seen;; esac
            done
        done 2>/dev/null; echo >/tmp/done; sleep 1000""")
    # The process stands still in front of its execve.
    r = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=execve", "-e", "inject=execve:delay_enter=1500000",
                        conftest.RUNTIME, "--root", box.root, "exec", "t", "true"], timeout=60, **QUIET)
    assert r.returncode == 0
    open(box.rootfs + "/tmp/stop", "w").close()
    wait_for(lambda: os.path.exists(box.rootfs + "/tmp/done"))
    assert not os.path.exists(box.rootfs + "/tmp/seen"), open(box.rootfs + "/tmp/seen").read()


def test_exec_has_no_inheritable_capability(box):
    """CVE-2022-27650, CVE-2022-29162: with one, a program file with capabilities gives them to any user."""
    box.spec["process"]["capabilities"] = {k: ["CAP_CHOWN"] for k in ("bounding", "effective", "permitted")}
    running(box, "sleep 1000")
    for more in ([], ["--cap", "CAP_NET_RAW"]):
        out = box.call("exec", *more, "t", "grep", "-E", "Cap[IA]", "/proc/self/status").stdout
        assert out.split() == ["CapInh:", "0" * 16, "CapAmb:", "0" * 16]


def test_exec_user_is_a_whole_number(box):
    """CVE-2026-30892: half a number once ran another user, or root."""
    running(box, "sleep 1000")
    for text in ("1000:", ":5", "1000 0", "1000x", "0x3e8", "", "4294967295", "4294967296", "18446744073709551616", "+5", "-1", "1000:-1"):
        r = box.call("exec", "--user", text, "t", "id")
        assert r.returncode == 1 and "uid" not in r.stdout, text


def test_exec_terminal_is_a_real_one(box):
    """The container replaced /dev/ptmx, which the runtime opens with the terminal that it sends away."""
    box.spec["mounts"] = box.spec["mounts"][:1]
    victim = box.rootfs + "/etc/victim"
    open(victim, "w").write("untouched")
    os.symlink("/etc/victim", box.rootfs + "/dev/ptmx")
    running(box, "sleep 1000")
    r = box.call("exec", "--tty", "t", "true")
    assert r.returncode == 1 and "terminal" in r.stderr
    assert open(victim).read() == "untouched"


def test_many_mounts_and_maps_do_not_overflow(box):
    """CVE-2021-43784: 16 bits of length for the mounts."""
    box.spec["mounts"] += [{"destination": f"/tmp/{'m' * 60}{i}", "type": "bind", "source": "/etc/hostname", "options": ["bind", "ro"]}
                           for i in range(1200)]
    assert box.sh("grep -c mmmm /proc/self/mountinfo").strip() == "1200"
    maps = [{"containerID": i, "hostID": 200000 + i, "size": 1} for i in range(400)]
    box.spec["linux"].update(uidMappings=maps, gidMappings=maps)
    box.spec["linux"]["namespaces"].append({"type": "user"})
    box.spec["mounts"] = box.spec["mounts"][:3]
    r = box.run("true")
    assert r.returncode == 1 and "one page of text" in r.stderr, r.stderr
