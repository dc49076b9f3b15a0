"""Whether an item of 1Password is what was sent: what the program computes by itself does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mfa_session.adapters.onepassword_fields import Item


def differences(meant: Item, found: Item) -> list[str]:
    """The labels of fields, and the properties, in which they differ."""
    left, right = _essence(meant), _essence(found)
    names = {name for name in left.keys() | right.keys() if left.get(name) != right.get(name)}
    return sorted({name[-1] for name in names})


def _essence(item: Item) -> dict[tuple[str, ...], object]:
    sections = {one["id"]: one.get("label") or "" for one in item.get("sections") or []}
    known: dict[tuple[str, ...], object] = {
        ("the title",): item.get("title"),
        ("the category",): item.get("category"),
        ("the tags",): sorted(item.get("tags") or []),
        ("the addresses",): item.get("urls") or [],
        ("the favourite mark",): bool(item.get("favorite")),
    }
    for one in item["fields"]:
        if not one.get("value"):  # op adds a category's own fields, and leaves out what is empty
            continue
        place = one.get("section") or {}
        where = place.get("label") or sections.get(place.get("id", "")) or place.get("id", "")
        name = ("field", where, one.get("label") or one.get("id", ""))
        seen = known.setdefault(name, [])
        assert isinstance(seen, list)  # noqa: S101 - two fields may have the same name
        seen.append((one.get("type"), one.get("purpose"), one["value"]))
    return known
