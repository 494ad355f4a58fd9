"""A registry that fails on demand: passes requests on to a real one, and spoils the answers that a rule names."""

import http.client
import http.server
import socket
import struct
import threading


class Rule:
    """times: how often it strikes; None: always. what: a method of Handler, with its arguments."""

    def __init__(self, part, what, *args, method="GET", times=None):
        self.part, self.what, self.args, self.method, self.times = part, what, args, method, times

    def strikes(self, method, path):
        if method != self.method or self.part not in path or self.times == 0:
            return False
        if self.times:
            self.times -= 1
        return True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def setup(self):
        with self.server.proxy.lock:
            self.server.proxy.connections += 1
        super().setup()

    def handle_any(self):
        proxy = self.server.proxy
        with proxy.lock:
            proxy.seen.append((self.command, self.path, dict(self.headers)))
            rule = next((r for r in proxy.rules if r.strikes(self.command, self.path)), None)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length and not (rule and rule.what == "deaf") else b""
        if rule:
            return getattr(self, rule.what)(body, *rule.args)
        return self.reply(*self.ask(body))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_any

    def ask(self, body=b"", drop=()):
        """(status, headers, body) of the real one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.proxy.port, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k not in drop}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        kept = [(k, v) for k, v in answer.getheaders() if k not in ("Content-Length", "Transfer-Encoding", "Connection")]
        if self.command == "HEAD":
            kept.append(("Content-Length", answer.headers.get("Content-Length", "0")))
        connection.close()
        return answer.status, kept, text

    def head(self, status, headers, length=None):
        self.send_response_only(status)
        for k, v in headers:
            self.send_header(k, v)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def reply(self, status, headers, body, length=None):
        if self.command == "HEAD":
            self.head(status, headers)
        else:
            self.head(status, headers, len(body) if length is None else length)
            self.wfile.write(body)

    # What can go wrong.

    def status(self, _, code, *headers):
        self.reply(code, list(headers), b'{"errors":[{"code":"X","message":"on purpose"}]}')

    def pass_on(self, body):
        self.reply(*self.ask(body))

    def together(self, body):
        """When another is asked for meanwhile."""
        try:
            self.server.proxy.pair.wait(60)
        except threading.BrokenBarrierError:
            self.close_connection = True
            return
        self.reply(*self.ask(body))

    def reset(self, body, part=0.5):
        status, headers, text = self.ask(body)
        self.head(status, headers, len(text))
        self.wfile.write(text[:int(len(text) * part)])
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def drop(self, body):
        """Takes the request, does it, and says nothing."""
        self.ask(body)
        self.close_connection = True

    def truncate(self, body, part=0.5):
        status, headers, text = self.ask(body)
        self.head(status, headers, len(text))
        self.wfile.write(text[:int(len(text) * part)])
        self.close_connection = True

    def flip(self, body):
        status, headers, text = self.ask(body)
        self.reply(status, headers, bytes([text[0] ^ 1]) + text[1:])

    def lengthen(self, body, said=True):
        """More bytes than there are, with a Content-Length or until the connection ends."""
        status, headers, text = self.ask(body)
        text += b"x" * 100
        if said:
            return self.reply(status, headers, text)
        self.head(status, [*headers, ("Connection", "close")])
        self.wfile.write(text)
        self.close_connection = True
        return None

    def shorten(self, body):
        status, headers, text = self.ask(body)
        self.reply(status, headers, text[:-1])

    def endless(self, body, code=None):
        status, headers, _ = self.ask(body)
        self.head(code or status, [*headers, ("Connection", "close")])
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"x" * 65536)
                self.server.proxy.sent += 65536
        except OSError:
            pass

    def no_ranges(self, body):
        self.reply(*self.ask(body, drop=("Range",)))

    def other_range(self, body):
        _, headers, text = self.ask(body, drop=("Range",))
        headers = [h for h in headers if h[0] != "Content-Range"]
        self.reply(206, [*headers, ("Content-Range", f"bytes 0-{len(text) - 1}/{len(text)}")], text)

    def redirect(self, _, location, code=307):
        self.reply(code, [("Location", location)], b"")

    def stall(self, body):
        status, headers, text = self.ask(body)
        self.head(status, headers, len(text))
        self.wfile.write(text[:len(text) // 2])
        self.wfile.flush()
        self.server.proxy.ended.wait(300)
        self.close_connection = True

    def deaf(self, _):
        """Neither reads what is sent nor says anything."""
        self.server.proxy.ended.wait(300)
        self.close_connection = True

    def drip(self, body, every):
        """The answer, a hundred bytes at a time and blanks for ever after."""
        status, headers, text = self.ask(body)
        self.head(status, [*headers, ("Connection", "close")])
        self.close_connection = True
        text += b" " * 1_000_000
        try:
            while text and not self.server.proxy.ended.wait(every):
                self.wfile.write(text[:100])
                self.wfile.flush()
                text = text[100:]
        except OSError:
            pass

    def extra(self, body, *headers):
        status, had, text = self.ask(body)
        self.reply(status, [*had, *headers], text)

    def instead(self, body, *headers):
        """Headers that replace those of the same name."""
        status, had, text = self.ask(body)
        names = {k.lower() for k, _ in headers}
        self.reply(status, [h for h in had if h[0].lower() not in names] + list(headers), text)

    def location_without_host(self, body):
        status, headers, text = self.ask(body)
        self.reply(status, [(k, "/" + v.split("/", 3)[3] if k == "Location" else v) for k, v in headers], text)

    def raw(self, _, data):
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def serve(self, _, text, *headers):
        self.reply(200, list(headers), text)


class FaultProxy:
    def __init__(self, port, context=None):
        self.port = port
        self.rules, self.seen, self.sent, self.connections = [], [], 0, 0
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.pair = threading.Barrier(2)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.proxy = self
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def rule(self, *args, **kw):
        self.rules.append(Rule(*args, **kw))

    def name(self, rest):
        return f"{self.host}/{rest}"

    def asked(self, part, method="GET"):
        return [h for m, p, h in self.seen if m == method and part in p]

    def stop(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()
