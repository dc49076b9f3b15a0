"""The keys in an item of 1Password, whole as `op` gives and takes it: finding them in its JSON, and changing it."""

from __future__ import annotations

import copy
import re
from typing import Any, NamedTuple

from mfa_session.errors import MfaSessionError
from mfa_session.model import BaseKey

Item = dict[str, Any]
Pair = tuple[str, str]

CURRENT: Pair = ("access key id", "secret access key")
SPARE: Pair = ("spare access key id", "spare secret access key")
SECTION = "mfa-session rotate"
TAGS = ("aws", "mfa-session")
_ALSO = {one: (f"aws {one}",) for one in CURRENT}  # what others call the same
_KINDS = ("STRING", "CONCEALED")


class KeyInItem(NamedTuple):
    """`current` or `spare` is None where one of its halves is missing or empty."""

    current: BaseKey | None
    spare: BaseKey | None


def fresh(title: str, key: BaseKey, notes: str) -> Item:
    """An item as `op item create` takes it."""
    about = {"id": "notesPlain", "type": "STRING", "purpose": "NOTES", "label": "notesPlain", "value": notes}
    item: Item = {"title": title, "category": "API_CREDENTIAL", "tags": list(TAGS), "sections": []}
    return with_keys({**item, "fields": [about]}, key, None)


def completed(there: Item, title: str, key: BaseKey, notes: str) -> Item:
    """What is there of an item that was made by `fresh`, with whatever it lacks."""
    wanted = fresh(title, key, notes)
    changed = with_keys({**there, "title": title, "tags": wanted["tags"]}, key, None)
    kept = [one for one in changed["fields"] if one.get("purpose") != "NOTES"]
    return {**changed, "fields": [wanted["fields"][0], *kept]}


def key_in(item: Item, fields: Pair | None = None) -> KeyInItem:
    """The keys that are in it; raises MfaSessionError where a name fits several fields."""
    return KeyInItem(_key(item, fields or CURRENT, spare=False), _key(item, SPARE, spare=True))


def with_keys(item: Item, current: BaseKey, spare: BaseKey | None, fields: Pair | None = None) -> Item:
    """A copy with these keys in place of those that are in it, and everything else as it is.

    Raises MfaSessionError where `fields` names one that is not there, or where a name fits several.
    """
    changed = copy.deepcopy(item)
    _put(changed, fields or CURRENT, current, spare=False, may_add=fields is None)
    if spare:
        _put(changed, SPARE, spare, spare=True, may_add=True)
        return changed
    old = [one for one in (_find(changed, name, spare=True) for name in SPARE) if one]
    changed["fields"] = [one for one in changed["fields"] if not any(one is gone for gone in old)]
    if not any(_is_ours(one) for one in changed["fields"]):
        changed["sections"] = [one for one in changed.get("sections") or [] if not _called(one, SECTION)]
    return changed


def refuse_what_would_be_lost(item: Item) -> None:
    """JSON carries neither files nor passkeys, and an item is replaced as a whole."""
    kinds = {str(one.get("type")) for one in item["fields"]} | {name.upper() for name in item if item[name]}
    what = "files" if kinds & {"FILE", "FILES"} else "a passkey" if kinds & {"PASSKEY", "PASSKEYS"} else ""
    if what:
        raise MfaSessionError(
            f"the 1Password item {item['title']!r} holds {what}, which op would lose in changing it",
            "put the key into an item of its own, and refer to that one",
        )


def secrets(item: Item) -> list[str]:
    """The values that must not be shown, longest first."""
    kinds = ("CONCEALED", "OTP")
    found = {
        str(one["value"]) for one in item.get("fields", []) if one.get("type") in kinds and one.get("value")
    }
    return sorted(found, key=len, reverse=True)


def _key(item: Item, names: Pair, *, spare: bool) -> BaseKey | None:
    found = [_find(item, name, spare=spare) for name in names]
    ident, secret = (str(one.get("value") or "").strip() if one else "" for one in found)
    return BaseKey(ident, secret) if ident and secret else None


def _put(item: Item, names: Pair, key: BaseKey, *, spare: bool, may_add: bool) -> None:
    for name, kind, value in zip(names, _KINDS, (key.access_key_id, key.secret_access_key), strict=True):
        field = _find(item, name, spare=spare)
        if field is None and not may_add:
            raise MfaSessionError(
                f"the 1Password item {item['title']!r} has no field {name!r}",
                "look at its fields: op item get ITEM --vault VAULT",
            )
        if field is None:
            field = {"type": kind, "label": name}
            if spare:
                field["section"] = _section(item)
            item["fields"].append(field)
        field["value"] = value


def _section(item: Item) -> dict[str, str]:
    sections = item.setdefault("sections", [])
    known = [one for one in sections if _called(one, SECTION)]
    if not known:
        known = [{"id": SECTION.replace(" ", "_").replace("-", "_"), "label": SECTION}]
        sections += known
    return dict(known[0])


def _find(item: Item, name: str, *, spare: bool) -> Item | None:
    """The field of this name or id, perhaps behind that of its section; without one, those outside of any come first."""
    place, _, last = name.rpartition("/")
    ours: list[Item] = [one for one in item["fields"] if _is_ours(one) == spare and one.get("type") != "OTP"]
    if place:
        ours = [one for one in ours if _called(one.get("section") or {}, place)]
    for is_it in (_has_id, _is_labelled, _is_much_like):
        found = [one for one in ours if any(is_it(one, wanted) for wanted in (last, *_ALSO.get(last, ())))]
        found = [one for one in found if not one.get("section")] or found
        if len(found) > 1:
            raise MfaSessionError(
                f"the 1Password item {item['title']!r} has several fields {last!r}",
                "rename those that are not meant, or refer to one by its section: op://vault/item/section/field",
            )
        if found:
            return found[0]
    return None


def _is_ours(field: Item) -> bool:
    return _called(field.get("section") or {}, SECTION)


def _called(one: Item, name: str) -> bool:
    return _has_id(one, name) or _is_much_like(one, name)


def _has_id(one: Item, name: str) -> bool:
    return bool(one.get("id") == name)


def _is_labelled(one: Item, name: str) -> bool:
    return str(one.get("label") or "").casefold() == name.casefold()


def _is_much_like(one: Item, name: str) -> bool:
    return _plain(one.get("label") or "") == _plain(name)


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]+", " ", name).strip().casefold()
