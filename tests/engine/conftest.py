"""podman, containerd and dockerd of Debian trixie in a machine of namespaces, with our runtime (tests/engine/enter)."""
import glob
import hashlib
import io
import json
import os
import signal
import subprocess
import tarfile
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
TREE = os.path.join(ROOT, "build/engines/tree")
RUNTIME = os.environ.get("RUNTIME") or os.path.join(ROOT, "build/bin/system-runtime")
APPLETS = "sh echo cat sleep true false id ls kill ps hostname stat tty grep mkdir touch".split()
CGROUP2 = next((line.split()[4] for line in open("/proc/self/mountinfo") if " - cgroup2 " in line), None)


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


class Machine:
    def __init__(self):
        self.cgroup = f"{CGROUP2}/engines-{os.getpid()}"
        os.makedirs(self.cgroup)
        # The cgroup namespace begins where the process stands that makes it.
        self.process = subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"', "-", self.cgroup,
             "unshare", "--mount", "--net", "--pid", "--uts", "--cgroup", "--fork", "--kill-child",
             os.path.join(HERE, "enter"), TREE, RUNTIME], stdin=subprocess.DEVNULL)
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        self.pid = None

        def ready():
            assert self.process.poll() is None, "tests/engine/enter failed"
            pids = open(children).read().split()
            self.pid = pids[0] if pids else None
            return self.pid and os.path.exists(f"/proc/{self.pid}/root/run/ready")
        wait_for(ready)

    def run(self, *argv, **kw):
        kw.setdefault("stdin", subprocess.DEVNULL)
        kw.setdefault("timeout", 120)
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.PIPE)
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        # nsenter is the host's; the rest is the tree's.
        return subprocess.run(["/usr/bin/nsenter", "-t", self.pid, "-m", "-n", "-p", "-u", "-C", "-r", "-w", "/usr/bin/sh", "-c",
                               'echo 0 >/sys/fs/cgroup/engines/cgroup.procs; exec "$@"', "-", *argv], env=env, text=True, **kw)

    def ok(self, *argv, **kw):
        r = self.run(*argv, **kw)
        assert r.returncode == 0, (argv, r.stdout, r.stderr)
        return r.stdout

    def path(self, name):
        return f"/proc/{self.pid}/root{name}"

    def spawn(self, *argv):
        """A daemon; it ends with the machine."""
        log = self.path(f"/tmp/{argv[0]}.log")
        self.run("sh", "-c", f'"$@" >/tmp/{argv[0]}.log 2>&1 &', "-", *argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return log

    def close(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        with open(self.cgroup + "/cgroup.kill", "w") as f:
            f.write("1")
        wait_for(lambda: "populated 0" in open(self.cgroup + "/cgroup.events").read())
        for folder in sorted(glob.glob(self.cgroup + "/**/", recursive=True), key=len, reverse=True):
            os.rmdir(folder)


def add(tar, name, data=None, link=None):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size, entry.linkname = 0o755, len(data or b""), link or ""
    entry.type = tarfile.SYMTYPE if link else tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    tar.addfile(entry, io.BytesIO(data or b""))


def image():
    """A docker-archive of busybox, the one form that all three load."""
    out, inner = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as layer:
        for name in ("bin", "etc", "tmp", "proc", "dev", "sys", "root"):
            add(layer, name)
        add(layer, "bin/busybox", open("/usr/bin/busybox", "rb").read())
        for applet in APPLETS:
            add(layer, "bin/" + applet, link="busybox")
        add(layer, "etc/passwd", b"root:x:0:0::/:/bin/sh\n")
    digest = hashlib.sha256(inner.getvalue()).hexdigest()
    arch = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    config = {"architecture": arch, "os": "linux", "config": {"Cmd": ["sh"], "Env": ["PATH=/bin"]},
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]}}
    manifest = [{"Config": "config.json", "RepoTags": ["docker.io/library/box:latest"], "Layers": ["layer.tar"]}]
    with tarfile.open(fileobj=out, mode="w") as archive:
        add(archive, "config.json", json.dumps(config).encode())
        add(archive, "layer.tar", inner.getvalue())
        add(archive, "manifest.json", json.dumps(manifest).encode())
    return out.getvalue()


@pytest.fixture(scope="session")
def machine():
    if os.geteuid() != 0:
        pytest.skip("needs root")
    if CGROUP2 is None:
        pytest.skip("needs cgroup v2")
    m = Machine()
    try:
        with open(m.path("/tmp/box.tar"), "wb") as f:
            f.write(image())
        yield m
    finally:
        m.close()
