"""linux.seccomp: every action, argument tests, architectures, flags, the cache, the listener, exec."""
import array
import json
import os
import socket
import threading

import pytest

from test_faults import wait_for

KERNEL = tuple(int(n) for n in os.uname().release.split("-")[0].split(".")[:2])
ALLOW, ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"


def profile(box, *rules, default=ALLOW, nnp=True, **more):
    box.spec["process"]["noNewPrivileges"] = nnp
    box.spec["linux"]["seccomp"] = {"defaultAction": default, "syscalls": list(rules), **more}


def rule(action, *names, **more):
    return {"names": list(names), "action": action, **more}


def arg(index, op, value, value_two=0):
    return {"index": index, "op": "SCMP_CMP_" + op, "value": value, "valueTwo": value_two}


@pytest.mark.parametrize("nnp", [True, False])
def test_errno(box, nnp):
    profile(box, rule(ERRNO, "mkdir", "mkdirat", errnoRet=28), nnp=nnp)
    r = box.run("sh", "-c", "grep Seccomp: /proc/self/status; mkdir /tmp/a")
    assert r.returncode == 1 and "No space left" in r.stderr and r.stdout.split() == ["Seccomp:", "2"]
    assert not os.path.exists(os.path.join(box.rootfs, "tmp/a"))


def test_errno_without_a_number_is_eperm(box):
    profile(box, rule(ERRNO, "mkdir", "mkdirat"))
    assert "Operation not permitted" in box.run("mkdir", "/tmp/a").stderr


@pytest.mark.parametrize("action,status", [("KILL_PROCESS", 159), ("KILL", 159), ("KILL_THREAD", 159), ("TRAP", 159)])
def test_actions_that_kill(box, action, status):
    profile(box, rule("SCMP_ACT_" + action, "mkdir", "mkdirat"))
    assert box.run("sh", "-c", "mkdir /tmp/a; exit $?").returncode == status


def test_trace_without_a_tracer_and_log(box):
    profile(box, rule("SCMP_ACT_TRACE", "mkdir", "mkdirat", errnoRet=7), rule("SCMP_ACT_LOG", "rmdir", "unlink"))
    assert "not implemented" in box.run("mkdir", "/tmp/a").stderr
    assert box.run("true").returncode == 0


def test_default_action_and_order(box):
    names = ("read write close openat open fstat stat newfstatat lstat access mmap mprotect munmap brk "
             "execve exit_group exit set_tid_address arch_prctl rt_sigaction rt_sigprocmask getpid getuid fcntl "
             "ioctl lseek writev readv prctl capset nothing_like_it").split()
    profile(box, rule(ALLOW, *names), default=ERRNO, defaultErrnoRet=95)
    r = box.run("mkdir", "/tmp/a")
    assert r.returncode == 1 and "supported" in r.stderr, r.stderr
    # Allowing what no kernel has changes nothing; forbidding it must not be lost.
    profile(box, rule(ERRNO, "nothing_like_it"))
    assert 'syscalls[0].names[0]: there is no system call "nothing_like_it"' in box.run("true").stderr


def test_arguments(box):
    for op, value, two, denied in [("EQ", 0, 0, True), ("NE", 0, 0, False), ("GE", 1, 0, False), ("LT", 1, 0, True),
                                   ("LE", 0, 0, True), ("GT", 0, 0, False), ("MASKED_EQ", 15, 0, True)]:
        profile(box, rule(ERRNO, "kill", errnoRet=1, args=[arg(1, op, value, two)]))
        r = box.run("sh", "-c", "kill -0 $$")
        assert (r.returncode != 0) == denied, (op, value, r.stderr)
    # Two on different arguments: both must hold. Two on one argument: either.
    profile(box, rule(ERRNO, "kill", args=[arg(1, "EQ", 0), arg(0, "EQ", 77777)]))
    assert box.run("sh", "-c", "kill -0 $$").returncode == 0
    profile(box, rule(ERRNO, "kill", args=[arg(1, "EQ", 0), arg(1, "EQ", 77)]))
    assert box.run("sh", "-c", "kill -0 $$").returncode != 0


def test_flags_and_architectures(box):
    profile(box, rule(ERRNO, "mkdir", "mkdirat"), flags=["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
                                                         "SECCOMP_FILTER_FLAG_TSYNC"],
            architectures=["SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_S390X", "SCMP_ARCH_AARCH64"])
    assert box.run("mkdir", "/tmp/a").returncode == 1
    out = box.sh("grep -i speculation_store /proc/self/status || true")
    assert "force" not in out


@pytest.mark.parametrize("more,words", [
    ({"default": "SCMP_ACT_ODD"}, 'linux.seccomp.defaultAction: there is no action "SCMP_ACT_ODD"'),
    ({"defaultErrnoRet": 3}, "linux.seccomp.defaultErrnoRet: goes with SCMP_ACT_ERRNO"),
    ({"architectures": ["SCMP_ARCH_PDP11"]}, 'architectures[0]: there is no architecture "SCMP_ARCH_PDP11"'),
    ({"flags": ["SECCOMP_FILTER_FLAG_X"]}, 'flags[0]: there is no flag "SECCOMP_FILTER_FLAG_X"'),
    ({"flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}, "WAIT_KILLABLE_RECV needs a rule"),
    ({"listenerMetadata": "x"}, "listenerMetadata: needs listenerPath"),
    ({"rules": [rule("SCMP_ACT_NOTIFY", "mkdir")]}, "listenerPath: is missing"),
    ({"rules": [rule(ERRNO, "mkdir", errnoRet=5000)]}, "syscalls[0].errnoRet: is not between 0 and 4095"),
    ({"rules": [rule(ERRNO)]}, "syscalls[0].names: is empty"),
    ({"rules": [rule(ERRNO, "mkdir", args=[arg(6, "EQ", 0)])]}, "args[0].index: is above 5"),
    ({"rules": [rule(ERRNO, "mkdir", args=[arg(0, "ODD", 0)])]}, 'args[0].op: there is no operator "SCMP_CMP_ODD"'),
])
def test_refusals(box, more, words):
    profile(box, *more.pop("rules", []), **more)
    r = box.run("true")
    assert r.returncode == 1 and words in r.stderr


def test_cache(box):
    profile(box, rule(ERRNO, "mkdir", "mkdirat"))
    cache = os.path.join(box.root, ".seccomp")
    assert box.run("mkdir", "/tmp/a").returncode == 1
    [entry] = [os.path.join(cache, e) for e in os.listdir(cache)]
    first = os.stat(entry)
    assert first.st_mode & 0o777 == 0o600 and os.stat(cache).st_mode & 0o777 == 0o700
    assert box.run("mkdir", "/tmp/a").returncode == 1
    assert os.stat(entry).st_ino == first.st_ino  # used, not made again
    # What somebody else owns, could write, or has cut is made again and the profile still holds.
    for spoil in (lambda: os.chown(entry, 1, 1), lambda: os.chmod(entry, 0o666), lambda: os.truncate(entry, 100),
                  lambda: (os.unlink(entry), os.symlink("/dev/zero", entry)),
                  lambda: (os.unlink(entry), open(entry, "wb").write(b"\0" * 4096))):
        spoil()
        assert box.run("mkdir", "/tmp/a").returncode == 1
        st = os.lstat(entry)
        assert st.st_uid == 0 and st.st_mode & 0o777 == 0o600 and st.st_size == first.st_size
    os.chown(cache, 1, 1)
    assert box.run("mkdir", "/tmp/a").returncode == 1
    os.chown(cache, 0, 0)
    profile(box, rule(ERRNO, "rmdir"))
    assert box.run("mkdir", "/tmp/a").returncode == 0
    assert len(os.listdir(cache)) == 2 and box.call("list", "-q").stdout == ""


@pytest.mark.parametrize("action", [ERRNO, "SCMP_ACT_KILL_PROCESS"])
def test_what_the_profile_forbids_to_say(box, action):
    """A failing execve is told, though the profile forbids to send the error."""
    with open(os.path.join(box.rootfs, "bin/broken"), "w") as f:
        f.write("#!/nothere\n")
    os.chmod(os.path.join(box.rootfs, "bin/broken"), 0o755)
    profile(box, rule(action, "sendto", "sendmsg", "sendmmsg", "write", "writev"))
    want = 'exec: "broken": no such file or directory'
    assert want in box.run("broken").stderr
    assert box.create("broken") == 0
    r = box.call("start", "t")
    assert r.returncode == 1 and want in r.stderr
    assert box.call("delete", "--force", "t").returncode == 0
    assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0
    r = box.call("exec", "t", "broken")
    assert r.returncode == 1 and want in r.stderr


def test_exec_has_the_same_profile(box):
    profile(box, rule(ERRNO, "mkdir", "mkdirat"))
    assert box.create("sleep", "100") == 0 and box.call("start", "t").returncode == 0
    r = box.call("exec", "t", "sh", "-c", "grep Seccomp: /proc/self/status; mkdir /tmp/a")
    assert r.returncode == 1 and "2" in r.stdout and "not permitted" in r.stderr, r


class Agent(threading.Thread):
    """Answers a listener: every notified call gets an errno of its own."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(path)
        self.server.listen(8)
        self.states, self.fds = [], []
        self.start()

    def run(self):
        while True:
            connection, _ = self.server.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        import ctypes
        import fcntl
        data, fds = b"", array.array("i")
        while True:
            part, control, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(16))
            for _, _, raw in control:
                fds.frombytes(raw[:len(raw) - len(raw) % 4])
            data += part
            if not part:
                break
            try:
                self.states.append(json.loads(data))
                break
            except ValueError:
                continue
        if not fds:
            return
        while True:
            notif = ctypes.create_string_buffer(80)
            try:
                fcntl.ioctl(fds[0], 0xc0502100, notif)
            except OSError:
                return
            answer = bytearray(24)
            answer[0:8] = notif.raw[0:8]
            answer[16:20] = (-26).to_bytes(4, "little", signed=True)
            try:
                fcntl.ioctl(fds[0], 0xc0182101, bytes(answer))
            except OSError:
                return


@pytest.mark.parametrize("nnp", [True, False])
def test_notify(box, nnp):
    path = os.path.join(box.path, "agent")
    agent = Agent(path)
    profile(box, rule("SCMP_ACT_NOTIFY", "mkdir", "mkdirat"), nnp=nnp, listenerPath=path, listenerMetadata="hello",
            flags=["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] if KERNEL >= (5, 19) else [])
    box.spec["annotations"] = {"a": "b"}
    r = box.run("sh", "-c", "mkdir /tmp/a")
    assert r.returncode == 1 and "Text file busy" in r.stderr, r.stderr
    [s] = agent.states
    assert s["fds"] == ["seccompFd"] and s["metadata"] == "hello" and s["pid"] == s["state"]["pid"] > 0
    assert s["state"]["id"] == "t" and s["state"]["annotations"] == {"a": "b"} and s["state"]["bundle"] == box.path
    # Created and started by two processes, and joined by a third.
    assert box.create("sleep", "100", id="u") == 0 and box.call("start", "u").returncode == 0
    r = box.call("exec", "u", "mkdir", "/tmp/a")
    assert r.returncode == 1 and "Text file busy" in r.stderr
    # Each has a thread of the agent's, in any order.
    wait_for(lambda: len(agent.states) == 3)
    [made], [joined] = ([s for s in agent.states[1:] if (s["pid"] == s["state"]["pid"]) == same] for same in (True, False))
    assert made["pid"] == joined["state"]["pid"] == box.state("u")["pid"] != joined["pid"]


def test_notify_without_an_agent(box):
    profile(box, rule("SCMP_ACT_NOTIFY", "mkdir"), listenerPath=os.path.join(box.path, "nobody"))
    r = box.run("true")
    assert r.returncode == 1 and "linux.seccomp.listenerPath: cannot connect" in r.stderr
    assert [d for d in os.listdir(box.root) if d != ".seccomp"] == []
