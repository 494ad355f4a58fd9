"""linux.resources on whatever cgroup v2 tree this machine has: a limit holds, or its controller is named."""
import os

import pytest

MOUNT = next((line.split()[4] for line in open("/proc/self/mountinfo") if " - cgroup2 " in line), None)
CONTROLLERS = open(os.path.join(MOUNT, "cgroup.controllers")).read().split() if MOUNT else []
needs_mount = pytest.mark.skipif(MOUNT is None, reason="this machine has no cgroup v2")
MIB = 1 << 20

LIMITS = [
    ("memory", {"memory": {"limit": 64 * MIB, "reservation": 32 * MIB, "swap": 96 * MIB}},
     {"memory.max": str(64 * MIB), "memory.low": str(32 * MIB), "memory.swap.max": str(32 * MIB)}),
    ("cpu", {"cpu": {"quota": 20000, "period": 50000, "burst": 1000}}, {"cpu.max": "20000 50000", "cpu.max.burst": "1000"}),
    ("cpu", {"cpu": {"shares": 512}}, {"cpu.weight": "20"}),
    ("cpu", {"cpu": {"idle": 1}}, {"cpu.idle": "1"}),
    ("cpuset", {"cpu": {"cpus": "0", "mems": "0"}}, {"cpuset.cpus": "0", "cpuset.mems": "0"}),
    ("pids", {"pids": {"limit": 23}}, {"pids.max": "23"}),
    ("io", {"blockIO": {"weight": 500}}, None),
    ("io", {"blockIO": {"weightDevice": [{"major": 254, "minor": 0, "weight": 500}]}}, None),
    ("io", {"blockIO": {"throttleReadBpsDevice": [{"major": 254, "minor": 0, "rate": 1000000}]}}, None),
    ("hugetlb", {"hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}]},
     {"hugetlb.2MB.max": str(4 * MIB), "hugetlb.2MB.rsvd.max": str(4 * MIB)}),
    ("rdma", {"rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}}}, None),
    ("misc", {"unified": {"misc.max": "sev 1"}}, None),
    ("memory", {"unified": {"memory.high": str(48 * MIB)}}, {"memory.high": str(48 * MIB)}),
]


@needs_mount
@pytest.mark.parametrize("controller,resources,files", LIMITS, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(LIMITS)])
def test_limits(box, controller, resources, files):
    """Runs in the hybrid tree of a container host as in a machine of cgroup v2 alone."""
    box.spec["linux"]["resources"] = resources
    box.spec["linux"]["cgroupsPath"] = f"/slipway-limits-{os.getpid()}"
    box.spec["process"]["args"] = ["sleep", "100"]
    box.write()
    if controller not in CONTROLLERS or files is None:
        r = box.call("run", "-b", box.path, "t") if controller not in CONTROLLERS else None
        if r is not None:
            assert r.returncode == 1 and f"has no {controller} controller" in r.stderr and "linux.resources." in r.stderr
            assert os.listdir(box.root) == []
        return
    assert box.create("sleep", "100") == 0
    for name, value in files.items():
        with open(os.path.join(MOUNT, f"slipway-limits-{os.getpid()}", name)) as f:
            assert f.read().strip() == value, name


@needs_mount
def test_no_limit_needs_no_controller(box):
    box.spec["linux"]["resources"] = {"memory": {"limit": -1}, "pids": {"limit": -1}, "cpu": {"shares": 1024}}
    assert box.run("true").returncode == 0


@pytest.mark.parametrize("resources,words", [
    ({"memory": {"limit": 10, "swap": 5}}, "linux.resources.memory.swap: counts memory and swap"),
    ({"memory": {"kernel": 5}}, "linux.resources.memory.kernel is not carried out"),
    ({"memory": {"disableOOMKiller": True}}, "disableOOMKiller is not carried out"),
    ({"cpu": {"realtimeRuntime": 5}}, "linux.resources.cpu.realtimeRuntime is not carried out"),
    ({"blockIO": {"weight": 5}}, "linux.resources.blockIO.weight: is not between 10 and 1000"),
    ({"blockIO": {"leafWeight": 500}}, "linux.resources.blockIO.leafWeight is not carried out"),
    ({"network": {"classID": 3}}, "linux.resources.network is not carried out"),
    ({"hugepageLimits": [{"pageSize": "../x", "limit": 1}]}, "is no size of a page"),
    ({"unified": {"../memory.max": "1"}}, "is no cgroup file"),
])
@needs_mount
def test_refusals(box, resources, words):
    box.spec["linux"]["resources"] = resources
    r = box.run("true")
    # The swap limit is only looked at where there is a memory controller to write to.
    assert r.returncode == 1 and (words in r.stderr or "controller" in r.stderr), r.stderr


@needs_mount
def test_delegation(box):
    name = f"slipway-delegate-{os.getpid()}"
    maps = [{"containerID": 0, "hostID": 300000, "size": 65536}]
    box.spec["linux"]["namespaces"] += [{"type": "user"}, {"type": "cgroup"}]
    box.spec["linux"].update(uidMappings=maps, gidMappings=maps, cgroupsPath=name)
    box.spec["mounts"].append({"destination": "/sys", "type": "tmpfs", "source": "tmpfs"})
    box.spec["mounts"].append({"destination": "/sys/fs/cgroup", "type": "cgroup2", "source": "cgroup2"})
    path = box.path
    while path != "/":
        os.chmod(path, os.stat(path).st_mode | 0o055)
        path = os.path.dirname(path)
    assert box.create("sleep", "100") == 0 and box.call("start", "t").returncode == 0
    top = os.path.join(MOUNT, name)
    assert os.stat(top).st_uid == 300000
    for f in ("cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
        assert os.stat(os.path.join(top, f)).st_uid == 300000
    assert os.stat(os.path.join(top, "cgroup.freeze")).st_uid == 0
    r = box.call("exec", "t", "sh", "-c", "mkdir /sys/fs/cgroup/payload && echo $$ >/sys/fs/cgroup/payload/cgroup.procs && cat /proc/self/cgroup")
    assert r.returncode == 0 and "0::/payload" in r.stdout, r.stderr
    # A read-only mount, or no namespace of its own, and nothing is given away.
    box.spec["mounts"][-1]["options"] = ["ro"]
    box.spec["linux"]["cgroupsPath"] = name + "-ro"
    assert box.create("sleep", "100", id="u") == 0
    assert os.stat(top + "-ro").st_uid == 0
