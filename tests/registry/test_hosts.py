"""TLS with an own CA and client certificates, plain HTTP where it is said, mirrors, proxies."""

import http.server
import json
import shutil
import socket
import threading
import urllib.error
import urllib.request

import pytest

from conftest import Registry, good, manifest_of


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        folder.mkdir(parents=True, exist_ok=True)
        good("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt")
        self.cert = folder / f"{name}.crt"

    def issue(self, name, san=None):
        key, cert, request = (self.folder / f"{name}.{e}" for e in ("key", "pem", "csr"))
        good("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        (self.folder / "ext").write_text(f"subjectAltName={san}\n" if san else "")
        good("openssl", "x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.folder / f"{self.name}.key",
             "-CAcreateserial", "-days", "2", "-extfile", self.folder / "ext", "-out", cert)
        return cert, key


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "own")


def tls_registry(folder, authority, plain, **more):
    cert, key = authority.issue("server", "IP:127.0.0.1")
    shutil.copytree(plain.folder / "data", folder / "data")
    return Registry(folder, http={"tls": {"certificate": str(cert), "key": str(key), **more}})


@pytest.fixture(scope="module")
def secure(tmp_path_factory, authority, plain, pushed):
    registry = tls_registry(tmp_path_factory.mktemp("tls"), authority, plain)
    yield registry
    registry.stop()


@pytest.fixture(scope="module")
def mutual(tmp_path_factory, authority, plain, pushed):
    registry = tls_registry(tmp_path_factory.mktemp("mutual"), authority, plain, clientcas=[str(authority.cert)])
    yield registry
    registry.stop()


def test_a_certificate_that_nobody_vouches_for(slipway, secure):
    assert "is not trusted" in slipway.fails(4, "image", "pull", secure.name("test/app:v1"))
    assert "is not trusted" in slipway.fails(4, "image", "pull", "--plain-http", secure.name("test/app:v1"))


def test_a_certificate_for_another_name(slipway, authority, tmp_path):
    cert, key = authority.issue("another", "IP:127.0.0.2,DNS:another.test")
    registry = Registry(tmp_path / "another", http={"tls": {"certificate": str(cert), "key": str(key)}})
    slipway.settings({registry.host: {"ca": str(authority.cert)}})
    errors = slipway.fails(4, "image", "pull", registry.name("test/app:v1"))
    registry.stop()
    assert "is not trusted" in errors


def test_own_ca(slipway, secure, authority, layout):
    slipway.settings({secure.host: {"ca": str(authority.cert)}})
    assert slipway("image", "pull", secure.name("test/app:v1")).startswith(manifest_of(layout)[0])
    slipway("image", "push", secure.name("test/app:v1"), secure.name("test/more:v1"))


def test_own_ca_in_certs_d(slipway, secure, authority):
    folder = slipway.top / ".config/containers/certs.d" / secure.host
    folder.mkdir(parents=True)
    shutil.copy(authority.cert, folder / "ca.crt")
    slipway("image", "pull", secure.name("test/app:v1"))


def test_client_certificate(slipway, mutual, authority, tmp_path):
    cert, key = authority.issue("client")
    slipway.settings({mutual.host: {"ca": str(authority.cert)}})
    assert "client certificate" in slipway.fails(1, "image", "pull", mutual.name("test/app:v1"))
    slipway.settings({mutual.host: {"ca": str(authority.cert), "cert": str(cert), "key": str(key)}})
    slipway("image", "pull", mutual.name("test/app:v1"))
    slipway.settings({mutual.host: {"ca": str(authority.cert), "cert": str(tmp_path / "none"), "key": str(key)}})
    assert "certificate files" in slipway.fails(1, "image", "pull", mutual.name("test/app:v1"))


class Proxy:
    """An HTTP proxy that takes every name for the registry behind it."""

    def __init__(self, target):
        self.seen = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.seen.append(self.path)
                path = "/" + self.path.split("//", 1)[-1].split("/", 1)[-1]
                request = urllib.request.Request(f"http://{target}{path}", headers={"Accept": self.headers["Accept"] or "*/*"})
                try:
                    answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    body = answer.read()
                    self.send_response(answer.status)
                    for key in ("Content-Type", "Docker-Content-Digest"):
                        if answer.headers[key]:
                            self.send_header(key, answer.headers[key])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def proxy(plain, pushed):
    p = Proxy(plain.host)
    yield p
    p.stop()


def test_plain_http_elsewhere_is_said_and_goes_through_the_proxy(slipway, proxy):
    env = {"http_proxy": f"http://{proxy.host}", "https_proxy": "http://127.0.0.1:1"}
    slipway.fails(3, "image", "pull", "registry.test/test/app:v1", **env)
    assert proxy.seen == []
    slipway("image", "pull", "--plain-http", "registry.test/test/app:v1", **env)
    assert proxy.seen and all(u.startswith("http://registry.test/v2/") for u in proxy.seen)
    slipway.settings({"registry.test:81": {"plainHttp": True}})
    slipway("image", "pull", "registry.test:81/test/app:v1", **env)
    assert proxy.seen[-1].startswith("http://registry.test:81/")


def test_plain_http_is_said_for_the_registry_and_not_for_its_mirrors(slipway, proxy):
    slipway.settings({"registry.test": {"mirrors": ["mirror.test"]}})
    env = {"http_proxy": f"http://{proxy.host}", "https_proxy": "http://127.0.0.1:1"}
    slipway("image", "pull", "--plain-http", "registry.test/test/app:v1", **env)
    assert proxy.seen and not any("mirror.test" in u for u in proxy.seen)


class Tunnels(Proxy):
    """A proxy for TLS: what it connects is the registry, whatever name it is asked for."""

    def __init__(self, port):
        super().__init__(None)
        outer = self

        def do_CONNECT(handler):
            outer.seen.append(handler.path)
            handler.close_connection = True
            with socket.create_connection(("127.0.0.1", port)) as there:
                handler.send_response(200)
                handler.end_headers()
                back = threading.Thread(target=carry, args=(there, handler.connection), daemon=True)
                back.start()
                carry(handler.connection, there)
                back.join()

        self.server.RequestHandlerClass.do_CONNECT = do_CONNECT


def carry(come, go):
    """Bytes, until there are no more."""
    try:
        while data := come.recv(65536):
            go.sendall(data)
        go.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_tls_goes_through_a_proxy_and_past_it(slipway, authority, plain, layout, pushed, tmp_path):
    """It sees the name and no more; the certificate is the registry's. no_proxy keeps to itself what it names."""
    cert, key = authority.issue("named", "DNS:registry.test")
    shutil.copytree(plain.folder / "data", tmp_path / "registry/data")
    registry = Registry(tmp_path / "registry", http={"tls": {"certificate": str(cert), "key": str(key)}})
    tunnels = Tunnels(registry.port)
    env = {"https_proxy": f"http://{tunnels.host}"}
    slipway.settings({"registry.test": {"ca": str(authority.cert)}}, attempts=1)
    slipway("image", "pull", "registry.test/test/app:v1", **env)
    assert slipway.names() == {"registry.test/test/app:v1": manifest_of(layout)[0]}
    assert set(tunnels.seen) == {"registry.test:443"}
    tunnels.seen.clear()
    slipway.settings({"registry.test": {"ca": str(authority.cert)}}, attempts=1, stallSeconds=5)
    slipway.fails(3, "image", "pull", "registry.test/test/app:v1", no_proxy="registry.test", **env)
    assert tunnels.seen == []
    slipway.settings({})
    assert "is not trusted" in slipway.fails(4, "image", "pull", "registry.test/test/app:v1", **env)
    assert set(tunnels.seen) == {"registry.test:443"}
    tunnels.stop()
    registry.stop()


def test_loopback_goes_through_no_proxy(slipway, pushed, proxy):
    slipway("image", "pull", pushed, http_proxy=f"http://{proxy.host}")
    assert proxy.seen == []


def test_mirrors(slipway, proxy, plain, layout, pushed):
    """The first that has it serves it; the name stays the origin's."""
    slipway.settings({"docker.io": {"mirrors": ["127.0.0.1:1/dead", plain.host + "/none", plain.host]}})
    slipway("image", "pull", "docker.io/test/app:v1")
    assert slipway.names() == {"docker.io/test/app:v1": manifest_of(layout)[0]}


def test_our_own_packages_may_have_a_mirror(slipway, plain, pushed):
    good("skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", f"docker://{pushed}",
         f"docker://{plain.name('ours/app:v1')}")
    slipway.settings({"slipway": {"mirrors": [plain.host + "/ours"]}})
    slipway("image", "pull", "slipway/app:v1")
    slipway("image", "push", "slipway/app:v1", "slipway/more:v1")
    assert json.loads(good("skopeo", "inspect", "--tls-verify=false", f"docker://{plain.name('ours/more:v1')}"))


def test_settings_that_are_wrong(slipway, pushed):
    slipway.settings({"a.b": {"mirror": []}})
    errors = slipway.fails(1, "image", "pull", pushed)
    assert '"registries.a.b.mirror" is no setting' in errors and 'did you mean "mirrors"?' in errors
    slipway.settings({"a.b": {"cert": "x"}})
    assert '"cert" and "key" together' in slipway.fails(1, "image", "pull", pushed)
    slipway.settings({}, stallSeconds=0)
    assert "stallSeconds" in slipway.fails(1, "image", "pull", pushed)
