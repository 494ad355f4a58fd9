"""Registries that want what is not theirs: credentials of others, other hosts, other protocols."""

import base64
import json

import pytest

from conftest import manifest_of
from fault_proxy import FaultProxy
from test_hosts import Authority
from test_login import login

BASIC = "Basic " + base64.b64encode(b"user:pass:word").decode()


@pytest.fixture
def proxy(plain, pushed):
    p = FaultProxy(plain.port)
    yield p
    p.stop()


@pytest.fixture
def other(plain, pushed):
    p = FaultProxy(plain.port)
    yield p
    p.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "own")


@pytest.fixture
def secure(plain, pushed, authority, slipway):
    import ssl
    cert, key = authority.issue("server", "IP:127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    p = FaultProxy(plain.port, context)
    slipway.settings({p.host: {"ca": str(authority.cert)}})
    yield p
    p.stop()


def challenge(proxy, text, **kw):
    """A registry that lets in whoever says something."""
    proxy.rule("/v2/test", "status", 401, ("WWW-Authenticate", text), **kw)


def sent(proxy):
    return {h["Authorization"] for _, _, h in proxy.seen if "Authorization" in h}


def pull(slipway, proxy, name="test/app:v1"):
    return slipway.run("image", "pull", proxy.name(name))


def test_basic_goes_only_where_it_is_asked_for(slipway, proxy):
    login(slipway.top, proxy.host)
    assert pull(slipway, proxy).returncode == 0
    assert sent(proxy) == set()
    challenge(proxy, 'Basic realm="x"', times=1)
    assert pull(slipway, proxy).returncode == 0
    assert sent(proxy) == {BASIC}


def test_a_redirect_takes_no_credentials_along(slipway, proxy, other, layout):
    login(slipway.top, proxy.host)
    challenge(proxy, 'Basic realm="x"', times=1)
    layer = manifest_of(layout)[1]["layers"][0]["digest"]
    proxy.rule(layer, "redirect", f"http://{other.host}/v2/test/app/blobs/{layer}")
    assert pull(slipway, proxy).returncode == 0
    assert sent(proxy) == {BASIC}
    assert other.seen and sent(other) == set()


def test_whoever_is_redirected_to_may_ask_for_nothing(slipway, proxy, other, layout):
    login(slipway.top, proxy.host)
    layer = manifest_of(layout)[1]["layers"][0]["digest"]
    proxy.rule(layer, "redirect", f"http://{other.host}/v2/test/app/blobs/{layer}")
    challenge(other, 'Basic realm="x"')
    assert "status 401" in pull(slipway, proxy).stderr
    assert sent(other) == set()
    other.rules.clear()
    other.rule("/token", "serve", b'{"token":"abc"}')
    challenge(other, f'Bearer realm="http://{other.host}/token"')
    assert "status 401" in pull(slipway, proxy).stderr
    assert other.asked("/token") == [] and sent(other) | sent(proxy) == set()


def test_what_a_mirror_gets_the_registry_does_not(slipway, proxy, other):
    slipway.settings({proxy.host: {"mirrors": [other.host]}})
    login(slipway.top, other.host)
    challenge(other, 'Basic realm="x"', times=1)
    other.rule("/v2/test", "status", 404)
    assert pull(slipway, proxy).returncode == 0
    assert sent(other) == {BASIC} and sent(proxy) == set()


def test_netrc_is_not_for_registries(slipway, proxy):
    (slipway.top / ".netrc").write_text("machine 127.0.0.1 login user password pass\n")
    challenge(proxy, 'Basic realm="x"')
    assert "status 401" in pull(slipway, proxy).stderr
    assert sent(proxy) == set()


def test_a_service_adds_nothing_to_the_question(slipway, proxy, other):
    login(slipway.top, proxy.host)
    other.rule("/token", "serve", b'{"token":"abc"}')
    challenge(proxy, f'Bearer realm="http://{other.host}/token",service="s&scope=repository:victim:push#"', times=1)
    assert pull(slipway, proxy).returncode == 0
    assert "service=s%26scope%3Drepository%3Avictim%3Apush%23&scope=repository%3Atest" in other.seen[0][1]


def test_an_upload_elsewhere_takes_no_credentials_along(slipway, proxy, other, layout):
    login(slipway.top, proxy.host)
    slipway("image", "import", "--name", "local/app:v1", layout)
    proxy.rule("/v2/hostile", "status", 401, ("WWW-Authenticate", 'Basic realm="x"'), method="HEAD", times=1)
    proxy.rule("/uploads/", "instead", ("Location", f"http://{other.host}/v2/hostile/app/blobs/uploads/x"), method="POST")
    slipway.run("image", "push", "local/app:v1", proxy.name("hostile/app:v1"))
    assert sent(proxy) == {BASIC}
    assert other.asked("/uploads/", "PUT") and sent(other) == set()


def test_the_scope_is_ours(slipway, proxy, other):
    """What a registry writes there does not have us fetch tokens for others."""
    login(slipway.top, proxy.host)
    other.rule("/token", "serve", b'{"token":"abc"}')
    challenge(proxy, f'Bearer realm="http://{other.host}/token",service="s",scope="repository:victim/secret:pull,push"',
              times=1)
    assert pull(slipway, proxy).returncode == 0
    path = other.seen[0][1]
    assert "victim" not in path and "scope=repository%3Atest%2Fapp%3Apull" in path
    assert sent(other) == {BASIC} and sent(proxy) == {"Bearer abc"}


def test_a_token_server_gets_no_credentials_of_its_own_host(slipway, proxy, other):
    """A registry without an entry names a host that has one."""
    login(slipway.top, other.host)
    other.rule("/token", "serve", b'{"token":"abc"}')
    challenge(proxy, f'Bearer realm="http://{other.host}/token",service="s"', times=1)
    assert pull(slipway, proxy).returncode == 0
    assert other.seen and sent(other) == set()


def test_a_token_server_that_redirects_is_not_followed(slipway, proxy, other):
    login(slipway.top, proxy.host)
    proxy.rule("/token", "redirect", f"http://{other.host}/token")
    challenge(proxy, f'Bearer realm="http://{proxy.host}/token",service="s"')
    assert "status 307" in pull(slipway, proxy).stderr
    assert other.seen == []


@pytest.mark.parametrize("realm, text", [
    ("file:///etc/passwd", "neither an http nor an https URL"),
    ("gopher://127.0.0.1/x", "neither an http nor an https URL"),
    ("/token", "neither an http nor an https URL"),
    ("http://user:pw@127.0.0.1/token", "a user name or password"),
    ("http://169.254.169.254/latest/token", "in plain http"),
    ("http://registry.test/token", "in plain http"),
    ("https://127.0.0.1:99999/token", "no valid port"),
    ("https:///token", "no valid host name"),
])
def test_realms_that_are_refused(slipway, proxy, realm, text):
    login(slipway.top, proxy.host)
    challenge(proxy, f'Bearer realm="{realm}",service="s"')
    done = pull(slipway, proxy)
    assert done.returncode in (1, 4) and text in done.stderr
    assert sent(proxy) == set()


def test_tls_is_not_left(slipway, secure, other, layout):
    login(slipway.top, secure.host)
    layer = manifest_of(layout)[1]["layers"][0]["digest"]
    secure.rule(layer, "redirect", f"http://{other.host}/v2/test/app/blobs/{layer}")
    done = pull(slipway, secure)
    assert done.returncode == 4 and "from https to plain http" in done.stderr
    secure.rules.clear()
    challenge(secure, f'Bearer realm="http://{other.host}/token",service="s"')
    done = pull(slipway, secure)
    assert done.returncode == 4 and "in plain http" in done.stderr
    secure.rules.clear()
    slipway("image", "import", "--name", "local/app:v1", layout)
    secure.rule("/uploads/", "instead", ("Location", f"http://{other.host}/x"), method="POST")
    assert "from https to plain http" in slipway.fails(4, "image", "push", "local/app:v1", secure.name("h/app:v1"))
    assert other.seen == []


def test_another_machine_does_not_send_us_to_this_one(slipway, proxy, other, layout):
    """registry.test is the proxy's name for the registry."""
    slipway.settings({"registry.test": {"plainHttp": True}})
    login(slipway.top, "registry.test")
    pull_remote = ("image", "pull", "registry.test/test/app:v1")
    env = {"http_proxy": f"http://{proxy.host}"}
    slipway(*pull_remote, **env)
    proxy.rule("/manifests/", "redirect", f"http://{other.host}/x")
    assert "redirects to this machine" in slipway.fails(4, *pull_remote, **env)
    proxy.rules.clear()
    challenge(proxy, f'Bearer realm="http://{other.host}/token",service="s"')
    assert "token server on this machine" in slipway.fails(4, *pull_remote, **env)
    proxy.rules.clear()
    challenge(proxy, 'Bearer realm="http://elsewhere.test/token",service="s"')
    assert "in plain http" in slipway.fails(4, *pull_remote, **env)
    assert other.seen == [] and sent(proxy) == set()


@pytest.mark.parametrize("location, text", [
    ("file:///etc/passwd", "neither an http nor an https URL"),
    ("http://registry.test/x", "plain http on another machine"),
    ("http://127.0.0.1.evil.test/x", "plain http on another machine"),
    ("//evil.test/x", "neither an http nor an https URL"),
    ("http://a@127.0.0.1/x", "a user name or password"),
    ("http://127.0.0.1/a b", "bytes that no URL may hold"),
    ("/a b", "bytes that no URL may hold"),
])
def test_redirects_that_are_refused(slipway, proxy, layout, location, text):
    proxy.rule("/blobs/", "redirect", location)
    done = pull(slipway, proxy)
    assert done.returncode in (1, 4) and text in done.stderr


@pytest.mark.parametrize("text", ['Bearer realm="x', "Bearer realm=", 'Bearer realm="http://127.0.0.1:1/t",realm="http://127.0.0.1:1/u"', "Negotiate", "=x",
                                  "Bearer " + "a=b," * 5000])
def test_challenges_that_are_malformed(slipway, proxy, text):
    login(slipway.top, proxy.host)
    challenge(proxy, text)
    assert pull(slipway, proxy).returncode == 1
    assert sent(proxy) == set()


@pytest.mark.parametrize("answer", [b'{"token":"a\\r\\nX-Evil: 1"}', b'{"token":""}', b"[]", b"{}", b'{"token":1}'])
def test_tokens_that_are_none(slipway, proxy, answer):
    login(slipway.top, proxy.host)
    proxy.rule("/token", "serve", answer)
    challenge(proxy, f'Bearer realm="http://{proxy.host}/token",service="s"')
    assert pull(slipway, proxy).returncode == 1
    assert not any("X-Evil" in h for _, _, h in proxy.seen)


def test_no_secret_in_a_message(slipway, proxy):
    """A registry that sends back what it got; a token server, too."""
    login(slipway.top, proxy.host, password="hunter2")
    secret = base64.b64encode(b"user:hunter2").decode()
    proxy.rule("/token", "serve", b'{"token":"t0ken"}')
    challenge(proxy, f'Bearer realm="http://{proxy.host}/token",service="s"', times=1)
    for text in ("hunter2", "t0ken"):
        proxy.rules = proxy.rules[:2]
        proxy.rules[1].times = 1
        proxy.rule("/manifests/", "raw", b"HTTP/1.1 403 No\r\nConnection: close\r\n\r\n" +
                   json.dumps({"errors": [{"message": f"you said {text}"}]}).encode())
        done = pull(slipway, proxy)
        assert "status 403" in done.stderr and text not in done.stderr
    proxy.rules.clear()
    challenge(proxy, 'Basic realm="x"', times=1)
    proxy.rule("/manifests/", "raw", b"HTTP/1.1 403 No\r\nConnection: close\r\n\r\n" +
               json.dumps({"errors": [{"message": f"you said {secret}"}]}).encode())
    done = pull(slipway, proxy)
    assert "status 403" in done.stderr and secret not in done.stderr


def test_a_signed_address_is_not_shown(slipway, proxy):
    slipway.settings({}, attempts=2)
    proxy.rule("s3cret", "raw", b"")
    proxy.rule("/blobs/", "redirect", "/v2/test/app/blobs/x?signature=s3cret")
    done = pull(slipway, proxy)
    assert done.returncode == 3 and "/v2/test/app/blobs/x breaks off" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_client_certificate_goes_to_its_host_alone(slipway, proxy, secure, authority, layout):
    """The one that is redirected to has settings of its own, and none of the registry's."""
    cert, key = authority.issue("client")
    slipway.settings({proxy.host: {"cert": str(cert), "key": str(key)}})
    done = pull(slipway, secure)
    assert "is not trusted" in done.stderr


def test_a_blob_that_an_earlier_attempt_spoilt(slipway, proxy, layout):
    """What lies in partial/ is as little believed as what comes."""
    layer = max(manifest_of(layout)[1]["layers"], key=lambda l: l["size"])
    slipway("image", "ls")
    (slipway.store / "partial").mkdir(exist_ok=True)
    (slipway.store / "partial" / layer["digest"]).write_bytes(b"x" * 1000)
    assert pull(slipway, proxy).returncode == 0
    slipway.check()
