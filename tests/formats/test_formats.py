"""Every format that `slipway formats` lists: built, judged by a program that others wrote, and with SLOW=1 booted.

make test builds and judges; make test-slow boots too and writes the table of docs/formats.md to build/formats.md."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/boot"))
from machine import Machine, uefi_args  # noqa: E402

SLIPWAY = ROOT / "build/bin/slipway"
SLOW = os.environ.get("SLOW")
MIB = 1 << 20


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


FORMATS = {f["name"]: f for f in json.loads(run(SLIPWAY, "formats", "--json"))}
# What is started, and how; the others are for other tools.
BOOTS = [(name, firmware) for name, f in FORMATS.items() for firmware in f["firmware"].split()]


@pytest.fixture(scope="session")
def rows():
    table = {}
    yield table
    lines = ["| format | files | MB | built in | judged by | booted under (s until nginx runs) |",
             "|---|---|---:|---:|---|---|"]
    lines += ["| {name} | {files} | {size:.1f} | {time:.1f} s | {judge} | {boots} |".format(
        **{**row, "boots": ", ".join(row["boots"])}) for row in table.values()]
    (ROOT / "build/formats.md").write_text("\n".join(lines) + "\n")


def made_here(name):
    return "amd64" in FORMATS[name]["archs"]


def groups():
    """Formats that can be built into one folder, sharing their work; timed ones are alone."""
    out = []
    for name in filter(made_here, FORMATS):
        files = FORMATS[name]["files"]
        group = next((g for g in out if not SLOW and all(FORMATS[n]["files"] != files for n in g)), None)
        if group is None:
            out.append([name])
        else:
            group.append(name)
    return out


@pytest.fixture(scope="session")
def built(tmp_path_factory, rows):
    """Builds a format, with those of its group; gives its files."""
    done = {}

    def build(name):
        if name in done:
            return done[name]
        out = tmp_path_factory.mktemp("out")
        group = next(g for g in groups() if name in g)
        begin = time.monotonic()
        run(SLIPWAY, "build", "-q", "-f", ",".join(group), "--name", "n", "-o", out, ROOT / "examples/nginx.yml")
        took = time.monotonic() - begin
        for each in group:
            done[each] = [out / word.replace("NAME", "n", 1) for word in FORMATS[each]["files"].split()]
            rows[each] = {"name": each, "files": FORMATS[each]["files"], "time": took, "boots": [], "judge": "",
                          "size": sum(p.stat().st_blocks * 512 for p in done[each]) / 1e6}
        return done[name]

    return build


def judge_disk(path, folder):
    """A raw disk: its table, and its boot partition."""
    assert path.stat().st_size % MIB == 0
    assert "No errors detected" in run("sfdisk", "--verify", path)
    dump = json.loads(run("sfdisk", "--json", path))["partitiontable"]
    esp, root, empty = dump["partitions"]
    assert (esp["name"], root["name"], empty["name"]) == ("esp", "root-a", "_empty")
    assert root["size"] == empty["size"] and root["type"] == empty["type"]
    volume = folder / "esp"
    with open(path, "rb") as disk, open(volume, "wb") as out:
        disk.seek(esp["start"] * 512)
        out.write(disk.read(esp["size"] * 512))
        disk.seek(root["start"] * 512)
        assert disk.read(4) == b"hsqs"
    run("fsck.fat", "-n", volume)
    assert "/usr/sbin/nginx" in run(SLIPWAY, "inspect", path)
    volume.unlink()
    return "sfdisk, fsck.fat"


def judge_converted(kind):
    def judge(path, folder):
        raw = folder / "raw"
        run("qemu-img", "convert", "-f", kind, "-O", "raw", path, raw)
        said = judge_disk(raw, folder)
        raw.unlink()
        if kind == "vpc":  # qemu-img knows no check of it
            return f"qemu-img convert, {said}"
        assert "No errors were found" in run("qemu-img", "check", path)
        return f"qemu-img check and convert, {said}"
    return judge


def judge_gcp(path, folder):
    run("tar", "-xzf", path, "-C", folder)
    disk = folder / "disk.raw"
    assert disk.stat().st_size == 1 << 30
    said = judge_disk(disk, folder)
    if not SLOW:
        disk.unlink()
    return f"GNU tar, {said}"


def judge_iso(path, folder):
    said = run("xorriso", "-indev", path, "-report_el_torito", "plain")
    assert "El Torito" in said
    assert "No errors detected" in run("sfdisk", "--verify", path)
    return "xorriso, sfdisk"


def judge_tar(path, folder):
    names = run("tar", "-tf", path).split()
    wanted = {".docker": "Dockerfile", "-initrd.tar": "initrd.img", ".tar": "sbin/init"}
    name = next(name for end, name in wanted.items() if path.name.endswith(end))
    assert name in names
    return "GNU tar"


def judge_uki(path, folder):
    sections = run("objdump", "-h", path)
    for name in (".cmdline", ".linux", ".initrd"):
        assert name in sections
    return "objdump"


def judge_squashfs(path, folder):
    assert "sbin/init" in run("unsquashfs", "-l", path.with_name("n-squashfs.img"))
    return "unsquashfs"


def judge_initrd(path, folder):
    with open(path.with_name("n-initrd.img"), "rb") as initrd:
        listing = subprocess.run(["cpio", "-t", "--quiet"], stdin=initrd, capture_output=True, text=True, check=True)
    assert "root.squashfs" in listing.stdout
    return "cpio"


def judge_sbom(path, folder):
    assert json.loads(path.read_text())["spdxVersion"] == "SPDX-2.3"
    return "json"


JUDGES = {".img": judge_disk, ".raw": judge_disk, ".qcow2": judge_converted("qcow2"),
          ".vmdk": judge_converted("vmdk"), ".vhd": judge_converted("vpc"), ".iso": judge_iso, ".efi": judge_uki,
          ".gz": judge_gcp, ".tar": judge_tar, ".docker": judge_tar, ".json": judge_sbom}


@pytest.mark.parametrize("name", [n for n in FORMATS if made_here(n)])
def test_built_and_judged(name, built, rows, tmp_path):
    path = built(name)[0]
    judge = {"kernel+initrd": judge_initrd, "kernel+squashfs": judge_squashfs}.get(name) or JUDGES[path.suffix]
    rows[name]["judge"] = judge(path, tmp_path)


def build_with_disk(folder, disk):
    config = folder / "os.yml"
    config.write_text(f"slipway: 1\ninclude: [{ROOT}/examples/nginx.yml]\ndisk: {disk}\n")
    return subprocess.run([SLIPWAY, "build", "-q", "-f", "raw", "-o", folder / "out", config], capture_output=True,
                          text=True, timeout=300, check=False)


def test_disk_as_the_config_says(tmp_path):
    done = build_with_disk(tmp_path, "{esp: 256M, slot: 100M, slots: 1}")
    assert done.returncode == 0, done.stderr
    dump = json.loads(run("sfdisk", "--json", tmp_path / "out/os.img"))["partitiontable"]
    assert [(p["name"], p["size"]) for p in dump["partitions"]] == [("esp", 256 * 2048), ("root-a", 100 * 2048)]


@pytest.mark.parametrize("disk,says", [
    ("{esp: 20M}", r"os.yml:3:13: error: a boot partition of 20 MiB does not hold two kernels: it needs \d+ MiB"),
    ("{slot: 2M}", r"os.yml:3:14: error: the root needs \d+ bytes, \d+ more than a slot has"),
])
def test_disk_too_small(tmp_path, disk, says):
    done = build_with_disk(tmp_path, disk)
    assert done.returncode == 1
    assert re.search(says, done.stderr), done.stderr
    assert not list(tmp_path.glob("out/*"))


def drive(path, kind, bus):
    """The disk on the bus that the format's machines have, as far as QEMU has it too."""
    if bus == "ide":
        return ["-drive", f"if=ide,format={kind},snapshot=on,file={path}"]
    if bus == "nvme":
        return ["-drive", f"if=none,id=boot,format={kind},snapshot=on,file={path}",
                "-device", "nvme,drive=boot,serial=1,bootindex=0"]
    if bus == "scsi":
        return ["-drive", f"if=none,id=boot,format={kind},snapshot=on,file={path}",
                "-device", "virtio-scsi-pci", "-device", "scsi-hd,drive=boot,bootindex=0"]
    return ["-drive", f"if=virtio,format={kind},snapshot=on,file={path}"]


KINDS = {".img": "raw", ".raw": "raw", ".qcow2": "qcow2", ".vmdk": "vmdk", ".vhd": "vpc"}
BUSES = {"aws": "nvme", "azure": "ide", "vhd": "ide", "dynamic-vhd": "ide", "vmdk": "ide", "gcp": "scsi"}


def boot_args(name, firmware, files, folder):
    path, uefi = files[0], uefi_args(folder) if firmware == "UEFI" else []
    if firmware == "direct":
        kernel, initrd, cmdline = files
        return ["-kernel", kernel, "-initrd", initrd, "-append", cmdline.read_text().strip()]
    if path.suffix == ".efi":
        return [*uefi, "-kernel", path]
    if path.suffix == ".iso":
        return [*uefi, "-cdrom", path]
    if name == "gcp":
        run("tar", "-xzf", path, "-C", folder)
        path = folder / "disk.raw"
    return [*uefi, *drive(path, KINDS[path.suffix], BUSES.get(name, "virtio"))]


def boots(name, firmware, built, rows, tmp_path):
    files = built(name)
    begin = time.monotonic()
    with Machine(tmp_path, boot_args(name, firmware, files, tmp_path)) as m:
        m.expect(r"service nginx: running", 600)
        took = time.monotonic() - begin
        m.expect(r"services started")
        m.send("")
        m.expect(r"# $|\$ $")
        m.send("poweroff")
        assert m.wait_off() == 0
    rows[name]["boots"].append(f"{firmware} {took:.0f}")


if SLOW:
    @pytest.mark.parametrize("name,firmware", [(n, f) for n, f in BOOTS if made_here(n)])
    def test_boots(name, firmware, built, rows, tmp_path):
        boots(name, firmware, built, rows, tmp_path)
