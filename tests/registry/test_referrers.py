"""Signatures and SBOMs: what oras and cosign push is read, and what slipway pushes they find."""

import hashlib
import json
import os
import re
import shutil

import pytest

from conftest import ROOT, SLIPWAY, Slipway, good, manifest_of
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


def attach(trixie, folder, name, digest, text="{}", kind=SPDX):
    (folder / "about.json").write_text(text)
    good(trixie / "oras", "attach", "--plain-http", "--artifact-type", kind, f"{name}@{digest}",
         f"about.json:{kind}", cwd=folder)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_what_oras_attached(slipway, trixie, app, tmp_path):
    name, digest = app
    assert slipway("image", "referrers", f"{name}:v1") == ""
    blob = attach(trixie, tmp_path, name, digest, '{"spdxVersion":"SPDX-2.3"}')
    listed = json.loads(slipway("image", "referrers", "--json", f"{name}:v1"))
    assert [r["artifactType"] for r in listed] == [SPDX]
    assert slipway("image", "referrers", f"{name}@{digest}") == f"{listed[0]['digest']} {SPDX}\n"
    note = attach(trixie, tmp_path, name, digest, "a note", "text/x-note")
    # An SBOM comes along with what it is about, other things when they are asked for.
    other = Slipway(tmp_path / "other")
    other("image", "pull", f"{name}:v1")
    assert {blob, listed[0]["digest"]} <= other.check().blobs() and note not in other.blobs()
    other("image", "pull", "--referrers", f"{name}:v1")
    assert note in other.check().blobs()
    other("image", "gc")
    assert {blob, listed[0]["digest"], note} <= other.check().blobs()
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


SYFT = json.dumps({"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "app",
                   "creationInfo": {"creators": ["Tool: other"], "created": "2026-01-01T00:00:00Z"},
                   "packages": [{"SPDXID": "SPDXRef-p", "name": "left-pad", "versionInfo": "1.3",
                                 "licenseDeclared": "LicenseRef-own"}],
                   "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-own", "name": "own", "extractedText": "x"}],
                   "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                                      "relatedSpdxElement": "SPDXRef-p"}]})


@pytest.fixture
def machine(slipway, plain, tmp_path):
    """A config of images that a registry has: (its path, what its web service is called)."""
    good(ROOT / "tests/cases/make-store", tmp_path / "made")
    source = Slipway(tmp_path / "source")
    shutil.copytree(tmp_path / "made", source.store)
    top = plain.name(f"machine-{tmp_path.name.replace('_', '-')}")
    for image in ("kernel", "init", "web"):
        source("image", "push", f"test/{image}:1", f"{top}/{image}:1")
    path = tmp_path / "os.yml"
    path.write_text(f"""\
arch: amd64
kernel: {{image: "{top}/kernel:1", cmdline: console=ttyS0}}
init: ["{top}/init:1"]
services:
  - name: web
    image: {top}/web:1
""")
    return path, f"{top}/web"


def sbom_of(slipway, config, *words):
    out = slipway.top / "out"
    shutil.rmtree(out, ignore_errors=True)
    slipway("build", *words, "-f", "sbom", "-o", out, config)
    return (out / "os.spdx.json").read_text()


def test_an_sbom_that_a_registry_keeps_is_joined(slipway, trixie, machine, tmp_path):
    config, web = machine
    before = sbom_of(slipway, config)
    digest = slipway.names()[f"{web}:1"]
    blob = attach(trixie, tmp_path, web, digest, SYFT)
    one, two = Slipway(tmp_path / "one"), Slipway(tmp_path / "two")
    text = sbom_of(one, config)
    document = json.loads(text)
    found, = (p for p in document["packages"] if p["name"] == "left-pad")
    assert found["SPDXID"].endswith("-p") and found["SPDXID"] != "SPDXRef-p"
    assert found["licenseDeclared"] == document["hasExtractedLicensingInfos"][0]["licenseId"] != "LicenseRef-own"
    image, = (p["SPDXID"] for p in document["packages"] if p["name"] == f"{web}:1")
    assert {"spdxElementId": image, "relationshipType": "CONTAINS",
            "relatedSpdxElement": found["SPDXID"]} in document["relationships"]
    # The same elsewhere; it comes with the image, lives as long, and is no image.
    assert sbom_of(two, config) == text
    assert "left-pad" not in before and sbom_of(slipway, config) == before
    one("image", "gc")
    one("image", "verify")
    assert blob in one.check().blobs() and sbom_of(one, config, "--offline") == text
    assert len(one.names()) == 3
    one("image", "rm", f"{web}:1")
    one("image", "gc")
    assert blob not in one.blobs()


def test_a_lock_keeps_the_sbom(slipway, trixie, machine, tmp_path):
    config, web = machine
    slipway("image", "pull", "--arch", "amd64", f"{web}:1")
    attach(trixie, tmp_path, web, slipway.names()[f"{web}:1"], SYFT)
    one, two = Slipway(tmp_path / "one"), Slipway(tmp_path / "two")
    text = sbom_of(one, config)
    one("lock", config)
    assert sbom_of(one, config, "--locked") == sbom_of(two, config, "--locked")
    assert "left-pad" in text and "left-pad" in sbom_of(two, config, "--locked", "--offline")
    # The lock says which: one that came later is left out, and one that did not come is missed.
    attach(trixie, tmp_path, web, slipway.names()[f"{web}:1"], SYFT.replace("left-pad", "right-pad"))
    late = Slipway(tmp_path / "late")
    assert sbom_of(late, config, "--locked") == text
    sbom = re.search("    sboms:\n      - (sha256:.*)\n", (tmp_path / "os.lock").read_text()).group(1)
    for image in ("kernel", "init"):
        slipway("image", "pull", "--arch", "amd64", web.replace("web", f"{image}:1"))
    words = ["build", "--locked", "--offline", "-f", "sbom,tar", "-o", tmp_path / "none", config]
    assert f"has the bill of materials {sbom}, which the store lacks" in slipway.fails(4, *words)
    assert not list((tmp_path / "none").glob("*"))
    slipway("image", "pull", "--arch", "amd64", "--referrers", f"{web}:1")
    assert sbom_of(slipway, config, "--locked", "--offline") == text
    # Until it is renewed.
    late("lock", "--update", config)
    assert "right-pad" in sbom_of(late, config, "--locked", "--offline")
    one("lock", "--update", "--offline", config)
    # A bundle brings it along.
    good(SLIPWAY, "bundle", "os.yml", "-o", "os.bundle.tar", env=one.env, cwd=tmp_path)
    three = Slipway(tmp_path / "three")
    three("bundle", "import", tmp_path / "os.bundle.tar", "-o", tmp_path / "there")
    there = next((tmp_path / "there").rglob("os.yml"))
    assert sbom_of(three, there, "--locked", "--offline") == sbom_of(two, config, "--locked")


@pytest.mark.parametrize("text", ["{}", "[", json.dumps({"spdxVersion": "SPDX-2.3", "packages": [{}]})])
def test_an_sbom_that_nobody_understands_is_left_out(slipway, trixie, machine, tmp_path, text):
    config, web = machine
    slipway("image", "pull", "--arch", "amd64", f"{web}:1")
    attach(trixie, tmp_path, web, slipway.names()[f"{web}:1"], text)
    done = Slipway(tmp_path / "one").run("build", "-f", "sbom", "-o", tmp_path / "out", config)
    assert done.returncode == 0 and "it is left out" in done.stderr


def test_what_is_there_is_not_asked_about_again(slipway, proxy):
    slipway("image", "pull", proxy.name("test/app:v1"))
    assert proxy.asked("/referrers/")
    proxy.seen.clear()
    slipway("image", "pull", proxy.name("test/app:v1"))
    assert [path for _, path, _ in proxy.seen if path != "/v2/"] == ["/v2/test/app/manifests/v1"]


def test_a_list_that_cannot_be_had_keeps_no_image_back(slipway, proxy, layout):
    proxy.rule("/referrers/", "status", 403)
    done = slipway.run("image", "pull", proxy.name("test/app:v1"))
    assert done.returncode == 0 and "no \"application/spdx+json\" comes along" in done.stderr
    assert manifest_of(layout)[0] in slipway.check().blobs()


def test_an_sbom_that_is_too_large_does_not_come(slipway, proxy, layout):
    image, manifest = manifest_of(layout)
    about = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "artifactType": SPDX,
        "config": manifest["config"], "layers": [{"mediaType": SPDX, "digest": "sha256:" + "1" * 64, "size": 1 << 36}],
        "subject": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image, "size": 1}}).encode()
    digest = f"sha256:{hashlib.sha256(about).hexdigest()}"
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": len(about),
             "artifactType": SPDX}
    proxy.rule("/referrers/", "serve", json.dumps({"manifests": [entry]}).encode())
    proxy.rule(digest, "serve", about, ("Content-Type", "application/vnd.oci.image.manifest.v1+json"))
    done = slipway.run("image", "pull", proxy.name("test/app:v1"))
    assert done.returncode == 0 and "at most 33554432 are taken" in done.stderr
    assert image in slipway.check().blobs() and digest not in slipway.blobs()


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
