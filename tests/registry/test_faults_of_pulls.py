"""Pulls that die before, or fail at, any call that touches the store."""

import shutil
import signal
import sys

import pytest

from conftest import ROOT, Slipway, manifest_of

sys.path.append(str(ROOT / "tests/faults"))
from injector import Injector  # noqa: E402

ERRORS = {"EIO": 5, "EMFILE": 24, "ENOSPC": 28}
# flock does not fail on a file system that has it.
CAN_FAIL = ",open,create,write,truncate,fsync,mkdir,unlink,rename,"


@pytest.fixture(scope="module")
def injector(tmp_path_factory):
    return Injector(tmp_path_factory.mktemp("inject"))


def whole(slipway, after):
    done = slipway.run("image", "verify")
    assert done.returncode == 0, f"{after}: {done.stderr}"
    assert not list((slipway.store / "tmp").iterdir()), after


def test_killed_at_every_call(tmp_path, injector, pushed, layout):
    """The blobs come in threads of their own, so that a call is not the same one every time."""
    slipway = Slipway(tmp_path)
    for n in range(1, 1000):
        shutil.rmtree(slipway.store, ignore_errors=True)
        done = injector.run(slipway.store, "image", "pull", pushed, what=f"kill:{n}")
        if done.returncode != -signal.SIGKILL:
            assert done.returncode == 0, done.stderr
            break
        whole(slipway, f"killed before call {n}")
        if n % 5 == 0:
            slipway("image", "pull", pushed)
            slipway.check()
            assert slipway.names() == {pushed: manifest_of(layout)[0]}
    assert 20 < n < 999


@pytest.mark.parametrize("error", ERRORS)
def test_failing_calls(tmp_path, injector, pushed, layout, error):
    """An error is told, and the store is whole; what was not needed may fail."""
    slipway = Slipway(tmp_path)
    for n in range(1, 1000, 3):
        shutil.rmtree(slipway.store, ignore_errors=True)
        done = injector.run(slipway.store, "image", "pull", pushed, what=f"{ERRORS[error]}:{n}", only=CAN_FAIL)
        assert done.returncode in (0, 3), f"call {n}: {done.returncode}: {done.stderr}"
        assert done.returncode == 0 or "error:" in done.stderr
        whole(slipway, f"call {n} failed")
        if done.returncode == 0 and n > 60:
            break
        slipway("image", "pull", pushed)
        assert slipway.check().names() == {pushed: manifest_of(layout)[0]}


@pytest.mark.parametrize("more", ["", "+"], ids=["one", "and all later ones"])
def test_no_memory(tmp_path, injector, pushed, layout, more):
    """Ours, and those of libcurl, libcrypto and the loader: it is said in a sentence, and the store is whole."""
    slipway = Slipway(tmp_path)
    n, told = 1, 0
    while True:
        shutil.rmtree(slipway.store, ignore_errors=True)
        done = injector.run(slipway.store, "image", "pull", pushed, alloc=f"{n}{more}")
        # glibc itself ends a thread that uses a library's thread-local data for the first time.
        if not done.stderr.endswith("cannot allocate memory for thread-local data: ABORT\n"):
            assert done.returncode in (0, 3), f"allocation {n}: {done.returncode}: {done.stderr}"
            assert done.returncode == 0 or "error: " in done.stderr
        told += done.returncode
        whole(slipway, f"allocation {n} failed")
        if more and done.returncode == 0:
            break
        if not more and n > 20000:
            break
        n += 1 + n // 6
    assert told and n > 100
