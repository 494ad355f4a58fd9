"""The program of the package metadata against services that answer as clouds document theirs, and against some that lie."""

import http.server
import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
METADATA = ROOT / "build/bin/metadata"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
OTHER = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB someone@somewhere"
TREE = {"app": {"entries": {"token": {"content": "secret", "perm": "0640"}, "deep": {"entries": {"er": {"content": "x"}}}}},
        "../up": {"content": "no"}, "both": {"content": "a", "entries": {}}, "motd": {"content": "hello", "perm": "7777"}}


class Service:
    """HTTP on loopback; answers: (method, path) to a body or (status, body), and a test of the headers."""

    def __init__(self, answers, allowed=lambda path, headers: True):
        service = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                service.asked.append((self.command, self.path))
                body = answers.get((self.command, self.path))
                status, body = body if isinstance(body, tuple) else (200, body) if body is not None else (404, "no such thing")
                if not allowed(self.path, self.headers):
                    status, body = 401, "who are you"
                data = body.encode()
                self.send_response(status)
                if self.path.endswith("user-data"):  # one way in which they send what they make as they go
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for part in (data[:7], data[7:]):
                        if part:
                            self.wfile.write(f"{len(part):X};ext=1\r\n".encode() + part + b"\r\n")
                    self.wfile.write(b"0\r\n\r\n")
                else:
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def metadata(out, *words, dmi=None, devices=None):
    dmi = dmi or out.parent / "no-dmi"
    devices = devices or out.parent / "no-devices"
    return subprocess.run([METADATA, "--output", out, "--dmi", dmi, "--devices", devices, *map(str, words)], capture_output=True,
                          text=True, timeout=120, check=False)


def found(out):
    return {str(p.relative_to(out)): (p.read_text(), oct(p.stat().st_mode & 0o7777)) for p in sorted(out.rglob("*")) if p.is_file()}


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


def values(out):
    return {k: v[0] for k, v in found(out).items()}


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
