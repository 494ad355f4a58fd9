"""Pulls that die before, or fail at, any call that touches the store."""

import concurrent.futures
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


class Stores:
    """A store for each try, some at a time: most of a try is waiting."""

    def __init__(self, folder):
        self.folder = folder

    def until(self, numbers, fn):
        """fn(store, n) of one after another, until it says that this was the last; the numbers that were tried."""
        def one(n):
            slipway = Slipway(self.folder / str(n))
            last = fn(slipway, n)
            shutil.rmtree(self.folder / str(n))
            return last
        tried = 0
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for i in range(0, len(numbers), 8):
                ends = list(pool.map(one, numbers[i:i + 8]))
                if any(ends):
                    return tried + ends.index(True)
                tried += len(ends)
        return tried


@pytest.fixture
def stores(tmp_path):
    return Stores(tmp_path)


def test_killed_at_every_call(stores, injector, pushed, layout):
    """The blobs come in threads of their own, so that a call is not the same one every time."""
    def one(slipway, n):
        done = injector.run(slipway.store, "image", "pull", pushed, what=f"kill:{n}")
        if done.returncode != -signal.SIGKILL:
            assert done.returncode == 0, done.stderr
            return True
        whole(slipway, f"killed before call {n}")
        if n % 5 == 0:
            slipway("image", "pull", pushed)
            slipway.check()
            assert slipway.names() == {pushed: manifest_of(layout)[0]}
        return False
    assert 20 < stores.until(range(1, 1000), one) < 999


@pytest.mark.parametrize("error", ERRORS)
def test_failing_calls(stores, injector, pushed, layout, error):
    """An error is told, and the store is whole; what was not needed may fail."""
    def one(slipway, n):
        done = injector.run(slipway.store, "image", "pull", pushed, what=f"{ERRORS[error]}:{n}", only=CAN_FAIL)
        assert done.returncode in (0, 3), f"call {n}: {done.returncode}: {done.stderr}"
        assert done.returncode == 0 or "error:" in done.stderr
        whole(slipway, f"call {n} failed")
        if done.returncode == 0 and n > 60:
            return True
        slipway("image", "pull", pushed)
        assert slipway.check().names() == {pushed: manifest_of(layout)[0]}
        return False
    assert 20 < stores.until(range(1, 1000, 3), one) < 333


# glibc itself ends a thread that uses a library's thread-local data for the first time.
NO_TLS = "cannot allocate memory for thread-local data: ABORT\n"


@pytest.mark.parametrize("more", ["", "+"], ids=["one", "and all later ones"])
def test_no_memory(stores, injector, pushed, more):
    """Ours, and those of libcurl, libcrypto and the loader: it is said in a sentence, and the store is whole."""
    told = []

    def one(slipway, n):
        done = injector.run(slipway.store, "image", "pull", pushed, alloc=f"{n}{more}")
        if not done.stderr.endswith(NO_TLS):
            assert done.returncode in (0, 3), f"allocation {n}: {done.returncode}: {done.stderr}"
            assert done.returncode == 0 or "error: " in done.stderr
        told.append(done.returncode != 0)
        whole(slipway, f"allocation {n} failed")
        return more and done.returncode == 0
    numbers = [1]
    while numbers[-1] < 20000:
        numbers.append(numbers[-1] + 1 + numbers[-1] // 6)
    stores.until(numbers, one)
    assert sum(told) > 10
