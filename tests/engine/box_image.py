"""The image that engines run in tests: busybox, as a docker-archive, the one form that all three load."""
import hashlib
import io
import json
import os
import tarfile

APPLETS = "sh echo cat sleep true false id ls kill ps hostname stat tty grep mkdir touch tail".split()


def add(tar, name, data=None, link=None):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size, entry.linkname = 0o755, len(data or b""), link or ""
    entry.type = tarfile.SYMTYPE if link else tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    tar.addfile(entry, io.BytesIO(data or b""))


def image(arch=None, busybox="/usr/bin/busybox"):
    """Of this machine's architecture, unless both are given."""
    out, inner = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as layer:
        for name in ("bin", "etc", "tmp", "proc", "dev", "sys", "root"):
            add(layer, name)
        add(layer, "bin/busybox", open(busybox, "rb").read())
        for applet in APPLETS:
            add(layer, "bin/" + applet, link="busybox")
        add(layer, "etc/passwd", b"root:x:0:0::/:/bin/sh\n")
    digest = hashlib.sha256(inner.getvalue()).hexdigest()
    arch = arch or {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    config = {"architecture": arch, "os": "linux", "config": {"Cmd": ["sh"], "Env": ["PATH=/bin"]},
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]}}
    manifest = [{"Config": "config.json", "RepoTags": ["docker.io/library/box:latest"], "Layers": ["layer.tar"]}]
    with tarfile.open(fileobj=out, mode="w") as archive:
        add(archive, "config.json", json.dumps(config).encode())
        add(archive, "layer.tar", inner.getvalue())
        add(archive, "manifest.json", json.dumps(manifest).encode())
    return out.getvalue()
