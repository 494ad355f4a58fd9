"""Layouts that other tools wrote come in, what we write goes out to them, and bad ones are refused."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"


def run(*words, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120, **options)


def good(*words, **options):
    done = run(*words, **options)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


class Store:
    def __init__(self, path):
        self.path = path

    def __call__(self, *words):
        return good(SLIPWAY, "image", *words, env=os.environ | {"SLIPWAY_STORE": str(self.path)})

    def fails(self, status, *words):
        done = run(SLIPWAY, "image", *words, env=os.environ | {"SLIPWAY_STORE": str(self.path)})
        assert done.returncode == status, done.stderr
        return done.stderr

    def inspect(self, name, *more):
        return json.loads(self("inspect", "--json", *more, name))

    def names(self):
        return {i["name"] for i in json.loads(self("ls", "--json"))}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture(scope="session")
def rootfs(tmp_path_factory):
    top = tmp_path_factory.mktemp("rootfs")
    (top / "bin").mkdir()
    (top / "bin/tool").write_text("#!/bin/sh\n")
    os.link(top / "bin/tool", top / "bin/same")
    os.symlink("tool", top / "bin/link")
    (top / "etc").mkdir()
    (top / "etc/gone").write_text("x")
    return top


@pytest.fixture(scope="session")
def umoci(tmp_path_factory, rootfs):
    """Three layers, a whiteout among them, tagged v1."""
    layout = tmp_path_factory.mktemp("umoci") / "layout"
    good("umoci", "init", "--layout", layout)
    good("umoci", "new", "--image", f"{layout}:v1")
    good("umoci", "insert", "--rootless", "--image", f"{layout}:v1", rootfs, "/")
    good("umoci", "insert", "--rootless", "--image", f"{layout}:v1", "--whiteout", "/etc/gone")
    good("umoci", "config", "--image", f"{layout}:v1", "--config.cmd", "/bin/tool", "--config.label", "a=b")
    good("umoci", "gc", "--layout", layout)
    return layout


@pytest.fixture(scope="session")
def buildah(tmp_path_factory, rootfs):
    """An index for two architectures."""
    top = tmp_path_factory.mktemp("buildah")
    (top / "Dockerfile").write_text("FROM scratch\nCOPY bin /bin\n")
    tool = ["buildah", "--root", top / "s", "--runroot", top / "r", "--storage-driver", "vfs"]
    for arch in ("amd64", "arm64"):
        good(*tool, "bud", "-q", "--isolation", "chroot", "--arch", arch, "--manifest", "multi",
             "-f", top / "Dockerfile", rootfs)
    good(*tool, "manifest", "push", "-q", "--all", "multi", f"oci:{top}/layout:multi")
    return top / "layout"


def test_umoci_folder(store, umoci):
    store("import", "--name", "slipway/thing", umoci)
    assert "slipway/thing:v1" in store.names()
    image = store.inspect("slipway/thing:v1")
    assert image["cmd"] == ["/bin/tool"] and image["labels"] == {"a": "b"}
    assert len(image["layers"]) == 2


@pytest.mark.parametrize("packed", ["plain", "gzip", "zstd"])
def test_skopeo_archive(store, umoci, tmp_path, packed):
    tar = tmp_path / "a.tar"
    good("skopeo", "copy", "-q", f"oci:{umoci}:v1", f"oci-archive:{tar}:quay.io/my/thing:3")
    if packed != "plain":
        good("gzip" if packed == "gzip" else "zstd", "-q", tar)
        tar = next(tmp_path.glob("a.tar.*"))
    store("import", tar)
    assert store.names() == {"quay.io/my/thing:3"}
    assert store.inspect("quay.io/my/thing:3")["cmd"] == ["/bin/tool"]


def test_docker_archive(store, umoci, tmp_path):
    good("skopeo", "copy", "-q", f"oci:{umoci}:v1", f"docker-archive:{tmp_path}/d.tar:thing:1")
    store("import", tmp_path / "d.tar")
    assert store.inspect("thing:1")["name"] == "thing:1"
    assert store.names() == {"docker.io/library/thing:1"}


def test_two_architectures(store, buildah):
    store("import", "--name", "slipway/multi", buildah)
    name = store.names().pop()
    seen = {store.inspect(name, "--arch", a)["arch"] for a in ("amd64", "arm64")}
    assert seen == {"amd64", "arm64"}
    assert "it has linux/amd64, linux/arm64" in store.fails(1, "inspect", "--arch", "riscv64", name)


def test_an_index_with_parts_missing(store, buildah, tmp_path):
    layout = tmp_path / "sparse"
    shutil.copytree(buildah, layout)
    top = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"].split(":")[1]
    arm = json.loads((layout / "blobs/sha256" / top).read_text())["manifests"][1]["digest"].split(":")[1]
    (layout / "blobs/sha256" / arm).unlink()
    store("import", "--name", "slipway/multi", layout)
    name = store.names().pop()
    assert store.inspect(name, "--arch", "amd64")["arch"] == "amd64"
    assert "came without its parts for linux/arm64" in store.fails(1, "inspect", "--arch", "arm64", name)
    store("export", name, tmp_path / "out.tar")


def test_export_is_read_by_others(store, umoci, tmp_path):
    store("import", "--name", "slipway/thing", umoci)
    store("export", "slipway/thing:v1", tmp_path / "a.tar")
    store("export", "slipway/thing:v1", tmp_path / "b.tar")
    store("export", "slipway/thing:v1", tmp_path / "folder")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    was = good("skopeo", "inspect", "--raw", f"oci:{umoci}:v1")
    assert good("skopeo", "inspect", "--raw", f"oci-archive:{tmp_path}/a.tar") == was
    assert good("skopeo", "inspect", "--raw", f"oci:{tmp_path}/folder:v1") == was
    assert good("skopeo", "inspect", "--raw", f"oci:{store.path}:slipway/thing:v1") == was
    good("umoci", "unpack", "--rootless", "--image", f"{tmp_path}/folder:v1", tmp_path / "bundle")
    assert (tmp_path / "bundle/rootfs/bin/link").readlink() == Path("tool")
    assert not (tmp_path / "bundle/rootfs/etc/gone").exists()
    assert "exists already" in store.fails(1, "export", "slipway/thing:v1", tmp_path / "folder")
    again = Store(tmp_path / "again")
    again("import", tmp_path / "a.tar")
    assert again.names() == {"slipway/thing:v1"}


def test_a_damaged_blob_is_refused(store, umoci, tmp_path):
    layout = tmp_path / "bad"
    shutil.copytree(umoci, layout)
    store("import", umoci)
    digest = store.inspect(store.names().pop())["layers"][0]["digest"]
    layer = layout / "blobs/sha256" / digest.split(":")[1]
    store = Store(tmp_path / "fresh")
    text = bytearray(layer.read_bytes())
    text[-1] ^= 1
    layer.chmod(0o644)
    layer.write_bytes(text)
    assert "a blob that is to be" in store.fails(4, "import", layout)
    layer.write_bytes(text[:-1])
    assert "its descriptor says" in store.fails(4, "import", layout)
    assert store.names() == set()
    assert list((store.path / "tmp").iterdir()) == []


def test_a_cut_archive_is_refused(store, umoci, tmp_path):
    tar = tmp_path / "a.tar"
    good("skopeo", "copy", "-q", f"oci:{umoci}:v1", f"oci-archive:{tar}:x:1")
    whole = tar.read_bytes()
    tar.write_bytes(whole[:1000])
    assert "cut off" in store.fails(1, "import", tar)
    tar.write_bytes(gzip.compress(whole)[:-20])
    assert "cut off" in store.fails(1, "import", tar)
    assert store.names() == set()


def test_what_is_no_layout(store, tmp_path):
    assert 'there is no "' in store.fails(1, "import", tmp_path / "nothing")
    (tmp_path / "text").write_text("hello\n" * 200)
    store.fails(1, "import", tmp_path / "text")
    (tmp_path / "folder").mkdir()
    assert "is no OCI image layout" in store.fails(1, "import", tmp_path / "folder")


def test_many_imports_at_once(store, umoci, tmp_path):
    env = os.environ | {"SLIPWAY_STORE": str(store.path)}
    jobs = [subprocess.Popen([SLIPWAY, "image", "import", "--name", f"slipway/n{i}", umoci], env=env,
                             stdout=subprocess.DEVNULL) for i in range(12)]
    assert [j.wait(timeout=120) for j in jobs] == [0] * 12
    assert store.names() == {f"slipway/n{i}:v1" for i in range(12)}
    for blob in (store.path / "blobs/sha256").iterdir():
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
