"""A token server as docker-registry trusts one: JWTs signed with RS256, by openssl."""

import base64
import http.server
import json
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenServer:
    """user and password may push; everybody may pull what open_to says."""

    def __init__(self, folder, user="user", password="pass:word", open_to=("test/open",)):
        self.folder = Path(folder)
        self.user, self.password, self.open_to = user, password, open_to
        self.requests = []  # (method, path, Authorization)
        self.lifetime = 300
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=token",
                        "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"], check=True,
                       capture_output=True)
        der = subprocess.run(["openssl", "x509", "-in", self.folder / "cert.pem", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.x5c = [base64.b64encode(der).decode()]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                outer.answer(self, urllib.parse.parse_qs(url.query), self.headers.get("Authorization", ""))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = urllib.parse.parse_qs(body)
                token = form.get("refresh_token", [""])[0]
                wanted = base64.b64encode(f"{outer.user}:{outer.password}".encode()).decode()
                outer.answer(self, form, f"Basic {wanted}" if token == "identity" else "Basic eDp4")

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/token"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, handler, query, auth):
        self.requests.append((handler.command, handler.path, auth))
        scopes = " ".join(query.get("scope", [])).split()
        known = auth == "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if auth and not known:
            return self.send(handler, 401, {"errors": [{"code": "UNAUTHORIZED", "message": f"no: {auth}"}]})
        access = []
        for scope in scopes:
            kind, name, actions = scope.split(":")
            granted = actions.split(",") if known else ["pull"] if name in self.open_to else []
            access.append({"type": kind, "name": name, "actions": granted})
        return self.send(handler, 200, {"token": self.sign(query.get("service", [""])[0], access)})

    def sign(self, service, access):
        now = int(time.time())
        head = {"typ": "JWT", "alg": "RS256", "x5c": self.x5c}
        claims = {"iss": "issuer", "sub": self.user, "aud": service, "exp": now + self.lifetime, "nbf": now - 10,
                  "iat": now, "jti": str(now), "access": access}
        text = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.folder / "key.pem"], input=text.encode(),
                                   check=True, capture_output=True).stdout
        return text + "." + b64(signature)

    @staticmethod
    def send(handler, status, answer):
        body = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def auth(self):
        """The registry's side of it."""
        return {"token": {"realm": self.url, "service": "registry service", "issuer": "issuer",
                          "rootcertbundle": str(self.folder / "cert.pem")}}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
