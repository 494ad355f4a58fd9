"""Every source of metadata, asked by one machine: the clouds at their addresses, QEMU, the firmware, a disk; on arm64 in make test-slow."""

import json
import re
import subprocess
import sys
import time

import pytest

from conftest import ARCHS, ROOT, build
from machine import Machine, direct

sys.path.insert(0, str(ROOT / "tests/formats"))
from start import uefi_of  # noqa: E402

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
CLOUDS = ["aws", "gcp", "digitalocean", "vultr", "azure", "openstack", "hetzner", "scaleway"]
SOURCES = [*CLOUDS, "vmware", "nocloud", "qemu", "smbios", "cdrom"]
STEP = "  - {{name: {0}, image: slipway/metadata, command: [/usr/bin/metadata, --output, /run/config/{0}, {0}]}}"
MODES = "600 600 700 600"


@pytest.fixture(scope="module", params=ARCHS)
def image(folder, request):
    here = folder / "metadata" / request.param
    here.mkdir(exist_ok=True, parents=True)
    text = (ROOT / "tests/boot/metadata.yml").read_text()
    (here / "metadata.yml").write_text(text.replace("@SOURCES@", "\n".join(STEP.format(s) for s in SOURCES)))
    return build(here / "metadata.yml", here, "kernel+initrd", "--arch", request.param)


@pytest.fixture(scope="module")
def drive(image):
    """A config drive."""
    disk = image / "config-2.img"
    (image / "meta_data.json").write_text(json.dumps({"hostname": "from-drive", "public_keys": {"k": KEY}}))
    (image / "user_data").write_text("drive-data")
    disk.write_bytes(bytes(2 << 20))
    subprocess.run(["mkfs.vfat", "-n", "config-2", disk], check=True, capture_output=True)
    subprocess.run(["mmd", "-i", disk, "::openstack", "::openstack/latest"], check=True)
    subprocess.run(["mcopy", "-i", disk, image / "meta_data.json", image / "user_data", "::openstack/latest"], check=True)
    return disk


@pytest.fixture(scope="module")
def said(image, drive):
    console, handed = image / "said", image / "handed"
    console.write_bytes(b"")
    handed.write_text(f"local-hostname: from-qemu\npublic-keys: {KEY}\n")
    credential = "type=11,value=io.systemd.credential:"
    # On arm64 there is SMBIOS with UEFI alone.
    args = [*(uefi_of("arm64", image) if image.name == "arm64" else []), *direct(image, "metadata", image.name),
            "-device", "virtio-serial-pci", "-chardev", f"file,path={console},id=said", "-device", "virtconsole,chardev=said",
            "-drive", f"if=virtio,format=raw,readonly=on,file={drive}",
            "-smbios", "type=1,serial=ds=nocloud;s=http://169.254.1.1:8000/seed/",
            "-smbios", f"{credential}system.hostname=from-smbios", "-smbios", f"{credential}ssh.authorized_keys.root={KEY}",
            "-smbios", f"{credential}slipway.user-data=smbios-data",
            "-fw_cfg", f"name=opt/io.systemd.credentials/slipway.meta-data,file={handed}",
            "-fw_cfg", "name=opt/io.systemd.credentials/slipway.user-data,string=qemu-data"]
    # One network that has the addresses of all of them.
    network = ",net=169.254.0.0/16,host=169.254.0.2,dns=169.254.0.3,dhcpstart=169.254.0.15" + "".join(
        f",guestfwd=tcp:{address}-cmd:{ROOT}/tests/boot/cloud" for address in ("169.254.169.254:80", "169.254.42.42:80", "169.254.1.1:8000"))
    with Machine(image / "machine", args, network=network, arch=image.name) as m:
        deadline = time.monotonic() + 600
        while "RESULT ready" not in console.read_text(errors="replace"):
            assert time.monotonic() < deadline and m.qemu.poll() is None, console.read_text(errors="replace") + m.text[-4000:]
            time.sleep(0.3)
        assert m.wait_off() == 0
    text = console.read_text(errors="replace").replace("\r", "")
    return dict(re.findall(r"^RESULT (\S+) (.*?) ?$", text, re.M)), m.text


@pytest.mark.parametrize("source", [s for s in SOURCES if s != "vmware"])
def test_source(said, source):
    name, data = {"cdrom": ("from-drive", "drive-data"), "vultr": ("from-vultr", "aws-or-vultr-data"),
                  "aws": ("from-aws", "aws-or-vultr-data")}.get(source, (f"from-{source}", f"{source}-data"))
    assert said[0].get(source) == f"{source} {name} 1 {data} {MODES}", said[1][-4000:]


def test_the_machine(said):
    """The step without arguments has asked who is named by the serial number, and the machine has that name."""
    assert said[0]["machine"] == "from-nocloud nocloud"


def test_no_vmware(said, image):
    """QEMU answers nobody without leave for the port, which arm64 has not: the step says so, and the boot goes on."""
    why = "nobody answers at its port" if image.name == "amd64" else "guestinfo is read on amd64 only"
    assert "vmware" not in said[0] and f"vmware: {why}" in said[1]
