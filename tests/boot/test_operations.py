"""docs/operations.md on the machine that it describes (operations.yml): every command there prints what it says, but for
numbers. One boot; its seconds are instructions, so that what the commands meet is the same anywhere."""

import json
import re
import xml.dom.minidom

import pytest

from conftest import ROOT, build
from machine import Machine

PAGE = ROOT / "docs/operations.md"
HERE = ROOT / "tests/boot"
# The state that a command of the page, SAY, is asked in, or what happens while it waits.
WHEN = {
    # At the begin of a wait of `api`, which lasts seconds.
    "svc ps": 'svc events api | while read -r event; do case $event in *backoff*) SAY; break;; esac; done',
    "timeout 4 svc events web": "(sleep 1; svc restart web) >/dev/null 2>&1 &\nSAY",
    # The supervisor's answer is that it has begun.
    "svc stop db": "SAY\nawait state_is db stopped",
    "svc start db": "SAY\nawait state_is app running",
    # A burst is read as fast as the machine is: this one is not the boot's.
    "svc logs -n 3 chatty": "svc restart chatty; sleep 10\nSAY",
    "svc inspect web": "await state_is web running\nSAY",
}
BEGIN = r"""
await() { for _ in $(seq 600); do "$@" >/dev/null 2>&1 && return; usleep 200000; done; echo "@@never $*@@"; }
state_is() { svc ps | grep -q "^$1 .* $2 "; }
restarted() { svc ps | grep -q "^api .* [5-9]  *1 "; }
say() { echo "@@$1@@"; sh -c "$2" 2>&1; echo "@@end $?@@"; }
for name in app chatty disk member reader stranger stubborn tick; do await state_is $name running; done
await state_is crash failed; await state_is leak exited; await state_is daemon exited; await restarted
"""
MORE = {
    "top": "svc top -c 1 -d 5",
    "top-json": "svc top --json -c 1 -d 2",
    "boot": "svc boot",
    "picture": "svc boot --svg",
    "units": "svc ps --json",
    "names": "svc ps -q",
    "left": "pgrep -f 'sleep 5432[1]'",
    "member": "svc exec member svc ps -q",
    "member-does": "svc exec member svc restart tick",
    "reader": "svc exec reader svc ps -q",
    # A supervisor that takes over makes its socket anew; the bind of the folder finds it.
    "takeover": "kill -KILL $(pgrep -o system-runtime); until svc ps 2>/dev/null | grep -q '^db .* running'; do usleep 100000; done",
    "later": "svc ps --json",
    "member-later": "svc exec member svc ps -q",
    "off": "svc poweroff",
}


def blocks():
    """(command, what the page says it prints), in the page's order."""
    for text in re.findall(r"^```\n(\$ .*?)^```$", PAGE.read_text(), re.M | re.S):
        for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def shape(text, command):
    """Numbers, times, and what follows from them alike."""
    lines = []
    for line in text.splitlines():
        if line == "Terminated":
            continue  # the shell, of what `timeout` ended
        line = re.sub(r"\b(\d+d\d\dh|\d+h\d\dm|\d+m\d\ds|\d+\.\ds)\b", "TIME", line)
        if command.startswith("svc top"):
            line = re.sub(r"(?<= )\d+(\.\d)?[BKMGT](?= )", "SIZE", line)
        line = re.sub(r"\d+(\.\d+)?", "N", line)
        lines.append(re.sub(r"\s+", " ", line).strip())
    return lines if is_ordered(command) else sorted(lines)


def is_ordered(command):
    """Rows of top and boot come as their numbers say."""
    return not command.startswith(("svc top", "svc boot"))


def alike(said, page, ordered):
    """`…` in the page stands for any lines."""
    if "…" not in page:
        return said == page
    if not ordered:
        return set(page) - {"…"} <= set(said)
    at = page.index("…")
    rest = page[at + 1:]
    return said[:at] == page[:at] and any(alike(said[i:], rest, True) for i in range(at, len(said) + 1))


# The other boot that the page has of it is another machine's: test_boot.py.
BLOCKS = [(c, o) for c, o in blocks() if not (c == "svc boot --last" and o.startswith("…"))]


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


@pytest.fixture(scope="module")
def told(folder):
    """{what was asked: (what it printed, its exit status)} for the page's commands, by number, and for MORE; the console."""
    here = folder / "operations"
    here.mkdir(exist_ok=True)
    lines = [WHEN.get(c, "SAY").replace("SAY", f"say {n} {quoted(c)}") for n, (c, _) in enumerate(BLOCKS)]
    lines += [f"say {n} {quoted(c)}" for n, c in MORE.items()]
    (here / "page").write_text(BEGIN + "\n".join(lines) + "\n")
    (here / "operations.yml").write_text((HERE / "operations.yml").read_text().replace("PAGE", str(here / "page")))
    build(here / "operations.yml", here, "kernel+initrd")
    with open(here / "disk", "wb") as f:
        f.truncate(16 << 20)
    said = here / "said"
    with Machine(here, ["-kernel", here / "operations-kernel", "-initrd", here / "operations-initrd.img",
                        "-append", (here / "operations-cmdline").read_text().strip(), "-serial", f"file:{said}",
                        "-drive", f"if=virtio,format=raw,file={here}/disk"], instructions=True) as m:
        m.expect(r"reboot: Power down", 600)
        m.wait_off()
        text = said.read_text()
        assert "@@never" not in text, text[-3000:]
        found = re.findall(r"^@@([\w-]+)@@\n(.*?)(?:^|(?<=.))@@end (\d+)@@\n", text, re.M | re.S)
        return dict({n: (o, int(s)) for n, o, s in found}, console=m.text)


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[re.sub(r"\W+", "-", c) for c, _ in BLOCKS])
def test_page(told, number):
    command, page = BLOCKS[number]
    said = told[str(number)][0]
    assert alike(shape(said, command), shape(page, command), is_ordered(command)), \
        f"$ {command}\n{said}\ndocs/operations.md says\n{page}"


def test_top_has_numbers(told):
    rows = {r[0]: r for r in (x.split() for x in told["top"][0].splitlines())}
    assert rows["NAME"] == "NAME STATE CPU% MEMORY READ/s WRITE/s PIDS RESTARTS UPTIME".split()
    assert re.fullmatch(r"\d+(\.\d)?[KM]", rows["tick"][3]) and int(rows["tick"][6]) >= 1
    # A megabyte in every second and a bit.
    assert re.fullmatch(r"\d+K|1\.\dM|1M", rows["disk"][5]), rows["disk"]
    assert int(rows["web"][6]) >= 1 and float(rows["tick"][2]) >= 0
    assert int(rows["crash"][7]) == 3 and rows["crash"][2:4] == ["-", "-"]
    all_of_it = [json.loads(x) for x in told["top-json"][0].splitlines()]
    data = [x["stats"]["data"] for x in all_of_it if x["unit"]["name"] == "web"][0]
    assert data["memory"]["usage"]["limit"] == 32 << 20 and data["pids"]["limit"] == 20
    assert 0 < data["memory"]["usage"]["usage"] < 32 << 20 and data["pids"]["current"] >= 1 and data["cpu"]["usage"]["total"] > 0


def test_boot_has_all_steps(told):
    """The kernel, init's steps, every container, as a table and as a picture."""
    rows = [x.split() for x in told["boot"][0].splitlines()[1:-1]]
    kinds = {}
    for at, took, kind, name, *_ in rows:
        kinds.setdefault(kind, []).append(name)
        assert float(at) >= 0 and float(took) >= 0
    assert kinds["kernel"] == ["kernel"] and len(kinds["init"]) >= 2 and kinds["onboot"] == ["prepare", "check"]
    services = {u["name"] for u in units(told, "units").values() if u["kind"] == "service"}
    assert set(kinds["service"]) | {"broken"} == services
    picture = xml.dom.minidom.parseString(told["picture"][0])
    texts = {t.firstChild.data for t in picture.getElementsByTagName("text")}
    assert {"kernel", *kinds["init"], *kinds["onboot"], *kinds["service"]} <= texts
    bars = [r for r in picture.getElementsByTagName("rect") if r.getAttribute("height") == "14"]
    assert len(bars) >= len(rows)


def units(told, what):
    return {u["name"]: u for u in json.loads(told[what][0])}


def test_who_may(told):
    """By user and group in a container, with the socket bound in; also when there is a new supervisor."""
    names = told["names"]
    assert names[1] == 0 and {"web", "db", "api"} <= set(names[0].split())
    assert told["member"] == told["reader"] == told["member-later"] == names
    assert told["member-does"] == ("", 0)
    before, after = units(told, "units"), units(told, "later")
    for name in "web", "db", "disk", "member":
        assert before[name]["pid"] == after[name]["pid"] and after[name]["state"] == "running"


def test_services_that_misbehave(told):
    found = units(told, "units")
    assert (found["leak"]["state"], found["leak"]["cause"]) == ("exited", "oom")
    assert (found["broken"]["state"], found["broken"]["cause"]) == ("failed", "error")
    assert (found["daemon"]["state"], found["daemon"]["exit_status"]) == ("exited", 0) and told["left"] == ("", 1)
    assert (found["crash"]["state"], found["crash"]["cause"], found["crash"]["restarts"]) == ("failed", "limit", 3)
    assert found["api"]["restarts"] >= 5 and found["web"]["state"] == "running"


def test_it_goes_down(told):
    """A former supervisor has started all of them: PID 1 says how each ended."""
    assert "service web: stopped, status 0" in told["console"] and "service db: stopped, status 0" in told["console"]
    assert "service stubborn: stopped, signal 9 (Killed)" in told["console"] and "status unknown" not in told["console"]
