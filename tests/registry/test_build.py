"""slipway build takes what its store lacks from registries, and needs none afterwards."""

import shutil

import pytest

from conftest import ROOT, Registry, Slipway, good

CONFIG = """\
arch: amd64
kernel: {{image: "{0}/test/kernel:1", cmdline: console=ttyS0}}
init: ["{0}/test/init:1"]
services:
  - name: web
    image: {0}/test/web:1
"""


@pytest.fixture
def registry(tmp_path):
    r = Registry(tmp_path / "registry")
    yield r
    if r.process.poll() is None:
        r.stop()


@pytest.fixture
def config(tmp_path, registry):
    """Its images are pushed from one store, and lie in no other."""
    good(ROOT / "tests/cases/make-store", tmp_path / "made")
    source = Slipway(tmp_path / "source")
    shutil.copytree(tmp_path / "made", source.store)
    path = tmp_path / "os.yml"
    for image in ("kernel", "init", "web"):
        source("image", "push", f"test/{image}:1", registry.name(f"test/{image}:1"))
    path.write_text(CONFIG.format(registry.host))
    return path


def built(slipway, config, *words):
    out = slipway.top / "out"
    shutil.rmtree(out, ignore_errors=True)
    slipway("build", *words, "-f", "tar", "-o", out, config)
    return {p.name: p.read_bytes() for p in sorted(out.iterdir())}


def test_from_empty_stores_the_same_bytes_and_then_offline(tmp_path, registry, config):
    one, two = Slipway(tmp_path / "one"), Slipway(tmp_path / "two")
    first = built(one, config)
    assert first
    assert built(two, config) == first
    asked = (registry.folder / "log").stat().st_size
    registry.stop()
    assert built(one, config, "--offline") == first
    assert built(one, config) == first  # nothing is missing: nobody is asked
    assert (registry.folder / "log").stat().st_size == asked


def test_offline(slipway, registry, config):
    errors = slipway.fails(1, "build", "--offline", "-o", slipway.top, config)
    assert f'there is no image "{registry.host}/test/kernel:1"' in errors
    errors = slipway.fails(1, "build", "-o", slipway.top, config, SLIPWAY_OFFLINE="1")
    assert "there is no image" in errors
    assert slipway.blobs() == set()


def test_what_cannot_be_had_is_said_with_its_place(slipway, registry, config):
    config.write_text(config.read_text().replace("test/web:1", "test/wbe:1"))
    errors = slipway.fails(1, "build", "-o", slipway.top, config)
    assert "os.yml:6:12: error: reading \"1\" at" in errors and "404" in errors
    registry.stop()
    assert "cannot connect" in slipway.fails(3, "build", "-o", slipway.top, config)


def test_a_lock_is_kept_to_from_an_empty_store(tmp_path, registry, config):
    one, two = Slipway(tmp_path / "one"), Slipway(tmp_path / "two")
    first = built(one, config)
    one("lock", config)
    # The tag moves; the lock does not.
    good("skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false",
         f"docker://{registry.name('test/init:1')}", f"docker://{registry.name('test/web:1')}")
    assert built(two, config, "--locked") == built(one, config, "--locked")
    assert set(first) == set(built(two, config, "--locked", "--offline"))
