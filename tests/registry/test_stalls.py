"""Servers that say nothing, or next to nothing: every kind of request is given up and tried again, and has an end."""

import json
import random
import socket

import pytest

from conftest import good, manifest_of
from fault_proxy import FaultProxy
from test_login import login


@pytest.fixture
def proxy(plain, pushed, slipway):
    slipway.settings({}, stallSeconds=1)
    p = FaultProxy(plain.port)
    yield p
    p.stop()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A layout with a layer that no socket's buffer holds, and that goes in pieces."""
    top = tmp_path_factory.mktemp("large")
    (top / "large").write_bytes(random.Random(2).randbytes(20 << 20))
    good("umoci", "init", "--layout", top / "oci")
    good("umoci", "new", "--image", f"{top}/oci:v1")
    good("umoci", "insert", "--rootless", "--image", f"{top}/oci:v1", top / "large", "/large")
    return top / "oci"


@pytest.mark.parametrize("what", ["stall", "deaf"])
@pytest.mark.parametrize("part", ["/manifests/v1", "config", "layer", "/referrers/"])
def test_a_pull(slipway, proxy, layout, part, what):
    digest, manifest = manifest_of(layout)
    part = {"config": manifest["config"]["digest"], "layer": manifest["layers"][0]["digest"]}.get(part, part)
    proxy.rule(part, what, times=1)
    slipway("image", "pull", proxy.name("test/app:v1"))
    assert len(proxy.asked(part)) >= 2
    assert slipway.check().names() == {proxy.name("test/app:v1"): digest}


@pytest.mark.parametrize("part, method", [("/blobs/uploads/", "POST"), ("/blobs/uploads/", "PUT"), ("/manifests/", "PUT")])
def test_a_push(slipway, proxy, layout, part, method):
    slipway("image", "import", "--name", "local/app:v1", layout)
    proxy.rule(part, "deaf", method=method, times=1)
    slipway("image", "push", "local/app:v1", proxy.name(f"stalls/{method.lower()}{len(part)}:v1"))
    assert len(proxy.asked(part, method)) >= 2


def test_a_push_in_pieces(slipway, proxy, large):
    slipway.settings({}, stallSeconds=5)  # what takes sixteen megabytes takes its time to say so
    slipway("image", "import", "--name", "local/large:v1", large)
    proxy.rule("/blobs/uploads/", "deaf", method="PATCH", times=1)
    slipway("image", "push", "local/large:v1", proxy.name("stalls/large:v1"))
    assert len(proxy.asked("/blobs/uploads/", "PATCH")) >= 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_server(slipway, proxy, method):
    config = login(slipway.top, proxy.host)
    if method == "POST":
        config.write_text(json.dumps({"auths": {proxy.host: {"auth": "eDp4", "identitytoken": "identity"}}}))
    proxy.rule("/token", "deaf", method=method, times=1)
    proxy.rule("/token", "serve", b'{"token":"abc"}', method=method)
    proxy.rule("/v2/test", "status", 401, ("WWW-Authenticate", f'Bearer realm="http://{proxy.host}/token"'), times=1)
    slipway("image", "pull", proxy.name("test/app:v1"))
    assert len(proxy.asked("/token", method)) >= 2


def test_a_text_that_drips(slipway, proxy):
    """Never silent for long enough to be called that, and yet it has an end."""
    proxy.rule("/manifests/", "drip", 0.4, times=1)
    slipway("image", "pull", proxy.name("test/app:v1"))
    assert len(proxy.asked("/manifests/v1")) >= 2


def test_who_takes_the_call_and_says_nothing(slipway, pushed):
    slipway.settings({}, stallSeconds=1, attempts=2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        errors = slipway.fails(3, "image", "pull", f"127.0.0.1:{server.getsockname()[1]}/test/app:v1")
    assert "is silent for 1 seconds, in 2 attempts" in errors
