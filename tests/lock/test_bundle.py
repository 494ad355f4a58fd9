"""A bundle carries a locked config to a machine without a network; a bad one changes nothing there."""

import hashlib
import json
import shutil
import tarfile

import pytest

from conftest import CONFIG, Machine


def everything(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_bundle_builds_the_same_bytes(locked, bundle, tmp_path):
    two = Machine(tmp_path / "two")
    assert two("bundle", "import", bundle).split() == ["./os.yml", "./os.lock"]
    assert two.image() == locked.image()
    # A file that is in its place counts, and drifts.
    (two.path / "motd").write_text("other\n")
    assert 'the file "motd" drifted' in two.fails(4, "build", "--locked", "os.yml")


def test_bundle_is_the_same_each_time(locked, bundle):
    locked("bundle", "-o", "again.tar", "os.yml")
    assert (locked.path / "again.tar").read_bytes() == bundle.read_bytes()


def test_bundle_with_includes(one, tmp_path):
    (one.path / "parts").mkdir()
    (one.path / "parts/base.yml").write_text(CONFIG)
    (one.path / "profile.json").rename(one.path / "parts/profile.json")
    (one.path / "os.yml").write_text("slipway: 1\ninclude: [parts/base.yml]\n")
    one("lock", "os.yml")
    one("bundle", "os.yml")
    two = Machine(tmp_path / "two")
    two("bundle", "import", "-o", "in", one.path / "os.bundle.tar")
    two.path = two.path / "in"
    assert everything(two.path) == ["os.lock", "os.yml", "parts", "parts/base.yml"]
    assert two.image() == one.image()


def test_bundle_needs_a_current_lock(one):
    assert 'there is no lock "os.lock"' in one.fails(4, "bundle", "os.yml")
    one("lock", "os.yml")
    (one.path / "motd").write_text("changed\n")
    assert 'the file "motd" drifted' in one.fails(4, "bundle", "os.yml")
    assert not (one.path / "os.bundle.tar").exists()


def test_import_replaces_nothing(locked, bundle):
    before = everything(locked.store)
    assert '"./os.yml" exists already' in locked.fails(1, "bundle", "import", bundle)
    assert everything(locked.store) == before


def refused(bundle, tmp_path, status=(1, 4)):
    """Neither the store nor the folder has changed."""
    m = Machine(tmp_path / "victim")
    m("image", "ls")
    before = everything(m.store)
    done = m.run("bundle", "import", bundle)
    assert done.returncode in status, done.stderr
    assert everything(m.store) == before and everything(m.path) == [], done.stderr
    shutil.rmtree(tmp_path / "victim")
    return done.stderr


def test_truncated_bundles(bundle, tmp_path):
    data = bundle.read_bytes()
    cut = tmp_path / "cut.tar"
    for at in 0, 100, 512, 1500, len(data) // 3, len(data) // 2, len(data) - 3000:
        cut.write_bytes(data[:at])
        refused(cut, tmp_path)


def test_damaged_bundles(bundle, tmp_path):
    bad = tmp_path / "bad.tar"
    with tarfile.open(bundle) as tar:
        members = [m for m in tar.getmembers() if m.name.startswith("blobs/") and m.isfile()]
    assert len(members) > 8
    for m in members:
        data = bytearray(bundle.read_bytes())
        data[m.offset_data + m.size // 2] ^= 1
        bad.write_bytes(data)
        refused(bad, tmp_path)


def rewrite(bundle, to, change):
    """The bundle with its parts changed by change(blobs, artefact, index), digests made right again."""
    blobs = {}
    with tarfile.open(bundle) as tar:
        for m in tar.getmembers():
            if m.isfile():
                blobs[m.name.split("/")[-1]] = tar.extractfile(m).read()
    root = json.loads(blobs["index.json"])["manifests"][0]
    index = json.loads(blobs[root["digest"][7:]])
    artefact = json.loads(blobs[index["manifests"][0]["digest"][7:]])

    def put(data):
        name = hashlib.sha256(data).hexdigest()
        blobs[name] = data
        return {"digest": f"sha256:{name}", "size": len(data)}

    change(blobs, artefact, index, put)
    if index["manifests"]:
        index["manifests"][0].update(put(json.dumps(artefact).encode()))
    root.update(put(json.dumps(index).encode()))
    blobs["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [root]}).encode()
    work = to.with_suffix(".dir")
    (work / "blobs/sha256").mkdir(parents=True)
    for name, data in blobs.items():
        (work / ("blobs/sha256" if len(name) == 64 else ".") / name).write_bytes(data)
    with tarfile.open(to, "w") as tar:
        for p in sorted(work.rglob("*")):
            tar.add(p, p.relative_to(work))
    shutil.rmtree(work)
    return to


def layer(artefact, kind):
    return next(l for l in artefact["layers"] if kind in l["mediaType"])


@pytest.mark.parametrize("title", ["../os.yml", "/etc/os.yml", "a/../../os.yml", ".ssh/config", "a//b", "a/", "a\nb", ""])
def test_hostile_paths(bundle, tmp_path, title):
    def change(blobs, artefact, index, put):
        layer(artefact, ".config.")["annotations"]["org.opencontainers.image.title"] = title
    err = refused(rewrite(bundle, tmp_path / "x.tar", change), tmp_path, (1,))
    assert "outside of the folder" in err


def test_hostile_contents(bundle, tmp_path):
    def no_lock(blobs, artefact, index, put):
        artefact["layers"].remove(layer(artefact, ".lock."))

    def two_locks(blobs, artefact, index, put):
        artefact["layers"].append(layer(artefact, ".lock."))

    def no_image(blobs, artefact, index, put):
        index["manifests"].pop()

    def no_file(blobs, artefact, index, put):
        artefact["layers"].remove(layer(artefact, ".file."))

    def other_type(blobs, artefact, index, put):
        artefact["artifactType"] = "application/x"

    def unknown_layer(blobs, artefact, index, put):
        layer(artefact, ".file.")["mediaType"] = "text/plain"

    def nothing(blobs, artefact, index, put):
        index["manifests"].clear()

    def bad_lock(blobs, artefact, index, put):
        layer(artefact, ".lock.").update(put(b"lock: 1\nplan: [\n"))

    def gone_layer(blobs, artefact, index, put):
        image = json.loads(blobs[index["manifests"][1]["digest"][7:]])
        del blobs[image["layers"][0]["digest"][7:]]

    def not_json(blobs, artefact, index, put):
        index["manifests"][1].update(put(b"[" * 100000))

    cases = {no_lock: "it has no lock", two_locks: "it has two locks", no_image: "it lacks the image",
             no_file: "it lacks the file", other_type: "it has only images", unknown_layer: "is not known",
             nothing: "it is empty", bad_lock: "os.lock:", gone_layer: "is not whole", not_json: ""}
    for change, text in cases.items():
        err = refused(rewrite(bundle, tmp_path / f"{change.__name__}.tar", change), tmp_path)
        assert text in err, (change.__name__, err)


def test_an_image_is_no_bundle(one, tmp_path):
    one("image", "export", "test/tools:1", "image.tar")
    assert "is no bundle" in refused(one.path / "image.tar", tmp_path)
    (one.path / "text.tar").write_text("hello\n")
    refused(one.path / "text.tar", tmp_path)
