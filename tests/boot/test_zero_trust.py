"""Nobody has more than he is meant to: examples/sshd.yml looked at from outside and, by an auditor, from inside. What each
process may do stands in docs/security.md, and is compared with it."""

import re
import socket
import subprocess

import pytest

from conftest import ROOT, SLIPWAY, build
from machine import Machine
from test_sshd import cidata  # noqa: F401

HERE = ROOT / "tests/boot"
PAGE = ROOT / "docs/security.md"
# What clouds' hosts, engines, agents and discovery listen on by habit.
OUTSIDE = [22, 25, 53, 80, 111, 443, 2375, 2376, 5355, 8080, 9100, 10250, 50000]
CAPABILITIES = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT
SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()


def asked(m):
    """The auditor's lines, once all are there."""
    m.expect(r"\d services started")
    for _ in range(120):
        text, _ = m.run("svc logs audit")
        if re.search(r"AUDIT done \d+\s*$", text, re.M):
            break
        m.run("sleep 1")
    lines = re.findall(r"^\[ *[\d.]+\] AUDIT (\S+) ?(.*?) *$", text, re.M)
    counted = [line for line in lines if line[0] in ("process", "mount", "socket")]
    assert lines[-1] == ("done", str(len(counted))), text[-4000:]
    return lines[:-1]


@pytest.fixture(scope="module")
def machine(folder, cidata):  # noqa: F811
    here = folder / "zero-trust"
    here.mkdir(exist_ok=True)
    key = here / "key"
    key.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    config = here / "os.yml"
    config.write_text((ROOT / "examples/sshd.yml").read_text().replace("~/.ssh/id_ed25519.pub", f"{key}.pub"))
    images = build(config, here, "kernel+initrd", "--name", "trust", str(HERE / "audit.yml"))
    args = ["-kernel", images / "trust-kernel", "-initrd", images / "trust-initrd.img",
            "-append", (images / "trust-cmdline").read_text().strip(),
            "-drive", f"if=virtio,format=raw,readonly=on,file={cidata[0]}"]
    with Machine(folder / "zero-trust-machine", args, ports=OUTSIDE) as m:
        m.lines = asked(m)
        yield m


def of(machine, kind):
    return [rest for what, rest in machine.lines if what == kind]


def named(mask):
    mask = int(mask, 16)
    if mask == (1 << len(CAPABILITIES)) - 1:
        return "all"
    return ", ".join(name for bit, name in enumerate(CAPABILITIES) if mask >> bit & 1) or "none"


def written(machine, group):
    """Where a service can write: what is masked, and the terminals, aside."""
    mounts = {m[1] for m in (line.split(" ") for line in of(machine, "mount")) if m[0] == group and m[2] != "devtmpfs"}
    return ", ".join(sorted(mounts - {"/proc", "/dev/pts"})) or "nowhere"


def process(machine, line):
    group, program, *facts = line.split(" ")
    facts = dict(fact.split(":") for fact in facts)
    # What its bounding set lacks it cannot get either; nobody has more than that.
    bound = int(facts["CapBnd"], 16)
    assert all(int(facts[name], 16) | bound == bound for name in ("CapEff", "CapPrm", "CapAmb")), line
    return (group, program.rpartition("/")[2], "root" if facts["Uid"] == "0" else facts["Uid"], named(facts["CapBnd"]),
            "yes" if facts["Seccomp"] == "2" else "no", "yes" if facts["NoNewPrivs"] == "1" else "no",
            "all but the root" if group == "/" else written(machine, group))


def test_processes_are_those_of_the_page(machine):
    found = {process(machine, line) for line in of(machine, "process")}
    rows = re.findall(r"^\| `(/[^`]*)` \| `([^`]+)` \| (\S+) \| ([^|]+?) \| (yes|no) \| (yes|no) \| ([^|]+?) \|$", PAGE.read_text(), re.M)
    assert found == set(rows), "\n".join("| `%s` | `%s` | %s | %s | %s | %s | %s |" % row for row in sorted(found))


def test_only_ssh_listens(machine):
    sockets = sorted({tuple(line.split(" ")) for line in of(machine, "socket")})
    assert sockets == [("tcp", "00000000:0016"), ("tcp6", "0" * 32 + ":0016")]


def heard(port):
    """What comes of a connection; QEMU's network takes it, and ends it when the machine does not."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as s:
        try:
            return s.recv(8)
        except ConnectionResetError:
            return b""


def test_only_ssh_answers_outside(machine):
    answers = {guest: heard(host) for guest, host in machine.ports.items()}
    assert answers.pop(22) == b"SSH-2.0-"
    assert set(answers.values()) == {b""}, answers


def test_no_password_is_asked(machine):
    done = subprocess.run(["ssh", "-p", str(machine.ports[22]), "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "IdentityAgent=none",
                           "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "PubkeyAuthentication=no", "root@127.0.0.1", "true"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 255 and "Permission denied (publickey)." in done.stderr, done.stderr


def test_nothing_is_set_user_id_or_open_to_all(machine):
    assert of(machine, "setuid") == [] and of(machine, "writable") == []


def test_the_roots_are_read_only(machine):
    mounts = [line.split(" ") for line in of(machine, "mount")]
    assert mounts and [m for m in mounts if m[1] == "/"] == []
    # Nothing set-user-id and no device works that somebody puts there.
    assert {(m[0], m[1]) for m in mounts if "nosuid" not in m[3] or ("nodev" not in m[3] and m[2] not in ("devtmpfs", "devpts"))} == set()


def test_what_the_cloud_brought_is_roots(machine):
    kinds = {tuple(line.split(" ")[:2]) for line in of(machine, "config")}
    assert ("600", "regular") in kinds and kinds <= {("600", "regular"), ("700", "directory"), ("755", "directory")}, of(machine, "config")
    assert "600 regular file /machine/run/config/app/token" in of(machine, "config")
