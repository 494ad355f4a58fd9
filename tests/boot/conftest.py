"""Images that the boot tests share, built once a session from the packages in the store."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARCHS = ["amd64", pytest.param("arm64", marks=pytest.mark.slow)]
SLIPWAY = ROOT / "build/bin/slipway"


def pytest_addoption(parser):
    parser.addoption("--boot-folder", default=str(ROOT / "build/tests/boot"))


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: of make test-slow, not of make test")


@pytest.fixture(scope="session")
def folder(request):
    path = pathlib.Path(request.config.getoption("--boot-folder"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def build(config, out, formats, *more):
    env = dict(os.environ, SLIPWAY_STORE=os.environ.get("SLIPWAY_STORE", str(ROOT / "build/store")))
    done = subprocess.run([SLIPWAY, "build", "-f", formats, *more, "-o", str(out.resolve()), str(config)],
                          env=env, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def nginx(folder):
    """examples/nginx.yml in every format."""
    return build(ROOT / "examples/nginx.yml", folder / "nginx", "tar,kernel+initrd,iso,raw,qcow2")
