"""A machine in QEMU for tests: serial console on a socket, everything it says kept in a log."""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import threading
import time

OVMF_CODE = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
QEMU = {
    "amd64": ["qemu-system-x86_64", "-cpu", "max", "-vga", "std"],
    # An older processor: QEMU spends most of its time on the pointer authentication of newer ones.
    "arm64": ["qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72"],
}
# The first serial line, where it is, and its numbers.
CONSOLES = {"amd64": ("ttyS0", 4), "arm64": ("ttyAMA0", 204)}
COUNTED = ["-accel", "tcg", "-icount", "shift=3,sleep=off"]
OVMF_VARS = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")


def patient(args, arch):
    """At boot, a kernel of x86 waits some ticks for the timer, and panics when none came ("IO-APIC + timer doesn't work!"):
    on a busy host an emulated machine stands still for as long now and then. (As `slipway run` has it.)"""
    if arch != "amd64" or "-append" not in args:
        return args
    at = args.index("-append") + 1
    return [*args[:at], f"{args[at]} no_timer_check", *args[at + 1:]]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def direct(images, name, arch="amd64"):
    """What starts an image's kernel without firmware; its console is the first serial line."""
    cmdline = (images / f"{name}-cmdline").read_text().strip().replace("ttyS0", CONSOLES[arch][0])
    return ["-kernel", images / f"{name}-kernel", "-initrd", images / f"{name}-initrd.img", "-append", cmdline]


class Machine:
    """with Machine(folder, ["-kernel", …]) as m: m.expect("…"); m.send("…")"""

    def __init__(self, folder, args, ports=(), memory=1024, cpus=1, arch="amd64", instructions=False, network="", card="virtio-net-pci"):
        # One processor: QEMU 7.2 emulating two now and then runs a stale byte while the kernel
        # patches its own code ("Oops: int3" during boot).
        # instructions: the machine's clock counts them, 125 million a second, and passes over what it waits for: what
        # takes how long there does not depend on what else runs here, and hours of waiting take none.
        # network: more options of QEMU's own network, beginning with a comma.
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "serial.log"
        self.socket_path = self.folder / "serial"
        self.ports = {guest: free_port() for guest in ports}
        forwards = "".join(f",hostfwd=tcp:127.0.0.1:{h}-:{g}" for g, h in self.ports.items())
        self.command = [
            "timeout", "-k", "5", "900", *QEMU[arch],
            *(COUNTED if instructions else ["-accel", "tcg,thread=multi"]), "-m", str(memory), "-smp", str(cpus),
            "-display", "none", "-nodefaults", "-no-user-config",
            "-chardev", f"socket,id=serial,path={self.socket_path},logfile={self.log}",
            "-serial", "chardev:serial",
            "-netdev", f"user,id=net,restrict=on{forwards}{network}", "-device", f"{card},netdev=net",
            "-device", "virtio-rng-pci", "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off", *patient([*map(str, args)], arch),
        ]
        self.seen = b""
        self.mark = 0
        self.silent = False
        self.heard = threading.Condition()

    def __enter__(self):
        # We listen and QEMU connects, so that not a byte of the console is missed.
        self.socket_path.unlink(missing_ok=True)
        (self.folder / "qmp").unlink(missing_ok=True)
        self.errors = open(self.folder / "qemu.log", "wb")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.socket_path))
            listener.listen(1)
            listener.settimeout(30)
            self.qemu = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                         stdout=self.errors, stderr=self.errors)
            try:
                self.serial, _ = listener.accept()
            except TimeoutError:
                self.qemu.kill()
                raise AssertionError("QEMU did not start:\n" +
                                     (self.folder / "qemu.log").read_text()) from None
        self.serial.settimeout(None)
        self.listener = threading.Thread(target=self._listen)
        self.listener.start()
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.qemu.poll() is None:
            self.qemu.terminate()
            self.qemu.wait(20)
        self.listener.join(20)
        self.serial.close()
        self.errors.close()

    @property
    def text(self):
        return self.seen.decode(errors="replace")

    def _listen(self):
        """Reads at once whatever the console says: while some hundred bytes wait, QEMU stands still."""
        while not self.silent:
            try:
                data = self.serial.recv(65536)
            except OSError:
                data = b""
            with self.heard:
                self.seen += data
                self.silent = not data
                self.heard.notify_all()

    def _more(self, known, timeout):
        """Waits for more than the first `known` bytes; false when there will be none, or not in time."""
        with self.heard:
            self.heard.wait_for(lambda: len(self.seen) > known or self.silent, timeout)
            return len(self.seen) > known

    def expect(self, pattern, timeout=300):
        """Waits for a regular expression in what comes after the last match; gives the match."""
        regex = re.compile(pattern.encode(), re.M)
        deadline = time.monotonic() + timeout
        while True:
            known = len(self.seen)
            found = regex.search(self.seen, self.mark)
            if found:
                self.mark = found.end()
                return found
            left = deadline - time.monotonic()
            if left <= 0 or not self._more(known, left):
                tail = self.text[-4000:]
                raise AssertionError(f"no /{pattern}/ within {timeout} s; the machine said:\n{tail}")

    def send(self, line):
        self.serial.sendall(line.encode() + b"\n")

    def run(self, command, timeout=180):
        """A command on the console's shell; gives (its output, its exit status)."""
        self.mark = len(self.seen)
        self.send(f"{command}; echo @@\"$?\"@@")
        found = self.expect(r"\r?\n?@@(\d+)@@", timeout)
        chunk = self.seen[:found.start()].decode(errors="replace")
        echo = chunk.rfind(command)
        body = chunk[echo:].split("\n", 1)
        return (body[1] if len(body) > 1 else "").replace("\r", ""), int(found.group(1))

    def qmp(self, command, **arguments):
        """One command of QEMU's monitor (QMP)."""
        deadline = time.monotonic() + 60
        while not (self.folder / "qmp").exists() and time.monotonic() < deadline:
            time.sleep(0.1)  # it comes after the console
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(str(self.folder / "qmp"))
            with s.makefile("rw") as f:
                f.readline()  # the greeting
                for what in {"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}:
                    f.write(json.dumps(what) + "\n")
                    f.flush()
                    while "event" in (answer := json.loads(f.readline())):
                        pass
                    assert "return" in answer, answer
        return answer["return"]

    def wait_off(self, timeout=180):
        """Until the machine is off; gives QEMU's exit status."""
        try:
            self.qemu.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        else:
            self.listener.join(20)
        assert self.qemu.poll() is not None, f"still on after {timeout} s:\n{self.text[-4000:]}"
        return self.qemu.returncode


def uefi_args_arm64(folder):
    """The firmware of arm64's virt, with variables of its own."""
    copy = pathlib.Path(folder) / "vars.fd"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy("/usr/share/AAVMF/AAVMF_VARS.fd", copy)
    return ["-drive", "if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd",
            "-drive", f"if=pflash,format=raw,unit=1,file={copy}"]


def uefi_args(folder, machine="q35"):
    """OVMF with variables of its own."""
    copy = pathlib.Path(folder) / "vars.fd"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(OVMF_VARS, copy)
    return [
        "-machine", machine,
        "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF_CODE}",
        "-drive", f"if=pflash,format=raw,unit=1,file={copy}",
    ]
