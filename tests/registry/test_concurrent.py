"""Many pulls into one store, a collector of garbage beside them, and pulls that are killed."""

import os
import random
import signal
import subprocess
import time

import pytest

from conftest import SLIPWAY, good

PULLS = int(os.environ.get("PULLS", "100"))


@pytest.fixture(scope="module")
def images(tmp_path_factory, plain):
    """Some images that share a layer and have one of their own."""
    top = tmp_path_factory.mktemp("images")
    layout = top / "oci"
    good("umoci", "init", "--layout", layout)
    good("umoci", "new", "--image", f"{layout}:base")
    (top / "shared").write_bytes(random.Random(3).randbytes(2_000_000))
    good("umoci", "insert", "--rootless", "--image", f"{layout}:base", top / "shared", "/shared")
    names = []
    for i in range(4):
        (top / "own").write_bytes(random.Random(10 + i).randbytes(500_000))
        good("umoci", "insert", "--rootless", "--image", f"{layout}:base", "--tag", f"v{i}", top / "own", "/own")
        names.append(plain.name(f"many/app:v{i}"))
        good("skopeo", "copy", "--dest-tls-verify=false", f"oci:{layout}:v{i}", f"docker://{names[-1]}")
    return names


def start(slipway, *words):
    return subprocess.Popen([str(w) for w in (SLIPWAY, *words)], env=slipway.env, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_pulls_and_a_collector_lose_nothing(slipway, images):
    slipway("image", "ls")
    pulls = [start(slipway, "image", "pull", images[i % len(images)]) for i in range(PULLS)]
    while any(p.poll() is None for p in pulls):
        slipway("image", "gc")
    for p in pulls:
        assert p.wait() == 0, p.stdout.read()
    slipway("image", "gc")
    slipway("image", "verify")
    assert set(slipway.check().names()) == set(images)
    for name in images:
        slipway("image", "inspect", name)


def test_a_pull_that_is_killed(slipway, images):
    """At any moment: what has a name is whole, and the next one goes on."""
    rng = random.Random(5)
    for _ in range(12):
        p = start(slipway, "image", "pull", *images)
        time.sleep(rng.uniform(0, 0.3))
        p.send_signal(signal.SIGKILL)
        p.wait()
        slipway("image", "verify")
        slipway.check()
    slipway("image", "pull", *images)
    slipway("image", "verify")
    assert set(slipway.names()) == set(images)
