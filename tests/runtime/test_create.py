"""What a container gets, and the life from create to delete."""
import json
import os
import signal
import subprocess
import time

import pytest

from conftest import RUNTIME
from test_faults import CGROUP2, wait_for


def test_exit_status(box):
    assert box.run("sh", "-c", "exit 7").returncode == 7
    assert box.run("sh", "-c", "kill -9 $$; sleep 5").returncode in (0, 137)
    assert os.listdir(box.root) == []


def test_namespaces_are_new(box):
    out = box.sh("for n in pid mnt ipc uts net; do readlink /proc/self/ns/$n; done").split()
    ours = [os.readlink(f"/proc/self/ns/{n}") for n in ("pid", "mnt", "ipc", "uts", "net")]
    assert len(out) == 5 and not set(out) & set(ours)


def test_namespace_by_path_is_joined_and_verified(box):
    p = subprocess.Popen(["unshare", "-n", "sleep", "60"])
    try:
        wait_for(lambda: os.readlink(f"/proc/{p.pid}/ns/net") != os.readlink("/proc/self/ns/net"))
        want = os.readlink(f"/proc/{p.pid}/ns/net")
        box.spec["linux"]["namespaces"][-1]["path"] = f"/proc/{p.pid}/ns/net"
        assert box.sh("readlink /proc/self/ns/net").strip() == want
        box.spec["linux"]["namespaces"][-1]["path"] = f"/proc/{p.pid}/ns/uts"
        r = box.run("true")
        assert r.returncode == 1 and "is no network namespace" in r.stderr
    finally:
        p.kill()
        p.wait()


def test_user_namespace(box):
    box.spec["linux"]["namespaces"].append({"type": "user"})
    m = [{"containerID": 0, "hostID": 200000, "size": 65536}]
    box.spec["linux"].update(uidMappings=m, gidMappings=m)
    os.chmod(box.path, 0o755)
    p = box.path
    while p != "/":
        os.chmod(p, os.stat(p).st_mode | 0o055)
        p = os.path.dirname(p)
    out = box.sh("cat /proc/self/uid_map; id -u; echo x >/dev/null && echo null")
    assert out.split() == ["0", "200000", "65536", "0", "null"]


def test_credentials(box):
    p = box.spec["process"]
    p["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [5, 6], "umask": 0o77}
    p["capabilities"] = {k: ["CAP_NET_BIND_SERVICE"] for k in ("bounding", "effective", "permitted", "inheritable", "ambient")}
    p["noNewPrivileges"] = True
    p["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}]
    p["oomScoreAdj"] = 77
    out = box.sh("id; grep -E '^(Cap|NoNew|Umask)' /proc/self/status; grep 'open files' /proc/self/limits; cat /proc/self/oom_score_adj")
    assert "uid=1000 gid=1001 groups=5,6" in out.replace("groups=1001,", "groups=")
    for c in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{c}:\t0000000000000400" in out
    assert "NoNewPrivs:\t1" in out and "Umask:\t0077" in out and out.strip().endswith("77")
    assert out.split("Max open files")[1].split()[:2] == ["50", "60"]


def test_mounts(box):
    os.makedirs(box.path + "/src/sub")
    box.spec["mounts"] += [
        {"destination": "/ro/deep", "type": "bind", "source": box.path + "/src", "options": ["ro", "rbind"]},
        {"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "noexec", "size=1m", "mode=1777"]},
        {"destination": "/etc/host", "type": "bind", "source": "/etc/hostname", "options": ["bind", "ro"]},
    ]
    box.spec["root"]["readonly"] = True
    out = box.sh("cat /proc/self/mountinfo; touch /x 2>/dev/null || echo ROOT-RO; touch /ro/deep/x 2>/dev/null || echo BIND-RO; "
                 "touch /t/x && echo T; cat /etc/host; touch /dev/x 2>/dev/null || echo DEV-RO")
    for word in ("ROOT-RO", "BIND-RO", "T", "DEV-RO", open("/etc/hostname").read().strip()):
        assert word in out
    assert " /t rw,nosuid,noexec" in out
    assert box.path + "/state" not in out


def test_masks_and_readonly(box):
    box.spec["linux"].update(maskedPaths=["/proc/keys", "/proc/fs", "/proc/nothing", "/etc"], readonlyPaths=["/proc/sys", "/tmp"])
    open(box.rootfs + "/etc/secret", "w").close()
    out = box.sh("cat /proc/keys | grep -c .; ls /proc/fs | grep -c .; ls /etc | grep -c .; touch /tmp/x 2>/dev/null || echo RO; true")
    assert out.split() == ["0", "0", "0", "RO"]


def test_sysctl_and_names(box):
    box.spec["hostname"] = "boxy"
    box.spec["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "7777"}
    box.spec["domainname"] = "example.net"
    out = box.sh("hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax")
    assert out.split() == ["boxy", "example.net", "1", "7777"]


def test_devices(box):
    """Those of the list, with owner and mode, beside the usual ones and links."""
    box.spec["linux"]["devices"] = [
        {"path": "/dev/loop9", "type": "b", "major": 7, "minor": 9, "fileMode": 0o640, "uid": 5, "gid": 6},
        {"path": "/dev/sub/pipe", "type": "p", "fileMode": 0o600}]
    out = box.sh("stat -c '%F %t:%T %a %u:%g' /dev/loop9; stat -c '%F %a' /dev/sub/pipe; for n in null zero full random urandom tty; do "
                 "stat -c '%n %t:%T %a' /dev/$n; done; for n in fd stdin stdout stderr ptmx; do readlink /dev/$n; done")
    assert out.splitlines() == [
        "block special file 7:9 640 5:6", "fifo 600", "/dev/null 1:3 666", "/dev/zero 1:5 666", "/dev/full 1:7 666", "/dev/random 1:8 666",
        "/dev/urandom 1:9 666", "/dev/tty 5:0 666", "/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"]


def test_device_rules(box):
    caps = ["CAP_SYSLOG", "CAP_SYS_RAWIO"]  # what the drivers themselves ask for
    box.spec["process"]["capabilities"] = {k: caps for k in ("bounding", "effective", "permitted")}
    box.spec["linux"]["devices"] = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11},
                                    {"path": "/dev/mem", "type": "c", "major": 1, "minor": 1}]
    box.spec["linux"]["resources"] = {"devices": [{"allow": False, "access": "rwm"},
                                                  {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "r"}]}
    out = box.sh("cat /dev/null && echo null; exec 3</dev/kmsg && echo kmsg; (exec 4>/dev/kmsg) 2>/dev/null || echo no-write; "
                 "(exec 5</dev/mem) 2>/dev/null || echo no-mem")
    assert out.split() == ["null", "kmsg", "no-write", "no-mem"]


def test_device_rules_are_updated(box):
    """In one step, so that no moment is without rules; a list that names none leaves them."""
    box.spec["process"]["capabilities"] = {k: ["CAP_SYSLOG"] for k in ("bounding", "effective", "permitted")}
    box.spec["linux"]["devices"] = [{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}]
    box.spec["linux"]["resources"] = {"devices": [{"allow": False}, {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "r"}]}
    assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0

    def update(*rules):
        r = box.call("update", "-r", "-", "t", stdin=None, input=json.dumps({"devices": list(rules)}))
        assert r.returncode == 0, r.stderr
        asked = box.call("exec", "--cap", "CAP_SYSLOG", "t", "sh", "-c", "(exec 3</dev/kmsg) 2>/dev/null && echo kmsg; exec 3</dev/null && echo null")
        return asked.stdout.split()
    assert update() == ["kmsg", "null"]
    assert update({"allow": False}) == ["null"]
    # More often than a cgroup holds programs (64).
    for _ in range(70):
        assert box.call("update", "-r", "-", "t", stdin=None, input='{"devices": [{"allow": false}]}').returncode == 0
    assert update({"allow": True, "type": "c", "major": 1, "minor": 11, "access": "r"}) == ["kmsg", "null"]
    r = box.call("update", "-r", "-", "t", stdin=None, input=json.dumps({"devices": [{"allow": True, "type": "x"}]}))
    assert r.returncode == 1 and 'linux.resources.devices[0].type: "x"' in r.stderr


@pytest.mark.skipif(CGROUP2 is None, reason="no cgroup v2")
def test_device_program_is_shared(box):
    """Without rules: that of /system-runtime, which holds a container with CAP_MKNOD, too. With rules: one of its own."""
    caps = ["CAP_MKNOD", "CAP_SYSLOG"]
    box.spec["process"]["capabilities"] = {k: caps for k in ("bounding", "effective", "permitted")}
    words = "grep 0:: /proc/self/cgroup; [ -e /k ] || mknod /k c 1 11; (exec 3</k) 2>/dev/null && echo open || echo closed"
    for _ in range(2):
        group, opened = box.sh(words).split()
        assert group.endswith("/system-runtime/t") and opened == "closed"
    # Who marks the cgroup is the one who attached the program there: once, not for each container.
    assert os.getxattr(CGROUP2 + "/system-runtime", "trusted.slipway.devices") == b"1\0"
    box.spec["linux"]["resources"] = {"devices": [{"allow": True, "type": "c", "major": 1, "minor": 11, "access": "r"}]}
    group, opened = box.sh(words).split()
    assert group.endswith("/system-runtime.devices/t") and opened == "open"


def test_refusals_name_the_path(box):
    box.spec["linux"]["resources"] = {"memory": {"swappiness": 3}}
    r = box.run("true")
    assert r.returncode == 1 and "linux.resources.memory.swappiness is not carried out" in r.stderr
    del box.spec["linux"]["resources"]
    r = box.run("nothere")
    assert r.returncode == 1 and "executable file not found in $PATH" in r.stderr
    r = box.run("/bin")
    assert r.returncode == 1 and ("Permission denied" in r.stderr or "directory" in r.stderr)
    assert os.listdir(box.root) == []


def test_life(box):
    assert box.create("sleep", "100") == 0
    s = box.state()
    assert s["status"] == "created" and s["pid"] > 0
    assert box.create("sleep", "100") == 1
    assert box.call("delete", "t").returncode == 1
    assert box.call("start", "t").returncode == 0
    assert box.call("start", "t").returncode == 1
    assert box.state()["status"] == "running"
    assert [c["id"] for c in json.loads(box.call("list", "-f", "json").stdout)] == ["t"]
    r = box.call("exec", "t", "sh", "-c", "cat /proc/1/comm; exit 5")
    assert r.returncode == 5 and r.stdout == "sleep\n"
    assert box.call("kill", "t", "KILL").returncode == 0
    wait_for(lambda: box.state()["status"] == "stopped")
    assert box.call("delete", "t").returncode == 0
    assert "does not exist" in box.call("state", "t").stderr


def test_terminal(box):
    box.spec["process"].update(terminal=True, consoleSize={"height": 33, "width": 77})
    assert box.sh("busybox stty size").strip() == "33 77"
    assert box.sh("tty; stat -c %F /dev/console").split("\r\n")[:2] == ["/dev/console", "character special file"] or \
        "pts" in box.sh("tty")


def test_killed_runtime_leaves_nothing_that_delete_cannot_clean(box):
    box.spec["process"]["args"] = ["sleep", "100"]
    box.write()
    for ms in [x / 2 for x in range(0, 40)]:
        p = subprocess.Popen([RUNTIME, "--root", box.root, "create", "-b", box.path, "k"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(ms / 1000)
        p.send_signal(signal.SIGKILL)
        p.wait()
        r = box.call("delete", "--force", "k")
        assert r.returncode == 0, r.stderr
        assert not os.path.isdir(box.root) or os.listdir(box.root) == []
    wait_for(lambda: subprocess.run(["pgrep", "-f", box.path]).returncode == 1)


def test_two_creates_of_one_id(box):
    box.spec["process"]["args"] = ["sleep", "100"]
    box.write()
    ps = [subprocess.Popen([RUNTIME, "--root", box.root, "create", "-b", box.path, "two"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(6)]
    assert sorted(p.wait() for p in ps) == [0, 1, 1, 1, 1, 1]


def test_no_process(box):
    """create may do without; then start has nothing to run. run says so at once."""
    del box.spec["process"]
    box.write()
    r = box.call("run", "-b", box.path, "t")
    assert r.returncode == 1 and "process: is missing" in r.stderr
    assert subprocess.run([RUNTIME, "--root", box.root, "create", "-b", box.path, "t"], timeout=30, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=open(box.path + "/words", "w")).returncode == 0
    assert box.state()["status"] == "created"
    assert box.call("start", "t").returncode == 0
    wait_for(lambda: box.state()["status"] == "stopped")
    assert "process: is missing" in open(box.path + "/words").read()
