"""verify: an image is used when it is signed by the key that the config names, and not otherwise."""

import base64
import hashlib
import json
import os
import shutil

import pytest

from conftest import ROOT, Registry, Slipway, good

CONFIG = """\
arch: amd64
verify:
  - {{images: ["{host}/*"], key: {key}}}
onboot:
  - {{name: app, image: "{name}:1"}}
"""
PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
NOTE = "dev.cosignproject.cosign/signature"


class World:
    """A registry with an image, keys, and a builder whose store is empty."""

    def __init__(self, top):
        self.top = top
        self.registry = Registry(top / "registry")
        self.name = self.registry.name("team/app")
        self.publisher = Slipway(top / "publisher")
        good(ROOT / "tests/cases/make-store", self.publisher.store)
        self.publisher("image", "push", "test/web:1", f"{self.name}:1")
        self.digest = self.publisher.names()["docker.io/test/web:1"]
        self.builder = Slipway(top / "builder")
        self.builder.top.mkdir()
        self.config("key.pub")
        for name, words in ("key", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")), ("ed", ("-algorithm", "ED25519")):
            good("openssl", "genpkey", *words, "-out", top / f"{name}.pem")
            good("openssl", "pkey", "-in", top / f"{name}.pem", "-pubout", "-out", self.builder.top / f"{name}.pub")

    def config(self, key):
        self.file = self.builder.top / "os.yml"
        self.file.write_text(CONFIG.format(host=self.registry.host, name=self.name, key=key))

    def payload(self, digest=None, kind="cosign container image signature"):
        return json.dumps({"critical": {"identity": {"docker-reference": self.name},
                                        "image": {"docker-manifest-digest": digest or self.digest}, "type": kind},
                           "optional": None}).encode()

    def signed(self, payload, key="key"):
        path, out = self.top / "payload", self.top / "signature"
        path.write_bytes(payload)
        if key == "ed":
            good("openssl", "pkeyutl", "-sign", "-rawin", "-in", path, "-inkey", self.top / "ed.pem", "-out", out)
        else:
            good("openssl", "dgst", "-sha256", "-sign", self.top / "key.pem", "-out", out, path)
        return base64.b64encode(out.read_bytes()).decode()

    def attach(self, *signatures, kind=PAYLOAD):
        """Puts (payload, signature) pairs where cosign does."""
        folder = self.top / "signatures"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "blobs/sha256").mkdir(parents=True)

        def blob(data):
            name = hashlib.sha256(data).hexdigest()
            (folder / "blobs/sha256" / name).write_bytes(data)
            return {"digest": f"sha256:{name}", "size": len(data)}

        layers = [{"mediaType": kind, **blob(p), "annotations": {NOTE: s}} for p, s in signatures]
        config = json.dumps({"architecture": "", "os": "", "rootfs": {"type": "layers", "diff_ids": [l["digest"] for l in layers]}})
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": layers,
                    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **blob(config.encode())}}
        root = {"mediaType": manifest["mediaType"], **blob(json.dumps(manifest).encode())}
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [root]}))
        tag = self.digest.replace(":", "-") + ".sig"
        self.publisher("image", "import", "--name", f"local/app:{tag}", folder)
        self.publisher("image", "push", f"local/app:{tag}", f"{self.name}:{tag}")

    def build(self, *words):
        return self.builder("build", "-f", "tar", "-o", self.builder.top, *words, self.file)

    def refused(self, *words, status=4):
        assert not (self.builder.top / "os.tar").exists()
        err = self.builder.fails(status, "build", "-f", "tar", "-o", self.builder.top, *words, self.file)
        assert not (self.builder.top / "os.tar").exists()
        return err


@pytest.fixture
def world(tmp_path):
    w = World(tmp_path)
    yield w
    if w.registry.process.poll() is None:
        w.registry.stop()


def test_cosign(world, trixie):
    env = {**os.environ, "COSIGN_PASSWORD": "", "HOME": str(world.top)}
    good(trixie / "cosign", "generate-key-pair", cwd=world.top, env=env)
    shutil.copy(world.top / "cosign.pub", world.builder.top)
    world.config("cosign.pub")
    err = world.refused()
    assert f'the image "{world.name}:1" has no signature' in err and "os.yml:5:" in err
    good(trixie / "cosign", "sign", "-y", "--key", "cosign.key", "--tlog-upload=false", "--allow-insecure-registry",
         f"{world.name}@{world.digest}", cwd=world.top, env=env)
    world.build()
    world.registry.stop()
    world.build("--offline")  # the store has the signature


@pytest.mark.parametrize("key", ["key", "ed"])
def test_openssl(key, world):
    world.config(f"{key}.pub")
    world.attach((world.payload(), world.signed(world.payload(), key)))
    world.build()


def test_one_of_many(world):
    other = world.payload("sha256:" + "0" * 64)
    world.attach((world.payload(), "AAAA"), (other, world.signed(other)), (world.payload(), world.signed(world.payload())))
    world.build()


@pytest.mark.parametrize("attack", ["other-key", "other-image", "other-type", "changed", "no-base64", "long", "empty", "media-type"])
def test_refused(attack, world):
    payload = world.payload()
    other = world.payload("sha256:" + "1" * 64)
    kind = world.payload(kind="something else")
    attacks = {
        "other-key": (payload, world.signed(payload, "ed")),
        "other-image": (other, world.signed(other)),
        "other-type": (kind, world.signed(kind)),
        "changed": (payload, world.signed(other)),
        "no-base64": (payload, "!" * 96),
        "long": (payload, "A" * 100000),
        "empty": (payload, ""),
        "media-type": (payload, world.signed(payload)),
    }
    world.attach(attacks[attack], kind="text/plain" if attack == "media-type" else PAYLOAD)
    assert 'is signed, but not by the key "key.pub"' in world.refused()


def test_signed_later(world):
    """A signature that came after the image is looked for."""
    world.attach((world.payload(), world.signed(world.payload(), "ed")))
    world.refused()
    world.attach((world.payload(), world.signed(world.payload())))
    assert "is signed, but not by" in world.refused("--offline")
    world.build()


def test_lock(world):
    """The lock says by which key an image was signed; without the signature at hand that is enough, with another key not."""
    world.attach((world.payload(), world.signed(world.payload())))
    world.builder("lock", world.file)
    lock = world.builder.top / "os.lock"
    digest = hashlib.sha256((world.builder.top / "key.pub").read_bytes()).hexdigest()
    assert f"    key: sha256:{digest}\n" in lock.read_text()
    tag = world.digest.replace(":", "-") + ".sig"
    world.builder("image", "rm", f"{world.name}:{tag}")
    world.build("--locked", "--offline")
    (world.builder.top / "os.tar").unlink()
    world.config("ed.pub")
    assert "has no signature" in world.refused("--locked", "--offline")
    world.config("key.pub")
    lock.write_text("".join(line for line in lock.read_text().splitlines(True) if "key:" not in line))
    world.refused("--locked", "--offline")


def test_bundle(world, tmp_path):
    world.attach((world.payload(), world.signed(world.payload())))
    world.builder("lock", world.file)
    good(ROOT / "build/bin/slipway", "bundle", "os.yml", cwd=world.builder.top, env=world.builder.env)
    other = Slipway(tmp_path / "other")
    other("bundle", "import", world.builder.top / "os.bundle.tar", "-o", other.top / "in")
    shutil.copy(world.builder.top / "key.pub", other.top / "in")
    other("build", "--locked", "--offline", "-f", "tar", "-o", other.top, other.top / "in/os.yml")


@pytest.mark.parametrize("text, says", [("", "is no public key in PEM"), ("x" * 20000, "is larger than a public key"), (None, "is a private key")],
                         ids=["empty", "large", "private"])
def test_keys(text, says, world):
    key = world.builder.top / "key.pub"
    key.write_text((world.top / "key.pem").read_text() if text is None else text)
    assert says in world.refused(status=1)


def test_other_kinds_of_keys(world):
    for words in ("-algorithm", "RSA"), ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"):
        good("openssl", "genpkey", *words, "-out", world.top / "x.pem")
        good("openssl", "pkey", "-in", world.top / "x.pem", "-pubout", "-out", world.builder.top / "key.pub")
        assert "is a public key of another kind" in world.refused(status=1)


def test_index(world, tmp_path):
    """A signature over the index holds for the image that is taken out of it; under a lock, too."""
    store = world.publisher.store
    manifest = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": world.digest,
                "size": (store / "blobs/sha256" / world.digest.split(":")[1]).stat().st_size,
                "platform": {"architecture": "amd64", "os": "linux"}}
    index = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [manifest]}).encode()
    folder = tmp_path / "index"
    shutil.copytree(store / "blobs", folder / "blobs")
    name = hashlib.sha256(index).hexdigest()
    (folder / "blobs/sha256" / name).write_bytes(index)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [
        {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": f"sha256:{name}", "size": len(index)}]}))
    world.publisher("image", "import", "--name", "local/multi:1", folder)
    world.publisher("image", "push", "local/multi:1", f"{world.name}:1")
    world.refused()
    world.digest = f"sha256:{name}"
    payload = world.payload()
    world.attach((payload, world.signed(payload)))
    world.build()
    world.builder("lock", world.file)
    world.build("--locked", "--offline")


def test_check_asks_nobody(world):
    world.attach((world.payload(), world.signed(world.payload())))
    world.builder("image", "pull", f"{world.name}:1")
    done = world.builder.run("check", world.file)
    assert done.returncode == 0 and "so that it is not checked" in done.stderr
    world.build()
    assert "signature" not in world.builder.run("check", world.file).stderr
    world.config("ed.pub")
    assert "is signed, but not by" in world.builder.fails(4, "check", world.file)
