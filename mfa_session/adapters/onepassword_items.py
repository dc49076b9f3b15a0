"""The items of 1Password, for who stores a key there: to look for one, make one, and change the key in one.

What `op` prints of a whole item has the seed of its codes in it, and `op` replaces items as a whole: so it passes
through here where a key is read or written, and is neither kept nor shown. Secrets go to `op` through a pipe.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from mfa_session import tty
from mfa_session.adapters import onepassword_calls as calls
from mfa_session.adapters import onepassword_errors as errors
from mfa_session.adapters import onepassword_fields as contents
from mfa_session.adapters import onepassword_listing as listing
from mfa_session.adapters import onepassword_writing as writing
from mfa_session.adapters.onepassword_fields import KeyInItem as KeyInItem  # noqa: TC001 - others have it from here
from mfa_session.adapters.onepassword_listing import Listed as Listed  # noqa: TC001 - others have it from here
from mfa_session.adapters.onepassword_listing import Stored as Stored  # noqa: TC001 - others have it from here
from mfa_session.errors import MfaSessionError
from mfa_session.model import BaseKey, OpItem

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping
    from typing import Any


class Items:
    """The items of a 1Password account, for those who store a key there.

    `label` names the account for the person who is asked; `account` is the 1Password account. All calls run in this
    terminal session, where one authorization serves them. Everything raises MfaSessionError.
    """

    def __init__(self, label: str, environ: Mapping[str, str], account: str | None = None) -> None:
        # What is read back must come from the server, and what is in the archive is out of use.
        env = calls.environment(environ) | {"OP_CACHE": "false"}
        env.pop("OP_INCLUDE_ARCHIVE", None)
        self._op = calls.Calls(label, env, account, tty.notice)

    def list(self, vault: str | None = None, tags: tuple[str, ...] = ()) -> builtins.list[Listed]:
        """Those in the vault (a name or an id), or in all; with each of the tags."""
        argv = ["item", "list", *_inside(vault), *(["--tags", ",".join(tags)] if tags else [])]
        found = writing.ask(self._op, argv)
        if not isinstance(found, list):
            raise writing.not_as_expected()
        return [one for one in map(listing.listed, found) if set(tags) <= set(one.tags)]

    def has_code(self, item: str, vault: str | None = None) -> bool:
        """Whether that item (a name or an id) has a one-time password; its seed is not read."""
        self._op.about = OpItem(item, vault)
        try:
            self._op.run(["item", "get", "--otp", *_inside(vault), "--", item])
        except errors.OpError as error:
            if error.kind != "NO_OTP":
                raise
            return False
        finally:
            self._op.about = None
        return True

    def create(self, title: str, vault: str | None, key: BaseKey, notes: str = "") -> Stored:
        """A new item with this key, in the vault (a name or an id) or in the one that `op` chooses.

        Never makes a second one where the first may have been stored: it looks before it tries again.
        """
        title = title.strip()
        argv = ["item", "create", "-", *_inside(vault)]
        pauses, in_vain = [0.0, *writing.PAUSES], 0
        while pauses and in_vain < 2:
            time.sleep(pauses[0])
            refused: errors.OpError | None = None
            made = None
            try:
                made = writing.send(self._op, argv, contents.fresh(title, key, notes))
                in_vain += 1
            except errors.OpError as error:
                if writing.is_conflict(error):
                    pauses.pop(0)
                elif error.kind == "NETWORK":
                    in_vain += 1
                else:
                    raise
                refused = error
            stored = self._stored(title, vault, key, made)
            if stored:
                change = functools.partial(contents.completed, title=title, key=key, notes=notes)
                writing.edit(self._op, stored.id, stored.vault_id, change)
                return stored
        raise refused or MfaSessionError(
            f"op said twice that it had made the 1Password item {title!r}, and it has not",
            "look for it: op item list; update op, and run it again",
        )

    def find(self, title: str, vault: str | None) -> builtins.list[Stored]:
        """The items of exactly this title, to go on after an interruption."""
        everything = self.list()
        return [listing.stored(one, everything) for one in _titled(everything, title, vault)]

    def read(self, item_id: str, vault_id: str, fields: contents.Pair | None = None) -> KeyInItem:
        """The keys that are in it; `fields` are the last parts of the references to the two halves, or their ids."""
        return contents.key_in(writing.fetch(self._op, item_id, vault_id), fields)

    def check(self, item_id: str, vault_id: str, fields: contents.Pair | None = None) -> None:
        """Raise the error with which `write` would refuse this item, while nothing has been done yet."""
        item = writing.fetch(self._op, item_id, vault_id)
        contents.refuse_what_would_be_lost(item)
        contents.with_keys(item, BaseKey("", ""), None, fields)

    def write(
        self,
        item_id: str,
        vault_id: str,
        current: BaseKey,
        spare: BaseKey | None,
        fields: contents.Pair | None = None,
    ) -> None:
        """Have these keys in the item, everything else as it is; returns once that has been seen.

        Without `spare`, a spare key that is there goes. An item with files or passkeys is refused.
        """
        writing.edit(
            self._op, item_id, vault_id, lambda item: contents.with_keys(item, current, spare, fields)
        )

    def _stored(self, title: str, vault: str | None, key: BaseKey, made: Any) -> Stored | None:
        """The item that has just been made, found by its id or else by the key that is in it."""
        everything = self.list()
        ident = made.get("id") if isinstance(made, dict) else None
        found = [one for one in everything if one.id == ident] or [
            one for one in _titled(everything, title, vault) if self.read(one.id, one.vault_id).current == key
        ]
        return listing.stored(found[0], everything) if found else None


def _titled(lines: builtins.list[Listed], title: str, vault: str | None) -> builtins.list[Listed]:
    inside = vault.casefold() if vault else None
    return [
        one
        for one in lines
        if one.title == title.strip() and inside in (None, one.vault.casefold(), one.vault_id.casefold())
    ]


def _inside(vault: str | None) -> builtins.list[str]:
    return ["--vault", vault] if vault else []
