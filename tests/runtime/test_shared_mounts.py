"""A mount namespace that is not the container's own: the caller's, or one by path."""
import os
import subprocess

import pytest

from test_faults import wait_for


def mounts_below(path, pid="self"):
    return [line for line in open(f"/proc/{pid}/mountinfo") if line.split()[4].startswith(path)]


@pytest.fixture
def elsewhere():
    """A process with a mount namespace of its own."""
    p = subprocess.Popen(["unshare", "--mount", "sleep", "1000"])
    wait_for(lambda: os.readlink(f"/proc/{p.pid}/ns/mnt") != os.readlink("/proc/self/ns/mnt"))
    yield p.pid
    p.kill()
    p.wait()


def namespaces(box, path=None):
    box.spec["linux"]["namespaces"] = [n for n in box.spec["linux"]["namespaces"] if n["type"] != "mount"]
    if path:
        box.spec["linux"]["namespaces"].append({"type": "mount", "path": path})


def test_none_is_the_callers(box):
    namespaces(box)
    assert box.sh("readlink /proc/self/ns/mnt; ls /; echo /proc/1/comm").split()[0] == os.readlink("/proc/self/ns/mnt")
    assert mounts_below(box.path) == [], "run leaves nothing"
    assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0
    assert mounts_below(box.path) != []
    r = box.call("exec", "t", "sh", "-c", "cat /proc/1/comm; ls /; test ! -e /usr")
    assert r.returncode == 0 and r.stdout.split()[:2] == ["sleep", "bin"], r
    assert box.call("delete", "--force", "t").returncode == 0
    assert mounts_below(box.path) == []


def test_none_and_a_create_that_fails(box):
    subprocess.run(["mount", "--bind", box.rootfs, box.rootfs], check=True)
    try:
        namespaces(box)
        before = len(mounts_below(box.path))
        assert box.create("nothere") == 1 and len(mounts_below(box.path)) == before == 1
        box.spec["mounts"].append({"destination": "/tmp", "type": "nothing", "source": "x"})
        assert box.create("true") == 1 and len(mounts_below(box.path)) == 1
        assert os.listdir(box.root) == []
    finally:
        subprocess.run(["umount", box.rootfs], check=True)


def test_one_by_path(box, elsewhere):
    namespaces(box, f"/proc/{elsewhere}/ns/mnt")
    assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0
    pid = box.state()["pid"]
    assert os.readlink(f"/proc/{pid}/ns/mnt") == os.readlink(f"/proc/{elsewhere}/ns/mnt")
    assert mounts_below(box.path) == [] and mounts_below(box.path, elsewhere) != []
    r = box.call("exec", "t", "sh", "-c", "cat /proc/1/comm; test ! -e /usr")
    assert (r.returncode, r.stdout) == (0, "sleep\n"), r
    assert os.path.realpath(f"/proc/{elsewhere}/root") == "/", "its own root stays"
    namespaces(box, f"/proc/{elsewhere}/ns/uts")
    assert "is no mount namespace" in box.run("true").stderr
