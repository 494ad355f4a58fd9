"""Exports that are stopped leave nothing beside the image that they were to write."""

import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = str(ROOT / "build/bin/slipway")
STORE = os.environ.get("SLIPWAY_STORE", str(ROOT / "build/store"))


def export(to):
    return subprocess.Popen([SLIPWAY, "image", "export", "slipway/kernel-debian-cloud", str(to)],
                            env=dict(os.environ, SLIPWAY_STORE=STORE), stderr=subprocess.PIPE, text=True)


def test_stopped_export_leaves_nothing(tmp_path):
    for delay in (0.005, 0.01, 0.02, 0.04, 0.08):
        run = export(tmp_path / "image.tar")
        time.sleep(delay)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=60)
        if run.returncode == 0:
            break
        assert list(tmp_path.iterdir()) == []


def test_export_replaces_a_tar_whole(tmp_path):
    to = tmp_path / "image.tar"
    to.write_text("old")
    for _ in range(2):
        run = export(to)
        _, err = run.communicate(timeout=60)
        assert run.returncode == 0, err
        assert list(tmp_path.iterdir()) == [to]
    assert subprocess.run(["tar", "tf", str(to)], capture_output=True, check=False).returncode == 0
