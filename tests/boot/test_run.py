"""`slipway run` gives a machine what its options say, and ends as the machine does."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from conftest import ROOT, SLIPWAY

CONFIG = ROOT / "tests/boot/exit-on.yml"


def run(*words, **kw):
    env = dict(os.environ, SLIPWAY_STORE=os.environ.get("SLIPWAY_STORE", str(ROOT / "build/store")))
    return subprocess.run([SLIPWAY, "run", "--offline", "--accel", "tcg", *map(str, words)], env=env, cwd=ROOT,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False, **kw)


@pytest.mark.parametrize("format_", ["kernel+initrd", "vmdk"])
def test_data_share_and_the_status_of_a_service(folder, format_):
    """From files alone, and with a screen and a disk that cannot be written."""
    here = folder / f"run-{format_}"
    shutil.rmtree(here, ignore_errors=True)  # of a run before
    (here / "share").mkdir(parents=True)
    (here / "seed").mkdir()
    (here / "seed/user-data").write_text("7\n")
    screen = ["--screenshot", here / "screen.png"] if format_ == "vmdk" else []
    done = run("--format", format_, "--exit-on", "test", "--data", here / "seed", "--disk", f"{here}/data.img,size=8M",
               "--share", f"{here}/share:src", *screen, CONFIG)
    assert done.returncode == 7, done.stdout[-4000:] + done.stderr
    assert ("what the machine writes is gone" in done.stderr) == (format_ == "vmdk")
    if screen:
        assert (here / "screen.png").read_bytes().startswith(b"\x89PNG")
        assert not list(here.glob("*.part"))
    assert (here / "data.img").stat().st_size == 8 << 20
    assert (here / "share/meta-data").read_text().startswith("instance-id: ")
    assert {"vda", "vdb"} <= set((here / "share/disks").read_text().split())


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_machine_without_a_terminal(folder):
    """It runs on when the command has ended, and ends when its process is told to."""
    done = run("--detach", ROOT / "examples/minimal.yml")
    assert done.returncode == 0, done.stderr
    files = {k: pathlib.Path(v) for k, v in (line.split() for line in done.stdout.splitlines())}
    pid = int(files["pid"].read_text())
    try:
        deadline = time.monotonic() + 300
        while "init: root:" not in files["console"].read_text(errors="replace"):
            assert time.monotonic() < deadline, files["console"].read_text(errors="replace")[-2000:]
            time.sleep(0.5)
    finally:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while not gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not files["pid"].exists()
