"""What the supervisor does when things start, end, and need each other."""
import re

from test_supervise import machine  # noqa: F401: a fixture

QUICK = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"


def order(text, *parts):
    """Each part comes after the one before."""
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"no {part!r} after the others in:\n{text}"
        at = found + len(part)


def corrupt(machine, name):
    machine.bundle("services", name, QUICK)
    with open(f"{machine.containers}/services/{name}/config.json", "w") as f:
        f.write('{"ociVersion": "1.2')


def test_services_start_after_those_they_need(machine):
    machine.bundle("services", "a-web", QUICK, requires='["b-app"]')
    machine.bundle("services", "b-app", QUICK, after='["c-db"]')
    machine.bundle("services", "c-db", QUICK)
    machine.bundle("services", "orphan", QUICK, requires='["d-bad"]')
    machine.bundle("services", "d-once", "exit 0")
    machine.bundle("services", "e-after-once", QUICK, after='["d-once", "nobody"]')
    corrupt(machine, "d-bad")
    machine.boot()
    machine.wait("a-web: running")
    machine.wait("e-after-once: running")
    text = machine.console()
    order(text, "a-web: waiting, requires b-app", "c-db: running", "b-app: running", "a-web: running")
    assert "there is no service nobody" in text
    ps = machine.ps()
    assert ps["orphan"]["state"] == "waiting" and ps["orphan"]["reason"] == "requires d-bad"
    assert ps["orphan"]["cause"] == "dependency"
    assert "requires d-bad" in machine.svc("start", "orphan").stderr
    code, seconds = machine.end()
    assert code == 64 and seconds < 8
    order(machine.console().split("power off: stopping")[1], "a-web: stopping", "a-web: stopped", "b-app: stopping",
          "b-app: stopped", "c-db: stopping", "c-db: stopped")


def test_what_a_service_requires_is_gone(machine):
    machine.bundle("services", "db", QUICK, restart="always", restart_delay="0.3")
    machine.bundle("services", "web", QUICK, requires='["db"]')
    machine.bundle("services", "other", QUICK, after='["db"]')
    machine.boot()
    machine.wait("web: running")
    machine.wait("other: running")
    first = machine.ps()
    assert machine.svc("kill", "db").returncode == 0
    machine.wait("web: waiting, status 0, waits for what it requires")
    text = machine.wait_count("web: running", 2)
    order(text, "db: backoff, status 0, again in 3", "web: stopping, what it requires is gone", "web: waiting",
          "db: running", "web: running")
    second = machine.ps()
    assert second["other"]["pid"] == first["other"]["pid"]
    # An operator's stop takes down first what needs it; a start brings both back.
    assert machine.svc("stop", "db").returncode == 0
    machine.wait("db: stopped")
    order(machine.console().split("db: running")[2], "web: stopping", "web: waiting", "db: stopping", "db: stopped, status 0")
    assert machine.svc("start", "db").returncode == 0
    machine.wait_count("web: running", 3)
    assert machine.end()[0] == 64


def test_a_service_that_always_fails_stays_down_after_its_limit(machine):
    machine.bundle("services", "crash", "exit 5", restart="always", restart_delay="0.01", restart_limit="3")
    machine.boot()
    machine.wait("crash: failed, status 5; restarted 3 times in 600 s: it stays down")
    unit = machine.ps()["crash"]
    assert (unit["restarts"], unit["cause"], unit["exit_status"]) == (3, "limit", 5)
    waits = [int(x) for x in re.findall(r"again in (\d+) ms", machine.console())]
    assert len(waits) == 3 and 10 <= waits[0] <= 11 and 20 <= waits[1] <= 22 and 40 <= waits[2] <= 45
    assert machine.end()[0] == 64


def test_a_corrupt_bundle_and_bad_settings_are_told(machine):
    corrupt(machine, "bad")
    machine.bundle("services", "odd", QUICK, restart="sometimes", stop_grace="soon", after="[")
    machine.bundle("services", "web", QUICK, after='["bad"]')
    machine.boot()
    machine.wait("web: running")
    ps = machine.ps()
    assert ps["bad"]["state"] == "failed" and "config.json" in ps["bad"]["reason"] and ps["bad"]["cause"] == "error"
    assert ps["odd"]["state"] == "running"
    assert '"sometimes" is not understood' in machine.console() or '"soon" is not understood' in machine.console()
    assert machine.end()[0] == 64


def test_what_a_service_leaves_behind_goes_with_it(machine):
    machine.bundle("services", "forks", "trap '' TERM; (while :; do sleep 1; done) & echo $! ; exit 0", host_pids=True)
    machine.boot()
    machine.wait("forks: exited, status 0")
    pid = int(machine.svc("logs", "forks").stdout.split()[-1])
    r = machine.inside("kill", "-0", str(pid))
    assert r.returncode != 0
    assert machine.end()[0] == 64


def test_steps_have_timeouts_and_a_policy(machine):
    machine.bundle("onboot", "000-slow", "sleep 1000", timeout="0.2")
    machine.bundle("onboot", "001-next", "exit 0", on__failure="fail")
    machine.bundle("onboot", "002-bad", "exit 7", on__failure="fail")
    machine.bundle("onboot", "003-never", "echo never")
    machine.bundle("onshutdown", "000-last", "echo last")
    machine.boot()
    assert machine.proc.wait(timeout=90) == 67
    text = machine.console()
    order(text, "slow: stopping, not done in time", "slow: failed", "next: exited, status 0", "bad: exited, status 7",
          "onboot bad has failed, and its on_failure says: stop here")
    assert "never" not in text and "last" not in text


def test_a_step_reboots_the_machine(machine):
    machine.bundle("onboot", "000-bad", "sleep 1000", timeout="0.2", on__failure="reboot")
    machine.bundle("services", "web", QUICK)
    machine.bundle("onshutdown", "000-slow", "sleep 1000", timeout="0.2")
    machine.bundle("onshutdown", "001-last", "echo last words")
    machine.boot()
    assert machine.proc.wait(timeout=90) == 65
    order(machine.console(), "on_failure says: reboot", "slow: failed", "last: last words")
    assert "web: running" not in machine.console()
