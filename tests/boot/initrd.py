"""Initrds of guests that are made for one test."""
import lzma
import pathlib
import re


def entry(name, mode, data=b""):
    """One file of a cpio archive (newc)."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def module(initrd, name):
    """A module of an image's initrd, unpacked."""
    data = initrd.read_bytes()
    found = re.search(rb"070701[0-9A-F]{104}lib/modules/[^\0]*/" + name.encode() + rb"\.ko\.xz\0", data)
    size, at = int(data[found.start() + 54:found.start() + 62], 16), found.end() + (-(found.end() - found.start()) % 4)
    return lzma.decompress(data[at:at + size])


def archive(files, links):
    """Files with their bytes and links with their targets, by name; folders come by themselves."""
    out, made = b"", set()
    for name, data in files.items():
        for parent in reversed(pathlib.PurePosixPath(name).parents):
            if str(parent) not in made | {"."}:
                made.add(str(parent))
                out += entry(str(parent), 0o040755)
        out += entry(name, 0o100755, data)
    for name, target in links.items():
        out += entry(name, 0o120777, target.encode())
    return out + entry("TRAILER!!!", 0)
