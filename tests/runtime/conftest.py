"""Root tests of the OCI runtime: a busybox root filesystem, one state folder per test."""
import copy
import json
import os
import shutil
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.join(HERE, "../../build/bin")
RUNTIME = os.environ.get("RUNTIME") or os.path.join(BIN, "system-runtime")
if not os.path.exists(RUNTIME):
    RUNTIME = os.path.join(HERE, "../../build/musl/bin/system-runtime")
SVC = os.path.join(os.path.dirname(RUNTIME), "svc")
APPLETS = "sh cat ls id true false sleep echo mount touch env ps kill grep tty stat readlink ip hostname mkdir ln mv httpd".split()

BASE = {
    "ociVersion": "1.2.1",
    "process": {"args": ["true"], "env": ["PATH=/bin"], "cwd": "/", "user": {"uid": 0, "gid": 0}, "capabilities": {}},
    "root": {"path": "rootfs", "readonly": False},
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "nodev", "noexec"]},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k", "ro"]},
        {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666"]},
    ],
    "linux": {"namespaces": [{"type": t} for t in ("pid", "mount", "ipc", "uts", "network")]},
}


class Box:
    def __init__(self, path):
        self.path, self.root = path, os.path.join(path, "state")
        self.spec = copy.deepcopy(BASE)
        self.rootfs = os.path.join(path, "rootfs")
        for d in ("bin", "dev", "proc", "sys", "tmp", "etc"):
            os.makedirs(os.path.join(self.rootfs, d))
        shutil.copy("/usr/bin/busybox", os.path.join(self.rootfs, "bin/busybox"))
        for a in APPLETS:
            os.symlink("busybox", os.path.join(self.rootfs, "bin", a))

    def call(self, *args, **kw):
        kw.setdefault("timeout", 90)
        kw.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([RUNTIME, "--root", self.root, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, **kw)

    def write(self):
        with open(os.path.join(self.path, "config.json"), "w") as f:
            json.dump(self.spec, f)

    def run(self, *argv, **kw):
        self.spec["process"]["args"] = list(argv)
        self.write()
        return self.call("run", "-b", self.path, "t", **kw)

    def sh(self, script, **kw):
        r = self.run("sh", "-c", script, **kw)
        assert r.returncode == 0, r.stderr
        return r.stdout

    def create(self, *argv, id="t"):
        self.spec["process"]["args"] = list(argv)
        self.write()
        # Its output must not be our pipe, which would stay open as long as the container.
        return subprocess.run([RUNTIME, "--root", self.root, "create", "-b", self.path, id], timeout=90,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def state(self, id="t"):
        return json.loads(self.call("state", id).stdout)


@pytest.fixture
def box(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    if not os.path.exists("/usr/bin/busybox"):
        pytest.skip("needs busybox-static")
    b = Box(str(tmp_path))
    yield b
    for i in (os.listdir(b.root) if os.path.isdir(b.root) else []):
        b.call("delete", "--force", i)
