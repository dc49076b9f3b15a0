"""Which fields of an item of 1Password are the key, what people call them, and items that are left alone."""

from __future__ import annotations

import pytest
from onepassword_items_runs import ID, KEY, OLD, SPARE, VAULT, failure, place, with_values

from mfa_session.adapters.onepassword_items import KeyInItem

__all__ = ["place"]  # the fixture
pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    "labels",
    [
        ("Access Key ID", "Secret Access Key"),
        ("access-key-id", "secret_access key"),
        ("aws_access_key_id", "AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_the_fields_are_found_by_what_people_call_them(place, labels):
    for field, label in zip(place.test_item["fields"][2:4], labels, strict=True):
        field["label"] = label
    place.op.save()
    before = place.json(ID)
    assert place.items().read(ID, VAULT).current == OLD
    place.items().write(ID, VAULT, KEY, None)
    assert place.json(ID) == with_values(before, KEY)


@pytest.mark.parametrize(
    "fields",
    [
        ("AWS/id of bob", "aws/Key of Bob"),
        ("Section_aws/id of bob", "key of bob"),
        ("accesskeyidfieldaaaaaaaaaa", "secretkeyfieldaaaaaaaaaaaa"),
    ],
)
def test_the_fields_may_be_named_as_references_name_them(place, fields):
    key_id, secret = place.test_item["fields"][2:4]
    key_id["label"], secret["label"] = "id of bob", "key of bob"
    place.test_item["fields"].append(
        {"id": "o", "type": "STRING", "label": "access key id", "value": "AKIAOTHER"}
    )
    place.op.save()
    before, items = place.json(ID), place.items()
    assert items.read(ID, VAULT).current is None
    assert items.read(ID, VAULT, fields).current == OLD
    items.check(ID, VAULT, fields)
    items.write(ID, VAULT, KEY, None, fields)
    assert place.json(ID) == with_values(before, KEY)


def test_a_name_that_fits_no_field_or_several_is_refused(place):
    items, before = place.items(), place.json(ID)
    wrong = ("access key id", "the secret")
    assert items.read(ID, VAULT, wrong).current is None
    for call in (lambda: items.write(ID, VAULT, KEY, None, wrong), lambda: items.check(ID, VAULT, wrong)):
        assert failure(call).message == "the 1Password item 'AWS test' has no field 'the secret'"
    place.test_item["fields"].append(place.test_item["fields"][3] | {"id": "again"})
    place.op.save()
    before = place.json(ID)
    error = failure(items.write, ID, VAULT, KEY, None)
    assert error.message == "the 1Password item 'AWS test' has several fields 'secret access key'"
    assert (place.json(ID), place.calls("edit")) == (before, [])


def test_one_outside_of_all_sections_is_meant_before_others(place):
    loose = [{**one, "id": one["id"] + "2"} for one in place.test_item["fields"][2:4]]
    for one, value in zip(loose, (SPARE.access_key_id, SPARE.secret_access_key), strict=True):
        del one["section"]
        one["value"] = value
    place.test_item["fields"] += loose
    place.op.save()
    assert place.items().read(ID, VAULT).current == SPARE
    assert place.items().read(ID, VAULT, ("AWS/access key id", "AWS/secret access key")).current == OLD


@pytest.mark.parametrize("half", [2, 3])
def test_half_a_key_is_none_and_an_item_without_one_takes_one(place, half):
    place.test_item["fields"][half].pop("value")
    place.op.save()
    assert place.items().read(ID, VAULT) == KeyInItem(None, None)
    del place.test_item["fields"][2:4]
    place.op.save()
    place.items().write(ID, VAULT, KEY, None)
    assert place.items().read(ID, VAULT) == KeyInItem(KEY, None)


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("files", {"files": [{"id": "f", "name": "scan.pdf", "size": 3}]}),
        ("files", {"fields": [{"id": "f", "type": "FILE", "label": "scan", "value": "x"}]}),
        ("a passkey", {"fields": [{"id": "f", "type": "PASSKEY", "label": "passkey", "value": "x"}]}),
    ],
)
def test_an_item_that_would_lose_something_is_refused(place, what, changes):
    ident = place.add("Full", vault="Private", **changes)["id"]
    for call in (
        lambda: place.items().write(ident, VAULT, KEY, None),
        lambda: place.items().check(ident, VAULT),
    ):
        error = failure(call)
        assert error.message.startswith(f"the 1Password item 'Full' holds {what}, which op would lose")
        assert "an item of its own" in error.hints[0]
    assert place.calls("edit") == []
