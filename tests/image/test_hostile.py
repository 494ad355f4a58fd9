"""Images made to hurt: refused with a sentence, in bounded time and memory, and the store stays as it was."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from oci_layout import OCI, Layout, tar_of  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"
MEMORY_MAX = 600 << 10  # KiB: the index of a million entries is the most that is kept at once
SECONDS_MAX = 120


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def measured(store, *words):
    """Status, what it said, and the peak of its memory in KiB."""
    begin = time.monotonic()
    job = subprocess.Popen([SLIPWAY, *map(str, words)], env=os.environ | {"SLIPWAY_STORE": str(store)},
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = job.stderr.read()
    _, status, usage = os.wait4(job.pid, 0)
    job.returncode = os.waitstatus_to_exitcode(status)
    assert time.monotonic() - begin < SECONDS_MAX
    return job.returncode, said, usage.ru_maxrss


def files(store):
    return sorted(str(p.relative_to(store)) for p in store.rglob("*")
                  if p.is_file() and p.name not in ("lock", "index.lock"))


def header(name, size=0, kind=b"0"):
    info = tarfile.TarInfo(name)
    info.size = size
    info.type = kind
    return info.tobuf(tarfile.USTAR_FORMAT)


def pax(**records):
    body = b""
    for key, value in records.items():
        line = f" {key.replace('__', '.')}={value}\n".encode()
        size = len(line) + 1
        while len(str(size)) + len(line) != size:
            size += 1
        body += str(size).encode() + line
    return header("pax", len(body), b"x") + body + bytes(-len(body) % 512)


def packed(chunks):
    """The tar that chunks are, compressed, and its diff id."""
    digest = hashlib.sha256()
    zstd = subprocess.Popen(["zstd", "-q", "-1", "-c"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out = []
    reader = threading.Thread(target=lambda: out.append(zstd.stdout.read()))
    reader.start()
    for chunk in chunks:
        digest.update(chunk)
        zstd.stdin.write(chunk)
    zstd.stdin.close()
    reader.join()
    assert zstd.wait() == 0
    return out[0], "sha256:" + digest.hexdigest()


def zeros(size):
    chunk = bytes(16 << 20)
    for _ in range(size // len(chunk)):
        yield chunk


def ratio_bomb():
    """A global header of 3 GiB: nothing that would have to be kept."""
    yield header("bomb", 3 << 30, b"g")
    yield from zeros(3 << 30)
    yield bytes(1024)


def many_entries():
    for _ in range(101):
        yield header("a") * 10000
    yield bytes(1024)


def huge_file():
    yield header("huge", 1 << 33 - 1)
    yield bytes(1024)


def sparse_bomb():
    yield pax(GNU__sparse__map=f"{100 << 40},512", GNU__sparse__size=(100 << 40) + 512)
    yield header("holes", 512) + bytes(512) + bytes(1024)


def long_pax():
    yield header("pax", 1 << 31, b"x")
    yield from zeros(64 << 20)


def xattr_bomb():
    for i in range(200):
        yield pax(**{f"SCHILY__xattr__user__{i}_{k}": "v" * 100 for k in range(200)}) + header(f"f{i}")
    yield bytes(1024)


def ten_million_entries():
    """Made quickly: one frame, over and over."""
    frame = packed([header("a") * 10000])[0]
    return frame * 1000


def size_bomb():
    """A frame that says at once that it holds 65 GiB: nobody decodes it to find out (RFC 8878 3.1.1)."""
    said = (65 << 30).to_bytes(8, "little")
    return bytes.fromhex("28b52ffd") + b"\xc0\x70" + said + (1 << 3 | 1 | 1 << 1).to_bytes(3, "little") + b"\0"


def ratio_bomb_in_frames():
    """Each frame harmless by itself."""
    return packed([header("bomb", 3 << 30, b"g")])[0] + packed(zeros(64 << 20))[0] * 48


def devices_up():
    yield header("../../dev/sda", 0, b"4") + bytes(1024)


LAYERS = {
    ratio_bomb: "is a decompression bomb",
    many_entries: "has more than 1000000 entries",
    huge_file: "is cut off",
    sparse_bomb: "holds files of more than 64 GiB",
    long_pax: "extended header of more than",
    xattr_bomb: "attributes",
    devices_up: "leads out of the layer",
    ten_million_entries: "has more than 1000000 entries",
    size_bomb: "holds more than 64 GiB",
    ratio_bomb_in_frames: "is a decompression bomb",
}


@pytest.mark.parametrize("make", LAYERS, ids=lambda m: m.__name__)
def test_layers(store, tmp_path, make):
    layout = Layout(tmp_path / "layout")
    made = make()
    layer, diff_id = (made, "sha256:" + "0" * 64) if isinstance(made, bytes) else packed(made)
    layout.add(layout.blob({
        "schemaVersion": 2,
        "config": layout.blob({"os": "linux", "architecture": "amd64",
                               "rootfs": {"type": "layers", "diff_ids": [diff_id]}}, OCI + "config.v1+json"),
        "layers": [layout.blob(layer, OCI + "layer.v1.tar+zstd")],
    }, OCI + "manifest.v1+json"), "slipway/hostile:1")
    status, said, _ = measured(store, "image", "import", layout.path)
    assert status == 0, said
    before = files(store)
    config = tmp_path / "os.yml"
    config.write_text("kernel: {image: slipway/hostile:1}\ninit: [slipway/hostile:1]\n")
    status, said, memory = measured(store, "tree", config)
    assert status == 1 and said.count("error:") == 1 and LAYERS[make] in said, said
    assert memory < MEMORY_MAX, f"{memory} KiB"
    assert files(store) == [f for f in before if not f.startswith("tmp/")]


def deep_json(layout):
    return layout.blob(b'{"schemaVersion":2,"config":' + b"[" * 200000 + b"]" * 200000 + b"}", OCI + "manifest.v1+json")


def wide_json(layout):
    one = b'{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:' + b"0" * 64 + b'","size":1}'
    return layout.blob(b'{"schemaVersion":2,"layers":[' + b",".join([one] * 20000) + b"]}", OCI + "manifest.v1+json")


def large_json(layout):
    return layout.blob(b" " * (5 << 20), OCI + "manifest.v1+json")


def nested(layout):
    entry = layout.manifest([tar_of({"a": b"a"})])
    for _ in range(6):
        entry = layout.index([entry])
    return entry


def not_utf8(layout):
    return layout.blob(b'{"schemaVersion":2,"config":"\xff\xfe"}', OCI + "manifest.v1+json")


def lying_type(layout):
    return layout.manifest([tar_of({"a": b"a"})]) | {"mediaType": OCI + "index.v1+json"}


def lying_platform(layout):
    one = layout.manifest([tar_of({"a": b"a"})])
    return layout.index([one | {"platform": {"os": "linux", "architecture": "arm64"}}])


def lying_config(layout):
    one = layout.manifest([tar_of({"a": b"a"})], arch="arm64")
    return layout.index([one | {"platform": {"os": "linux", "architecture": "amd64"}}])


def huge_size(layout):
    return layout.manifest([tar_of({"a": b"a"})]) | {"size": 1 << 62}


@pytest.mark.parametrize("make", [deep_json, wide_json, large_json, nested, not_utf8, lying_type, lying_platform, lying_config,
                                  huge_size],
                         ids=lambda m: m.__name__)
def test_texts(store, tmp_path, make):
    assert measured(store, "image", "ls")[0] == 0
    before = files(store)
    layout = Layout(tmp_path / "layout")
    layout.add(make(layout), "slipway/hostile:1")
    status, said, memory = measured(store, "image", "import", layout.path)
    assert status in (1, 4) and said.count("error:") == 1, said
    assert memory < 100 << 10, f"{memory} KiB"
    assert json.loads((store / "index.json").read_text())["manifests"] == []
    assert [f for f in files(store) if not f.startswith("blobs/")] == before
