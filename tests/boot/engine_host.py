"""A machine with a container engine, from its example, for tests that drive the engine from the console."""

import os
import subprocess
import sys
import time
import urllib.request

from conftest import ROOT, build
from machine import CONSOLES, Machine

sys.path.append(str(ROOT / "tests/engine"))
from box_image import image  # noqa: E402

# What no registry can give in a test: an image in a file, which the engine loads. And time: an emulated machine may have a tenth of
# a processor.
MORE = """\
slipway: 1
include: [{example}]
kernel:
  cmdline: "console={console} loglevel=3 slipway.shutdown=280"
services:
  - name: {engine}
    override: merge
    binds.add: ["/srv/box.tar:/srv/box.tar:ro"]
    ready: {{notify: true, timeout: 30m}}
    stop: {{grace: 4m}}
{more}
files:
  - path: srv/box.tar
    source: {box}
    mode: "0644"
"""


def box(here, arch):
    """The image for the engine, with this machine's busybox or Debian's of the other architecture (setup/libraries)."""
    if arch == {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]:
        return image()
    subprocess.run(["apt-get", "-qq", "download", f"busybox-static:{arch}"], cwd=here, check=True,
                   env=dict(os.environ, APT_CONFIG=str(ROOT / f"build/deps/host-{arch}/apt/apt.conf")))
    subprocess.run(["dpkg-deb", "-x", next(here.glob("busybox-static_*.deb")), here / "box"], check=True)
    return image(arch, here / "box/bin/busybox")


def make(folder, engine, more="", example=None, disks=("machine",), arch="amd64"):
    """The example (named as its engine, unless said otherwise) and the image for its engine; an empty disk for each machine."""
    example = example or engine
    here = folder / f"host-{example}-{arch}"
    here.mkdir(parents=True, exist_ok=True)
    (here / "box.tar").write_bytes(box(here, arch))
    (here / f"{engine}.yml").write_text(MORE.format(
        example=ROOT / f"examples/{example}.yml", engine=engine, box=here / "box.tar", more=more, console=CONSOLES[arch][0]))
    for name in disks:
        disk = here / f"{name}.img"
        disk.unlink(missing_ok=True)
        disk.touch()
        os.truncate(disk, 4 << 30)
    return build(here / f"{engine}.yml", here, "kernel+initrd", "--arch", arch)


class Host(Machine):
    """A machine with an engine, driven from its console by `svc exec`."""

    def __init__(self, here, engine, args=(), folder="machine", **kw):
        self.engine = engine
        self.has_button = kw.get("arch", "amd64") == "amd64"
        super().__init__(here / folder, [
            "-kernel", here / f"{engine}-kernel", "-initrd", here / f"{engine}-initrd.img",
            "-append", (here / f"{engine}-cmdline").read_text().strip(),
            "-drive", f"if=virtio,format=raw,cache=unsafe,file={here / f'{folder}.img'}", *args], memory=2048, **kw)
        self.command[self.command.index("900")] = "3000"

    def up(self, known):
        """Waits for the console, then for the engine; `known`: the disk has a file system."""
        self.expect(r"no empty disk" if known else r"making a file system", 900)
        self.expect(r"services started", 900)
        self.send("")
        self.expect(r"# $")
        self.run("stty cols 400")
        self.until(f"svc ps | grep -E '^{self.engine} +service +running'")

    def until(self, command, timeout=1800):
        deadline = time.monotonic() + timeout
        while self.run(command, 300)[1] != 0:
            if time.monotonic() > deadline:
                raise AssertionError((command, self.run(f"svc ps; svc logs -n 40 {self.engine}", 300)[0]))
            time.sleep(20)  # asking takes the time that the engine needs

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
        """The engine ends by itself, and is not killed. Arm has a power button with UEFI alone."""
        if self.has_button:
            self.qmp("system_powerdown")
        else:
            self.send("svc poweroff")
        self.expect(rf"service {self.engine}: stopped, status 0", 300)
        assert self.wait_off(300) == 0
