"""mounts: options, recursive attributes, propagation, id maps, tmpcopyup."""
import os
import subprocess

import pytest


def bind(box, name="vol", options=("bind",), **more):
    src = os.path.join(box.path, name)
    os.makedirs(src, exist_ok=True)
    box.spec["mounts"].append({"destination": f"/{name}", "source": src, "options": list(options), **more})
    return src


def options_of(box, where):
    for line in box.sh("cat /proc/self/mountinfo").splitlines():
        f = line.split()
        if f[4] == where:
            return set(f[5].split(",")), [x for x in f[6:f.index("-")]], f[f.index("-") + 1]
    return None


@pytest.mark.parametrize("given,has,has_not", [
    (["ro"], {"ro"}, {"rw"}), (["nosuid", "nodev", "noexec"], {"nosuid", "nodev", "noexec"}, set()),
    (["nosuid", "suid"], set(), {"nosuid"}), (["noatime"], {"noatime"}, {"relatime"}),
    (["strictatime", "mode=755", "size=1m"], set(), {"relatime", "noatime"}), (["nodiratime"], {"nodiratime"}, set()),
    (["nosymfollow"], {"nosymfollow"}, set()), (["ro", "rw", "defaults", "async", "loud"], {"rw"}, {"ro"}),
])
@pytest.mark.parametrize("kind", ["bind", "tmpfs"])
def test_options(box, kind, given, has, has_not):
    if kind == "bind":
        bind(box, options=["bind", *given])
    else:
        box.spec["mounts"].append({"destination": "/vol", "type": "tmpfs", "source": "tmpfs", "options": given})
    got, _, _ = options_of(box, "/vol")
    assert has <= got and not (has_not & got), got


@pytest.mark.parametrize("given,here,below", [
    (["rbind", "rro"], True, True), (["rbind", "ro"], True, False)])
def test_recursive_attributes(box, given, here, below):
    src = bind(box, options=given)
    os.mkdir(os.path.join(src, "sub"))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", os.path.join(src, "sub")], check=True)
    try:
        assert [("ro" in options_of(box, p)[0]) for p in ("/vol", "/vol/sub")] == [here, below]
        box.spec["mounts"][-1]["options"] = ["rbind", "rnosuid", "rnodev", "rnoexec", "rnoatime", "rnosymfollow"]
        for p in ("/vol", "/vol/sub"):
            assert {"nosuid", "nodev", "noexec", "noatime", "nosymfollow"} <= options_of(box, p)[0]
    finally:
        subprocess.run(["umount", os.path.join(src, "sub")], check=True)


@pytest.mark.parametrize("option,field", [("private", None), ("rprivate", None), ("shared", "shared"), ("rshared", "shared"),
                                          ("slave", "master"), ("rslave", "master"), ("unbindable", "unbindable")])
def test_propagation(box, option, field):
    src = bind(box, options=["rbind", option])
    subprocess.run(["mount", "--bind", src, src], check=True)
    subprocess.run(["mount", "--make-shared", src], check=True)
    try:
        got = options_of(box, "/vol")[1]
        assert [x.split(":")[0] for x in got] == ([field] if field else [])
    finally:
        subprocess.run(["umount", src], check=True)


@pytest.mark.parametrize("name,field", [("shared", "shared"), ("rslave", None), ("private", None), ("unbindable", "unbindable")])
def test_rootfs_propagation(box, name, field):
    box.spec["linux"]["rootfsPropagation"] = name
    got = [x.split(":")[0] for x in options_of(box, "/")[1]]
    assert got == ([field] if field else [])


@pytest.mark.parametrize("before,given,has,has_not", [
    (["nosuid", "noexec"], ["remount", "bind", "ro", "exec"], {"ro", "nosuid"}, {"noexec"}),
    (["ro", "nodev"], ["remount", "rw", "noatime"], {"rw", "nodev", "noatime"}, {"ro"}),
    (["noatime"], ["bind", "remount", "strictatime", "mode=700"], set(), {"noatime", "relatime"}),
    (["nosuid"], ["remount"], {"nosuid", "rw"}, set()),
])
@pytest.mark.parametrize("kind", ["bind", "tmpfs"])
def test_remount(box, kind, before, given, has, has_not):
    """What is named changes, the rest stays; a type is not needed, and a later mount still gets its mount point."""
    if kind == "bind":
        bind(box, options=["bind", *before])
    else:
        box.spec["mounts"].append({"destination": "/vol", "type": "tmpfs", "source": "tmpfs", "options": before})
    box.spec["mounts"] += [{"destination": "/vol", "options": given},
                           {"destination": "/proc/../vol", "type": "bind", "options": ["remount", "rprivate"]}]
    if "rw" in has and "ro" not in before:
        box.spec["mounts"].append({"destination": "/vol/below", "type": "tmpfs", "source": "tmpfs"})
    got, _, _ = options_of(box, "/vol")
    assert has <= got and not (has_not & got), got


def test_remount_of_what_the_runtime_makes_things_in(box):
    """The root and /dev become read-only at the end; the last word about a mount counts."""
    box.spec["mounts"] += [{"destination": "/", "options": ["remount", "bind", "ro", "nosuid"]},
                           {"destination": "/new", "type": "tmpfs", "source": "tmpfs"},
                           {"destination": "/dev", "options": ["remount", "rw", "noexec"]},
                           {"destination": "/dev/pts", "options": ["remount", "rro"]},
                           {"destination": "/dev/pts", "options": ["remount", "rrw"]}]
    out = box.sh("touch /x 2>&1; touch /dev/x /new/x && echo >/dev/null && cat /proc/self/mountinfo")
    assert "/x: Read-only file system" in out
    flags = {f[4]: set(f[5].split(",")) for f in (line.split() for line in out.splitlines()[1:])}
    assert {"ro", "nosuid"} <= flags["/"] and {"rw", "nosuid", "noexec"} <= flags["/dev"] and "rw" in flags["/dev/pts"]


def test_remount_changes_the_filesystem_without_bind(box):
    box.spec["mounts"] += [{"destination": "/vol", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m"]},
                           {"destination": "/vol", "options": ["remount", "size=8m", "nodev"]},
                           {"destination": "/vol", "options": ["remount", "bind", "size=64k"]}]
    line = next(x for x in box.sh("cat /proc/self/mountinfo").splitlines() if " /vol " in x)
    assert "size=8192k" in line and "nodev" in line


def test_remount_frees_no_flag_in_a_user_namespace(box):
    src = bind(box, options=["bind"])
    box.spec["linux"]["namespaces"].append({"type": "user"})
    maps = [{"containerID": 0, "hostID": 0, "size": 1000}]
    box.spec["linux"].update(uidMappings=maps, gidMappings=maps)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,nosuid", "tmpfs", src], check=True)
    try:
        for options in (["remount", "bind", "rw"], ["remount", "suid"], ["remount", "rrw"]):
            box.spec["mounts"][3:] = [box.spec["mounts"][3], {"destination": "/vol", "options": options}]
            r = box.run("true")
            assert r.returncode == 1 and "mounts[4]: cannot change the options of /vol: what a mount has from outside of a user " \
                "namespace stays: operation not permitted" in r.stderr, (options, r.stderr)
        box.spec["mounts"][4]["options"] = ["remount", "bind", "ro", "noexec"]
        assert {"ro", "nosuid", "noexec"} <= options_of(box, "/vol")[0]
    finally:
        subprocess.run(["umount", src], check=True)


def test_idmap(box):
    ids = [{"containerID": 0, "hostID": 1000, "size": 10}]
    src = bind(box, options=["bind", "idmap"], uidMappings=ids, gidMappings=ids)
    open(os.path.join(src, "root"), "w").close()
    open(os.path.join(src, "five"), "w").close()
    os.chown(os.path.join(src, "five"), 5, 6)
    r = box.run("stat", "-c", "%u:%g", "/vol/root", "/vol/five")
    if "may not support it" in r.stderr:
        pytest.skip("the filesystem of the temporary folder has no id-mapped mounts")
    assert r.stdout.split() == ["1000:1000", "1005:1006"], r.stderr
    # With mappings alone it is asked for as well; in a user namespace its own maps are the default.
    box.spec["mounts"][-1]["options"] = ["bind"]
    assert box.sh("stat -c %u /vol/root").strip() == "1000"
    del box.spec["mounts"][-1]["uidMappings"], box.spec["mounts"][-1]["gidMappings"]
    box.spec["mounts"][-1]["options"] = ["rbind", "ridmap"]
    box.spec["linux"]["namespaces"].append({"type": "user"})
    maps = [{"containerID": 0, "hostID": 100000, "size": 1000}]
    box.spec["linux"].update(uidMappings=maps, gidMappings=maps)
    path = box.path
    while path != "/":
        os.chmod(path, os.stat(path).st_mode | 0o055)
        path = os.path.dirname(path)
    assert box.sh("stat -c %u:%g /vol/root /vol/five; touch /vol/made").split() == ["0:0", "5:6"]
    assert os.stat(os.path.join(src, "made")).st_uid == 0


def test_tmpcopyup(box):
    etc = os.path.join(box.rootfs, "etc")
    os.makedirs(os.path.join(etc, "deep/er"))
    with open(os.path.join(etc, "deep/file"), "w") as f:
        f.write("kept\n" * 5000)
    os.chmod(os.path.join(etc, "deep/file"), 0o4751)
    os.chown(os.path.join(etc, "deep"), 7, 8)
    os.symlink("deep/file", os.path.join(etc, "link"))
    os.chmod(etc, 0o711)
    box.spec["mounts"].append({"destination": "/etc", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "size=1m"]})
    out = box.sh("stat -c '%a %u:%g' /etc /etc/deep /etc/deep/file; readlink /etc/link; cat /etc/link | grep -c kept; echo x >/etc/new")
    assert out.splitlines() == ["711 0:0", "755 7:8", "4751 0:0", "deep/file", "5000"]
    assert not os.path.exists(os.path.join(etc, "new"))


@pytest.mark.parametrize("mount,words", [
    ({"type": "tmpfs", "options": ["idmap"]}, "only a bind mount can be id-mapped"),
    ({"options": ["bind", "tmpcopyup"]}, '"tmpcopyup" goes with a tmpfs'),
    ({"options": ["bind", "idmap"]}, '"idmap" needs uidMappings and gidMappings'),
    ({"options": ["bind"], "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}, "uidMappings and gidMappings go together"),
    ({"options": ["bind", "readonly"]}, 'a bind mount knows no option "readonly"'),
    ({"options": ["bind", "remount"]}, "mounts[3]: cannot open /vol: no such file or directory"),
    ({"destination": "/tmp", "options": ["remount", "ro"]}, 'mounts[3]: "remount": nothing is mounted on /tmp'),
    ({"destination": "/dev", "options": ["remount", "size=odd"]}, '/dev: option "size=odd" is refused'),
    ({"destination": "/dev", "options": ["bind", "remount", "odd"]}, 'a bind mount knows no option "odd"'),
    ({"destination": "/dev", "type": "tmpfs", "options": ["remount", "tmpcopyup"]}, '"tmpcopyup" needs a new one'),
    ({"destination": "/link", "options": ["bind", "remount", "ro"]}, "mounts[3]: cannot open /link: no such file or directory"),
    ({"type": "tmpfs", "options": ["odd"]}, 'option "odd" is refused'),
])
def test_refusals(box, mount, words):
    os.symlink(box.path + "/state", box.rootfs + "/link")
    box.spec["mounts"].append({"destination": "/vol", "source": box.path, **mount})
    r = box.run("true")
    assert r.returncode == 1 and words in r.stderr and "mounts[3]" in r.stderr, r.stderr
