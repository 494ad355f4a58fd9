"""containerd: its shim with --runc-binary, and our runtime under the name runc."""
import os

import pytest

from conftest import wait_for

BOX = "docker.io/library/box:latest"


@pytest.fixture(scope="module")
def containerd(machine):
    with open(machine.path("/etc/containerd/config.toml"), "w") as f:
        f.write('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
    log = machine.spawn("containerd")
    try:
        wait_for(lambda: machine.run("ctr", "version").returncode == 0)
    except AssertionError:
        raise AssertionError(open(log).read())
    machine.ok("ctr", "image", "import", "--snapshotter", "native", "/tmp/box.tar")
    return machine


@pytest.fixture(params=["binary", "runc"])
def run(containerd, request):
    how = ["--runc-binary", "/usr/local/bin/system-runtime"] if request.param == "binary" else []
    return lambda *argv, **kw: containerd.run("ctr", "run", "--snapshotter", "native", *how, *argv, **kw)


def test_run(run):
    r = run("--rm", BOX, "one", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (r.returncode, r.stdout, r.stderr) == (7, "out\n", "err\n")
    r = run("--rm", "--read-only", "--cwd", "/tmp", "--env", "A=b", BOX, "two", "sh", "-c", "pwd; echo $A; touch /x 2>/dev/null || echo ro")
    assert r.stdout == "/tmp\nb\nro\n"


def test_a_command_that_cannot_run(run):
    r = run("--rm", BOX, "bad", "nothere")
    assert r.returncode != 0 and 'exec: "nothere": executable file not found in $PATH' in r.stderr
    assert run("--rm", BOX, "bad", "true").returncode == 0


def test_life(run, containerd):
    ctr = lambda *argv: containerd.run("ctr", *argv)
    assert run("-d", BOX, "life", "sleep", "1000").returncode == 0
    assert os.path.isdir(containerd.path("/run/containerd/runc/default/life"))
    assert "RUNNING" in ctr("task", "ls").stdout
    r = ctr("task", "exec", "--exec-id", "x", "life", "sh", "-c", "echo in; exit 3")
    assert (r.returncode, r.stdout) == (3, "in\n")
    assert len(ctr("task", "ps", "life").stdout.splitlines()) == 2
    assert ctr("task", "pause", "life").returncode == 0 and "PAUSED" in ctr("task", "ls").stdout
    assert ctr("task", "resume", "life").returncode == 0 and "RUNNING" in ctr("task", "ls").stdout
    assert "cpu.usage_usec" in ctr("task", "metrics", "life").stdout
    assert ctr("task", "kill", "-s", "KILL", "life").returncode == 0
    wait_for(lambda: "STOPPED" in ctr("task", "ls").stdout)
    r = ctr("task", "kill", "-s", "KILL", "life")
    assert r.returncode == 0 or "not found" in r.stderr
    ctr("task", "rm", "life")
    assert ctr("container", "rm", "life").returncode == 0
    assert os.listdir(containerd.path("/run/containerd/runc/default")) == []
