"""What a machine keeps: disks that it makes when they are empty, with XFS, Btrfs, or encrypted; found again by another image of
the machine, and grown. What is on other disks stays, whatever it is."""

import hashlib
import os
import re
import subprocess
import sys
import zlib

import pytest

from conftest import ROOT, build
from machine import CONSOLES, Machine, direct

sys.path.insert(0, str(ROOT / "tests/formats"))
from start import uefi_of  # noqa: E402

pytestmark = pytest.mark.slow

MIB = 1 << 20
EMPTY = {"wide": 320, "leafy": 320, "secret": 48, "small": 128}  # XFS wants 300 MiB, Btrfs grows from 256 on


def make(path, mib, at=0, data=b""):
    with open(path, "wb") as f:
        f.truncate(mib * MIB)
        f.seek(at)
        f.write(data)
    return path


def lvm_label():
    """Sector 1 of a physical volume, with the checksum that LVM wants: CRC-32 from another beginning, not inverted."""
    summed = (32).to_bytes(4, "little") + b"LVM2 001" + b"0" * 32 + bytes(448)
    crc = zlib.crc32(summed, 0xf597a6cf ^ 0xffffffff) ^ 0xffffffff
    return b"LABELONE" + (1).to_bytes(8, "little") + crc.to_bytes(4, "little") + summed


def foreign(folder):
    """Disks with something on them, small enough to be read as a whole."""
    ext4 = make(folder / "ext4.disk", 20)
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", ext4], check=True)
    swap = make(folder / "swap.disk", 20)
    subprocess.run(["/sbin/mkswap", "-q", swap], check=True)
    lvm = make(folder / "lvm.disk", 20, 512, lvm_label())
    gpt = make(folder / "gpt.disk", 20)
    subprocess.run(["sfdisk", "--quiet", gpt], input=b"label: gpt\n", check=True)
    few = make(folder / "few.disk", 20, 3, b"few")
    return [ext4, swap, lvm, gpt, few]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def boot(folder, arch, version, disks):
    """Another image of the machine, with the same disks."""
    here, console, major = folder / version, *CONSOLES[arch]
    here.mkdir(exist_ok=True)
    text = (ROOT / "tests/boot/state.yml").read_text()
    (here / "state.yml").write_text(text.replace("@VERSION@", version).replace("@CONSOLE@", console).replace("@MAJOR@", str(major)))
    build(here / "state.yml", here, "kernel+initrd", "--arch", arch)
    # The power button of arm64 is ACPI's, and that is UEFI's.
    args = [*(uefi_of(arch, here) if arch == "arm64" else []), *direct(here, "state", arch)]
    for disk in disks:
        args += ["-drive", f"if=virtio,format=raw,file={disk}"]
    with Machine(here / "machine", args, arch=arch) as m:
        m.expect("redis answers", 600)
        # Sent by logforward.
        m.expect(r"<30>1 [\dT:.-]+Z \S+ keeper - - - RESULT done")
        m.qmp("system_powerdown")
        assert m.wait_off() == 0
    text = m.text.replace("\r", "")
    return {name: (kind, int(size), versions) for name, kind, size, versions in
            re.findall(r"RESULT (\w+) (\w+) (\d+) (\w+)$", text, re.M)}, text


@pytest.fixture(scope="module", params=["amd64", "arm64"])
def state(folder, request):
    arch = request.param
    here = folder / "state" / arch
    here.mkdir(exist_ok=True, parents=True)
    others = foreign(here)
    before = [digest(disk) for disk in others]
    own = [make(here / f"{name}.disk", size) for name, size in EMPTY.items()]
    first = boot(here, arch, "one", others + own)
    assert b"versions" not in own[2].read_bytes(), "a name of a file can be read on the encrypted disk"
    for disk in (*own[:2], own[3]):
        os.truncate(disk, disk.stat().st_size + 64 * MIB)
    second = boot(here, arch, "two", others + own)
    return first, second, before == [digest(disk) for disk in others]


def test_each_is_made(state):
    found, text = state[0]
    assert {name: kind for name, (kind, _, _) in found.items()} == {"wide": "xfs", "leafy": "btrfs", "secret": "ext4"}, text[-6000:]
    assert [versions for _, _, versions in found.values()] == ["one"] * 3
    assert "/dev/vdh: making it an encrypted disk (LUKS2)" in text and "chown" not in text


def test_another_image_finds_it(state):
    found, text = state[1]
    assert [versions for _, _, versions in found.values()] == ["onetwo"] * 3, text[-6000:]
    assert "making" not in text


@pytest.mark.parametrize("name", ["wide", "leafy"])
def test_it_has_grown(state, name):
    (first, _), (second, text), _ = state
    assert second[name][1] >= first[name][1] + 48, text[-6000:]


def test_a_small_btrfs_is_left_as_it_is(state):
    """The kernel resizes none below 256 MiB."""
    text = state[1][1]
    assert "/dev/vdi1: Btrfs grows from 256 MiB on; left as it is" in text and "has not grown" not in text, text[-6000:]


def test_other_disks_are_left_alone(state):
    (_, text), _, same = state
    assert same
    for letter, what in zip("abcde", ("ext4", "swap", "LVM2_member", "gpt", "has data that is no known file system")):
        assert re.search(rf"/dev/vd{letter}: {what}.*left alone", text), text[-6000:]
    assert text.count("no empty disk") == 1
