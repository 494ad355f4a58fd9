"""Looking into finished images: what comes out is what went in, and damaged images give a sentence."""

import json
import os
import random
import re
import shutil
import stat
import subprocess
import tarfile
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"
CONFIG = ROOT / "examples/nginx.yml"
IMAGES = ["os.iso", "os.tar", "os", "os-oci.tar"]
ROOTS = ["root-erofs.img", "root.iso"]  # of a kernel that stands beside them
DISKS = {"raw": "os.img", "raw-bios": "os-bios.img", "raw-efi": "os-efi.img", "qcow2": "os.qcow2", "openstack": "os-openstack.qcow2",
         "vmdk": "os.vmdk", "dynamic-vhd": "os.vhd", "azure": "os-azure.vhd"}
PAGE = "containers/services/nginx/rootfs/usr/share/nginx/html/index.html"


def slipway(*words, status=0, text=True, **more):
    done = subprocess.run([SLIPWAY, *map(str, words)], capture_output=True, text=text, timeout=300, **more)
    assert done.returncode == status, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    slipway("build", "-q", "-f", "iso,tar,kernel+initrd,oci,kernel+erofs", "-n", "os", "-o", folder, CONFIG)
    slipway("build", "-q", "-f", "kernel+iso", "-n", "root", "-o", folder, CONFIG)
    (folder / "os-erofs.img").rename(folder / "root-erofs.img")  # not a part of "os"
    return folder


@pytest.fixture(scope="module")
def tree():
    """What the builder says is in the root, but for /boot, which is not in a squashfs."""
    return {n["path"]: n for n in json.loads(slipway("tree", "--json", CONFIG))
            if n["path"].split("/")[0] != "boot"}


@pytest.mark.parametrize("image", [*IMAGES, *ROOTS])
def test_every_file_of_the_tree_is_there(built, tree, image):
    seen = {n["path"]: n for n in json.loads(slipway("ls", "-R", "--json", built / image))
            if n["path"].split("/")[0] != "boot"}
    assert seen.keys() == tree.keys()
    for path, node in tree.items():
        for key in ("type", "mode", "uid", "gid", "mtime", "size", "target"):
            assert seen[path].get(key) == node.get(key), f"{path}: {key}"


def test_contents_are_those_of_the_tar(built):
    with tarfile.open(built / "os.tar") as tar:
        files = [m for m in tar if m.isfile() and not m.name.startswith("boot/")]
        for m in random.Random(1).sample(files, 25) + [tar.getmember(PAGE)]:
            want = tar.extractfile(m).read()
            for image in IMAGES + ROOTS:
                assert slipway("cat", built / image, m.name, text=False) == want, (image, m.name)


def test_parts_of_an_iso_are_those_of_kernel_and_initrd(built, tmp_path):
    slipway("extract", built / "os.iso", "kernel:", tmp_path / "kernel")
    assert (tmp_path / "kernel").read_bytes() == (built / "os-kernel").read_bytes()
    words = slipway("cat", built / "os.iso", "cmdline:").split(" ", 1)
    assert words[0].startswith("roothash=") and words[1] == (built / "os-cmdline").read_text().strip()
    squash = slipway("cat", built / "os.iso", "root:", text=False)
    assert squash == slipway("cat", built / "os", "root:", text=False)
    assert squash[:4] == b"hsqs"


def test_disks_hold_the_same_root_and_kernel(built, tmp_path):
    slipway("build", "-q", "-f", ",".join(DISKS), "-n", "os", "-o", tmp_path, CONFIG)
    root = slipway("cat", built / "os.iso", "root:", text=False)
    kernel = (built / "os-kernel").read_bytes()
    want = slipway("ls", "-R", built / "os.iso")
    for image in DISKS.values():
        assert slipway("ls", "-R", tmp_path / image) == want, image
        assert root in slipway("cat", tmp_path / image, "image:", text=False), image
        assert slipway("cat", tmp_path / image, "kernel:", text=False) == kernel, image
        seen = json.loads(slipway("inspect", "--json", tmp_path / image))
        assert seen["arch"] == "amd64" and any(c["name"] == "nginx" for c in seen["containers"])
    raw = (tmp_path / "os.img").read_bytes()
    for image in ("os.qcow2", "os-openstack.qcow2", "os.vmdk", "os.vhd"):
        assert slipway("cat", tmp_path / image, "image:", text=False)[:len(raw)].rstrip(b"\0") == raw.rstrip(b"\0"), image
    assert slipway("diff", tmp_path / "os.img", tmp_path / "os.qcow2").endswith("nothing differs\n")


def test_extract_gives_the_folder_as_another_tool_does(built, tmp_path):
    (tmp_path / "root.squashfs").write_bytes(slipway("cat", built / "os.iso", "root:", text=False))
    subprocess.run(["unsquashfs", "-q", "-n", "-no-xattrs", "-d", tmp_path / "theirs", tmp_path / "root.squashfs",
                    "containers/services/nginx"], check=True, stdout=subprocess.DEVNULL)
    slipway("extract", built / "os.iso", "/containers/services/nginx", tmp_path / "ours")
    subprocess.run(["diff", "-r", "--no-dereference", tmp_path / "ours",
                    tmp_path / "theirs/containers/services/nginx"], check=True)
    program = (tmp_path / "ours/rootfs/usr/sbin/nginx").stat()
    assert stat.S_IMODE(program.st_mode) == 0o755


def test_extract_leaves_nothing_when_it_fails(built, tmp_path):
    (tmp_path / "here").write_text("mine")
    slipway("extract", built / "os.iso", "/containers", tmp_path / "here", status=3)
    assert (tmp_path / "here").read_text() == "mine"


def test_inspect_says_what_runs(built):
    for image in IMAGES:
        seen = json.loads(slipway("inspect", "--json", built / image))
        assert seen["arch"] == "amd64" and seen["kernel"].startswith("6.")
        verified = f'roothash={seen["roothash"]} ' if "roothash" in seen else ""
        assert seen["cmdline"] == verified + (built / "os-cmdline").read_text().strip()
        assert bool(verified) == any(p["kind"] == "verity" for p in seen["parts"])
        assert bool(verified) == ("hashes" in seen)
        nginx = next(c for c in seen["containers"] if c["name"] == "nginx")
        assert nginx["stage"] == "services" and nginx["command"].startswith("/usr/sbin/nginx")
        assert nginx["capabilities"] == ["CAP_NET_BIND_SERVICE"]
        assert nginx["seccomp"] and nginx["readOnly"] and nginx["noNewPrivileges"]
        assert {"dhcp", "sysctl"} <= {c["name"] for c in seen["containers"] if c["stage"] == "onboot"}
    text = slipway("inspect", built / "os.iso")
    assert "PARTUUID" in text and "NET_BIND_SERVICE" in text


def test_treemap_is_a_picture_of_all_of_it(built, tmp_path):
    slipway("inspect", "--treemap", tmp_path / "map.svg", built / "os.iso")
    svg = xml.parse(tmp_path / "map.svg").getroot()
    titles = [t.text for t in svg.iter("{http://www.w3.org/2000/svg}title")]
    assert any(t.startswith("containers/services/nginx,") for t in titles)
    width, height = float(svg.get("width")), float(svg.get("height"))
    for rect in svg.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (float(rect.get(k)) for k in ("x", "y", "width", "height"))
        assert 0 <= x and 0 <= y and x + w <= width + 1 and y + h <= height + 1
    # What is drawn at the top is what the image stores for files, to the rounding of the titles.
    top = [t.rsplit(", ", 1) for t in titles if t.rsplit(", ", 1)[0].count("/") == 2 and t.startswith("containers/")
           or "/" not in t.rsplit(", ", 1)[0]]
    drawn = sum(float(size.split()[0]) for _, size in top) * 1000
    root = next(p for p in json.loads(slipway("inspect", "--json", built / "os.iso"))["parts"] if p["name"] == "root")
    assert 0.9 * root["size"] < drawn <= root["size"]


def test_treemap_by_layer(built, tmp_path):
    slipway("tree", "--treemap", tmp_path / "map.svg", CONFIG)
    svg = xml.parse(tmp_path / "map.svg").getroot()
    titles = [t.text for t in svg.iter("{http://www.w3.org/2000/svg}title")]
    layers = {found[0] for t in titles if (found := re.search(r"/layer [0-9a-f]{12}(?=, )", t))}
    assert len(layers) >= 3, titles
    files = [t for t in titles if re.match(r"containers/services/nginx/rootfs/layer [0-9a-f]{12}/usr/sbin/nginx, ", t)]
    assert len(files) == 1, titles
    assert "root" not in titles and any(t.startswith("boot/kernel, ") for t in titles)


def test_diff_tells_what_changed(built, tmp_path):
    again = tmp_path / "os.yml"
    text = CONFIG.read_text()
    again.write_text(text + "files:\n  - path: etc/motd\n    contents: changed\n" if "\nfiles:" not in text
                     else text.replace("\nfiles:\n", "\nfiles:\n  - path: etc/motd\n    contents: changed\n"))
    slipway("build", "-q", "-f", "iso,tar", "-n", "os", "-o", tmp_path, again)
    changes = json.loads(slipway("diff", "--json", built / "os.iso", tmp_path / "os.iso", status=1))
    files = [c for c in changes if c["section"] == "file"]
    assert files == [{"change": "added", "section": "file", "name": "etc/motd", "after": "7 bytes"}]
    assert {"image", "root"} <= {c["name"] for c in changes if c["section"] == "part"}
    assert not [c for c in changes if c["section"] in ("package", "kernel")]
    line = next(c for c in changes if c["section"] == "root hash")
    assert len(line["before"]) == len(line["after"]) == 64 and line["before"] != line["after"]
    assert not [c for c in changes if c["section"] == "command line"]
    assert "+ file etc/motd: 7 bytes" in slipway("diff", built / "os.tar", tmp_path / "os.tar", status=1)
    assert slipway("diff", built / "os.iso", built / "os.iso").endswith("nothing differs\n")


def test_diff_knows_packages(built, tmp_path):
    """The bill of materials of one image names another version."""
    folder = tmp_path / "other"
    slipway("extract", built / "os.tar", "/", folder)
    sbom = folder / "usr/share/sbom/os.spdx.json"
    doc = json.loads(sbom.read_text())
    package = next(p for p in doc["packages"] if p["name"].startswith("libpcre2"))
    before, package["versionInfo"] = package["versionInfo"], "99"
    sbom.write_text(json.dumps(doc))
    with tarfile.open(tmp_path / "other.tar", "w") as tar:
        tar.add(folder, arcname=".")
    out = slipway("diff", built / "os.tar", tmp_path / "other.tar", status=1)
    assert f"~ package {package['name']}: {before} -> 99" in out


@pytest.mark.parametrize("image", ["os.iso", "os.tar", "os-initrd.img", *ROOTS])
def test_damaged_images_give_a_sentence(built, tmp_path, image):
    whole = (built / image).read_bytes()
    rng = random.Random(7)
    places = [0, 510, 512, 520, 584, 1024, 1152, 32768, len(whole) // 2]
    for n in range(60):
        bad = bytearray(whole[:rng.randrange(len(whole))] if n % 3 == 0 else whole)
        for _ in range(rng.randrange(1, 20)):
            if bad:
                at = min(len(bad) - 1, rng.choice(places) + rng.randrange(4096))
                bad[at] = rng.randrange(256)
        path = tmp_path / "bad"
        path.write_bytes(bad)
        for words in (["inspect", path], ["ls", "-R", path]):
            done = subprocess.run([SLIPWAY, *words], capture_output=True, text=True, errors="replace", timeout=120)
            assert done.returncode in (0, 1), (n, words, done.returncode, done.stderr)
            if done.returncode:
                assert done.stderr.startswith("slipway: error: "), done.stderr
    shutil.rmtree(tmp_path)


def verify(image, *words):
    return subprocess.run([SLIPWAY, "verify", *words, image, image.parent / "os.yml"], capture_output=True, text=True,
                          timeout=300)


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locked")
    shutil.copy(CONFIG, folder / "os.yml")
    slipway("lock", "-q", "os.yml", cwd=folder)
    slipway("build", "-q", "-f", "raw,tar,kernel+initrd,dynamic-vhd", "-n", "os", "-o", ".", "os.yml", cwd=folder)
    return folder


@pytest.mark.parametrize("name,kind", [("os.img", "raw"), ("os.tar", "tar"), ("os", "kernel+initrd"),
                                       ("os.vhd", "dynamic-vhd")])
def test_verify_says_identical(locked, name, kind):
    done = verify(locked / name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"its lock make as {kind}\n")


def test_verify_names_the_file_that_differs(locked, tmp_path):
    for name in ("os.yml", "os.lock", "os.tar"):
        shutil.copy(locked / name, tmp_path)
    with tarfile.open(tmp_path / "os.tar") as tar:
        at = tar.getmember(PAGE).offset_data + 7
    with open(tmp_path / "os.tar", "r+b") as tar:
        tar.seek(at)
        tar.write(b"\xff")
    done = verify(tmp_path / "os.tar")
    assert done.returncode == 4
    assert f"first at byte {at};" in done.stderr
    assert f'the file "/{PAGE}" at byte 7\n' in done.stderr
    said = json.loads(verify(tmp_path / "os.tar", "--json").stdout)
    assert (said["identical"], said["byte"], said["path"], said["pathByte"]) == (False, at, f"/{PAGE}", 7)


def test_verify_names_the_part_that_differs(locked, tmp_path):
    for name in ("os.yml", "os.lock", "os.img"):
        shutil.copy(locked / name, tmp_path)
    table = json.loads(subprocess.run(["sfdisk", "--json", tmp_path / "os.img"], capture_output=True, check=True).stdout)
    root = next(p for p in table["partitiontable"]["partitions"] if p["name"] == "root-a")
    with open(tmp_path / "os.img", "r+b") as disk:  # in the compressed content of a file
        disk.seek(root["start"] * 512 + 1000)
        old = disk.read(1)
        disk.seek(-1, os.SEEK_CUR)
        disk.write(bytes([old[0] ^ 1]))
    done = verify(tmp_path / "os.img")
    assert done.returncode == 4
    assert 'in the part "root-a" at byte 1000: the file "/' in done.stderr or \
        'in the part "root" at byte 1000: the file "/' in done.stderr
