"""The images of examples/ on our kernels: `virt` under BIOS and UEFI on both architectures, `microvm` without firmware, `metal`
from a USB stick, and Docker with all that it asks of a kernel. Those of `make kernel` that the store has."""

import sys

import pytest

from store import ROOT, need, with_kernel

sys.path += [str(ROOT / "tests/boot"), str(ROOT / "tests/formats"), str(ROOT / "tests/engine")]
import engine_host  # noqa: E402
import test_hosts  # noqa: E402
import test_metal  # noqa: E402
from machine import Machine  # noqa: E402
from start import microvm, uefi_of  # noqa: E402
from test_nginx import get  # noqa: E402

# Engines have a test of their own; the others are for one machine (ci ends, microvm and netboot have no disk).
NOT = {"ci", "containerd", "docker", "microvm", "netboot", "podman", "swarm"}
EXAMPLES = sorted(p.stem for p in ROOT.glob("examples/*.yml") if "slipway/kernel-debian-cloud" in p.read_text())
EXAMPLES = [e for e in EXAMPLES if e not in NOT]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A raw disk of an example, made once: image(example, kernel, arch) -> path"""
    made = {}

    def make(example, kernel, arch="amd64", formats="raw"):
        key = example, kernel, arch, formats
        if key not in made:
            made[key] = with_kernel(tmp_path_factory.mktemp(example), example, kernel, arch, formats)
        return made[key]
    return make


def up(m, example):
    m.expect(r"services started", 900)
    if example == "nginx":
        status, body = get(m.ports[80])
        assert status == 200 and "nginx" in body
    m.qmp("system_powerdown")
    assert m.wait_off(300) == 0
    assert "power off: now" in m.text


@pytest.mark.parametrize("firmware", ["BIOS", "UEFI"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_virt(example, firmware, image, tmp_path):
    need("kernel-virt")
    disk = image(example, "kernel-virt") / f"{example}.img"
    board = uefi_of("amd64", tmp_path) if firmware == "UEFI" else []
    with Machine(tmp_path, [*board, "-drive", f"if=virtio,format=raw,snapshot=on,file={disk}"], ports=[80], instructions=True) as m:
        up(m, example)


@pytest.mark.parametrize("firmware", ["BIOS", "UEFI"])
def test_virt_cd(firmware, image, tmp_path):
    """The controllers of a machine that is not QEMU's own: IDE or AHCI, and a CD."""
    need("kernel-virt")
    iso = image("nginx", "kernel-virt", formats="iso") / "nginx.iso"
    board = uefi_of("amd64", tmp_path) if firmware == "UEFI" else []
    with Machine(tmp_path, [*board, "-cdrom", iso], ports=[80], instructions=True) as m:
        up(m, "nginx")


@pytest.mark.parametrize("example", EXAMPLES)
def test_virt_arm64(example, image, tmp_path):
    need("kernel-virt", "arm64")
    disk = image(example, "kernel-virt", "arm64") / f"{example}.img"
    with Machine(tmp_path, [*uefi_of("arm64", tmp_path), "-drive", f"if=virtio,format=raw,snapshot=on,file={disk}"], ports=[80],
                 arch="arm64", instructions=True) as m:
        up(m, example)


@pytest.mark.parametrize("name", ["microvm", "firecracker"])
def test_microvm(name, image, tmp_path):
    need("kernel-microvm")
    here = image("microvm", "kernel-microvm", formats=name)
    config = "microvm-microvm.cfg" if name == "microvm" else "microvm-firecracker.json"
    kernel = next(here.glob(f"microvm-{name}-kernel"), next(here.glob("*-kernel")))
    with microvm(tmp_path, [kernel, here / config], name) as m:
        m.expect(r"services started", 300)


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_metal_from_usb(firmware, image, tmp_path):
    need("kernel-metal")
    test_metal.test_boots_from_usb(firmware, image("metal", "kernel-metal", formats="iso") / "metal.iso", tmp_path)


def test_docker(tmp_path, monkeypatch):
    """Bridges, NAT, overlay and control groups."""
    need("kernel-virt")
    need("docker")
    monkeypatch.setattr(engine_host, "MORE", engine_host.MORE.replace("kernel:\n", "kernel:\n  image: slipway/kernel-virt\n"))
    test_hosts.test_docker(tmp_path, "amd64")
