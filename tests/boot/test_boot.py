"""Drivers on demand, every console, the watchdog, and a boot that fails and says so."""

import pathlib
import re

import pytest

from conftest import build
from machine import Machine

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def failing(folder):
    return build(HERE / "failing.yml", folder / "failing", "kernel+initrd")


def args(images, here, more):
    cmdline = (images / "failing-cmdline").read_text().strip()
    return ["-kernel", images / "failing-kernel", "-initrd", images / "failing-initrd.img",
            "-append", f"{cmdline} {more}", "-serial", f"file:{here}/second",
            "-device", "i6300esb", "-no-reboot"]


def test_a_boot_that_fails_says_so(failing, folder):
    here = folder / "failing-says"
    with Machine(here, args(failing, here, "slipway.onfail=reboot")) as m:
        m.expect(r"early: \d")  # 0, unless the machine is so slow that drivers are there already
        m.expect(r"onboot data: (waiting, for the drivers|running)")
        m.expect(r"watchdog: the machine is reset when")
        m.expect(r"init: no data disk")
        m.expect(r'the boot has failed in step "onboot": onboot data: .*4')
        m.expect(r"what to try: .*slipway.skip=")
        m.wait_off()
    second = (here / "second").read_text(errors="replace")
    for said in ("supervise: onboot data: running", "init: no data disk", "the boot has failed",
                 "what to try"):
        assert said in second, second[-3000:]


def test_a_silent_supervisor_is_a_reset(failing, folder):
    here = folder / "failing-silent"
    with Machine(here, args(failing, here, "slipway.skip=data slipway.watchdog=30 slipway.debug")) as m:
        m.expect(r"onboot data: stopped, slipway.skip")
        m.expect(r"watchdog: the machine is reset when the supervisor is silent for 30 s")
        m.expect(r"service host: running")
        m.expect(r"services started")
        m.send("")
        m.expect(r"# $")
        out, code = m.run("svc ps")
        assert code == 0 and re.search(r"^data\s.*stopped", out, re.M), out
        m.send("svc exec host sh -c 'kill -STOP $(pidof system-runtime)'")
        m.wait_off(400)  # QEMU resets, and -no-reboot ends it
    assert "Reboot" not in m.text
