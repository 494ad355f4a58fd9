"""Completion in the shells themselves: what each would offer for a command line."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build/bin"
FOLDER = ["build/", "notes.txt", "os.yml"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work/build").mkdir(parents=True)
    (tmp_path / "work/os.yml").write_text("")
    (tmp_path / "work/notes.txt").write_text("")
    return tmp_path / "work"


def out(words, folder, **more):
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder.parent), "LC_ALL": "C", "TERM": "dumb", **more}
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    return done.stdout


def script(shell, folder):
    path = folder.parent / shell
    path.write_text(out(["slipway", "completion", shell], folder))
    return path


# What is written so far, and what must be offered; None: files.
ASKED = [
    (["che"], ["check"]),
    (["image", "pu"], ["pull", "push"]),
    (["build", "--form"], ["--format"]),
    (["build", "-f", "sb"], ["sbom"]),
    (["build", "--arch", ""], ["amd64", "arm64"]),
    (["completion", ""], ["bash", "fish", "zsh"]),
    (["check", ""], None),
    (["bundle", ""], ["import", None]),
    (["no-such-command", ""], []),
]


@pytest.mark.parametrize("words, want", ASKED, ids=lambda v: "-".join(map(str, v)) if isinstance(v, list) else "files")
def test_answer(words, want, folder):
    lines = out(["slipway", "completion", "words", "--", *words], folder).splitlines()
    got = [None if line == ":files" else line.split("\t")[0] for line in lines]
    assert sorted(got, key=str) == sorted([None] if want is None else want, key=str)


def test_every_command_and_option_is_offered(folder):
    """The table is the only source: help and completion cannot differ."""
    for line in out(["slipway", "--help"], folder).splitlines():
        if not line.startswith("  "):
            continue
        name = [word for word in line.split("  ")[1].split() if word.islower() and word.replace("-", "").isalpha()]
        help_of = out(["slipway", *name, "--help"], folder)
        options = [w for l in help_of.splitlines() if l.startswith("  ") for w in l.split() if w.startswith("--")]
        offered = out(["slipway", "completion", "words", "--", *name, "--"], folder)
        assert options
        for option in options:
            if f"  {option}" in help_of or f", {option}" in help_of:
                assert f"{option}\t" in offered


def bash(words, folder):
    quoted = " ".join(f"'{w}'" for w in ["slipway", *words])
    text = f". {script('bash', folder)}; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _slipway; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    return [line for line in out(["bash", "--norc", "-c", text], folder).splitlines() if line]


def fish(words, folder):
    script("fish", folder)
    line = " ".join(["slipway", *words])
    text = f"source {folder.parent}/fish; complete -C '{line}'"
    return [l.split("\t")[0] for l in out(["fish", "--no-config", "-c", text], folder).splitlines()]


@pytest.mark.parametrize("shell", [bash, fish])
@pytest.mark.parametrize("words, want", ASKED, ids=lambda v: "-".join(map(str, v)) if isinstance(v, list) else "files")
def test_shell(shell, words, want, folder):
    files = [] if shell is bash else FOLDER  # bash adds files by itself where nothing is offered
    expected = files if want is None else [w for w in want if w] + (files if None in want else [])
    assert sorted(shell(words, folder)) == sorted(expected)


def test_bash_after_equals(folder):
    """bash makes three words of --format=is."""
    assert bash(["build", "--format", "=", "sb"], folder) == ["sbom"]


def test_zsh(folder):
    """zsh needs a terminal to complete: the script is parsed, and its function run with what it calls replaced."""
    path = script("zsh", folder)
    out(["zsh", "-n", str(path)], folder)
    text = f"""
        compdef() {{ }}
        _files() {{ print FILES }}
        _describe() {{ print -l -- ${{(P)2}} }}
        . {path}
        words=(slipway image pu); CURRENT=3; _slipway
        words=(slipway check ''); CURRENT=3; _slipway
    """
    got = out(["zsh", "-f", "-c", text], folder).splitlines()
    assert [line.split(":")[0] for line in got] == ["pull", "push", "FILES"]
