#!/usr/bin/python3
"""Makes the seeds of the feeder `image`: one small image of each kind.   seeds_image.py FOLDER"""

import os
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

KEEP = 73728  # what is behind it holds nothing


def run(*words, **more):
    subprocess.run([str(w) for w in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def uki():
    parts = [(b".cmdline", b"quiet"), (b".linux", b"\0" * 0x202 + b"HdrS" + b"\0" * 20), (b".initrd", b"070701")]
    head = bytearray(b"MZ" + b"\0" * 0x3a + struct.pack("<I", 64) + b"PE\0\0" +
                     struct.pack("<HHIIIHH", 0x8664, len(parts), 0, 0, 0, 0, 0))
    at, body = 512, b""
    for name, data in parts:
        head += name.ljust(8, b"\0") + struct.pack("<IIIIIIHHI", len(data), at, len(data), at + len(body), 0, 0, 0, 0, 0)
        body += data
    return bytes(head).ljust(at, b"\0") + body


def main(out):
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp)
        files = tmp / "files"
        (files / "sbin").mkdir(parents=True)
        (files / "sbin/init").write_bytes(b"init")
        (files / "a long file name").write_bytes(b"x" * 600)
        os.symlink("sbin/init", files / "init")
        run("mksquashfs", files, tmp / "squashfs", "-all-root", "-all-time", "0", "-mkfs-time", "0", "-comp", "gzip")
        run("mkfs.vfat", "-C", tmp / "fat", "2200", "-F", "16", "-s", "1", "-i", "01020304")
        run("mcopy", "-i", tmp / "fat", files / "sbin/init", "::init")
        run("mcopy", "-i", tmp / "fat", files / "a long file name", "::")
        run("xorriso", "-as", "mkisofs", "-o", tmp / "iso", files)
        run("sh", "-c", "find . | sort | cpio -o -H newc --reproducible > ../cpio", cwd=files)
        with tarfile.open(tmp / "tar", "w") as tar:
            tar.add(files, arcname=".")
        run("gzip", "-kn", tmp / "cpio")
        with open(tmp / "gpt", "wb") as f:
            f.truncate(2 << 20)
        run("sfdisk", tmp / "gpt", input=b"label: gpt\nfirst-lba: 34\nstart=40, size=8, type=linux, name=root\n")
        with open(tmp / "gpt", "r+b") as f:
            f.seek(40 * 512)
            f.write((tmp / "squashfs").read_bytes())
        (tmp / "uki").write_bytes(uki())
        for name in ("squashfs", "fat", "iso", "cpio", "cpio.gz", "tar", "gpt", "uki"):
            (Path(out) / name).write_bytes((tmp / name).read_bytes()[:KEEP])


main(sys.argv[1])
