"""Images that try to reach the host (the CVEs are named where one did it)."""
import os
import shutil

import pytest


def replace_by_link(path, target):
    shutil.rmtree(path, ignore_errors=True)
    os.symlink(target, path)


@pytest.mark.parametrize("name", ["proc", "dev"])
def test_system_folder_is_a_link(box, name):
    """CVE-2019-16884, CVE-2026-41579: the image moves /proc or /dev."""
    victim = box.path + "/victim"
    os.makedirs(victim)
    replace_by_link(f"{box.rootfs}/{name}", victim)
    r = box.run("true")
    assert r.returncode == 1
    assert os.listdir(victim) == []


def test_devices_without_a_dev_mount_and_a_link(box):
    victim = box.path + "/victim"
    os.makedirs(victim)
    replace_by_link(box.rootfs + "/dev", victim)
    box.spec["mounts"] = box.spec["mounts"][:1]
    assert box.run("true").returncode == 1
    assert os.listdir(victim) == []


@pytest.mark.parametrize("link", ["/../../../../../..{v}", "{v}", "../../../../../../../../../..{v}"])
def test_mount_target_behind_a_link_stays_inside(box, link):
    """CVE-2021-30465: the target of a mount leads out of the root."""
    victim = box.path + "/victim"
    os.makedirs(victim)
    os.symlink(link.format(v=victim), box.rootfs + "/data")
    box.spec["mounts"].append({"destination": "/data/in/side", "type": "tmpfs", "source": "tmpfs"})
    box.run("true")
    assert os.listdir(victim) == []


def test_file_target_behind_a_link_makes_nothing_outside(box):
    """CVE-2024-45310."""
    victim = box.path + "/victim"
    os.makedirs(victim)
    os.symlink(victim, box.rootfs + "/data")
    box.spec["mounts"].append({"destination": "/data/file", "type": "bind", "source": "/etc/hostname", "options": ["bind"]})
    box.run("true")
    assert os.listdir(victim) == []


@pytest.mark.parametrize("cwd", [f"/proc/self/fd/{n}" for n in range(3, 16)] + ["/proc/1/cwd/../../..", "/.."])
def test_cwd_does_not_leak(box, cwd):
    """CVE-2024-21626: a descriptor of the runtime as the working folder."""
    box.spec["process"]["cwd"] = cwd
    r = box.run("sh", "-c", "ls -d .; ls /")
    if r.returncode == 0:
        assert "victim" not in r.stdout and "home" not in r.stdout


def test_no_descriptor_leaks(box):
    fd = os.open("/etc", os.O_RDONLY)
    os.set_inheritable(fd, True)
    try:
        out = box.sh("ls -l /proc/self/fd", pass_fds=(fd,))
    finally:
        os.close(fd)
    assert "/etc" not in out
    assert len([line for line in out.splitlines() if "->" in line]) <= 4


def test_masked_by_the_real_null(box):
    """CVE-2025-31133: /dev/null of the image is something else."""
    box.spec["mounts"] = box.spec["mounts"][:1]
    os.symlink("/proc/sysrq-trigger", box.rootfs + "/dev/null")
    box.spec["linux"]["maskedPaths"] = ["/proc/keys"]
    r = box.run("sh", "-c", "cat /proc/keys")
    assert r.returncode != 0 or r.stdout == ""


def test_runtime_cannot_be_overwritten(box):
    """CVE-2019-5736: the runtime's own file through /proc/self/exe."""
    out = box.run("sh", "-c", "cp /bin/busybox /tmp/x 2>/dev/null; ls -l /proc/1/exe")
    assert "system-runtime" not in out.stdout
    box.spec["process"]["args"] = ["/proc/self/exe"]
    before = os.stat(__import__("conftest").RUNTIME)
    box.run("/proc/self/exe")
    after = os.stat(__import__("conftest").RUNTIME)
    assert (before.st_mtime, before.st_size) == (after.st_mtime, after.st_size)


def test_hostile_json(box):
    for text in ("", "{", "[" * 100000, '{"ociVersion":' + "[" * 64 + "]" * 64 + "}", '{"a":"\\u0000"}', "\xff\xfe"):
        with open(box.path + "/config.json", "wb") as f:
            f.write(text.encode("latin-1"))
        r = box.call("run", "-b", box.path, "t")
        assert r.returncode == 1 and "config.json" in r.stderr
    assert not os.path.isdir(box.root) or os.listdir(box.root) == []
