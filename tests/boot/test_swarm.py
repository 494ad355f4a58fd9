"""examples/swarm.yml: two machines of one image on a network of QEMU's sockets form a Docker Swarm and run a service with two replicas,
which answers through the routing mesh; the machine of one is lost, and both run on the other. make test-slow."""

import json
import re
import time

import pytest

from conftest import ROOT
from engine_host import Host, make
from machine import free_port

# Emulated programs in Go, twice: too slow for make test.
pytestmark = pytest.mark.slow

# No registry is there: both machines have the image, and who asks on this port is refused at once.
IMAGE = "localhost:5000/box"


class Node(Host):
    """A machine of the Swarm, from the arguments that the example names."""

    def __init__(self, here, number, port, **kw):
        self.name, self.address = f"swarm-{number}", f"192.168.77.{number}"
        super().__init__(here, "docker", folder=self.name, args=[
            "-netdev", f"socket,id=swarm,mcast=230.77.0.1:{port},localaddr=127.0.0.1",
            "-device", f"virtio-net-pci,netdev=swarm,mac=52:54:00:77:00:0{number}",
            "-smbios", f"type=11,value=io.systemd.credential:system.hostname={self.name}"], **kw)

    def docker(self, command):
        return self.ok(f"docker {command}")

    def member(self, command):
        """`docker swarm COMMAND`, which Docker gives 20 seconds and then goes on with: done is done, whatever it said."""
        said = self.run(f"svc exec docker docker swarm {command}", 600)
        wait(lambda: "active" in self.docker("info -f '{{.Swarm.LocalNodeState}}'").split(), lambda: said)

    def listed(self, what):
        """Rows of `docker WHAT ls` or `ps`; the kernel's lines may cut through what stands on the console."""
        rows = []
        for line in self.docker(f"{what} --format '{{{{json .}}}}'").splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                pass
        return rows

    def members(self):
        return {row["Hostname"]: row["Status"] for row in self.listed("node ls")}

    def running(self):
        """The machines on which a replica runs."""
        return sorted(row["Node"] for row in self.listed("service ps -f desired-state=running web")
                      if row["CurrentState"].startswith("Running"))


def wait(condition, state, timeout=1800):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, state()
        time.sleep(20)  # asking takes the time that the engine needs


def answered_by_both(m):
    """Until two replicas have answered at this machine's port, each with the name of its container."""
    seen = set()

    def asked():
        seen.add(m.fetch(80, "hostname").strip())
        return len(seen) == 2
    wait(asked, lambda: (seen, m.docker("service ps --no-trunc web")))


def test_swarm(folder):
    here = make(folder, "docker", example="swarm", disks=("swarm-1", "swarm-2"))
    port = free_port()
    with Node(here, 1, port, ports=[80, 2377]) as one, Node(here, 2, port, ports=[80]) as two:
        for node in one, two:
            node.up(known=False)
            node.docker("load -q -i /srv/box.tar")
            node.docker(f"tag box {IMAGE}")
        # A slow machine's sign of life comes late: one is lost after three times this.
        one.member(f"init --advertise-addr {one.address} --dispatcher-heartbeat 30s")
        one.until("svc exec docker docker swarm join-token -q worker")
        token = re.search(r"SWMTKN-[-\w]+", one.docker("swarm join-token -q worker")).group()
        two.member(f"join --advertise-addr {two.address} --token {token} {one.address}:2377")
        wait(lambda: one.members() == {"swarm-1": "Ready", "swarm-2": "Ready"}, lambda: one.docker("node ls"))
        one.docker(f"service create -d --name web --replicas 2 -p 80:8080 {IMAGE} busybox httpd -f -p 8080 -h /etc")
        wait(lambda: one.running() == ["swarm-1", "swarm-2"], lambda: one.docker("service ps --no-trunc web"))
        # Each machine answers for both, whichever is asked.
        for node in one, two:
            answered_by_both(node)
        # The manager's port is for the network of the Swarm alone.
        assert one.closed(2377)

        # As when its power is cut.
        two.qmp("quit")
        two.wait_off()
        wait(lambda: one.running() == ["swarm-1", "swarm-1"], lambda: one.docker("service ps --no-trunc web"))
        wait(lambda: one.members() == {"swarm-1": "Ready", "swarm-2": "Down"}, lambda: one.docker("node ls"))
        answered_by_both(one)
        one.down()
