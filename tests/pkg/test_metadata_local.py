"""The package metadata without a cloud: disks, serial numbers, what the firmware and QEMU hand over."""

import base64
import json

import pytest

from cloud import KEY, OTHER, TREE, Service, found, metadata, values


def test_nocloud(tmp_path):
    folder = tmp_path / "cidata"
    folder.mkdir()
    (folder / "meta-data").write_text(f"# a comment\ninstance-id: i-1\nlocal-hostname: 'edge-7'\npublic-keys:\n  mine: {KEY}\n  - \"{OTHER}\"\n")
    (folder / "user-data").write_text(f"#cloud-config\nssh_authorized_keys:\n  - {KEY} again\nusers:\n  - name: {OTHER}\n")
    done = metadata(tmp_path / "config", f"folder={folder}")
    assert done.returncode == 0, done.stderr
    got = found(tmp_path / "config")
    assert got["hostname"][0] == "edge-7"
    assert got["ssh/authorized_keys"][0] == f"{KEY}\n{OTHER}\n{KEY} again\n"
    # A link out of the disk is not followed.
    (folder / "user-data").unlink()
    (folder / "user-data").symlink_to("/etc/passwd")
    assert metadata(tmp_path / "link", f"folder={folder}").returncode == 0
    assert "userdata" not in found(tmp_path / "link")


def test_config_drive(tmp_path):
    latest = tmp_path / "drive/openstack/latest"
    latest.mkdir(parents=True)
    (latest / "meta_data.json").write_text(json.dumps({"uuid": "u", "hostname": "vm.novalocal", "public_keys": {"a": KEY}}))
    (latest / "user_data").write_text(json.dumps(TREE))
    done = metadata(tmp_path / "config", f"folder={tmp_path}/drive")
    assert done.returncode == 0, done.stderr
    got = values(tmp_path / "config")
    assert got["hostname"] == "vm.novalocal" and got["ssh/authorized_keys"] == KEY + "\n" and got["app/token"] == "secret"
    (latest / "meta_data.json").write_text("[]")
    done = metadata(tmp_path / "no", f"folder={tmp_path}/drive")
    assert done.returncode == 1 and "not what is documented" in done.stderr and not (tmp_path / "no").exists()


def test_serial_number(tmp_path):
    """NoCloud's text in the serial number of the machine."""
    dmi = tmp_path / "dmi"
    dmi.mkdir()
    with Service({("GET", "/seed/meta-data"): f"local-hostname: far-7\npublic-keys:\n  - {KEY}\n",
                  ("GET", "/seed/user-data"): f"#cloud-config\nssh_authorized_keys:\n  - {OTHER}\n"}) as service:
        (dmi / "product_serial").write_text(f"ds=nocloud-net;s=http://{service.address}/seed;h=first\n")
        done = metadata(tmp_path / "config", dmi=dmi)
    assert done.returncode == 0, done.stderr
    got = values(tmp_path / "config")
    assert (got["provider"], got["hostname"], got["ssh/authorized_keys"]) == ("nocloud", "far-7", f"{KEY}\n{OTHER}\n")
    (dmi / "product_serial").write_text("ds=nocloud;h=only-a-name\n")
    assert metadata(tmp_path / "name", dmi=dmi).returncode == 0
    assert values(tmp_path / "name") == {"provider": "nocloud", "hostname": "only-a-name"}


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "http://", "http://" + "a" * 40 + "/", "http://10.0.0.1/" + "b" * 200, "file:///etc"])
def test_serial_numbers_that_are_refused(tmp_path, url):
    dmi = tmp_path / "dmi"
    dmi.mkdir()
    (dmi / "product_serial").write_text(f"ds=nocloud;s={url}\n")
    done = metadata(tmp_path / "config", dmi=dmi)
    assert done.returncode == 1 and "nocloud: the " in done.stderr and not (tmp_path / "config").exists()


def structure(kind, body, strings):
    return bytes([kind, 4 + len(body), 0, 0]) + body + (b"".join(s.encode() + b"\0" for s in strings) or b"\0") + b"\0"


def test_credentials(tmp_path):
    """Strings of the firmware and files of QEMU, by systemd's names for them."""
    dmi, files = tmp_path / "firmware/dmi/tables", tmp_path / "firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials"
    dmi.mkdir(parents=True)
    binary = base64.b64encode(f"{KEY}\n{OTHER}\n".encode()).decode()
    table = structure(1, bytes(23), ["QEMU", "PC"]) + structure(32, bytes(7), []) + structure(11, b"\x03", [
        "Dell System", "io.systemd.credential:system.hostname=oem-7", f"io.systemd.credential.binary:ssh.authorized_keys.root={binary}",
        "io.systemd.credential:slipway.user-data=a=b", "io.systemd.credential:other=x"]) + structure(127, b"", [])
    (dmi / "DMI").write_bytes(table)
    done = metadata(tmp_path / "smbios", firmware=tmp_path / "firmware")
    assert done.returncode == 0, done.stderr
    assert values(tmp_path / "smbios") == {"provider": "smbios", "hostname": "oem-7", "ssh/authorized_keys": f"{KEY}\n{OTHER}\n", "userdata": "a=b"}
    for n in range(0, len(table), 5):  # cut off anywhere
        (dmi / "DMI").write_bytes(table[:n])
        assert metadata(tmp_path / "cut", firmware=tmp_path / "firmware").returncode == 0
    for name, text in {"slipway.meta-data": f"local-hostname: fw-7\npublic-keys: {KEY}\n", "slipway.user-data": "data"}.items():
        (files / name).mkdir(parents=True)
        (files / name / "raw").write_text(text)
    done = metadata(tmp_path / "qemu", firmware=tmp_path / "firmware")
    assert values(tmp_path / "qemu") == {"provider": "qemu", "hostname": "fw-7", "ssh/authorized_keys": KEY + "\n", "userdata": "data"}


def test_no_vmware_is_there(tmp_path):
    """Access to the port is a fault where nobody answers it."""
    done = metadata(tmp_path / "config", "vmware")
    assert done.returncode == 1 and "vmware: " in done.stderr and not (tmp_path / "config").exists()
