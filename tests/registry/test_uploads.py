"""Uploads that break and go on, and that are sent elsewhere."""

import random

import pytest

from conftest import good
from fault_proxy import FaultProxy
from test_hostile import BASIC, challenge, sent
from test_login import login


@pytest.fixture
def proxy(plain):
    p = FaultProxy(plain.port)
    yield p
    p.stop()


@pytest.fixture
def other(plain):
    p = FaultProxy(plain.port)
    yield p
    p.stop()


@pytest.mark.parametrize("code", [307, 308])
def test_an_upload_may_be_redirected_and_takes_no_credentials_along(slipway, proxy, other, layout, code):
    """The session is where the redirect led; method and body are kept."""
    login(slipway.top, proxy.host)
    slipway("image", "import", "--name", "local/app:v1", layout)
    challenge(proxy, 'Basic realm="x"', method="HEAD", times=1)
    path = f"/v2/test/moved{code}/blobs/uploads/"
    proxy.rule("/blobs/uploads/", "redirect", f"http://{other.host}{path}", code, method="POST")
    other.rule("/blobs/uploads/", "redirect", path + "?again=1", code, method="POST", times=1)
    other.rule("/blobs/uploads/", "location_without_host", method="POST")
    slipway("image", "push", "local/app:v1", proxy.name(f"test/moved{code}:v1"))
    assert sent(proxy) == {BASIC} and sent(other) == set()
    assert len(other.asked(path, "POST")) >= 3 and len(other.asked(path, "PUT")) >= 3
    assert proxy.asked(path, "PUT") == []
    slipway("image", "pull", proxy.name(f"test/moved{code}:v1"))


@pytest.mark.parametrize("code", [301, 302, 303])
def test_a_redirect_that_would_make_a_question_of_an_upload(slipway, proxy, layout, code):
    slipway("image", "import", "--name", "local/app:v1", layout)
    proxy.rule("/blobs/uploads/", "redirect", "/v2/x", code, method="POST")
    errors = slipway.fails(1, "image", "push", "local/app:v1", proxy.name(f"test/turned{code}:v1"))
    assert f"beginning an upload at {proxy.host} is refused with status {code}" in errors


def test_a_broken_upload_goes_on(slipway, proxy, layout):
    """The closing PUT is lost on its way back; the blob is there all the same."""
    slipway("image", "import", "--name", "local/app:v1", layout)
    proxy.rule("/blobs/uploads/", "drop", method="PUT", times=1)
    proxy.rule("/blobs/uploads/", "status", 500, method="POST", times=1)
    proxy.rule("/manifests/", "status", 503, method="PUT", times=1)
    slipway("image", "push", "local/app:v1", proxy.name("faults/app:v1"))


def test_a_large_blob_goes_in_pieces(slipway, proxy, tmp_path):
    """Cut once in the middle: what was taken is not sent again, or the session begins anew."""
    (tmp_path / "large").write_bytes(random.Random(2).randbytes(20 << 20))
    good("umoci", "init", "--layout", tmp_path / "oci")
    good("umoci", "new", "--image", f"{tmp_path}/oci:v1")
    good("umoci", "insert", "--rootless", "--image", f"{tmp_path}/oci:v1", tmp_path / "large", "/large")
    slipway("image", "import", "--name", "local/large:v1", tmp_path / "oci")
    proxy.rule("/blobs/uploads/", "status", 502, method="PATCH", times=1)
    proxy.rule("/blobs/uploads/", "drop", method="PATCH", times=1)
    slipway("image", "push", "local/large:v1", proxy.name("faults/large:v1"))
    ranges = [h["Content-Range"] for h in proxy.asked("/blobs/uploads/", "PATCH")]
    assert ranges[0] == "0-16777215" and len(ranges) >= 2
    slipway("image", "pull", proxy.name("faults/large:v1"))
