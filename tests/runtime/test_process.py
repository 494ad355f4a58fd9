"""process: scheduling, IO priority, personality, time, labels, CPUs of exec."""
import json
import os
import subprocess

import pytest


def test_scheduler(box):
    box.spec["process"]["scheduler"] = {"policy": "SCHED_BATCH", "nice": 5}
    assert box.create("sleep", "100") == 0
    pid = box.state()["pid"]
    assert os.sched_getscheduler(pid) == os.SCHED_BATCH and os.getpriority(os.PRIO_PROCESS, pid) == 5
    for policy, more, number in [("SCHED_OTHER", {"nice": -3}, 0), ("SCHED_IDLE", {}, 5),
                                 ("SCHED_OTHER", {"flags": ["SCHED_FLAG_RESET_ON_FORK"]}, 0x40000000)]:
        box.spec["process"]["scheduler"] = {"policy": policy, **more}
        assert box.create("sleep", "100", id="u") == 0
        pid = box.state("u")["pid"]
        assert os.sched_getscheduler(pid) == number and os.getpriority(os.PRIO_PROCESS, pid) == more.get("nice", 0)
        box.call("delete", "--force", "u")


def test_realtime_scheduler(box):
    box.spec["process"]["scheduler"] = {"policy": "SCHED_FIFO", "priority": 10}
    r = box.run("grep", "-m1", "rt_prio\\|^policy", "/proc/self/sched")
    # A cgroup without a realtime budget refuses it, and then the error says so.
    assert r.returncode == 0 or "process.scheduler: cannot set SCHED_FIFO" in r.stderr


def test_io_priority(box):
    for name, priority, want in [("IOPRIO_CLASS_BE", 6, "best-effort: prio 6"), ("IOPRIO_CLASS_RT", 1, "realtime: prio 1"),
                                 ("IOPRIO_CLASS_IDLE", 0, "idle")]:
        box.spec["process"]["ioPriority"] = {"class": name, "priority": priority}
        assert box.create("sleep", "100") == 0
        out = subprocess.run(["ionice", "-p", str(box.state()["pid"])], stdout=subprocess.PIPE, text=True, check=True).stdout
        assert out.strip() == want
        box.call("delete", "--force", "t")


def test_personality(box):
    box.spec["linux"]["personality"] = {"domain": "LINUX32"}
    assert box.sh("cat /proc/self/personality").strip() == "00000008"
    assert box.create("sleep", "100") == 0 and box.call("start", "t").returncode == 0
    assert box.call("exec", "t", "cat", "/proc/self/personality").stdout.strip() == "00000008"


def test_exec_cpu_affinity(box):
    assert box.create("sleep", "100") == 0 and box.call("start", "t").returncode == 0
    process = dict(box.spec["process"], args=["grep", "Cpus_allowed_list", "/proc/self/status"])
    for cpus in ({"initial": "0"}, {"final": "0"}, {"initial": "0-1", "final": "0"}):
        process["execCPUAffinity"] = cpus
        path = os.path.join(box.path, "process.json")
        with open(path, "w") as f:
            json.dump(process, f)
        r = box.call("exec", "--process", path, "t")
        assert r.stdout.split() == ["Cpus_allowed_list:", "0"], r.stderr


def test_time_offsets(box):
    if not os.path.exists("/proc/self/ns/time"):
        pytest.skip("this kernel has no time namespaces")
    box.spec["linux"]["namespaces"].append({"type": "time"})
    box.spec["linux"]["timeOffsets"] = {"monotonic": {"secs": 7776000, "nanosecs": 5}, "boottime": {"secs": 604800, "nanosecs": 0}}
    assert box.create("sleep", "100") == 0 and box.call("start", "t").returncode == 0
    out = box.call("exec", "t", "cat", "/proc/self/timens_offsets").stdout.split()
    assert out == ["monotonic", "7776000", "5", "boottime", "604800", "0"]
    with open("/proc/uptime") as f:
        ours = float(f.read().split()[0])
    assert 604000 < float(box.call("exec", "t", "cat", "/proc/uptime").stdout.split()[0]) - ours < 605000
    # The same namespace by its path.
    pid = box.state()["pid"]
    del box.spec["linux"]["timeOffsets"]
    box.spec["linux"]["namespaces"][-1]["path"] = f"/proc/{pid}/ns/time"
    box.spec["process"]["args"] = ["cat", "/proc/self/timens_offsets"]
    box.write()
    assert "7776000" in box.call("run", "-b", box.path, "u").stdout


def test_memory_policy(box):
    numa = os.path.exists("/proc/self/numa_maps")
    box.spec["linux"]["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}
    r = box.run("sh", "-c", "cat /proc/self/numa_maps")
    if numa:
        assert r.returncode == 0 and "bind=static:0" in r.stdout
        box.spec["linux"]["memoryPolicy"] = {"mode": "MPOL_BIND"}
        assert "linux.memoryPolicy: cannot set MPOL_BIND" in box.run("true").stderr
    else:
        assert "linux.memoryPolicy: cannot set MPOL_BIND (this kernel has no NUMA)" in r.stderr


def test_labels_need_their_module(box):
    with open("/proc/filesystems") as f:
        selinux = "selinuxfs" in f.read()
    if not selinux:
        box.spec["process"]["selinuxLabel"] = "system_u:system_r:container_t:s0"
        assert "process.selinuxLabel: SELinux is not enabled in this kernel" in box.run("true").stderr
        del box.spec["process"]["selinuxLabel"]
        # Without SELinux no filesystem has labels, and engines name one anyway.
        box.spec["linux"]["mountLabel"] = "system_u:object_r:container_file_t:s0"
        assert box.run("true").returncode == 0
        del box.spec["linux"]["mountLabel"]
    box.spec["process"]["apparmorProfile"] = "no-such-profile"
    assert "process.apparmorProfile: " in box.run("true").stderr


@pytest.mark.parametrize("key,value,words", [
    ("scheduler", {"policy": "SCHED_ODD"}, 'process.scheduler.policy: there is no policy "SCHED_ODD"'),
    ("scheduler", {"policy": "SCHED_OTHER", "priority": 3}, "process.scheduler.priority: goes with SCHED_FIFO"),
    ("scheduler", {"policy": "SCHED_OTHER", "nice": 20}, "process.scheduler.nice: is not between"),
    ("scheduler", {"policy": "SCHED_FIFO", "runtime": 5}, "go with SCHED_DEADLINE only"),
    ("scheduler", {"policy": "SCHED_OTHER", "flags": ["X"]}, 'process.scheduler.flags[0]: there is no flag "X"'),
    ("ioPriority", {"class": "X", "priority": 0}, 'process.ioPriority.class: there is no class "X"'),
    ("ioPriority", {"class": "IOPRIO_CLASS_BE", "priority": 8}, "process.ioPriority.priority: is not between"),
    ("execCPUAffinity", {"initial": "1-"}, 'process.execCPUAffinity.initial: "1-" is no list of CPUs'),
])
def test_refusals(box, key, value, words):
    box.spec["process"][key] = value
    r = box.run("true")
    assert r.returncode == 1 and words in r.stderr, r.stderr


@pytest.mark.parametrize("value,words", [
    ({"personality": {"domain": "BSD"}}, 'linux.personality.domain: "BSD" is neither'),
    ({"personality": {"domain": "LINUX", "flags": ["X"]}}, 'linux.personality.flags[0]: there is no flag "X"'),
    ({"memoryPolicy": {"mode": "MPOL_ODD"}}, 'linux.memoryPolicy.mode: there is no mode "MPOL_ODD"'),
    ({"memoryPolicy": {"mode": "MPOL_BIND", "flags": ["X"]}}, 'linux.memoryPolicy.flags[0]: there is no flag "X"'),
    ({"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "x"}}, 'linux.memoryPolicy.nodes: "x" is no list of nodes'),
    ({"timeOffsets": {"boottime": {"secs": 1}}}, 'linux.timeOffsets: needs a new namespace of type "time"'),
])
def test_refusals_below_linux(box, value, words):
    box.spec["linux"].update(value)
    r = box.run("true")
    assert r.returncode == 1 and words in r.stderr, r.stderr


def test_large_and_deep_json(box):
    box.spec["annotations"] = {f"k{i}": "v" * 100 for i in range(2000)}  # state.json holds them too
    box.spec["x-unknown"] = ["y" * 100] * 7000
    deep = inner = {}
    for _ in range(62):
        inner["d"] = inner = {}
    box.spec["x-deep"] = deep
    box.write()
    assert os.path.getsize(os.path.join(box.path, "config.json")) > 900000
    assert box.run("true").returncode == 0
    with open(os.path.join(box.path, "config.json"), "w") as f:
        f.write("[" * 100000)
    r = box.call("run", "-b", box.path, "t")
    assert r.returncode == 1 and "config.json: byte 64: nested deeper than 64 levels" in r.stderr
    with open(os.path.join(box.path, "config.json"), "w") as f:
        f.truncate(5 << 20)
    assert "is larger than 1048576 bytes" in box.call("run", "-b", box.path, "t").stderr
