"""examples/netboot.yml by the network alone: the card's iPXE asks DHCP and TFTP, which QEMU's network answers, for the script of
the example's comment."""

import re
import subprocess

import pytest

from conftest import ROOT, build
from machine import Machine

EXAMPLE = ROOT / "examples/netboot.yml"


@pytest.mark.slow
def test_ipxe(folder):
    served = build(EXAMPLE, folder / "netboot", "kernel+initrd")
    script = re.search(r"^#   \{ echo.*?boot\.ipxe$", EXAMPLE.read_text(), re.M | re.S)[0]
    subprocess.run(["sh", "-ec", re.sub(r"^#", "", script, flags=re.M)], cwd=served, check=True)
    with Machine(folder / "netboot-machine", ["-boot", "n"], network=f",tftp={served.resolve()},bootfile=boot.ipxe") as m:
        m.expect(r"onboot dhcp: exited, status 0")
        m.expect(r"services started")
        m.send("poweroff")
        assert m.wait_off() == 0
