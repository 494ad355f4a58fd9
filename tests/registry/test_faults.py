"""Registries that break, stall and lie: what may pass is tried again, what is wrong does not enter."""

import time

import pytest

from conftest import manifest_of
from fault_proxy import FaultProxy


@pytest.fixture
def proxy(plain, pushed):
    p = FaultProxy(plain.port)
    yield p
    p.stop()


@pytest.fixture(scope="session")
def layer(layout):
    """The large one."""
    return max(manifest_of(layout)[1]["layers"], key=lambda l: l["size"])


def pulled(slipway, proxy, layout):
    name = proxy.name("test/app:v1")
    slipway("image", "pull", name)
    assert slipway.check().names() == {name: manifest_of(layout)[0]}


def refused(slipway, proxy, status, text):
    errors = slipway.fails(status, "image", "pull", proxy.name("test/app:v1"))
    assert text in errors, errors
    assert slipway.check().names() == {}
    assert not list((slipway.store / "tmp").iterdir())
    return errors


@pytest.mark.parametrize("what", ["reset", "truncate"])
def test_a_broken_download_goes_on_where_it_stopped(slipway, proxy, layout, layer, what):
    proxy.rule(layer["digest"], what, times=2)
    pulled(slipway, proxy, layout)
    ranges = [h["Range"] for h in proxy.asked(layer["digest"]) if "Range" in h]
    assert ranges and all(int(r[len("bytes="):-1]) > 0 for r in ranges)


def test_a_registry_that_knows_no_ranges(slipway, proxy, layout, layer):
    proxy.rule(layer["digest"], "truncate", times=1)
    proxy.rule(layer["digest"], "no_ranges")
    pulled(slipway, proxy, layout)


def test_another_range_than_asked_for(slipway, proxy, layer):
    proxy.rule(layer["digest"], "truncate", times=1)
    proxy.rule(layer["digest"], "other_range")
    refused(slipway, proxy, 1, "another range")


def test_broken_for_good(slipway, proxy, layer):
    slipway.settings({}, attempts=3)
    proxy.rule(layer["digest"], "reset", 0.0)
    refused(slipway, proxy, 3, "in 3 attempts")
    assert len(proxy.asked(layer["digest"])) == 3


@pytest.mark.parametrize("what", ["flip", "shorten"])
def test_a_wrong_manifest_by_digest(slipway, proxy, layout, what):
    proxy.rule("/manifests/", what)
    name = proxy.name("test/app")
    errors = slipway.fails(4, "image", "pull", f"{name}@{manifest_of(layout)[0]}")
    assert "when asked for" in errors
    assert slipway.blobs() == set()


def test_a_manifest_that_is_not_what_its_header_says(slipway, proxy):
    proxy.rule("/manifests/", "flip")
    refused(slipway, proxy, 4, "says that the manifest is")


def test_a_wrong_blob(slipway, proxy, layer):
    proxy.rule(layer["digest"], "flip")
    refused(slipway, proxy, 4, f"a blob that is to be {layer['digest']} is")
    assert len(proxy.asked(layer["digest"])) == 1


def test_a_wrong_config(slipway, proxy, layout):
    proxy.rule(manifest_of(layout)[1]["config"]["digest"], "flip")
    refused(slipway, proxy, 4, "when asked for")


@pytest.mark.parametrize("said", [True, False])
def test_a_blob_that_is_too_long(slipway, proxy, layer, said):
    proxy.rule(layer["digest"], "lengthen", said)
    refused(slipway, proxy, 4, "more than the")


def test_a_blob_that_is_too_short(slipway, proxy, layer):
    proxy.rule(layer["digest"], "shorten")
    refused(slipway, proxy, 4, f"gives {layer['size'] - 1} bytes")


@pytest.mark.parametrize("part", ["/manifests/", "/blobs/"])
def test_a_text_without_end(slipway, proxy, part):
    proxy.rule(part, "endless")
    refused(slipway, proxy, 4, "more than the")
    assert proxy.sent < 100 << 20


def test_an_error_without_end(slipway, proxy):
    proxy.rule("/manifests/", "endless", 403)
    refused(slipway, proxy, 1, "status 403")
    assert proxy.sent < 100 << 20


def test_a_length_that_cannot_be_is_refused_before_the_bytes(slipway, proxy, layer):
    proxy.rule(layer["digest"], "raw", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx")
    refused(slipway, proxy, 4, "more than the")
    assert len(proxy.asked(layer["digest"])) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_what_may_pass_is_tried_again(slipway, proxy, layout, layer, code):
    proxy.rule("/manifests/", "status", code, times=1)
    proxy.rule(layer["digest"], "status", code, ("Retry-After", "0"), times=2)
    pulled(slipway, proxy, layout)


def test_retry_after_is_kept_to(slipway, proxy, layout):
    proxy.rule("/manifests/", "status", 429, ("Retry-After", "2"), times=1)
    start = time.monotonic()
    pulled(slipway, proxy, layout)
    assert time.monotonic() - start >= 2


def test_retry_after_as_a_date(slipway, proxy, layout):
    proxy.rule("/manifests/", "status", 503, ("Date", "Fri, 01 Jan 2021 00:00:00 GMT"),
               ("Retry-After", "Fri, 01 Jan 2021 00:00:02 GMT"), times=1)
    start = time.monotonic()
    pulled(slipway, proxy, layout)
    assert time.monotonic() - start >= 2


def test_nobody_waits_for_an_hour(slipway, proxy):
    proxy.rule("/manifests/", "status", 429, ("Retry-After", "3600"))
    assert "on purpose" in refused(slipway, proxy, 1, "status 429")
    assert len(proxy.asked("/manifests/")) == 1


def test_what_does_not_pass_is_not_tried_again(slipway, proxy):
    proxy.rule("/manifests/", "status", 403)
    refused(slipway, proxy, 1, "status 403")
    assert len(proxy.asked("/manifests/")) == 1


def test_stalled(slipway, proxy, layout, layer):
    slipway.settings({}, stallSeconds=1)
    proxy.rule(layer["digest"], "stall", times=1)
    pulled(slipway, proxy, layout)
    assert proxy.asked(layer["digest"])[-1]["Range"].startswith("bytes=")


def test_redirects_have_an_end(slipway, proxy):
    proxy.rule("/blobs/", "redirect", "/v2/test/app/blobs/again")
    refused(slipway, proxy, 1, "redirects more than 10 times")
    assert len(proxy.asked("again")) == 10


def test_headers_have_an_end(slipway, proxy):
    proxy.rule("/manifests/", "extra", *[("X-Many", "y" * 1000)] * 200)
    refused(slipway, proxy, 1, "header lines")


def test_control_bytes_in_a_header(slipway, proxy):
    proxy.rule("/manifests/", "raw", b"HTTP/1.1 200 OK\r\nContent-Type: a\x01b\r\nContent-Length: 2\r\n\r\n{}")
    refused(slipway, proxy, 1, "control bytes")


def test_a_malformed_length(slipway, proxy):
    proxy.rule("/manifests/", "raw", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}")
    slipway.fails(1, "image", "pull", proxy.name("test/app:v1"))


def test_a_message_with_control_bytes(slipway, proxy):
    proxy.rule("/manifests/", "raw", b"HTTP/1.1 403 No\r\nContent-Length: 47\r\n\r\n"
               b'{"errors":[{"message":"\\u001b[31mred\\u0007\\r"}]}')
    assert "\x1b" not in refused(slipway, proxy, 1, "status 403")


def test_what_is_no_image(slipway, proxy):
    proxy.rule("/manifests/", "serve", b"<html>", ("Content-Type", "text/html"))
    refused(slipway, proxy, 1, "the manifest")
    proxy.rules.clear()
    proxy.rule("/manifests/", "serve", b'{"schemaVersion":1}',
               ("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws"))
    refused(slipway, proxy, 1, "is no image")
