"""Standard streams that are closed, full or not read to the end."""

import os
import pathlib
import signal
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = str(ROOT / "build/bin/slipway")


def shell(text, store):
    env = dict(os.environ, SLIPWAY_STORE=str(store), SLIPWAY=SLIPWAY)
    return subprocess.run(["bash", "-c", text], env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_messages_never_land_in_files(store, closed):
    """The store's lock is opened for writing: with a closed stderr it must not become stderr."""
    shell(f'"$SLIPWAY" image inspect nothing {closed}', store)
    assert (store / "lock").read_bytes() == b""
    assert (store / "index.lock").read_bytes() == b""


def test_closed_output_is_an_error(store):
    done = shell('"$SLIPWAY" formats >&-', store)
    assert (done.returncode, done.stderr) == (3, "slipway: error: cannot write to the standard output\n")


def test_full_output_is_an_error(store):
    done = shell('"$SLIPWAY" schema >/dev/full', store)
    assert (done.returncode, done.stderr) == (3, "slipway: error: cannot write to the standard output\n")


def test_reader_that_leaves_is_none(store):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([SLIPWAY, "schema"], env=dict(os.environ, SLIPWAY_STORE=str(store)), stdout=write,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
