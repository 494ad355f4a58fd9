"""Machines that start each format, as far as QEMU has what the format's own machines have."""

import json
import pathlib
import shutil
import sys

from judge import ROOT, run

sys.path.insert(0, str(ROOT / "tests/boot"))
from machine import Machine, uefi_args  # noqa: E402


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


def uefi_of(arch, folder):
    if arch == "amd64":
        return uefi_args(folder)
    firmware = pathlib.Path("/usr/share/AAVMF")
    shutil.copy(firmware / "AAVMF_VARS.fd", folder / "vars.fd")
    return ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={firmware}/AAVMF_CODE.fd",
            "-drive", f"if=pflash,format=raw,unit=1,file={folder}/vars.fd"]


def boot_args(name, arch, firmware, files, folder):
    path, uefi = files[0], uefi_of(arch, folder) if firmware == "UEFI" else []
    if firmware == "direct":
        kernel, initrd, cmdline = files
        return ["-kernel", kernel, "-initrd", initrd, "-append", cmdline.read_text().strip()]
    if path.suffix == ".efi":
        return [*uefi, "-kernel", path]
    if path.suffix == ".iso" and arch == "arm64":
        return [*uefi, "-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=boot,bootindex=0",
                "-drive", f"if=none,id=boot,format=raw,readonly=on,media=cdrom,file={path}"]
    if path.suffix == ".iso":
        return [*uefi, "-cdrom", path]
    if name == "gcp":
        run("tar", "-xzf", path, "-C", folder)
        path = folder / "disk.raw"
    return [*uefi, *drive(path, KINDS[path.suffix], BUSES.get(name, "virtio"))]


def microvm(folder, files, name):
    """A machine without firmware and PCI. Time is what its instructions take: emulated, a guest that measures its
    clock against the host's may hang."""
    m = Machine(folder, [])
    said = m.command[m.command.index("-chardev"):m.command.index("-netdev")]
    m.command = ["timeout", "-k", "5", "900", "env", "-C", str(files[0].parent), "qemu-system-x86_64", "-cpu", "max",
                 "-accel", "tcg", "-icount", "shift=0,sleep=off", "-display", "none", "-nodefaults", "-no-user-config",
                 "-snapshot", *said]
    if name == "microvm":
        m.command += ["-readconfig", files[-1].name]
        return m
    config = json.loads(files[-1].read_text())
    source = config["boot-source"]
    m.command += ["-M", "microvm,acpi=on", "-m", str(config["machine-config"]["mem_size_mib"]),
                  "-kernel", source["kernel_image_path"], "-initrd", source["initrd_path"],
                  "-append", source["boot_args"], "-device", "virtio-blk-device,drive=root",
                  "-drive", f"if=none,id=root,format=raw,file={config['drives'][0]['path_on_host']}"]
    return m


def raspi(folder, files):
    """QEMU's Raspberry Pi 3, started by QEMU instead of the board's firmware, with the card's own kernel, initrd and command
    line, the console at the UART whose driver has no Bluetooth."""
    m = Machine(folder, [], arch="arm64")
    run("tar", "-xf", files[0], "-C", folder)
    said = m.command[m.command.index("-display"):m.command.index("-serial")]
    m.command = ["timeout", "-k", "5", "1500", "qemu-system-aarch64", "-M", "raspi3b", *said, "-serial", "null", "-serial", "chardev:serial",
                 "-kernel", folder / "kernel8.img", "-initrd", folder / "initrd.img", "-dtb", folder / "bcm2837-rpi-3-b.dtb",
                 "-append", (folder / "cmdline.txt").read_text()]
    return m


def machine(name, arch, firmware, files, folder):
    if name in ("microvm", "firecracker"):
        return microvm(folder, files, name)
    return Machine(folder, boot_args(name, arch, firmware, files, folder), arch=arch)
