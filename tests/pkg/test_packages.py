"""Packages: the same bytes everywhere, nothing fetched twice, and nothing believed that is not checked."""

import hashlib
import io
import json
import os
import re
import shutil
import ssl
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STORE = Path(os.environ.get("SLIPWAY_STORE", ROOT / "build/store"))
NO_NETWORK = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}


def slipway(store, *words, user=None, more=None, umask=0o022, root=ROOT, **options):
    env = {"PATH": "/usr/bin:/bin", "HOME": str(store.parent), "SLIPWAY_STORE": str(store)}
    ids = {"user": user, "group": user, "extra_groups": []} if user else {}
    return subprocess.run([str(w) for w in (root / "build/bin/slipway", *words)], env=env | (more or {}), umask=umask,
                          capture_output=True, text=True, timeout=900, check=False,
                          stdin=subprocess.DEVNULL, **ids, **options)


def build(store, folder, *words, **options):
    programs = options.get("root", ROOT) / "build/bin"
    done = slipway(store, "pkg", "build", "--programs", programs, *words, folder, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


class Image:
    """What a store holds under a name, read without slipway."""

    def __init__(self, store, name, arch=None):
        self.store = store
        index = json.loads((store / "index.json").read_text())
        key = "org.opencontainers.image.ref.name"
        found = [m for m in index["manifests"] if m["annotations"][key] == name]
        assert len(found) == 1, f"{name}: {len(found)} entries"
        self.index = json.loads(self.blob(found[0]["digest"]))
        self.top = found[0]["digest"]
        arch = arch or {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
        self.digest, = (m["digest"] for m in self.index["manifests"] if m["platform"]["architecture"] == arch)
        self.manifest = json.loads(self.blob(self.digest))
        self.config = json.loads(self.blob(self.manifest["config"]["digest"]))
        self.labels = self.config["config"].get("Labels", {})

    def blob(self, digest):
        data = (self.store / "blobs" / digest.replace(":", "/")).read_bytes()
        assert "sha256:" + hashlib.sha256(data).hexdigest() == digest
        return data

    def layer(self, number):
        packed = self.blob(self.manifest["layers"][number]["digest"])
        plain = subprocess.run(["zstd", "-dc"], input=packed, capture_output=True, check=True).stdout
        want = self.config["rootfs"]["diff_ids"][number]
        assert "sha256:" + hashlib.sha256(plain).hexdigest() == want
        return tarfile.open(fileobj=io.BytesIO(plain))

    def elves(self):
        """(name, machine) of every ELF file."""
        for number in range(len(self.manifest["layers"])):
            layer = self.layer(number)
            for entry in layer:
                head = layer.extractfile(entry).read(20) if entry.isfile() else b""
                if head[:4] == b"\x7fELF":
                    yield entry.name, int.from_bytes(head[18:20], "little")


def fresh(path, user=None):
    """An empty store that knows what was fetched, so that tests do not fetch it again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert slipway(path, "image", "ls").returncode == 0
    for known in ("debs", "apt"):
        if (STORE / known).exists():
            shutil.copytree(STORE / known, path / known, symlinks=True, dirs_exist_ok=True)
    if user:
        for folder, _, files in os.walk(path.parent):
            os.chown(folder, user, user)
            for name in files:
                os.chown(os.path.join(folder, name), user, user)
    return path


def other_user():
    return 65534 if os.geteuid() == 0 else None


@pytest.fixture(name="home")
def home_fixture(tmp_path):
    # Below a folder that other users may enter.
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == tmp_path.owner() and folder != Path("/tmp") and folder != Path("/"):
            folder.chmod(0o755)
    return tmp_path


def depth(folder):
    """How many packages it stands on: those are built first."""
    base = [line.split(":")[1].strip() for line in (ROOT / folder / "build.yml").read_text().splitlines() if line.startswith("base:")]
    return 1 + depth(folder.parent / base[0]) if base else 0


# What `make packages` has built: not Debian's large kernel, nor the packages of container hosts.
HOSTS = re.search(r"^host-packages := (.*)$", (ROOT / "packages/part.mk").read_text(), re.M).group(1).split()
FOLDERS = sorted((p.parent.relative_to(ROOT) for p in (*ROOT.glob("packages/*/build.yml"), ROOT / "kernel/debian-cloud/build.yml")
                  if p.parent.name not in HOSTS),
                 key=lambda folder: (depth(folder), folder))
BOTH = ("--arch", "amd64,arm64")


def image_name(folder):
    return next(line.split(":")[1].strip() for line in (ROOT / folder / "build.yml").read_text().splitlines()
                if line.startswith("image:"))


def test_same_bytes(home):
    """Every package built again by nobody, elsewhere, with another umask, time zone and locale."""
    store = fresh(home / "much/deeper/store", other_user())
    odd = {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}
    # The checkout may lie where nobody else can look.
    copy = home / "checkout"
    for part in ("build/bin", "packages", "kernel"):
        shutil.copytree(ROOT / part, copy / part)
    done = slipway(store, "pkg", "build", *BOTH, "--programs", copy / "build/bin",
                   *(copy / f for f in FOLDERS), user=other_user(), umask=0o077, more=odd, cwd="/", root=copy)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == len(FOLDERS)
    for ref in done.stdout.split():
        assert Image(store, ref).top == Image(STORE, ref).top, ref


@pytest.mark.parametrize("arch,machine", [("amd64", 62), ("arm64", 183)])
def test_programs_are_for_the_machine(arch, machine):
    """Every ELF file of every package, but the kernel, which is none."""
    found = 0
    for folder in FOLDERS:
        for name, is_for in Image(STORE, f"slipway/{image_name(folder)}:latest", arch).elves():
            assert is_for == machine, f"{folder}: {name}"
            found += 1
    assert found > 20


def test_one_name_for_all_machines(home):
    """A name is a hash of the folder, not of where, when or for what it was built."""
    names = {slipway(home / "s", "pkg", "show-tag", "--arch", arch, "--programs", ROOT / "build/bin",
                     *(ROOT / f for f in FOLDERS)).stdout for arch in ("amd64", "arm64", "arm64,amd64")}
    assert len(names) == 1
    for ref in names.pop().split():
        images = [m for m in Image(STORE, ref).index["manifests"] if "artifactType" not in m]
        assert [m["platform"]["architecture"] for m in images] == ["amd64", "arm64"]


def test_built_once_and_never_asked_again(home):
    store = fresh(home / "store")
    ref, said = build(store, ROOT / "packages/nginx")
    assert "writing" in said
    again, said = build(store, ROOT / "packages/nginx", more=NO_NETWORK)
    assert again == ref
    assert "writing" not in said and "asking" not in said


def test_certificates_are_one_file():
    """What `join` makes of Debian's certificates: all of them, and each once."""
    with Image(STORE, "slipway/ca-certificates:latest").layer(0) as layer:
        names = layer.getnames()
        bundle = layer.extractfile("etc/ssl/certs/ca-certificates.crt").read().decode("ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=bundle)
    assert len(context.get_ca_certs()) == bundle.count("-----BEGIN CERTIFICATE-----\n") > 100
    assert not [name for name in names if name.startswith("usr/share/ca-certificates")]


def test_cached_packages_serve_without_network(home):
    store = fresh(home / "store")
    build(store, ROOT / "packages/nginx")
    _, said = build(store, ROOT / "packages/nginx", "--force", more=NO_NETWORK)
    assert "writing" in said


def test_tampered_package_is_refused(home):
    store = fresh(home / "store")
    build(store, ROOT / "packages/nginx")
    before = (store / "index.json").read_bytes()
    for deb in (f for f in (store / "debs").rglob("*") if f.is_file()):
        data = bytearray(deb.read_bytes())
        data[len(data) // 2] ^= 1
        deb.chmod(0o644)
        deb.write_bytes(data)
    done = slipway(store, "pkg", "build", "--force", ROOT / "packages/nginx")
    assert done.returncode == 4, done.stderr
    assert "hint:" in done.stderr
    assert (store / "index.json").read_bytes() == before


def test_unknown_package_is_named_where_it_stands(home):
    store = fresh(home / "store")
    folder = home / "bad"
    folder.mkdir()
    (folder / "build.yml").write_text(
        "image: bad\ndebian:\n  suite: trixie\n  packages: [nginx, no-such-thing]\n")
    done = slipway(store, "pkg", "build", "bad", cwd=home)
    assert done.returncode == 1, done.stderr
    assert "bad/build.yml:4:21: error:" in done.stderr
    assert '"no-such-thing"' in done.stderr
    assert "hint:" in done.stderr


def test_unknown_file_is_named_where_it_stands(home):
    store = fresh(home / "store")
    folder = home / "bad"
    folder.mkdir()
    (folder / "build.yml").write_text("image: bad\ndebian:\n  suite: trixie\n  packages: [nginx]\n"
                                      "  files:\n    - usr/sbin/nginx\n    - usr/bin/nope\n")
    done = slipway(store, "pkg", "build", "bad", cwd=home)
    assert done.returncode == 1, done.stderr
    assert "bad/build.yml:7:7: error:" in done.stderr


def test_nginx_holds_what_it_runs_and_no_more():
    image = Image(STORE, "slipway/nginx:latest")
    files = {m.name: m for m in image.layer(0)}
    assert "usr/sbin/nginx" in files
    assert "usr/lib/x86_64-linux-gnu/libc.so.6" in files or os.uname().machine != "x86_64"
    assert "usr/share/doc/nginx/copyright" in files
    assert not any(n.startswith(("usr/share/man", "var/lib/dpkg", "usr/share/locale")) for n in files)
    assert sum(m.size for m in files.values()) < 16 << 20
    origins = image.labels["io.slipway.debian"].split("\n")
    assert origins == sorted(origins)
    for line in origins:
        name, version, arch, digest = line.split(" ")
        assert name and version and arch in ("amd64", "arm64", "all")
        assert digest.startswith("sha256:") and len(digest) == 71
    assert {"nginx", "libc6"} <= {line.split(" ")[0] for line in origins}


def test_base_keeps_its_folders():
    """What a package puts into a folder of its base does not open that folder."""
    image = Image(STORE, "slipway/sshd:latest")
    assert len(image.manifest["layers"]) == 2
    base, own = ({m.name: m for m in image.layer(i)} for i in (0, 1))
    for name in set(base) & set(own):
        if base[name].isdir():
            assert own[name].isdir() and own[name].mode == base[name].mode, name
    assert own["root"].mode == 0o700


def test_what_is_bound_is_there(home):
    """On the root of a machine with every package that binds something: in it, or made before the container is."""
    # `disk` comes with the config's `disk:`, which makes its folder.
    names = [image_name(f) for f in FOLDERS if f.name != "disk" and "\n  binds:" in (ROOT / f / "build.yml").read_text()]
    config = "slipway: 1\nkernel: {image: slipway/kernel-debian-cloud}\ninit: [slipway/init, slipway/system-runtime]\nonboot:\n"
    (home / "os.yml").write_text(config + "".join(f"  - {{name: {name}, image: slipway/{name}}}\n" for name in names))
    done = slipway(STORE, "build", "-f", "tar", "-o", home, home / "os.yml", more={"SLIPWAY_OFFLINE": "1"})
    assert done.returncode == 0, done.stderr
    with tarfile.open(home / "os.tar") as tar:
        there = {"/"} | {"/" + m.name.strip("./") for m in tar}
        read = lambda path: json.load(tar.extractfile(path))
        for number, name in enumerate(names):
            bundle = f"containers/onboot/{number:03}-{name}/"
            made = {"/" + p.strip("/") for p in read(bundle + "runtime.json").get("mkdir") or []}
            bound = {m["source"] for m in read(bundle + "config.json")["mounts"] if "bind" in (m.get("options") or []) or m["type"] == "bind"}
            absent = {b for b in bound if b.split("/")[1] not in ("dev", "proc", "sys", "run", "tmp")} - there - made
            assert not absent, f"{name} binds {absent}"


def test_kernel_has_its_modules():
    image = Image(STORE, "slipway/kernel-debian-cloud:latest")
    layer = image.layer(0)
    assert {"kernel", "kernel.tar"} <= set(layer.getnames())
    version = image.labels["io.slipway.kernel.version"]
    tar = tarfile.open(fileobj=layer.extractfile("kernel.tar"))
    top = f"lib/modules/{version}/"
    names = tar.getnames()
    assert all(n in ("lib", "lib/modules", top[:-1]) or n.startswith(top) for n in names)
    assert not [n for n in names if n.endswith(".bin")]
    read = lambda name: tar.extractfile(top + name).read().decode()
    paths = [line.split(":")[0] for line in read("modules.dep").splitlines()]
    assert all(top + p in names for p in paths)
    known = {p.split("/")[-1].split(".")[0].replace("-", "_")
             for p in paths + read("modules.builtin").splitlines()}
    for which in ("boot", "default"):
        wanted = image.labels[f"io.slipway.kernel.modules.{which}"].split(",")
        assert wanted and set(wanted) <= known
