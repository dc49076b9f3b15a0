"""A key in an item that is there: changed, and nothing else with it, whatever `op`, 1Password and others do meanwhile."""

from __future__ import annotations

import itertools

import pytest
from onepassword_items_runs import ID, KEY, OLD, SPARE, VAULT, failure, place, with_values

from mfa_session.adapters import onepassword_writing
from mfa_session.adapters.onepassword_items import KeyInItem

__all__ = ["place"]  # the fixture
pytestmark = pytest.mark.one_python

RICH = {
    "tags": ["aws", "büro"],
    "favorite": True,
    "urls": [{"label": "website", "primary": True, "href": "https://example.com/?a=b&c"}],
}


def rich(place):
    """An item with all that an item can have, and more than a pipe takes at once."""
    item = place.test_item
    item |= RICH
    twice = {"id": "Section_aws", "label": "AWS"}
    item["fields"] += [
        {"id": "notesPlain", "type": "STRING", "purpose": "NOTES", "label": "notesPlain", "value": "ü\n" * 60000},
        {"id": "one", "section": twice, "type": "URL", "label": "same", "value": "https://example.com"},
        {"id": "two", "section": twice, "type": "EMAIL", "label": "same", "value": 'a"b\\c\t\U0001f511@example.com'},
        {"id": "three", "section": {"id": "bare"}, "type": "DATE", "label": "", "value": "1700000000"},
        {"id": "four", "type": "MENU", "label": "empty"},
    ]  # fmt: skip
    place.op.save()
    return place.json(ID)


def test_the_key_changes_and_nothing_else_does(place):
    before = rich(place)
    items = place.items()
    assert items.read(ID, VAULT) == KeyInItem(OLD, None)
    items.write(ID, VAULT, KEY, None)
    assert place.json(ID) == with_values(before, KEY)
    assert items.read("aws test", "private") == KeyInItem(KEY, None)  # by name, too
    items.write("AWS test", "Private", KEY, None)  # has been done already
    items.write("AWS test", "Private", OLD, None)
    assert place.json(ID) == before
    assert len(place.calls("edit")) == 2
    assert place.op.stored("AWS test")[0]["version"] == 3


def test_a_spare_key_comes_and_goes_with_its_section(place):
    before = rich(place)
    items = place.items()
    items.write(ID, VAULT, OLD, SPARE)
    assert items.read(ID, VAULT) == KeyInItem(OLD, SPARE)
    section = f"op://{VAULT}/{ID}/mfa-session rotate/spare "
    assert place.value(section + "access key id") == SPARE.access_key_id
    assert place.value(section + "secret access key") == SPARE.secret_access_key
    kinds = {one["label"]: one["type"] for one in place.json(ID)["fields"]}
    assert (kinds["spare access key id"], kinds["spare secret access key"]) == ("STRING", "CONCEALED")
    items.write(ID, VAULT, SPARE, KEY)
    assert items.read(ID, VAULT) == KeyInItem(SPARE, KEY)
    items.write(ID, VAULT, OLD, None)
    assert place.json(ID) == before
    assert all(one.get("label") != "mfa-session rotate" for one in place.op.stored("AWS test")[0]["sections"])


@pytest.mark.parametrize(
    "quirk", ["write_lost:1", "fields_dropped:1", "write_409:1", "another_hand:1", "slow_write"]
)
def test_what_goes_wrong_once_is_put_right(place, quirk):
    before = rich(place)
    place.op.update(quirks=[quirk], write_seconds=1.5)
    place.items().write(ID, VAULT, KEY, SPARE)
    assert place.items().read(ID, VAULT) == KeyInItem(KEY, SPARE)
    place.op.update(quirks=[])
    place.items().write(ID, VAULT, KEY, None)
    after, expected = place.json(ID), with_values(before, KEY)
    notes = [one for one in after["fields"] if one["label"] == "note"]
    assert [one["value"] for one in notes] == (["of another hand"] if quirk == "another_hand:1" else [])
    assert after | {"fields": [one for one in after["fields"] if one not in notes]} == expected


def test_an_op_that_asks_before_it_reads_is_not_waited_for_in_silence(place, capfd):
    """More than a pipe takes at once is on its way to it meanwhile."""
    rich(place)
    place.first('case "$*" in *"item edit"*) sleep 2.5 ;; esac')
    place.items().write(ID, VAULT, KEY, None)
    assert "approve the 1Password prompt for test" in capfd.readouterr().err


def test_a_write_that_is_lost_twice_is_told(place):
    place.op.update(quirks=["write_lost"])
    error = failure(place.items().write, ID, VAULT, KEY, None)
    assert error.message == "op said twice that it had changed the 1Password item 'AWS test', and it has not"
    assert len(place.calls("edit")) == 2


def test_fields_that_are_dropped_twice_are_named(place):
    place.op.update(quirks=["fields_dropped"])
    error = failure(place.items().write, ID, VAULT, KEY, SPARE)
    names = (
        "access key id, one-time password, secret access key, spare access key id, spare secret access key"
    )
    assert error.message.endswith(f"what differs: {names}")
    assert "history" in error.hints[0]


def test_a_conflict_is_waited_out_for_a_while(place, monkeypatch):
    monkeypatch.setattr(onepassword_writing, "PAUSES", (0.01,) * 4)
    place.op.update(quirks=["write_409:4"])
    place.items().write(ID, VAULT, KEY, None)
    assert place.items().read(ID, VAULT).current == KEY
    place.op.update(quirks=["write_409:5"])
    assert "(409) Conflict" in failure(place.items().write, ID, VAULT, OLD, None).message
    assert len(place.calls("edit")) == 10


def test_the_pauses_grow(place):
    place.op.update(quirks=["write_409:3"])
    place.items().write(ID, VAULT, KEY, None)
    tries = itertools.pairwise(place.calls("edit"))
    gaps = [later["started"] - earlier["ended"] for earlier, later in tries]
    assert [gap >= pause for gap, pause in zip(gaps, (0.5, 1, 2), strict=True)] == [True] * 3


@pytest.mark.parametrize("stored", [True, False])
def test_a_line_that_breaks_is_no_matter_if_the_item_is_right(place, stored):
    first = 'real-op "$@" >/dev/null;' if stored else ""
    offline = "echo '[ERROR] 2026/01/02 03:04:05 dial tcp: i/o timeout' >&2; exit 1"
    place.first(f'case "$*" in *edit*) if mkdir "$HOME/once" 2>/dev/null; then {first} {offline}; fi ;; esac')
    place.items().write(ID, VAULT, KEY, None)
    assert place.items().read(ID, VAULT).current == KEY
    assert place.op.stored("AWS test")[0]["version"] == 2


def test_a_change_at_the_very_moment_is_told(place, capfd):
    other = f'real-op item edit {ID} --title "AWS tests" </dev/null >/dev/null'
    place.first(f'case "$*" in *"item edit"*) {other} ;; esac')
    place.items().write(ID, VAULT, KEY, None)
    assert place.items().read(ID, VAULT).current == KEY
    assert "somebody else changed the 1Password item 'AWS test' at the same moment" in capfd.readouterr().err


def test_others_who_never_stop_are_not_fought(place):
    place.op.update(quirks=["another_hand"])
    error = failure(place.items().write, ID, VAULT, KEY, None)
    assert error.message == "others keep changing the 1Password item 'AWS test'"
    assert place.calls("edit") == []
