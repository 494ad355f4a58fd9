"""Debian's docker-registry on loopback, images made by umoci, and a store of our own."""

import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"


def run(*words, **options):
    options.setdefault("timeout", 120)
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False, **options)


def good(*words, **options):
    done = run(*words, **options)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, process):
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nobody listens")


class Registry:
    """docker-registry with a configuration of its own; more is merged into it."""

    def __init__(self, folder, more=None, http=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.config = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "data")}, "delete": {"enabled": True}},
            "http": {"addr": self.host, "secret": "x", **(http or {})},
            **(more or {}),
        }
        (self.folder / "config.yml").write_text(json.dumps(self.config))
        self.start()

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", self.folder / "config.yml"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for_port(self.port, self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def blob_path(self, digest):
        hexa = digest.split(":")[1]
        return self.folder / "data/docker/registry/v2/blobs/sha256" / hexa[:2] / hexa / "data"

    def name(self, rest):
        return f"{self.host}/{rest}"


class Slipway:
    """slipway with a store and a home of its own."""

    def __init__(self, top, **env):
        self.top = Path(top)
        self.store = self.top / "store"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.top), "SLIPWAY_STORE": str(self.store), "LC_ALL": "C"}
        self.env |= env

    def run(self, *words, **env):
        return run(SLIPWAY, *words, env=self.env | env, stdin=subprocess.DEVNULL)

    def __call__(self, *words, **env):
        done = self.run(*words, **env)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def fails(self, status, *words, **env):
        done = self.run(*words, **env)
        assert done.returncode == status, f"{words}: {done.returncode}: {done.stderr}"
        assert "Sanitizer" not in done.stderr
        return done.stderr

    def settings(self, registries, **more):
        folder = self.top / ".config/slipway"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "registries.json").write_text(json.dumps({"registries": registries, **more}))

    def names(self):
        return {i["name"]: i["digest"] for i in json.loads(self("image", "ls", "--json"))}

    def blobs(self):
        return {f"sha256:{p.name}" for p in (self.store / "blobs/sha256").glob("*")}

    def check(self):
        """Every blob is what its name says, and nothing half-done lies about."""
        for p in (self.store / "blobs/sha256").glob("*"):
            assert hashlib.sha256(p.read_bytes()).hexdigest() == p.name
        return self


@pytest.fixture
def slipway(tmp_path):
    return Slipway(tmp_path)


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    registry = Registry(tmp_path_factory.mktemp("registry"))
    yield registry
    registry.stop()


@pytest.fixture(scope="session")
def layout(tmp_path_factory):
    """An OCI layout with one image, v1: a layer that does not compress, and a small one."""
    top = tmp_path_factory.mktemp("layout")
    (top / "rootfs/etc").mkdir(parents=True)
    (top / "rootfs/etc/name").write_text("x\n")
    (top / "large").write_bytes(random.Random(1).randbytes(3_000_000))
    good("umoci", "init", "--layout", top / "oci")
    good("umoci", "new", "--image", f"{top}/oci:v1")
    good("umoci", "insert", "--rootless", "--image", f"{top}/oci:v1", top / "large", "/large")
    good("umoci", "insert", "--rootless", "--image", f"{top}/oci:v1", top / "rootfs", "/")
    good("umoci", "config", "--image", f"{top}/oci:v1", "--config.cmd", "/bin/true")
    good("umoci", "gc", "--layout", top / "oci")
    return top / "oci"


def manifest_of(layout_path, tag="v1"):
    """(digest, manifest) of a layout's tag."""
    for m in json.loads((layout_path / "index.json").read_text())["manifests"]:
        if m["annotations"]["org.opencontainers.image.ref.name"] == tag:
            return m["digest"], json.loads((layout_path / "blobs" / m["digest"].replace(":", "/")).read_text())
    raise KeyError(tag)


@pytest.fixture(scope="session")
def pushed(plain, layout):
    """The image on the plain registry, by skopeo: its name."""
    name = plain.name("test/app:v1")
    good("skopeo", "copy", "--dest-tls-verify=false", f"oci:{layout}:v1", f"docker://{name}")
    return name


@pytest.fixture
def copy_of(plain, tmp_path):
    """A registry whose data may be spoilt."""
    made = []

    def make():
        folder = tmp_path / f"registry{len(made)}"
        folder.mkdir()
        shutil.copytree(plain.folder / "data", folder / "data")
        made.append(Registry(folder))
        return made[-1]

    yield make
    for r in made:
        r.stop()


@pytest.fixture(scope="session")
def trixie():
    """oras and cosign, as Debian trixie has them."""
    folder = ROOT / "build/trixie-tools"
    good(ROOT / "tests/registry/tools", folder, "oras", "cosign", timeout=600)
    return folder / "usr/bin"
