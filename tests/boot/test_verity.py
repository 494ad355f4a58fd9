"""A machine stops at the first block of its root that is not what was built."""

import json
import shutil
import subprocess

import pytest

from machine import Machine

BLOCK = 4096


def places(iso):
    """Where the root and its hashes begin."""
    table = json.loads(subprocess.run(["sfdisk", "-J", iso], check=True, capture_output=True,
                                      timeout=60).stdout)["partitiontable"]
    return {p["name"]: p["start"] * 512 for p in table["partitions"]}


@pytest.mark.parametrize("what", ["data", "hashes", "superblock"])
def test_a_changed_root_stops_the_machine(what, nginx, folder):
    here = folder / f"verity-{what}"
    here.mkdir(parents=True, exist_ok=True)
    iso = here / "changed.iso"
    shutil.copy(nginx / "nginx.iso", iso)
    at = places(iso)
    # The root's first block is what mounting reads; behind the superblock is the tree's highest one.
    place = {"data": at["root"] + 7, "hashes": at["root-verity"] + BLOCK + 7, "superblock": at["root-verity"] + 90}[what]
    with iso.open("r+b") as f:
        f.seek(place)
        byte = f.read(1)[0]
        f.seek(place)
        f.write(bytes([byte ^ 4]))
    with Machine(here, ["-drive", f"if=virtio,format=raw,readonly=on,file={iso}"]) as m:
        # A salt that was changed makes every hash another.
        block = "data" if what == "data" else "metadata"
        m.expect(rf"device-mapper: verity: .*{block} block \d+ is corrupted")
        m.expect(r"Kernel panic - not syncing: dm-verity device( has)? corrupted")
        assert "supervisor" not in m.text
    iso.unlink()
