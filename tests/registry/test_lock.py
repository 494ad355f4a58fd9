"""lock --update takes what the registry has under a name now; what no registry has, the store's."""

import json
import shutil

import pytest

from conftest import ROOT, Registry, Slipway, good

CONFIG = """\
arch: amd64
onboot:
  - {{name: moves, image: "{0}/test/moves:1"}}
  - {{name: local, image: "{0}/test/local:1"}}
  - {{name: own, image: slipway/own:1}}
"""


def retag(store, name, other):
    """Another name for what `other` names."""
    path = store / "index.json"
    index = json.loads(path.read_text())
    key = "org.opencontainers.image.ref.name"
    one = next(m for m in index["manifests"] if m["annotations"][key] == other)
    index["manifests"] = [m for m in index["manifests"] if m["annotations"][key] != name]
    index["manifests"].append({**one, "annotations": {key: name}})
    path.write_text(json.dumps(index))


@pytest.fixture
def registry(tmp_path):
    r = Registry(tmp_path / "registry")
    yield r
    if r.process.poll() is None:
        r.stop()


@pytest.fixture
def pushed(tmp_path, registry):
    """Another machine, which pushes to the registry."""
    good(ROOT / "tests/cases/make-store", tmp_path / "made")
    other = Slipway(tmp_path / "other")
    shutil.copytree(tmp_path / "made", other.store)
    other("image", "push", "test/web:1", registry.name("test/moves:1"))
    return other


@pytest.fixture
def one(tmp_path, registry, pushed):
    m = Slipway(tmp_path / "one")
    shutil.copytree(tmp_path / "made", m.store)
    retag(m.store, f"{registry.host}/test/local:1", "docker.io/test/web:1")
    retag(m.store, "slipway/own:1", "docker.io/test/web:1")
    m.config = m.top / "os.yml"
    m.config.write_text(CONFIG.format(registry.host))
    m("lock", m.config)
    return m


def test_update(one, pushed, registry):
    lock = one.top / "os.lock"
    before = lock.read_text()
    assert one("lock", "--update", one.config) == ""
    pushed("image", "push", "test/runtime:1", registry.name("test/moves:1"))
    # Nothing but --update looks.
    one("lock", one.config)
    assert one("lock", "--update", "--offline", one.config) == ""
    done = one.run("lock", "--update", one.config)
    assert done.returncode == 0
    assert done.stdout.startswith(f'image "{registry.host}/test/moves:1"\n  - sha256:')
    assert done.stdout.count("image ") == 1
    assert "note: what the store has is kept" in done.stderr and "test/local" in done.stderr
    assert lock.read_text() != before


def test_update_of_one(one, pushed, registry):
    pushed("image", "push", "test/runtime:1", registry.name("test/moves:1"))
    assert one("lock", "--update", one.config, registry.name("test/local")) == ""
    assert "moves" in one("lock", "--update", one.config, registry.name("test/moves"))


def test_update_without_the_registry(one, registry):
    before = (one.top / "os.lock").read_text()
    registry.stop()
    err = one.fails(3, "lock", "--update", one.config)
    assert "hint: `--offline` keeps to what the store has" in err and "os.yml:3:" in err
    assert (one.top / "os.lock").read_text() == before
    assert one("lock", "--update", "--offline", one.config) == ""
