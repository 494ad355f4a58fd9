"""The toolbox, programs of another processor, and a network card that needs firmware, on Debian's kernel for machines of all
kinds. `make packages-hosts kernel-debian` brings what it is built of."""

import re

import pytest

from conftest import ROOT, build
from machine import Machine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def said(folder):
    here = build(ROOT / "tests/boot/tools.yml", folder / "tools", "kernel+initrd")
    # A card whose driver brings it up with firmware alone (e100_request_firmware of the kernel).
    args = ["-kernel", here / "tools-kernel", "-initrd", here / "tools-initrd.img",
            "-append", (here / "tools-cmdline").read_text().strip(),
            "-netdev", "user,id=card,restrict=on,net=10.0.3.0/24", "-device", "i82559c,netdev=card"]
    with Machine(here / "machine", args) as m:
        m.expect("RESULT done", 800)
        m.qmp("system_powerdown")
        assert m.wait_off(300) == 0
    text = m.text.replace("\r", "")
    return dict(re.findall(r"RESULT (\S+) (.*)$", text, re.M)), text


WANT = {"strace": "1", "gdb": "1", "tcpdump": "1", "lsof": "1", "ss": "[12]", "svc": "1", "certificates": "1[0-9][0-9] 1", "foreign": "1",
        "firmware": "f9e4b2"}


@pytest.mark.parametrize("what", WANT)
def test_tool(said, what):
    assert re.fullmatch(WANT[what], said[0][what]), said[1][-6000:]


def test_formats(said):
    assert re.search(r"binfmt: runs.* qemu-aarch64 .*qemu-riscv64", said[1]), said[1][-6000:]


def test_firmware(said):
    """Without it the driver refuses to bring the card up; it asks by DHCP after that."""
    assert re.search(r"dhcp: eth\d: 10\.0\.3\.15", said[1]) and "Failed to load firmware" not in said[1], said[1][-6000:]
