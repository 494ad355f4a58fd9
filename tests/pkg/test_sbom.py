"""Bills of materials: of every image, and of a machine; whole, true, and the same bytes every time."""

import json
import os
import subprocess
from pathlib import Path

import pytest

import spdx
from test_packages import FOLDERS, ROOT, STORE, Image, image_name

TYPE = "application/spdx+json"


def bill(image):
    """The document that refers to an image's manifest."""
    for entry in image.index["manifests"]:
        if entry.get("artifactType") != TYPE:
            continue
        manifest = json.loads(image.blob(entry["digest"]))
        assert manifest["artifactType"] == TYPE
        assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
        if manifest["subject"]["digest"] == image.digest:
            return json.loads(image.blob(manifest["layers"][0]["digest"]))
    raise AssertionError("nothing refers to the image")


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_image_has_one(folder, arch):
    image = Image(STORE, f"slipway/{image_name(folder)}:latest", arch)
    parts = spdx.validate(bill(image))
    root = parts[f"slipway/{image_name(folder)}"]
    assert "sha256:" + root["checksums"][0]["checksumValue"] == image.digest
    for line in filter(None, image.labels.get("io.slipway.debian", "").split("\n")):
        name, version, _, digest = line.split(" ")
        assert parts[name]["versionInfo"] == version
        assert "sha256:" + parts[name]["checksums"][0]["checksumValue"] == digest
        assert parts[name]["supplier"] == "Organization: Debian" and parts[name]["originator"]
        assert parts[name]["sourceInfo"].startswith("built from the Debian source package ")
        assert parts[name]["licenseDeclared"] != "NOASSERTION"


def test_programs_say_what_is_linked():
    doc = bill(Image(STORE, "slipway/system-runtime:latest"))
    names = {p["SPDXID"]: p["name"] for p in doc["packages"]}
    linked = {(names[r["spdxElementId"]], names[r["relatedSpdxElement"]]) for r in doc["relationships"]
              if r["relationshipType"] == "STATIC_LINK"}
    assert {("system-runtime", "musl"), ("system-runtime", "yyjson"), ("system-runtime", "libseccomp"),
            ("svc", "musl"), ("svc", "yyjson")} <= linked
    busybox = spdx.validate(bill(Image(STORE, "slipway/busybox:latest")))
    assert busybox["busybox"]["sourceInfo"].startswith("compiled for musl from the Debian source package busybox ")
    assert busybox["musl-dev"]["versionInfo"]


def build(out, *words):
    done = subprocess.run([ROOT / "build/bin/slipway", "build", "-o", out, *words, ROOT / "examples/minimal.yml"],
                          env=dict(os.environ, SLIPWAY_STORE=str(STORE)), capture_output=True, text=True, timeout=300,
                          check=False)
    assert done.returncode == 0, done.stderr
    return Path(out)


def in_image(folder):
    return subprocess.run(["tar", "-xOf", folder / "minimal.tar", "usr/share/sbom/os.spdx.json"], capture_output=True,
                          check=False).stdout


def test_a_machine_has_one(tmp_path):
    """Joined from its images, the same as a file and in the image, the same twice; small."""
    folder = build(tmp_path / "a", "-f", "sbom,tar,kernel+initrd")
    text = (folder / "minimal.spdx.json").read_bytes()
    parts = spdx.validate(json.loads(text))
    assert {"slipway/init", "slipway/system-runtime", "slipway/getty", "slipway/ntp", "busybox", "chrony",
            "libseccomp"} <= set(parts)
    assert in_image(folder) == text
    again = build(tmp_path / "b", "-f", "sbom")
    assert (again / "minimal.spdx.json").read_bytes() == text
    without = build(tmp_path / "c", "-f", "tar,kernel+initrd", "--no-sbom")
    assert in_image(without) == b""
    size = (folder / "minimal-initrd.img").stat().st_size
    assert size - (without / "minimal-initrd.img").stat().st_size < size * 0.02
