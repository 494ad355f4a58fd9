"""Two who share a root filesystem: one exchanges folders and links while the runtime mounts for the other."""
import ctypes
import os
import shutil
import threading

import pytest

libc = ctypes.CDLL(None, use_errno=True)
RENAME_EXCHANGE = 2


class Exchanger(threading.Thread):
    """Swaps two names for as long as it lives, as fast as the kernel does."""

    def __init__(self, a, b):
        super().__init__(daemon=True)
        self.a, self.b, self.on, self.swaps = a.encode(), b.encode(), True, 0

    def run(self):
        while self.on:
            assert libc.renameat2(-100, self.a, -100, self.b, RENAME_EXCHANGE) == 0
            self.swaps += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.on = False
        self.join()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_target_exchanged_for_a_link(box, kind):
    """CVE-2019-19921, CVE-2021-30465 (a mount lands outside), CVE-2024-45310 (what is made to mount on does)."""
    victim = box.path + "/victim"
    os.makedirs(victim)
    os.makedirs(box.rootfs + "/data/a")
    # Both ways out: an absolute one, and one that climbs.
    os.symlink(victim, box.rootfs + "/link")
    source = "/etc/hostname" if kind == "file" else box.path + "/victim"
    box.spec["mounts"] += [{"destination": f"/data/a/b{i}/c", "type": "bind", "source": source, "options": ["bind"]} for i in range(8)]
    for _ in range(60):
        with Exchanger(box.rootfs + "/data/a", box.rootfs + "/link"):
            box.run("true")
        assert os.listdir(victim) == []
        # Emptied, so that the next one makes its targets again.
        for d in (box.rootfs + "/data/a", box.rootfs + "/link"):
            for name in [] if os.path.islink(d) else os.listdir(d):
                shutil.rmtree(f"{d}/{name}")


@pytest.mark.parametrize("name", ["dev", "proc"])
def test_system_folder_exchanged_for_a_link(box, name):
    """CVE-2023-27561, CVE-2026-47766: /dev or /proc is a folder when looked at, and a link when mounted on."""
    victim = box.path + "/victim"
    os.makedirs(victim)
    os.symlink(victim, box.rootfs + "/link")
    if name == "dev":
        box.spec["mounts"] = [m for m in box.spec["mounts"] if not m["destination"].startswith("/dev")]
    with Exchanger(f"{box.rootfs}/{name}", box.rootfs + "/link"):
        for _ in range(40):
            box.run("true")
            assert os.listdir(victim) == []


def test_masked_path_while_null_is_exchanged(box):
    """CVE-2025-31133: /dev/null is the device when looked at, and a link to a file of /proc when mounted."""
    dev = box.path + "/dev"
    os.mkdir(dev)
    box.spec["mounts"] = box.spec["mounts"][:1] + [{"destination": "/dev", "type": "bind", "source": dev, "options": ["bind"]}]
    os.mknod(dev + "/null", 0o20666, os.makedev(1, 3))
    os.symlink("/proc/sysrq-trigger", dev + "/other")
    box.spec["linux"]["maskedPaths"] = ["/proc/keys", "/proc/timer_list"]
    with Exchanger(dev + "/null", dev + "/other"):
        for _ in range(40):
            assert set(box.sh("stat -c %t:%T /proc/keys /proc/timer_list").split()) == {"1:3"}
