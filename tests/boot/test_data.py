"""The disk that grows on first boot: power cuts while its partitions are made lose nothing, and what is written stays."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from conftest import ROOT, build
from machine import Machine

MIB = 1 << 20
ALL = ["esp", "root-a", "root-a-verity", "_empty", "_empty", "kept"]


@pytest.fixture(scope="module")
def image(folder):
    return build(ROOT / "tests/boot/data.yml", folder / "data", "raw") / "data.img"


def run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True, timeout=120).stdout


def partitions(disk):
    """(name, first sector, sectors) of each; sfdisk wants to see the backup table where it belongs."""
    assert "No errors detected" in run("sfdisk", "--verify", disk)
    table = json.loads(run("sfdisk", "--json", disk))["partitiontable"]
    return [(p["name"], p["start"], p["size"]) for p in table["partitions"]]


def boot(folder, disk, kind="raw"):
    return Machine(folder, ["-drive", f"if=virtio,format={kind},file={disk}"])


def power_cut(m):
    """QEMU is the child of `timeout`."""
    pid = m.qemu.pid
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    m.qemu.wait(20)


def starts(m):
    found = m.expect(r"keeper: starts: (\d+), (\d+) KB")
    return int(found.group(1)), int(found.group(2))


def test_too_small(image, folder):
    """As the file is: there is room for nothing more."""
    disk = folder / "data-small.img"
    shutil.copy(image, disk)
    with boot(folder / "data-small", disk) as m:
        m.expect(r"disk: the second slot needs 24 MiB, and behind the partitions are 0: give the machine a larger disk")
        m.expect(r'the boot has failed in step "onboot"')
    assert [p[0] for p in partitions(disk)] == [p[0] for p in partitions(image)] == ["esp", "root-a", "root-a-verity"]


def test_one_boot_makes_all(image, folder):
    disk = folder / "data-once.img"
    shutil.copy(image, disk)
    with open(disk, "r+b") as f:
        f.truncate(f.seek(0, 2) + 100 * MIB)
    with boot(folder / "data-once", disk) as m:
        m.expect(r"the second slot and the partition for data are made")
        m.expect(r"making a file system")
        m.expect(r"disk: /dev/vda6 \(ext4\) is at /var/data")
        assert starts(m)[0] == 1


def test_it_stays(image, folder):
    disk, here = folder / "data.raw", folder / "data-machine"
    shutil.copy(image, disk)
    with open(disk, "r+b") as f:
        f.truncate(f.seek(0, 2) + 200 * MIB)
    # While the table is written, while the file system is made, and before it is unmounted.
    with boot(here, disk) as m:
        m.expect(r"the second slot and the partition for data are made")
        power_cut(m)
    with boot(here, disk) as m:
        m.expect(r"making a file system")
        power_cut(m)
    with boot(here, disk) as m:
        m.expect(r"making a file system")
        m.expect(r"disk: /dev/vda6 \(ext4\) is at /var/data")
        n, size = starts(m)
        power_cut(m)
    assert n == 1 and size > 150000
    names = partitions(disk)
    assert [p[0] for p in names] == ALL, names
    assert names[3][2] == names[1][2] == 24 * MIB // 512 and names[4][2] == names[2][2]
    # Another kind of disk, and a larger one.
    larger = folder / "data.qcow2"
    run("qemu-img", "convert", "-O", "qcow2", disk, larger)
    run("qemu-img", "resize", larger, f"+{100 * MIB}")
    with boot(here, larger, "qcow2") as m:
        m.expect(r"the partition for data has grown")
        n, grown = starts(m)
        assert n == 2 and grown > size + 90000
        m.qmp("system_powerdown")
        assert m.wait_off() == 0
    run("qemu-img", "convert", "-O", "raw", larger, disk)
    names = partitions(disk)
    assert [p[0] for p in names] == ALL, names
    # The file system is clean, and as large as its partition.
    with open(disk, "rb") as whole, open(folder / "data.ext4", "wb") as part:
        whole.seek(names[5][1] * 512)
        part.write(whole.read(names[5][2] * 512))
    run("/sbin/e2fsck", "-fn", folder / "data.ext4")
    text = run("/sbin/dumpe2fs", "-h", folder / "data.ext4")
    assert "kept" in text and f"Block count:              {names[5][2] * 512 // 4096}" in text.replace("\t", " "), text
