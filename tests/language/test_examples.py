"""Every file of examples/ is one that a user can copy: it checks, and its first lines say how it is built or run."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yml"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_example(tmp_path, example):
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id_ed25519.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI someone\n")
    done = subprocess.run([ROOT / "build/bin/slipway", "check", example], env={**os.environ, "HOME": str(tmp_path)},
                          cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    # A note: an image is not in the store, and not looked into.
    assert done.returncode == 0 and ": warning: " not in done.stderr, done.stderr
    about = [line for line in example.read_text().split("slipway: 1")[0].splitlines() if line.startswith("#")]
    assert any(line.startswith("#   slipway ") and f"examples/{example.name}" in line for line in about[1:])
