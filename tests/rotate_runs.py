"""What the tests of `rotate` share: a world with a session at hand, where its key is, and how it has to be in the end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from standins.sts_people import User


# What 1Password itself has to say of an item, and what is compared by itself.
COMPUTED = ("version", "updated_at", "last_edited_by", "sections", "additional_information", "fields")


class Held(NamedTuple):
    access_key_id: str
    secret: str


class Place:
    """Where the key of the account `test` is, as a test sees it: not through the code that changes it."""

    account = "test"

    def __init__(self, world) -> None:
        self.world = world
        self.before = self._file().read_bytes() if self._file() else b""

    def _file(self) -> Path | None:
        return self.world.home / ".aws/credentials"

    def held(self) -> Held:
        text = self._file().read_text()
        return Held(*(re.search(rf"(?im)^{half}\s*=\s*(\S+)", text)[1] for half in self.halves()))

    def halves(self):
        return "aws_access_key_id", "aws_secret_access_key"

    def is_as_before_but_for(self, old: Held, new: Held) -> None:
        text = self._file().read_text()
        assert (
            text.replace(new.access_key_id, old.access_key_id).replace(new.secret, old.secret)
            == self.before.decode()
        )


class Envfile(Place):
    """Both halves literally in the account's file."""

    def __init__(self, world) -> None:
        key = world.user
        world.account(
            AWS_ACCESS_KEY_ID=key.access_key_id, AWS_SECRET_ACCESS_KEY=f"'{key.secret_access_key}' # of alice"
        )
        (world.home / ".aws/credentials").unlink()
        super().__init__(world)

    def _file(self):
        return self.world.home / "envs/.env.test"

    def held(self):
        found = super().held()
        return Held(found.access_key_id, found.secret.strip("'"))


class Item(Place):
    """Both halves in the 1Password item that also has the code."""

    account = "prod"

    def __init__(self, world) -> None:
        super().__init__(world)
        self.item = self._item()

    def _file(self):
        return None

    def _item(self) -> dict:
        items = json.loads(self.world.op.state_file.read_text())["items"]
        return next(item for item in items if item["title"] == "AWS prod")

    def held(self):
        fields = {field["label"]: field.get("value") for field in self._item()["fields"]}
        return Held(fields["access key id"], fields["secret access key"])

    def is_as_before_but_for(self, old, new):
        def plain(item):
            values = {new.access_key_id: old.access_key_id, new.secret: old.secret}
            fields = [
                {**field, "value": values.get(field.get("value"), field.get("value"))}
                for field in item["fields"]
            ]
            kept = {name: item[name] for name in item if name not in COMPUTED}
            return {**kept, "fields": fields}

        assert "mfa-session rotate" not in json.dumps(self._item())
        now, then = plain(self._item()), plain(self.item)
        assert now == then, {name: (now.get(name), then.get(name)) for name in now | then}


PLACES = {"profile": Place, "file": Envfile, "item": Item}


def user(world, place: Place) -> User:
    return next(
        one
        for one in world.aws.users
        if one.account_id == {"test": "111122223333", "prod": "444455556666"}[place.account]
    )


def with_session(world, place: Place) -> None:
    """A session is kept, and the codes of this moment are free again: no test waits for the next step."""
    assert world.run("export", place.account).returncode == 0
    world.forget_codes()


def keys(world, place: Place) -> dict[str, str]:
    """The ids of the user's active keys with their secrets, as AWS has them."""
    return {key.id: key.secret for key in world.aws.keys_of(user(world, place)) if key.active}


def works(world, place: Place) -> None:
    """What is stored is a key that AWS takes."""
    held = place.held()
    assert keys(world, place).get(held.access_key_id) == held.secret


def settled(world, place: Place, old: Held, *, new: bool) -> Held:
    """One key alone, stored, and nothing else left of the rotation; returns it."""
    held = place.held()
    everything = world.aws.keys_of(user(world, place))
    assert [(key.id, key.active) for key in everything] == [(held.access_key_id, True)]
    works(world, place)
    assert (held != old) is new
    place.is_as_before_but_for(old, held)
    gone = old.secret if new else None
    for path in world.home.rglob("*"):
        if path.is_file():
            assert not path.name.startswith("rotation-"), path
            if gone:
                assert gone.encode() not in path.read_bytes(), path
    return held
