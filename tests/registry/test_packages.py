"""Our own packages, pushed to a registry and built from there: the same machine, to the byte."""

import os
import shutil

import pytest

from conftest import ROOT, Registry, Slipway

STORE = ROOT / "build/store"
FOLDERS = [ROOT / "packages" / p for p in ("init", "system-runtime", "sysctl", "dhcp", "getty", "ntp", "nginx")]
FOLDERS.append(ROOT / "kernel/debian-cloud")
FORMATS = "tar,kernel+initrd,iso,sbom"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """With all that examples/nginx.yml needs."""
    r = Registry(tmp_path_factory.mktemp("packages"))
    source = Slipway(tmp_path_factory.mktemp("source"), SLIPWAY_STORE=str(STORE))
    pushed = source("pkg", "push", "--to", f"{r.host}/team", "--arch", "amd64", "--programs", ROOT / "build/bin", *FOLDERS)
    assert len(pushed.splitlines()) == len(FOLDERS)
    yield r
    if r.process.poll() is None:
        r.stop()


def built(slipway, config, *words):
    out = slipway.top / "out"
    shutil.rmtree(out, ignore_errors=True)
    slipway("build", *words, "--arch", "amd64", "-f", FORMATS, "-o", out, config)
    return {p.name: p.read_bytes() for p in sorted(out.iterdir())}


def test_the_same_bytes_from_an_empty_store(registry, tmp_path):
    """Every format, and the bill of materials; offline too, once it is there."""
    here = Slipway(tmp_path / "here", SLIPWAY_STORE=str(STORE))
    os.makedirs(tmp_path / "a/much/deeper/folder")
    config = shutil.copy(ROOT / "examples/nginx.yml", tmp_path / "a/much/deeper/folder/nginx.yml")
    there = Slipway(tmp_path / "there")
    there.settings({"slipway": {"mirrors": [f"{registry.host}/team"]}})
    local = built(here, ROOT / "examples/nginx.yml", "--offline")
    assert len(local) >= 5 and any(name.endswith(".spdx.json") for name in local)
    remote = built(there, config)
    assert sorted(local) == sorted(remote)
    assert [name for name in local if local[name] != remote[name]] == []
    registry.stop()
    try:
        assert built(there, config, "--offline") == local
        assert built(there, config) == local  # nothing is missing: nobody is asked
    finally:
        registry.start()


def test_a_config_names_the_registry(registry, tmp_path):
    """Without a tag, so by latest."""
    text = (ROOT / "examples/minimal.yml").read_text().replace("slipway/", f"{registry.host}/team/")
    outs = []
    for name in ("one", "two"):
        slipway = Slipway(tmp_path / name)
        config = slipway.top / "minimal.yml"
        slipway.top.mkdir(exist_ok=True)
        config.write_text(text)
        outs.append(built(slipway, config))
    assert outs[0] == outs[1]
