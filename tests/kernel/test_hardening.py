"""Our kernels, as they run: the options that they were built with, what they let who may do everything do, and what is open."""

import re
import subprocess
import sys

import pytest

from store import ROOT, SLIPWAY, need

sys.path += [str(ROOT / "tests/boot"), str(ROOT / "tests/pkg"), str(ROOT / "tests/formats")]
import test_kernel as lists  # noqa: E402
from start import microvm  # noqa: E402
from machine import Machine  # noqa: E402

SETTINGS = {"kernel/kptr_restrict": "2", "kernel/dmesg_restrict": "1", "kernel/perf_event_paranoid": "3",
            "kernel/yama/ptrace_scope": "1", "net/core/bpf_jit_harden": "2", "net/ipv4/tcp_syncookies": "1",
            "kernel/panic_on_oops": "1", "vm/mmap_min_addr": "65536", "kernel/randomize_va_space": "2",
            "dev/tty/ldisc_autoload": "0", "dev/tty/legacy_tiocsti": "0"}


@pytest.fixture(scope="module", params=["virt", "microvm", "metal"])
def said(request, tmp_path_factory):
    """{"variant": …, "results": [(key, value)], "config": {option: value}}"""
    variant = request.param
    need(f"kernel-{variant}")
    here = tmp_path_factory.mktemp(variant)
    config = here / "n.yml"
    config.write_text((ROOT / "tests/kernel/hardening.yml").read_text().replace("KERNEL", f"kernel-{variant}"))
    name = "microvm" if variant == "microvm" else "kernel+initrd"
    subprocess.run([SLIPWAY, "build", "-q", "-f", name, "-o", here, config], check=True)
    if variant == "microvm":
        machine = microvm(here / "run", [here / "n-microvm-kernel", here / "n-microvm.cfg"], name)
    else:
        machine = Machine(here / "run", ["-kernel", here / "n-kernel", "-initrd", here / "n-initrd.img", "-append",
                                         (here / "n-cmdline").read_text().strip()], instructions=True)
    with machine as m:
        m.expect("RESULT done", 900)
        text = m.text.replace("\r", "")
    found = re.findall(r"KCONFIG (?:# )?CONFIG_(\w+)(?:=(.*)| is not set)$", text, re.M)
    return {"variant": variant, "results": re.findall(r"RESULT (\S+) ?(.*)$", text, re.M), "config": {k: v or "n" for k, v in found}}


def test_options(said):
    """What the Kernel Self-Protection Project and LinuxKit ask for, but for the exceptions of docs/security.md."""
    assert len(said["config"]) > 900
    on, off = lists.ARCH["amd64"]
    excused = lists.excused()
    wanted = dict.fromkeys(lists.ON + on, "y") | dict.fromkeys(lists.OFF + off, "n") | lists.VALUES
    assert {o: said["config"].get(o) for o in wanted if said["config"].get(o, "n") != wanted[o] and o not in excused} == {}


def test_settings(said):
    results = dict(said["results"])
    assert {k: results.get(k) for k in SETTINGS} == SETTINGS
    assert int(results["kernel/unprivileged_bpf_disabled"]) > 0
    assert results["lockdown"] == "none [integrity] confidentiality"
    assert set(results["lsm"].split(",")) >= {"lockdown", "capability", "landlock", "yama", "ipe"}
    assert results["address"].startswith("0" * 16 + " ")


def test_what_is_refused(said):
    """No module without a signature, no memory of the kernel's, by nobody."""
    results = dict(said["results"])
    # insmod's words for ENOSYS, where there are no modules, and for EKEYREJECTED
    why = "Key was rejected by service" if said["variant"] == "metal" else "kernel does not support requested operation"
    assert results["module"].endswith(why), results["module"]
    assert [v for k, v in said["results"] if k in ("device", "readable")] == []


def test_nothing_listens(said):
    assert [v for k, v in said["results"] if k == "socket"] == []
