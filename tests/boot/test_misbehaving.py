"""Services that do all that a service should not, in one machine (misbehaving.yml): what its operator found (the script
`operator`), and that it goes down in time. The machine's seconds are instructions, so that they are the same anywhere."""

import json
import pathlib
import re

import pytest

from conftest import build
from machine import Machine

HERE = pathlib.Path(__file__).resolve().parent


class Story:
    def __init__(self, text):
        self.text = text
        self.results = [(float(t), what, value.strip())
                        for t, what, value in re.findall(r"RESULT ([\d.]+) (\S+) ?([^\n]*)", text)]

    def __getitem__(self, what):
        return next(value for _, name, value in self.results if name == what)

    def all(self, what):
        return [value for _, name, value in self.results if name == what]

    def when(self, what):
        return next(t for t, name, _ in self.results if name == what)

    def units(self, what):
        return {u["name"]: u for u in json.loads(self[what])}

    def at(self, said):
        """When the console had this last."""
        found = re.findall(r"\[ *(\d+\.\d+)\] [^\n]*" + said, self.text)
        assert found, f"no {said!r} in:\n{self.text[-6000:]}"
        return float(found[-1])


@pytest.fixture(scope="module")
def story(folder):
    images = build(HERE / "misbehaving.yml", folder / "misbehaving", "kernel+initrd")
    name = images / "misbehaving"
    with Machine(folder / "misbehaving-run", [
            "-kernel", f"{name}-kernel", "-initrd", f"{name}-initrd.img",
            "-append", pathlib.Path(f"{name}-cmdline").read_text().strip() + " slipway.skip=bomb,flood"], instructions=True) as m:
        m.expect(r"reboot: Power down", 600)
        m.wait_off()
        return Story(m.text.replace("\r", ""))


def test_what_each_comes_to(story):
    assert story.all("never") == []
    units = story.units("units")
    causes = {name: (u["state"], u["cause"]) for name, u in units.items()}
    assert causes["corrupt"] == ("failed", "error")
    assert units["corrupt"]["reason"] == "config.json: byte 19: unexpected end of data"
    assert causes["glutton"] == ("exited", "oom") and units["glutton"]["exit_status"] == 137
    assert causes["forks-away"] == ("exited", "exit") and story["left"] == ""
    assert units["flapping"]["state"] in ("backoff", "running") and units["flapping"]["restarts"] >= 4
    for name in "good", "member", "reader", "slow", "watched", "stubborn", "stopped", "frozen", "scribe", "stuck":
        assert (name, *causes[name], units[name]["restarts"]) == (name, "running", "started", 0)
    assert "supervise: cannot write /etc/scribe/log: Read-only file system" in story.text


def test_a_fork_bomb_stays_within_its_limit(story):
    """Ten times svc ps and svc exec beside it: a second each is the sum of all that they have to share."""
    assert story["asks"] == "30"
    assert story.when("asked") - story.when("asks") < 20
    assert "current:30,limit:30" in story["inspect"]
    name, state, cpu, *_, pids, restarts, _ = story["top"].split()
    assert (name, state, pids, restarts) == ("bomb", "running", "30", "0") and float(cpu) > 50


def test_a_flood_slows_nobody_down(story):
    """Another keeps its share beside it and the supervisor, which read 6.4 MB/s at most, and nothing of it is memory."""
    (alone, free), (beside, left) = ([int(x) for x in story[what].split()] for what in ("quiet", "flooded"))
    assert beside < 3.2 * alone, (alone, beside)
    assert free - left < 4096, (free, left)
    lines, before = (int(x) for x in story["flood"].split())
    assert 500 < (lines - before) / (story.when("flood") - story.when("floods")) < 6.6e6 / 42


def test_none_is_exempt_from_the_oom_killer(story):
    *services, supervisor = story["scores"].split()
    assert set(services) == {"0"} and int(supervisor) == -900


def test_the_socket_that_changes_nothing(story):
    assert int(story["reader"]) >= 10
    assert story["refused"] == "svc: this socket is read-only; /run/svc/svc.sock takes the command"


def test_run_is_full(story):
    assert story["full"] == 'svc: failed: cannot write the state of "once": no space left on device'


def test_nothing_can_be_written(story):
    """A supervisor that starts then says so, and is there again as soon as it can write; what runs goes on (`later`)."""
    assert story["read-only"] == "3"
    assert re.search(r"supervise: .*Read-only file system", story.text.replace("/etc/scribe/log: Read-only", ""))
    assert story["wrote"] == ""


def test_the_clock_jumps(story):
    """Checks and the log's rotation go on as if nothing had happened."""
    years = [value.split() for value in story.all("clock")]
    assert [year for year, _ in years] == ["2099", "1999", "2030"]
    assert all(8 <= int(checks) <= 11 for _, checks in years), years
    assert story["rotated"].startswith("watched.log watched.log.1")


def test_takeover_among_it_all(story):
    before, after = story.units("units"), story.units("later")
    for name, u in after.items():
        if u["kind"] == "service" and name not in ("flapping", "once", "bomb", "flood"):
            assert (name, u["pid"], u["restarts"]) == (name, before[name]["pid"], before[name]["restarts"])


def test_it_goes_down_in_time(story):
    begin = story.at("power off: stopping")
    for name in "good", "member", "reader", "watched", "scribe", "stopped", "operator":
        assert story.at(f"service {name}: stopped") - begin < 1, name
    # In the order of `requires`.
    assert story.at("service member: stopped") <= story.at("service good: stopping")
    for name in "stubborn", "frozen":
        assert story.at(f"service {name}: did not stop in time: killed") - begin == pytest.approx(2, abs=0.2)
    # A grace of 30 s is given, and kept to.
    assert story.at("service slow: stopped") - begin == pytest.approx(24, abs=0.5)
    assert "slow: did not stop" not in story.text
    assert story.at("service bomb: stopped") - begin < 1
    # What no signal ends is left behind, and svc says what it is.
    assert story["state"].startswith("State:\tD")
    assert story["gives-up"].split()[2] == "stopping" and story["gives-up"].endswith("killed, but it does not die")
    assert story.at("service stuck: still there after 30 s: killed") - begin == pytest.approx(30, abs=0.2)
    # A step of onshutdown has its time-out, and 5 s to end; the next one has its turn.
    endless = story.at("onshutdown endless: running")
    assert endless - begin == pytest.approx(32, abs=0.5)
    assert story.at("onshutdown endless: did not stop in time: killed") - endless == pytest.approx(7, abs=0.5)
    assert story.at("last: finally") > endless
    assert story.at("some processes cannot be killed: going on") - story.at("supervise: done") < 5
    assert story.at("reboot: Power down") - begin < 50
