"""A caller without privileges: one id of its own, or what newuidmap and newgidmap allow."""
import os
import pwd
import shutil

import pytest

USER = pwd.getpwnam("nobody")


@pytest.fixture
def rootless(box):
    box.spec["linux"]["namespaces"].append({"type": "user"})
    box.spec["linux"].update(uidMappings=[{"containerID": 0, "hostID": USER.pw_uid, "size": 1}],
                             gidMappings=[{"containerID": 0, "hostID": USER.pw_gid, "size": 1}])
    for top, folders, files in os.walk(box.path):
        for name in folders + files:
            os.lchown(os.path.join(top, name), USER.pw_uid, USER.pw_gid)
    os.chown(box.path, USER.pw_uid, USER.pw_gid)
    path = box.path
    while path != "/":
        os.chmod(path, os.stat(path).st_mode | 0o055)
        path = os.path.dirname(path)
    # The runtime's own folder may be closed to others.
    box.runtime = os.path.join(box.path, "runtime")
    shutil.copy(__import__("conftest").RUNTIME, box.runtime)
    plain = box.call

    def call(*args, **kw):
        import subprocess
        return subprocess.run(["setpriv", f"--reuid={USER.pw_uid}", f"--regid={USER.pw_gid}", "--clear-groups", box.runtime,
                               "--root", box.root, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=30, **kw)
    box.call = call
    yield box
    box.call = plain


def test_one_id(rootless):
    out = rootless.sh("id -u; cat /proc/self/uid_map /proc/self/setgroups; touch /tmp/mine; echo x >/dev/null && echo null")
    assert out.split() == ["0", "0", str(USER.pw_uid), "1", "deny", "null"]
    assert os.stat(os.path.join(rootless.rootfs, "tmp/mine")).st_uid == USER.pw_uid


def test_seccomp_and_hooks(rootless):
    rootless.spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
                                         "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
    seen = os.path.join(rootless.path, "seen")
    rootless.spec["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", f"cat >{seen}"]}]}
    assert rootless.run("mkdir", "/tmp/a").returncode == 1
    assert os.path.getsize(seen) > 0


def test_more_ids_through_the_helpers(rootless):
    files = ("/etc/subuid", "/etc/subgid")
    before = {f: open(f).read() if os.path.exists(f) else None for f in files}
    maps = lambda own: [{"containerID": 0, "hostID": own, "size": 1}, {"containerID": 1, "hostID": 700000, "size": 1000}]
    rootless.spec["linux"].update(uidMappings=maps(USER.pw_uid), gidMappings=maps(USER.pw_gid))
    try:
        r = rootless.run("true")
        assert r.returncode == 1 and "linux.uidMappings: without privileges one may map" in r.stderr
        for f in files:
            with open(f, "a") as out:
                out.write("nobody:700000:1000\n")
        rootless.spec["process"]["user"] = {"uid": 5, "gid": 6, "additionalGids": [7]}
        assert rootless.sh("id -u; id -g; id -G").split() == ["5", "6", "6", "7"]
    finally:
        for f, text in before.items():
            if text is None:
                os.unlink(f)
            else:
                with open(f, "w") as out:
                    out.write(text)
