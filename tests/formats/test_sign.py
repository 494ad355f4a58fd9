"""sign: as other programs see it: sbverify, openssl, a token, and who reads the private key where it should not be."""

import base64
import json
import os
import shutil
import stat
import subprocess

import pytest
from judge import ROOT, SLIPWAY, run

FORMATS = "uki,raw-efi,iso-efi,kernel+initrd"
PROGRAM = """#!/usr/bin/python3
import base64, subprocess, sys
words = ["openssl", "pkeyutl", "-sign", "-inkey", sys.argv[1], "-pkeyopt", "digest:sha256"]
done = subprocess.run(words, input=bytes.fromhex(sys.stdin.read()), check=True, capture_output=True)
print(base64.encodebytes(done.stdout).decode())
"""


def config(folder, name, how):
    path = folder / f"{name}.yml"
    path.write_text(f"slipway: 1\ninclude: [{ROOT}/examples/minimal.yml]\nsign:\n  certificate: keys/db.crt\n  {how}\n")
    return path


def build(folder, name, how, formats=FORMATS, **env):
    out = folder / name
    out.mkdir()
    subprocess.run([SLIPWAY, "build", "-q", "-n", "os", "-f", formats, "-o", out, config(folder, name, how)], check=True,
                   timeout=300, env={**os.environ, **env})
    return out


def same(a, b):
    names = sorted(p.name for p in a.iterdir())
    assert names == sorted(p.name for p in b.iterdir())
    for name in names:
        run("cmp", a / name, b / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sign")
    run(SLIPWAY, "keys", "-q", path / "keys")
    return path


@pytest.fixture(scope="module")
def signed(folder):
    return build(folder, "signed", "key: keys/db.key")


def test_keys_are_their_owners_alone_and_stay(folder):
    keys = folder / "keys"
    private = {name: (keys / f"{name}.key").read_bytes() for name in ("PK", "KEK", "db")}
    assert all(stat.S_IMODE((keys / f"{name}.key").stat().st_mode) == 0o600 for name in private)
    (keys / "db.auth").unlink()
    run(SLIPWAY, "keys", "-q", keys)
    assert private == {name: (keys / f"{name}.key").read_bytes() for name in private}
    assert (keys / "db.auth").exists()
    for name in private:
        run("openssl", "verify", "-check_ss_sig", "-CAfile", keys / f"{name}.crt", keys / f"{name}.crt")


def refused(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, timeout=60, check=False).returncode != 0


def test_programs_of_uefi_are_signed(folder, signed):
    db, other = folder / "keys/db.crt", folder / "keys/KEK.crt"
    for image in "os-efi.img", "os-efi.iso":
        esp = folder / "esp"
        run(SLIPWAY, "extract", signed / image, "esp:", esp)
        names = ["EFI/BOOT/BOOTX64.EFI"] + (["EFI/Linux/slipway-a.efi"] if image.endswith(".img") else [])
        for name in names:
            run("mcopy", "-n", "-o", "-i", esp, f"::{name}", folder / "part.efi")
            assert "Signature verification OK" in run("sbverify", "--cert", db, folder / "part.efi")
            assert refused("sbverify", "--cert", other, folder / "part.efi")
    assert "Signature verification OK" in run("sbverify", "--cert", db, signed / "os.efi")
    changed = folder / "changed.efi"
    for at in 0x1000, 100_000, -5_000_000:  # the stub, the kernel, the initrd
        shutil.copy(signed / "os.efi", changed)
        with changed.open("r+b") as f:
            f.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
            byte = f.read(1)[0]
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte ^ 1]))
        assert refused("sbverify", "--cert", db, changed), at


def test_each_output_has_a_signature_beside_it(folder, signed):
    outputs = [p for p in signed.iterdir() if p.suffix not in (".p7s", ".json")]
    assert {"os.efi", "os-efi.img", "os-efi.iso", "os-kernel", "os-initrd.img", "os.roothash"} <= {p.name for p in outputs}
    for path in outputs:
        words = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", f"{path}.p7s", "-purpose", "any",
                 "-out", "/dev/null"]
        run(*words, "-content", path, "-CAfile", folder / "keys/db.crt")
        assert refused(*words, "-content", path, "-CAfile", folder / "keys/KEK.crt")
        assert refused(*words, "-content", __file__, "-CAfile", folder / "keys/db.crt")
    assert len((signed / "os.roothash").read_text()) == 64


def test_measurements_are_told_unasked(folder, signed):
    """With the lists beside the certificate, or with Secure Boot off."""
    assert {p.name for p in signed.glob("*.json")} == {f"{name}.pcrs.json" for name in ("os.efi", "os-efi.img", "os-efi.iso")}
    for image in signed / "os.efi", signed / "os-efi.img":
        told = json.loads(image.with_name(f"{image.name}.pcrs.json").read_text())
        assert told["secureBoot"] and sorted(told["pcrs"], key=int) == ["4", "7", "9", "11"]
        assert told == json.loads(run(SLIPWAY, "inspect", "--pcrs", "--secure-boot", folder / "keys", image))
    alone = folder / "alone"
    (alone / "keys").mkdir(parents=True)
    for name in "db.crt", "db.key":
        shutil.copy(folder / "keys" / name, alone / "keys")
    told = json.loads((build(alone, "out", "key: keys/db.key", "uki") / "os.efi.pcrs.json").read_text())
    assert not told["secureBoot"] and sorted(told["pcrs"], key=int) == ["4", "9", "11"]


def test_every_file_that_was_written_is_said(folder):
    out = folder / "said"
    done = subprocess.run([SLIPWAY, "build", "-q", "--json", "-n", "os", "-f", FORMATS, "-o", out,
                           config(folder, "said", "key: keys/db.key")], check=True, timeout=300, capture_output=True)
    said = json.loads(done.stdout)["outputs"]
    assert sorted(said) == sorted(str(p) for p in out.iterdir())
    assert [p for p in said if p.endswith(".pcrs.json")]


def test_no_output_holds_the_private_key(folder, signed):
    pem = (folder / "keys/db.key").read_text().split("-----")[2]
    der = base64.b64decode(pem)
    for path in signed.iterdir():
        data = path.read_bytes()
        assert der[300:316] not in data and pem.split()[5].encode() not in data, path


def test_the_image_is_verified_and_looked_into_without_the_key(folder, signed):
    """By the certificate alone; a changed bit is found in the program and in its signature."""
    here = folder / "public"
    (here / "keys").mkdir(parents=True)
    shutil.copy(folder / "keys/db.crt", here / "keys")
    os_yml = config(here, "os", "key: keys/db.key")
    run(SLIPWAY, "lock", "-q", os_yml)
    for image in "os-efi.img", "os.efi":
        assert "identical" in run(SLIPWAY, "verify", signed / image, os_yml)
        assert all(s["holds"] and s["signer"] == "CN=Slipway db"
                   for s in json.loads(run(SLIPWAY, "inspect", "--json", signed / image))["signatures"])
    data = (signed / "os.efi").read_bytes()
    table = len(data) - 1500
    for at in 100_000, data.index(b"Slipway db", table) + 300:
        (here / "os.efi").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        done = subprocess.run([SLIPWAY, "verify", here / "os.efi", os_yml], capture_output=True, text=True, timeout=300,
                              check=False)
        assert done.returncode == 4, done.stdout + done.stderr
        assert "bad signature" in run(SLIPWAY, "inspect", here / "os.efi")


def test_a_machine_is_tried_without_the_key(folder):
    """Without Secure Boot nobody looks at signatures: what is missing here is QEMU alone."""
    os_yml = config(folder, "try", "key: no/such.key")
    done = subprocess.run([SLIPWAY, "run", "--accel", "tcg", os_yml], capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PATH": "/nowhere"}, check=False)
    assert done.returncode == 3 and "qemu-system-x86_64" in done.stderr, done.stderr


def test_a_program_and_a_token_give_the_same_bytes(folder, signed):
    """And so the same build twice does."""
    script = folder / "sign-it"
    script.write_text(PROGRAM)
    script.chmod(0o755)
    same(signed, build(folder, "program", f"command: [{script}, {folder}/keys/db.key]"))
    tokens = folder / "tokens"
    tokens.mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    env = {"SOFTHSM2_CONF": str(settings)}
    pin = folder / "pin"
    pin.write_text("4711")
    for words in (["--init-token", "--free", "--label", "release", "--pin", "4711", "--so-pin", "4712"],
                  ["--import", folder / "keys/db.key", "--token", "release", "--label", "db", "--id", "01", "--pin", "4711"]):
        subprocess.run(["softhsm2-util", *map(str, words)], env={**os.environ, **env}, check=True, timeout=60,
                       capture_output=True)
    module = "/usr/lib/softhsm/libsofthsm2.so"
    same(signed, build(folder, "token", f'key: "pkcs11:token=release;object=db?pin-source=file:{pin}"',
                       PKCS11_MODULE_PATH=module, **env))
