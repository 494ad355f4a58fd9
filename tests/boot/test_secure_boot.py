"""Firmware that knows our keys starts what they signed, and nothing that was changed."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from conftest import ROOT, SLIPWAY, build


def slipway(*words, timeout=900):
    env = dict(os.environ, SLIPWAY_STORE=os.environ.get("SLIPWAY_STORE", str(ROOT / "build/store")))
    done = subprocess.run([SLIPWAY, *map(str, words)], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=timeout, check=False)
    done.text = done.stdout.decode(errors="replace")
    assert done.returncode == 0, done.text[-4000:] + done.stderr.decode(errors="replace")
    return done.text


@pytest.fixture(scope="module")
def signed(folder):
    """A disk, signed by new keys that are beside it."""
    here = folder / "secure"
    shutil.rmtree(here, ignore_errors=True)
    here.mkdir(parents=True)
    slipway("keys", here / "keys")
    shutil.copy(ROOT / "tests/boot/secure.yml", here / "secure.yml")
    return build(here / "secure.yml", here, "raw-efi", "--pcrs", here / "keys") / "secure-efi.img"


def pcrs(share):
    return {path.rsplit("/", 1)[1]: value.lower() for path, value in
            (line.split(":") for line in (share / "pcrs").read_text().splitlines())}


def test_a_signed_disk_boots_and_is_measured_as_told(signed):
    here = signed.parent
    (here / "share").mkdir()
    said = slipway("run", "--accel", "tcg", "--tpm", "--share", f"{here}/share:src", "--secure-boot", here / "keys", signed)
    assert re.search(r"[Ss]ecure boot enabled", said), said[-4000:]
    told = json.loads((here / "secure-efi.img.pcrs.json").read_text())
    have = pcrs(here / "share")
    assert told["secureBoot"] and sorted(told["pcrs"], key=int) == ["4", "7", "9", "11"]
    assert told["pcrs"] == {n: have[n] for n in told["pcrs"]}


def test_a_changed_one_does_not(signed):
    """One bit in the middle of the kernel."""
    uki, changed = signed.with_name("uki.efi"), signed.with_name("changed-efi.img")
    slipway("extract", signed, "uki:", uki)
    piece = uki.read_bytes()[6_000_000:6_000_064]
    data = bytearray(signed.read_bytes())
    at = data.find(piece)
    assert at > 0 and data.find(piece, at + 1) < 0
    data[at] ^= 1
    changed.write_bytes(data)
    said = slipway("run", "--detach", "--accel", "tcg", "--secure-boot", signed.parent / "keys", changed)
    files = {k: pathlib.Path(v) for k, v in (line.split() for line in said.splitlines())}
    pid = int(files["pid"].read_text())
    try:
        deadline = time.monotonic() + 600
        while not re.search(rb"[Aa]ccess [Dd]enied|[Ss]ecurity [Vv]iolation", files["console"].read_bytes()):
            assert time.monotonic() < deadline, files["console"].read_text(errors="replace")[-2000:]
            time.sleep(0.5)
        assert b"Linux version" not in files["console"].read_bytes()
    finally:
        os.kill(pid, signal.SIGTERM)
    changed.unlink()
