"""A base key in a 1Password item, found by the references that an account's file has to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session.adapters.onepassword_items import Items
from mfa_session.errors import ConfigError
from mfa_session.model import HeldKeys, KeyPlace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import BaseKey


class ItemKey(KeyPlace):
    """`references` lead to the id and the secret, which have to be in one item; raises ConfigError where they are not."""

    def __init__(
        self, references: tuple[str, str], label: str, environ: Mapping[str, str], account: str | None
    ) -> None:
        parts = [reference.removeprefix("op://").partition("?")[0].split("/") for reference in references]
        (vault, item, *_), other = parts
        if [vault, item] != other[:2]:
            raise ConfigError(
                "the halves of the base key are in two items of 1Password, which can't be changed at once",
                "put both into one item, and the new references into the account's file",
            )
        self.where = f"the 1Password item {item!r} of vault {vault}"
        self._items = Items(label, environ, account)
        self._item, self._vault = item, vault
        self._fields = ("/".join(parts[0][2:]), "/".join(parts[1][2:]))

    def read(self) -> HeldKeys:
        """See KeyPlace."""
        found = self._items.read(self._item, self._vault, self._fields)
        return HeldKeys(found.current, found.spare)

    def check(self) -> None:
        """See KeyPlace."""
        self._items.check(self._item, self._vault, self._fields)

    def write(self, current: BaseKey, spare: BaseKey | None) -> None:
        """See KeyPlace; the item is read again and compared."""
        self._items.write(self._item, self._vault, current, spare, self._fields)
