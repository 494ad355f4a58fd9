"""YAML as slipway reads it (yaml/scalar.h), for tools that validate the result against the schema."""

import re

import yaml


class Loader(yaml.SafeLoader):
    """The core schema of YAML 1.2 and yaml.v3's forms of numbers; yes, no, on, off and dates are text."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
     "-+.0123456789"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def number(loader, node):
    text = loader.construct_scalar(node).replace("_", "")
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    for prefix, base in (("0b", 2), ("0o", 8), ("0x", 16)):
        if text.startswith(prefix):
            return sign * int(text[2:], base)
    return sign * int(text, 8 if len(text) > 1 and text.startswith("0") else 10)


def mapping(loader, node):
    loader.flatten_mapping(node)
    return {loader.construct_object(key, deep=True): loader.construct_object(value, deep=True)
            for key, value in node.value}


Loader.add_constructor("tag:yaml.org,2002:int", number)
Loader.add_constructor("tag:yaml.org,2002:map", mapping)


def load(text):
    return yaml.load(text, Loader)
