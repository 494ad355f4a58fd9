#!/usr/bin/python3
"""Writes the seeds of the feeders deb and elf: tests/fuzz/seeds_deb.py tests/fuzz/corpus"""
import io
import lzma
import struct
import sys
import tarfile
from pathlib import Path


def elf(interp=b"", needed=(), runpath=b"", machine=62):
    strings, dynamic = b"\0", b""
    for tag, text in [(1, n) for n in needed] + ([(29, runpath)] if runpath else []):
        dynamic += struct.pack("<QQ", tag, len(strings))
        strings += text + b"\0"
    count = 3 if interp else 2
    dyn_at = 64 + 56 * count
    str_at = dyn_at + len(dynamic) + 48
    dynamic += struct.pack("<QQQQQQ", 5, str_at, 10, len(strings), 0, 0)
    interp_at = str_at + len(strings)
    size = interp_at + len(interp) + 1
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, count, 64, 0, 0)

    def segment(kind, at, length):
        return struct.pack("<IIQQQQQQ", kind, 4, at, at, at, length, length, 1)

    head += segment(1, 0, size) + segment(2, dyn_at, len(dynamic))
    if interp:
        head += segment(3, interp_at, len(interp) + 1)
    return head + dynamic + strings + interp + b"\0"


def data(*entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, kind, more in entries:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.mtime = kind, 0o4755, 1000
            if kind == tarfile.REGTYPE:
                info.size = len(more)
                tar.addfile(info, io.BytesIO(more))
            else:
                info.linkname = more
                tar.addfile(info)
    return out.getvalue()


def deb(name, members):
    out = b"!<arch>\n"
    for member, text in [("debian-binary", b"2.0\n"), ("control.tar", b""), (name, members)]:
        out += f"{member:16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(text):<10}`\n".encode() + text
        out += b"\n" * (len(text) & 1)
    return out


def main(corpus):
    program = elf(b"/lib64/ld.so", [b"libx.so"], b"$ORIGIN/../lib:/opt")
    library = elf()
    arm = elf(needed=[b"libc.so.6"], machine=183)
    files = data(
        ("./", tarfile.DIRTYPE, ""),
        ("./bin/p", tarfile.REGTYPE, program),
        ("./lib64/ld.so", tarfile.REGTYPE, library),
        ("./usr/lib/libx.so.1", tarfile.REGTYPE, library),
        ("./usr/lib/libx.so", tarfile.SYMTYPE, "libx.so.1"),
        ("./usr/bin/q", tarfile.LNKTYPE, "./bin/p"),
        ("./etc/loop", tarfile.SYMTYPE, "../etc/loop/x"),
        ("./dev/null", tarfile.CHRTYPE, ""),
    )
    line = b"'http://m.example/p/ab_1%3a2_all.deb' ab_1%3a2_all.deb 12 SHA256:" + b"0a" * 32
    seeds = {
        "deb/plain": deb("data.tar", files),
        "deb/xz": deb("data.tar.xz", lzma.compress(files)),
        "deb/missing-library": deb("data.tar", data(("./p", tarfile.REGTYPE, program))),
        "deb/up": deb("data.tar", data(("./../x", tarfile.REGTYPE, b"x"))),
        "deb/cut": deb("data.tar", files)[:2000],
        "elf/program": program,
        "elf/library": library,
        "elf/arm64": arm,
        "elf/line": line,
    }
    for path, text in seeds.items():
        to = Path(corpus, path)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(text)


main(sys.argv[1])
