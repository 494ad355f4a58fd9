"""A lock pins what a config is made of."""

import hashlib
import json
import shutil
import tarfile

from conftest import PROGRAMS, Machine


def everything(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def retag(store, name, other):
    """The first name gets what the other one has."""
    index = json.loads((store / "index.json").read_text())
    by_name = {m["annotations"]["org.opencontainers.image.ref.name"]: m for m in index["manifests"]}
    to = by_name[other]
    by_name[name].update(digest=to["digest"], size=to["size"])
    (store / "index.json").write_text(json.dumps(index))


def test_same_lock_from_anywhere(one, tmp_path):
    one("lock", "os.yml")
    text = (one.path / "os.lock").read_text()
    two = Machine(tmp_path / "two", PROGRAMS)
    for name in "os.yml", "motd", "profile.json":
        shutil.copy(one.path / name, two.path)
    shutil.copy(one.home / "key", two.home)
    two("lock", "os.yml")
    assert (two.path / "os.lock").read_text() == text
    key = hashlib.sha256(b"key\n").hexdigest()
    assert f'  - source: "~/key"\n    digest: sha256:{key}\n    size: 4\n' in text


def test_moved_tag_builds_what_the_lock_holds(locked):
    before = locked.image()
    retag(locked.store, "docker.io/test/tools:1", "docker.io/test/web:1")
    assert locked.image() == before
    out = locked("lock", "--update", "--offline", "os.yml", "test/tools")
    assert out.startswith('image "docker.io/test/tools:1"\n  - sha256:')
    assert locked.image() != before


def test_update_without_a_registry_says_how_to_do_without(locked):
    before = (locked.path / "os.lock").read_bytes()
    err = locked.fails(3, "lock", "--update", "os.yml")
    assert "hint: `--offline` keeps to what the store has" in err
    assert (locked.path / "os.lock").read_bytes() == before
    assert locked("lock", "--update", "--offline", "os.yml") == ""


def test_values(one):
    """What variables were given is locked, but not readable in the lock."""
    (one.path / "os.yml").write_text(
        (one.path / "os.yml").read_text() + "  - path: etc/secret\n    contents: ${SECRET}\n  - path: etc/x\n    contents: ${X:-no}\n")
    (one.path / "env").write_text("SECRET=hunter2\nUNUSED=1\n")
    one("lock", "--env-file", "env", "os.yml")
    text = (one.path / "os.lock").read_text()
    digest = hashlib.sha256(b"hunter2").hexdigest()
    assert f"values:\n  - name: SECRET\n    digest: sha256:{digest}\n" in text and "hunter2" not in text
    one("build", "--locked", "-q", "-f", "tar", "--env-file", "env", "os.yml")
    one("build", "--locked", "-q", "-f", "tar", "--set", "SECRET=hunter2", "os.yml")
    err = one.fails(4, "build", "--locked", "--set", "SECRET=other", "os.yml")
    assert 'the value of "SECRET" drifted: the lock has sha256:' in err and "hunter2" not in err
    err = one.fails(4, "build", "--locked", "--env-file", "env", "--set", "X=yes", "os.yml")
    assert 'the value of "X" is not in the lock' in err
    out = one("lock", "--update", "--offline", "--set", "SECRET=other", "os.yml")
    assert out.startswith(f'value of "SECRET"\n  - sha256:{digest}\n  + sha256:')
    one("build", "--locked", "-q", "-f", "tar", "--set", "SECRET=other", "os.yml")


def test_update_of_one_leaves_the_others(locked):
    (locked.path / "motd").write_text("changed\n")
    (locked.home / "key").write_text("changed\n")
    out = locked("lock", "--update", "os.yml", "motd")
    assert 'file "motd"' in out and "key" not in out
    assert "~/key" in locked.fails(4, "build", "--locked", "os.yml")


def test_time(locked):
    text = (locked.path / "os.lock").read_text()
    (locked.path / "os.lock").write_text(text.replace("2017-04-18T16:30:00Z", "2026-01-02T03:04:05Z"))
    locked.image()
    with tarfile.open(locked.path / "os.tar") as tar:
        assert tar.getmember("etc/motd").mtime == 1767323045
    err = locked.fails(4, "build", "--locked", "os.yml", SOURCE_DATE_EPOCH="1")
    assert "the time drifted: the lock has 2026-01-02T03:04:05Z, and now it is 1970-01-01T00:00:01Z" in err
    locked("build", "-q", "-f", "tar", "os.yml", SOURCE_DATE_EPOCH="1")


def test_nothing_is_written_when_it_drifted(locked):
    (locked.path / "motd").write_text("changed\n")
    before = (locked.path / "os.lock").read_bytes()
    for words in ("build", "os.yml"), ("build", "--locked", "os.yml"), ("lock", "os.yml"), ("check", "os.yml"):
        assert 'the file "motd" drifted' in locked.fails(4, *words)
    assert (locked.path / "os.lock").read_bytes() == before
    assert everything(locked.path) == ["motd", "os.lock", "os.yml", "profile.json"]


def test_seccomp_profile_is_a_local_file(locked):
    (locked.path / "profile.json").write_text('{"defaultAction": "SCMP_ACT_LOG"}')
    assert 'the file "profile.json" drifted' in locked.fails(4, "build", "--locked", "os.yml")
