"""hooks: all six, their order, place and stdin; timeouts; what a failing one does."""
import json
import os
import stat

import pytest

from test_faults import wait_for

ORDER = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]


def script(box, name, text):
    """A hook of the host; startContainer's are found in the container."""
    path = os.path.join(box.path, name)
    with open(path, "w") as f:
        f.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


def log_hooks(box):
    log = os.path.join(box.rootfs, "tmp/log")
    inside = os.path.join(box.rootfs, "bin/hook")
    with open(inside, "w") as f:
        f.write("#!/bin/sh\necho startContainer \"$1\" $(readlink /proc/self/ns/mnt) >>/tmp/log; cat >>/tmp/log; echo >>/tmp/log\n")
    os.chmod(inside, 0o755)
    outside = script(box, "hook", f'echo $1 "$V" $(readlink /proc/self/ns/mnt) >>{log}; cat >>{log}; echo >>{log}\n')
    hook = lambda n: {"path": outside, "args": ["hook", n], "env": ["PATH=/usr/bin:/bin", "V=v"], "timeout": 20}
    box.spec["hooks"] = {n: [hook(n)] for n in ORDER if n != "startContainer"}
    box.spec["hooks"]["startContainer"] = [{"path": "/bin/hook", "args": ["hook", "v"], "env": ["PATH=/bin"]}]

    def lines():
        with open(log) as f:
            text = f.read().splitlines()
        return [(*head.split(), json.loads(state)) for head, state in zip(text[::2], text[1::2])]
    return lines


@pytest.mark.parametrize("split", [True, False])
def test_all_six(box, split):
    lines = log_hooks(box)
    if split:
        assert box.create("sleep", "100") == 0
        assert [x[0] for x in lines()] == ORDER[:3]
        assert box.call("start", "t").returncode == 0
        assert [x[0] for x in lines()] == ORDER[:5]
        assert box.call("delete", "--force", "t").returncode == 0
    else:
        assert box.run("true").returncode == 0
    got = lines()
    assert [x[0] for x in got] == ORDER and {x[1] for x in got} == {"v"}
    ours = os.readlink("/proc/self/ns/mnt")
    assert [x[2] == ours for x in got] == [True, True, False, False, True, True]
    assert [x[3]["status"] for x in got] == ["created", "creating", "creating", "created", "running", "stopped"]
    assert all(x[3]["id"] == "t" and x[3]["bundle"] == box.path for x in got)
    assert len({x[3]["pid"] for x in got[:5]}) == 1 and got[0][3]["pid"] > 1


def test_mounts_are_there_before_pivot(box):
    out = os.path.join(box.path, "seen")
    box.spec["hooks"] = {
        "createRuntime": [{"path": script(box, "a", f"pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); "
                                                    f"grep -c {box.rootfs}/proc /proc/$pid/mountinfo >{out}\n"), "env": ["PATH=/usr/bin:/bin"]}],
        "createContainer": [{"path": script(box, "b", f"mount -t tmpfs of-a-hook {box.rootfs}/etc\n"), "env": ["PATH=/usr/bin:/bin"]}]}
    assert "of-a-hook" in box.sh("mount")
    assert open(out).read().strip() == "1"


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer"])
def test_failing_stops_create(box, kind):
    after = os.path.join(box.path, "after")
    box.spec["hooks"] = {kind: [{"path": script(box, "no", "echo no such luck >&2; exit 3\n")}],
                         "poststop": [{"path": script(box, "after.sh", f"echo >{after}\n")}]}
    r = box.run("true")
    assert r.returncode == 1 and f"hooks.{kind}[0]: {box.path}/no failed with status 3: no such luck" in r.stderr
    assert os.listdir(box.root) == [] and os.path.exists(after)


def test_failing_start_container(box):
    box.spec["hooks"] = {"startContainer": [{"path": "/bin/false"}]}
    r = box.run("echo", "ran")
    assert r.returncode == 1 and "hooks.startContainer[0]: /bin/false failed with status 1" in r.stderr and r.stdout == ""


@pytest.mark.parametrize("split", [True, False])
def test_failing_poststart_stops_the_container(box, split):
    box.spec["hooks"] = {"poststart": [{"path": "/bin/false"}]}
    if not split:
        r = box.run("sleep", "100")
        assert r.returncode == 1 and "hooks.poststart[0]: /bin/false failed" in r.stderr
        return
    assert box.create("sleep", "100") == 0
    r = box.call("start", "t")
    assert r.returncode == 1 and "hooks.poststart[0]" in r.stderr
    wait_for(lambda: box.state()["status"] == "stopped")


def test_failing_poststop_is_told(box):
    box.spec["hooks"] = {"poststop": [{"path": "/bin/false"}]}
    assert box.create("true") == 0
    r = box.call("delete", "--force", "t")
    assert r.returncode == 0 and "hooks.poststop[0]" in r.stderr and os.listdir(box.root) == []
    r = box.run("sh", "-c", "exit 3")
    assert r.returncode == 3 and "hooks.poststop[0]: /bin/false failed with status 1" in r.stderr


def test_timeout(box):
    child = os.path.join(box.path, "child")
    box.spec["hooks"] = {"createRuntime": [{"path": script(box, "slow", f"sleep 1000 & echo $! >{child}; wait\n"),
                                            "env": ["PATH=/usr/bin:/bin"], "timeout": 1}]}
    r = box.run("true")
    assert r.returncode == 1 and "slow took longer than 1 seconds" in r.stderr
    assert not os.path.exists(f"/proc/{open(child).read().strip()}/exe") or \
        "Z" in open(f"/proc/{open(child).read().strip()}/stat").read()


def test_words_of_a_hook(box):
    """The last line, nothing that a terminal obeys; one who never stops to write is timed as well."""
    text = "echo first >&2; printf 'and the \\033[2Jlast\\r\\n\\n' >&2; exit 3\n"
    box.spec["hooks"] = {"createRuntime": [{"path": script(box, "words", text)}]}
    assert "words failed with status 3: and the ?[2Jlast\n" in box.run("true").stderr
    box.spec["hooks"] = {"createRuntime": [{"path": script(box, "endless", "while :; do echo more and more; done >&2\n"), "timeout": 1}]}
    assert "endless took longer than 1 seconds: more and more\n" in box.run("true").stderr


def test_hooks_of_create_time_count(box):
    lines = log_hooks(box)
    assert box.create("sleep", "100") == 0
    box.spec["hooks"] = {}
    box.write()
    assert box.call("start", "t").returncode == 0
    assert [x[0] for x in lines()] == ORDER[:5]


def test_a_hook_may_ask_for_the_state(box):
    runtime = os.path.realpath(__import__("conftest").RUNTIME)
    ask = script(box, "ask", f"exec {runtime} --root {box.root} state t >>{box.path}/answers\n")
    assert stat.S_ISREG(os.stat(ask).st_mode)
    box.spec["hooks"] = {k: [{"path": ask, "timeout": 10}] for k in ("prestart", "createRuntime", "createContainer", "poststart")}
    assert box.run("true").returncode == 0
    with open(os.path.join(box.path, "answers")) as f:
        assert f.read().count('"status"') == 4


@pytest.mark.parametrize("hook,words", [
    ({"path": "relative"}, 'hooks.poststart[0].path: "relative" is not an absolute path'),
    ({"path": "/bin/true", "timeout": 0}, "hooks.poststart[0].timeout: is not between 1"),
    ({"args": ["x"]}, "hooks.poststart[0].path is missing"),
])
def test_refusals(box, hook, words):
    box.spec["hooks"] = {"poststart": [hook]}
    r = box.run("true")
    assert r.returncode == 1 and words in r.stderr, r.stderr
