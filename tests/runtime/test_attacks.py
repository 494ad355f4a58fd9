"""Images that try to reach the host (the CVEs are named where one did it)."""
import os
import shutil

import pytest


def replace_by_link(path, target):
    shutil.rmtree(path, ignore_errors=True)
    os.symlink(target, path)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("name", ["proc", "dev"])
def test_system_folder_is_a_link(box, name, inside):
    """CVE-2019-16884, CVE-2026-41579: the image moves /proc or /dev."""
    victim = box.path + "/victim"
    os.makedirs(victim)
    replace_by_link(f"{box.rootfs}/{name}", "/tmp" if inside else victim)
    r = box.run("true")
    assert r.returncode == 1 and f"cannot open /{name} (a symbolic link is not taken here)" in r.stderr, r.stderr
    assert os.listdir(victim) == [] and os.listdir(box.rootfs + "/tmp") == []


@pytest.mark.parametrize("inside", [False, True])
def test_devices_without_a_dev_mount_and_a_link(box, inside):
    victim = box.path + "/victim"
    os.makedirs(victim)
    replace_by_link(box.rootfs + "/dev", "/tmp" if inside else victim)
    box.spec["mounts"] = box.spec["mounts"][:1]
    r = box.run("true")
    assert r.returncode == 1 and "/dev: cannot open /dev/ (a symbolic link is not taken here)" in r.stderr, r.stderr
    assert os.listdir(victim) == [] and os.listdir(box.rootfs + "/tmp") == []


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


@pytest.mark.parametrize("how", ["run", "exec"])
def test_cwd_does_not_leak(box, how):
    """CVE-2024-21626: a descriptor of the runtime as the working folder."""
    open(box.path + "/secret-of-the-host", "w").close()
    script = "for d in . .. ../.. ../../..; do ls -a $d; done"
    if how == "exec":
        assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0
    for cwd in [f"/proc/self/fd/{n}" for n in range(3, 24)] + ["/proc/1/cwd/../../..", "/proc/self/root/..", "/.."]:
        box.spec["process"]["cwd"] = cwd
        r = box.run("sh", "-c", script) if how == "run" else box.call("exec", "--cwd", cwd, "t", "sh", "-c", script)
        assert "secret-of-the-host" not in r.stdout, cwd
        assert r.returncode == 1 or r.stdout.splitlines()[0] == "."


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
    """CVE-2025-31133: /dev/null of the image leads to a file of /proc, which the mask would then show."""
    dev = box.path + "/dev"
    os.mkdir(dev)
    box.spec["mounts"] = box.spec["mounts"][:1] + [{"destination": "/dev", "type": "bind", "source": dev, "options": ["bind"]}]
    box.spec["linux"]["maskedPaths"] = ["/proc/keys"]
    for target in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/etc/passwd"):
        os.symlink(target, dev + "/null")
        assert box.sh("stat -c %t:%T /proc/keys; cat /proc/keys") == "1:3\n"
        os.unlink(dev + "/null")


def test_console_of_the_image_is_not_followed(box):
    """CVE-2025-52565, CVE-2026-88264: /dev/console of the image is a link to what a container may not have."""
    box.spec["process"]["terminal"] = True
    box.spec["mounts"] = [box.spec["mounts"][0], box.spec["mounts"][2]]
    os.mkdir(box.rootfs + "/dev/pts")
    victim = box.rootfs + "/etc/victim"
    for target in ("/etc/victim", "../etc/victim", "/proc/sysrq-trigger"):
        open(victim, "w").close()
        if os.path.lexists(box.rootfs + "/dev/console"):
            os.unlink(box.rootfs + "/dev/console")
        os.symlink(target, box.rootfs + "/dev/console")
        r = box.run("sh", "-c", "echo to-the-terminal; grep -c victim /proc/self/mountinfo; grep -c sysrq /proc/self/mountinfo")
        assert r.returncode == 1 and "/dev/console" in r.stderr, r
        assert open(victim).read() == ""


def test_files_at_known_places_are_not_written_through_links(box):
    """CVE-2025-24965, CVE-2026-88265: every name that the runtime makes in the root is a link to the outside."""
    victim = box.path + "/victim"
    open(victim, "w").close()
    box.spec["mounts"] = box.spec["mounts"][:1]
    for name in ("null", "zero", "full", "random", "urandom", "tty", "console", "fd", "stdin", "stdout", "stderr", "ptmx", "kmsg"):
        os.symlink(victim, box.rootfs + "/dev/" + name)
    box.spec["linux"]["devices"] = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "uid": 5, "gid": 5}]
    before = os.stat(victim)
    box.run("sh", "-c", "true")
    after = os.stat(victim)
    assert (before.st_mode, before.st_uid, before.st_size, before.st_mtime_ns) == (after.st_mode, after.st_uid, after.st_size, after.st_mtime_ns)
    assert os.path.islink(box.rootfs + "/dev/null")


def test_sysctls_are_written_to_the_real_proc(box):
    """CVE-2025-52881: something else is mounted where the value would be written."""
    victim = box.path + "/victim"
    open(victim, "w").write("untouched")
    box.spec["mounts"].append({"destination": "/proc/sys/kernel/msgmax", "type": "bind", "source": victim, "options": ["bind"]})
    box.spec["linux"]["sysctl"] = {"kernel.msgmax": "7777"}
    r = box.run("true")
    assert open(victim).read() == "untouched", r


def test_labels_are_not_written_to_a_fake_proc(box):
    """CVE-2019-16884, CVE-2019-19921: a /proc of the image takes the label, and nothing is confined."""
    box.spec["mounts"] = box.spec["mounts"][1:]
    files = []
    for name in ("current", "exec", "apparmor/current", "apparmor/exec"):
        for task in ("self/attr", "thread-self/attr", "1/attr"):
            f = f"{box.rootfs}/proc/{task}/{name}"
            os.makedirs(os.path.dirname(f), exist_ok=True)
            open(f, "w").close()
            files.append(f)
    for key in ("apparmorProfile", "selinuxLabel"):
        box.spec["process"].update(apparmorProfile="", selinuxLabel="")
        box.spec["process"][key] = "system_u:system_r:container_t:s0"
        r = box.run("sh", "-c", "echo ran")
        assert all(open(f).read() == "" for f in files)
        assert r.returncode == 1 and "ran" not in r.stdout, "a label that cannot be set is refused"


def test_hostile_json(box):
    for text in ("", "{", "[" * 100000, '{"ociVersion":' + "[" * 64 + "]" * 64 + "}", '{"a":"\\u0000"}', "\xff\xfe"):
        with open(box.path + "/config.json", "wb") as f:
            f.write(text.encode("latin-1"))
        r = box.call("run", "-b", box.path, "t")
        assert r.returncode == 1 and "config.json" in r.stderr
    assert not os.path.isdir(box.root) or os.listdir(box.root) == []
