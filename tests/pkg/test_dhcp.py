"""The package dhcp as its image has it, with its own rights, in a network namespace whose other end is dnsmasq, a router that lies,
or nobody."""

import json
import os
import re
import socket
import struct
import subprocess
import tarfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STORE = os.environ.get("SLIPWAY_STORE", str(ROOT / "build/store"))
CONFIG = """slipway: 1
kernel: {image: slipway/kernel-debian-cloud}
init: [slipway/init, slipway/system-runtime]
onboot:
  - {name: dhcp, image: slipway/dhcp}
"""
OURS, THEIRS = "slipway-dhcp", "slipway-dhcpd"


def run(*words, **options):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, text=True, timeout=60, **options).stdout


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The step as an image has it: root filesystem and config.json."""
    here = tmp_path_factory.mktemp("dhcp")
    (here / "os.yml").write_text(CONFIG)
    run(ROOT / "build/bin/slipway", "build", "-f", "tar", "-o", here, here / "os.yml",
        env={**os.environ, "SLIPWAY_STORE": STORE, "SLIPWAY_OFFLINE": "1"})
    step = "containers/onboot/000-dhcp/"
    with tarfile.open(here / "os.tar") as t:
        t.extractall(here, [m for m in t if m.name.startswith(step)])
    return here / step


@pytest.fixture(autouse=True)
def wire():
    """A card of ours, and one of theirs."""
    if os.getuid() != 0:
        pytest.skip("network namespaces want root")
    try:
        for name in (OURS, THEIRS):
            run("ip", "netns", "add", name)
        run("ip", "-n", OURS, "link", "add", "card0", "type", "veth", "peer", "name", "card1", "netns", THEIRS)
        run("ip", "-n", THEIRS, "address", "add", "10.9.0.1/24", "dev", "card1")
        run("ip", "-n", THEIRS, "address", "add", "fd09::1/64", "dev", "card1", "nodad")
        run("ip", "-n", THEIRS, "link", "set", "card1", "up")
        yield
    finally:
        for name in (OURS, THEIRS):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


@contextmanager
def dnsmasq(*options):
    command = ["ip", "netns", "exec", THEIRS, "dnsmasq", "--conf-file=/dev/null", "--keep-in-foreground", "--port=0", "--no-ping", "--interface=card1",
               "--leasefile-ro", "--user=root", "--pid-file=", "--log-facility=-", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        for line in server.stderr:
            if "started" in line:
                break
        time.sleep(1)  # its sockets are there, its first advertisement is out
        try:
            yield
        finally:
            server.terminate()
            server.stderr.read()


class Step:
    """The step of the image in a folder of its own, begun."""

    def __init__(self, bundle, folder, *arguments, **env):
        self.resolv = folder / "resolvconf"
        self.resolv.mkdir()
        spec = json.loads((bundle / "config.json").read_text())
        spec["process"]["args"] = ["/usr/bin/dhcp", *arguments]
        spec["process"]["env"] += [f"{k}={v}" for k, v in {"INTERFACES": "card0", **env}.items()]
        spec["root"]["path"] = str(bundle / "rootfs")
        for mount in spec["mounts"]:
            if mount["destination"] == "/run/resolvconf":
                mount["source"] = str(self.resolv)
        # The machine that tests has not the cgroups of a machine of ours.
        spec["mounts"] = [m for m in spec["mounts"] if m["type"] != "cgroup"]
        (folder / "config.json").write_text(json.dumps(spec))
        self.begun = time.monotonic()
        self.process = subprocess.Popen(["ip", "netns", "exec", OURS, ROOT / "build/bin/system-runtime", "--root", folder / "state", "run", "-b",
                                         folder, "dhcp"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)

    def end(self):
        """What it has said, and the seconds that it took."""
        said = self.process.communicate(timeout=60)[0]
        assert self.process.returncode == 0, said
        return said, time.monotonic() - self.begun

    def servers(self):
        conf = self.resolv / "resolv.conf"
        return re.findall(r"^(\S+) (.*)$", conf.read_text(), re.M) if conf.exists() else []


def addresses(scope="global"):
    said = json.loads(run("ip", "-n", OURS, "-j", "address", "show", "dev", "card0"))
    return {a["local"] for a in said[0]["addr_info"] if a["scope"] == scope}


V4 = "--dhcp-range=10.9.0.50,10.9.0.60,255.255.255.0,1h"
V6_SERVER = "--dhcp-option=option6:dns-server,[fd09::53]"


def test_only_ipv4_takes_no_longer(bundle, tmp_path):
    """Without a router the step ends when IPv4's answer is there: as without IPv6 at all."""
    with dnsmasq(V4):
        said, took = Step(bundle, tmp_path, "-1").end()
    assert "card0: 10.9.0." in said and "IPv6" not in said and "Terminated" not in said, said
    assert took < 2, said
    assert any(a.startswith("10.9.0.") for a in addresses())


def test_router_advertisement(bundle, tmp_path):
    """Address and route by the kernel; the name server by the step, after IPv4's."""
    with dnsmasq(V4, "--enable-ra", "--dhcp-range=fd09::,ra-only", "--dhcp-option=option6:dns-server,[fd09::53]",
                 "--dhcp-option=option6:domain-search,example.test", "--dhcp-option=option:dns-server,10.9.0.53"):
        step = Step(bundle, tmp_path, "-1", ROUTER_SECONDS=5)
        said, _ = step.end()
        assert step.servers() == [("search", "example.test"), ("nameserver", "10.9.0.53"), ("nameserver", "fd09:0:0:0:0:0:0:53")], said
        assert any(a.startswith("fd09::") for a in addresses()), said
    assert re.search(r"^card0: IPv6 router heard, address fd09::\S+/64, name servers fd09:0:0:0:0:0:0:53$", said, re.M), said
    assert re.search(r"^default via fe80::", run("ip", "-n", OURS, "-6", "route"), re.M)


def test_stateful(bundle, tmp_path):
    """An address that the server alone can have given, and its name server once."""
    with dnsmasq("--enable-ra", "--dhcp-range=fd09::1000,fd09::1fff,64,1h", V4, V6_SERVER):
        step = Step(bundle, tmp_path, "-1", ROUTER_SECONDS=5)
        said, _ = step.end()
    assert any(re.fullmatch(r"fd09::1[0-9a-f]{3}", a) for a in addresses()), said
    assert re.search(r"card0: DHCPv6, address fd09:\S*/128, name servers fd09:0:0:0:0:0:0:53", said), said
    assert [s for s in step.servers() if s[1].startswith("fd09")] == [("nameserver", "fd09:0:0:0:0:0:0:53")], said


def test_ipv6_alone_and_stateless(bundle, tmp_path):
    """No IPv4 at all: its tries end, and IPv6 is there."""
    with dnsmasq("--enable-ra", "--dhcp-range=fd09::,ra-stateless", "--ra-param=card1,0,0", V6_SERVER):
        step = Step(bundle, tmp_path, "-1")
        said, took = step.end()
    assert "card0: no DHCP server answered" in said and "card0: DHCPv6, name servers fd09:0:0:0:0:0:0:53" in said, said
    assert step.servers() == [("nameserver", "fd09:0:0:0:0:0:0:53")]
    assert any(a.startswith("fd09::") for a in addresses()) and took < 25


def test_service(bundle, tmp_path):
    """It keeps on: a router that comes later is heard, and what it says last holds."""
    step = Step(bundle, tmp_path)
    try:
        with dnsmasq("--enable-ra", "--dhcp-range=fd09::1000,fd09::1fff,64,1h", V4, V6_SERVER):
            until(lambda: any(re.fullmatch(r"fd09::1[0-9a-f]{3}", a) for a in addresses()))
            until(lambda: ("nameserver", "fd09:0:0:0:0:0:0:53") in step.servers())
        assert step.process.poll() is None
    finally:
        run(ROOT / "build/bin/system-runtime", "--root", tmp_path / "state", "kill", "dhcp", "KILL")
        step.process.communicate(timeout=30)


def until(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, holds
        time.sleep(0.2)


def test_no_link(bundle, tmp_path):
    run("ip", "-n", THEIRS, "link", "set", "card1", "down")
    said, took = Step(bundle, tmp_path, "-1", LINK_SECONDS=1).end()
    assert "card0: no link after 1 s; left alone" in said and took < 5


def advertisement(servers=(), options=b"", flags=0):
    """A router's (RFC 4861, 4.2) with name servers (RFC 8106, 5.1)."""
    rdnss = b"".join(struct.pack("!BBHI", 25, 3, 0, 600) + socket.inet_pton(socket.AF_INET6, s) for s in servers)
    return struct.pack("!BBHBBHII", 134, 0, 0, 64, flags, 0, 0, 0) + rdnss + options


def domains(name):
    return struct.pack("!BBHI", 31, (8 + len(name) + 7) // 8, 0, 600) + name + bytes(-len(name) % 8)


@contextmanager
def router(*messages):
    """Sends these, each with its hop limit, from the other end's own address, until the end."""
    program = """
import socket, sys, time, json
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"card1")
while True:
    for hops, message in json.loads(sys.argv[1]):
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
        try:
            s.sendto(bytes.fromhex(message), ("ff02::1%card1", 0))
        except OSError:
            pass
    time.sleep(0.3)
"""
    words = json.dumps([(hops, message.hex()) for hops, message in messages])
    with subprocess.Popen(["ip", "netns", "exec", THEIRS, "/usr/bin/python3", "-c", program, words]) as p:
        try:
            yield
        finally:
            p.kill()


def test_lies(bundle, tmp_path):
    """From beyond the link, cut short, or with names that would be lines of a file: none of it is heeded."""
    with dnsmasq(V4), router(
            (64, advertisement(["fd66::1"])), (255, advertisement(["fd66::2"])[:-3]), (255, advertisement(["fd66::3"], b"\x19\x00")),
            (255, advertisement([], domains(b"\x0bevil\nsearch\x00"))), (255, advertisement([], domains(b"\x3fshort"))),
            (255, advertisement(["fd09::53"], domains(b"\x04good\x04test\x00")))):
        step = Step(bundle, tmp_path)
        try:
            until(lambda: ("search", "good.test") in step.servers())
            time.sleep(1)
            assert sorted(s for s in step.servers() if not s[1].startswith("10.")) == [
                ("nameserver", "fd09:0:0:0:0:0:0:53"), ("search", "good.test")]
        finally:
            run(ROOT / "build/bin/system-runtime", "--root", tmp_path / "state", "kill", "dhcp", "KILL")
            step.process.communicate(timeout=30)


def test_a_router_whose_dhcpv6_is_silent(bundle, tmp_path):
    """It has said that DHCPv6 has the addresses, and nobody answers: the step ends all the same."""
    with dnsmasq(V4), router((255, advertisement([], flags=0x80))):
        said, took = Step(bundle, tmp_path, "-1", ROUTER_SECONDS=5).end()
    assert "card0: no DHCPv6 server answered, or all refused" in said and took < 20, said


@contextmanager
def refusing():
    """A DHCPv6 server (RFC 8415) that offers itself, and then has no address for who asks (status 2, NoAddrsAvail)."""
    program = """
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"card1")
card = socket.if_nametoindex("card1")
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, "ff02::1:2") + struct.pack("@I", card))
s.bind(("::", 547))
option = lambda kind, data: struct.pack("!HH", kind, len(data)) + data
while True:
    message, client = s.recvfrom(2048)
    options, at = {}, 4
    while at + 4 <= len(message):
        kind, length = struct.unpack("!HH", message[at:at + 4])
        options[kind] = message[at + 4:at + 4 + length]
        at += 4 + length
    kind = 2 if message[0] == 1 else 7
    s.sendto(bytes([kind]) + message[1:4] + option(1, options[1]) + option(2, struct.pack("!HH6s", 3, 1, b"server")) +
             (option(3, options[3]) if kind == 2 else option(13, struct.pack("!H", 2))), client)
"""
    with subprocess.Popen(["ip", "netns", "exec", THEIRS, "/usr/bin/python3", "-c", program]) as p:
        try:
            yield
        finally:
            p.kill()


def test_a_dhcpv6_that_refuses(bundle, tmp_path):
    """It would be asked for ever."""
    with dnsmasq(V4), router((255, advertisement([], flags=0x80))), refusing():
        said, took = Step(bundle, tmp_path, "-1", ROUTER_SECONDS=5).end()
    assert said.count("NAK") > 1, said
    assert "card0: no DHCPv6 server answered, or all refused" in said and took < 40, said
