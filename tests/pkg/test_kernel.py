"""Fragments of our kernels against what hardening asks for: each option is in every variant, or in the table of exceptions
of docs/security.md. That a built kernel has what its fragments say is the build's own check."""

import re

import pytest
import yaml

from test_packages import ROOT

FOLDER = ROOT / "kernel/slipway"

# The Kernel Self-Protection Project's recommended settings, and what LinuxKit's test of its kernels wants.
ON = """BUG SECCOMP SECCOMP_FILTER SECURITY SECURITY_YAMA SECURITY_LANDLOCK SECURITY_LOCKDOWN_LSM
SECURITY_LOCKDOWN_LSM_EARLY SECURITY_DMESG_RESTRICT STRICT_KERNEL_RWX STRICT_MODULE_RWX VMAP_STACK STACKPROTECTOR
STACKPROTECTOR_STRONG SCHED_STACK_END_CHECK HARDENED_USERCOPY FORTIFY_SOURCE SLAB_FREELIST_RANDOM SLAB_FREELIST_HARDENED
SLAB_BUCKETS RANDOM_KMALLOC_CACHES SHUFFLE_PAGE_ALLOCATOR INIT_ON_ALLOC_DEFAULT_ON INIT_ON_FREE_DEFAULT_ON
INIT_STACK_ALL_ZERO ZERO_CALL_USED_REGS RANDOMIZE_KSTACK_OFFSET_DEFAULT RANDOMIZE_BASE LIST_HARDENED BUG_ON_DATA_CORRUPTION
UBSAN UBSAN_TRAP UBSAN_BOUNDS PANIC_ON_OOPS SYN_COOKIES BPF_JIT_ALWAYS_ON BPF_UNPRIV_DEFAULT_OFF STATIC_USERMODEHELPER
STRICT_DEVMEM IO_STRICT_DEVMEM MODULE_SIG MODULE_SIG_FORCE LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY RANDSTRUCT_FULL KFENCE
DEBUG_KERNEL DEBUG_NOTIFIERS DEBUG_SG DEBUG_VIRTUAL DEBUG_WX PAGE_POISONING PAGE_TABLE_CHECK GCC_PLUGIN_STACKLEAK
GCC_PLUGIN_LATENT_ENTROPY CFI_CLANG RESET_ATTACK_MITIGATION EFI_DISABLE_PCI_DMA""".split()
OFF = """SLAB_MERGE_DEFAULT COMPAT_BRK SLUB_TINY DEVMEM PROC_KCORE KEXEC KEXEC_FILE HIBERNATION LEGACY_PTYS LEGACY_TIOCSTI
LDISC_AUTOLOAD INET_DIAG SCSI_PROC_FS DEBUG_FS USELIB BINFMT_MISC""".split()
ARCH = {
    "amd64": ("""RANDOMIZE_MEMORY LEGACY_VSYSCALL_NONE CPU_MITIGATIONS MITIGATION_PAGE_TABLE_ISOLATION MITIGATION_RETPOLINE
              MITIGATION_SLS MITIGATION_MDS MITIGATION_TAA MITIGATION_MMIO_STALE_DATA MITIGATION_L1TF MITIGATION_RETBLEED
              MITIGATION_SPECTRE_V1 MITIGATION_SPECTRE_V2 MITIGATION_SRBDS MITIGATION_SSB MITIGATION_ITS MITIGATION_TSA X86_KERNEL_IBT X86_USER_SHADOW_STACK X86_UMIP""".split(),
              "MODIFY_LDT_SYSCALL COMPAT_VDSO IA32_EMULATION X86_X32_ABI X86_MSR".split()),
    "arm64": ("ARM64_SW_TTBR0_PAN UNMAP_KERNEL_AT_EL0 SHADOW_CALL_STACK ARM64_PTR_AUTH_KERNEL".split(), ["COMPAT"]),
}
VALUES = {"LSM": '"landlock,lockdown,yama,ipe"', "PANIC_TIMEOUT": "-1", "STATIC_USERMODEHELPER_PATH": '""'}


def variants():
    for recipe in sorted(FOLDER.glob("*/build.yml")):
        fragments = yaml.safe_load(recipe.read_text())["linux"]["config"]
        for arch in ARCH:
            files = [FOLDER / "fragments" / (f.replace("{arch}", arch) + ".config") for f in fragments]
            if set(fragments) & set(ARCH) - {arch}:
                continue
            yield pytest.param(files, arch, id=f"{recipe.parent.name}-{arch}")


def asked(files):
    text = "".join(f.read_text() for f in files)
    found = dict(re.findall(r"^CONFIG_(\w+)=(.*)$", text, re.M))
    return found | dict.fromkeys(re.findall(r"^# CONFIG_(\w+) is not set$", text, re.M), "n")


def excused():
    """What the table of docs/security.md gives a reason for."""
    page = (ROOT / "docs/security.md").read_text()
    return {o for row in re.findall(r"^\| (`.*?) \|", page, re.M) for o in re.findall(r"`([A-Z0-9_]+)`", row)}


@pytest.mark.parametrize("files,arch", variants())
def test_hardened(files, arch):
    found = asked(files)
    reasons = excused()
    on, off = ARCH[arch]
    wanted = dict.fromkeys(ON + on, "y") | dict.fromkeys(OFF + off, "n") | VALUES
    assert {o: found.get(o) for o in wanted if found.get(o) != wanted[o] and o not in reasons} == {}


def test_no_excuse_for_what_is_there():
    """An exception that no variant makes is taken out of the page."""
    page = (ROOT / "docs/security.md").read_text()
    rows = re.findall(r"^\| (`.*?) \|", page, re.M)
    excused = {o for row in rows if " off" not in row for o in re.findall(r"`([A-Z0-9_]+)`", row)}
    missing = set()
    for param in variants():
        found = asked(param.values[0])
        missing |= {o for o in excused if found.get(o) != "y"}
    assert missing == excused
