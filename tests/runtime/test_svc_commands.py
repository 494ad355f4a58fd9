"""svc as an operator types it: what it prints, its errors with hints, its exit status."""
import json
import os
import pathlib
import re
import subprocess
import time
import xml.dom.minidom

import pytest

from conftest import SVC
from test_supervise import LIVES, machine  # noqa: F401 (a fixture)
from test_svc import until


def svc(*args, **env):
    return subprocess.run([SVC, *args], env=dict(os.environ, SVC_SOCKET="/nowhere/svc.sock", **env), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=90)


@pytest.mark.parametrize("args, status, text", [
    (["fly"], 2, 'svc: there is no command "fly"; svc --help lists them\n'),
    (["logs"], 2, "svc: logs needs more arguments; usage: svc logs [options] NAME\n"),
    (["ps", "x"], 2, "svc: ps: too many arguments; usage: svc ps [options]\n"),
    (["ps", "-f"], 2, "svc: ps has no option --follow; usage: svc ps [options]\n"),
    (["ps", "--fast"], 2, 'svc: unknown option "--fast"; usage: svc ps [options]\n'),
    (["logs", "-n", "x", "web"], 2, 'svc: --lines: "x" is not a number\n'),
    (["logs", "web", "--lines"], 2, "svc: --lines needs a value; usage: svc logs [options] NAME\n"),
    (["logs", "--since", "noon", "web"], 2, 'svc: --since: "noon" is neither a time span, as in 90s, 5m, 2h, 1d, nor a date, '
                                            'as in "2026-11-29 10:00"\n'),
    (["logs", "--since", "2026-13", "web"], 2, 'svc: --since: "2026-13" is neither a time span, as in 90s, 5m, 2h, 1d, nor a date, '
                                               'as in "2026-11-29 10:00"\n'),
    (["exec", "web"], 2, "svc: exec needs more arguments; usage: svc exec [options] NAME COMMAND...\n"),
    (["completion", "tcsh"], 2, 'svc: there is no completion for "tcsh"; usage: svc completion SHELL\n'),
    (["ps"], 1, "svc: cannot reach the supervisor at /nowhere/svc.sock (bind /run/svc into this container to use svc here): "
                "no such file or directory\n"),
])
def test_errors(args, status, text):
    r = svc(*args)
    assert (r.returncode, r.stderr, r.stdout) == (status, text, "")


def test_help():
    text = svc("--help").stdout
    verbs = [x.split()[0] for x in text.splitlines() if x.startswith("  ")]
    assert {"ps", "logs", "exec", "start", "stop", "restart", "kill", "events", "top", "inspect", "boot", "shutdown", "reboot"} <= set(verbs)
    for v in verbs:
        r = svc(v, "--help")
        assert r.returncode == 0 and r.stdout.startswith(f"usage: svc {v}") and "--help" in r.stdout
    assert "--since" in svc("logs", "--help").stdout and "--since" not in svc("ps", "--help").stdout
    assert svc().returncode == 2


def test_the_protocols_page_has_all():
    """Every command, state, cause and key that the supervisor knows stands in docs/svc-protocol.md."""
    root = pathlib.Path(__file__).resolve().parents[2]
    page = (root / "docs/svc-protocol.md").read_text()
    code = {p.name: p.read_text() for p in (root / "system-runtime/supervise").glob("*.c")}
    words = set(re.findall(r'^\t\{ "(\w+)", .*(?:show|do)_\w+ \}', code["request.c"], re.M))
    assert {"ps", "exec", "halt"} <= words
    words |= set(re.findall(r'"(\w+)"', code["order.c"].split("states[UNIT_STATES]")[1].split(";")[0]))
    for name, text in code.items():
        words |= set(re.findall(r"unit_set\([^;]*?(?:UNIT_\w+|u->state), \"(\w+)\"", text))
        if name.startswith("request"):
            words |= set(re.findall(r'\b(?:jw_(?:open|str|strn|int|bool)|text|names)\(&?o, "(\w+)"', text))
    assert "takeover" in words and "restart_max_delay_ms" in words
    assert not [w for w in sorted(words) if not re.search(rf"[`\"]{w}[`\":]", page)]


def test_completion(tmp_path):
    """The script in a real bash: words of each place."""
    script = tmp_path / "svc.bash"
    script.write_text(svc("completion", "bash").stdout)
    fake = tmp_path / "svc"
    fake.write_text("#!/bin/sh\necho web\necho webdav\n")
    fake.chmod(0o755)

    def complete(*words):
        line = f'source {script}; COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _svc; echo "${{COMPREPLY[@]}}"'
        return subprocess.run(["bash", "-c", line], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True,
                              check=True).stdout.split()
    assert complete("svc", "st") == ["start", "stop"]
    assert complete("svc", "stop", "we") == ["web", "webdav"]
    assert complete("svc", "logs", "k") == ["kernel"]
    assert "--since" in complete("svc", "logs", "--")
    assert complete("svc", "completion", "''") == ["bash"]


def test_logs_and_their_times(machine):  # noqa: F811
    machine.bundle("services", "web", "printf 'a\\033[31mred\\n'; echo b; sleep 1000", stop_grace="0.1")
    machine.boot()
    until(lambda: machine.svc("logs", "web").stdout.count("\n") == 2)
    r = machine.svc("logs", "web")
    assert [x.split("] ", 1)[1] for x in r.stdout.splitlines()] == ["a?[31mred", "b"]
    assert machine.svc("logs", "-n1", "web").stdout.endswith("] b\n")
    day = time.strftime("%Y-%m-%d ", time.gmtime())
    assert machine.svc("logs", "-w", "-n", "1", "web").stdout.startswith(day[:8])
    assert len(machine.svc("logs", "--since", "1h", "web").stdout.splitlines()) == 2
    assert len(machine.svc("logs", "--since", "2020-01-01", "web").stdout.splitlines()) == 2
    assert machine.svc("logs", "--since", "2099-01-01 10:00", "web").stdout == ""
    assert json.loads(machine.svc("logs", "--json", "-n", "1", "web").stdout)["line"] == "b"
    r = machine.svc("logs", "wen")
    assert (r.returncode, r.stderr) == (1, 'svc: there is no service "wen"; did you mean "web"?\n')
    r = machine.svc("start", "web")
    assert (r.returncode, r.stderr) == (1, "svc: it runs already\n")
    r = machine.svc("kill", "-s", "NONSENSE", "web")
    assert (r.returncode, r.stderr) == (1, "svc: there is no such signal\n")
    machine.svc("stop", "web")
    until(lambda: machine.ps()["web"]["state"] == "stopped")
    r = machine.svc("exec", "web", "true")
    assert (r.returncode, r.stderr) == (1, "svc: it does not run\n")
    assert machine.end()[0] == 64


def test_top_inspect_and_boot(machine):  # noqa: F811
    machine.bundle("onboot", "000-first", "echo one")
    machine.bundle("services", "busy", "while :; do :; done", stop_grace="0.1")
    machine.bundle("services", "idle", LIVES)
    machine.boot()
    machine.wait("2 services started")
    assert machine.svc("ps", "-q").stdout.split() == ["first", "busy", "idle"]
    rows = [x.split() for x in machine.svc("top", "-d", "0.5").stdout.splitlines()]
    assert rows[0][:4] == ["NAME", "STATE", "CPU%", "MEMORY"] and {r[0] for r in rows[1:]} == {"busy", "idle"}
    assert rows[1][0] == "busy" or rows[1][2] == "-"
    for line in machine.svc("top", "--json").stdout.splitlines():
        json.loads(line)
    r = json.loads(machine.svc("inspect", "idle").stdout)
    assert r["unit"]["name"] == "idle" and r["unit"]["log"]["size"] == 65536
    assert json.loads(machine.svc("inspect", "--json", "idle").stdout)["unit"]["id"] == "idle"
    text = machine.svc("boot").stdout.splitlines()
    assert text[0].split() == ["AT", "TOOK", "KIND", "NAME"] and text[-1].endswith("all was started")
    assert any("onboot" in x and "first" in x for x in text) and any(x.endswith("idle  up") for x in text)
    svg = machine.svc("boot", "--svg").stdout
    names = [t.firstChild.data for t in xml.dom.minidom.parseString(svg).getElementsByTagName("text")]
    assert {"first", "busy", "idle", "kernel", "onboot"} <= set(names)
    if not os.path.isdir("/sys/fs/pstore") or not os.listdir("/sys/fs/pstore"):
        r = machine.svc("boot", "--last")
        assert r.returncode == 1 and r.stderr.startswith("svc: nothing was kept of the boot before: "), r.stderr
    assert machine.svc("shutdown", "-r").returncode == 0
    assert machine.proc.wait(timeout=120) == 65


def test_a_terminal(machine):  # noqa: F811
    machine.bundle("services", "web", LIVES)
    machine.boot()
    machine.wait("1 services started")
    r = subprocess.run(["script", "-qec", f"{SVC} exec -it web sh -c 'tty && exit 7'", "/dev/null"], env=machine.env, stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, timeout=90)
    assert r.returncode == 7 and "/dev/pts/" in r.stdout
    assert machine.end()[0] == 64
