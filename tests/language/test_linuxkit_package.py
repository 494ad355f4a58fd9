"""Tags of LinuxKit's package folders: git's hash of the folder, as `linuxkit pkg show-tag` prints it."""

import hashlib
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"


class Repository:
    def __init__(self, top):
        self.top = top
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(top.parent), "LC_ALL": "C", "SLIPWAY_OFFLINE": "1",
            "SLIPWAY_STORE": str(top.parent / "store"), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
        }
        top.mkdir()
        self.git("init", "-q")

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.top, env=self.env, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def package(self, folder, recipe, files=None):
        path = self.top / folder
        path.mkdir(parents=True, exist_ok=True)
        (path / "build.yml").write_text(recipe)
        for name, text in {"Dockerfile": "FROM scratch\n", **(files or {})}.items():
            (path / name).write_text(text)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    def slipway(self, *words, status=0, **env):
        done = subprocess.run([SLIPWAY, *words], cwd=self.top, env={**self.env, **env},
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stderr
        return done

    def tag(self, folder):
        return self.slipway("pkg", "show-tag", folder).stdout.strip()


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "work")


def test_committed(repository):
    repository.package("pkg/dhcp", "image: dhcp\nnetwork: true\nconfig: {binds: [x]}\n")
    repository.package("pkg/other", "image: other\norg: me\ntag: v1-{{.Hash}}\narches: [amd64]\n")
    repository.commit()
    assert repository.tag("pkg/dhcp") == "linuxkit/dhcp:" + repository.git("rev-parse", "HEAD:pkg/dhcp")
    assert repository.tag("pkg/other/") == "me/other:v1-" + repository.git("rev-parse", "HEAD:pkg/other")


def test_the_whole_repository(repository):
    repository.package(".", "image: all\n")
    repository.commit()
    assert repository.tag(".") == "linuxkit/all:" + repository.git("show", "-s", "--format=%T", "HEAD")


def test_changed_since(repository):
    repository.package("a", "image: a\n", {"one": "1", ".gitignore": "ignored\n"})
    repository.commit()
    tree = repository.git("rev-parse", "HEAD:a")
    (repository.top / "a/ignored").write_text("nothing")
    (repository.top / "elsewhere").write_text("nothing")
    assert repository.tag("a") == f"linuxkit/a:{tree}"
    (repository.top / "a/one").write_text("2")
    (repository.top / "a/new").write_text("3")
    texts = ["ignored\n", "FROM scratch\n", "image: a\n", "2", "3"]
    digest = hashlib.sha256("".join(texts).encode()).hexdigest()
    assert repository.tag("a") == f"linuxkit/a:{tree}-dirty-{digest[:7]}"


def test_extra_sources(repository):
    repository.package("a", "image: a\nextra-sources:\n  - ../lib:/lib\n  - ../more:/more\n")
    for name in "lib", "more":
        (repository.top / name).mkdir()
        (repository.top / name / "x").write_text(name)
    repository.commit()
    trees = "".join(repository.git("rev-parse", f"HEAD:{name}") for name in ("a", "lib", "more"))
    assert repository.tag("a") == "linuxkit/a:" + hashlib.sha1(trees.encode()).hexdigest()


def test_no_git(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/build.yml").write_text("image: a\norg: me\n")
    done = subprocess.run([SLIPWAY, "pkg", "show-tag", "a"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "me/a:latest\n"


def test_never_committed(repository):
    repository.package("a", "image: a\n")
    error = repository.slipway("pkg", "show-tag", "a", status=1).stderr
    assert 'the folder "a" is not in git\'s last commit' in error
    assert "hint: commit it" in error


def test_without_the_program(repository):
    repository.package("a", "image: a\n")
    error = repository.slipway("pkg", "show-tag", "a", status=3, PATH="/nonexistent").stderr
    assert 'hint: install the Debian package "git"' in error


def test_in_a_config(repository):
    repository.package("pkg/a", "image: a\n")
    (repository.top / "os.yml").write_text('init: ["@pkg:./pkg/a"]\n')
    repository.commit()
    name = "linuxkit/a:" + repository.git("rev-parse", "HEAD:pkg/a")
    assert f'image pull {name}' in repository.slipway("check", "os.yml").stderr
    assert f"docker.io/{name}" in repository.slipway("show", "--json", "os.yml").stdout
