"""The lines of `op item list`, and the references that lead to what they name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mfa_session.adapters.onepassword_fields import CURRENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_IN_A_REFERENCE = re.compile(r"[\w.-]([\w. -]*[\w.-])?", re.ASCII)


class Listed(NamedTuple):
    """One line of `op item list`."""

    id: str
    title: str
    vault: str
    vault_id: str
    category: str
    tags: tuple[str, ...]
    updated: str


class Stored(NamedTuple):
    """An item, and where the two halves of its key are, for an account's file."""

    id: str
    vault_id: str
    title: str
    vault: str
    references: tuple[str, str]


def listed(line: Mapping[str, Any]) -> Listed:
    vault, tags = line.get("vault") or {}, tuple(line.get("tags") or ())
    return Listed(
        line["id"],
        line.get("title", ""),
        vault.get("name", ""),
        vault.get("id", ""),
        line.get("category", ""),
        tags,
        line.get("updated_at", ""),
    )


def stored(item: Listed, everything: list[Listed]) -> Stored:
    """With references by name where these can be written and lead to this item alone."""
    place = (item.vault.casefold(), item.title.casefold())
    same = [one for one in everything if (one.vault.casefold(), one.title.casefold()) == place]
    vaults = {one.vault_id for one in everything if one.vault.casefold() == place[0]}
    plain = all(_IN_A_REFERENCE.fullmatch(name) for name in (item.vault, item.title))
    by_name = plain and len(same) == len(vaults) == 1
    vault, title = (item.vault, item.title) if by_name else (item.vault_id, item.id)
    ident, secret = (f"op://{vault}/{title}/{label}" for label in CURRENT)
    return Stored(item.id, item.vault_id, item.title, item.vault, (ident, secret))
