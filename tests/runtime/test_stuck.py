"""What hangs in create, start and exec hangs nobody else: state, kill and delete answer, and end it."""
import fcntl
import json
import os
import re
import socket
import subprocess

import pytest

from conftest import RUNTIME
from test_faults import CGROUP2, wait_for

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}


def begin(box, *args):
    """A command in the background; its words go to a file, since a container keeps what it inherits open."""
    err = open(os.path.join(box.path, "words"), "w")
    return subprocess.Popen([RUNTIME, "--root", box.root, *args], stderr=err, **QUIET)


def words(box):
    with open(os.path.join(box.path, "words")) as f:
        return f.read()


def hook(box, inside, text):
    """A hook that says in the file `here` that it runs."""
    path = os.path.join(box.rootfs if inside else box.path, "bin/hook" if inside else "hook")
    here = os.path.join(box.rootfs, "tmp/here")
    with open(path, "w") as f:
        f.write(f"#!/bin/sh\necho >{'/tmp/here' if inside else here}\n{text}\n")
    os.chmod(path, 0o755)
    return [{"path": "/bin/hook" if inside else path, "env": ["PATH=/usr/bin:/bin"]}], here


@pytest.mark.parametrize("text", ["exec sleep 1000", "echo >/tmp/fifo"])
def test_start(box, text):
    os.mkfifo(os.path.join(box.rootfs, "tmp/fifo"))
    hooks, here = hook(box, True, text)
    box.spec["hooks"] = {"startContainer": hooks}
    assert box.create("sleep", "1000") == 0 and box.state()["status"] == "created"
    start = begin(box, "start", "t")
    wait_for(lambda: os.path.exists(here))
    assert box.state()["status"] == "created"
    assert json.loads(box.call("list", "-f", "json").stdout)[0]["status"] == "created"
    again = box.call("start", "t")
    assert again.returncode == 1 and "it is being started" in again.stderr
    assert "it is created; use --force" in box.call("delete", "t").stderr
    assert "it is created" in box.call("exec", "t", "true").stderr
    assert start.poll() is None
    assert box.call("kill", "t", "KILL").returncode == 0
    start.wait(timeout=30)
    wait_for(lambda: box.state()["status"] == "stopped")
    assert box.call("delete", "t").returncode == 0 and os.listdir(box.root) == []


def test_start_ends_with_delete(box):
    hooks, here = hook(box, True, "exec sleep 1000")
    box.spec["hooks"] = {"startContainer": hooks}
    assert box.create("sleep", "1000") == 0
    start = begin(box, "start", "t")
    wait_for(lambda: os.path.exists(here))
    assert box.call("delete", "--force", "t").returncode == 0
    start.wait(timeout=30)
    assert os.listdir(box.root) == []


@pytest.mark.parametrize("kind", ["createRuntime", "createContainer"])
def test_create(box, kind):
    hooks, here = hook(box, False, "sleep 1000")
    box.spec["hooks"] = {kind: hooks}
    box.spec["process"]["args"] = ["true"]
    box.write()
    create = begin(box, "create", "-b", box.path, "t")
    wait_for(lambda: os.path.exists(here))
    assert box.state()["status"] == "creating"
    assert "container not running" in box.call("kill", "t").stderr
    assert "it is creating; use --force" in box.call("delete", "t").stderr
    assert "already exists" in box.call("create", "-b", box.path, "t").stderr
    assert create.poll() is None
    create.kill()
    create.wait(timeout=30)
    assert box.call("delete", "--force", "t").returncode == 0 and os.listdir(box.root) == []


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
def test_create_of_what_is_deleted(box):
    hooks, here = hook(box, False, "sleep 1000")
    box.spec["hooks"] = {"createContainer": hooks}
    box.spec["process"]["args"] = ["true"]
    box.write()
    create = begin(box, "create", "-b", box.path, "t")
    wait_for(lambda: os.path.exists(here))
    assert box.call("delete", "--force", "t").returncode == 0
    # What is made meanwhile is another's, and stays.
    box.spec["hooks"] = {}
    assert box.create("sleep", "1000") == 0
    assert create.wait(timeout=30) == 1 and '"t" was deleted while it was made' in words(box)
    assert box.state()["status"] == "created"


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
@pytest.mark.parametrize("end", ["resume", "delete"])
def test_exec(box, end):
    assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0
    assert box.call("pause", "t").returncode == 0
    late = begin(box, "exec", "--ignore-paused", "t", "sh", "-c", "exit 4")
    with pytest.raises(subprocess.TimeoutExpired):
        late.wait(timeout=0.5)
    assert box.state()["status"] == "paused"
    assert box.call("kill", "t", "CONT").returncode == 0
    if end == "resume":
        assert box.call("resume", "t").returncode == 0
        assert late.wait(timeout=30) == 4 and box.state()["status"] == "running"
    else:
        assert box.call("delete", "--force", "t").returncode == 0
        assert late.wait(timeout=30) != 0 and os.listdir(box.root) == []


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
def test_pause(box):
    """While it waits for the kernel."""
    assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0
    pause = subprocess.Popen(["strace", "-qq", "-o", "/dev/null", "-e", "trace=pread64", "-e", "inject=pread64:delay_enter=60000000",
                              RUNTIME, "--root", box.root, "pause", "t"], stderr=subprocess.DEVNULL, **QUIET)
    try:
        wait_for(lambda: box.state()["status"] == "paused")
        assert box.call("resume", "t").returncode == 0 and pause.poll() is None
    finally:
        pause.kill()
        pause.wait()


def test_a_lock_that_stays(box, tmp_path):
    """Of a command that was stopped, or of a create whose listener does not listen: nobody waits for ever."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "listener"))
        listener.listen(0)
        callers = [socket.socket(socket.AF_UNIX) for _ in range(4)]
        for c in callers:
            c.setblocking(False)
            c.connect_ex(str(tmp_path / "listener"))
        assert box.create("sleep", "1000") == 0
        box.spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(tmp_path / "listener"),
                                        "syscalls": [{"names": ["sethostname"], "action": "SCMP_ACT_NOTIFY"}]}
        box.write()
        create = begin(box, "create", "-b", box.path, "u")
        lock = os.open(os.path.join(box.root, "t"), os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        r = box.call("delete", "--force", "t")
        assert r.returncode == 1 and 'container "t" is busy: another command holds its lock' in r.stderr, r.stderr
        os.close(lock)
        assert box.state()["status"] == "created"
        assert create.wait(timeout=60) == 1 and "linux.seccomp.listenerPath: cannot connect to" in words(box)
        assert "u" not in os.listdir(box.root)
        for c in callers:
            c.close()


@pytest.mark.parametrize("command", ["create", "run"])
def test_a_setup_that_hangs_ends(box, command):
    """A bind may wait for a server for ever: the creator asks for words within a minute (here at once: the kernel is made to
    say that the time is over), ends the first process, and leaves nothing."""
    box.spec["mounts"].append({"destination": "/mnt", "type": "bind", "source": "/usr/share", "options": ["bind", "ro"]})
    box.spec["process"]["args"] = ["true"]
    box.write()
    log = box.path + "/trace"
    r = subprocess.run(["strace", "-qq", "-o", log, "-e", "trace=poll", "-e", "inject=poll:retval=0:when=1",
                        RUNTIME, "--root", box.root, command, "-b", box.path, "t"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       timeout=60, check=False)
    assert r.returncode == 1 and "the container's first process does not answer" in r.stderr
    assert re.search(r"poll\(.*, 1, 60000\)\s+= 0 \(Timeout\) \(INJECTED\)", open(log).read())
    assert os.listdir(box.root) == []
