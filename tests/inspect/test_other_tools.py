"""Looking into images that other programs wrote."""

import json
import os
import shutil
import subprocess
import tarfile

from test_inspect import slipway


def rock_ridge(tmp_path, files):
    """An ISO's POSIX names, modes, owners, times and links, also those that go on in another sector."""
    iso, long, deep = tmp_path / "rock.iso", "n" * 250, files / "/".join("abcdefghij")
    deep.mkdir(parents=True)
    (deep / "below").write_text("deep\n")
    os.symlink("/".join(["far"] * 150), files / long)
    os.chmod(files / "sbin/init", 0o4751)
    os.utime(files / "sbin/init", (1_000_000_000, 1_000_000_000))
    subprocess.run(["xorriso", "-as", "mkisofs", "-R", "-quiet", "-o", iso, files], check=True, stderr=subprocess.DEVNULL)
    seen = {n["path"]: n for n in json.loads(slipway("ls", "-R", "--json", iso, "image:/"))}
    folders = {"/".join("abcdefghij"[:n]) for n in range(1, 11)}
    assert seen.keys() == {"sbin", "sbin/init", "A rather long name.txt", "init", long, *folders, "a/b/c/d/e/f/g/h/i/j/below"}
    assert slipway("cat", iso, "image:/a/b/c/d/e/f/g/h/i/j/below") == "deep\n"
    assert seen[long]["target"] == "/".join(["far"] * 150) and seen["init"]["target"] == "sbin/init"
    init = seen["sbin/init"]
    assert (init["mode"], init["uid"], init["mtime"]) == (0o4751, os.getuid(), 1_000_000_000)
    assert slipway("cat", iso, "/init", text=False) == (files / "sbin/init").read_bytes()
    os.remove(files / long)
    shutil.rmtree(files / "a")


def test_images_of_other_tools(tmp_path):
    """A FAT with long names and a file in pieces, a gzip squashfs in a GPT, an ISO, a compressed tar."""
    files = tmp_path / "files"
    (files / "sbin").mkdir(parents=True)
    (files / "sbin/init").write_bytes(os.urandom(300_000))
    (files / "A rather long name.txt").write_text("long\n")
    os.symlink("sbin/init", files / "init")
    fat = tmp_path / "esp.fat"
    subprocess.run(["mkfs.vfat", "-C", fat, "65536", "-F", "32"], check=True, stdout=subprocess.DEVNULL)
    for name, source in (("one", "sbin/init"), ("two", "sbin/init")):
        subprocess.run(["mcopy", "-i", fat, files / source, f"::{name}"], check=True)
    subprocess.run(["mdel", "-i", fat, "::one"], check=True)  # leaves a hole that the next file fills and leaps over
    (tmp_path / "large").write_bytes(os.urandom(700_001))
    subprocess.run(["mcopy", "-i", fat, tmp_path / "large", "::A file in two pieces"], check=True)
    assert slipway("cat", fat, "image:A file in two pieces", text=False) == (tmp_path / "large").read_bytes()
    assert slipway("cat", fat, "image:TWO", text=False) == (files / "sbin/init").read_bytes()

    squash = tmp_path / "root.squashfs"
    subprocess.run(["mksquashfs", files, squash, "-quiet", "-no-progress", "-comp", "gzip"], check=True,
                   stdout=subprocess.DEVNULL)
    disk = tmp_path / "disk.img"
    with open(disk, "wb") as f:
        f.truncate(8 << 20)
    subprocess.run(["sfdisk", "-q", disk], input="label: gpt\nstart=2048, size=8192, type=linux, name=\"system\"\n",
                   text=True, check=True)
    with open(disk, "r+b") as f:
        f.seek(2048 * 512)
        f.write(squash.read_bytes())
    assert slipway("cat", disk, "/init", text=False) == (files / "sbin/init").read_bytes()
    assert "system" in slipway("inspect", disk)

    iso = tmp_path / "cd.iso"
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-o", iso, files], check=True, stderr=subprocess.DEVNULL)
    assert slipway("cat", iso, "image:/sbin/init", text=False) == (files / "sbin/init").read_bytes()
    rock_ridge(tmp_path, files)
    with tarfile.open(tmp_path / "os.tar.gz", "w:gz") as tar:
        tar.add(files, arcname=".")
    assert slipway("cat", tmp_path / "os.tar.gz", "/A rather long name.txt") == "long\n"
    listing = slipway("ls", tmp_path / "os.tar.gz")
    assert "init -> sbin/init" in listing
