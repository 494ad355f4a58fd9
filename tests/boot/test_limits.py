"""The runtime's limits on a machine of cgroup v2 alone, read back from outside and inside the container, and what they do;
AppArmor, which Debian's kernel has: a guest whose init is tests/boot/limits-guest."""
import json
import pathlib
import re
import subprocess

import pytest

from conftest import ROOT
from initrd import archive, module
from machine import Machine

HERE = pathlib.Path(__file__).resolve().parent
MIB = 1 << 20
BASE = {
    "ociVersion": "1.2.1",
    "process": {"args": ["sleep", "1000"], "env": ["PATH=/bin"], "cwd": "/"},
    "root": {"path": "/box"},
    "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
               {"destination": "/sys/fs/cgroup", "type": "cgroup2", "source": "cgroup2", "options": ["ro"]}],
}
DEVICE = {"major": 7, "minor": 0}
# Resources; what the files then say; words for update, and what the files say after it.
READ = {
    "memory": ({"memory": {"limit": 64 * MIB, "reservation": 32 * MIB, "swap": 96 * MIB}},
               {"memory.max": 64 * MIB, "memory.low": 32 * MIB, "memory.swap.max": 32 * MIB},
               "--memory 50331648 --memory-reservation 1048576", {"memory.max": 48 * MIB, "memory.low": MIB}),
    "cpu": ({"cpu": {"quota": 20000, "period": 50000, "burst": 1000, "shares": 512}},
            {"cpu.max": "20000 50000", "cpu.max.burst": 1000, "cpu.weight": 20},
            "--cpu-quota 30000 --cpu-share 1024", {"cpu.max": "30000 50000", "cpu.weight": 39}),
    "period": ({"cpu": {"quota": 20000}}, {"cpu.max": "20000 100000"}, "--cpu-period 40000", {"cpu.max": "20000 40000"}),
    "idle": ({"cpu": {"idle": 1}}, {"cpu.idle": 1}, "--cpu-idle 0", {"cpu.idle": 0}),
    "cpuset": ({"cpu": {"cpus": "0", "mems": "0"}}, {"cpuset.cpus": 0, "cpuset.mems": 0, "cpuset.cpus.effective": 0}, None, {}),
    "pids": ({"pids": {"limit": 23}}, {"pids.max": 23}, "--pids-limit 24", {"pids.max": 24}),
    "huge": ({"hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}]},
             {"hugetlb.2MB.max": 4 * MIB, "hugetlb.2MB.rsvd.max": 4 * MIB}, None, {}),
    "io": ({"blockIO": {"weight": 500, "throttleReadBpsDevice": [{**DEVICE, "rate": MIB}],
                        "throttleWriteIOPSDevice": [{**DEVICE, "rate": 100}]}},
           {"io.weight": "default 4950", "io.max": f"7:0 rbps={MIB} wbps=max riops=max wiops=100"},
           "--blkio-weight 10", {"io.weight": "default 1"}),
    "io-path": ({"annotations": {"io.slipway.limits.io./dev/loop0.read": str(MIB), "io.slipway.limits.io./dev/loop0.write_ops": "100"}},
                {"io.max": f"7:0 rbps={MIB} wbps=max riops=max wiops=100"}, None, {}),
    "unified": ({"unified": {"memory.high": str(48 * MIB), "pids.max": "9"}}, {"memory.high": 48 * MIB, "pids.max": 9}, None, {}),
}
NO_RIGHTS = {"capabilities": {}, "noNewPrivileges": True}
# A program, its resources and more keys of process; the status and a word of what it says.
RUN = {
    "oom": (["sh", "-c", "tail /dev/zero"], {"memory": {"limit": 16 * MIB, "swap": 16 * MIB}}, {}, 137, ""),
    "fork": (["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 9 & done"], {"pids": {"limit": 5}}, {}, 2, "can't fork"),
    "misc": (["true"], {"unified": {"misc.max": "sev 1"}}, {}, 1, 'linux.resources.unified: cannot write "sev 1" to misc.max: invalid argument'),
    "rdma": (["true"], {"rdma": {"mlx5_1": {"hcaHandles": 3}}}, {}, 1, 'linux.resources.rdma: cannot write "mlx5_1 hca_handle=3" to rdma.max: no such device'),
    "confined": (["sh", "-c", "cat /proc/self/attr/current; cat /etc/secret"], {}, {"apparmorProfile": "slipway-test", **NO_RIGHTS}, 1,
                 "slipway-test (enforce)"),
    "denied": (["sh", "-c", "cat /etc/secret"], {}, {"apparmorProfile": "slipway-test"}, 1, "/etc/secret': Permission denied"),
    "open": (["cat", "/etc/secret"], {}, {"apparmorProfile": "unconfined"}, 0, "secret"),
    "no-disk": (["true"], {"annotations": {"io.slipway.limits.io./dev/none.read": "1"}}, {}, 1, "limits.io: /dev/none: no such file"),
    "lock-read": (["sh", "-c", "cat /etc/secret"], {"annotations": {"io.slipway.landlock.read": '["/bin"]'}}, {}, 1,
                  "/etc/secret': Permission denied"),
    "lock-write": (["sh", "-c", "cat /etc/secret; echo x >/etc/secret"], {"annotations": {"io.slipway.landlock.write": '["/proc"]'}},
                   NO_RIGHTS, 1, "can't create /etc/secret: Permission denied"),
    "lock-open": (["sh", "-c", "echo x >/etc/other; cat /etc/other"],
                  {"annotations": {"io.slipway.landlock.write": '["/etc"]', "io.slipway.landlock.read": '["/bin"]'}}, {}, 0, "x"),
    "lock-execute": (["sh", "-c", "exec cat /etc/secret"], {"annotations": {"io.slipway.landlock.execute": "[]"}}, {}, 1, "permission denied"),
    "lock-bind": (["busybox", "httpd", "-f", "-p", "81"], {"annotations": {"io.slipway.landlock.bind": '["80"]'}}, {}, 1, "Permission denied"),
    "lock-none": (["true"], {"annotations": {"io.slipway.landlock.read": '["/nothing"]'}}, {}, 1, "landlock.read: cannot allow /nothing"),
    "unknown": (["true"], {}, {"apparmorProfile": "nothing-like-it"}, 1, 'process.apparmorProfile: cannot set "nothing-like-it"'),
}


def bundles():
    files = {}

    def add(name, resources, process, **more):
        config = json.loads(json.dumps(BASE))
        config["process"].update(process)
        config["annotations"] = resources.get("annotations", {})
        config["linux"] = {"namespaces": [{"type": t} for t in ("pid", "mount", "cgroup")], "cgroupsPath": "/t/" + name,
                           "resources": {k: v for k, v in resources.items() if k != "annotations"}}
        files[f"bundles/{name}/config.json"] = json.dumps(config).encode()
        for k, v in more.items():
            files[f"bundles/{name}/{k}"] = v.encode()
    for name, (resources, want, update, _) in READ.items():
        add(name, resources, {}, files=" ".join(want), **({"update": update} if update else {}))
    for name, (args, resources, process, _, _) in RUN.items():
        add(name, resources, {"args": args, **process}, files="", run="")
    return files


@pytest.fixture(scope="module")
def said(nginx, folder):
    busybox = pathlib.Path("/usr/bin/busybox").read_bytes()
    profile = subprocess.run(["apparmor_parser", "-S", "-K"], input=b"profile slipway-test { file, deny /etc/secret r, }\n",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout
    guest = (HERE / "limits-guest").read_bytes()
    files = {"bin/busybox": busybox, "bin/system-runtime": (ROOT / "build/bin/system-runtime").read_bytes(), "limits": guest, "init": guest,
             "profile": profile, "box/bin/busybox": busybox, "box/etc/secret": b"secret\n", "box/proc/.here": b"", "box/sys/fs/cgroup/.here": b"",
             "modules/loop.ko": module(nginx / "nginx-initrd.img", "loop"), **bundles()}
    work = folder / "limits"
    work.mkdir(exist_ok=True)
    (work / "initrd").write_bytes(archive(files, {"box/bin/" + applet: "busybox" for applet in ("sh", "cat", "sleep", "true", "tail")}))
    with Machine(work, ["-kernel", nginx / "nginx-kernel", "-initrd", work / "initrd", "-append", "console=ttyS0 loglevel=3"]) as m:
        m.expect("LIMITS DONE", 600)
        text = m.text.replace("\r", "")
    found = {}
    for bundle, where, file, value in re.findall(r"^RESULT (\S+) (\S+) (\S+) ?(.*)$", text, re.M):
        found.setdefault((bundle, where, file), []).append(value.rstrip(";"))
    return found


def values(said, bundle, where, want):
    return {f: said[bundle, where, f][0] for f in want}, {f: str(v) for f, v in want.items()}


@pytest.mark.parametrize("name", READ)
def test_values(said, name):
    _, want, update, updated = READ[name]
    assert said[name, "create", "status"] == ["0"]
    for where in ("outside", "inside"):
        got, expected = values(said, name, where, want)
        assert got == expected, where
    if update:
        assert said[name, "update", "status"] == ["0"]
        got, expected = values(said, name, "updated", {**want, **updated})
        assert got == expected
    assert said[name, "paused", "cgroup.freeze"] == ["1"] and said[name, "resumed", "cgroup.freeze"] == ["0"]
    assert said[name, "paused", "status"] == ['"status":"paused"']
    stats = json.loads(said[name, "stats", "json"][0])["data"]
    assert stats["cpu"]["usage"]["total"] > 0
    # Only the controllers that a limit asks for are on.
    assert name != "memory" or stats["memory"]["usage"]["usage"] > 0
    assert name != "pids" or stats["pids"]["current"] == 1
    assert said[name, "delete", "status"] == ["0"]


@pytest.mark.parametrize("name", RUN)
def test_what_limits_and_profiles_do(said, name):
    _, _, _, status, words = RUN[name]
    assert said[name, "run", "status"] == [str(status)]
    assert words in "\n".join(said.get((name, "run", "says"), [])), said


def test_nothing_is_left(said):
    assert said["machine", "outside", "apparmor"] == ["loaded"]
    assert set(said["machine", "outside", "controllers"][0].split()) > {"cpu", "cpuset", "io", "memory", "pids", "hugetlb"}
    assert [v.strip() for v in said["machine", "outside", "left"]] == [""]
