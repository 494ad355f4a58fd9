"""examples/site.yml on an arm64 machine: our programs, busybox and a C file of the package's folder, cross-built; and
containers in a container."""

import time

import pytest
from conftest import ROOT, build
from machine import Machine, uefi_args_arm64
from test_nginx import get


def test_site(folder):
    images = build(ROOT / "tests/boot/arm64.yml", folder / "arm64", "kernel+initrd", "--arch", "arm64")
    args = ["-kernel", images / "arm64-kernel", "-initrd", images / "arm64-initrd.img", "-append", "console=tty0 console=ttyAMA0"]
    with Machine(folder / "arm64" / "machine", args, ports=[80], arch="arm64") as m:
        # Both ends of the memory that the creator and the first process share: what runs, and what cannot.
        for _ in range(2):
            m.expect("RAN status 7 inside 1, left: [.]", 400)
        m.expect('RAN status 1 system-runtime: exec: "/bin/nothere": stat /bin/nothere: no such file', 400)
        m.expect("service site: running", 400)
        status, page = get(m.ports[80])
        assert status == 200 and "a package of your own" in page
        m.send("")
        m.expect(r"# $")
        out, code = m.run("uname -m")
        assert (out.strip(), code) == ("aarch64", 0)
        start = time.monotonic()
        m.send("poweroff")
        assert m.wait_off() == 0
        assert time.monotonic() - start < 60


@pytest.mark.slow
def test_a_disk_under_uefi_powers_off(folder):
    """PSCI, as the firmware gives it; test_run.py boots the same disk and ends it from outside."""
    images, where = build(ROOT / "examples/site.yml", folder / "arm64-off", "arm64-efi", "--arch", "arm64"), folder / "arm64-off/machine"
    args = [*uefi_args_arm64(where), "-drive", f"if=virtio,format=raw,snapshot=on,file={images}/site-arm64-efi.img"]
    with Machine(where, args, arch="arm64") as m:
        m.expect("root: squashfs on /dev/vda2", 400)
        m.expect("service site: running", 400)
        m.send("")
        m.expect(r"# $")
        m.send("poweroff")
        assert m.wait_off() == 0
