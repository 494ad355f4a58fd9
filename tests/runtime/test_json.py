"""How much JSON is read: both sides of both limits, from every file that a caller names."""
import json
import os

import pytest

MAX, DEPTH = 1 << 20, 64


def nested(levels):
    """A key that nobody knows, so deep that the document around it has so many levels."""
    return "[" * (levels - 1) + "]" * (levels - 1)


def padded(spec, size):
    text = json.dumps({**spec, "x": ""})
    return text.replace('"x": ""', '"x": "' + "[" * (size - len(text)) + '"')


@pytest.mark.parametrize("text, words", [
    (lambda s: padded(s, MAX), None),
    (lambda s: padded(s, MAX + 1), "config.json is larger than 1048576 bytes"),
    (lambda s: json.dumps(s)[:-1] + ', "x": ' + nested(DEPTH) + "}", None),
    (lambda s: json.dumps(s)[:-1] + ', "x": ' + nested(DEPTH + 1) + "}", "nested deeper than 64 levels"),
    (lambda s: json.dumps(s)[:-1] + ', "x": ' + "[" * 500000, "nested deeper than 64 levels"),
    # Brackets in strings are letters.
    (lambda s: json.dumps({**s, "x": '"\\' + "[{" * 100}), None),
    # One beside the other is not deep.
    (lambda s: json.dumps({**s, "x": [[]] * 100}), None),
])
def test_config(box, text, words):
    with open(os.path.join(box.path, "config.json"), "w") as f:
        f.write(text(box.spec))
    r = box.call("run", "-b", box.path, "t")
    assert (r.returncode == 0) if words is None else (r.returncode == 1 and words in r.stderr), r.stderr


def test_process_and_resources(box):
    assert box.create("sleep", "1000") == 0 and box.call("start", "t").returncode == 0
    file = os.path.join(box.path, "file")
    process = {"args": ["true"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}

    def calls(text):
        with open(file, "w") as f:
            f.write(text)
        return box.call("exec", "-p", file, "t"), box.call("update", "-r", file, "t")
    exec_, update = calls(padded(process, MAX))
    assert exec_.returncode == 0, exec_.stderr
    assert update.returncode == 0 or "no cgroup v2" in update.stderr, update.stderr
    for text, words in ((padded(process, MAX + 1), "is larger than 1048576 bytes"),
                        (json.dumps(process)[:-1] + ', "x": ' + nested(DEPTH + 1) + "}", "nested deeper than 64 levels")):
        for r in calls(text):
            assert r.returncode == 1 and words in r.stderr, r.stderr
