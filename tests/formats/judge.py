"""What programs that others wrote say of each format."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"
SLOW = os.environ.get("SLOW")
MIB = 1 << 20


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def judge_disk(path, folder):
    """A raw disk: its table, and its boot partition."""
    assert path.stat().st_size % MIB == 0
    assert "No errors detected" in run("sfdisk", "--verify", path)
    dump = json.loads(run("sfdisk", "--json", path))["partitiontable"]
    esp, root, tree, *empty = dump["partitions"]
    assert [p["name"] for p in dump["partitions"]] == ["esp", "root-a", "root-a-verity", "_empty", "_empty"]
    assert [(p["size"], p["type"]) for p in (root, tree)] == [(p["size"], p["type"]) for p in empty]
    volume = folder / "esp"
    with open(path, "rb") as disk, open(volume, "wb") as out:
        disk.seek(esp["start"] * 512)
        out.write(disk.read(esp["size"] * 512))
        disk.seek(root["start"] * 512)
        assert disk.read(4) == b"hsqs"
    run("fsck.fat", "-n", volume)
    assert "/usr/sbin/nginx" in run(SLIPWAY, "inspect", path)
    volume.unlink()
    assert judge_hashes(path, folder, roothash_of(path)).returncode == 0
    return "sfdisk, fsck.fat, veritysetup"


def roothash_of(path):
    return json.loads(run(SLIPWAY, "inspect", "--json", path))["roothash"]


def judge_hashes(path, folder, roothash):
    """veritysetup's opinion of a medium's root."""
    table = json.loads(run("sfdisk", "--json", path))["partitiontable"]["partitions"]
    guids = {p["uuid"].replace("-", "").lower(): p for p in table}
    files = []
    with open(path, "rb") as disk:
        for half in (roothash[:32], roothash[32:]):
            part = guids[half]
            files.append(folder / half)
            disk.seek(part["start"] * 512)
            files[-1].write_bytes(disk.read(part["size"] * 512))
    done = subprocess.run(["veritysetup", "verify", *files, roothash], capture_output=True, text=True, timeout=300,
                          check=False)
    for file in files:
        file.unlink()
    return done


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
    if "roothash" not in json.loads(run(SLIPWAY, "inspect", "--json", path)):
        assert path.name.endswith("-initrd.iso")  # its root is in the initrd
        return "xorriso, sfdisk"
    assert judge_hashes(path, folder, roothash_of(path)).returncode == 0
    return "xorriso, sfdisk, veritysetup"


def judge_tar(path, folder):
    names = run("tar", "-tf", path).split()
    wanted = {".docker": "Dockerfile", "-initrd.tar": "initrd.img", ".tar": "sbin/init"}
    name = next(name for end, name in wanted.items() if path.name.endswith(end))
    assert name in names
    return "GNU tar"


def judge_uki(path, folder):
    with open(path, "rb") as program:
        head = program.read(4096)
    machine = int.from_bytes(head[60:64], "little") + 4  # PE: where the header is, and its first field
    arch = {0x8664: "x86_64", 0xAA64: "aarch64"}[int.from_bytes(head[machine:machine + 2], "little")]
    sections = run(f"{arch}-linux-gnu-objdump", "-h", path)
    for name in (".cmdline", ".linux", ".initrd"):
        assert name in sections
    return "objdump"


def judge_squashfs(path, folder):
    assert "sbin/init" in run("unsquashfs", "-l", path.with_name("n-squashfs.img"))
    return "unsquashfs"


def same_files(path, theirs, folder):
    """What another program takes out of the file is what ours does."""
    ours = folder / "ours"
    run(SLIPWAY, "extract", path, "/", ours)
    run("diff", "-r", "--no-dereference", ours, theirs)
    for file in (ours, theirs):
        shutil.rmtree(file)


def judge_erofs(path, folder):
    image = path.with_name("n-erofs.img")
    run("fsck.erofs", f"--extract={folder}/theirs", "--no-preserve", image)
    same_files(image, folder / "theirs", folder)
    return "fsck.erofs"


def judge_iso_root(path, folder):
    image = path.with_name("n.iso")
    run("xorriso", "-osirrox", "on", "-indev", image, "-extract", "/", folder / "theirs")
    run("chmod", "-R", "u+w", folder / "theirs")
    same_files(image, folder / "theirs", folder)
    return "xorriso"


def judge_initrd(path, folder):
    with open(path.with_name("n-initrd.img"), "rb") as initrd:
        listing = subprocess.run(["cpio", "-t", "--quiet"], stdin=initrd, capture_output=True, text=True, check=True)
    assert "root.squashfs" in listing.stdout
    return "cpio"


def judge_sbom(path, folder):
    assert json.loads(path.read_text())["spdxVersion"] == "SPDX-2.3"
    return "json"


def judge_machine(path, folder):
    """What starts a kernel itself: an ELF file (or an arm64 Image), a disk, and a description that names all."""
    name = path.name.removesuffix("-kernel")
    arm = path.read_bytes()[56:60] == b"ARM\x64"
    assert arm or "EXEC (Executable file)" in run("readelf", "-h", path)
    disk = path.with_name(f"{name}-root.img")
    assert "No errors detected" in run("sfdisk", "--verify", disk)
    with open(path.with_name(f"{name}-initrd.img"), "rb") as initrd:
        assert "virtio_mmio.ko" in subprocess.run(["cpio", "-t", "--quiet"], stdin=initrd, capture_output=True, text=True,
                                                  check=True).stdout
    said = run(SLIPWAY, "inspect", path.with_name(name))
    assert "/usr/sbin/nginx" in said and re.search(r"^command line +.*roothash=", said, re.M)
    if name.endswith("-microvm"):
        return "readelf, sfdisk"
    jsonschema.validate(json.loads(path.with_name(f"{name}.json").read_text()), FIRECRACKER)
    return "readelf, sfdisk, a schema of Firecracker's API"


def judge_oci(path, folder):
    """skopeo copies all of it, which compares every digest."""
    copy = folder / "copy"
    run("skopeo", "copy", "--quiet", f"oci-archive:{path}", f"oci:{copy}:os")
    layout = json.loads((copy / "index.json").read_text())["manifests"]
    blob = lambda desc: copy / "blobs" / desc["digest"].replace(":", "/")  # noqa: E731
    manifest = json.loads(blob(layout[0]).read_text())
    layers = {layer["annotations"]["org.opencontainers.image.title"]: blob(layer) for layer in manifest["layers"]}
    config = json.loads(blob(manifest["config"]).read_text())
    roothash = config["roothash"]
    assert layers["cmdline"].read_text() == config["cmdline"] and f"roothash={roothash}" in config["cmdline"]
    assert config["rootPartition"].replace("-", "") + config["verityPartition"].replace("-", "") == roothash
    assert "sbin/init" in run("unsquashfs", "-l", layers["root.squashfs"])
    run("veritysetup", "verify", layers["root.squashfs"], layers["root.verity"], roothash)
    judge_uki(layers["slipway.efi"], folder)
    if not SLOW:
        shutil.rmtree(copy)
    return "skopeo, unsquashfs, veritysetup, objdump"


# As src/firecracker/swagger/firecracker.yaml of Firecracker 1.10 has them.
FIRECRACKER = {
    "type": "object", "required": ["boot-source", "drives", "machine-config"], "additionalProperties": False,
    "properties": {
        "boot-source": {
            "type": "object", "required": ["kernel_image_path"], "additionalProperties": False,
            "properties": {key: {"type": "string"} for key in ("boot_args", "initrd_path", "kernel_image_path")}},
        "drives": {"type": "array", "items": {
            "type": "object", "required": ["drive_id", "is_root_device"], "additionalProperties": False,
            "properties": {"drive_id": {"type": "string"}, "path_on_host": {"type": "string"},
                           "is_root_device": {"type": "boolean"}, "is_read_only": {"type": "boolean"}}}},
        "machine-config": {
            "type": "object", "required": ["mem_size_mib", "vcpu_count"], "additionalProperties": False,
            "properties": {"mem_size_mib": {"type": "integer"},
                           "vcpu_count": {"type": "integer", "minimum": 1, "maximum": 32}}}}}


def judge_card(path, folder):
    """Files for a boot partition; a disk is judged as all are, and partition by partition in test_rpi.py."""
    names = run("tar", "-tf", path).split()
    assert {"bootcode.bin", "start4.elf", "bcm2837-rpi-3-b.dtb", "kernel8.img", "initrd.img", "config.txt"} <= set(names)
    return "GNU tar"


BY_NAME = {"rpi3": judge_card, "kernel+initrd": judge_initrd, "oci": judge_oci, "kernel+squashfs": judge_squashfs, "kernel+erofs": judge_erofs,
           "kernel+iso": judge_iso_root, "microvm": judge_machine,
           "firecracker": judge_machine}
BY_ENDING = {".img": judge_disk, ".raw": judge_disk, ".qcow2": judge_converted("qcow2"),
          ".vmdk": judge_converted("vmdk"), ".vhd": judge_converted("vpc"), ".iso": judge_iso, ".efi": judge_uki,
          ".gz": judge_gcp, ".tar": judge_tar, ".docker": judge_tar, ".json": judge_sbom}
