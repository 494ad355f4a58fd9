"""`slipway run` gives a machine what its options say, and ends as the machine does."""

import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.request

import pytest

from conftest import ROOT, SLIPWAY, build
from machine import free_port

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


@contextlib.contextmanager
def detached(*words):
    """A machine that runs on when the command has ended; gives what its console says, and ends with its process."""
    done = run("--detach", *words)
    assert done.returncode == 0, done.stderr
    files = {k: pathlib.Path(v) for k, v in (line.split() for line in done.stdout.splitlines())}
    pid = int(files["pid"].read_text())
    try:
        yield lambda: files["console"].read_text(errors="replace")
    finally:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while not gone(pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not files["pid"].exists()


def answers(port, console, timeout=600):
    """What the service behind a forwarded port says, once it does."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
                return page.read().decode()
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline, console()[-4000:]
            time.sleep(0.5)


def test_a_machine_without_a_terminal_and_with_a_port(folder):
    port = free_port()
    with detached("-p", f"{port}:80", "-m", "512", "--cpus", "1", ROOT / "examples/site.yml") as console:
        assert "a package of your own" in answers(port, console)


def test_arm64_under_uefi(folder):
    """systemd's loader and stub for arm64, a UKI, and a root that init finds by its GUID."""
    images, port = build(ROOT / "examples/site.yml", folder / "arm64-efi", "arm64-efi", "--arch", "arm64"), free_port()
    with detached("--arch", "arm64", "--uefi", "-p", f"{port}:80", images / "site-arm64-efi.img") as console:
        assert "a package of your own" in answers(port, console)
        assert "root: squashfs on /dev/vda2" in console()
