"""Errors as engines read them, word for word: podman (libpod), containerd (go-runc, the shim) and dockerd look for parts
of these on stderr and in the last line of --log. Who changes one here breaks an engine, or has looked into all three."""
import json
import os

import pytest

from test_commands import wait_for

GONE = 'container "t" does not exist: no such file or directory'
STOPPED = 'container not running: "t" is stopped'
# The container's status; the command; its status; the error. BOX is the bundle.
WORDS = [
    (None, "state t", 1, GONE),
    (None, "start t", 1, GONE),
    (None, "kill t KILL", 1, GONE),
    (None, "delete t", 1, GONE),
    (None, "delete --force t", 0, ''),
    (None, "exec t true", 1, GONE),
    (None, "create -b BOX a/b", 1, 'container id "a/b": only letters, digits and _ + - . are taken, at most 200, and no dot in front'),
    (None, "create -b BOX/none t", 1, 'cannot find the bundle BOX/none: no such file or directory'),
    (None, "checkpoint t", 1, 'checkpoint: is not carried out: CRIU is not used'),
    (None, "restore t", 1, 'restore: is not carried out: CRIU is not used'),
    (None, "--systemd-cgroup create -b BOX t", 1,
     '--systemd-cgroup: systemd is not asked for cgroups; give the engine the cgroupfs driver (podman: '
     '--cgroup-manager=cgroupfs, dockerd: --exec-opt native.cgroupdriver=cgroupfs, containerd: SystemdCgroup = false)'),
    ("created", "create -b BOX t", 1, 'container with id "t" already exists'),
    ("created", "exec t true", 1, 'cannot exec in container "t": it is created'),
    ("created", "delete t", 1, 'cannot delete container "t": it is created; use --force'),
    ("created", "resume t", 1, 'container not paused: "t" is created'),
    ("running", "start t", 1, 'cannot start container "t": it is running, not created'),
    ("running", "delete t", 1, 'cannot delete container "t": it is running; use --force'),
    ("running", "resume t", 1, 'container not paused: "t" is running'),
    ("running", "exec t nothere", 1, 'exec: "nothere": executable file not found in $PATH'),
    ("running", "exec t /nothere", 1, 'exec: "/nothere": stat /nothere: no such file or directory'),
    ("running", "exec t /etc", 1, 'exec: "/etc": is a directory'),
    ("running", "exec t /tmp/plain", 1, 'exec: "/tmp/plain": permission denied'),
    ("running", "exec --cwd /nothere t true", 1, 'process.cwd: cannot go to /nothere: no such file or directory'),
    ("running", "exec --user nobody t true", 1, '--user: "nobody" is not UID or UID:GID in numbers'),
    ("running", "kill t NOTHING", 1, 'there is no signal "NOTHING"'),
    ("stopped", "kill t KILL", 1, STOPPED),
    ("stopped", "exec t true", 1, 'cannot exec in container "t": it is stopped'),
    ("stopped", "pause t", 1, STOPPED),
    ("stopped", "ps t", 1, STOPPED),
    ("stopped", "update --pids-limit 5 t", 1, STOPPED),
    ("stopped", "events --stats t", 1, STOPPED),
    ("stopped", "start t", 1, 'cannot start container "t": it is stopped, not created'),
]
RUN = [
    (["nothere"], 'exec: "nothere": executable file not found in $PATH'),
    (["/nothere"], 'exec: "/nothere": stat /nothere: no such file or directory'),
    (["/etc"], 'exec: "/etc": is a directory'),
    (["/tmp/plain"], 'exec: "/tmp/plain": permission denied'),
    (["/tmp/broken"], 'exec: "/tmp/broken": no such file or directory'),
]


@pytest.fixture
def at(box):
    def reach(status):
        for name, mode, text in (("plain", 0o644, "x"), ("broken", 0o755, "#!/nothere\n")):
            path = os.path.join(box.rootfs, "tmp", name)
            with open(path, "w") as f:
                f.write(text)
            os.chmod(path, mode)
        if status is not None:
            assert box.create("sleep", "1000") == 0
        if status in ("running", "stopped"):
            assert box.call("start", "t").returncode == 0
        if status == "stopped":
            assert box.call("kill", "t", "KILL").returncode == 0
            wait_for(lambda: box.state()["status"] == "stopped")
        box.write()
        return box
    return reach


def said(box, *args):
    """The error, which is the same on stderr and in both kinds of log."""
    log = os.path.join(box.path, "log")
    if os.path.exists(log):
        os.unlink(log)
    r = box.call("--log", log, "--log-format", "json", *args)
    text = r.stderr.replace(box.path, "BOX")
    logged = [json.loads(line) for line in open(log)] if os.path.exists(log) else []
    assert [entry["msg"].replace(box.path, "BOX") for entry in logged] == [line.removeprefix("system-runtime: ") for line in text.splitlines()]
    assert all(entry["level"] == "error" for entry in logged)
    return r.returncode, text.removeprefix("system-runtime: ").rstrip("\n")


@pytest.mark.parametrize("status", [None, "created", "running", "stopped"])
def test_words(at, status):
    box = at(status)
    for when, command, code, text in WORDS:
        if when == status:
            got = said(box, *command.replace("BOX", box.path).split())
            assert got == (code, text), command


@pytest.mark.parametrize("args, text", RUN)
def test_words_of_what_does_not_run(at, args, text):
    box = at(None)
    box.spec["process"]["args"] = args
    box.write()
    assert said(box, "run", "-b", box.path, "t") == (1, text)


def test_words_that_a_terminal_would_obey(at):
    box = at(None)
    box.spec["process"]["args"] = ["\x1b[2J\n\"" + "\x7f" * 300]
    box.write()
    code, text = said(box, "run", "-b", box.path, "t")
    assert code == 1 and text.startswith('exec: "?[2J?"???') and "\n" not in text and text.isprintable()


def test_words_of_the_first_of_several(at):
    box = at("running")
    assert said(box, "delete", "t", "u") == (1, 'cannot delete container "t": it is running; use --force')
    assert said(box, "delete", "u", "t") == (1, GONE.replace('"t"', '"u"'))
    assert said(box, "delete", "--force", "u", "t", "v") == (0, "")
