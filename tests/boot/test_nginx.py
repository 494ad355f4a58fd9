"""examples/nginx.yml boots from every medium, answers over HTTP, and powers off quickly."""

import json
import re
import time
import urllib.request

import pytest

from machine import Machine, uefi_args

MEDIA = ["kernel+initrd", "cd-bios", "cd-uefi", "disk-bios", "disk-uefi", "raw-bios", "qcow2-uefi"]


def media_args(medium, images, folder):
    iso = images / "nginx.iso"
    uefi = uefi_args(folder, "pc" if medium == "cd-uefi" else "q35") if medium.endswith("uefi") else []
    if medium == "kernel+initrd":
        cmdline = (images / "nginx-cmdline").read_text().strip()
        return ["-kernel", images / "nginx-kernel", "-initrd", images / "nginx-initrd.img",
                "-append", cmdline]
    if medium.startswith("cd"):
        return [*uefi, "-cdrom", iso]
    if not medium.startswith("disk"):
        kind, file = ("raw", "nginx.img") if medium.startswith("raw") else ("qcow2", "nginx.qcow2")
        return [*uefi, "-drive", f"if=virtio,format={kind},readonly=on,file={images / file}"]
    return [*uefi, "-no-reboot", "-drive", f"if=virtio,format=raw,readonly=on,file={iso}"]


def get(port, timeout=60):
    deadline = time.monotonic() + timeout
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def end(m, medium):
    """The power button on a CD under BIOS, Ctrl-Alt-Del on a disk under BIOS, else the command."""
    if medium == "cd-bios":
        m.qmp("system_powerdown")
    elif medium == "disk-bios":
        m.qmp("send-key", keys=[{"type": "qcode", "data": k} for k in ("ctrl", "alt", "delete")])
    else:
        m.send("poweroff")


@pytest.mark.parametrize("medium", MEDIA)
def test_boots(medium, nginx, folder):
    here = folder / f"nginx-{medium}"
    with Machine(here, media_args(medium, nginx, here), ports=[80]) as m:
        m.expect(r"service nginx: running")
        status, body = get(m.ports[80])
        assert status == 200
        assert "nginx" in body

        # The boot log may come between the first prompt and us: ask for another.
        m.expect(r"services started")
        m.send("")
        m.expect(r"# $|\$ $")
        listing, code = m.run("svc ps --json")
        assert code == 0, listing
        services = {s["name"]: s for s in json.loads(listing[listing.index("["):])}
        for name in ("getty", "nginx"):
            assert services[name]["state"] == "running"
            assert services[name]["pid"] > 0
            assert services[name]["uptime_ms"] >= 0
        table, code = m.run("svc ps")
        assert code == 0
        assert re.search(r"^nginx\s.*running", table, re.M), table

        # Ctrl-C reaches what runs on the console, and the shell goes on.
        m.send("sleep 1000")
        time.sleep(0.5)
        m.serial.sendall(b"\x03")
        interrupted, code = m.run("echo status $?", timeout=60)
        assert "status 130" in interrupted

        started = time.monotonic()
        end(m, medium)
        m.wait_off()
        times = [float(t) for t in re.findall(r"^\[ *(\d+\.\d+)\]", m.text, re.M)]
        print(f"{medium}: off {time.monotonic() - started:.1f} s after the command")
        begin = re.search(r"\[ *(\d+\.\d+)\][^\n]*(power.?off|shut|reboot: asking)", m.text, re.I)
        assert begin, m.text[-2000:]
        assert times[-1] - float(begin.group(1)) < 3.0, "powering off takes under 3 s of guest time"
        assert ("reboot: now" if medium == "disk-bios" else "power off: now") in m.text
