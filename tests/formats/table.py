#!/usr/bin/python3
"""What the tests of the formats found, format by format: build/formats.json, and with SLOW=1 the table of docs/formats.md.

    tests/formats/table.py      writes the page from build/formats.json"""

import json
import os
import time

from judge import ROOT, SLIPWAY, run

FOUND = ROOT / "build/formats.json"
PAGE = ROOT / "docs/formats.md"
BEGIN, END = "<!-- table: make test-slow -->\n", "<!-- end of table -->\n"


class Rows:
    """Each finding is on disk at once: a run that is stopped leaves what it knows. keep: add to what is there."""

    def __init__(self, keep):
        self.rows = json.loads(FOUND.read_text()) if keep and FOUND.exists() else {}

    def put(self, name, arch, **what):
        row = self.rows.setdefault(f"{name} {arch}", {"name": name, "arch": arch, "boots": {}})
        row.update(what, date=time.strftime("%Y-%m-%d", time.gmtime()), load=round(os.getloadavg()[0]))
        part = FOUND.with_suffix(".part")
        part.write_text(json.dumps(self.rows, indent=1) + "\n")
        os.replace(part, FOUND)

    def built(self, name, arch, size, took):
        self.put(name, arch, size=size, time=took)

    def judged(self, name, arch, by):
        self.put(name, arch, judge=by)

    def booted(self, name, arch, firmware, took):
        boots = self.rows.get(f"{name} {arch}", {}).get("boots", {})
        self.put(name, arch, boots={**boots, firmware: took})


def text(rows):
    """In the order of `slipway formats`; what it does not list any more is left out."""
    lines = ["| format | arch | MB | built in | judged by | booted under (until nginx runs) |", "|---|---|---:|---:|---|---|"]
    for form in json.loads(run(SLIPWAY, "formats", "--json")):
        for arch in form["archs"].split():
            row = rows.get(f"{form['name']} {arch}")
            if not row or "size" not in row:
                continue
            boots = ", ".join(f"{name} {took:.0f} s" if took else name for name, took in sorted(row["boots"].items()))
            lines.append(f"| {form['name']} | {arch} | {row['size'] / 1e6:.1f} | {row['time']:.1f} s "
                         f"| {row.get('judge', '')} | {boots} |")
    dates = sorted(row["date"] for row in rows.values())
    span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    loads = [row["load"] for row in rows.values() if "load" in row]
    busy = f", with a load of {min(loads)} to {max(loads)} on {os.cpu_count()} processors" if loads else ""
    return "\n".join(lines) + f"\n\nMade by `make test-slow`, {span}{busy}.\n"


def main():
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(before + BEGIN + text(json.loads(FOUND.read_text())) + END + after)


if __name__ == "__main__":
    main()
