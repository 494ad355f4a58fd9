"""What the tests of metadata share: a service of HTTP, the program, and what it has written."""

import http.server
import os
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METADATA = os.environ.get("METADATA", ROOT / "build/bin/metadata")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43
OTHER = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB someone@somewhere"
TREE = {"app": {"entries": {"token": {"content": "secret", "perm": "0640"}, "deep": {"entries": {"er": {"content": "x"}}}}},
        "../up": {"content": "no"}, "both": {"content": "a", "entries": {}}, "motd": {"content": "hello", "perm": "7777"}}


class Service:
    """HTTP on loopback; answers: (method, path) to a body or (status, body), and a test of the headers."""

    def __init__(self, answers, allowed=lambda path, headers: True):
        service = self
        self.asked, self.ports = [], {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                service.asked.append((self.command, self.path))
                service.ports[self.path] = self.client_address[1]
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


def metadata(out, *words, dmi=None, devices=None, firmware=None):
    dmi = dmi or out.parent / "no-dmi"
    devices = devices or out.parent / "no-devices"
    firmware = firmware or out.parent / "no-firmware"
    return subprocess.run([METADATA, "--output", out, "--dmi", dmi, "--devices", devices, "--firmware", firmware, *map(str, words)], capture_output=True,
                          text=True, timeout=120, check=False)


def found(out):
    return {str(p.relative_to(out)): (p.read_text(), oct(p.stat().st_mode & 0o7777)) for p in sorted(out.rglob("*")) if p.is_file()}


def values(out):
    return {k: v[0] for k, v in found(out).items()}
