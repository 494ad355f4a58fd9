"""OCI layouts made by hand, honest or not."""

import hashlib
import io
import json
import tarfile

OCI = "application/vnd.oci.image."


def tar_of(files):
    """A tar of {path: bytes}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


class Layout:
    def __init__(self, path):
        self.path = path
        self.entries = []
        (path / "blobs/sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.write()

    def write(self):
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self.entries}))

    def blob(self, content, media):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        digest = hashlib.sha256(content).hexdigest()
        (self.path / "blobs/sha256" / digest).write_bytes(content)
        return {"mediaType": media, "digest": "sha256:" + digest, "size": len(content)}

    def manifest(self, layers, diff_ids=None, arch="amd64", subject=None, **config):
        """layers: plain tars."""
        ids = diff_ids or ["sha256:" + hashlib.sha256(t).hexdigest() for t in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI + "manifest.v1+json",
            "config": self.blob({"os": "linux", "architecture": arch, "config": config,
                                 "rootfs": {"type": "layers", "diff_ids": ids}}, OCI + "config.v1+json"),
            "layers": [self.blob(t, OCI + "layer.v1.tar") for t in layers],
        }
        if subject:
            manifest["subject"] = subject
        return self.blob(manifest, OCI + "manifest.v1+json")

    def index(self, manifests):
        return self.blob({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": manifests},
                         OCI + "index.v1+json")

    def add(self, entry, name=None):
        if name:
            entry = entry | {"annotations": {"org.opencontainers.image.ref.name": name}}
        self.entries.append(entry)
        self.write()
        return entry
