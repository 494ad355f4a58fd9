"""A store whose users die, or whose file system fails, at any call: it stays whole, and loses nothing."""

import json
import os
import pathlib
import random
import shutil
import signal
import sys
import time

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "image")]
from injector import Injector, plain  # noqa: E402
from oci_layout import Layout, tar_of  # noqa: E402

KILLED = -signal.SIGKILL
ERRORS = {"EIO": 5, "EMFILE": 24, "ENOSPC": 28}
# flock does not fail on a file system that has it.
CAN_FAIL = ",open,create,write,truncate,fsync,mkdir,unlink,rename,"


@pytest.fixture(scope="module")
def injector(tmp_path_factory):
    return Injector(tmp_path_factory.mktemp("inject"))


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    """Two images with a layer in common."""
    base = tar_of({"base": b"base" * 20000, "kernel": b"K" * 5000})
    made = {}
    for name in ("one", "two"):
        layout = Layout(tmp_path_factory.mktemp("layouts") / name)
        layout.add(layout.manifest([base, tar_of({name: name.encode() * 300})]), f"slipway/{name}:1")
        made[name] = layout.path
    return made


@pytest.fixture(scope="module")
def filled(tmp_path_factory, layouts):
    """A store with one of them, and one that lost its name."""
    path = tmp_path_factory.mktemp("filled") / "store"
    for name in ("one", "two"):
        assert plain(path, "image", "import", layouts[name]).returncode == 0
    assert plain(path, "image", "rm", "slipway/two:1").returncode == 0
    return path


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "os.yml"
    path.write_text("kernel: {image: slipway/one:1}\ninit: [slipway/one:1]\n")
    return path


def fresh(store, template):
    shutil.rmtree(store, ignore_errors=True)
    if template:
        shutil.copytree(template, store)


def names(store):
    top = json.loads((store / "index.json").read_text()) if (store / "index.json").exists() else {"manifests": []}
    return {m["annotations"]["org.opencontainers.image.ref.name"] for m in top["manifests"]}


def assert_whole(store, after):
    done = plain(store, "image", "verify")
    assert done.returncode == 0, f"{after}: {done.stderr}"
    # What the dead left is gone once the store was opened again.
    assert [p.name for p in (store / "tmp").iterdir()] == [], after


def commands(layouts, config):
    """What is run, into which store it goes, and whether an image is there afterwards."""
    return {
        "first import": (None, ["image", "import", layouts["one"]]),
        "second import": ("filled", ["image", "import", layouts["two"]]),
        "gc": ("filled", ["image", "gc"]),
        "unpack": ("filled", ["tree", config]),
    }


@pytest.mark.parametrize("command", ["first import", "second import", "gc", "unpack"])
def test_killed_at_every_call(tmp_path, injector, layouts, filled, config, command):
    template, words = commands(layouts, config)[command]
    store = tmp_path / "store"
    for n in range(1, 1000):
        fresh(store, template and filled)
        before = names(store) if template else set()
        done = injector.run(store, *words, what=f"kill:{n}")
        after = f"{command}, killed before call {n}"
        if done.returncode != KILLED:
            break
        assert names(store) >= before, after
        assert_whole(store, after)
        if n % 5 == 0:
            again = plain(store, *words)
            assert command == "unpack" or again.returncode == 0, f"{after}: {again.stderr}"
            assert_whole(store, after)
    assert 20 < n < 999


def test_killed_at_any_time(tmp_path, layouts, filled):
    """By the clock: between calls, and with another import and a collector beside it."""
    store = tmp_path / "store"
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    fresh(store, filled)
    injector = Injector(tmp_path)
    for _ in range(10):
        jobs = [injector.start(store, *words) for words in (["image", "import", layouts["two"]], ["image", "gc"],
                                                          ["image", "import", layouts["one"]])]
        time.sleep(chance.uniform(0, 0.03))
        jobs[chance.randrange(3)].kill()
        for job in jobs:
            assert job.wait(timeout=120) in (0, KILLED), f"seed {seed}"
        assert "slipway/one:1" in names(store)
        assert_whole(store, f"seed {seed}")
        plain(store, "image", "rm", "slipway/two:1")


@pytest.mark.parametrize("command,error", [("first import", "ENOSPC"), ("second import", "EIO"), ("gc", "EIO"),
                                           ("unpack", "ENOSPC"), ("unpack", "EMFILE")])
def test_failing_calls(tmp_path, injector, layouts, filled, config, command, error):
    """Each call fails once, or from then on: one error that says what the system said, and a whole store."""
    template, words = commands(layouts, config)[command]
    store = tmp_path / "store"
    fresh(store, template and filled)
    expected = plain(store, *words).returncode if command == "unpack" else 0
    for n in range(1, 1000):
        fresh(store, template and filled)
        before = names(store) if template else set()
        log = tmp_path / f"log{n}"
        done = injector.run(store, *words, what=f"{ERRORS[error]}:{n}{'+' if n % 2 else ''}",
                            only=CAN_FAIL, log=log)
        after = f"{command}, {error} at call {n} ({log.read_text().splitlines()[-1]})"
        assert done.returncode in (expected, 3), f"{after}: {done.returncode} {done.stderr}"
        if done.returncode == 3:
            assert done.stderr.count("error:") == 1 and os.strerror(ERRORS[error]) in done.stderr, f"{after}: {done.stderr}"
        assert names(store) >= before, after
        if store.exists():
            assert_whole(store, after)
        if log.read_text().count("\n") < n:
            break
    assert 20 < n < 999


def test_no_memory(tmp_path, injector, layouts, filled):
    store = tmp_path / "store"
    fresh(store, filled)
    n, step = 1, 1
    while True:
        done = injector.run(store, "image", "import", layouts["two"], alloc=n)
        assert done.returncode in (0, 3), f"allocation {n}: {done.returncode} {done.stderr}"
        assert_whole(store, f"allocation {n}")
        if done.returncode == 0:
            break
        assert "memory" in done.stderr or "cannot" in done.stderr, f"allocation {n}: {done.stderr}"
        n, step = n + step, step + 3
    assert n > 10


def test_a_power_cut_cannot_publish_what_is_not_on_the_disk(tmp_path, injector, layouts, filled, config):
    """What was not synced is lost: so every file is synced before it gets its name, and every folder that
    got names before index.json points into it."""
    for command, (template, words) in commands(layouts, config).items():
        store = tmp_path / "store"
        fresh(store, template and filled)
        log = tmp_path / f"log {command}"
        injector.run(store, *words, what="log", log=log)
        dirty, unsynced, published, named = set(), set(), 0, False
        for line in log.read_text().splitlines():
            call, path, to = line.split("\t")
            if call in ("write", "truncate"):
                dirty.add(path)
            elif call == "fsync":
                dirty.discard(path)
                unsynced.discard(path)
            elif call == "rename":
                assert path not in dirty, f"{command}: {to} gets its name before its bytes are on the disk"
                published += 1
                if to == f"{store}/index.json" and command != "gc":
                    assert not unsynced or not named, f"{command}: index.json may come before names in {unsynced}"
                elif "/blobs/" in to:
                    named = True
                    unsynced.add(os.path.dirname(to))
            elif call == "mkdir" and "/blobs" in path:
                unsynced.add(os.path.dirname(path))
        assert published or command == "gc"


def stopped(process):
    """Waits until it has stopped itself."""
    pid, status = os.waitpid(process.pid, os.WUNTRACED)
    assert pid == process.pid and os.WIFSTOPPED(status)


def test_what_a_running_command_uses_is_left_alone(tmp_path, injector, filled):
    """A command that has asked for an image keeps all of it, though its name is gone meanwhile."""
    store = tmp_path / "store"
    fresh(store, filled)
    assert plain(store, "image", "gc").returncode == 0
    before = set((store / "blobs/sha256").iterdir())
    # It has found the name and holds what it stands for, and has not looked at it yet.
    export = injector.start(store, "image", "export", "slipway/one:1", tmp_path / "out.tar", what="stop:6",
                            only=",flock,")
    stopped(export)
    assert any(p.name.startswith("lease-") for p in (store / "tmp").iterdir())
    assert plain(store, "image", "rm", "slipway/one:1").returncode == 0
    done = json.loads(plain(store, "image", "gc", "--json").stdout)
    assert done["garbage"] == [] and set((store / "blobs/sha256").iterdir()) == before
    export.send_signal(signal.SIGCONT)
    assert export.wait(timeout=60) == 0
    assert len(json.loads(plain(store, "image", "gc", "--json").stdout)["garbage"]) == len(before)


def test_a_pull_in_flight_is_left_alone(tmp_path, injector, layouts, filled):
    """Blobs that have come, and that no name leads to yet."""
    store = tmp_path / "store"
    fresh(store, filled)
    assert plain(store, "image", "gc").returncode == 0
    getter = injector.start(store, "image", "import", layouts["two"], what="stop:2", only=",rename,")
    stopped(getter)
    before = set((store / "blobs/sha256").iterdir())
    assert json.loads(plain(store, "image", "gc", "--json").stdout)["garbage"] == []
    assert set((store / "blobs/sha256").iterdir()) == before
    getter.send_signal(signal.SIGCONT)
    assert getter.wait(timeout=60) == 0
    assert names(store) == {"slipway/one:1", "slipway/two:1"}
    assert_whole(store, "import beside gc")


def test_a_blob_that_comes_while_garbage_is_collected(tmp_path, injector, layouts, filled):
    """It is held, and gets its place after the collector has read the leases."""
    store = tmp_path / "store"
    fresh(store, filled)
    assert plain(store, "image", "gc").returncode == 0
    getter = injector.start(store, "image", "import", layouts["two"], what="stop:1", only=",rename,")
    stopped(getter)
    log = tmp_path / "log"
    assert injector.run(store, "image", "gc", "--dry-run", what="log", only=",open,", log=log).returncode == 0
    opened = [line.split("\t")[1] for line in log.read_text().splitlines()]
    listing = opened.index(f"{store}/blobs/sha256") + 1
    collector = injector.start(store, "image", "gc", what=f"stop:{listing}", only=",open,")
    stopped(collector)
    before = len(list((store / "blobs/sha256").iterdir()))
    getter.send_signal(signal.SIGCONT)
    while len(list((store / "blobs/sha256").iterdir())) == before:
        time.sleep(0.01)
    collector.send_signal(signal.SIGCONT)
    assert collector.wait(timeout=60) == 0 and getter.wait(timeout=60) == 0
    assert names(store) == {"slipway/one:1", "slipway/two:1"}
    assert_whole(store, "import beside gc")
