"""podman with --runtime: conmon creates, podman starts, asks for the state and deletes."""
import json

import pytest

from conftest import wait_for

# What a machine without all controllers, a network and journald needs said.
GLOBAL = ["podman", "--storage-driver=vfs", "--runtime=/usr/local/bin/system-runtime", "--cgroup-manager=cgroupfs",
          "--events-backend=none", "--log-level=error"]
RUN = ["--network=none", "--pids-limit=-1", "--log-driver=k8s-file"]


@pytest.fixture(scope="module")
def podman(machine):
    machine.ok(*GLOBAL, "load", "-q", "-i", "/tmp/box.tar")

    def call(*argv, **kw):
        words = argv[:1] + tuple(RUN) + argv[1:] if argv[0] in ("run", "create") else argv
        return machine.run(*GLOBAL, *words, **kw)
    yield call
    machine.run(*GLOBAL, "rm", "-f", "-a", "-t", "0")
    assert machine.run("ls", "/run/system-runtime").stdout == ""


def test_run(podman):
    r = podman("run", "--rm", "box", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (r.returncode, r.stdout, r.stderr) == (7, "out\n", "err\n")
    r = podman("run", "--rm", "-i", "box", "cat", stdin=None, input="through\n")
    assert r.stdout == "through\n"
    assert "/dev/" in podman("run", "--rm", "-t", "box", "tty").stdout


def test_options_become_the_config(podman):
    r = podman("run", "--rm", "-u", "5:6", "-w", "/tmp", "-e", "A=b", "-h", "boxy", "--read-only", "--cap-drop=all",
                 "--security-opt=no-new-privileges", "--ulimit", "nofile=50:60", "--tmpfs", "/t:notmpcopyup", "-v", "/etc/hosts:/h:ro", "box", "sh", "-c",
                 "id; pwd; echo $A; hostname; touch /x 2>/dev/null || echo ro; touch /t/x && echo t; cat /h; "
                 "grep -E 'CapPrm|NoNew|Seccomp:' /proc/self/status; grep open /proc/self/limits")
    out = r.stdout + r.stderr
    for word in ("uid=5", "gid=6", "/tmp\nb\nboxy\nro\nt\n", "localhost", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert word in out, out
    assert out.split("Max open files")[1].split()[:2] == ["50", "60"]


@pytest.mark.parametrize("command, status, word", [("nothere", 127, "not found"), ("/nothere", 127, "no such file"), ("/etc", 126, "")])
def test_a_command_that_cannot_run(podman, command, status, word):
    r = podman("run", "--rm", "box", command)
    assert r.returncode == status and word in r.stderr.lower(), r.stderr


def test_life(podman, machine):
    assert podman("run", "-d", "--name", "life", "box", "sh", "-c", "echo started; trap 'exit 5' TERM; while :; do sleep 0.1; done").returncode == 0
    status = lambda: json.loads(podman("inspect", "life").stdout)[0]["State"]
    assert status()["Status"] == "running"
    assert machine.run("ls", "/run/system-runtime").stdout != ""
    r = podman("exec", "-w", "/tmp", "-e", "A=b", "life", "sh", "-c", "pwd; echo $A; exit 3")
    assert (r.returncode, r.stdout) == (3, "/tmp\nb\n")
    assert podman("exec", "life", "nothere").returncode == 127
    assert podman("exec", "-t", "life", "tty").stdout.startswith("/dev/")
    assert podman("exec", "-d", "life", "sleep", "777").returncode == 0
    wait_for(lambda: "sleep 777" in podman("top", "life").stdout)
    assert podman("pause", "life").returncode == 0 and status()["Status"] == "paused"
    assert podman("unpause", "life").returncode == 0 and status()["Status"] == "running"
    assert podman("stop", "-t", "60", "life").returncode == 0
    assert status()["Status"] == "exited" and status()["ExitCode"] == 5
    assert "started" in podman("logs", "life").stdout
    assert podman("start", "life").returncode == 0 and podman("kill", "life").returncode == 0
    assert podman("rm", "-f", "-t", "0", "life").returncode == 0
