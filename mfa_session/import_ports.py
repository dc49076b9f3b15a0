"""What an import reaches: the items of 1Password, AWS, the account's file, and the place in plain text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import whole_file, wiring, wiring_codes, wiring_keys
from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey

if TYPE_CHECKING:
    from mfa_session.import_target import Target
    from mfa_session.importing import Keys, References, Stored
    from mfa_session.users import Identity
    from mfa_session.wiring_keys import Items, ProfileKey

_OURS = "mfa-session"  # the tag


class Ports:
    """See importing.Ports. `item` is the one that the person named, by title or id; `place` is None for a CSV file.

    `storing`: 1Password has been told to keep the key.
    """

    def __init__(
        self,
        target: Target,
        place: ProfileKey | None,
        vault: str | None,
        item: str | None,
        *,
        keep_backup: bool,
    ) -> None:
        self.target = target
        self.place = place
        self.title = item or ""
        self._vault = vault
        self._named = item is not None
        self._keep_backup = keep_backup
        self._key: BaseKey | None = place.read().current if place else None
        self._opened: Items | None = None
        self.storing = False

    def use(self, whose: Identity) -> None:
        """Name the item after the user, unless the person has named it."""
        self._whose = whose
        self.title = self.title or f"AWS {self.target.account.name} base key of {whose.user}"

    @property
    def where(self) -> str:
        return f"vault {self._vault}" if self._vault else "the vault that op chooses (--vault names one)"

    def find(self) -> list[Stored]:
        """In all vaults: one that an earlier run has made is never made again."""
        found = self._items.find(self.title, None)
        if found or not self._named:
            return [*found]
        listed = [one for one in self._items.list() if one.id == self.title]
        return [
            stored
            for one in listed
            for stored in self._items.find(one.title, one.vault_id)
            if stored.id == one.id
        ]

    def is_wanted(self, item: Stored) -> bool:
        return not self._vault or self._vault.casefold() in (item.vault.casefold(), item.vault_id)

    def read(self, item: Stored) -> Keys:
        return self._items.read(item.id, item.vault_id)

    def is_ours(self, item: Stored) -> bool:
        return self._named or any(one.id == item.id for one in self._items.list(item.vault_id, (_OURS,)))

    def create(self, key: BaseKey) -> Stored:
        notes = (
            f"The base key of {self._whose.user} in AWS account {self._whose.account_id}, for mfa-session."
        )
        self.storing = True
        return self._items.create(self.title, self._vault, key, notes)

    def add(self, item: Stored, key: BaseKey) -> None:
        self.storing = True
        self._items.write(item.id, item.vault_id, key, None)

    def resolved(self, references: References) -> BaseKey:
        account = self.target.as_it_will_be(references)
        answer = wiring_codes.references(account, os.environ).ask(references).answer()
        return BaseKey(*(answer.values[reference] for reference in references))

    def identity(self, key: BaseKey) -> Identity:
        """Without the profile, whose network settings will not hold any more."""
        return wiring_keys.identity(self.target.as_it_will_be(("", "")), key, None, os.environ)

    def describe(self, references: References) -> str:
        said = self.target.write(references, f"The base key is in 1Password, as {self.title!r}.")
        found = self.target.read_again().key.references
        if found != references:
            raise ConfigError("does not refer to the key that was imported", path=self.target.path)
        return said

    def forget(self) -> str:
        if self.place is None:
            return "nothing was taken out of any file"
        if self.place.read().current != self._key:
            raise ConfigError(
                f"{self.place.where} has another key by now, which is left there", "run it again"
            )
        backup = self.place.remove(self._keep_backup)
        kept = f"; {whole_file.shown(backup)} is the file with the key" if backup else ""
        return f"{self.place.where} has no key any more{kept}"

    @property
    def _items(self) -> Items:
        if self._opened is None:
            account = self.target.account
            op_account = account.otp.op.account if account.otp.op else None
            self._opened = wiring_keys.items(account.label, os.environ, op_account)
        return self._opened


def source(key: BaseKey, profile: str | None, target: Target) -> wiring.KeySource | None:
    """The profile's network settings and region, as long as the key is there."""
    if profile is None:
        return None
    return wiring.KeySource(lambda _: key, key.access_key_id, profile, target.region)
