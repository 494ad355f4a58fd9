"""Machines with a folder, a home and a store of their own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"
PROGRAMS = ROOT / "tests/cases/stores/programs"
CONFIG = """slipway: 1
arch: amd64
init: [test/init:1]
services:
  - name: app
    image: test/tools:1
    seccomp: profile.json
files:
  - path: etc/motd
    source: motd
  - path: etc/key
    source: ~/key
"""


class Machine:
    """A folder, a home and a store of its own."""

    def __init__(self, path, store=None):
        self.path, self.home, self.store = path / "work", path / "home", path / "store"
        self.path.mkdir(parents=True)
        self.home.mkdir()
        if store:
            shutil.copytree(store, self.store)

    def run(self, *words, **env):
        # Nothing is there to talk to.
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C", "SLIPWAY_STORE": str(self.store),
               "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", **env}
        return subprocess.run([SLIPWAY, *map(str, words)], cwd=self.path, env=env, capture_output=True, text=True,
                              timeout=120, check=False)

    def __call__(self, *words, **env):
        done = self.run(*words, **env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, status, *words, **env):
        done = self.run(*words, **env)
        assert done.returncode == status, done.stderr
        return done.stderr

    def image(self):
        self("build", "--locked", "-q", "-f", "tar", "os.yml")
        return (self.path / "os.tar").read_bytes()


@pytest.fixture
def one(tmp_path):
    m = Machine(tmp_path / "one", PROGRAMS)
    (m.path / "os.yml").write_text(CONFIG)
    (m.path / "motd").write_text("hello\n")
    (m.path / "profile.json").write_text('{"defaultAction": "SCMP_ACT_ALLOW"}')
    (m.home / "key").write_text("key\n")
    return m


@pytest.fixture
def locked(one):
    one("lock", "os.yml")
    return one


@pytest.fixture
def bundle(locked):
    locked("bundle", "os.yml")
    return locked.path / "os.bundle.tar"
