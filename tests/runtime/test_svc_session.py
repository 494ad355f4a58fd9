"""What svc does while something goes on: following over supervisors, programs with a terminal, supervisors that lie."""
import fcntl
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import termios
import threading

import pytest

from conftest import SVC
from test_supervise import LIVES, machine  # noqa: F401 (a fixture)
from test_svc import supervisor, supervisors, until


def test_a_log_is_followed_over_supervisors(machine):  # noqa: F811
    """Each line once, whoever reads it from the service."""
    machine.bundle("services", "tick", "trap 'exit 0' TERM; n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.02 & wait; done")
    machine.boot()
    machine.wait("1 services started")
    with open(machine.dir + "/followed", "w+") as out:
        f = subprocess.Popen([SVC, "logs", "-f", "--json", "tick"], env=machine.env, stdin=subprocess.DEVNULL, stdout=out)
        try:
            for i in range(5):
                size = os.path.getsize(out.name)
                until(lambda: os.path.getsize(out.name) > size)
                machine.kill_supervisor()
                machine.wait_count("taken over", i + 1)
            size = os.path.getsize(out.name)
            until(lambda: os.path.getsize(out.name) > size)
        finally:
            f.kill()
            f.wait()
        lines = [json.loads(x) for x in open(out.name) if x.endswith("\n")]
    assert [x["line"] for x in lines] == [f"tick {i + 1}" for i in range(len(lines))]
    assert not [x for x in lines if "lost" in x]
    assert machine.end()[0] == 64


def test_no_line_is_lost_when_a_service_restarts(machine):  # noqa: F811
    """Those of each life follow each other, in memory and in the file, also a last one without an end."""
    file = machine.dir + "/logs/lives.log"
    machine.bundle("services", "lives", "i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo line $i; done; printf 'no end'; exit 1",
                   restart="always", restart_delay="0.01", restart_limit="5", log_size="1000000", log_file=file)
    machine.boot()
    machine.wait("lives: failed")
    life = [f"line {i + 1}" for i in range(200)] + ["no end"]
    lines = [json.loads(x) for x in machine.svc("logs", "--json", "lives").stdout.splitlines()]
    assert [x["line"] for x in lines] == life * 6
    assert [x["seq"] for x in lines] == list(range(len(lines)))
    until(lambda: open(file).read().count("\n") == len(lines))
    assert [x.split(" ", 2)[2] for x in open(file).read().splitlines()] == life * 6
    # Why it is down outlives the supervisor too.
    first = machine.ps()["lives"]
    pid = supervisor(machine)
    machine.kill_supervisor()
    until(lambda: (p := supervisors(machine)) and p[0] != pid and machine.svc("ps").returncode == 0)
    assert machine.ps()["lives"] == first and first["cause"] == "limit"
    assert machine.end()[0] == 64


def test_events_of_one(machine):  # noqa: F811
    for name in ("web", "other"):
        machine.bundle("services", name, LIVES, stop_grace="0.1")
    machine.boot()
    machine.wait("2 services started")
    with open(machine.dir + "/events", "w+") as out:
        f = subprocess.Popen([SVC, "events", "web"], env=machine.env, stdin=subprocess.DEVNULL, stdout=out)
        try:
            def both():
                machine.svc("restart", "other")
                machine.svc("restart", "web")
                return os.path.getsize(out.name)
            until(both)
            text = until(lambda: "web: running, pid" in (t := open(out.name).read()) and t)
        finally:
            f.kill()
            f.wait()
    assert "web: stopping, told to stop, signal 15" in text and "other" not in text
    r = machine.svc("events", "wen")
    assert (r.returncode, r.stderr) == (1, 'svc: there is no service "wen"; did you mean "web"?\n')
    assert machine.end()[0] == 64


def test_exec_with_signals_and_stdin(machine):  # noqa: F811
    machine.bundle("services", "web", LIVES)
    machine.bundle("services", "deaf", "exec sleep 1000")
    machine.bundle("services", "slow", "trap 'echo not yet' TERM; echo up; while :; do sleep 1 & wait; done", stop_grace="4")
    machine.bundle("services", "once", "exit 0")
    machine.boot()
    machine.wait("4 services started")
    r = subprocess.run([SVC, "exec", "web", "cat"], env=machine.env, input="through\n", capture_output=True, text=True, timeout=90)
    assert (r.returncode, r.stdout) == (0, "through\n")
    assert machine.svc("exec", "web", "sh", "-c", "kill -9 $$").returncode == 137
    r = machine.svc("exec", "web", "nothing-like-it")
    assert r.returncode == 1 and "nothing-like-it" in r.stderr
    # Who goes takes its program along.
    f = subprocess.Popen([SVC, "exec", "web", "sleep", "12345"], env=machine.env, stdin=subprocess.DEVNULL)
    until(lambda: "sleep 12345" in machine.svc("exec", "web", "ps").stdout)
    f.terminate()
    f.wait()
    until(lambda: "sleep 12345" not in machine.svc("exec", "web", "ps").stdout)
    # A signal that would not be got is not said to have been sent.
    r = machine.svc("kill", "deaf")
    assert (r.returncode, r.stderr) == (1, "svc: its first process has no handler for this signal, and does not get it\n")
    assert machine.svc("kill", "-s", "KILL", "deaf").returncode == 0
    machine.wait("deaf: exited, signal 9")
    assert machine.svc("kill", "-s", "USR1", "deaf").stderr == "svc: it does not run\n"
    # Nothing starts on a machine that goes down.
    machine.wait_log("slow", "up")
    assert machine.svc("poweroff").returncode == 0
    r = machine.svc("start", "once")
    assert (r.returncode, r.stderr) == (1, "svc: the machine is going down\n")
    assert machine.proc.wait(timeout=120) == 64


def read_until(fd, what):
    seen = b""
    while what not in seen:
        seen += os.read(fd, 4096)
    return seen


def window(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def test_a_terminal_changes_its_size(machine):  # noqa: F811
    machine.bundle("services", "web", LIVES)
    machine.boot()
    machine.wait("1 services started")
    master, slave = pty.openpty()
    window(master, 40, 100)
    before = termios.tcgetattr(slave)
    p = subprocess.Popen([SVC, "exec", "-it", "web", "sh", "-c", "while :; do busybox stty size; sleep 0.1; done"], env=machine.env,
                         stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    read_until(master, b"40 100\r\n")
    window(master, 50, 120)
    read_until(master, b"50 120\r\n")
    os.write(master, b"\x03")
    assert p.wait(timeout=90) == 128 + signal.SIGINT
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)
    assert machine.end()[0] == 64


class Liar:
    """A supervisor that answers each request with the same bytes and hangs up."""

    def __init__(self, path, answer):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(4)
        self.answer = answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                c, _ = self.listener.accept()
            except OSError:
                return
            with c:
                try:
                    c.recv(65536)
                    c.sendall(self.answer)
                except OSError:
                    pass


HUNG_UP = "svc: the supervisor hung up: it has ended, or too much was waiting here\n"
ONE = b'{"unit":{"name":"a","kind":"service","state":"failed","reason":"\\u001b[31m\\u009b1m"}}\n'


LIES = [
    (["ps"], b"", 1, HUNG_UP),
    (["ps"], ONE, 1, HUNG_UP),
    (["logs", "a"], b'{"seq":1,"ms":1,"line":"x"}\n', 1, HUNG_UP),
    (["stop", "a"], b"", 1, HUNG_UP),
    (["exec", "a", "true"], b'{"ok":true}\n', 1, HUNG_UP),
    (["inspect", "a"], b"", 1, HUNG_UP),
    (["top"], b"", 1, HUNG_UP),
    (["boot"], b"", 1, HUNG_UP),
    (["poweroff"], b"", 0, ""),  # it may end before its answer is out
    (["ps"], b'{"error":"too many clients; one must end first"}\n', 1, "svc: too many clients; one must end first\n"),
    (["ps"], b"x" * 300000, 1, "svc: the supervisor's answer is too long\n"),
    (["ps"], b'{"unit":[]}\n', 1, None),
    (["ps"], b"{{{\n", 1, None),
    (["ps", "-q"], ONE + b'{"ok":true}\n', 0, ""),
]


@pytest.mark.parametrize("args, answer, status, text", LIES, ids=map(str, range(len(LIES))))
def test_a_supervisor_that_lies(tmp_path, args, answer, status, text):
    path = str(tmp_path / "s")
    liar = Liar(path, answer)
    r = subprocess.run([SVC, *args], env=dict(os.environ, SVC_SOCKET=path), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       timeout=90)
    liar.listener.close()
    assert r.returncode == status, r.stderr
    assert r.stderr == text if text is not None else r.stderr.startswith("svc: "), r.stderr


def test_texts_do_not_act_on_the_terminal(tmp_path):
    path = str(tmp_path / "s")
    liar = Liar(path, ONE + b'{"ok":true}\n')
    r = subprocess.run([SVC, "ps"], env=dict(os.environ, SVC_SOCKET=path), stdin=subprocess.DEVNULL, capture_output=True, timeout=90)
    liar.listener.close()
    assert r.returncode == 0 and r.stdout.endswith(b"?[31m?1m\n")
