"""/run or a log's disk is full: the supervisor and svc go on, and say so."""
import json
import re

from test_supervise import LIVES, machine  # noqa: F401 (a fixture)
from test_svc import supervisor


def test_run_is_full(machine):  # noqa: F811
    d = machine.dir
    machine.bundle("services", "web", LIVES, stop_grace="0.1")
    machine.bundle("services", "talk", "trap 'exit 0' TERM; n=0; while :; do n=$((n+1)); echo line $n; sleep 0.02 & wait; done")
    machine.bundle("services", "crash", "sleep 0.1; exit 5", restart="always", restart_delay="0.1", restart_max__delay="0.1")
    machine.boot(f"mkdir -p {d}/vol {d}/run {d}/state; mount -t tmpfs -o size=2m tmpfs {d}/vol; mkdir {d}/vol/run {d}/vol/state;"
                 f" mount --bind {d}/vol/run {d}/run; mount --bind {d}/vol/state {d}/state")
    machine.wait("3 services started")
    first = supervisor(machine)
    machine.wait_log("talk", "line 5")
    machine.inside("sh", "-c", f"cat /dev/zero >{d}/vol/fill")
    # What cannot be kept is said; what runs goes on.
    machine.wait("No space left on device")
    machine.wait_for(lambda: "no space left on device" in machine.ps()["crash"]["reason"])
    assert machine.ps()["talk"]["state"] == machine.ps()["web"]["state"] == "running"
    assert machine.svc("logs", "-n", "1", "talk").returncode == 0
    assert machine.svc("exec", "web", "echo", "inside").returncode in (0, 1)
    assert machine.svc("stop", "web").returncode == 0
    machine.wait("web: stopped")
    r = machine.svc("start", "web")
    assert r.returncode == 1 and "no space left on device" in r.stderr, r.stderr
    # A new supervisor takes over in a full /run as well.
    machine.kill_supervisor()
    machine.wait("service talk: running, taken over")
    second = supervisor(machine)
    assert second != first
    machine.wait_for(lambda: machine.svc("ps").returncode == 0)
    machine.inside("rm", f"{d}/vol/fill")
    machine.wait_for(lambda: machine.ps()["crash"]["pid"] > 0)
    assert machine.svc("start", "web").returncode == 0
    last = machine.svc("logs", "-n", "1", "talk").stdout
    machine.wait_for(lambda: machine.svc("logs", "-n", "1", "talk").stdout != last)
    assert supervisor(machine) == second
    assert machine.end()[0] == 64


def test_a_logs_disk_is_full(machine):  # noqa: F811
    d = machine.dir
    machine.bundle("services", "talk", "n=0; while :; do n=$((n+1)); echo a line of some length $n; [ $((n%50)) = 0 ] && sleep 0.05; done",
                   log_file=f"{d}/disk/talk.log")
    machine.boot(f"mkdir {d}/disk; mount -t tmpfs -o size=128k tmpfs {d}/disk")

    def text():
        return machine.inside("cat", f"{d}/disk/talk.log").stdout

    def lines_read():
        return json.loads(machine.svc("inspect", "--json", "talk").stdout)["unit"]["log"]["lines"]
    machine.wait("1 services started")
    machine.wait_for(text)
    machine.inside("sh", "-c", f"cat /dev/zero >{d}/disk/fill")
    # The service goes on; these are more than the last page of the file and the pipe to its writer hold.
    enough = lines_read() + 3000
    machine.wait_for(lambda: lines_read() > enough)
    machine.inside("rm", f"{d}/disk/fill")
    machine.wait_for(lambda: "could not be written" in text())
    lines = text().split("\n")[:-1]
    assert all(re.fullmatch(r"[-\d]{10} [:.\d]{12} a line of some length \d+|-- \d+ bytes could not be written --", x) for x in lines), lines
    assert machine.end()[0] == 64
