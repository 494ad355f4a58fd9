"""Every format that `slipway formats` lists: built, judged by a program that others wrote, and with SLOW=1 booted.

make test builds and judges; make test-slow boots too and writes the table of docs/formats.md (table.py)."""

import json
import re
import shutil
import subprocess
import time

import judge
import pytest
import table
from judge import ROOT, SLIPWAY, SLOW, judge_hashes, roothash_of, run
from start import machine, raspi

FORMATS = {f["name"]: f for f in json.loads(run(SLIPWAY, "formats", "--json"))}
# make test builds those of amd64 (arm64's boots in tests/boot), make test-slow all.
MADE = [(name, arch) for arch in (("amd64", "arm64") if SLOW else ("amd64",)) for name, f in FORMATS.items()
        if arch in f["archs"].split()]
# What is started, and how; the others are for other tools.
BOOTS = [(name, "amd64", firmware) for name, arch in MADE if arch == "amd64"
         for firmware in FORMATS[name]["firmware"].split()]
# Emulated, an arm64 machine takes minutes: one of each kind.
BOOTS += [(name, "arm64", firmware) for name, firmware in (("kernel+initrd", "direct"), ("iso", "UEFI"), ("raw", "UEFI"),
                                                           ("arm64-efi", "UEFI"), ("uki", "UEFI")) if SLOW]


@pytest.fixture(scope="session")
def rows():
    return table.Rows(keep=SLOW)


def fit(one, other):
    """Kernel and command line are the same in all."""
    return not set(one.split()) & set(other.split()) - {"NAME-kernel", "NAME-cmdline"}


def groups():
    """Formats that can be built into one folder, sharing their work; timed ones are alone."""
    out = []
    for name, arch in MADE:
        files = FORMATS[name]["files"]
        group = next((g for g in out if not SLOW and all(fit(FORMATS[n]["files"], files) for n, _ in g)), None)
        if group is None:
            out.append([(name, arch)])
        else:
            group.append((name, arch))
    return out


def config(name, arch, folder):
    """The serial console of an arm64 machine has another name; a board wants its own kernel."""
    if arch == "amd64":
        return ROOT / "examples/nginx.yml"
    path = folder / "os.yml"
    kernel = "image: slipway/kernel-debian-rpi, cmdline: console=ttyS1" if name.startswith("rpi") else "cmdline: console=ttyAMA0 quiet"
    path.write_text(f"slipway: 1\ninclude: [{ROOT}/examples/nginx.yml]\nkernel: {{{kernel}}}\n")
    return path


@pytest.fixture(scope="session")
def built(tmp_path_factory, rows):
    """Builds a format, with those of its group; gives its files."""
    done = {}

    def build(name, arch="amd64"):
        if (name, arch) in done:
            return done[name, arch]
        out = tmp_path_factory.mktemp("out")
        group = next(g for g in groups() if (name, arch) in g)
        begin = time.monotonic()
        try:
            run(SLIPWAY, "build", "-q", "--arch", arch, "-f", ",".join(n for n, _ in group), "--name", "n", "-o", out,
                config(name, arch, out))
        except AssertionError as failed:
            if arch == "arm64" and "aa64.efi" in str(failed):  # only of make test-slow
                pytest.skip("this machine has no EFI programs of arm64")
            raise
        took = time.monotonic() - begin
        for each in group:
            files = FORMATS[each[0]]["files"]
            done[each] = [out / word.replace("NAME", "n", 1) for word in files.split()]
            rows.built(each[0], arch, sum(p.stat().st_blocks * 512 for p in done[each]), took)
        return done[name, arch]

    return build


@pytest.mark.parametrize("name,arch", MADE)
def test_built_and_judged(name, arch, built, rows, tmp_path):
    path = built(name, arch)[0]
    by = judge.BY_NAME.get(name) or judge.BY_ENDING[path.suffix]
    rows.judged(name, arch, by(path, tmp_path))


def build_with_disk(folder, disk):
    config = folder / "os.yml"
    config.write_text(f"slipway: 1\ninclude: [{ROOT}/examples/nginx.yml]\ndisk: {disk}\n")
    return subprocess.run([SLIPWAY, "build", "-q", "-f", "raw", "-o", folder / "out", config], capture_output=True,
                          text=True, timeout=300, check=False)


def test_disk_as_the_config_says(tmp_path):
    done = build_with_disk(tmp_path, "{esp: 256M, slot: 100M, slots: 1}")
    assert done.returncode == 0, done.stderr
    dump = json.loads(run("sfdisk", "--json", tmp_path / "out/os.img"))["partitiontable"]
    assert [(p["name"], p["size"]) for p in dump["partitions"]] == [
        ("esp", 256 * 2048), ("root-a", 100 * 2048), ("root-a-verity", 2048)]


def test_disk_without_verity(tmp_path):
    done = build_with_disk(tmp_path, "{slots: 1, verity: false}")
    assert done.returncode == 0, done.stderr
    dump = json.loads(run("sfdisk", "--json", tmp_path / "out/os.img"))["partitiontable"]
    assert [p["name"] for p in dump["partitions"]] == ["esp", "root-a"]
    assert "roothash" not in run(SLIPWAY, "inspect", "--json", tmp_path / "out/os.img")


def test_every_flipped_bit_is_found(built, tmp_path):
    path = tmp_path / "changed.img"
    shutil.copy(built("raw", "amd64")[0], path)
    roothash = roothash_of(path)
    table = {p["name"]: p for p in json.loads(run("sfdisk", "--json", path))["partitiontable"]["partitions"]}
    root, tree = (table[name]["start"] * 512 for name in ("root-a", "root-a-verity"))
    with open(path, "r+b") as disk:
        disk.seek(root + 40)
        used = int.from_bytes(disk.read(8), "little")  # of the squashfs
        for at in (root, root + used // 3, root + used // 2, root + used - 1, tree + 4096, tree + 8192 + 4000):
            disk.seek(at)
            byte = disk.read(1)[0]
            for value in (byte ^ 0x10, byte):
                disk.seek(at)
                disk.write(bytes([value]))
                disk.flush()
                assert (judge_hashes(path, tmp_path, roothash).returncode == 0) == (value == byte), at


@pytest.mark.parametrize("disk,says", [
    ("{esp: 20M}", r"os.yml:3:13: error: a boot partition of 20 MiB does not hold two kernels: it needs \d+ MiB"),
    ("{slot: 2M}", r"os.yml:3:14: error: the root needs \d+ bytes, \d+ more than a slot has"),
])
def test_disk_too_small(tmp_path, disk, says):
    done = build_with_disk(tmp_path, disk)
    assert done.returncode == 1
    assert re.search(says, done.stderr), done.stderr
    assert not list(tmp_path.glob("out/*"))


def boots(name, arch, firmware, built, rows, tmp_path):
    files = built(name, arch)
    begin = time.monotonic()
    with machine(name, arch, firmware, files, tmp_path) as m:
        m.expect(r"service nginx: running", 600)
        took = time.monotonic() - begin
        m.expect(r"services started")
        m.send("")
        m.expect(r"# $|\$ $")
        m.send("poweroff")
        assert m.wait_off() == 0
    rows.booted(name, arch, firmware, took)


@pytest.mark.parametrize("cmdline,says", [
    ("a='\"b\"'", r'the command line holds a " or the end of a line'),
    ("a=" + 1100 * "b", r"the command line has \d+ bytes, \d+ more than a line of a configuration file of QEMU holds"),
])
def test_microvm_cannot_say_it(cmdline, says, tmp_path):
    (tmp_path / "os.yml").write_text(
        f"slipway: 1\ninclude: [{ROOT}/examples/nginx.yml]\nkernel:\n  cmdline: {json.dumps(cmdline)}\n")
    done = subprocess.run([SLIPWAY, "build", "-q", "-f", "microvm", "-o", tmp_path / "out", tmp_path / "os.yml"],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1 and re.search(says, done.stderr), done.stderr
    assert not list(tmp_path.glob("out/*"))


def test_microvm_boots(built, rows, tmp_path):
    boots("microvm", "amd64", "direct", built, rows, tmp_path)


if SLOW:
    @pytest.mark.parametrize("name,arch,firmware", BOOTS)
    def test_boots(name, arch, firmware, built, rows, tmp_path):
        boots(name, arch, firmware, built, rows, tmp_path)

    def test_a_card_starts(built, tmp_path):
        """As far as QEMU's Raspberry Pi goes: it falls silent while drivers of its SD controller are loaded."""
        with raspi(tmp_path, built("rpi3", "arm64")) as m:
            m.expect("init: root: squashfs on /dev/loop0", 1200)
            m.expect("supervise: onboot", 600)
