"""Drivers on demand, every console, the watchdogs, hot plug, a clock that jumps, signals, and boots that fail and say so."""

import re
import time

import pytest

from conftest import ROOT, build
from machine import Machine, uefi_args

STEPS = {"slow", "again", "data"}


@pytest.fixture(scope="session")
def failing(folder):
    return build(ROOT / "tests/boot/failing.yml", folder / "failing", "kernel+initrd")


def args(images, here, steps, *more):
    """With these of the steps that fail."""
    cmdline = (images / "failing-cmdline").read_text().strip()
    skip = ",".join(sorted(STEPS - set(steps))) or "-"
    here.mkdir(parents=True, exist_ok=True)
    return ["-kernel", images / "failing-kernel", "-initrd", images / "failing-initrd.img",
            "-append", " ".join([cmdline, "slipway.skip=" + skip, *more])]


def shell(m):
    """The first prompt may have the boot log behind it: asks for another."""
    m.expect(r"services started")
    m.send("")
    m.expect(r"# $")


def until(attempt, what, timeout=180):
    deadline = time.monotonic() + timeout
    while not (answer := attempt()):
        assert time.monotonic() < deadline, what
        time.sleep(0.5)
    return answer


def test_a_boot_that_fails_says_so_and_is_remembered(failing, folder):
    """Under UEFI on `pc`: a step fails for want of a disk, the machine reboots, and with the disk it knows why."""
    here = folder / "failing-says"
    machine = Machine(here, [
        *uefi_args(here, "pc"), *args(failing, here, ["data"], "slipway.onfail=reboot"),
        "-serial", f"file:{here}/second", "-device", "i6300esb", "-object", "memory-backend-ram,id=shared,size=1M",
        "-drive", f"if=none,id=disk,format=raw,readonly=on,file={failing}/failing-kernel"])
    with machine as m:
        m.expect(r"early: \d")
        m.expect(r"watchdog: the machine is reset when")
        m.expect(r"init: no data disk")
        m.expect(r'the boot has failed in step "onboot": onboot data: .*4')
        m.expect(r"what to try: .*slipway.skip=")
        m.qmp("device_add", driver="nvme", drive="disk", serial="1")
        m.expect(r"rebooting in 10 s")
        m.expect(r"reboot: now")
        second = (here / "second").read_text(errors="replace")
        for said in ("supervise: onboot data: running", "init: no data disk", "the boot has failed",
                     "what to try"):
            assert said in second, second[-3000:]
        shell(m)
        until(lambda: m.run("svc boot --last >/dev/null")[1] == 0, "svc boot --last")
        out, code = m.run("svc boot --last")
        assert code == 0 and "init: no data disk" in out, out
        assert re.search(r'the boot has failed in step "onboot": onboot data: .*4', out), out
        # A second look finds it there, a second boot would not: it is no longer in the firmware's variables.
        out, code = m.run("ls /sys/fs/pstore | wc -l; svc boot --last | wc -l")
        assert int(out.split()[0]) == 0 < int(out.split()[1]), out

        # Hot plug: the driver comes with the device.
        m.qmp("device_add", driver="virtio-balloon-pci")
        until(lambda: m.run("ls -d /sys/module/virtio_balloon", 600)[1] == 0, "virtio_balloon")
        # And what the driver wants to load into it: -2 is a file that is not found, -22 the driver's own word on this one.
        out, code = m.run("svc exec host sh -c 'echo 1af4 1110 >/mnt/drivers/me_daq/new_id'")
        assert code == 0, out
        m.qmp("device_add", driver="ivshmem-plain", memdev="shared")
        until(lambda: "me_daq failed with error -22" in m.run("svc logs kernel | grep me_daq")[0], "the firmware")
        m.send("svc exec host kill -USR2 1")
        assert m.wait_off() == 0
    assert "power off: now" in m.text


# One MB that the kernel leaves alone; 4 is a shutdown or reboot, which it does not keep by itself.
RESERVED = ("memmap=1M$0x30000000 ramoops.mem_address=0x30000000 ramoops.mem_size=0x100000 ramoops.record_size=0x20000 "
            "ramoops.max_reason=4")


def test_reserved_memory_remembers(failing, folder):
    """Where no firmware keeps the log: ramoops. The machine is small, and its kernel has no controllers."""
    here = folder / "failing-ramoops"
    machine = Machine(here, [
        *args(failing, here, ["data"], "panic=1", RESERVED, "cgroup_disable=memory,pids,io"),
        "-drive", f"if=none,id=disk,format=raw,readonly=on,file={failing}/failing-kernel"])
    with machine as m:
        m.expect(r"init: no data disk")
        m.qmp("device_add", driver="nvme", drive="disk", serial="1")
        m.expect(r"rebooting in 1 s")
        m.expect(r"reboot: now")
        shell(m)
        until(lambda: m.run("svc boot --last >/dev/null")[1] == 0, "svc boot --last")
        out, _ = m.run("svc boot --last")
        assert re.search(r'the boot has failed in step "onboot": onboot data: .*4', out), out
        # Told by a signal, init stops the services first.
        m.send("svc exec host kill -TERM 1")
        m.expect(r"reboot: asking the supervisor")
        m.expect(r"service host: stopped")
        m.expect(r"reboot: now")


def test_rescue_shell(failing, folder):
    """slipway.rescue: a shell of the machine on the console, from which it is halted."""
    here = folder / "failing-rescue"
    with Machine(here, [*args(failing, here, ["data"], "slipway.rescue", "panic=1"), "-no-reboot"]) as m:
        m.expect(r"a rescue shell is on /dev/ttyS0; the machine reboots when it ends")
        m.expect(r"# $")
        out, code = m.run("cat /run/slipway/boot-failed; cat /proc/1/comm; tty")
        assert code == 0 and "onboot data: " in out and "init\n/dev/ttyS0" in out, out
        m.send("kill -USR1 1")
        m.expect(r"halt: now")
        time.sleep(5)  # a reset, also that of a panic, would end QEMU
        assert m.qemu.poll() is None


def test_policies(failing, folder):
    """A step that may take 2 s is killed and gone past; one that asks for a reboot gets it."""
    here = folder / "failing-policies"
    with Machine(here, [*args(failing, here, ["slow", "again"]), "-no-reboot"]) as m:
        m.expect(r"onboot slow: .*not in time")
        m.expect(r"init: once more|again.*status 5")
        m.wait_off()
    assert "the boot has failed" not in m.text


def test_a_silent_supervisor_is_a_reset(failing, folder):
    """By the machine's watchdog, and by the kernel's own where it has none; no link hangs no boot, nor does a jumping clock."""
    here = folder / "failing-silent"
    # The first one has no controller of control groups, as kernels may be built.
    none = "cgroup_disable=memory,pids,io,cpu,cpuset,hugetlb,misc,rdma"
    watchdog = args(failing, here / "a", [], "slipway.watchdog=30", "slipway.debug", none)
    jumping = args(failing, here / "b", [], "slipway.watchdog=30")
    with Machine(here / "a", [*watchdog, "-device", "i6300esb", "-no-reboot"]) as a, \
            Machine(here / "b", [*jumping, "-no-reboot", "-rtc", "base=1980-01-01", "-S"]) as b:
        b.qmp("set_link", name="net", up=False)
        b.qmp("cont")
        for m in a, b:
            m.expect(r"watchdog: the machine is reset when the supervisor is silent for 30 s")
            m.expect(r"service host: running")
            shell(m)
            out, code = m.run("svc ps")
            assert code == 0 and re.search(r"^data\s.*stopped", out, re.M), out
        assert a.run("ls -d /sys/module/softdog")[1] != 0
        # Names, states and CPU time are the kernel's own; memory and processes it does not count.
        out, code = a.run("svc top -c 1 -d 0.1")
        assert code == 0 and re.search(r"^host +running +\S+ +- +- +- +- +0 ", out, re.M), out
        # The hardware's clock was behind the image's.
        years = [int(b.run("date +%Y")[0].split()[-1])]
        for when in "2099-01-01", "1999-01-01", "2030-01-01":
            b.run(f"svc exec host date -s {when}")
            years.append(int(b.run("date +%Y")[0].split()[-1]))
        assert years[0] > 1980 and years[1:] == [2099, 1999, 2030]
        out, code = b.run("svc ps")
        assert code == 0 and re.search(r"^host .* running +\d+ +\S+ +0 ", out, re.M), out
        for m in a, b:
            m.send("svc exec host sh -c 'kill -STOP $(pidof system-runtime)'")
        a.wait_off(400)  # QEMU resets, and -no-reboot ends it
        b.wait_off(400)
    assert "reboot: now" not in a.text + b.text


def test_a_small_machine(failing, folder):
    """96 MB are enough for drivers, an address, a shell and a service."""
    here = folder / "failing-small"
    with Machine(here, args(failing, here, []), memory=96, instructions=True) as m:
        m.expect(r"dhcp: eth\d: 10\.0\.2\.15")
        shell(m)
        out, code = m.run("svc ps")
        assert code == 0 and re.search(r"^host .* running ", out, re.M), out
        m.send("svc poweroff")
        assert m.wait_off() == 0
    assert "Out of memory" not in m.text
