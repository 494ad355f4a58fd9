"""Builds that fail: one clear error each, the right exit status, nothing half-written, nothing lost."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = str(ROOT / "build/bin/slipway")
CONFIG = ROOT / "examples/minimal.yml"


@pytest.fixture(scope="session")
def pristine(tmp_path_factory):
    """A store with what minimal.yml needs, not shared with anything else."""
    path = tmp_path_factory.mktemp("store") / "store"
    shutil.copytree(os.environ.get("SLIPWAY_STORE", ROOT / "build/store"), path,
                    ignore=shutil.ignore_patterns("unpacked", "packed", "debs", "apt", "tmp"))
    return path


@pytest.fixture
def store(pristine, tmp_path):
    path = tmp_path / "store"
    shutil.copytree(pristine, path)
    return path


def slipway(store, *args, **kw):
    env = dict(os.environ, SLIPWAY_STORE=str(store))
    return subprocess.run([SLIPWAY, *map(str, args)], env=env, capture_output=True, text=True,
                          timeout=300, check=False, **kw)


def on_small_disk(store, size, script):
    """Runs a shell script with a tmpfs of that size mounted at $DISK, in a mount namespace of its own."""
    flags = ["-m"] if os.geteuid() == 0 else ["-rm"]
    env = dict(os.environ, SLIPWAY_STORE=str(store), SLIPWAY=SLIPWAY)
    text = f'set -u; DISK=$(mktemp -d); mount -t tmpfs -o size={size} none "$DISK"\n{script}'
    return subprocess.run(["unshare", *flags, "sh", "-c", text], env=env, capture_output=True,
                          text=True, timeout=300, check=False)


def layer_blob(store, image):
    shown = slipway(store, "image", "inspect", "--json", image)
    assert shown.returncode == 0, shown.stderr
    layer = json.loads(shown.stdout)["layers"][-1]
    return store / "blobs" / layer["digest"].replace(":", "/")


def no_outputs(folder):
    return not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize("formats", ["tar", "kernel+initrd", "iso", "raw", "qcow2", "vmdk", "dynamic-vhd", "gcp", "tar,raw,uki"])
def test_full_disk(store, formats):
    done = on_small_disk(store, "3m", f"""
        "$SLIPWAY" build -f {formats} -o "$DISK/out" {CONFIG}; echo "exit $?"
        echo "left: $(find "$DISK/out" -type f 2>/dev/null)"
    """)
    assert "exit 3\n" in done.stdout, done.stdout + done.stderr
    assert "left: \n" in done.stdout
    assert "No space left on device" in done.stderr
    assert done.stderr.count("error:") == 1, done.stderr


def test_full_store(store, tmp_path):
    layout = tmp_path / "layout.tar"
    assert slipway(store, "image", "export", "slipway/busybox", layout).returncode == 0
    done = on_small_disk(store, "200k", f"""
        export SLIPWAY_STORE="$DISK/store"
        "$SLIPWAY" image import --name slipway/busybox {layout}; echo "exit $?"
        "$SLIPWAY" image ls; echo "ls $?"
        echo "left: $(find "$DISK/store/tmp" -type f 2>/dev/null)"
    """)
    assert "exit 3\n" in done.stdout, done.stdout + done.stderr
    assert "ls 0\n" in done.stdout
    assert "left: \n" in done.stdout
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("damage", ["truncated", 0.05, 0.3, 0.5, 0.7, 0.95, "gone"])
def test_damaged_layer(store, tmp_path, damage):
    blob = layer_blob(store, "slipway/getty")
    content = bytearray(blob.read_bytes())
    blob.chmod(0o644)
    if damage == "truncated":
        blob.write_bytes(content[: len(content) // 2])
    elif isinstance(damage, float):
        content[int(len(content) * damage)] ^= 1
        blob.write_bytes(content)
    else:
        blob.unlink()
    done = slipway(store, "build", "-f", "tar", "-o", tmp_path / "out", CONFIG)
    assert done.returncode == 4, done.stderr
    assert "getty" in done.stderr, "the message names the image"
    assert done.stderr.count("error:") == 1, done.stderr
    assert no_outputs(tmp_path / "out")
    # The others are still fine.
    assert slipway(store, "image", "ls").returncode == 0


def test_missing_image(store, tmp_path):
    config = tmp_path / "os.yml"
    config.write_text(CONFIG.read_text().replace("slipway/getty", "slipway/gety"))
    done = slipway(store, "build", "-f", "tar", "-o", tmp_path / "out", config)
    assert done.returncode == 1, done.stderr
    assert f"{config}:" in done.stderr
    assert "slipway/getty" in done.stderr, "the hint has the near name"
    assert no_outputs(tmp_path / "out")


def test_killed_while_building(store, tmp_path):
    """Whenever it dies, what has an output's name is whole; the next build makes all of them."""
    env = dict(os.environ, SLIPWAY_STORE=str(store))
    whole = tmp_path / "whole"
    assert slipway(store, "build", "-f", "kernel+initrd", "-o", whole, CONFIG).returncode == 0
    want = {p.name: p.read_bytes() for p in whole.iterdir()}
    out = tmp_path / "out"
    for delay in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.8):
        shutil.rmtree(out, ignore_errors=True)
        run = subprocess.Popen([SLIPWAY, "build", "-f", "kernel+initrd", "-o", str(out), str(CONFIG)],
                               env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        run.send_signal(signal.SIGKILL)
        run.wait()
        for path in out.glob("minimal-*"):
            assert path.read_bytes() == want[path.name], f"{path.name} is not whole"
    shutil.rmtree(store / "unpacked", ignore_errors=True)
    assert slipway(store, "build", "-f", "kernel+initrd", "-o", out, CONFIG).returncode == 0
    assert {p.name: p.read_bytes() for p in out.iterdir()} == want
