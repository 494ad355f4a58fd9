"""podman, containerd and dockerd of Debian trixie in a machine of namespaces, with our runtime (tests/engine/enter)."""
import glob
import os
import signal
import subprocess
import time

import pytest

from box_image import image

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
TREE = os.path.join(ROOT, "build/engines/tree")
RUNTIME = os.environ.get("RUNTIME") or os.path.join(ROOT, "build/bin/system-runtime")
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
