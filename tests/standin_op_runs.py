"""What the tests of the stand-in for `op` share, where it writes: an item, the calls that write it, their results."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest
from standins import op_install

ERROR = re.compile(r"\[ERROR\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d (.*)\n", re.DOTALL)
NO_CATEGORY = "provide the item category with '--category' flag"
FORBIDDEN = "(101) You do not have permission to perform this action"
NEW = {
    "title": "Key",
    "category": "API_CREDENTIAL",
    "tags": ["aws", "more"],
    "fields": [
        {"id": "notesPlain", "type": "STRING", "purpose": "NOTES", "label": "notesPlain", "value": "hm"},
        {"type": "STRING", "label": "access key id", "value": "AKIAX"},
        {"type": "CONCEALED", "label": "secret", "value": "s/+", "section": {"id": "s1", "label": "AWS"}},
    ],
}
CREATE = ("item", "create", "-", "--vault", "Work", "--format", "json")
EDIT = ("item", "edit", "AWS test", "--vault", "Private", "--format", "json")
GET = ("item", "get", "AWS test", "--format", "json")


@pytest.fixture
def op(tmp_path):
    return op_install.install(tmp_path / "bin dir", op_install.default_state())


def error(result):
    match = ERROR.fullmatch(result.stderr)
    assert match, result.stderr
    assert (result.returncode, result.stdout) == (1, "")
    return match[1]


def got(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def create(op, **changes):
    return op.run(*CREATE, given=json.dumps(NEW | changes))


def with_file_on_stdin(op, *args):
    path = op.state_file.with_name("given")
    path.write_text(json.dumps(NEW))
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    with path.open() as file:
        return subprocess.run([op.program, *args], stdin=file, capture_output=True, env=env, text=True)


def labels(item):
    return [one["label"] for one in item["fields"] if one.get("value")]
