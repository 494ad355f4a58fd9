"""htpasswd, tokens, and the files and helpers that hold credentials."""

import base64
import json
import os

import pytest

from conftest import Registry, good
from token_server import TokenServer

# "user" with "pass:word", bcrypt, as `htpasswd -B` writes it.
HTPASSWD = "user:$2b$04$XDbjRnsBDin4oB1Ech49XOVTyNoPCamLV2vaX7dG9bBWcLunBNbVK\n"


def login(top, host, user="user", password="pass:word", path=".docker/config.json", **more):
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    file = top / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"auths": {host: {"auth": auth}}, **more}))
    return file


@pytest.fixture(scope="module")
def htpasswd(tmp_path_factory):
    top = tmp_path_factory.mktemp("htpasswd")
    (top / "users").write_text(HTPASSWD)
    registry = Registry(top, {"auth": {"htpasswd": {"realm": "basic", "path": str(top / "users")}}})
    yield registry
    registry.stop()


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    server = TokenServer(tmp_path_factory.mktemp("tokens"))
    registry = Registry(tmp_path_factory.mktemp("token-registry"), {"auth": server.auth()})
    registry.tokens = server
    yield registry
    registry.stop()
    server.stop()


@pytest.fixture
def local(slipway, layout):
    slipway("image", "import", "--name", "local/app:v1", layout)
    return "local/app:v1"


def test_basic(slipway, htpasswd, local):
    to = htpasswd.name("test/app:v1")
    errors = slipway.fails(1, "image", "push", local, to)
    assert "status 401" in errors and "log in" in errors
    login(slipway.top, htpasswd.host, password="wrong")
    errors = slipway.fails(1, "image", "push", local, to)
    assert "status 401" in errors and "wrong" not in errors
    login(slipway.top, htpasswd.host)
    slipway("image", "push", local, to)
    slipway("image", "pull", to)


def test_a_login_made_by_skopeo(slipway, htpasswd, local):
    file = slipway.top / "auth.json"
    good("skopeo", "login", "--tls-verify=false", "-u", "user", "-p", "pass:word", "--authfile", file, htpasswd.host)
    slipway("image", "push", local, htpasswd.name("test/skopeo:v1"), REGISTRY_AUTH_FILE=str(file))
    slipway.fails(1, "image", "push", local, htpasswd.name("test/skopeo:v1"))


def test_credentials_of_another_host_are_not_used(slipway, htpasswd, local):
    login(slipway.top, "127.0.0.1:1")
    assert "status 401" in slipway.fails(1, "image", "push", local, htpasswd.name("test/app:v1"))
    login(slipway.top, htpasswd.host + "/tes")
    assert "status 401" in slipway.fails(1, "image", "push", local, htpasswd.name("test/app:v1"))
    login(slipway.top, htpasswd.host + "/best")
    assert "status 401" in slipway.fails(1, "image", "push", local, htpasswd.name("test/app:v1"))
    login(slipway.top, htpasswd.host + "/test")
    slipway("image", "push", local, htpasswd.name("test/app:v1"))


def helper(slipway, name, text):
    folder = slipway.top / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / f"docker-credential-{name}"
    program.write_text("#!/bin/sh\n" + text)
    program.chmod(0o755)
    slipway.env["PATH"] = f"{folder}:{os.environ['PATH']}"


def test_credential_helpers(slipway, htpasswd, local):
    to = htpasswd.name("test/helper:v1")
    config = slipway.top / ".docker/config.json"
    config.parent.mkdir()
    helper(slipway, "good", """[ "$1" = get ] && [ "$(cat)" = "$WANTED" ] || exit 1
printf '{"ServerURL":"x","Username":"user","Secret":"pass:word"}'
""")
    helper(slipway, "bad", "echo secret-text; echo secret-text >&2; exit 1\n")
    slipway.env["WANTED"] = htpasswd.host
    config.write_text(json.dumps({"credsStore": "good"}))
    slipway("image", "push", local, to)
    config.write_text(json.dumps({"credsStore": "bad", "credHelpers": {htpasswd.host: "good"}}))
    slipway("image", "push", local, to)
    config.write_text(json.dumps({"credsStore": "bad"}))
    assert "status 401" in slipway.fails(1, "image", "push", local, to)
    config.write_text(json.dumps({"credHelpers": {htpasswd.host: "bad"}}))
    errors = slipway.fails(3, "image", "push", local, to)
    assert "docker-credential-bad" in errors and "secret-text" not in errors
    errors = slipway.fails(3, "image", "pull", to)
    assert "docker-credential-bad" in errors and "secret-text" not in errors
    config.write_text(json.dumps({"credHelpers": {htpasswd.host: "../evil"}}))
    assert "no word" in slipway.fails(1, "image", "push", local, to)


def test_tokens(slipway, tokens, local):
    to = tokens.name("test/open:v1")
    errors = slipway.fails(1, "image", "push", local, to)
    assert "status 401" in errors
    login(slipway.top, tokens.host)
    slipway("image", "push", local, to)
    for path in slipway.top.glob(".docker/*"):
        path.unlink()
    slipway("image", "pull", to)  # anybody may
    assert tokens.tokens.requests[-1][2] == ""
    login(slipway.top, tokens.host, password="wrong")
    errors = slipway.fails(1, "image", "push", local, tokens.name("test/other:v1"))
    assert "gives no token" in errors and "Basic" not in errors


def test_identity_token(slipway, tokens, local):
    config = slipway.top / ".docker/config.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"auths": {tokens.host: {"auth": "eDp4", "identitytoken": "identity"}}}))
    slipway("image", "push", local, tokens.name("test/identity:v1"))
    assert tokens.tokens.requests[-1][0] == "POST"


def test_a_mount_asks_for_both_repositories(slipway, tokens, local):
    login(slipway.top, tokens.host)
    one = tokens.name("test/one:v1")
    slipway("image", "push", local, one)
    slipway("image", "pull", one)
    slipway("image", "push", one, tokens.name("test/two:v1"))
    assert any("test%2Fone%3Apull" in r[1] and "test%2Ftwo%3Apull%2Cpush" in r[1] for r in tokens.tokens.requests)


def test_a_token_that_runs_out_is_renewed(slipway, tokens, local):
    login(slipway.top, tokens.host)
    tokens.tokens.lifetime = -100
    try:
        assert "status 401" in slipway.fails(1, "image", "push", local, tokens.name("test/late:v1"))
    finally:
        tokens.tokens.lifetime = 300


def test_a_malformed_file(slipway, htpasswd, local):
    config = slipway.top / ".docker/config.json"
    config.parent.mkdir()
    config.write_text("{")
    errors = slipway.fails(1, "image", "push", local, htpasswd.name("test/app:v1"))
    assert str(config) in errors
    config.write_text(json.dumps({"auths": {htpasswd.host: {"auth": "!!"}}}))
    assert "base64" in slipway.fails(1, "image", "push", local, htpasswd.name("test/app:v1"))
