"""What is kept, what is collected, and what is told of a store that was damaged."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from oci_layout import OCI, Layout, tar_of  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"
EMPTY = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": "sha256:" + "4" * 64, "size": 2}


class Store:
    def __init__(self, path):
        self.path = path
        self.env = os.environ | {"SLIPWAY_STORE": str(path)}

    def run(self, *words):
        return subprocess.run([SLIPWAY, *map(str, words)], env=self.env, capture_output=True, text=True,
                              timeout=120, check=False)

    def good(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def start(self, *words, **more):
        return subprocess.Popen([SLIPWAY, *map(str, words)], env=self.env, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, **more)

    def fails(self, status, *words):
        done = self.run(*words)
        assert done.returncode == status, done.stderr
        return done.stderr

    def gc(self, *words):
        return json.loads(self.good("image", "gc", "--json", *words))

    def verify(self):
        return json.loads(self.good("image", "verify", "--json"))

    def blobs(self):
        return {p.name for p in (self.path / "blobs/sha256").iterdir()}

    def blob(self, digest):
        return self.path / "blobs" / digest.replace(":", "/")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "layout")


def one_image(layout, word, name, **more):
    return layout.add(layout.manifest([tar_of({"etc/word": word.encode() * 1000})], **more), name)


def config_file(tmp_path, image):
    path = tmp_path / "os.yml"
    path.write_text(f"kernel: {{image: {image}}}\ninit: [{image}]\n")
    return path


def test_nothing_that_a_name_leads_to_is_collected(store, layout):
    multi = layout.index([layout.manifest([tar_of({"a": arch.encode()})], arch=arch) for arch in ("amd64", "arm64")])
    layout.add(layout.index([multi]), "slipway/deep:1")
    one_image(layout, "one", "slipway/one:1")
    store.good("image", "import", layout.path)
    before = store.blobs()
    assert len(before) == 2 + 2 * 3 + 3
    assert store.gc() == {"garbage": [], "bytes": 0, "removed": True}
    assert store.blobs() == before
    store.good("image", "rm", "slipway/one:1")
    assert len(store.gc("--dry-run")["garbage"]) == 3
    assert store.blobs() == before
    done = store.gc()
    assert [g["kind"] for g in done["garbage"]] == ["blob"] * 3
    assert done["bytes"] == sum(g["size"] for g in done["garbage"]) > 4000
    assert len(store.blobs()) == len(before) - 3
    assert store.verify()["problems"] == 0


def test_what_two_images_share_stays(store, layout):
    base = tar_of({"base": b"x" * 5000})
    layout.add(layout.manifest([base, tar_of({"one": b"1"})]), "slipway/one:1")
    layout.add(layout.manifest([base, tar_of({"two": b"2"})]), "slipway/two:1")
    store.good("image", "import", layout.path)
    store.good("image", "rm", "slipway/one:1")
    assert len(store.gc()["garbage"]) == 3
    store.good("image", "export", "slipway/two:1", store.path.parent / "out.tar")
    store.good("image", "rm", "slipway/two:1")
    assert len(store.gc()["garbage"]) == 4
    assert store.blobs() == set()


def put_referrer(store, subject, text, named=None):
    """An SBOM as another tool puts it into a layout: an entry of index.json, or no entry at all."""
    made = Layout(store.path.parent / ("referrer-" + text))
    entry = made.blob({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "artifactType": "text/spdx",
                       "config": made.blob(b"{}", "application/vnd.oci.empty.v1+json"),
                       "layers": [made.blob(text.encode(), "text/spdx")], "subject": subject},
                      OCI + "manifest.v1+json")
    for blob in (made.path / "blobs/sha256").iterdir():
        (store.path / "blobs/sha256" / blob.name).write_bytes(blob.read_bytes())
    if named is not None:
        top = json.loads((store.path / "index.json").read_text())
        top["manifests"].append(entry | ({"annotations": {"org.opencontainers.image.ref.name": named}} if named else {}))
        (store.path / "index.json").write_text(json.dumps(top))
    return entry


def test_referrers_live_as_long_as_their_subject(store, layout):
    one = one_image(layout, "one", "slipway/one:1")
    two = one_image(layout, "two", "slipway/two:1")
    store.good("image", "import", layout.path)
    sbom = put_referrer(store, one, "sbom", named="")
    signature = put_referrer(store, sbom, "signature of the sbom")
    put_referrer(store, two, "other", named="")
    put_referrer(store, {"mediaType": OCI + "manifest.v1+json", "digest": "sha256:" + "0" * 64, "size": 1}, "stray")
    assert len(store.gc()["garbage"]) == 2, "the stray one, and what it holds"
    assert store.blob(sbom["digest"]).exists() and store.blob(signature["digest"]).exists()
    assert store.verify()["problems"] == 0
    store.good("image", "rm", "slipway/one:1")
    # The empty config is still the other's.
    assert len(store.gc()["garbage"]) == 3 + 2 + 2
    assert not store.blob(sbom["digest"]).exists()
    digests = [m["digest"] for m in json.loads((store.path / "index.json").read_text())["manifests"]]
    assert sbom["digest"] not in digests and len(digests) == 2
    assert store.verify()["problems"] == 0


def test_entries_without_a_name_stay(store, layout):
    store.good("image", "ls")
    entry = put_referrer(store, None, "no subject at all", named="")
    assert store.gc()["garbage"] == []
    assert store.blob(entry["digest"]).exists()


def test_a_damaged_manifest_stops_the_collector(store, layout):
    one = one_image(layout, "one", "slipway/one:1")
    store.good("image", "import", layout.path)
    blob = store.blob(one["digest"])
    blob.write_bytes(blob.read_bytes().replace(b"layers", b"Layers"))
    before = store.blobs()
    assert "is damaged, so it is not known what it needs" in store.fails(4, "image", "gc")
    assert store.blobs() == before


def test_partial_blobs_and_foreign_files(store, layout):
    one_image(layout, "one", "slipway/one:1")
    store.good("image", "import", layout.path)
    (store.path / "partial").mkdir()
    (store.path / "partial" / ("sha256:" + "1" * 64)).write_text("half")
    (store.path / "blobs/sha256/notes.txt").write_text("mine")
    assert [g["kind"] for g in store.gc()["garbage"]] == ["partial"]
    assert (store.path / "blobs/sha256/notes.txt").exists()
    assert "is no blob: its name is no digest" in store.fails(4, "image", "verify")


@pytest.mark.parametrize("damage", ["flip", "cut", "longer", "gone", "folder", "empty"])
@pytest.mark.parametrize("which", ["manifest", "config", "layer"])
def test_verify_names_what_is_wrong(store, layout, damage, which):
    entry = one_image(layout, "one", "slipway/one:1")
    store.good("image", "import", layout.path)
    assert store.verify() == {"blobs": 3, "bytes": sum(p.stat().st_size for p in store.blob("sha256:").iterdir()),
                              "unpacked": 0, "problems": 0}
    manifest = json.loads(store.blob(entry["digest"]).read_text())
    digest = {"manifest": entry, "config": manifest["config"], "layer": manifest["layers"][0]}[which]["digest"]
    path = store.blob(digest)
    text = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "gone":
        path.write_bytes({"flip": text[:40] + bytes([text[40] ^ 1]) + text[41:], "cut": text[:-1],
                          "longer": text + b" ", "empty": b""}[damage])
    said = store.fails(4, "image", "verify")
    assert said.count("error:") == 1, said
    assert digest.split(":")[1] in said
    assert "get the image again" in said or "import the image again" in said
    if damage == "folder":
        path.rmdir()
    # What the hint says mends it.
    path.unlink(missing_ok=True)
    store.good("image", "import", layout.path)
    assert store.verify()["problems"] == 0


def test_verify_checks_unpacked_layers(store, layout, tmp_path):
    tar = tar_of({"kernel": b"K" * 300000, "etc/word": b"word" * 1000, "empty": b""})
    layout.add(layout.manifest([tar]), "slipway/one:1")
    store.good("image", "import", layout.path)
    store.run("tree", config_file(tmp_path, "slipway/one:1"))
    unpacked = store.path / "unpacked/sha256"
    assert store.verify()["unpacked"] == 304000
    pack, index = next(unpacked.glob("*.pack")), next(unpacked.glob("*.index"))
    for path, at in ((pack, 10), (pack, 303999), (index, 8), (index, 200)):
        whole = path.read_bytes()
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        said = store.fails(4, "image", "verify")
        assert f"the unpacked layer {pack.stem} is damaged" in said and f'remove "{index}"' in said
        path.write_bytes(whole[:-1])
        store.fails(4, "image", "verify")
        path.write_bytes(whole)
    assert store.verify()["problems"] == 0
    index.unlink()
    assert store.verify()["unpacked"] == 0, "half of one is none"
    store.good("image", "rm", "slipway/one:1")
    assert sorted(g["kind"] for g in store.gc()["garbage"]) == ["blob"] * 3 + ["unpacked"]
    assert not pack.exists()
    assert "it has" not in store.fails(1, "image", "inspect", "slipway/one:1")


def test_verify_needs_what_manifests_name(store, layout):
    made = Layout(store.path.parent / "made")
    lying = made.blob({"schemaVersion": 2, "config": EMPTY, "layers": "none"}, OCI + "manifest.v1+json")
    store.good("image", "ls")
    for blob in (made.path / "blobs/sha256").iterdir():
        (store.path / "blobs/sha256" / blob.name).write_bytes(blob.read_bytes())
    (store.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [lying]}))
    assert '"layers"' in store.fails(4, "image", "verify")
    (store.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [lying | {"size": 7}]}))
    assert "its descriptor says 7" in store.fails(4, "image", "verify")


def test_umoci_and_skopeo_read_the_store(store, layout):
    one_image(layout, "one", "slipway/one:1")
    store.good("image", "import", layout.path)
    listed = subprocess.run(["umoci", "ls", "--layout", store.path], capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["slipway/one:1"]
    subprocess.run(["skopeo", "inspect", f"oci:{store.path}:slipway/one:1"], capture_output=True, check=True)


def test_a_hundred_imports_while_garbage_is_collected(store, tmp_path):
    """Names come and go, blobs are shared, and no name ever leads to less than all of its image."""
    layouts = []
    for i in range(10):
        layouts.append(Layout(tmp_path / f"layout{i}"))
        layouts[i].add(layouts[i].manifest([tar_of({"base": b"base" * 50000}), tar_of({"own": bytes([i]) * 30000})]))
    store.good("image", "ls")
    stop = tmp_path / "stop"
    script = 'n=0; while [ ! -e "$1" ]; do "$0" image gc >/dev/null || exit 1; n=$((n+1)); done; echo $n'
    collector = subprocess.Popen(["sh", "-c", script, SLIPWAY, stop], env=store.env, stdout=subprocess.PIPE, text=True)
    jobs = [store.start("image", "import", "--name", f"slipway/n{i}:1", layouts[i % 10].path) for i in range(100)]
    for i, job in enumerate(jobs):
        assert job.wait(timeout=300) == 0, job.stderr.read()
        if i % 3 == 0:
            store.good("image", "rm", f"slipway/n{i}:1")
    stop.touch()
    rounds, _ = collector.communicate(timeout=120)
    assert collector.returncode == 0 and int(rounds) > 1
    names = {i["name"] for i in json.loads(store.good("image", "ls", "--json"))}
    assert names == {f"slipway/n{i}:1" for i in range(100) if i % 3}
    assert store.verify() | {"bytes": 0} == {"blobs": 1 + 10 * 3, "bytes": 0, "unpacked": 0, "problems": 0}
    store.good("image", "rm", *names)
    store.gc()
    assert store.blobs() == set()
