"""Kernels of the store, and images with them."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"


def need(name, arch="amd64"):
    """Skips the test when the store has no such image."""
    found = subprocess.run([SLIPWAY, "image", "inspect", "--arch", arch, f"slipway/{name}"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip(f"{name} for {arch} is not in the store: make kernel, or make packages-hosts")


def with_kernel(folder, example, kernel, arch, formats):
    """An example in these formats, on this kernel; examples/sshd.yml takes a key from the home folder."""
    (folder / ".ssh").mkdir()
    (folder / ".ssh/id_ed25519.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI someone\n")
    config = folder / f"{example}.yml"
    config.write_text(f"slipway: 1\ninclude: [{ROOT}/examples/{example}.yml]\nkernel: {{image: slipway/{kernel}}}\n")
    done = subprocess.run([SLIPWAY, "build", "-q", "--arch", arch, "-f", formats, "-o", folder, config], text=True,
                          env=dict(os.environ, HOME=str(folder)), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder
