"""Signatures and SBOMs: what oras and cosign push is read, and what slipway pushes they find."""

import hashlib
import json
import os

import pytest

from conftest import Slipway, good, manifest_of
from fault_proxy import FaultProxy

SPDX = "application/spdx+json"


@pytest.fixture
def proxy(plain, pushed):
    p = FaultProxy(plain.port)
    yield p
    p.stop()


@pytest.fixture
def app(slipway, plain, layout, request):
    """An image of its own for each test: (name, digest)."""
    name = plain.name(f"{request.node.name.replace('_', '-').lower()}/app")
    slipway("image", "import", "--name", "local/app:v1", layout)
    slipway("image", "push", "local/app:v1", f"{name}:v1")
    return name, manifest_of(layout)[0]


def attach(trixie, folder, name, digest, text="{}"):
    (folder / "sbom.json").write_text(text)
    good(trixie / "oras", "attach", "--plain-http", "--artifact-type", SPDX, f"{name}@{digest}",
         f"sbom.json:{SPDX}", cwd=folder)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_what_oras_attached(slipway, trixie, app, tmp_path):
    name, digest = app
    assert slipway("image", "referrers", f"{name}:v1") == ""
    blob = attach(trixie, tmp_path, name, digest, '{"spdxVersion":"SPDX-2.3"}')
    listed = json.loads(slipway("image", "referrers", "--json", f"{name}:v1"))
    assert [r["artifactType"] for r in listed] == [SPDX]
    assert slipway("image", "referrers", f"{name}@{digest}") == f"{listed[0]['digest']} {SPDX}\n"
    other = Slipway(tmp_path / "other")
    other("image", "pull", f"{name}:v1")
    assert blob not in other.blobs()
    other("image", "pull", "--referrers", f"{name}:v1")
    assert {blob, listed[0]["digest"]} <= other.check().blobs()
    assert list(other.names()) == [f"{name}:v1"]


def test_what_cosign_signed(slipway, trixie, app, tmp_path):
    name, digest = app
    env = {**os.environ, "COSIGN_PASSWORD": "", "HOME": str(tmp_path)}
    good(trixie / "cosign", "generate-key-pair", cwd=tmp_path, env=env)
    good(trixie / "cosign", "sign", "-y", "--key", "cosign.key", "--tlog-upload=false", "--allow-insecure-registry",
         f"{name}@{digest}", cwd=tmp_path, env=env)
    listed = json.loads(slipway("image", "referrers", "--json", f"{name}:v1"))
    assert listed[0]["tag"] == digest.replace(":", "-") + ".sig"
    slipway("image", "pull", "--referrers", f"{name}:v1")
    assert listed[0]["digest"] in slipway.check().blobs()
    # cosign verifies what slipway pushed, and the signature goes along as an image of its own.
    slipway("image", "pull", f"{name}:{listed[0]['tag']}")
    slipway("image", "push", "local/app:v1", f"{name}-copy:v1")
    slipway("image", "push", f"{name}:{listed[0]['tag']}", f"{name}-copy:{listed[0]['tag']}")
    verify = [trixie / "cosign", "verify", "--key", "cosign.pub", "--insecure-ignore-tlog=true",
              "--allow-insecure-registry"]
    good(*verify, f"{name}@{digest}", cwd=tmp_path, env=env)
    good(*verify, f"{name}-copy@{digest}", cwd=tmp_path, env=env)


def put(store, text):
    data = text if isinstance(text, bytes) else json.dumps(text).encode()
    digest = hashlib.sha256(data).hexdigest()
    (store / "blobs/sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


def with_sbom(slipway, layout, name):
    """An index in the store that lists an image and its SBOM: (index, manifest, SBOM's manifest)."""
    slipway("image", "import", "--name", name, layout)
    store = slipway.store
    manifest = "application/vnd.oci.image.manifest.v1+json"
    index = json.loads((store / "index.json").read_text())
    image = {k: index["manifests"][0][k] for k in ("mediaType", "digest", "size")}
    sbom = put(store, {"schemaVersion": 2, "mediaType": manifest, "artifactType": SPDX,
                       "config": {"mediaType": "application/vnd.oci.empty.v1+json", **put(store, b"{}")},
                       "layers": [{"mediaType": SPDX, **put(store, b'{"a":1}')}], "subject": image})
    whole = put(store, {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
        {**image, "platform": {"os": "linux", "architecture": "amd64"}},
        {"mediaType": manifest, **sbom, "artifactType": SPDX,
         "platform": {"os": "unknown", "architecture": "unknown"}}]})
    index["manifests"][0] |= {"mediaType": "application/vnd.oci.image.index.v1+json", **whole}
    (store / "index.json").write_text(json.dumps(index))
    return whole["digest"], image["digest"], sbom["digest"]


def test_an_sbom_in_the_index_goes_along(slipway, trixie, plain, layout, tmp_path):
    index, image, sbom = with_sbom(slipway, layout, "local/app:v1")
    name = plain.name("sbom/app")
    slipway("image", "push", "local/app:v1", f"{name}:v1")
    slipway("image", "push", "local/app:v1", f"{name}:again")
    assert slipway("image", "referrers", f"{name}@{image}") == f"{sbom} {SPDX}\n"
    tree = good(trixie / "oras", "discover", "--plain-http", f"{name}@{image}")
    assert SPDX in tree and sbom in tree
    one = Slipway(tmp_path / "one")
    one("image", "pull", "--arch", "amd64", f"{name}:v1")
    assert {index, image, sbom} <= one.check().blobs()
    slipway("image", "push", "--arch", "amd64", "local/app:v1", plain.name("sbom/part:v1"))
    assert sbom in slipway("image", "referrers", plain.name("sbom/part:v1"))


def listing(*digests):
    return json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": d, "size": 1, "artifactType": "a/b"}
        for d in digests]}).encode()


def test_the_referrers_api_with_pages(slipway, proxy):
    one, two = ("sha256:" + c * 64 for c in "12")
    proxy.rule("last=1", "serve", listing(two))
    proxy.rule("/referrers/", "serve", listing(one), ("Link", '</v2/test/app/referrers/x?last=1>; rel="next"'))
    assert slipway("image", "referrers", proxy.name("test/app:v1")) == f"{one} a/b\n{two} a/b\n"


def test_pages_have_an_end(slipway, proxy):
    proxy.rule("/referrers/", "serve", listing(), ("Link", '</v2/test/app/referrers/x>; rel="next"'))
    assert "more than 100 pages" in slipway.fails(1, "image", "referrers", proxy.name("test/app:v1"))


def test_a_registry_that_knows_subjects_gets_no_tag(slipway, proxy, plain, layout):
    _, image, _ = with_sbom(slipway, layout, "local/app:v1")
    proxy.rule("/manifests/", "extra", ("OCI-Subject", image), method="PUT")
    slipway("image", "push", "local/app:v1", proxy.name("sbom/knows:v1"))
    assert "sha256-" not in good("skopeo", "list-tags", "--tls-verify=false", f"docker://{plain.name('sbom/knows')}")
