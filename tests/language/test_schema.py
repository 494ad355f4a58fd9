"""The JSON Schema and the parser agree on every golden case of a single file."""

import json
import pathlib
import re
import shlex
import subprocess

import jsonschema
import pytest
import yaml

from core_yaml import load

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLIPWAY = ROOT / "build/bin/slipway"

# What the schema says as well as the parser: keys, types, words, patterns of one value, what is required. All else
# that the parser refuses is more than a schema can say (docs/editors.md lists the kinds).
STRUCTURE = [
    r"\" is no key of (?!a container of)",
    r"\" must be (a list|a map|true or false|a whole number), and this is",
    r"\" must be text, and this is (a list|a map|a number|a decimal number|true or false)$",
    r"\" is no value of \"",
    r"^an item of \".*\" must be a map$",
    r"^the (container|volume|file|device|kernel) has no \"(name|image|path|type)\"$",
    r"\" can only be ",
    r"\" must be between -?\d+ and -?\d+, and is",
]
ONLY_SLIPWAY = re.compile(r"^the kernel has no")


# PyYAML takes `! 5` for a number.
NOT_FOR_PYYAML = {"good-tagged-text"}


def cases():
    yield from sorted((ROOT / "examples").glob("*.yml"))
    for path in sorted((ROOT / "tests/cases/config").glob("*/in.yml")):
        if path.parent.name in NOT_FOR_PYYAML:
            continue
        cmd = path.parent / "cmd"
        if not cmd.exists() or shlex.split(cmd.read_text()) == ["check", "in.yml"]:
            yield path


@pytest.fixture(scope="module")
def schema():
    text = subprocess.run([SLIPWAY, "schema"], check=True, capture_output=True).stdout
    return json.loads(text)


@pytest.fixture(scope="module")
def validator(schema):
    return jsonschema.Draft202012Validator(schema)


def test_schema_is_one(schema):
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def messages(path, tmp_path):
    done = subprocess.run([SLIPWAY, "check", "--json", path.name], cwd=path.parent, capture_output=True,
                          env={"SLIPWAY_STORE": str(tmp_path / "store"), "HOME": "/nonexistent"}, check=False)
    found = [d for d in json.loads(done.stdout) if d["severity"] == "error"]
    assert bool(found) == (done.returncode != 0)
    return [d["message"] if d.get("file") == path.name else "in an included file" for d in found]


def resolved(path, tmp_path):
    done = subprocess.run([SLIPWAY, "show", "--json", path.name], cwd=path.parent, capture_output=True,
                          env={"SLIPWAY_STORE": str(tmp_path / "store"), "HOME": "/nonexistent"}, check=True)
    return json.loads(done.stdout)["config"]


def is_structure(message):
    return any(re.search(p, message) for p in STRUCTURE) and not ONLY_SLIPWAY.search(message)


@pytest.mark.parametrize("path", cases(), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_agree(path, validator, tmp_path):
    errors = messages(path, tmp_path)
    try:
        data = load(path.read_bytes())
    except (yaml.YAMLError, UnicodeError, ValueError, TypeError, RecursionError):
        # Two parsers of YAML; what slipway takes, the other one takes too.
        assert errors
        return
    refused = next(iter(validator.iter_errors(data)), None)
    if not errors:
        assert refused is None, refused.message
        validator.validate(resolved(path, tmp_path))
    elif refused is None:
        assert not any(map(is_structure, errors)), f"the schema accepts it, and slipway says {errors}"
