"""What the small packages do, on one machine that has many of them, and what a second boot finds of the first; on arm64 in
make test-slow."""

import base64
import json
import os
import re
import socket
import struct
import subprocess
import threading
import time
import urllib.request

import pytest

from conftest import ARCHS, ROOT, build
from machine import Machine, direct

MIB = 1 << 20
GROWN = (b"label: gpt\nstart=2048, size=32768, type=linux, name=data\n", 1 * MIB, 16 * MIB)


def keys():
    """A WireGuard pair: any 32 bytes are a private key."""
    private = os.urandom(32)
    # PKCS#8 of X25519 is this and the key (RFC 8410).
    der = bytes.fromhex("302e020100300506032b656e04220420") + private
    public = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], input=der,
                            capture_output=True, check=True).stdout[-32:]
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()


class TimeServer:
    """Answers over NTP (RFC 5905, 7.3) that it is 2040."""

    NOW = 2208988800 + 2209032000  # of NTP's count, which begins in 1900

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            request, to = self.socket.recvfrom(512)
            now = self.NOW + time.monotonic()
            stamp = struct.pack("!II", int(now) & 0xffffffff, int(now % 1 * (1 << 32)))
            self.socket.sendto(struct.pack("!BBbbII4s", 0x24, 1, 6, -20, 0, 0, b"TEST") + stamp + request[40:48] + stamp + stamp, to)


class Agent:
    """The hypervisor's end of the guest agent's port (QEMU's docs/interop/qemu-ga.rst)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(300)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("r")

    def send(self, command):
        self.socket.sendall(json.dumps({"execute": command}).encode() + b"\n")

    def ask(self, command):
        self.send(command)
        return json.loads(self.file.readline())


@pytest.fixture(scope="module", params=ARCHS)
def image(folder, request):
    here = folder / "packages" / request.param
    here.mkdir(exist_ok=True, parents=True)
    text = (ROOT / "tests/boot/packages.yml").read_text()
    for n in "01":
        private, public = keys()
        text = text.replace(f"@KEY{n}@", private).replace(f"@PUBLIC{n}@", public)
    (here / "packages.yml").write_text(text.replace("@NTP@", str(TimeServer().port)))
    return build(here / "packages.yml", here, "kernel+initrd", "--arch", request.param)


@pytest.fixture(scope="module")
def disks(image):
    strange, empty, grown = (image / f"{name}.disk" for name in ("strange", "empty", "grown"))
    # Looks like nothing, and is something: data that starts late.
    strange.write_bytes(bytes(64 * MIB - 4096) + b"precious" * 512)
    empty.write_bytes(b"")
    os.truncate(empty, 64 * MIB)
    table, start, size = GROWN
    grown.write_bytes(bytes(17 * MIB))
    os.truncate(grown, 64 * MIB)
    (image / "grown").mkdir(exist_ok=True)
    (image / "grown/note").write_text("was-here")
    subprocess.run(["sfdisk", "--quiet", grown], input=table, check=True)
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", image / "grown", "-E", f"offset={start}", grown, f"{size >> 10}k"], check=True)
    # The table ends where the disk did: it has grown since.
    os.truncate(grown, 96 * MIB)
    return strange, empty, grown


def until(attempt, seconds):
    deadline = time.monotonic() + seconds
    while not (answer := attempt()):
        assert time.monotonic() < deadline, attempt
        time.sleep(0.5)
    return answer


AGENT = ["guest-ping", "guest-get-host-name", "guest-network-get-interfaces", "guest-exec", "guest-file-open"]


def fetch(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=120) as answer:
            return answer.read().decode()
    except OSError:
        return None  # it is starting


def knock(port):
    """False always: the machine's end is the answer."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
    except OSError:
        pass
    return False


def boot(image, disks, end):
    """Boots; what the checks say, what others say to the outside, and the whole console. end(machine, agent) powers it off."""
    args = direct(image, "packages", image.name)
    said = image / "said"
    said.write_bytes(b"")
    port = image / "agent"
    port.unlink(missing_ok=True)
    args += ["-netdev", "user,id=second,net=10.0.3.0/24", "-device", "virtio-net-pci,netdev=second",
             "-device", "virtio-serial-pci", "-chardev", f"file,path={said},id=said", "-device", "virtconsole,chardev=said",
             "-chardev", f"socket,path={port},server=on,wait=off,id=agent",
             "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"]
    for disk in disks:
        args += ["-drive", f"if=virtio,format=raw,file={disk}"]
    with Machine(image / "machine", args, ports=[9100, 9101, 8081], arch=image.name) as m:
        deadline = time.monotonic() + 600
        while "RESULT ready" not in said.read_text(errors="replace"):
            assert time.monotonic() < deadline and m.qemu.poll() is None, said.read_text(errors="replace") + m.text[-4000:]
            time.sleep(0.3)
        metrics = until(lambda: fetch(m.ports[9100]), 300)
        with socket.create_connection(("127.0.0.1", m.ports[8081]), timeout=5) as s:
            try:
                closed = s.recv(100)
            except OSError:
                closed = b""
        assert closed == b"", "the firewall lets port 8081 through"
        agent = Agent(port)
        answers = {command: agent.ask(command) for command in AGENT}
        end(m, agent)
        assert m.wait_off(300) == 0
    results = said.read_text(errors="replace").replace("\r", "")
    return dict(re.findall(r"^RESULT (\S+) (.*)$", results, re.M)), (metrics, answers), m.text.replace("\r", "") + results


def end_of_checks(m, _):
    # They may not listen yet: asked again until they end, and `poweroff` does its job.
    until(lambda: knock(m.ports[9101]) or m.qemu.poll() is not None, 300)


@pytest.fixture(scope="module")
def first(image, disks):
    return boot(image, disks, end_of_checks)


WANT = {
    "modules": "ipvlan zram",
    "defrag": "always defer defer+madvise madvise [never]",
    "sysctl": "2 0 7 2",
    "clock": "2040",
    "enabled": "always [madvise] never",
    "starts": "1",
    "kept": "/dev/vdb1 ext4",
    "grown": "/dev/vdc1 ext4 1 was-here",
    "swap": "file 8188 600",
    "loop": "/loop 6144",
    "vlan": "vlan protocol 802.1Q id 7",
    "bond": "active-backup 1 spare0 spare1",
    "address": "10.0.2.15/24 default via 10.0.2.2 dev eth0",
    "resolv": "nameserver 10.0.2.3",
    "ping": "1",
    "handshake": "1",
    "kmsg": "1",
}


@pytest.mark.parametrize("what", WANT)
def test_it_did(first, what):
    assert first[0][what] == WANT[what], first[2][-6000:]


def test_node_exporter(first):
    metrics = first[1][0]
    assert re.search(r'^node_filesystem_size_bytes\{.*mountpoint="/var/kept"\} [\d.e+]+$', metrics, re.M)
    assert re.search(r"^node_memory_MemTotal_bytes [\d.e+]+$", metrics, re.M)
    assert "node_network_up" in metrics


def test_guest_agent(first):
    """It answers what it may; the second boot ends by its guest-shutdown."""
    answers = first[1][1]
    assert answers["guest-ping"] == {"return": {}}
    assert answers["guest-get-host-name"]["return"]["host-name"]
    assert {"lo", "eth0", "bond0"} <= {i["name"] for i in answers["guest-network-get-interfaces"]["return"]}
    assert all(answers[command]["error"]["class"] == "CommandNotFound" for command in ("guest-exec", "guest-file-open")), answers


def test_mistakes_are_named(first):
    assert re.search(r"/host/sysfs.d/50-test.conf:3: /sys/kernel/mm/none/such: this kernel does not have it", first[2])


def test_what_is_on_a_disk_stays(image, disks, first):
    """The first disk was never touched, and the second boot finds what the first has made."""
    assert "/dev/vda: has data that is no known file system; left alone" in first[2]
    again, _, text = boot(image, disks, lambda _, agent: agent.send("guest-shutdown"))
    assert again == {**first[0], "starts": "2", "inside": again["inside"]}
    assert "no empty disk; nothing to do" in text and "making a file system" not in text
    assert disks[0].read_bytes() == bytes(64 * MIB - 4096) + b"precious" * 512
    table = json.loads(subprocess.run(["sfdisk", "--json", disks[1]], check=True, capture_output=True).stdout)["partitiontable"]
    assert [p["name"] for p in table["partitions"]] == ["kept"]
