"""UEFI programs for the architecture that the building machine has not: beside slipway, where make puts them."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
OTHER, NAME = {"x86_64": ("arm64", "aa64"), "aarch64": ("amd64", "x64")}[os.uname().machine]
DEBIAN = pathlib.Path("/usr/lib/systemd/boot/efi")


def uki(slipway, folder):
    return subprocess.run([slipway, "build", "-q", "--arch", OTHER, "-f", "uki", "--name", "n", "-o", folder / "out",
                           ROOT / "examples/site.yml"], capture_output=True, text=True, timeout=300, check=False)


def test_other_architecture(tmp_path):
    done = uki(ROOT / "build/bin/slipway", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/n.efi").stat().st_size > 1 << 20


def test_not_there(tmp_path):
    slipway = shutil.copy(ROOT / "build/bin/slipway", tmp_path / "slipway")
    done = uki(slipway, tmp_path)
    if (DEBIAN / f"linux{NAME}.efi.stub").exists():
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode == 3
    assert f'neither "{DEBIAN}/linux{NAME}.efi.stub" nor "{tmp_path}/{OTHER}/linux{NAME}.efi.stub" is there' in done.stderr
    assert f"it is in Debian's package systemd-boot-efi of {OTHER}; put it into {tmp_path}/{OTHER}" in done.stderr
    assert not list(tmp_path.glob("out/*"))
