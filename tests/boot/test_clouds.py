"""The examples for clouds, each from the file that its cloud gets, on the disk, firmware and SMBIOS that it has there as far as QEMU
has them, beside a service of metadata at the cloud's address: the machine has the name, and takes the key. One is of
make test, the others are of make test-slow."""

import subprocess
import sys
import time
from collections import namedtuple

import pytest

from conftest import ROOT, build
from machine import Machine
from test_sshd import cidata, ssh  # noqa: F401

sys.path.insert(0, str(ROOT / "tests/formats"))
from start import boot_args  # noqa: E402

# The format, how its file's name goes on, the firmware, and what the cloud is known by.
Cloud = namedtuple("Cloud", "format file firmware smbios")
CLOUDS = {
    "aws": Cloud("aws", ".raw", "UEFI", "type=1,manufacturer=Amazon EC2"),
    "gcp": Cloud("gcp", ".img.tar.gz", "UEFI", "type=1,product=Google Compute Engine"),
    "azure": Cloud("azure", "-azure.vhd", "UEFI", "type=3,asset=7783-7084-3265-9085-8269-3286-77"),
    "openstack": Cloud("openstack", "-openstack.qcow2", "BIOS", "type=1,product=OpenStack Compute"),
    "digitalocean": Cloud("qcow2", ".qcow2", "BIOS", "type=1,manufacturer=DigitalOcean"),
    "hetzner": Cloud("raw", ".img", "BIOS", "type=1,manufacturer=Hetzner"),
}
SERVICE = ",net=169.254.0.0/16,host=169.254.0.2,dns=169.254.0.3,dhcpstart=169.254.0.15,guestfwd=tcp:169.254.169.254:80-cmd:"


@pytest.fixture(scope="module")
def key(folder):
    path = folder / "clouds/key"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def logged_in(m, key):
    """What the machine answers who logs in with the key: its name, and the modes of the keys that it was given."""
    m.expect(r"service sshd: running", 600)
    deadline = time.monotonic() + 120
    while (done := ssh(m.ports[22], key, "hostname; stat -c %a /run/config/ssh/authorized_keys /run/config/ssh")).returncode != 0 and time.monotonic() < deadline:
        time.sleep(1)
    assert done.returncode == 0, done.stderr + m.text[-4000:]
    return done.stdout.split()


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name != "digitalocean" else []) for name in CLOUDS])
def test_example(name, folder, key):
    cloud, here = CLOUDS[name], folder / "clouds" / name
    here.mkdir(exist_ok=True)
    build(ROOT / f"examples/{name}.yml", here, cloud.format)
    args = boot_args(cloud.format, "amd64", cloud.firmware, [here / f"{name}{cloud.file}"], here)
    with Machine(here / "machine", [*args, "-smbios", cloud.smbios], ports=[22], network=f"{SERVICE}{ROOT}/tests/boot/cloud {key}.pub") as m:
        assert logged_in(m, key) == [f"from-{name}", "600", "700"], m.text[-4000:]
        assert f"metadata: {name}: this is from-{name}" in m.text


@pytest.mark.slow
def test_vmware(folder, cidata):  # noqa: F811
    """On VMware's own disk controller and network card. QEMU has none of its variables: the name and the key come by a disk."""
    here = folder / "clouds/vmware"
    here.mkdir(exist_ok=True, parents=True)
    build(ROOT / "examples/vmware.yml", here, "vmdk")
    args = ["-drive", f"if=none,id=boot,format=vmdk,snapshot=on,file={here}/vmware.vmdk", "-device", "pvscsi",
            "-device", "scsi-hd,drive=boot,bootindex=0", "-smbios", "type=1,manufacturer=VMware,, Inc.",
            "-drive", f"if=ide,format=raw,snapshot=on,file={cidata[0]}"]
    with Machine(here / "machine", args, ports=[22], card="vmxnet3") as m:
        assert logged_in(m, cidata[1]) == ["edge-7", "600", "700"], m.text[-4000:]
        assert "vmware: nobody answers at its port" in m.text
