"""dockerd with --add-runtime: containerd's shim again, with Docker's config and its reading of errors."""
import pytest

from conftest import wait_for


@pytest.fixture(scope="module")
def docker(machine):
    log = machine.spawn("dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs",
                        "--add-runtime=ours=/usr/local/bin/system-runtime", "--default-runtime=ours",
                        "--exec-opt=native.cgroupdriver=cgroupfs")
    call = lambda *argv, **kw: machine.run("docker", *argv, **kw)
    try:
        wait_for(lambda: call("version").returncode == 0)
    except AssertionError:
        raise AssertionError(open(log).read())
    machine.ok("docker", "load", "-q", "-i", "/tmp/box.tar")
    yield lambda *argv, **kw: call(*(argv[:1] + ("--network=none",) + argv[1:] if argv[0] == "run" else argv), **kw)
    assert call("ps", "-aq").stdout == ""


def test_run(docker):
    r = docker("run", "--rm", "box", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (r.returncode, r.stdout, r.stderr) == (7, "out\n", "err\n")
    r = docker("run", "--rm", "-i", "box", "cat", stdin=None, input="through\n")
    assert r.stdout == "through\n"
    assert "/dev/" in docker("run", "--rm", "-t", "box", "tty").stdout
    assert docker("run", "--rm", "--init", "box", "sh", "-c", "exit 4").returncode == 4


def test_options_become_the_config(docker):
    out = docker("run", "--rm", "-u", "5:6", "-w", "/tmp", "-e", "A=b", "--read-only", "--cap-drop=ALL",
                 "--security-opt=no-new-privileges", "--ulimit", "nofile=50:60", "--tmpfs", "/t", "-v", "/etc/hosts:/h:ro", "box", "sh", "-c",
                 "id; pwd; echo $A; touch /x 2>/dev/null || echo ro; touch /t/x && echo t; cat /h; "
                 "grep -E 'CapPrm|NoNew|Seccomp:' /proc/self/status; grep open /proc/self/limits").stdout
    for word in ("uid=5 gid=6", "/tmp\nb\nro\nt\n", "localhost", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
        assert word in out, out
    assert out.split("Max open files")[1].split()[:2] == ["50", "60"]
    assert docker("run", "--rm", "--privileged", "box", "grep", "Seccomp:", "/proc/self/status").stdout == "Seccomp:\t0\n"


@pytest.mark.parametrize("command, status", [("nothere", 127), ("/nothere", 127), ("/etc", 126)])
def test_a_command_that_cannot_run(docker, command, status):
    r = docker("run", "--rm", "box", command)
    assert r.returncode == status, r.stderr


def test_life(docker):
    assert docker("run", "-d", "--name", "life", "box", "sh", "-c",
                  "echo started; trap 'exit 5' TERM; while :; do sleep 0.1; done").returncode == 0
    status = lambda: docker("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "life").stdout.split()
    assert status()[0] == "running"
    r = docker("exec", "-u", "5:6", "-w", "/tmp", "-e", "A=b", "life", "sh", "-c", "id; pwd; echo $A; exit 3")
    assert r.returncode == 3 and "uid=5 gid=6" in r.stdout and "/tmp\nb\n" in r.stdout
    assert docker("exec", "life", "nothere").returncode in (126, 127)
    assert docker("exec", "-t", "life", "tty").stdout.startswith("/dev/")
    assert docker("exec", "-d", "life", "sleep", "777").returncode == 0
    wait_for(lambda: "sleep 777" in docker("top", "life").stdout)
    assert docker("pause", "life").returncode == 0 and status()[0] == "paused"
    assert docker("unpause", "life").returncode == 0 and status()[0] == "running"
    assert docker("stats", "--no-stream", "life").returncode == 0
    assert docker("stop", "-t", "60", "life").returncode == 0
    wait_for(lambda: status() == ["exited", "5"])
    assert "started" in docker("logs", "life").stdout
    assert docker("start", "life").returncode == 0 and docker("kill", "life").returncode == 0
    assert docker("rm", "-f", "life").returncode == 0
