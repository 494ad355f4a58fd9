"""What slipway pushes, other tools read; what is there is not sent again."""

import json
import re

from conftest import Slipway, good, manifest_of
from fault_proxy import FaultProxy


def test_skopeo_and_umoci_read_it(slipway, layout, plain, tmp_path):
    digest = manifest_of(layout)[0]
    to = plain.name("push/app:v1")
    slipway("image", "import", "--name", "local/app:v1", layout)
    assert slipway("image", "push", "local/app:v1", to) == f"{digest} {to}\n"
    assert json.loads(good("skopeo", "inspect", "--tls-verify=false", f"docker://{to}"))["Digest"] == digest
    good("skopeo", "copy", "--src-tls-verify=false", f"docker://{to}", f"oci:{tmp_path}/back:v1")
    assert manifest_of(tmp_path / "back")[0] == digest
    good("umoci", "unpack", "--rootless", "--image", f"{tmp_path}/back:v1", tmp_path / "bundle")
    assert (tmp_path / "bundle/rootfs/etc/name").read_text() == "x\n"


def test_there_and_back(slipway, layout, plain, tmp_path):
    to = plain.name("push/back:v1")
    slipway("image", "import", "--name", "local/back:v1", layout)
    slipway("image", "push", "local/back:v1", to)
    other = Slipway(tmp_path / "other")
    other("image", "pull", to)
    assert other.check().blobs() == slipway.blobs()


def test_a_blob_of_another_repository_is_mounted(slipway, plain, pushed, layout):
    """It is asked for by name, and none of it is sent."""
    proxy = FaultProxy(plain.port)
    digest, manifest = manifest_of(layout)
    slipway("image", "pull", proxy.name("test/app:v1"))
    slipway("image", "push", proxy.name("test/app:v1"), proxy.name("push/mounted:v1"))
    proxy.stop()
    asked = [path for method, path, _ in proxy.seen if method == "POST"]
    for blob in (manifest["config"], *manifest["layers"]):
        assert any(f"mount={blob['digest'].replace(':', '%3A')}&from=test" in path.replace(blob["digest"], blob["digest"].replace(":", "%3A"))
                   for path in asked)
    assert not proxy.asked("/blobs/uploads/", "PUT") and not proxy.asked("/blobs/uploads/", "PATCH")
    assert json.loads(good("skopeo", "inspect", "--tls-verify=false", f"docker://{plain.name('push/mounted:v1')}"))["Digest"] == digest


def test_an_index_goes_whole_or_by_part(slipway, plain, tmp_path):
    """buildah's index for two machines."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY f /f\n")
    (tmp_path / "f").write_text("f")
    env = {"env": {**slipway.env, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot",
                   "XDG_RUNTIME_DIR": str(tmp_path)}}
    storage = ["buildah", "--root", tmp_path / "c", "--runroot", tmp_path / "r"]
    for arch in ("amd64", "arm64"):
        good(*storage, "build", "-q", "--arch", arch, "--manifest", "both", tmp_path, **env)
    name = plain.name("push/both:v1")
    good(*storage, "manifest", "push", "--all", "--tls-verify=false", "both", f"docker://{name}", **env)
    one = Slipway(tmp_path / "one")
    one("image", "pull", "--arch", "arm64", name)
    assert "nothing for linux/s390x" in slipway.fails(1, "image", "pull", "--arch", "s390x", name)
    assert "linux/amd64, linux/arm64" in slipway.fails(1, "image", "pull", "--arch", "s390x", name)
    assert one("image", "inspect", "--arch", "arm64", name)
    assert "no part for linux/amd64" in one.fails(1, "image", "push", name, plain.name("push/part:v1"))
    one("image", "push", "--arch", "arm64", name, plain.name("push/part:v1"))
    raw = json.loads(good("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{plain.name('push/part:v1')}"))
    assert "layers" in raw
    slipway("image", "pull", "--arch", "all", name)
    slipway("image", "push", name, plain.name("push/whole:v1"))
    raw = json.loads(good("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{plain.name('push/whole:v1')}"))
    assert {m["platform"]["architecture"] for m in raw["manifests"]} == {"amd64", "arm64"}


def test_no_tag_is_latest_and_a_digest_is_no_target(slipway, layout, plain):
    slipway("image", "import", "--name", "local/app:v1", layout)
    assert slipway("image", "push", "local/app:v1", plain.name("push/none")).endswith("push/none:latest\n")
    digest = manifest_of(layout)[0]
    assert "under a tag" in slipway.fails(1, "image", "push", "local/app:v1", plain.name(f"push/none@{digest}"))
    assert re.search("no image", slipway.fails(1, "image", "push", "local/none:v1", plain.name("x")))
    assert "names no registry" in slipway.fails(1, "image", "push", "local/app:v1", "slipway/x")


def test_oras_copies_what_was_pushed_and_what_it_copied_is_read(slipway, trixie, layout, plain, tmp_path):
    digest = manifest_of(layout)[0]
    slipway("image", "import", "--name", "local/app:v1", layout)
    slipway("image", "push", "local/app:v1", plain.name("oras/app:v1"))
    plain_http = ["--from-plain-http", "--to-plain-http"]
    good(trixie / "oras", "cp", *plain_http, plain.name("oras/app:v1"), plain.name("oras/copy:v1"))
    good(trixie / "oras", "cp", "--from-plain-http", plain.name("oras/app:v1"), "--to-oci-layout", f"{tmp_path}/copy:v1")
    one, two = Slipway(tmp_path / "one"), Slipway(tmp_path / "two")
    one("image", "pull", plain.name("oras/copy:v1"))
    two("image", "import", "--name", "local/copy:v1", tmp_path / "copy")
    assert set(one.names().values()) == set(two.names().values()) == {digest}
    assert one.check().blobs() == two.check().blobs() == slipway.blobs()
    # A store of ours is a layout that oras reads.
    good(trixie / "oras", "cp", "--from-oci-layout", f"{two.store}@{digest}", "--to-plain-http", plain.name("oras/store:v1"))
    assert manifest_of(layout)[0] in one("image", "pull", plain.name("oras/store:v1"))


def test_what_oras_pushed_goes_there_and_back(slipway, trixie, plain, tmp_path):
    """An artefact that is no image, with a file in it."""
    (tmp_path / "note.txt").write_text("of note\n")
    good(trixie / "oras", "push", "--plain-http", "--artifact-type", "text/x-note", plain.name("oras/note:v1"), "note.txt:text/plain",
         cwd=tmp_path)
    slipway("image", "pull", "--arch", "all", plain.name("oras/note:v1"))
    slipway("image", "verify")
    slipway("image", "push", plain.name("oras/note:v1"), plain.name("oras/again:v1"))
    (tmp_path / "back").mkdir()
    good(trixie / "oras", "pull", "--plain-http", plain.name("oras/again:v1"), cwd=tmp_path / "back")
    assert (tmp_path / "back/note.txt").read_text() == "of note\n"
