"""The 1Password item that `import` stores a key in: a new one, one that is there, and an `op` that fails to."""

from __future__ import annotations

import re

import pytest
from import_runs import (
    OTHER,
    RUN,
    TITLE,
    add,
    check_moved,
    done,
    item_of,
    items,
    prepare,
    refused,
    values,
    works,
)

pytestmark = pytest.mark.one_python


@pytest.fixture
def world(world):
    prepare(world)
    return world


QUIRKS = {
    "write_lost:1": None,  # exit 0, and nothing stored: it is done again
    "write_409:1": None,
    "write_lost": "it has not",
    "fields_dropped": "1Password did not store the item",
    "read_only_vault": "permission",
}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_when_1password_says_yes_and_does_not(world, quirk):
    before = world.user_lines, (world.home / "envs/.env.test").read_text()
    world.op.update(quirks=[quirk])
    result = world.run(*RUN)
    if said := QUIRKS[quirk]:
        assert result.returncode == 1
        assert said in result.stderr
        files = (world.home / ".aws/credentials", world.home / "envs/.env.test")
        assert tuple(path.read_text() for path in files) == before
        state = world.op.state | {"quirks": []}
        state["items"] = items(world, "AWS test") + items(world, "AWS prod") + items(world)
        world.op.update(**state)
        result = world.run(*RUN)
    assert result.returncode == 0, result.stderr
    check_moved(world)


def test_an_item_that_is_there(world):
    """The same key: it goes on. Another one, or none: only what the person has named is written into."""
    add(world, item_of(*OTHER))
    refused(world, "has another access key (****0000)", hint="--item TITLE")
    world.op.update(items=world.op.state["items"][:-1])
    add(world, item_of())
    stderr = refused(world, "is there, and has no access key", hint="add: --item someitem")
    named = re.search(r"--item (\w+)", stderr)[1]
    add(world, item_of(title="AWS twice"), item_of(title="AWS twice"))
    refused(world, "1Password has 2 items called 'AWS twice'", *RUN, "--item", "AWS twice", hint="by its id")
    done(world, *RUN, "--item", named)
    assert values(check_moved(world))["note"] == "keep me"
    assert works(world) == world.user.access_key_id


def test_the_same_key_in_another_vault_makes_no_second_item(world):
    add(world, item_of(world.user.access_key_id, world.user.secret_access_key))
    said = done(world, *RUN, "--vault", "Private")
    assert f"****0000 is in the item '{TITLE}' of vault Work already" in said
    check_moved(world)


def test_another_key_by_that_title_in_another_vault_is_no_hindrance(world):
    add(world, item_of(*OTHER))
    done(world, *RUN, "--vault", "Private")
    assert [values(item)["access key id"] for item in items(world)] == [OTHER[0], world.user.access_key_id]


def test_what_was_left_half_done_is_finished(world):
    """An item of ours without a key, as an `op` leaves it that has dropped the fields."""
    add(world, item_of(tags=["aws", "mfa-session"]))
    done(world)
    check_moved(world)


def test_an_item_that_is_named_and_not_there_is_made(world):
    done(world, *RUN, "--item", "my key", "--vault", "work")
    item = check_moved(world, title="my key")
    text = (world.home / "envs/.env.test").read_text()
    assert 'AWS_ACCESS_KEY_ID="op://Work/my key/access key id"' in text
    assert item["vault"] == "workvaultaaaaaaaaaaaaaaaaa"
