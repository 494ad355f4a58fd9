"""The program of the package metadata against services that answer as clouds document theirs, and against some that lie."""

import json
import os
import socket
import threading
import time

import pytest

from cloud import KEY, OTHER, TREE, Service, found, metadata, values


def aws(token="dG9rZW4=", **more):
    m = "/latest/meta-data/"
    answers = {("PUT", "/latest/api/token"): token, ("GET", m + "local-hostname"): "ip-10-0-0-7.eu-central-1.compute.internal",
               ("GET", m + "public-keys/0/openssh-key"): KEY + "\n", ("GET", m + "public-keys/1/openssh-key"): OTHER,
               ("GET", "/latest/user-data"): json.dumps(TREE)}
    return Service({**answers, **more}, lambda path, h: h.get("X-aws-ec2-metadata-token") == "dG9rZW4=" or (
        path == "/latest/api/token" and h.get("X-aws-ec2-metadata-token-ttl-seconds") == "60"))


def test_aws(tmp_path):
    out = tmp_path / "config"
    with aws() as service:
        done = metadata(out, "--address", service.address, "aws")
    assert done.returncode == 0, done.stderr
    assert found(out) == {
        "provider": ("aws", "0o600"), "hostname": ("ip-10-0-0-7.eu-central-1.compute.internal", "0o600"),
        "ssh/authorized_keys": (f"{KEY}\n{OTHER}\n", "0o600"), "userdata": (json.dumps(TREE), "0o600"),
        "app/token": ("secret", "0o640"), "app/deep/er": ("x", "0o600"), "motd": ("hello", "0o600")}
    assert not (tmp_path / "up").exists()
    assert "both: needs either" in done.stderr and "a name in it is none" in done.stderr
    assert (out / "app").stat().st_mode & 0o7777 == 0o700


def test_aws_without_a_token(tmp_path):
    """There is no way back to version 1, which gives whatever is asked from inside to whoever asks."""
    with aws(**{}) as service:
        service.server.RequestHandlerClass.do_PUT = lambda h: h.send_error(403)
        done = metadata(tmp_path / "config", "--address", service.address, "aws")
    assert done.returncode == 1 and "gives no token (status 403)" in done.stderr
    assert [a for a in service.asked if a[0] == "GET"] == []


def test_gcp(tmp_path):
    m = "/computeMetadata/v1/"
    answers = {("GET", m + "instance/hostname"): "vm.c.project.internal", ("GET", m + "instance/attributes/ssh-keys"): f"me:{KEY}\n",
               ("GET", m + "project/attributes/ssh-keys"): f"you:{OTHER}\nyou:{KEY}\nx:ssh-rsa AAAAB3Nz google-ssh {{\"expireOn\":\"2020\"}}",
               ("GET", m + "instance/attributes/user-data"): "#!/bin/sh\necho hello\n"}
    is_google = lambda _, h: h.get("Metadata-Flavor") == "Google"
    with Service(answers, is_google) as service:
        done = metadata(tmp_path / "a", "--address", service.address, "gcp")
    assert done.returncode == 0, done.stderr
    assert found(tmp_path / "a") == {"provider": ("gcp", "0o600"), "hostname": ("vm.c.project.internal", "0o600"),
                                     "ssh/authorized_keys": (f"{KEY}\n{OTHER}\n", "0o600"), "userdata": ("#!/bin/sh\necho hello\n", "0o600")}
    with Service({**answers, ("GET", m + "instance/attributes/block-project-ssh-keys"): "TRUE"}, is_google) as service:
        metadata(tmp_path / "b", "--address", service.address, "gcp")
    assert found(tmp_path / "b")["ssh/authorized_keys"][0] == KEY + "\n"


@pytest.mark.parametrize("name,where", [("digitalocean", ("/metadata/v1/hostname", "/metadata/v1/public-keys", "/metadata/v1/user-data")),
                                        ("vultr", ("/v1/hostname", "/v1/public-keys", "/latest/user-data"))])
def test_plain(tmp_path, name, where):
    with Service({("GET", p): text for p, text in zip(where, ("box-1\n", f"{KEY}\n{OTHER}\n", "data"))}) as service:
        done = metadata(tmp_path / "config", "--address", service.address, name)
    assert done.returncode == 0, done.stderr
    assert {k: v[0] for k, v in found(tmp_path / "config").items()} == {
        "provider": name, "hostname": "box-1", "ssh/authorized_keys": f"{KEY}\n{OTHER}\n", "userdata": "data"}


def test_json(tmp_path):
    """Azure, OpenStack and Hetzner."""
    azure = {"compute": {"osProfile": {"computerName": "vm-7"}, "publicKeys": [{"keyData": KEY + "\r\n", "path": "/x"}, {"keyData": OTHER}],
                         "userData": "aGVsbG8gdGhlcmU=", "vmId": "1", "weight": 1.5e3}}
    with Service({("GET", "/metadata/instance?api-version=2021-02-01"): json.dumps(azure)}, lambda _, h: h.get("Metadata") == "true") as service:
        done = metadata(tmp_path / "azure", "--address", service.address, "azure")
    assert done.returncode == 0, done.stderr
    keys = f"{KEY}\n{OTHER}\n"
    assert values(tmp_path / "azure") == {"provider": "azure", "hostname": "vm-7", "ssh/authorized_keys": keys, "userdata": "hello there"}
    openstack = {"uuid": "u", "hostname": "vm.novalocal", "public_keys": {"a": KEY, "b": OTHER + "\n"}}
    with Service({("GET", "/openstack/latest/meta_data.json"): json.dumps(openstack), ("GET", "/openstack/latest/user_data"): "x"}) as service:
        done = metadata(tmp_path / "openstack", "--address", service.address, "openstack")
    assert values(tmp_path / "openstack") == {"provider": "openstack", "hostname": "vm.novalocal", "ssh/authorized_keys": keys, "userdata": "x"}
    h = "/hetzner/v1/"
    with Service({("GET", h + "metadata/hostname"): "box", ("GET", h + "metadata/public-keys"): json.dumps([KEY, OTHER, 7]),
                  ("GET", h + "userdata"): "y"}) as service:
        done = metadata(tmp_path / "hetzner", "--address", service.address, "hetzner")
    assert values(tmp_path / "hetzner") == {"provider": "hetzner", "hostname": "box", "ssh/authorized_keys": keys, "userdata": "y"}
    with Service({("GET", "/openstack/latest/meta_data.json"): "[" * 100000}) as service:
        done = metadata(tmp_path / "no", "--address", service.address, "openstack")
    assert done.returncode == 1 and "not what is documented" in done.stderr and not (tmp_path / "no").exists()


def test_the_firmware_names_the_cloud(tmp_path):
    """Nobody is asked who is not there: a machine without a cloud waits for none."""
    dmi = tmp_path / "dmi"
    dmi.mkdir()
    with aws() as service:
        done = metadata(tmp_path / "none", "--address", service.address, dmi=dmi)
        assert done.returncode == 0 and "no metadata was found" in done.stderr and not service.asked
        (dmi / "sys_vendor").write_text("Amazon EC2\n")
        done = metadata(tmp_path / "config", "--address", service.address, dmi=dmi)
        assert done.returncode == 0 and found(tmp_path / "config")["provider"][0] == "aws"


def test_scaleway(tmp_path):
    """The user's data is for who has a port below 1024."""
    conf = {"id": "i", "name": "n", "hostname": "scw-7", "ssh_public_keys": [{"key": KEY, "fingerprint": "f"}, {"key": OTHER}]}
    with Service({("GET", "/conf?format=json"): json.dumps(conf), ("GET", "/user_data/cloud-init"): "mine"}) as service:
        allowed = lambda: service.ports["/user_data/cloud-init"] < 1024
        done = metadata(tmp_path / "config", "--address", service.address, "scaleway")
    assert done.returncode == 0 and allowed(), done.stderr
    assert values(tmp_path / "config") == {"provider": "scaleway", "hostname": "scw-7", "ssh/authorized_keys": f"{KEY}\n{OTHER}\n", "userdata": "mine"}


HOSTILE = ["-x", "../../etc", "a b\n", "a/b", "\x1b[31m", "x" * 70, "\0name"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(tmp_path, name):
    with Service({("GET", "/v1/hostname"): name, ("GET", "/v1/public-keys"): f'command="evil" {KEY}\nssh-rsa {"B" * 90}\n\x1b{KEY}\n'}) as service:
        metadata(tmp_path / "config", "--address", service.address, "vultr")
    got = found(tmp_path / "config")
    assert got.get("hostname", ("a",))[0] in ("a",) and "ssh/authorized_keys" not in got


class Raw:
    """A service that sends bytes as they are, or nothing, and maybe never ends."""

    def __init__(self, data, forever=False):
        self.data, self.forever, self.stop = data, forever, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        try:
            s, _ = self.listener.accept()
            with s:
                s.recv(4096)
                s.sendall(self.data)
                while self.forever and not self.stop.wait(0 if self.forever == "fast" else 0.2):
                    s.sendall(b"A" * (65536 if self.forever == "fast" else 1))
        except OSError:
            pass

    def close(self):
        self.stop.set()
        self.listener.close()


OK = b"HTTP/1.1 200 OK\r\n"
LIES = {
    "nothing": (b"", False), "not-http": (b"SSH-2.0-x\r\n\r\n", False), "short": (OK + b"Content-Length: 10\r\n\r\nabc", False),
    "chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\nabc\r\n0\r\n\r\n", False),
    "chunk-sign": (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc", False), "slow": (OK, "slow"),
    "endless": (OK + b"\r\n", "fast"), "head": (OK + b"X: " + b"y" * 40000 + b"\r\n\r\nabc", False),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies(tmp_path, lie):
    data, forever = LIES[lie]
    raw = Raw(data, forever)
    started = time.monotonic()
    done = metadata(tmp_path / "config", "--address", raw.address, "vultr")
    raw.close()
    assert done.returncode in (0, 1) and not (tmp_path / "config").exists(), done.stderr
    assert time.monotonic() - started < 60


def test_links_in_the_way(tmp_path):
    """What is written replaces a link, and goes through none."""
    out = tmp_path / "config"
    out.mkdir()
    (tmp_path / "victim").write_text("as it was")
    (out / "hostname").symlink_to(tmp_path / "victim")
    (out / "app").symlink_to(tmp_path)
    with aws() as service:
        metadata(out, "--address", service.address, "aws")
    assert (tmp_path / "victim").read_text() == "as it was" and not (tmp_path / "token").exists()
    assert not os.path.islink(out / "hostname")
