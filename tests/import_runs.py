"""A base key that moves into the stand-in's 1Password, and what is to be so afterwards."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from killed import tree

RUN = ("import", "test-bootstrap")
TITLE = "AWS test base key of alice"
NUMBERS = itertools.count()
OTHER = ("AKIAEXAMPLEOTHER0000", "other/secret/of+nobody/0000000000000000000")
CREDENTIALS = """\
# keep this comment
[other]
aws_access_key_id = AKIAEXAMPLEOTHER0000
aws_secret_access_key=other/secret/of+nobody/0000000000000000000

[test-bootstrap]
  # and this one
aws_access_key_id     =  {id}
region = eu-central-1
aws_secret_access_key = {secret}
output = json

[last]
region = us-east-1"""


def prepare(world) -> None:
    """A credentials file with more in it than the key."""
    world.user_lines = CREDENTIALS.format(id=world.user.access_key_id, secret=world.user.secret_access_key)
    world.write(".aws/credentials", world.user_lines)


def without_key(text: str, key_id: str) -> str:
    """The text without the two lines of this key."""
    lines = text.splitlines(keepends=True)
    (start,) = (number for number, line in enumerate(lines) if key_id in line)
    del lines[start]
    end = next(n for n in range(start, len(lines)) if lines[n].startswith("aws_secret_access_key"))
    del lines[end]
    return "".join(lines)


def items(world, title: str = TITLE) -> list[dict]:
    """What 1Password has by this title."""
    state = json.loads(Path(world.op.state_file).read_text())
    return [item for item in state["items"] if item["title"] == title]


def values(item: dict) -> dict[str, str]:
    return {field["label"]: field["value"] for field in item["fields"] if field.get("value")}


def check_moved(world, user=None, title: str = TITLE) -> dict:
    """One item has the key, which is nowhere else but in a backup; the two lines, and no more, are gone."""
    user = user or world.user
    (item,) = items(world, title)
    found = values(item)
    assert found["access key id"] == user.access_key_id
    assert found["secret access key"] == user.secret_access_key
    credentials = world.home / ".aws/credentials"
    assert credentials.read_text() == without_key(world.user_lines, user.access_key_id)
    assert credentials.stat().st_mode & 0o777 == 0o600
    for path in world.home.rglob("*"):
        backup = path.name == "credentials.before-mfa-session"
        assert backup or not path.is_file() or user.secret_access_key.encode() not in path.read_bytes(), path
    return item


def works(world, account: str = "test") -> str:
    """The account has a session, whose base key came from 1Password; the id of that."""
    world.forget_codes()
    world.aws.requests.clear()
    world.export(account)
    return next(one.access_key_id for one in world.aws.requests if one.action == "GetSessionToken")


def refused(world, said: str, *argv: str, code: int = 1, hint: str = "", **environ: str) -> str:
    """It ends so, nothing in the home has changed, and 1Password has no more items than before."""
    before = tree(world.home), world.op.state_file.read_text()
    result = world.run(*(argv or RUN), **environ)
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert said in result.stderr
    assert hint in result.stderr
    assert world.user.secret_access_key not in result.stderr
    after = {path: data for path, data in tree(world.home).items() if "/state/" not in path}
    assert after == {path: data for path, data in before[0].items() if "/state/" not in path}
    assert world.op.state_file.read_text() == before[1]
    return result.stderr


def done(world, *argv: str, **environ: str) -> str:
    result = world.run(*(argv or RUN), **environ)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert world.user.secret_access_key not in result.stderr
    return result.stderr


def item_of(key_id="", secret="", title=TITLE, vault="workvaultaaaaaaaaaaaaaaaaa", tags=()):
    fields = {"access key id": key_id, "secret access key": secret, "note": "keep me"}
    return {
        "id": f"someitem{next(NUMBERS):018d}",
        "title": title,
        "version": 1,
        "vault": vault,
        "category": "API_CREDENTIAL",
        "tags": list(tags),
        "created_at": "2024-01-01T12:00:00Z",
        "updated_at": "2024-01-01T12:00:00Z",
        "fields": [
            {"id": f"field{n}", "type": "STRING", "label": label, "value": value}
            for n, (label, value) in enumerate(fields.items())
            if value
        ],
    }


def add(world, *given: dict) -> None:
    world.op.update(items=[*world.op.state["items"], *given])
