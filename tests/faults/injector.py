"""Runs slipway with tests/faults/inject.c in front of the C library."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = str(ROOT / "build/bin/slipway")


class Injector:
    def __init__(self, folder):
        self.library = folder / "inject.so"
        subprocess.run(["gcc", "-O1", "-Wall", "-Werror", "-fPIC", "-shared", "-o", self.library,
                        ROOT / "tests/faults/inject.c"], check=True)

    def env(self, store, what=None, only=None, alloc=None, log=None):
        """Only what happens below the store counts."""
        env = dict(os.environ, SLIPWAY_STORE=str(store), LD_PRELOAD=str(self.library), INJECT_BELOW=str(store))
        more = {"INJECT": what, "INJECT_ONLY": only, "INJECT_ALLOC": alloc, "INJECT_LOG": log}
        return env | {k: str(v) for k, v in more.items() if v is not None}

    def run(self, store, *words, **inject):
        return subprocess.run([SLIPWAY, *map(str, words)], env=self.env(store, **inject), capture_output=True,
                              text=True, timeout=120, check=False)

    def start(self, store, *words, **inject):
        return subprocess.Popen([SLIPWAY, *map(str, words)], env=self.env(store, **inject),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def plain(store, *words):
    return subprocess.run([SLIPWAY, *map(str, words)], env=dict(os.environ, SLIPWAY_STORE=str(store)),
                          capture_output=True, text=True, timeout=120, check=False)
