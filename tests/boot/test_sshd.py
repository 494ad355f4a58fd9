"""A login into the sshd container with a key, and none without; on arm64 in make test-slow."""

import subprocess
import time

import pytest

from conftest import ARCHS, ROOT, build
from machine import Machine, direct


@pytest.fixture(scope="session", params=ARCHS)
def sshd(folder, request):
    """examples/sshd.yml with a key made for this run."""
    here = folder / "sshd" / request.param
    here.mkdir(exist_ok=True, parents=True)
    key = here / "key"
    key.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    text = (ROOT / "examples/sshd.yml").read_text()
    assert "~/.ssh/id_ed25519.pub" in text
    config = here / "sshd.yml"
    config.write_text(text.replace("~/.ssh/id_ed25519.pub", str(key) + ".pub"))
    return build(config, here, "kernel+initrd", "--arch", request.param), key


def ssh(port, key, *command):
    return subprocess.run(
        ["ssh", "-p", str(port), "-i", str(key), "-F", "/dev/null",
         "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
         "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR",
         "root@127.0.0.1", *command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="session")
def cidata(folder):
    """A disk as clouds and `slipway run --data` bring one, with a key and a name; gives it and the key."""
    disk, key, files = folder / "sshd/cidata.img", folder / "sshd/brought", folder / "sshd/cidata"
    files.mkdir(parents=True, exist_ok=True)
    key.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (files / "meta-data").write_text(f"instance-id: i-7\nlocal-hostname: edge-7\npublic-keys:\n  - {key.with_suffix('.pub').read_text()}")
    (files / "user-data").write_text('{"app": {"entries": {"token": {"content": "for-the-app"}}}}')
    disk.write_bytes(bytes(2 << 20))
    subprocess.run(["mkfs.vfat", "-n", "CIDATA", str(disk)], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", str(disk), str(files / "meta-data"), str(files / "user-data"), "::"], check=True)
    return disk, key


def test_login(sshd, cidata, folder):
    images, key = sshd
    disk, brought = cidata
    args = [*direct(images, "sshd", images.name), "-drive", f"if=virtio,format=raw,readonly=on,file={disk}"]
    with Machine(folder / "sshd-machine", args, ports=[22], arch=images.name) as m:
        m.expect(r"service sshd: running", 600)
        deadline = time.monotonic() + 90
        while True:
            done = ssh(m.ports[22], key, "echo inside; cat /proc/1/comm")
            if done.returncode == 0 or time.monotonic() > deadline:
                break
            time.sleep(1)
        assert done.returncode == 0, done.stderr + m.text[-3000:]
        # PID 1 there is the container's own, not the machine's.
        assert done.stdout.split()[0] == "inside"
        assert done.stdout.split()[1] != "init"

        # The key of the disk is as good, and the machine has the name that it says.
        done = ssh(m.ports[22], brought, "hostname; stat -c %a /run/config/ssh/authorized_keys")
        assert done.returncode == 0 and done.stdout.split() == ["edge-7", "600"], done.stderr + m.text[-3000:]

        stranger = folder / "sshd-machine/stranger"
        stranger.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger)],
                       check=True)
        refused = ssh(m.ports[22], stranger, "true")
        assert refused.returncode == 255
        assert "Permission denied" in refused.stderr
