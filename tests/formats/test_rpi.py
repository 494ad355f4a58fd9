"""A card for a Raspberry Pi, partition by partition: from a store whose kernel is none, so that it takes a second."""

import json
import os
import shutil
import subprocess
import tarfile

import pytest
from judge import MIB, ROOT, SLIPWAY, judge_hashes, roothash_of, run

NAMES = {"bootcode.bin", "start.elf", "fixup.dat", "start4.elf", "fixup4.dat", "bcm2837-rpi-3-b.dtb", "cmdline.txt",
         "config.txt", "initrd.img", "kernel8.img"}
TEXT = "slipway: 1\narch: arm64\nkernel:\n  image: test/kernel-rpi:1\n  cmdline: console=ttyS1\ninit: [test/init-arm:1]\n"


def build(folder, form, **environment):
    folder.mkdir()
    shutil.copytree(ROOT / "tests/cases/stores/machines", folder / "store")
    (folder / "os.yml").write_text(TEXT)
    done = subprocess.run([SLIPWAY, "build", "-q", "-f", form, "--name", "n", "-o", folder / "out", folder / "os.yml"],
                          capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "SLIPWAY_STORE": str(folder / "store"), **environment})
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    return build(tmp_path_factory.mktemp("rpi") / "a", "rpi4") / "n-rpi4.img"


@pytest.fixture(scope="module")
def boot(card, tmp_path_factory):
    """Its first partition as a file."""
    part = json.loads(run("sfdisk", "--json", card))["partitiontable"]["partitions"][0]
    path = tmp_path_factory.mktemp("boot") / "fat"
    with open(card, "rb") as disk:
        disk.seek(part["start"] * 512)
        path.write_bytes(disk.read(part["size"] * 512))
    return path


def test_tables(card, tmp_path):
    """Both: the one that a Pi 3 reads names the boot partition alone, the GPT all."""
    run("sfdisk", "--verify", card)
    parts = json.loads(run("sfdisk", "--json", card))["partitiontable"]
    assert parts["label"] == "gpt"
    assert [p["name"] for p in parts["partitions"]] == ["esp", "root-a", "root-a-verity", "_empty", "_empty"]
    boot = parts["partitions"][0]
    with open(card, "rb") as disk:
        head = disk.read(1024)
    entries = [head[446 + 16 * i:462 + 16 * i] for i in range(4)]
    number = lambda b: int.from_bytes(b, "little")  # noqa: E731
    assert [(e[4], number(e[8:12]), number(e[12:16])) for e in entries] == [
        (0x0C, boot["start"], boot["size"]), (0xEE, 1, card.stat().st_size // 512 - 1), (0, 0, 0), (0, 0, 0)]
    assert head[510:512] == b"\x55\xaa" and head[512:520] == b"EFI PART"
    # As firmware sees it that knows no GPT.
    only = tmp_path / "only"
    only.write_bytes(head[:512])
    os.truncate(only, card.stat().st_size)
    seen = json.loads(run("sfdisk", "--json", only))["partitiontable"]
    assert seen["label"] == "dos" and seen["partitions"][0]["type"] == "c"


def test_boot_partition(boot, card):
    said = run("fsck.fat", "-n", "-v", boot)
    assert "32 bit entries" in said
    assert set(run("mdir", "-b", "-i", boot, "::").replace("::/", "").split()) == NAMES
    assert run("mtype", "-i", boot, "::config.txt").splitlines() == [
        "arm_64bit=1", "upstream_kernel=1", "enable_uart=1", "kernel=kernel8.img", "initramfs initrd.img followkernel"]
    cmdline = run("mtype", "-i", boot, "::cmdline.txt")
    assert "\n" not in cmdline and "console=ttyS1" in cmdline.split()
    assert boot.stat().st_size >= 144 * MIB


def test_root_is_verified(boot, card, tmp_path):
    cmdline = run("mtype", "-i", boot, "::cmdline.txt").split()
    roothash = next(word.removeprefix("roothash=") for word in cmdline if word.startswith("roothash="))
    assert judge_hashes(card, tmp_path, roothash).returncode == 0
    assert roothash_of(card) == roothash


@pytest.mark.parametrize(("form", "name"), [("rpi3", "n.tar"), ("rpi4", "n-rpi4.img")])
def test_same_bytes(tmp_path, form, name):
    first = build(tmp_path / "a", form) / name
    old = os.umask(0o077)
    try:
        again = build(tmp_path / "another folder", form, TZ="Asia/Tokyo", LC_ALL="C.UTF-8") / name
    finally:
        os.umask(old)
    run("cmp", first, again)


def test_files(tmp_path):
    """By LinuxKit's name: files for a card's only partition; the root is in the initrd."""
    with tarfile.open(build(tmp_path / "a", "rpi3") / "n.tar") as tar:
        assert set(tar.getnames()) - {"."} == NAMES
        assert b"roothash" not in tar.extractfile("cmdline.txt").read()
        initrd = tar.extractfile("initrd.img").read()
    names = subprocess.run(["cpio", "-t", "--quiet"], input=initrd, capture_output=True, check=True).stdout
    assert b"root.squashfs" in names
