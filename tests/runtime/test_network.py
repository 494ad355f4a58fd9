"""linux.netDevices: devices of the machine in the container, with their addresses."""
import os
import subprocess

import pytest


def ip(*argv):
    return subprocess.run(["ip", *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def device():
    name = f"slw{os.getpid() % 100000}"
    r = ip("link", "add", name, "type", "veth", "peer", "name", name + "p")
    if r.returncode != 0:
        pytest.skip("this kernel has no veth devices")
    for address in ("192.0.2.7/24", "2001:db8::7/64"):
        ip("address", "add", address, "dev", name)
    ip("link", "set", name, "up")
    yield name
    ip("link", "del", name + "p")


def test_a_device_moves_with_its_addresses(box, device):
    box.spec["linux"]["netDevices"] = {device: {"name": "inner0"}}
    out = box.sh("ip -o address show dev inner0")
    assert "192.0.2.7/24" in out and "2001:db8::7/64" in out
    assert ip("link", "show", device).returncode != 0  # a virtual one goes with its namespace


def test_a_device_keeps_its_name_and_is_up(box, device):
    box.spec["linux"]["netDevices"] = {device: {}}
    assert ",UP" in box.sh(f"ip link show dev {device}")


def test_refusals(box, device):
    for devices, words in [({"nothere0": {}}, 'linux.netDevices: there is no device "nothere0"'),
                           ({device: {"name": "lo"}}, 'linux.netDevices: "lo" is taken in every network namespace'),
                           ({device: {"name": "a/b"}}, 'linux.netDevices: "a/b" is no name of a device'),
                           ({device: {"name": "x"}, "other": {"name": "x"}}, 'two devices would be named "x"')]:
        box.spec["linux"]["netDevices"] = devices
        r = box.run("true")
        assert r.returncode == 1 and words in r.stderr, r.stderr
    box.spec["linux"]["namespaces"] = [n for n in box.spec["linux"]["namespaces"] if n["type"] != "network"]
    box.spec["linux"]["netDevices"] = {device: {}}
    assert 'linux.netDevices: needs a namespace of type "network"' in box.run("true").stderr
    assert ip("link", "show", device).returncode == 0
