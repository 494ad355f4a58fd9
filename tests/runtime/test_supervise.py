"""The supervisor in a PID namespace of its own: order, logs, restarts, takeover, shutdown."""
import contextlib
import json
import os
import signal
import subprocess
import time

import pytest

from conftest import BASE, RUNTIME, SVC


class Machine:
    """PID 1 is a shell that starts the supervisor again until it ends by itself, as init does."""

    def __init__(self, box):
        self.dir, self.rootfs = box.path, box.rootfs
        self.containers = self.dir + "/containers"
        self.sockets(self.dir)

    def sockets(self, folder):
        self.socket = folder + "/svc.sock"
        self.env = dict(os.environ, SVC_SOCKET=self.socket)

    def bundle(self, kind, name, script, host_pids=False, own_network=False, own_ids=False, **annotations):
        d = f"{self.containers}/{kind}/{name}"
        os.makedirs(d + "/rootfs")
        os.makedirs(d + "/tmp")
        spec = json.loads(json.dumps(BASE))
        spec["process"]["args"] = ["sh", "-c", script]
        spec["annotations"] = {
            "io.slipway." + k.replace("__", "-").replace("_", ".").replace("-", "_"): v for k, v in annotations.items()}
        spec["linux"]["namespaces"] = [{"type": "mount"}] + ([] if host_pids else [{"type": "pid"}])
        if own_ids:
            spec["linux"]["namespaces"].append({"type": "user"})
            spec["linux"]["uidMappings"] = spec["linux"]["gidMappings"] = [
                {"containerID": 0, "hostID": 1048576, "size": 65536}]
            spec["mounts"] = spec["mounts"][:1]
        if own_network:
            spec["linux"]["namespaces"].append({"type": "network"})
            spec["process"]["capabilities"] = {k: ["CAP_NET_ADMIN"] for k in ("bounding", "effective", "permitted")}
        with open(d + "/config.json", "w") as f:
            json.dump(spec, f)
        with open(d + "/runtime.json", "w") as f:
            json.dump({"mkdir": [], "cgroups": [], "interfaces": [], "bindNS": {}, "mounts": [
                {"destination": d + "/tmp", "type": "tmpfs", "source": "tmpfs"},
                {"destination": d + "/rootfs", "type": "overlay", "source": "overlay", "options": [
                    "lowerdir=" + self.rootfs, f"upperdir={d}/tmp/upper", f"workdir={d}/tmp/work"]}]}, f)

    def boot(self, before=":", pid1=None):
        """before: what the machine's shell does first, in its namespaces; pid1: a program in place of that shell."""
        self.log = open(self.dir + "/console", "w+")
        loop = ('"$@" & while :; do wait $!; r=$?; [ $r -ge 64 ] && [ $r -le 67 ] && exit $r; "$@" & done')
        self.proc = subprocess.Popen(
            ["timeout", "-s", "KILL", "3600", "unshare", "-mpf", "--kill-child", "--mount-proc", "--propagation", "private",
             *(pid1 or ["sh", "-c", before + "; " + loop, "sh"]), RUNTIME, "--root", self.dir + "/state", "supervise",
             "--containers", self.containers, "--run", self.dir + "/run", "--socket", self.socket],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def console(self):
        return open(self.dir + "/console").read()

    def wait(self, text, seconds=60):
        end = time.time() + seconds
        while text not in self.console():
            assert time.time() < end, f"no {text!r} in:\n{self.console()}"
            time.sleep(0.05)

        return self.console()

    def wait_count(self, text, times, seconds=60):
        end = time.time() + seconds
        while self.console().count(text) < times:
            assert time.time() < end, f"not {times} times {text!r} in:\n{self.console()}"
            time.sleep(0.05)
        return self.console()

    def wait_for(self, what, seconds=60):
        end = time.time() + seconds
        while not what():
            assert time.time() < end, f"waited in vain:\n{self.console()}"
            time.sleep(0.05)

    def wait_log(self, name, text):
        self.wait_for(lambda: text in self.svc("logs", name).stdout)

    def supervisors(self):
        pids = subprocess.run(["pgrep", "-f", f"supervise --containers {self.containers} "], capture_output=True, text=True).stdout.split()
        found = []
        for pid in pids:
            try:
                if open(f"/proc/{pid}/comm").read().strip() == "system-runtime":
                    found.append(int(pid))
            except OSError:
                pass  # it has ended meanwhile
        return found

    def kill_supervisor(self):
        for pid in self.supervisors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def inside(self, *command):
        """In the machine's PID namespace."""
        pid = open(f"/proc/{self.proc.pid}/task/{self.proc.pid}/children").read().split()[0]
        pid = open(f"/proc/{pid}/task/{pid}/children").read().split()[0]
        return subprocess.run(["nsenter", "-t", pid, "-m", "-p", *command], capture_output=True, text=True, timeout=90)

    def svc(self, *args):
        return subprocess.run([SVC, *args], env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)

    def ps(self):
        return {u["name"]: u for u in json.loads(self.svc("ps", "--json").stdout)}

    def end(self):
        self.svc("poweroff")
        start = time.time()
        code = self.proc.wait(timeout=120)
        return code, time.time() - start


@pytest.fixture
def machine(box):
    m = Machine(box)
    yield m
    if getattr(m, "proc", None) and m.proc.poll() is None:
        m.proc.terminate()  # timeout passes it on, as SIGKILL
        m.proc.wait()


LIVES = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 1 & wait; done"


def test_course_of_a_machine(machine):
    machine.bundle("onboot", "000-first", "echo one; exit 3")
    machine.bundle("onboot", "001-second", "echo two")
    machine.bundle("services", "web", LIVES)
    machine.bundle("services", "deaf", "sleep 1000")
    machine.bundle("onshutdown", "000-last", "echo finally")
    machine.boot()
    machine.wait("2 services started")
    text = machine.console()
    assert text.index("first: one") < text.index("onboot second: running") < text.index("second: two") < text.index("service web: running")
    ps = machine.ps()
    assert ps["first"]["exit_status"] == 3 and ps["web"]["state"] == "running" and ps["web"]["pid"] > 0
    assert "up" in machine.svc("logs", "web").stdout
    assert 'did you mean "web"?' in machine.svc("stop", "wen").stderr
    r = machine.svc("exec", "web", "sh", "-c", "echo inside; exit 9")
    assert (r.stdout, r.returncode) == ("inside\n", 9)
    assert machine.svc("stop", "web").returncode == 0
    machine.wait("web: stopped, status 0")
    assert machine.svc("start", "web").returncode == 0
    code, seconds = machine.end()
    assert code == 64 and seconds < 8
    assert "last: finally" in machine.console()


def test_restart_with_back_off(machine):
    machine.bundle("services", "crash", "exit 5", restart="on-failure")
    machine.bundle("services", "once", "exit 5")
    machine.bundle("services", "fine", "exit 0", restart="on-failure")
    machine.boot()
    machine.wait(", again in 4")
    ps = machine.ps()
    assert ps["crash"]["restarts"] >= 2 and ps["once"]["state"] == ps["fine"]["state"] == "exited"
    assert machine.end()[0] == 64


def test_takeover(machine):
    machine.bundle("onboot", "000-once", "echo once")
    machine.bundle("services", "web", "trap 'exit 0' TERM; n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.02 & wait; done")
    machine.boot()
    machine.wait("1 services started")
    before = machine.ps()["web"]["pid"]
    for i in range(10):
        machine.kill_supervisor()
        end = time.time() + 60
        while machine.console().count("taken over") <= i and time.time() < end:
            time.sleep(0.02)
    text = machine.console()
    assert text.count("taken over") == 10 and text.count("once: once") == 1
    time.sleep(0.2)
    web = machine.ps()["web"]
    assert web["pid"] == before and web["restarts"] == 0
    ticks = [int(x.rsplit(" ", 1)[1]) for x in machine.svc("logs", "web").stdout.splitlines() if "tick" in x]
    assert ticks == list(range(1, len(ticks) + 1)) and len(ticks) > 10
    assert machine.end()[0] == 64


def test_stubborn_and_stopped_services_do_not_hold_the_machine(machine):
    machine.bundle("services", "stubborn", "trap '' TERM; while :; do sleep 1; done", stop_grace="0.3")
    machine.bundle("services", "frozen", "trap 'exit 0' TERM; kill -STOP $$; while :; do sleep 1; done", stop_grace="0.3")
    machine.bundle("services", "bomb", "f() { while :; do sleep 1 & sleep 0.1; done; }; f & f & f & trap '' TERM; wait; wait", stop_grace="0.3")
    machine.boot()
    machine.wait("3 services started")
    code, seconds = machine.end()
    assert code == 64 and seconds < 8


TICKS = "trap 'exit 0' TERM; n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.02 & wait; done"


def test_killed_and_upgraded_under_load(machine):
    """Nothing is lost, no service is restarted, and no zombie stays. KILLS=1000 for the long run."""
    for name in ("a", "b", "c"):
        machine.bundle("services", name, TICKS, restart="always", log_size=str(4 << 20))
    machine.bundle("services", "dies", "exit 1", restart="always", restart_max__delay="0.2")
    machine.boot()
    machine.wait("4 services started")
    before = {n: u["pid"] for n, u in machine.ps().items() if n != "dies"}
    kills = int(os.environ.get("KILLS", "20"))
    for i in range(kills):
        if i % 4 == 3:
            machine.wait_for(lambda: machine.svc("upgrade").returncode == 0)
        else:
            machine.kill_supervisor()
        machine.wait_count("c: running, taken over", i + 1)
    machine.wait_for(lambda: machine.svc("ps").returncode == 0)
    units = machine.ps()
    assert {n: units[n]["pid"] for n in before} == before
    assert all(units[n]["restarts"] == 0 for n in before)
    time.sleep(0.2)
    for name in before:
        ticks = [int(x.rsplit(" ", 1)[1]) for x in machine.svc("logs", name).stdout.splitlines() if "tick" in x]
        assert ticks == list(range(1, len(ticks) + 1)) and len(ticks) > 10
    # A service that ends may wait for its parent for a moment.
    machine.wait_for(lambda: " Z" not in machine.inside("ps", "-eo", "pid,stat").stdout)
    assert machine.end()[0] == 64


def test_how_a_service_ended_outlives_its_supervisor(machine):
    """PID 1 is its parent then, and says it: at once, and to the next supervisor what ended while there was none."""
    machine.bundle("services", "told", "trap 'exit 4' TERM; while :; do sleep 1 & wait; done")
    machine.bundle("services", "killed", "while :; do sleep 1; done", restart="on-failure", restart_delay="0.1")
    machine.bundle("services", "alone", "trap 'exit 6' USR1; while :; do sleep 1 & wait; done", restart="on-failure", restart_delay="60")
    machine.bundle("services", "done", "trap 'exit 0' USR1; while :; do sleep 1 & wait; done", restart="on-failure")
    hold = machine.dir + "/hold"
    machine.boot(pid1=["/usr/bin/python3", os.path.dirname(os.path.abspath(__file__)) + "/pid1.py", hold])
    machine.wait("4 services started")
    before = machine.ps()
    open(hold, "w").close()
    machine.kill_supervisor()
    machine.wait_for(lambda: not machine.supervisors())
    for name in "alone", "done":
        machine.inside("kill", "-USR1", str(before[name]["pid"]))
        machine.wait_for(lambda: machine.inside("kill", "-0", str(before[name]["pid"])).returncode != 0)
    os.unlink(hold)
    machine.wait("alone: backoff, status 6")
    machine.wait("done: exited, status 0")
    machine.inside("kill", "-KILL", str(before["killed"]["pid"]))
    machine.wait("killed: backoff, signal 9 (Killed)")
    assert machine.svc("stop", "told").returncode == 0
    machine.wait("told: stopped, status 4")
    assert machine.ps()["told"]["exit_status"] == 4 and machine.ps()["done"]["exit_status"] == 0
    assert machine.end()[0] == 64 and "status unknown" not in machine.console()


def test_own_ids_own_the_files(machine):
    machine.bundle("services", "own", "stat -c 'owner %u' /bin/busybox; touch /made && stat -c 'made %u' /made; "
                   "echo x >>/etc/x && echo wrote; [ -S /dev/notify/socket ] && echo socket; " + LIVES,
                   own_ids=True, userns="auto", ready_notify="true")
    # Its root must reach the bundle, as it does on a machine.
    for folder in (machine.dir, os.path.dirname(machine.dir), os.path.dirname(os.path.dirname(machine.dir))):
        os.chmod(folder, os.stat(folder).st_mode | 0o011)
    machine.boot()
    machine.wait_log("own", "up")
    log = machine.svc("logs", "own").stdout
    assert "owner 0" in log and "made 0" in log and "wrote" in log and "socket" in log, log
    assert machine.end()[0] == 64


def test_a_plain_root_is_no_mount_of_the_machine(machine):
    """Each mount namespace would copy it, and a thousand services have a thousand of them."""
    machine.bundle("services", "web", LIVES)
    d = f"{machine.containers}/services/web"
    with open(d + "/runtime.json", "w") as f:
        json.dump({"mounts": [{"destination": d + "/rootfs", "type": "bind", "source": machine.rootfs, "options": ["bind"]}]}, f)
    machine.boot()
    machine.wait_log("web", "up")
    assert machine.svc("exec", "web", "ls", "/bin/busybox").stdout == "/bin/busybox\n"
    assert d not in machine.inside("cat", "/proc/self/mountinfo").stdout
    machine.kill_supervisor()
    machine.wait("web: running, taken over")
    assert machine.svc("restart", "web").returncode == 0
    machine.wait_for(lambda: machine.svc("exec", "web", "true").returncode == 0)
    assert machine.end()[0] == 64


def test_a_shutdown_outlives_the_supervisor(machine):
    machine.bundle("services", "slow", "trap 'sleep 1; exit 0' TERM; while :; do sleep 1 & wait; done")
    machine.bundle("onshutdown", "000-last", "echo finally")
    machine.boot()
    machine.wait("1 services started")
    assert machine.svc("reboot").returncode == 0
    machine.wait("slow: stopping")
    machine.kill_supervisor()
    assert machine.proc.wait(timeout=120) == 65
    text = machine.console()
    assert "going on with the shutdown" in text and "last: finally" in text
