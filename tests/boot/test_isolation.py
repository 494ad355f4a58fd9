"""What each container may see and do, asked from inside a machine: isolation.yml asks the questions."""

import json
import pathlib
import re
import time

import pytest

from conftest import build
from machine import Machine

HERE = pathlib.Path(__file__).resolve().parent
NAMESPACES = ("mnt", "pid", "net", "ipc", "uts", "user", "cgroup")
ASKED = ("host", "plain", "own", "mapped", "worker")


def args(images, name):
    return ["-kernel", images / f"{name}-kernel", "-initrd", images / f"{name}-initrd.img",
            "-append", (images / f"{name}-cmdline").read_text().strip()]


def shell(m):
    """The first prompt may have the boot log behind it: asks for another."""
    m.expect(r"services started")
    m.send("")
    m.expect(r"# $")


def until(attempt, what, timeout=40):
    """The kernel's lines may cut through anything that stands on the console: asks again."""
    deadline = time.monotonic() + timeout
    while (answer := attempt()) is None:
        assert time.monotonic() < deadline, what()
        time.sleep(0.5)
    return answer


def units(m):
    def attempt():
        listing, _ = m.run("svc ps --json")
        try:
            return json.loads(listing[listing.index("[{"):listing.rindex("}]") + 2])
        except ValueError:
            return None
    return {u["name"]: u for u in until(attempt, lambda: m.text[-3000:])}


def results(m, name):
    """The RESULT lines of a service's present life, once all that it counts are there."""
    def attempt():
        text, _ = m.run(f"svc logs {name}")
        found = re.findall(r"^\[ *\d+\.\d+\] RESULT (\S+) ?(.*?) *$", text, re.M)
        begins = max((i for i, (key, _) in enumerate(found) if key == "ns.mnt"), default=0)
        found = found[begins:]
        whole = found and found[-1] == ("done", str(len(found)))
        return dict(found) if whole else None
    return until(attempt, lambda: m.text[-6000:])


@pytest.fixture(scope="module")
def machine(folder):
    images = build(HERE / "isolation.yml", folder / "isolation", "kernel+initrd")
    with Machine(folder / "isolation-run", args(images, "isolation")) as m:
        shell(m)
        m.seen_results = {name: results(m, name) for name in ASKED}
        yield m


@pytest.fixture(scope="module")
def said(machine):
    return machine.seen_results


def test_namespaces(said):
    machine = {n: said["host"][f"machine.{n}"] for n in NAMESPACES}
    shared = {name: {n for n in NAMESPACES if said[name][f"ns.{n}"] == machine[n]} for name in ASKED}
    assert shared == {
        "host": {"pid", "net", "ipc", "uts", "user", "cgroup"},
        "plain": {"net", "ipc", "uts", "user"},
        "own": {"user"},
        "mapped": {"ipc", "uts"},
        "worker": {"ipc", "uts", "user"},
    }
    for n in NAMESPACES:
        own = [said[name][f"ns.{n}"] for name in ASKED if n not in shared[name]]
        assert len(own) == len(set(own)), f"two services share a {n} namespace: {own}"
    assert said["host"]["init"] == "init"
    assert said["plain"]["first"] == "sh"
    assert int(said["plain"]["processes"]) < 8
    assert said["own"]["links"] == "lo"
    assert said["own"]["hosts"] == "islet"
    assert said["mapped"]["map"] == "0 100000 65536"


def test_privileges(said):
    def sets(name):
        return {k: int(said[name][k], 16) for k in ("CapPrm", "CapEff", "CapBnd", "CapAmb")}

    def same(mask, ambient=0):
        return {"CapPrm": mask, "CapEff": mask, "CapBnd": mask, "CapAmb": ambient}

    assert sets("plain") == sets("mapped") == same(0)
    assert sets("own") == same(1 << 0 | 1 << 12 | 1 << 27)   # CHOWN, NET_ADMIN, MKNOD
    assert sets("host") == same(1 << 1 | 1 << 5 | 1 << 19)   # DAC_OVERRIDE, KILL, SYS_PTRACE
    assert sets("worker") == same(1 << 10, 1 << 10)          # NET_BIND_SERVICE
    assert {n: said[n]["NoNewPrivs"] for n in ASKED} == {
        "host": "1", "plain": "1", "own": "0", "mapped": "1", "worker": "1"}
    worker = said["worker"]["Uid"].split()[0]
    assert int(worker) >= 100 and said["worker"]["Uid"] == " ".join([worker] * 4)
    assert said["plain"]["Uid"] == "0 0 0 0"
    assert said["own"]["Groups"] == f"7 {worker}"
    assert said["host"]["files"] == (
        f"/machine/srv/open:644:0 /machine/srv/secret:400:{worker} /machine/srv/folder:711:0")
    assert said["worker"]["secret"] == "yes"
    assert said["own"]["limits"] == "64 128 0"
    assert said["own"]["oom"] == "321"
    assert said["plain"]["oom"] == "0"


def test_what_is_refused(said):
    plain = ("write.root", "write.bind", "write.proc", "write.sys", "write.cgroup", "write.dev",
             "mount", "mknod", "chroot", "unshare", "svc")
    assert {k: said["plain"][k] for k in plain} == dict.fromkeys(plain, "no")
    assert said["plain"]["masked"] == said["own"]["masked"] == "0 0"
    own = ("write.masked", "write.readonly", "exec.tmpfs", "write.image", "device.mem",
           "device.disk", "hostname")
    assert {k: said["own"][k] for k in own} == dict.fromkeys(own, "no")
    assert said["mapped"]["mount"] == "no"
    assert said["worker"]["write.shared"] == "no"


def test_what_is_allowed(said):
    own = ("write.sub", "device.listed", "device.usual", "link")
    assert {k: said["own"][k] for k in own} == dict.fromkeys(own, "yes")
    assert said["own"]["cwd"] == "/var"
    assert said["own"]["env"] == "COLOUR=blue HOME=/root PATH=/sbin:/usr/sbin:/bin:/usr/bin"
    assert said["own"]["sysctl"] == "1 4321"
    assert said["own"]["scratch"] == "710 1024"
    assert said["own"]["image"] == "/image/bin/busybox"
    assert said["worker"]["note"] == "written by own"
    # A restart keeps what was written to the root; only the machine's end loses it.
    assert said["own"]["life"] == "second"


def test_limits(machine, said):
    # shares 512 of OCI is weight 20 of cgroup v2: 1 + (512 - 2) * 9999 / 262142.
    assert said["worker"]["limits"] == "33554432 20000 100000 20 12"
    peak, refused = map(int, said["worker"]["peak"].split())
    assert peak <= 12 and refused > 0
    glutton = until(lambda: u if (u := units(machine)["glutton"])["state"] == "backoff" else None,
                    lambda: machine.text[-3000:])
    assert glutton["exit_status"] == 137
    assert glutton["reason"].startswith("signal 9 (Killed), killed by the kernel for memory (its limit is 16777216 bytes), again in ")
    assert glutton["cause"] == "oom"


def test_lives(machine):
    all_units = units(machine)
    assert (all_units["fails"]["state"], all_units["fails"]["exit_status"]) == ("exited", 3)
    assert "fails: leaving with 3" in machine.text
    assert "onboot fails: exited, status 3" in machine.text
    assert "goes-on: after the failure" in machine.text
    assert (all_units["once"]["state"], all_units["once"]["exit_status"]) == ("exited", 4)
    assert all_units["once"]["restarts"] == 0
    assert all_units["flapping"]["restarts"] >= 3
    waits = [int(w) for w in re.findall(r"flapping: backoff, status 0, again in (\d+) ms", machine.text)]
    # Twice as long each time, and up to an eighth more.
    assert len(waits) >= 3 and all(w <= got <= w * 9 / 8 for w, got in zip([100, 200, 400, 800], waits)), waits
    assert (all_units["own"]["state"], all_units["own"]["restarts"]) == ("running", 1)
    assert "no module" not in machine.text


def inside(m, command, pattern):
    """What a command in a container prints, by its form."""
    def attempt():
        out, _ = m.run(f"svc exec {command}")
        found = re.search(f"^({pattern})$", out, re.M)
        return found and found.group(1)
    return until(attempt, lambda: m.text[-3000:], 15)


def test_exec_is_inside(machine, said):
    for n in ("pid", "mnt", "cgroup", "net"):
        link = inside(machine, f"own readlink /proc/self/ns/{n}", n + r":\[\d+\]")
        assert link == said["own"][f"ns.{n}"]
    # The supervisor, who starts it, is all but exempt from the OOM killer.
    assert inside(machine, "plain cat /proc/self/oom_score_adj", r"-?\d+") == "0"
    assert inside(machine, "plain grep CapEff /proc/self/status", r"CapEff:\s+\S+")[-16:] == "0" * 16
    _, code = machine.run("svc exec own sh -c 'exit 7'")
    assert code == 7


def test_takeover(machine):
    before = {n: u["pid"] for n, u in units(machine).items() if n in (*ASKED, "getty")}
    assert all(before.values())
    # Whoever is killed here, `host` has found as the machine's system-runtime.
    machine.send("svc kill -s USR1 host")
    machine.expect(r"init: supervisor: killed by signal 9")
    machine.expect(r"service worker: running, taken over")
    # The console's svc found the old supervisor's socket; now it finds the new one's.
    after = units(machine)
    assert {n: after[n]["pid"] for n in before} == before
    assert {after[n]["state"] for n in before} == {"running"}
    assert after["own"]["restarts"] == 1
    assert "supervise: volume" not in machine.text    # mounted once, found mounted now
    out, code = machine.run("svc stop plain")
    assert code == 0, out
    until(lambda: True if units(machine)["plain"]["state"] == "stopped" else None,
          lambda: machine.text[-3000:])


def test_power_off(machine):
    machine.send("poweroff")
    machine.wait_off()
    assert "last: finally pid 1" in machine.text
    assert "onshutdown last: exited, status 0" in machine.text
    assert machine.text.index("onshutdown last: running") > machine.text.index("service own: stopped")
    assert "Power down" in machine.text


def test_linuxkits_defaults(folder):
    images = build(HERE / "isolation-linuxkit.yml", folder / "isolation-linuxkit", "kernel+initrd")
    with Machine(folder / "isolation-linuxkit-run", args(images, "isolation-linuxkit")) as m:
        shell(m)
        plain, everything = results(m, "plain"), results(m, "all")
        assert {k: plain[k] for k in ("write.root", "write.sys", "mount", "NoNewPrivs", "CapBnd")} == {
            "write.root": "yes", "write.sys": "yes", "mount": "no", "NoNewPrivs": "0",
            "CapBnd": "0" * 16}
        assert plain["ns.cgroup"] == everything["ns.cgroup"]    # the machine's
        assert plain["ns.ipc"] == everything["ns.ipc"]
        for n in ("mnt", "pid", "net"):
            assert plain[f"ns.{n}"] != everything[f"ns.{n}"]
        assert int(everything["CapEff"], 16) == int(everything["CapBnd"], 16) == (1 << 41) - 1
        assert {k: everything[k] for k in ("write.root", "write.volume", "mount", "device.disk",
                                           "device.mem", "device.nodev")} == {
            "write.root": "no", "write.volume": "yes", "mount": "yes", "device.disk": "yes",
            "device.mem": "no", "device.nodev": "no"}
        ends = units(m)["ends"]
        assert (ends["state"], ends["exit_status"], ends["restarts"]) == ("exited", 5, 0)
        m.send("poweroff")
        m.wait_off()
