"""examples/docker.yml, containerd.yml and podman.yml: each machine boots to its engine on an empty disk and runs containers through
the engine's own interface; the next boot finds them again. `make packages-hosts` brings the packages; make test-slow."""

import os
import sys
import time
import urllib.request

import pytest

from conftest import ROOT, build
from machine import Machine

sys.path.append(str(ROOT / "tests/engine"))
from box_image import image  # noqa: E402

# Emulated programs in Go: too slow for make test.
pytestmark = pytest.mark.slow

# What no registry can give in a test: an image in a file, which the engine loads.
MORE = """\
slipway: 1
include: [{example}]
kernel:
  cmdline: "console=ttyS0 loglevel=3"
services:
  - name: {engine}
    override: merge
    binds.add: ["/srv/box.tar:/srv/box.tar:ro"]
{more}
files:
  - path: srv/box.tar
    source: {box}
    mode: "0644"
"""
REGISTRY = "  - {name: registry, image: slipway/registry, ready: {tcp: 5000, timeout: 10m}}"
WEB = "busybox httpd -f -p 8080 -h /etc"


def make(folder, engine, more=""):
    """The example and the image for its engine; an empty disk."""
    here = folder / f"host-{engine}"
    here.mkdir(parents=True, exist_ok=True)
    (here / "box.tar").write_bytes(image())
    (here / f"{engine}.yml").write_text(MORE.format(example=ROOT / f"examples/{engine}.yml", engine=engine, box=here / "box.tar", more=more))
    disk = here / "disk.img"
    disk.unlink(missing_ok=True)
    disk.touch()
    os.truncate(disk, 4 << 30)
    return build(here / f"{engine}.yml", here, "kernel+initrd")


class Host(Machine):
    """A machine with an engine, driven from its console by `svc exec`."""

    def __init__(self, here, engine, args=(), folder="machine", **kw):
        self.engine = engine
        super().__init__(here / folder, [
            "-kernel", here / f"{engine}-kernel", "-initrd", here / f"{engine}-initrd.img",
            "-append", (here / f"{engine}-cmdline").read_text().strip(),
            "-drive", f"if=virtio,format=raw,cache=unsafe,file={here / 'disk.img'}", *args], memory=2048, **kw)
        self.command[self.command.index("900")] = "3000"

    def up(self, known):
        """Waits for the console, then for the engine; `known`: the disk has a file system."""
        self.expect(r"no empty disk" if known else r"making a file system", 900)
        self.expect(r"services started", 900)
        self.send("")
        self.expect(r"# $")
        self.run("stty cols 400")
        self.until(f"svc ps | grep -E '^{self.engine} +service +running'")

    def until(self, command, timeout=900):
        deadline = time.monotonic() + timeout
        while self.run(command, 300)[1] != 0:
            if time.monotonic() > deadline:
                raise AssertionError((command, self.run(f"svc ps; svc logs -n 40 {self.engine}", 300)[0]))
            time.sleep(5)  # asking takes the time that the engine needs

    def ok(self, command):
        """A command in the engine's container; what it says."""
        text, status = self.run(f"svc exec {self.engine} {command}", 600)
        assert status == 0, (command, text, self.run(f"svc logs -n 20 {self.engine}", 300)[0])
        return text.strip()

    def fetch(self, port, path):
        """What a published port answers to the outside."""
        deadline = time.monotonic() + 300
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[port]}/{path}", timeout=60) as answer:
                    return answer.read().decode()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def closed(self, port):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.ports[port]}/", timeout=20).close()
        except OSError:
            return True
        return False

    def down(self):
        """The power button; the engine ends by itself, and is not killed."""
        self.qmp("system_powerdown")
        self.expect(rf"service {self.engine}: stopped, status 0", 300)
        assert self.wait_off(300) == 0


def test_docker(folder):
    here = make(folder, "docker", REGISTRY)
    with Host(here, "docker", ports=[80, 2375, 5000]) as m:
        m.up(known=False)
        m.ok("docker load -q -i /srv/box.tar")
        assert "from-runc" in m.ok("docker run --rm box echo from-runc")
        assert "from-ours" in m.ok("docker run --rm --runtime system-runtime box echo from-ours")
        # What a container may do: Docker's own default, and a seccomp profile.
        assert "CapEff:\t00000000a80425fb" in m.ok("docker run --rm box grep -E 'CapEff|Seccomp:' /proc/self/status")
        # Through the registry of the same machine.
        m.ok("docker tag box localhost:5000/box && svc exec docker docker push -q localhost:5000/box")
        m.ok("docker rmi -f localhost:5000/box && svc exec docker docker pull -q localhost:5000/box")
        m.ok("docker volume create kept && svc exec docker docker run --rm -v kept:/kept box touch /kept/it")
        m.ok(f"docker run -d --name web --restart always -p 80:8080 -v kept:/kept --memory 64m localhost:5000/box {WEB}")
        assert m.fetch(80, "passwd").startswith("root:")
        assert m.closed(2375) and m.closed(5000)
        m.down()
    with Host(here, "docker", ports=[80]) as m:
        m.up(known=True)
        assert m.fetch(80, "passwd").startswith("root:")
        m.ok("docker exec web ls /kept/it")
        assert "67108864" in m.ok("docker inspect -f '{{.HostConfig.Memory}}' web")
        m.ok("docker image inspect -f '{{.Id}}' box")
        m.down()


def test_containerd(folder):
    here = make(folder, "containerd")
    box = "docker.io/library/box:latest"
    with Host(here, "containerd") as m:
        m.up(known=False)
        m.ok("ctr image import /srv/box.tar")
        assert "from-runc" in m.ok(f"ctr run --rm {box} one echo from-runc")
        assert "from-ours" in m.ok(f"ctr run --rm --runc-binary /usr/bin/system-runtime {box} two echo from-ours")
        m.ok(f"ctr run -d {box} kept sleep 100000")
        assert "RUNNING" in m.ok("ctr task ls")
        m.down()
    with Host(here, "containerd") as m:
        m.up(known=True)
        assert box in m.ok("ctr image ls") and "kept" in m.ok("ctr container ls")
        # Its process is not: who manages containerd starts it.
        m.ok("ctr task start -d kept")
        assert "kept" in m.ok("ctr task exec --exec-id x kept echo kept")
        m.down()


def test_podman(folder):
    here = make(folder, "podman")
    with Host(here, "podman", ports=[80]) as m:
        m.up(known=False)
        m.ok("podman load -q -i /srv/box.tar")
        assert "from-crun" in m.ok("podman run --rm box echo from-crun")
        assert "from-ours" in m.ok("podman --runtime system-runtime run --rm box echo from-ours")
        # Through the socket of its API, as other services have it.
        m.ok(f"podman --url unix:///run/podman/podman.sock run -d --name web --restart always -p 80:8080 box {WEB}")
        assert m.fetch(80, "passwd").startswith("root:")
        m.down()
    with Host(here, "podman", ports=[80]) as m:
        m.up(known=True)
        assert m.fetch(80, "passwd").startswith("root:")
        assert "web" in m.ok("podman ps --format '{{.Names}} {{.Status}}'")
        m.down()
