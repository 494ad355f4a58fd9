"""Boots that cannot go on in the initrd say why; a machine without any console serves all the same, and one that can write
nothing goes down."""

import re

import pytest

from conftest import ROOT, build
from machine import Machine
from test_nginx import get


def without(data, old, new):
    assert data.count(old) == 1 and len(old) == len(new)
    return data.replace(old, new)


def missing_module(data):
    return without(data, b"/squashfs.ko.xz\0", b"/squashfz.ko.xz\0")


def corrupt_root(data):
    """Its superblock, behind the name in the archive."""
    at = data.index(b"hsqs", data.index(b"root.squashfs\0"))
    return data[:at] + bytes(96) + data[at + 96:]


# What is done to the initrd, kernel options, and what the console says, in this order.
FAULTS = {
    "missing-module": (missing_module, "", [r"opening /lib/modules/\S+/squashfs.ko.xz: No such file",
                                            r'failed in step "root": mounting /dev/loop0 as squashfs: No such device',
                                            r"what to try: check that", r"rebooting in 1 s"]),
    "corrupt-root": (corrupt_root, "", [r'failed in step "root": mounting /dev/loop0 as squashfs: Invalid argument']),
    "no-medium": (bytes, "slipway.root=PARTUUID=12345678-9abc-4def-8123-456789abcdef slipway.timeout=2",
                  [r"no partition PARTUUID=12345678-\S+ within 2 s; block devices: nvme0n1 \(\d+ MB, GPT with \d other"]),
    "bad-option": (bytes, "slipway.timeout=soon slipway.root=PARTLABEL=nobody slipway.timeout=1",
                   [r"kernel command line: not a number of seconds", r"no partition PARTLABEL=nobody within 1 s"]),
}


def args(nginx, initrd, options):
    cmdline = (nginx / "nginx-cmdline").read_text().strip()
    return ["-kernel", nginx / "nginx-kernel", "-initrd", initrd, "-append", f"{cmdline} {options}", "-no-reboot",
            "-drive", f"if=none,id=disk,format=raw,readonly=on,file={nginx}/nginx.iso", "-device", "nvme,serial=1,drive=disk"]


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(fault, nginx, folder):
    here = folder / f"fault-{fault}"
    here.mkdir(exist_ok=True)
    change, options, says = FAULTS[fault]
    (here / "initrd").write_bytes(change((nginx / "nginx-initrd.img").read_bytes()))
    with Machine(here, args(nginx, here / "initrd", options + " panic=1")) as m:
        for said in says:
            m.expect(said)
        m.wait_off()


def test_root_by_name(nginx, folder):
    """A partition's name finds it: here on a disk whose driver is in the kernel."""
    with Machine(folder / "by-name", args(nginx, nginx / "nginx-initrd.img", "slipway.root=PARTLABEL=root")) as m:
        m.expect(r"init: root: squashfs on /dev/nvme0n1p\d")
        m.expect(r"supervisor: starting")


def test_no_console(nginx, folder):
    """Nothing to write to, not even /dev/console; the power button ends it."""
    cmdline = re.sub(r"console=\S+", "", (nginx / "nginx-cmdline").read_text().strip())
    with Machine(folder / "no-console", ["-kernel", nginx / "nginx-kernel", "-initrd", nginx / "nginx-initrd.img",
                                         "-append", f"{cmdline} console=null"], ports=[80]) as m:
        assert get(m.ports[80], 300)[0] == 200
        m.qmp("system_powerdown")
        assert m.wait_off() == 0
        assert "init:" not in m.text


def test_it_goes_down_when_nothing_can_be_written(folder):
    """The supervisor cannot open its socket nor keep a state, but hears the power button, and stops what runs."""
    images = build(ROOT / "tests/boot/read-only.yml", folder / "read-only", "kernel+initrd")
    with Machine(folder / "read-only-run", [
            "-kernel", images / "read-only-kernel", "-initrd", images / "read-only-initrd.img",
            "-append", (images / "read-only-cmdline").read_text().strip()], instructions=True) as m:
        m.expect(r"RESULT 3")
        m.expect(r"supervise: .*Read-only file system")
        m.qmp("system_powerdown")
        assert m.wait_off() == 0
        assert "service good: stopped, status 0" in m.text and "reboot: Power down" in m.text
