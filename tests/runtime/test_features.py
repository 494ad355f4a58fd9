"""What `features` prints, held against what config.json may say."""
import json
import socket


def test_features_are_what_is_carried_out(box):
    """What is listed is taken, and what is taken is listed: the words come from the parser's own tables."""
    f = json.loads(box.call("features").stdout)
    linux, seccomp = f["linux"], f["linux"]["seccomp"]
    assert (f["ociVersionMin"], f["ociVersionMax"]) == ("1.0.0", "1.2.1")
    assert f["hooks"] == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
    assert sorted(linux["namespaces"]) == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]
    assert linux["cgroup"] == {"v1": False, "v2": True, "systemd": False, "systemdUser": False, "rdma": True}
    on = ("seccomp", "apparmor", "selinux", "netDevices")
    assert [linux[k]["enabled"] for k in on] == [True] * 4 and linux["mountExtensions"] == {"idmap": {"enabled": True}}
    assert linux["intelRdt"] == {"enabled": True, "schemata": True, "monitoring": True}
    last = open("/proc/sys/kernel/cap_last_cap").read().strip()
    assert len(linux["capabilities"]) > int(last) and "CAP_CHECKPOINT_RESTORE" in linux["capabilities"]
    assert {"MPOL_BIND", "MPOL_LOCAL"} < set(linux["memoryPolicy"]["modes"]) and linux["memoryPolicy"]["flags"]
    box.spec["process"]["capabilities"] = {"bounding": linux["capabilities"][:int(last) + 1]}
    box.spec["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": seccomp["archs"],
        "flags": [x for x in seccomp["knownFlags"] if "KILLABLE" not in x],
        "syscalls": [{"names": ["sethostname"], "action": a} for a in seccomp["actions"] if a != "SCMP_ACT_NOTIFY"] +
                    [{"names": ["setdomainname"], "action": "SCMP_ACT_ERRNO",
                      "args": [{"index": 0, "value": 1, "valueTwo": 1, "op": op}]} for op in seccomp["operators"]]}
    assert set(f["mountOptions"]) > {"rro", "rnosuid", "ridmap", "rshared", "rbind", "tmpcopyup", "nosymfollow", "remount"}
    for i, option in enumerate(o for o in f["mountOptions"] if o not in ("bind", "rbind", "idmap", "ridmap", "remount")):
        box.spec["mounts"].append({"destination": f"/tmp/{i}", "type": "tmpfs", "source": "tmpfs", "options": [option]})
    box.spec["mounts"].append({"destination": "/tmp/0", "options": ["remount"]})
    r = box.run("true")
    assert r.returncode == 0, r.stderr
    for key in ("actions", "operators", "archs", "knownFlags"):
        assert len(seccomp[key]) == len(set(seccomp[key])) > 3


def test_classes_need_resctrl(box):
    if " - resctrl " in open("/proc/self/mountinfo").read():
        return
    box.spec["linux"]["intelRdt"] = {"closID": "x"}
    r = box.run("true")
    assert r.returncode == 1 and "linux.intelRdt: this machine has no resctrl filesystem mounted" in r.stderr
    assert box.call("list", "-q").stdout == ""


def test_supported_flags_are_the_kernels(box, tmp_path):
    """A flag that it does not know is known, but not supported."""
    seccomp = json.loads(box.call("features").stdout)["linux"]["seccomp"]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "listener"))
        listener.listen(16)
        for flag in seccomp["knownFlags"]:
            notify = {"listenerPath": str(tmp_path / "listener")} if "KILLABLE" in flag else {}
            box.spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "flags": [flag], **notify, "syscalls": [
                {"names": ["sethostname"], "action": "SCMP_ACT_NOTIFY" if notify else "SCMP_ACT_ERRNO"}]}
            r = box.run("true")
            assert (r.returncode == 0) == (flag in seccomp["supportedFlags"]), (flag, r.stderr)
    assert set(seccomp["supportedFlags"]) <= set(seccomp["knownFlags"])
