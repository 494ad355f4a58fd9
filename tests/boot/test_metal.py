"""A USB stick on a machine of metal, as far as QEMU has one: USB storage and an Intel network card, which Debian's kernel
for machines of all kinds has drivers for. `make kernel-debian` brings it."""

import pytest

from conftest import ROOT, build
from machine import Machine, uefi_args

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stick(folder):
    return build(ROOT / "examples/metal.yml", folder / "metal", "iso") / "metal.iso"


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_boots_from_usb(firmware, stick, folder):
    here = folder / f"metal-{firmware}"
    here.mkdir(parents=True, exist_ok=True)
    board = uefi_args(here, "q35") if firmware == "uefi" else ["-machine", "q35"]
    with Machine(here, [
            *board, "-device", "qemu-xhci",
            "-drive", f"if=none,id=stick,format=raw,readonly=on,file={stick}",
            "-device", "usb-storage,drive=stick,bootindex=1",
            "-netdev", "user,id=lan,restrict=on", "-device", "e1000e,netdev=lan"], instructions=True) as m:
        m.expect(r"dhcp: eth\d: 10\.0\.2\.15", 900)
        m.expect(r"dhcp: eth\d: 10\.0\.2\.15")
        m.expect(r"services started")
        m.send("")
        m.expect(r"# $")
        assert m.run("grep -q e1000e /sys/class/net/*/device/uevent")[1] == 0
