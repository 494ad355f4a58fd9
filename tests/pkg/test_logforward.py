"""The program of the package logforward between a supervisor that says what the test wants, and servers of syslog and GELF."""

import json
import os
import re
import socket
import socketserver
import subprocess
import threading
import time

import pytest

from test_packages import STORE, Image

WALL = 1700000000123


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("logforward") / "logforward"
    with Image(STORE, "slipway/logforward:latest").layer(0) as layer:
        path.write_bytes(layer.extractfile("usr/bin/logforward").read())
    path.chmod(0o755)
    return path


class Supervisor:
    """Answers ps and logs of docs/svc-protocol.md from `lines`: a name to [{seq, ms, …}]."""

    def __init__(self, path, lines):
        supervisor = self
        self.lines = lines
        self.asked = []
        self.closed = False

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                for text in self.rfile:
                    if supervisor.closed:
                        return
                    request = json.loads(text)
                    supervisor.asked.append(request)
                    answer = supervisor.answer(request)
                    self.wfile.write(b"".join(json.dumps(a).encode() + b"\n" for a in answer))

        path.unlink(missing_ok=True)
        self.server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        if request["cmd"] == "ps":
            odd = {"after": [["}"], {"name": "no"}], "status": "a \"name\": {"}
            return [{"unit": {**odd, "name": name, "kind": "service"}} for name in self.lines] + [{"ok": True}]
        if request["name"] not in self.lines:
            return [{"error": f"there is no {request['name']}"}]
        return [line for line in self.lines[request["name"]] if line["ms"] >= request["since"]] + [{"ok": True}]

    def close(self):
        self.closed = True
        self.server.shutdown()
        self.server.server_close()


def until(what, seconds=120):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Collector:
    """A server that keeps what it gets, split as the protocol says."""

    def __init__(self, kind, listen=True):
        self.tcp, self.gelf, self.got = kind.endswith("tcp"), kind.startswith("gelf"), []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if self.tcp else socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connection = None
        self.closed = False
        if listen:
            self.listen()

    def listen(self):
        if self.tcp:
            self.socket.listen()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while not self.closed:
            try:
                if self.tcp:
                    self.connection, _ = self.socket.accept()
                    self.stream(self.connection.makefile("rb"))
                else:
                    self.got.append(self.socket.recv(65536))
            except OSError:
                return

    def stream(self, f):
        text = b""
        while byte := f.read(1):
            if self.gelf and byte == b"\0":
                self.got.append(text)
                text = b""
            elif not self.gelf and byte == b" ":
                self.got.append(f.read(int(text)))
                text = b""
            else:
                text += byte

    def hang_up(self):
        self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def close(self):
        self.closed = True
        self.socket.close()


@pytest.fixture
def start(program, tmp_path):
    running = []

    def go(*args):
        log = open(tmp_path / "log", "wb")
        env = {"SVC_SOCKET": str(tmp_path / "svc.sock")}
        running.append(subprocess.Popen([program, *args], env=env, stdout=log, stderr=subprocess.STDOUT))
        return tmp_path / "log"

    yield go
    for process in running:
        assert process.poll() is None, "it has ended"
        process.terminate()
        assert process.wait(60) == 0


def entry(seq, line, **more):
    return {"seq": seq, "ms": 10 * seq, "wall": WALL, "line": line, **more}


LINES = {"web": [entry(0, "hello \"world\" \\ é😀\ttab"), entry(1, "two"), entry(7, "late", lost=5)],
         "kernel": [{"seq": 3, "ms": 30, "priority": 4, "line": "a warning"}]}


@pytest.mark.parametrize("kind", ["syslog+udp", "syslog+tcp"])
def test_syslog(start, tmp_path, kind):
    supervisor, collector = Supervisor(tmp_path / "svc.sock", dict(LINES)), Collector(kind)
    start(f"{kind}://127.0.0.1:{collector.port}")
    until(lambda: len(collector.got) >= 5)
    host = socket.gethostname()
    web = [m for m in collector.got if b" web " in m]
    stamp = "2023-11-14T22:13:20.123Z"
    assert [m.decode() for m in web] == [f"<30>1 {stamp} {host} web - - - {text}" for text in
                                         ("hello \"world\" \\ é😀 tab", "two")] + [
        f"<28>1 {stamp} {host} web - - - 5 lines before this are lost", f"<30>1 {stamp} {host} web - - - late"]
    kernel, = (m for m in collector.got if b" kernel " in m)
    assert re.fullmatch(rf"<4>1 \d{{4}}-\d\d-\d\dT[\d:.]+Z {re.escape(host)} kernel - - - a warning", kernel.decode())
    # What comes later goes out once, in pieces too, and what is known is not asked for again.
    supervisor.lines["web"] = LINES["web"] + [entry(8, "first piece"), {**entry(8, "second piece"), "ms": 81}]
    until(lambda: len(collector.got) >= 7)
    supervisor.lines["web"] = supervisor.lines["web"] + [{**entry(8, "third piece"), "ms": 82}]
    until(lambda: len(collector.got) >= 8)
    count = len(supervisor.asked)
    until(lambda: len(supervisor.asked) > count + 6)
    assert [m.decode().split(" - - - ")[1] for m in collector.got[5:]] == ["first piece", "second piece", "third piece"]
    assert supervisor.asked[-1]["cmd"] == "ps" or supervisor.asked[-1]["since"] > 0
    collector.close()
    supervisor.close()


@pytest.mark.parametrize("kind", ["gelf+udp", "gelf+tcp"])
def test_gelf(start, tmp_path, kind):
    supervisor, collector = Supervisor(tmp_path / "svc.sock", {**LINES, "other": [entry(0, "not asked for")]}), Collector(kind)
    start(f"{kind}://127.0.0.1:{collector.port}", "web", "kernel")
    until(lambda: len(collector.got) >= 5)
    messages = [json.loads(m) for m in collector.got]
    assert {m["_service"] for m in messages} == {"web", "kernel"}
    web = [m for m in messages if m["_service"] == "web"]
    assert web[0] == {"version": "1.1", "host": socket.gethostname(), "short_message": LINES["web"][0]["line"],
                      "timestamp": WALL / 1000, "level": 6, "_service": "web"}
    assert [m["level"] for m in web] == [6, 6, 4, 6]
    collector.close()
    supervisor.close()


def test_long_lines_are_whole(start, tmp_path):
    line = "\x01" * 2048
    supervisor, collector = Supervisor(tmp_path / "svc.sock", {"web": [entry(0, line)]}), Collector("gelf+tcp")
    start(f"gelf+tcp://127.0.0.1:{collector.port}")
    until(lambda: collector.got)
    assert json.loads(collector.got[0])["short_message"] == line
    collector.close()
    supervisor.close()


def test_both_sides_go_and_come(start, tmp_path):
    """A destination that is away at first, and that hangs up; a supervisor that goes and comes."""
    lines = {"web": [entry(0, "zero")]}
    supervisor, collector = Supervisor(tmp_path / "svc.sock", lines), Collector("syslog+tcp", listen=False)
    log = start(f"syslog+tcp://127.0.0.1:{collector.port}")
    until(lambda: "Connection refused" in log.read_text())
    collector.listen()
    until(lambda: collector.got)
    assert collector.got[0].endswith(b" zero")
    until(lambda: "there again" in log.read_text())
    collector.hang_up()
    supervisor.lines["web"] = lines["web"] + [entry(1, "one")]
    until(lambda: len(collector.got) > 1)
    supervisor.close()
    supervisor = Supervisor(tmp_path / "svc.sock", {"web": [entry(0, "zero"), entry(1, "one"), entry(2, "two")]})
    until(lambda: len(collector.got) > 2)
    assert [m.rsplit(b" ", 1)[1] for m in collector.got] == [b"zero", b"one", b"two"]
    collector.close()
    supervisor.close()


@pytest.mark.parametrize("url", ["http://x", "syslog+tcp://", "syslog+udp://[::1", "gelf+tcp://x:y", "syslog+tcp://x:1/y", "x"])
def test_bad_destinations(program, url):
    done = subprocess.run([program, url], capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ))
    assert done.returncode == 1 and "is no destination: write syslog+udp://HOST:PORT" in done.stderr
