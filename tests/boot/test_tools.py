"""The toolbox, programs of another processor, and a network card that needs firmware, on Debian's kernel for machines of all
kinds. `make packages-hosts kernel-debian` brings what it is built of."""

import os
import re
import sys

import pytest

from conftest import ROOT, build
from machine import CONSOLES, Machine, direct

sys.path.append(str(ROOT / "tests/formats"))
from start import uefi_of  # noqa: E402

pytestmark = pytest.mark.slow
OTHER = {"amd64": "arm64", "arm64": "amd64"}


@pytest.fixture(scope="module", params=["amd64", "arm64"])
def said(folder, request):
    arch = request.param
    console, major = CONSOLES[arch]
    here = folder / f"tools-{arch}"
    here.mkdir(parents=True, exist_ok=True)
    # For each the svc of the other, as this machine's make has it.
    foreign = ROOT / "build/bin" / ("svc" if os.uname().machine != {"amd64": "x86_64", "arm64": "aarch64"}[arch] else f"{OTHER[arch]}/svc")
    text = (ROOT / "tests/boot/tools.yml").read_text()
    (here / "tools.yml").write_text(text.replace("@CONSOLE@", console).replace("@MAJOR@", str(major)).replace("@FOREIGN@", str(foreign)))
    build(here / "tools.yml", here, "kernel+initrd", "--arch", arch)
    # A card whose driver brings it up with firmware alone (e100_request_firmware of the kernel).
    # The power button of arm64 is ACPI's, and that is UEFI's.
    args = [*(uefi_of(arch, here) if arch == "arm64" else []), *direct(here, "tools", arch),
            "-netdev", "user,id=card,restrict=on,net=10.0.3.0/24", "-device", "i82559c,netdev=card"]
    with Machine(here / "machine", args, arch=arch) as m:
        m.expect("RESULT done", 800)
        m.qmp("system_powerdown")
        assert m.wait_off(300) == 0
    text = m.text.replace("\r", "")
    return dict(re.findall(r"RESULT (\S+) (.*)$", text, re.M)), text, arch


WANT = {"strace": "1", "gdb": "1", "tcpdump": "1", "lsof": "1", "ss": "[12]", "svc": "1", "certificates": "1[0-9][0-9] 1", "foreign": "1",
        "firmware": "f9e4b2"}


@pytest.mark.parametrize("what", WANT)
def test_tool(said, what):
    assert re.fullmatch(WANT[what], said[0][what]), said[1][-6000:]


def test_formats(said):
    other = "qemu-aarch64" if said[2] == "amd64" else "qemu-x86_64"
    assert re.search(rf"binfmt: runs.* {other}\b.*", said[1]) and "qemu-riscv64" in said[1], said[1][-6000:]


def test_firmware(said):
    """Without it the driver refuses to bring the card up; it asks by DHCP after that."""
    assert re.search(r"dhcp: eth\d: 10\.0\.3\.15", said[1]) and "Failed to load firmware" not in said[1], said[1][-6000:]
