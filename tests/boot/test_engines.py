"""podman, containerd and dockerd of Debian trixie on a machine of cgroup v2 alone: limits that they set and change, as the
kernel has them; what happens beyond them; terminals, events, restarts, refusals. A guest whose init is tests/boot/engines-guest;
make test-slow."""
import json
import pathlib
import subprocess
import sys

import pytest

from conftest import ROOT
from initrd import archive, module
from machine import Machine

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(ROOT / "tests/engine"))
from box_image import image  # noqa: E402

ENGINES = ROOT / "build/engines"
MIB = 1 << 20
PODMAN = ("podman --storage-driver=vfs --runtime=/usr/local/bin/system-runtime --cgroup-manager=cgroupfs --events-backend=file "
          "--log-level=error ")
RUN = "run --network=none --log-driver=k8s-file "
LIMITS = ("--memory 64m --memory-reservation 32m --memory-swap 96m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 23 "
          "--blkio-weight 500 ")
SET = {"memory.max": 64 * MIB, "memory.low": 32 * MIB, "memory.swap.max": 32 * MIB, "cpu.max": "50000 100000", "cpu.weight": 20,
       "cpuset.cpus": 0, "pids.max": 23}
UPDATE = "update --memory 48m --memory-swap 80m --cpus 0.25 --pids-limit 24 "
UPDATED = {**SET, "memory.max": 48 * MIB, "cpu.max": "25000 100000", "pids.max": 24}
CTR, BOX = "ctr --connect-timeout 300s ", "docker.io/library/box:latest "
CTR_RUN = CTR + "run --snapshotter native "
HOW = ["--runc-binary /usr/local/bin/system-runtime ", ""]
FORK = "'for i in 1 2 3 4 5 6 7 8 9; do sleep 9 & done'"


# Emulated Go programs: too slow for make test.
pytestmark = pytest.mark.slow


class Guest:
    def __init__(self, machine):
        self.machine = machine

    def run(self, line, timeout=300):
        """A line of shell; what it says, both outputs together, and its status."""
        m = self.machine
        m.send(line)
        start = m.mark
        found = m.expect(r"@@(\d+)@@\r?\n", timeout)
        return m.seen[start:found.start()].decode(errors="replace").replace("\r", ""), int(found.group(1))

    def ok(self, line):
        text, status = self.run(line)
        assert status == 0, (line, text)
        return text.strip()

    def cgroup(self, path, files):
        """What the kernel has in these files of a cgroup."""
        found = self.ok("cd /sys/fs/cgroup/" + path + " && for f in " + " ".join(files) + '; do echo "$f $(cat $f)"; done; cd /')
        return dict(line.split(" ", 1) for line in found.splitlines())


def text(files):
    return {name: str(value) for name, value in files.items()}


@pytest.fixture(scope="module")
def guest(nginx, folder):
    disk = ENGINES / "disk"
    if not disk.exists() or disk.stat().st_mtime < (ENGINES / "done").stat().st_mtime:
        # Not compressed: an emulated processor would spend its time on that.
        subprocess.run(["mksquashfs", ENGINES / "tree", ENGINES / "disk.new", "-noappend", "-quiet", "-no-progress", "-noI", "-noD", "-noF",
                        "-noX", "-p", "usr/local d 755 0 0", "-e", "usr/share/doc", "usr/share/perl", "usr/share/locale", "usr/lib/systemd"], check=True, timeout=300)
        (ENGINES / "disk.new").rename(disk)
    busybox = pathlib.Path("/usr/bin/busybox").read_bytes()
    init = (HERE / "engines-guest").read_bytes()
    work = folder / "engines"
    work.mkdir(exist_ok=True)
    (work / "initrd").write_bytes(archive({
        "bin/busybox": busybox, "init": init, "guest": init, "box.tar": image(), "dev/.here": b"", "new/.here": b"",
        "system-runtime": (ROOT / "build/bin/system-runtime").read_bytes(),
        "squashfs.ko": module(nginx / "nginx-initrd.img", "squashfs")}, {}))
    args = ["-kernel", nginx / "nginx-kernel", "-initrd", work / "initrd", "-append", "console=ttyS0 loglevel=3",
            "-drive", f"file={disk},if=none,id=disk,format=raw,readonly=on", "-device", "nvme,drive=disk,serial=1"]
    with Machine(work, args, memory=2048) as m:
        m.expect("GUEST READY", 300)
        yield Guest(m)


@pytest.fixture(scope="module")
def ctr(guest):
    guest.ok("containerd >/tmp/containerd.log 2>&1 &")
    guest.ok("until_ok test -S /run/containerd/containerd.sock")
    guest.ok(CTR + "image import --snapshotter native /tmp/box.tar")
    guest.ok(CTR + "events >/tmp/ctr-events 2>&1 &")
    return guest


@pytest.fixture(scope="module")
def docker(ctr):
    ctr.ok("dockerd --containerd=/run/containerd/containerd.sock --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs "
           "--add-runtime=ours=/usr/local/bin/system-runtime --default-runtime=ours --exec-opt=native.cgroupdriver=cgroupfs "
           ">/tmp/dockerd.log 2>&1 &")
    # Not by asking with the client, whose own start takes as long.
    ctr.ok("until_ok test -S /run/docker.sock")
    ctr.ok("docker load -q -i /tmp/box.tar")
    return ctr


@pytest.fixture(scope="module")
def podman(guest):
    guest.ok(PODMAN + "load -q -i /tmp/box.tar")
    return guest


def test_docker_limits(docker):
    name = docker.ok("docker run -d --name lim --network=none " + LIMITS + "box sleep 1000").split()[-1]
    assert docker.cgroup("docker/" + name, SET) == text(SET)
    docker.ok("docker " + UPDATE + "lim")
    assert docker.cgroup("docker/" + name, UPDATED) == text(UPDATED)
    docker.ok("docker rm -f lim")


def test_podman_limits(podman):
    name = podman.ok(PODMAN + RUN + "-d --name lim " + LIMITS + "box sleep 1000").split()[-1]
    assert podman.cgroup("libpod_parent/libpod-" + name, SET) == text(SET)
    podman.ok(PODMAN + UPDATE + "lim")
    assert podman.cgroup("libpod_parent/libpod-" + name, UPDATED) == text(UPDATED)
    podman.ok(PODMAN + "rm -f -t 0 lim")


@pytest.mark.parametrize("how", HOW)
def test_containerd_limits(ctr, how):
    ctr.ok(CTR_RUN + how + "-d --memory-limit 67108864 --cpus 0.5 " + BOX + "lim sleep 1000")
    want = {"memory.max": str(64 * MIB), "cpu.max": "50000 100000"}
    assert ctr.cgroup("default/lim", want) == want
    ctr.ok(CTR + "task kill -s KILL lim && until_ok " + CTR + "task rm lim && " + CTR + "container rm lim")


def test_docker_life(docker):
    name = docker.ok("docker run -d --name life --network=none " + LIMITS + "box sleep 1000").split()[-1]
    # The container's own view is its cgroup namespace.
    assert docker.ok("docker exec life cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max").split() == [str(64 * MIB), "23"]
    assert docker.ok("docker exec -it life tty").startswith("/dev/")
    assert "64MiB 1" in docker.ok("docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' life")
    docker.ok("docker pause life")
    assert docker.cgroup("docker/" + name, ["cgroup.freeze"]) == {"cgroup.freeze": "1"}
    assert docker.ok("docker inspect -f '{{.State.Status}}' life") == "paused"
    docker.ok("docker unpause life")
    docker.ok("docker restart -t 0 life")
    assert docker.ok("docker inspect -f '{{.State.Status}}' life") == "running"
    assert docker.cgroup("docker/" + name, SET) == text(SET)
    docker.ok("docker kill life")
    assert docker.ok("docker wait life") == "137"
    docker.ok("docker rm -f life")


def test_docker_beyond_limits(docker):
    docker.run("docker run --name oom --network=none --memory 16m --memory-swap 16m box tail /dev/zero")
    assert docker.ok("docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' oom") == "137 true"
    assert "oom" in docker.ok("docker events --since 0 --until $(date +%s) --filter event=oom --format '{{.Actor.Attributes.name}}'").split()
    said, status = docker.run("docker run --rm --network=none --pids-limit 5 box sh -c " + FORK)
    assert status == 2 and "can't fork" in said
    # Its restarts are dockerd's.
    docker.ok("docker run -d --name again --network=none --restart=always box false")
    docker.ok("until_ok sh -c 'test $(docker inspect -f {{.RestartCount}} again) -ge 2'")
    docker.ok("docker rm -f oom again")


@pytest.mark.parametrize("command, status, words", [
    ("nothere", 127, 'exec: "nothere": executable file not found in $PATH'), ("/nothere", 127, "no such file or directory"),
    ("/etc", 126, "is a directory")])
def test_docker_refusals(docker, command, status, words):
    said, got = docker.run("docker run --rm --network=none box " + command)
    assert got == status and words in said, said


def test_podman_life(podman):
    name = podman.ok(PODMAN + RUN + "-d --name life " + LIMITS + "box sleep 1000").split()[-1]
    assert podman.ok(PODMAN + "exec life cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max").split() == [str(64 * MIB), "23"]
    assert podman.ok(PODMAN + "exec -it life tty").startswith("/dev/")
    said = podman.ok(PODMAN + "stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' life")
    assert "/ 67.11MB 1" in said, said
    podman.ok(PODMAN + "pause life")
    assert podman.cgroup("libpod_parent/libpod-" + name, ["cgroup.freeze"]) == {"cgroup.freeze": "1"}
    podman.ok(PODMAN + "unpause life")
    podman.ok(PODMAN + "restart -t 0 life")
    assert podman.cgroup("libpod_parent/libpod-" + name, SET) == text(SET)
    assert podman.ok(PODMAN + "inspect -f '{{.State.Status}}' life") == "running"
    events = podman.ok(PODMAN + "events --stream=false --filter container=life --format '{{.Status}}'").split()
    assert {"create", "start", "exec", "pause", "unpause", "restart"} <= set(events), events
    podman.ok(PODMAN + "rm -f -t 0 life")


def test_podman_beyond_limits(podman):
    assert podman.run(PODMAN + RUN + "--name oom --memory 16m --memory-swap 16m box tail /dev/zero")[1] == 137
    assert podman.ok(PODMAN + "inspect -f '{{.State.OOMKilled}}' oom") == "true"
    said, status = podman.run(PODMAN + RUN + "--rm --pids-limit 5 box sh -c " + FORK)
    assert status == 2 and "can't fork" in said
    podman.ok(PODMAN + "rm -f -t 0 oom")
    assert podman.ok("ls /run/system-runtime") == ""


@pytest.mark.parametrize("how", HOW)
def test_containerd_life(ctr, how):
    ctr.ok(CTR_RUN + how + "-d --memory-limit 67108864 " + BOX + "life sleep 1000")
    assert ctr.ok(CTR + "task exec -t --exec-id x life tty").startswith("/dev/")
    metrics = json.loads(ctr.ok(CTR + "task metrics --format json life"))
    assert str(64 * MIB) in json.dumps(metrics), metrics
    ctr.ok(CTR + "task pause life")
    assert ctr.cgroup("default/life", ["cgroup.freeze"]) == {"cgroup.freeze": "1"}
    ctr.ok(CTR + "task resume life")
    said, status = ctr.run(CTR + "task checkpoint life")
    assert status != 0 and "checkpoint: is not carried out" in said, said
    ctr.ok(CTR + "task kill -s KILL life && until_ok " + CTR + "task rm life && " + CTR + "container rm life")
    assert ctr.run(CTR_RUN + how + "--rm --memory-limit 16777216 " + BOX + "oom tail /dev/zero")[1] == 137
    ctr.ok("until_ok grep -q '/tasks/oom .*oom' /tmp/ctr-events; : >/tmp/ctr-events")
    assert ctr.ok("ls /run/containerd/runc/default") == ""
