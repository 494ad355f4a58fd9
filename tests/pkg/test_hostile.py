"""Recipes, and indexes of Debian, that try to get at what is not theirs; and builds that meet."""

import hashlib
import json
import os
import shutil
import subprocess
import time

import pytest

from test_packages import NO_NETWORK, ROOT, STORE, home_fixture, slipway  # noqa: F401 (the fixture "home")

ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]


def package(folder, sources, text):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "build.yml").write_text(text)
    return folder


@pytest.fixture(scope="module", name="shared")
def shared_fixture(tmp_path_factory):
    """One store for all: what is refused leaves it as it was. Packages are never changed in their place."""
    store = tmp_path_factory.mktemp("hostile") / "store"
    assert slipway(store, "image", "ls").returncode == 0
    shutil.copytree(STORE / "apt", store / "apt", symlinks=True)
    shutil.copytree(STORE / "debs", store / "debs", copy_function=link)
    return store


def link(source, to):
    try:
        os.link(source, to)
    except OSError:
        shutil.copy2(source, to)


@pytest.mark.parametrize("line, named", [
    ('#include "/etc/../etc/issue.h"', "issue.h"),
    ('#include <stdio.h>\nasm(".section .rodata\\nx: .incbin \\"/etc/hostname\\"");', "/etc/hostname"),
], ids=["include", "incbin"])
def test_a_program_is_made_of_its_package(home, shared, line, named):
    """Whatever the compiler reads of this machine ends the build, and nothing enters the store."""
    (home / "issue.h").write_text("")
    line = line.replace("/etc/../etc/", f"{home}/")
    folder = package(home / "bad", {"a.c": f"{line}\nint main(void) {{ return 0; }}\n"},
                     "image: bad\ncompile:\n  suite: trixie\n  programs:\n    - path: usr/bin/a\n      sources: [a.c]\n")
    before = (shared / "index.json").read_bytes()
    done = slipway(shared, "pkg", "build", folder)
    assert done.returncode == 1 and done.stderr.count("error:") == 1, done.stderr
    assert "build.yml:5:13: error: \"usr/bin/a\" is compiled from" in done.stderr and named in done.stderr
    assert (shared / "index.json").read_bytes() == before


def test_builds_of_one_name_that_meet(home):
    """Two architectures at once, in two commands: neither is lost, under the tag or as latest."""
    store = home / "store"
    for n in range(4):
        folder = package(home / f"p{n}", {"f": str(n)}, f"image: p{n}\nfiles:\n  - {{path: f, source: f}}\n")
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "SLIPWAY_STORE": str(store)}
        jobs = [subprocess.Popen([ROOT / "build/bin/slipway", "pkg", "build", "--arch", arch, folder], env=env,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for arch in ("amd64", "arm64") * 2]
        said = [job.communicate() for job in jobs]
        assert [job.returncode for job in jobs] == [0] * 4, said
        names = {m["annotations"]["org.opencontainers.image.ref.name"]: m["digest"]
                 for m in json.loads((store / "index.json").read_text())["manifests"]}
        ref = said[0][0].decode().strip()
        assert names[ref] == names[f"slipway/p{n}:latest"]
        index = json.loads((store / "blobs" / names[ref].replace(":", "/")).read_text())
        assert {m["platform"]["architecture"] for m in index["manifests"]} >= {"amd64", "arm64"}


SUM = hashlib.sha256(b"x").hexdigest()
GOOD = {"Package": "evil", "Version": "1", "Architecture": ARCH, "Maintainer": "M <m@example.org>",
        "Filename": "pool/e/evil_1_all.deb", "Size": "1", "SHA256": SUM, "Description": "d"}


def stanza(**changes):
    return "".join(f"{k}: {v}\n" for k, v in (GOOD | changes).items() if v is not None) + "\n"


INDEXES = {
    "climbs": stanza(Filename="../../../../../../etc/hostname"),
    "quote": stanza(Filename="pool/e'/../x' ../../../x_1_all.deb 1 SHA256:" + SUM),
    "version-climbs": stanza(Version="1/../../../../x"),
    "version-folded": stanza(Version=f"1\n 'http://h/x_1_all.deb' ../x 1 SHA256:{SUM}"),
    "no-digest": stanza(SHA256=None),
    "huge-size": stanza(Size="99999999999999999999"),
    "huge-stanza": stanza(Description="d" * (32 << 20)),
    "many-dependencies": stanza(Depends=", ".join(f"p{n}" for n in range(3000))),
    "binary": "\0\1\2" * 1000,
}


@pytest.fixture(scope="module", name="indexed")
def indexed_fixture(tmp_path_factory):
    """A store whose lists of Debian may be spoilt."""
    store = tmp_path_factory.mktemp("indexed") / "store"
    assert slipway(store, "image", "ls").returncode == 0
    shutil.copytree(STORE / "apt", store / "apt", symlinks=True)
    return store


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_that_lies(home, indexed, name):
    """As if Debian's key had signed it: one sentence, in bounded time, and nothing is written outside of the store."""
    store = indexed
    lists = list((store / "apt" / f"trixie-{ARCH}/state/lists").glob("*_Packages"))
    assert lists
    for path in lists:
        path.chmod(0o644)
        path.write_text(INDEXES[name])
    (store / "apt" / f"trixie-{ARCH}/updated").touch()
    folder = package(home / "bad", {}, "image: bad\ndebian:\n  suite: trixie\n  packages: [evil]\n")
    before = set(home.rglob("*"))
    index = (store / "index.json").read_bytes()
    begin = time.monotonic()
    done = slipway(store, "pkg", "build", folder, more=NO_NETWORK)
    assert done.returncode in (1, 3, 4) and done.stderr.count("error:") == 1, done.stderr
    assert time.monotonic() - begin < 120
    assert not any(c < " " and c != "\n" for c in done.stderr)
    assert set(home.rglob("*")) == before
    assert (store / "index.json").read_bytes() == index
    assert not [p for p in (store / "debs").rglob("*") if p.is_file() and "evil" in p.name]
