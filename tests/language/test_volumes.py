"""Volumes that hold an image as an OCI layout, read by another tool; roots that do not fit the memory."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import tarfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"
loader = importlib.machinery.SourceFileLoader("make_store", str(ROOT / "tests/cases/make-store"))
make_store = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_store", loader))


def slipway(top, *words, status=0):
    env = {**os.environ, "SLIPWAY_STORE": str(top / "store"), "SLIPWAY_OFFLINE": "1"}
    done = subprocess.run([SLIPWAY, *words], cwd=top, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stderr
    return done


def parts(index):
    return [(m["platform"]["architecture"], m["digest"]) for m in index["manifests"]]


@pytest.fixture
def top(tmp_path, monkeypatch):
    """A store with test/multi:1 for two architectures, and a kernel and an init of ours."""
    monkeypatch.setattr("sys.argv", ["make-store", str(tmp_path / "store")])
    loader.exec_module(make_store)  # makes the store of the golden cases
    store = make_store.Store.__new__(make_store.Store)
    store.folder = tmp_path / "store"
    index = json.loads((store.folder / "index.json").read_text())
    store.manifests = index["manifests"]
    entries = []
    for arch in "amd64", "arm64":
        layer = store.blob(make_store.tar([("bin/app", f"for {arch}", 0o755)]), "layer.v1.tar")
        config = {"architecture": arch, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": store.blob(json.dumps(config).encode(), "config.v1+json"), "layers": [layer]}
        entry = store.blob(json.dumps(manifest).encode(), "manifest.v1+json")
        entries.append({**entry, "platform": {"architecture": arch, "os": "linux"}})
    text = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}
    whole = store.blob(json.dumps(text).encode(), "index.v1+json")
    store.manifests.append({**whole, "annotations": {"org.opencontainers.image.ref.name": "docker.io/test/multi:1"}})
    store.done()
    return tmp_path


def layout(top, platforms):
    line = f", platforms: [{platforms}]" if platforms else ""
    (top / "os.yml").write_text(f'arch: amd64\nvolumes:\n  - {{name: v, image: "test/multi:1", format: oci{line}}}\n')
    slipway(top, "build", "-f", "tar", "-o", top, "os.yml")
    with tarfile.open(top / "os.tar") as tar:
        tar.extractall(top / "out")
    return top / "out/containers/volumes/v/lower"


def raw(folder):
    done = subprocess.run(["skopeo", "inspect", "--raw", f"oci:{folder}:1"], capture_output=True, timeout=120, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("platforms, want", [("", ["amd64"]), ("linux/arm64", ["arm64"]), ("linux/amd64, linux/amd64", ["amd64"])])
def test_one_platform(platforms, want, top):
    folder = layout(top, platforms)
    subprocess.run(["skopeo", "copy", "--override-arch", want[0], f"oci:{folder}:1", f"oci:{top}/copy:1"],
                   capture_output=True, timeout=120, check=True)
    assert "layers" in raw(folder)
    index = json.loads((folder / "index.json").read_text())
    assert [arch for arch, _ in parts(index)] == want
    assert index["manifests"][0]["annotations"]["io.containerd.image.name"] == "docker.io/test/multi:1"
    assert len(list((folder / "blobs/sha256").iterdir())) == 3


def test_two_platforms(top):
    folder = layout(top, "linux/arm64, linux/amd64")
    subprocess.run(["skopeo", "copy", "--all", f"oci:{folder}:1", f"oci:{top}/copy:1"],
                   capture_output=True, timeout=120, check=True)
    assert [arch for arch, _ in parts(raw(folder))] == ["arm64", "amd64"]
    assert len(list((folder / "blobs/sha256").iterdir())) == 7


def test_a_lock_has_one_platform(top):
    layout(top, "linux/arm64, linux/amd64")
    assert "the volume \"v\" wants others" in slipway(top, "lock", "os.yml", status=1).stderr


def test_the_image_has_no_such_part(top):
    (top / "os.yml").write_text('arch: amd64\nvolumes:\n  - name: v\n    image: "test/web:1"\n'
                                "    format: oci\n    platforms: [linux/arm64]\n")
    error = slipway(top, "build", "-f", "tar", "-o", top, "os.yml", status=1).stderr
    assert "os.yml:6:17: error:" in error and "not for linux/arm64" in error


MACHINE = """\
{}arch: amd64
kernel:
  image: test/kernel-plain:1
  cmdline: console=ttyS0 {}
init: [test/init:1]
"""


@pytest.mark.parametrize("head, status, word", [("slipway: 1\n", 1, "error"), ("", 0, "warning")])
def test_initrd_does_not_fit(head, status, word, top):
    (top / "os.yml").write_text(MACHINE.format(head, "mem=4K"))
    text = slipway(top, "build", "-o", top, "os.yml", status=status).stderr
    assert f"{word}: the initrd, together with what the kernel unpacks of it, needs at least" in text
    assert "leaves the machine 4.0 KiB" in text
    assert (top / "os-initrd.img").exists() == (status == 0)


def test_initrd_fits(top):
    (top / "os.yml").write_text(MACHINE.format("slipway: 1\n", "mem=4M"))
    assert "memory" not in slipway(top, "build", "-o", top, "os.yml").stderr


def test_run_with_too_little(top):
    for name, text in ("kernel", b"k"), ("cmdline", b"quiet"), ("initrd.img", bytes(40 << 20)):
        (top / f"os-{name}").write_bytes(text)
    error = slipway(top, "run", "-m", "64", "os", status=2).stderr
    assert 'the machine has 64 MiB of memory, and the initrd "os-initrd.img" needs at least 80 MiB' in error
    assert "hint: give it more: -m 336" in error
