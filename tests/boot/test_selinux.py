"""Labels on a machine with SELinux: what it runs with, and that the kernel enforces it. Debian's kernel has the module, no image of
ours a policy; the guest's (tests/boot/selinux.cil) is as small as the kernel takes."""
import json
import pathlib
import re
import subprocess

import pytest

from conftest import ROOT
from initrd import archive
from machine import Machine

HERE = pathlib.Path(__file__).resolve().parent
BOX, FILES = "system_u:system_r:box_t", "system_u:object_r:box_file_t"
# A script, the labels of process and mounts; its status and a word of what it says.
RUNS = {
    "label": ("cat /proc/self/attr/current", BOX, FILES, 0, BOX),
    "mounts": ("grep ' /tmp ' /proc/mounts; echo >/tmp/x", BOX, FILES, 0, "context=" + FILES),
    "unlabelled": ("echo >/tmp/x", BOX, None, 1, "can't create /tmp/x: Permission denied"),
    "denied": ("echo x >/secret", BOX, FILES, 1, "can't create /secret: Permission denied"),
    "free": ("echo x >/secret; cat /proc/self/attr/current", None, FILES, 0, "system_u:system_r:kernel_t"),
    "nolabel": ("true", "system_u:system_r:nothing_t", None, 1, 'process.selinuxLabel: cannot set "system_u:system_r:nothing_t": invalid argument'),
    "nomount": ("true", None, "system_u:object_r:nothing_t", 1, "the label of linux.mountLabel is refused"),
}


def bundles():
    files = {}
    for name, (script, label, mounts, _, _) in RUNS.items():
        process = {"args": ["sh", "-c", script], "env": ["PATH=/bin"], "cwd": "/", "user": {"uid": 0, "gid": 0}}
        if label:
            process["selinuxLabel"] = label
        linux = {"namespaces": [{"type": "pid"}, {"type": "mount"}], "maskedPaths": ["/proc/keys", "/proc/scsi"]}
        if mounts:
            linux["mountLabel"] = mounts
        files[f"bundles/{name}/config.json"] = json.dumps({
            "ociVersion": "1.2.1", "process": process, "root": {"path": "/box"}, "linux": linux,
            "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                       {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}]}).encode()
    files["sleeps/config.json"] = files["bundles/label/config.json"].replace(b"cat /proc/self/attr/current", b"sleep 1000")
    files["sleeps/exec"] = json.dumps({"args": ["cat", "/proc/self/attr/current"], "env": ["PATH=/bin"], "cwd": "/",
                                               "user": {"uid": 0, "gid": 0}, "selinuxLabel": BOX}).encode()
    return files


@pytest.fixture(scope="module")
def said(nginx, folder):
    work = folder / "selinux"
    work.mkdir(exist_ok=True)
    subprocess.run(["secilc", "-c", "33", "-o", work / "policy", "-f", "/dev/null", HERE / "selinux.cil"], check=True, timeout=60)
    busybox, guest = pathlib.Path("/usr/bin/busybox").read_bytes(), (HERE / "selinux-guest").read_bytes()
    files = {"bin/busybox": busybox, "bin/system-runtime": (ROOT / "build/bin/system-runtime").read_bytes(), "guest": guest, "init": guest,
             "policy": (work / "policy").read_bytes(), "box/bin/busybox": busybox, "box/secret": b"", "box/proc/.here": b"", "box/tmp/.here": b"",
             **bundles()}
    (work / "initrd").write_bytes(archive(files, {"box/bin/" + applet: "busybox" for applet in ("sh", "cat", "grep", "sleep")}))
    with Machine(work, ["-kernel", nginx / "nginx-kernel", "-initrd", work / "initrd",
                        "-append", "console=ttyS0 loglevel=3 security=selinux selinux=1"]) as m:
        m.expect("LABELS DONE", 600)
        return dict(re.findall(r"^RESULT (\S+) (.*)$", m.text.replace("\r", ""), re.M))


@pytest.mark.parametrize("name", RUNS)
def test_labels(said, name):
    _, _, _, status, words = RUNS[name]
    assert said["enforced"] == "1"
    assert said[name].endswith(f"status {status}") and words in said[name], said[name]


def test_exec_has_the_label_of_its_process(said):
    assert said["exec"] == BOX
