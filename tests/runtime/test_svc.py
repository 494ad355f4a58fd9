"""svc and the supervisor's socket: logs, rates, floods, hostile clients, who may do what."""
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from test_supervise import LIVES, Machine, machine  # noqa: F401 (a fixture)


class Client:
    """One connection that speaks the protocol by hand."""

    def __init__(self, m, name="svc.sock"):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.connect(f"{m.dir}/{name}")  # waits where the queue is full; with a time-out it would fail
        self.s.settimeout(90)
        self.buf = b""

    def send(self, **request):
        self.s.sendall(json.dumps(request).encode() + b"\n")

    def next(self):
        while b"\n" not in self.buf:
            data = self.s.recv(65536)
            if not data:
                return None
            self.buf += data
        line, self.buf = self.buf.split(b"\n", 1)
        return json.loads(line)

    def all(self):
        """The answers up to {"ok":true}."""
        out = []
        while True:
            a = self.next()
            assert a is not None and "error" not in a, a
            if a.get("ok"):
                return out
            out.append(a)


def until(what, seconds=60):
    end = time.time() + seconds
    while True:
        r = what()
        if r:
            return r
        assert time.time() < end, "it did not come to be"
        time.sleep(0.05)


def supervisors(m):
    pids = subprocess.run(["pgrep", "-f", f"supervise --containers {m.containers} "], capture_output=True, text=True).stdout.split()
    return [int(p) for p in pids if comm(p) == "system-runtime"]


def supervisor(m):
    return supervisors(m)[0]


def resident(pid):
    return int([x for x in open(f"/proc/{pid}/status") if x.startswith("VmRSS")][0].split()[1])


def test_logs(machine):
    machine.bundle("services", "talk", "for i in 1 2 3; do echo line $i; done; printf unfinished; sleep 1000", stop_grace="0.1")
    machine.bundle("services", "short", "echo life; exit 1", restart="on-failure", restart_delay="0.1")
    machine.boot()
    machine.wait("2 services started")
    c = Client(machine)

    def whole():
        c.send(cmd="logs", name="talk")
        lines = c.all()
        return lines if len(lines) == 4 else None
    lines = until(whole)
    assert [x["line"] for x in lines] == ["line 1", "line 2", "line 3", "unfinished"]
    assert [x["seq"] for x in lines] == [0, 1, 2, 3]
    assert abs(lines[0]["wall"] / 1000 - time.time()) < 60 and lines[0]["ms"] > 0
    c.send(cmd="logs", name="talk", lines=2)
    assert [x["line"] for x in c.all()] == ["line 3", "unfinished"]
    c.send(cmd="logs", name="talk", since=lines[-1]["ms"] + 1)
    assert c.all() == []
    # Lives of one service follow each other in its log.
    until(lambda: machine.svc("logs", "short").stdout.count("life") >= 2)
    # Following: what is there, then what comes.
    f = Client(machine)
    f.send(cmd="logs", name="talk", follow=True, lines=1)
    machine.svc("exec", "talk", "sh", "-c", "echo to the same log >/proc/1/fd/1")
    assert f.next()["line"].startswith("unfinished")
    machine.svc("stop", "talk")
    machine.end()


def test_rate_and_size(machine):
    machine.bundle("services", "rated", "i=0; while [ $i -lt 100 ]; do echo $i; i=$((i+1)); done; sleep 2; echo last; sleep 1000",
                   log_rate="10", log_size="8192")
    machine.boot()
    c = Client(until(lambda: os.path.exists(machine.dir + "/svc.sock") and machine))

    def last():
        c.send(cmd="logs", name="rated")
        lines = c.all()
        return lines if lines and lines[-1].get("line") == "last" else None
    lines = until(last)
    assert [x["line"] for x in lines[:10]] == [str(i) for i in range(10)]
    assert sum(x.get("lost", 0) for x in lines) + len(lines) == 101 and len(lines) < 40
    c.send(cmd="inspect", name="rated")
    log = c.all()[0]["unit"]["log"]
    assert log["size"] == 8192 and log["lines"] == 101 and log["dropped"] == 101 - len(lines)


def test_a_flood_harms_nobody(machine):
    machine.bundle("services", "flood", "exec busybox yes 'a line of a service that does nothing else'")
    machine.bundle("services", "tick", "n=0; while :; do n=$((n+1)); echo $n; sleep 0.1; done")
    machine.boot()
    machine.wait("2 services started")
    pid = supervisor(machine)
    before, start = resident(pid), time.time()
    f = Client(machine)
    f.send(cmd="logs", name="tick", follow=True)
    ticks = [f.next() for _ in range(30)]
    assert [x["line"] for x in ticks] == [str(i) for i in range(1, 31)]
    assert max(b["ms"] - a["ms"] for a, b in zip(ticks, ticks[1:])) < 10000
    seconds = time.time() - start + 1
    assert resident(pid) - before < 8000
    c = Client(machine)
    c.send(cmd="inspect", name="flood")
    lines = c.all()[0]["unit"]["log"]["lines"]
    # Read at 128 KiB each 20 ms at most, however fast it writes; 42 bytes a line.
    assert 1000 < lines < (seconds + 1) * 8e6 / 42
    # A follower who reads slowly is told what passed it by.
    slow = Client(machine)
    slow.send(cmd="logs", name="flood", follow=True)
    slow.next()
    time.sleep(1)
    lost = 0
    for _ in range(20000):
        lost += slow.next().get("lost", 0)
    assert lost > 0
    assert machine.end()[0] == 64


def test_hostile_clients(machine):
    machine.bundle("services", "web", "i=0; while [ $i -lt 3000 ]; do echo a line of some length, number $i; i=$((i+1)); done; " + LIVES)
    machine.boot()
    machine.wait("1 services started")
    until(lambda: "up" in machine.svc("logs", "web").stdout)
    pid = supervisor(machine)
    before = resident(pid)
    # A request that never ends is refused, and so is what is not JSON; the latter may go on.
    huge = Client(machine)
    huge.s.sendall(b"x" * 8192)
    assert "8191 bytes" in huge.next()["error"] and huge.next() is None
    odd = Client(machine)
    for text in (b"\x00\xff\n", b"{}\n", b"[1]\n", b'{"cmd":"nothing"}\n', b'{"cmd":"stop"}\n', b'{"cmd":"logs","name":"wen"}\n',
                 b'{"cmd":7}\n', b'{"cmd":"logs","name":"web","lines":"x"}\n', b'{"cmd":"exec","name":"web","args":[]}\n'):
        odd.s.sendall(text)
        assert "error" in odd.next(), text
    odd.send(cmd="ps")
    assert odd.all()[0]["unit"]["name"] == "web"
    # One who has closed its side still gets its answers.
    half = Client(machine)
    half.s.sendall(b'{"cmd":"ps"}\n{"cmd":"logs","name":"web","lines":1}\n{"cmd":"ps"}\n')
    half.s.shutdown(socket.SHUT_WR)
    assert [("unit" in a, "line" in a) for a in half.all() + half.all() + half.all()] == [(True, False), (False, True), (True, False)]
    assert half.next() is None
    # Those who ask for much and never read, and those who send a byte and wait.
    deaf = [Client(machine) for _ in range(10)]
    for d in deaf:
        d.s.sendall(b'{"cmd":"logs","name":"web"}\n' * (200 if d is not deaf[0] else 20))
    slow = [Client(machine) for _ in range(100)]
    for s in slow:
        try:
            s.s.sendall(b"{")
        except OSError:
            pass  # let go already, for those who came later
    assert machine.svc("ps").returncode == 0
    for _ in range(20):
        assert len(deaf[0].all()) > 500
    assert resident(pid) - before < 12000
    assert machine.end()[0] == 64


def test_the_read_only_socket(machine):
    machine.bundle("services", "web", LIVES)
    machine.boot()
    machine.wait("1 services started")
    c = Client(machine, "ro/svc.sock")
    for request in ({"cmd": "stop", "name": "web"}, {"cmd": "exec", "name": "web", "args": ["true"]}, {"cmd": "poweroff"}):
        c.send(**request)
        assert "read-only" in c.next()["error"]
    for request in ({"cmd": "ps"}, {"cmd": "stats"}, {"cmd": "boot"}, {"cmd": "inspect", "name": "web"}):
        c.send(**request)
        assert len(c.all()) >= 1
    # Read-only clients have half of the places: the others stay free.
    busy = [Client(machine, "ro/svc.sock") for _ in range(40)]
    for b in busy:
        try:
            b.send(cmd="events")
        except OSError:
            pass  # there is no place for it
    assert machine.svc("ps").returncode == 0
    assert os.stat(machine.dir + "/ro/svc.sock").st_mode & 0o777 == os.stat(machine.dir + "/svc.sock").st_mode & 0o777 == 0o660
    assert machine.end()[0] == 64


def test_the_kernels_log(machine):
    if not os.access("/dev/kmsg", os.R_OK):
        pytest.skip("needs /dev/kmsg")
    with open("/dev/kmsg", "w") as f:
        f.write("<6>svc test: first\n")
        f.write("<6>svc test: second\n")
    machine.bundle("services", "web", LIVES)
    machine.boot()
    machine.wait("1 services started")
    c = Client(machine)
    c.send(cmd="logs", name="kernel", lines=200)
    lines = [x["line"] for x in c.all()]
    assert len(lines) <= 200
    f = Client(machine)
    f.send(cmd="logs", name="kernel", lines=0, follow=True)
    time.sleep(0.2)
    with open("/dev/kmsg", "w") as k:
        k.write("<6>svc test: third\n")
    third = f.next()
    while "svc test: third" not in third["line"]:
        third = f.next()
    assert third["priority"] == 6 and "wall" not in third
    c.send(cmd="logs", name="kernel", since=third["ms"])
    later = c.all()
    assert third["seq"] in [x["seq"] for x in later] and min(x["ms"] for x in later) >= third["ms"]
    assert machine.end()[0] == 64


def test_a_log_on_disk(machine):
    """Whole lines with dates, files set aside, over a supervisor that is killed; a folder that cannot be made harms nobody."""
    file = machine.dir + "/logs/web.log"
    machine.bundle("services", "web", "n=0; while :; do n=$((n+1)); echo line $n of the service web; [ $((n%10)) = 0 ] && sleep 0.05; done",
                   log_file=file, log_files="3")
    config = machine.containers + "/services/web/config.json"
    spec = json.load(open(config))
    spec["annotations"]["io.slipway.log.file_size"] = "4096"
    json.dump(spec, open(config, "w"))
    machine.bundle("services", "lost", LIVES, log_file="/proc/nowhere/lost.log")
    machine.boot()
    machine.wait("2 services started")
    until(lambda: os.path.exists(file + ".1"))
    os.kill(supervisor(machine), signal.SIGKILL)
    machine.wait("taken over")
    until(lambda: os.path.exists(file + ".3") and os.path.exists(file))
    assert machine.svc("ps").returncode == 0 and "up" in machine.svc("logs", "lost").stdout
    assert machine.end()[0] == 64
    until(lambda: not [p for p in os.listdir("/proc") if p.isdigit() and comm(p) == "log-writer" and machine.dir in links(p)])
    lines = []
    for name in (file + ".3", file + ".2", file + ".1", file):
        if os.path.exists(name):
            text = open(name).read()
            assert text.endswith("\n") and len(text) < 4096 + 32768
            lines += text.splitlines()
    assert not os.path.exists(file + ".4")
    numbers = [int(x.split(" ")[3]) for x in lines]
    assert len(numbers) > 50 and all(b - a in (0, 1) for a, b in zip(numbers, numbers[1:])), numbers
    assert lines[0][:4] == time.strftime("%Y") or abs(int(lines[0][:4]) - int(time.strftime("%Y"))) == 1


def comm(pid):
    try:
        return open(f"/proc/{pid}/comm").read().strip()
    except OSError:
        return ""


def links(pid):
    try:
        return [os.readlink(f"/proc/{pid}/fd/{f}").rsplit("/run/", 1)[0] for f in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        return []
