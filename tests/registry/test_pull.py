"""Images that other tools pushed come into the store, whole or not at all."""

import json
import os
import re
import subprocess

from conftest import SLIPWAY, good, manifest_of
from fault_proxy import FaultProxy


def test_pull(slipway, layout, pushed):
    digest, manifest = manifest_of(layout)
    out = slipway("image", "pull", pushed)
    assert out == f"{digest} {pushed}\n"
    assert slipway.names() == {pushed: digest}
    wanted = {digest, manifest["config"]["digest"], *(l["digest"] for l in manifest["layers"])}
    assert slipway.check().blobs() == wanted
    good("umoci", "list", "--layout", slipway.store)


def test_pull_again_transfers_the_manifest_alone(slipway, layout, pushed):
    slipway("image", "pull", pushed)
    before = (slipway.store / "index.json").stat().st_mtime_ns
    again = json.loads(slipway("image", "pull", "--json", pushed))[0]
    assert again["digest"] == manifest_of(layout)[0]
    assert again["transferred"] <= again["size"]
    assert (slipway.store / "index.json").stat().st_mtime_ns == before


def test_pull_by_digest(slipway, layout, pushed):
    """It is called by its digest, and kept until that name is removed."""
    digest = manifest_of(layout)[0]
    name = f"{pushed.rsplit(':', 1)[0]}@{digest}"
    slipway("image", "pull", name)
    assert slipway.names() == {name: digest}
    slipway("image", "gc")
    slipway("image", "verify")
    assert digest in slipway.check().blobs()
    assert slipway("image", "inspect", "--arch", "amd64", name)
    good("skopeo", "inspect", f"oci:{slipway.store}:{name}")
    assert "no image" in slipway.fails(1, "image", "rm", name[:-1] + ("0" if name[-1] != "0" else "1"))
    slipway("image", "rm", name)
    slipway("image", "gc")
    assert slipway.blobs() == set()


def test_a_digest_that_is_there_asks_nobody(slipway, layout, copy_of, pushed):
    registry = copy_of()
    name = registry.name(f"test/app@{manifest_of(layout)[0]}")
    slipway("image", "pull", name)
    registry.stop()
    assert slipway("image", "pull", name).endswith(f" {name}\n")
    # But for what is missing.
    blob = manifest_of(layout)[1]["layers"][0]["digest"]
    (slipway.store / "blobs" / blob.replace(":", "/")).unlink()
    assert "cannot connect" in slipway.fails(3, "image", "pull", name)
    registry.start()
    slipway("image", "pull", name)
    assert blob in slipway.check().blobs()


def test_what_is_not_there(slipway, plain, pushed):
    assert "manifest unknown" in slipway.fails(1, "image", "pull", plain.name("test/app:none"))
    assert slipway.blobs() == set()
    assert "names no registry" in slipway.fails(1, "image", "pull", "slipway/nothing")
    assert "cannot connect to 127.0.0.1:1" in slipway.fails(3, "image", "pull", "127.0.0.1:1/x")


def test_spoilt_blob(slipway, layout, copy_of, pushed):
    registry = copy_of()
    layer = manifest_of(layout)[1]["layers"][0]
    path = registry.blob_path(layer["digest"])
    path.write_bytes(b"x" * layer["size"])
    errors = slipway.fails(4, "image", "pull", registry.name("test/app:v1"))
    assert f"a blob that is to be {layer['digest']} is" in errors
    assert layer["digest"] not in slipway.check().blobs()
    assert slipway.names() == {}
    path.write_bytes(b"x" * (layer["size"] - 1))
    assert "gives" in slipway.fails(4, "image", "pull", registry.name("test/app:v1"))
    path.write_bytes(b"x" * (layer["size"] + 1))
    assert "more than" in slipway.fails(4, "image", "pull", registry.name("test/app:v1"))
    assert layer["digest"] not in slipway.check().blobs()


def test_one_command_keeps_its_connections(slipway, plain, pushed):
    """For all images that it asks for: one to ask by, and four for blobs."""
    proxy = FaultProxy(plain.port)
    slipway("image", "pull", *[proxy.name("test/app:v1")] * 10)
    proxy.stop()
    assert len(proxy.asked("/manifests/v1")) == 10
    assert proxy.connections <= 5


def test_blobs_come_side_by_side(slipway, plain, pushed):
    """Two that wait for each other both come."""
    proxy = FaultProxy(plain.port)
    proxy.rule("/blobs/", "pass_on", times=1)  # the config, which is read before
    proxy.rule("/blobs/", "together")
    slipway.settings({}, attempts=1)
    slipway("image", "pull", proxy.name("test/app:v1"))
    proxy.stop()


def test_a_bar_on_a_terminal_and_none_elsewhere(slipway, pushed):
    """It ends full, and leaves nothing behind."""
    terminal, end = os.openpty()
    done = subprocess.run([SLIPWAY, "image", "pull", pushed], env=slipway.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=end, check=True)
    os.close(end)
    text = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert re.search(r"\r\[#{30}\] 100% of 3\.\d MB\r\x1b\[K", text), text
    assert "[" not in done.stdout.decode() and "#" not in slipway.run("image", "pull", pushed).stderr
