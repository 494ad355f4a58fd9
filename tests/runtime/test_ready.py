"""When a service is ready, and what happens to one that is not well."""
import os
import stat
import time

from test_supervise import machine  # noqa: F401: a fixture
from test_units import QUICK, order

# busybox cannot send datagrams to a socket's path; a few lines of Python can, from outside of the container's root.
NOTIFY = """
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(sys.argv[2].encode().decode("unicode_escape").encode(), sys.argv[1])
"""


def notify(machine, name, text, pid=None):
    """From a process of the container's cgroup, through the socket that the container sees."""
    pid = pid or machine.ps()[name]["pid"]
    shell = f"echo $$ >/sys/fs/cgroup/unified/services/{name}/cgroup.procs 2>/dev/null || " \
            f"echo $$ >/sys/fs/cgroup/services/{name}/cgroup.procs; exec /usr/bin/python3 -c '{NOTIFY}' " \
            f"/proc/{pid}/root/dev/notify/socket '{text}'"
    return machine.inside("sh", "-c", shell)


def test_those_behind_wait_for_the_notice(machine):
    machine.bundle("services", "db", "echo socket $NOTIFY_SOCKET; " + QUICK, ready_notify="true")
    machine.bundle("services", "app", QUICK, requires='["db"]')
    machine.boot()
    machine.wait("db: starting, pid")
    machine.wait("services started")
    assert machine.ps()["app"]["state"] == "waiting"
    machine.wait_log("db", "socket /dev/notify/socket")
    # Not one of its processes, as long as it is there to be asked.
    pid = machine.ps()["db"]["pid"]
    r = machine.inside("/usr/bin/python3", "-c", NOTIFY + "import time; time.sleep(3)", f"/proc/{pid}/root/dev/notify/socket", "READY=1")
    assert r.returncode == 0, r.stderr
    r = notify(machine, "db", r"STATUS=three of five\nMAINPID=1\nFDSTORE=1\n=\n\n")
    assert r.returncode == 0, r.stderr
    machine.wait_for(lambda: machine.ps()["db"].get("status") == "three of five")
    assert machine.ps()["db"]["state"] == "starting"
    assert notify(machine, "db", "READY=1").returncode == 0
    machine.wait("app: running")
    order(machine.console(), "app: waiting, requires db", "db: running, pid", "ready after", "app: running")
    notify(machine, "db", "WATCHDOG=trigger")  # may itself be killed, in the service's cgroup
    machine.wait("db: stopping, unhealthy")
    assert machine.end()[0] == 64


def test_ready_by_file_and_by_command(machine):
    machine.bundle("services", "a-file", "sleep 0.3; mkdir -p /run/x; touch /run/x/up; " + QUICK, ready_file="/run/x/up")
    machine.bundle("services", "b-behind", "cat /run/go; " + QUICK, after='["a-file", "c-command"]')
    machine.bundle("services", "c-command", "sleep 0.3; touch /tmp/go; " + QUICK, ready_command='["ls","/tmp/go"]')
    machine.boot()
    machine.wait("b-behind: running")
    text = machine.console()
    order(text, "a-file: starting", "a-file: running")
    order(text, "c-command: starting", "c-command: running")
    assert text.index("b-behind: running") > max(text.index("a-file: running"), text.index("c-command: running"))
    assert machine.end()[0] == 64


def test_ready_by_tcp_in_the_networks_own_namespace(machine):
    machine.bundle("services", "web", "ip link set lo up; sleep 0.3; exec httpd -f -p 8123 -h /tmp", ready_tcp="8123",
                   own_network=True)
    machine.bundle("services", "never", "sleep 1000", ready_tcp="8123", ready_timeout="0.5", stop_grace="0.1")
    machine.boot()
    machine.wait("web: running, pid")
    assert "web: starting" in machine.console()
    machine.wait("never: failed, not in time")
    order(machine.console(), "never: starting", "never: stopping, not ready in time", "never: failed")
    assert machine.ps()["never"]["cause"] == "timeout"
    assert machine.end()[0] == 64


def test_unhealthy_services_are_restarted(machine):
    machine.bundle("services", "web", "touch /tmp/well; " + QUICK, health_command='["ls","/tmp/well"]',
                   health_interval="0.1", health_retries="2", restart_delay="0.1")
    machine.bundle("services", "told", QUICK, health_http="http://127.0.0.1:8124/x", health_interval="0.1",
                   health_timeout="0.1", health_action="none", own_network=True)
    machine.boot()
    machine.wait("told: running, unhealthy: 3 checks have failed")
    time.sleep(0.5)
    assert "web: stopping" not in machine.console()
    assert machine.svc("exec", "web", "sh", "-c", "mv /tmp/well /tmp/ill").returncode == 0
    machine.wait("web: stopping, unhealthy")
    machine.wait_count("web: running", 2)
    web = machine.ps()["web"]
    assert (web["state"], web["restarts"]) == ("running", 1)
    assert "told: stopping" not in machine.console()
    assert machine.end()[0] == 64


def test_a_hanging_check_fails_and_a_page_is_asked(machine):
    machine.bundle("services", "web", "ip link set lo up; touch /tmp/x; exec httpd -f -p 8125 -h /tmp", health_http="http://localhost:8125/x", health_interval="0.1",
                   health_retries="1", own_network=True)
    machine.bundle("services", "hangs", QUICK, health_command='["sleep","1000"]', health_interval="0.1",
                   health_timeout="0.2", health_retries="2", health_action="reboot")
    machine.boot()
    assert machine.proc.wait(timeout=90) == 65
    text = machine.console()
    order(text, "hangs: running, unhealthy: 2 checks have failed; the machine reboots", "a service is unhealthy: stopping")
    assert "web: stopping, unhealthy" not in text and "web: exited" not in text


def test_readiness_outlives_the_supervisor(machine):
    machine.bundle("services", "db", QUICK, ready_notify="true")
    machine.bundle("services", "app", QUICK, after='["db"]')
    machine.boot()
    machine.wait("1 services wait for others")
    machine.kill_supervisor()
    machine.wait("db: starting, taken over")
    assert stat.S_ISSOCK(os.stat(machine.dir + "/run/db.notify/socket").st_mode)
    assert notify(machine, "db", "READY=1").returncode == 0
    machine.wait("app: running")
    assert machine.ps()["db"]["restarts"] == 0
    assert machine.end()[0] == 64


def test_ready_is_heard_when_no_supervisor_runs(machine):
    machine.bundle("services", "db", QUICK, ready_notify="true")
    machine.bundle("services", "web", QUICK, ready_notify="true", restart="always", restart_delay="0.1")
    hold = machine.dir + "/hold"
    machine.boot(pid1=["/usr/bin/python3", os.path.dirname(os.path.abspath(__file__)) + "/pid1.py", hold])
    machine.wait("services started")
    pids = {n: machine.ps()[n]["pid"] for n in ("db", "web")}
    open(hold, "w").close()
    machine.kill_supervisor()
    machine.wait_for(lambda: not machine.supervisors())
    assert notify(machine, "db", "READY=1", pids["db"]).returncode == 0
    assert notify(machine, "web", "STATUS=alone", pids["web"]).returncode == 0
    os.unlink(hold)
    machine.wait("db: running, pid")
    machine.wait_for(lambda: machine.ps()["web"]["status"] == "alone")
    assert machine.ps()["web"]["state"] == "starting" and machine.ps()["db"]["pid"] == pids["db"]
    # The socket outlives an upgrade as well, and what was said in a former life counts for nothing in the next one.
    assert machine.svc("upgrade").returncode == 0
    machine.wait_count("web: starting, taken over", 2)
    assert notify(machine, "web", "READY=1", pids["web"]).returncode == 0
    machine.wait("web: running, pid")
    assert machine.svc("restart", "web").returncode == 0
    machine.wait_for(lambda: machine.ps()["web"]["pid"] not in (0, pids["web"]))
    assert machine.ps()["web"]["state"] == "starting"
    assert machine.end()[0] == 64
