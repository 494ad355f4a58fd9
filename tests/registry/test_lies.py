"""Manifests and indexes that lie: about sizes, types, platforms, and how many there are."""

import hashlib
import json

import pytest

from conftest import manifest_of
from fault_proxy import FaultProxy

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


class Liar:
    """A registry that serves what it is told, each under its digest."""

    def __init__(self, proxy):
        self.proxy = proxy

    def text(self, value, media, kind="manifests", **lies):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.proxy.rule(f"/{kind}/{digest}", "serve", data, ("Content-Type", lies.pop("header", media)))
        return {"mediaType": media, "digest": digest, "size": len(data), **lies}

    def root(self, value, media):
        data = json.dumps(value).encode()
        self.proxy.rule("/manifests/v1", "serve", data, ("Content-Type", media))

    def image(self, layers=(), diffs=None, **lies):
        diffs = [l["digest"] for l in layers] if diffs is None else diffs
        config = self.text({"os": "linux", "architecture": "amd64", "config": {},
                            "rootfs": {"type": "layers", "diff_ids": diffs}}, CONFIG, "blobs")
        return self.text({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": list(layers)},
                         MANIFEST, **lies)

    def index(self, *entries):
        return {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}


@pytest.fixture
def liar(plain, pushed):
    proxy = FaultProxy(plain.port)
    yield Liar(proxy)
    proxy.stop()


AMD64 = {"platform": {"os": "linux", "architecture": "amd64"}}


def refused(slipway, liar, text, status=1):
    errors = slipway.fails(status, "image", "pull", "--arch", "amd64", liar.proxy.name("test/app:v1"))
    assert text in errors, errors
    assert slipway.blobs() == set() and slipway.names() == {}


def test_the_truth(slipway, liar):
    liar.root(liar.index(liar.image(**AMD64)), INDEX)
    slipway("image", "pull", "--arch", "amd64", liar.proxy.name("test/app:v1"))


def test_a_size_in_an_index(slipway, liar):
    one = liar.image(**AMD64)
    liar.root(liar.index(one | {"size": one["size"] + 1}), INDEX)
    refused(slipway, liar, "and its index says", 4)


def test_a_type_in_an_index(slipway, liar):
    other = "application/vnd.docker.distribution.manifest.v2+json"
    liar.root(liar.index(liar.image(header=other, **AMD64)), INDEX)
    refused(slipway, liar, f'comes as "{other}"')


def test_another_kind_of_manifest_than_the_header_says(slipway, liar):
    liar.root(liar.index(), MANIFEST)
    refused(slipway, liar, '"mediaType" is')


def test_indexes_that_nest(slipway, liar):
    one = liar.image(**AMD64)
    for _ in range(6):
        one = liar.text(liar.index(one), INDEX)
    liar.root(liar.index(one), INDEX)
    refused(slipway, liar, "nest deeper than 4")


def test_a_platform_that_the_config_denies(slipway, liar):
    """The config says amd64; and the reverse, for who asks for arm64."""
    arm64 = {"platform": {"os": "linux", "architecture": "arm64"}}
    liar.root(liar.index(liar.image(**arm64)), INDEX)
    errors = slipway.fails(1, "image", "pull", "--arch", "arm64", liar.proxy.name("test/app:v1"))
    assert "is for linux/arm64, and its config says linux/amd64" in errors
    config = liar.text({"os": "linux", "architecture": "arm64", "rootfs": {"type": "layers", "diff_ids": []}},
                       CONFIG, "blobs")
    one = liar.text({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}, MANIFEST, **AMD64)
    liar.proxy.rules = [r for r in liar.proxy.rules if r.part != "/manifests/v1"]
    liar.root(liar.index(one), INDEX)
    refused(slipway, liar, "is for linux/amd64, and its config says linux/arm64")
    errors = slipway.fails(1, "image", "pull", "--arch", "all", liar.proxy.name("test/app:v1"))
    assert "its config says linux/arm64" in errors and slipway.blobs() == set()


def test_layers_that_no_disk_holds(slipway, liar):
    layer = {"mediaType": LAYER, "digest": "sha256:" + "1" * 64, "size": (64 << 30) + 1}
    liar.root(liar.index(liar.image([layer], **AMD64)), INDEX)
    refused(slipway, liar, "bytes, and at most 68719476736 are allowed")
    liar.proxy.rules.clear()
    many = [layer | {"digest": f"sha256:{i:064x}", "size": 64 << 30} for i in range(900)]
    liar.root(liar.index(liar.image(many, **AMD64)), INDEX)
    refused(slipway, liar, "MiB more, and", 3)


def test_two_sizes_of_one_blob(slipway, liar):
    layer = {"mediaType": LAYER, "digest": "sha256:" + "1" * 64, "size": 10}
    liar.root(liar.index(liar.image([layer, layer | {"size": 11}], **AMD64)), INDEX)
    refused(slipway, liar, "two sizes in one image")


def test_more_layers_than_the_config_has(slipway, liar):
    layer = {"mediaType": LAYER, "digest": "sha256:" + "1" * 64, "size": 10}
    liar.root(liar.index(liar.image([layer], diffs=[], **AMD64)), INDEX)
    refused(slipway, liar, "1 layers in its manifest, and 0 in its config")


def test_more_manifests_than_anybody_has(slipway, liar):
    many = [{"mediaType": MANIFEST, "digest": f"sha256:{i:064x}", "size": 9} for i in range(1001)]
    liar.root(liar.index(*many), INDEX)
    refused(slipway, liar, "more than 1000 manifests")
    assert len(liar.proxy.seen) <= 2


def test_one_manifest_named_many_times(slipway, liar):
    one = liar.image(**AMD64)
    two = liar.text(liar.index(*[one] * 900), INDEX)
    liar.root(liar.index(*[two] * 900), INDEX)
    slipway("image", "pull", "--arch", "all", liar.proxy.name("test/app:v1"))
    assert len(liar.proxy.seen) <= 8  # two of them ask for an SBOM


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'{"schemaVersion":2}', b'{"schemaVersion":1,"manifests":[]}',
                                  b'{"schemaVersion":2,"manifests":[{"digest":"../x","size":1,"mediaType":"a"}]}',
                                  b"[" * 100000, b'{"manifests":[],"manifests":[]}'],
                         ids=["nothing", "cut", "array", "null", "empty", "version", "climbs", "deep", "twice"])
def test_texts_that_are_no_index(slipway, liar, text):
    liar.proxy.rule("/manifests/v1", "serve", text, ("Content-Type", INDEX))
    slipway.fails(1, "image", "pull", liar.proxy.name("test/app:v1"))
    assert slipway.blobs() == set()


def test_a_registry_cannot_name_another_blob(slipway, liar, layout):
    """What it serves for one digest never lies under another."""
    layer = manifest_of(layout)[1]["layers"][0]
    liar.proxy.rule(f"/blobs/{layer['digest']}", "serve", b"x" * layer["size"])
    slipway.fails(4, "image", "pull", liar.proxy.name("test/app:v1"))
    assert layer["digest"] not in slipway.check().blobs()
