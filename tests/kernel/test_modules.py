"""A module from outside of the kernel's source, by a recipe, on a kernel that trusts one key: its own goes in; without a
signature, by another key, and with a changed byte it does not. Both are built here, which takes minutes."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/boot"), str(ROOT / "tests/formats")]
from initrd import archive  # noqa: E402
from start import microvm  # noqa: E402

SLIPWAY = ROOT / "build/bin/slipway"
GUEST = b"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc
/bin/busybox mount -t proc proc /proc
for name in plain other changed signed; do
	said=$(/bin/busybox insmod /$name.ko 2>&1)
	echo "RESULT $name $? $said"
done
echo "RESULT loaded $(/bin/busybox cut -d ' ' -f 1 /proc/modules)"
/bin/busybox poweroff -f
"""


def slipway(*words):
    return subprocess.run([SLIPWAY, *map(str, words)], check=True, capture_output=True, text=True).stdout


def module(folder, recipe, name):
    """hello.ko of an image that is built from a recipe."""
    text = (ROOT / "tests/kernel/recipes/hello/build.yml").read_text()
    here = folder / name
    shutil.copytree(ROOT / "tests/kernel/recipes/hello", here)
    (here / "build.yml").write_text(recipe(text).replace("test-module-hello", f"test-module-{name}"))
    ref = slipway("pkg", "build", here).split()[-1]
    slipway("image", "export", ref, folder / f"{name}.tar")
    with tarfile.open(folder / f"{name}.tar") as layout:
        for member in layout:
            data = layout.extractfile(member).read() if member.isreg() else b""
            if data[:4] != b"\x28\xb5\x2f\xfd" and data[:2] != b"\x1f\x8b":
                continue
            raw = subprocess.run(["zstd", "-dc"], input=data, check=True, capture_output=True).stdout
            (folder / "layer.tar").write_bytes(raw)
            with tarfile.open(folder / "layer.tar") as layer:
                return next(layer.extractfile(m).read() for m in layer if m.name.endswith("hello.ko"))
    raise AssertionError(f"no layer in {ref}")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modules")
    slipway("keys", folder / "keys")
    slipway("keys", folder / "others")
    shutil.copytree(ROOT / "kernel/slipway/fragments", folder / "fragments")
    shutil.copytree(ROOT / "tests/kernel/recipes/modular", folder / "modular")
    shutil.copy(folder / "keys/db.crt", folder / "modular/trust.pem")
    signed = module(folder, lambda text: text, "signed")
    plain = module(folder, lambda text: re.sub(r"  sign:.*\n", "", text), "plain")
    other = module(folder, lambda text: text.replace("../keys", "../others"), "other")
    assert signed[:len(plain)] == plain and signed.endswith(b"~Module signature appended~\n")
    changed = signed.replace(b"out of tree", b"OUT of tree")
    slipway("build", "-q", "-f", "kernel+initrd", "-o", folder, kernel_config(folder))
    (folder / "initrd").write_bytes(archive(
        {"init": GUEST, "bin/busybox": pathlib.Path("/usr/bin/busybox").read_bytes(), "signed.ko": signed,
         "plain.ko": plain, "other.ko": other, "changed.ko": changed}, {}))
    (folder / "machine.json").write_text(json.dumps({
        "boot-source": {"kernel_image_path": "n-kernel", "initrd_path": "initrd", "boot_args": "console=ttyS0"},
        "machine-config": {"mem_size_mib": 512}, "drives": [{"path_on_host": "initrd"}]}))
    with microvm(folder / "run", [folder / "n-kernel", folder / "machine.json"], "firecracker") as m:
        m.wait_off(600)
        text = m.text.replace("\r", "")
    return text, dict(re.findall(r"RESULT (\w+) (.*)$", text, re.M))


def kernel_config(folder):
    config = folder / "n.yml"
    config.write_text("slipway: 1\nkernel: {image: slipway/test-kernel-modular, cmdline: console=ttyS0}\n"
                      "init: [slipway/init, slipway/system-runtime]\n")
    return config


def test_its_own_goes_in(results):
    text, said = results
    assert said["signed"] == "0 ", text[-3000:]
    assert said["loaded"] == "hello" and "hello: out of tree" in text


@pytest.mark.parametrize("name", ["plain", "other", "changed"])
def test_others_do_not(name, results):
    text, said = results
    # 129: EKEYREJECTED
    assert said[name] == f"129 insmod: can't insert '/{name}.ko': Key was rejected by service", text[-3000:]


def test_built_on_what_the_kernel_left(results):
    """The image of headers and that of the build tree stand beside the kernel's, under its tag."""
    images = slipway("image", "ls")
    for name in ("test-kernel-modular-headers", "test-kernel-modular-dev"):
        assert f"slipway/{name}:latest" in images
