"""Writing an item of 1Password so that what was meant is what is there: `op` may say that it has, and have not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from mfa_session import tty
from mfa_session.adapters import onepassword_comparing as comparing
from mfa_session.adapters import onepassword_errors as errors
from mfa_session.adapters import onepassword_fields as fields
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.adapters.onepassword_calls import Calls

PAUSES = (
    0.5,
    1,
    2,
    4,
)  # seconds, before each further try where 1Password is still busy with the change before
_ROUNDS = 5  # in which others may change the item at the same time
_AS_JSON = ("--format", "json")
_BEFORE_ANYTHING = frozenset({"APP_TRANSIENT"})  # of NETWORK nobody knows how far it came


def ask(op: Calls, argv: list[str]) -> Any:
    """What op prints as JSON, where asking twice does no harm."""
    try:
        return _parsed(op.run([*_AS_JSON, *argv]))
    except errors.OpError as error:
        raise _in_other_words(error) from None


def fetch(op: Calls, item_id: str, vault_id: str) -> fields.Item:
    """The whole item, the seed of its codes and all: for as short as can be."""
    item = ask(op, ["item", "get", "--vault", vault_id, "--", item_id])
    if not isinstance(item, dict) or not item.get("id"):
        raise not_as_expected()
    item.setdefault("fields", [])
    item.setdefault("title", item_id)
    return item


def send(op: Calls, argv: list[str], item: fields.Item) -> Any:
    """What op prints of the item it says that it has written; raises OpError in words about writing."""
    try:
        return _parsed(op.run([*_AS_JSON, *argv], json.dumps(item), retry=_BEFORE_ANYTHING))
    except errors.OpError as error:
        raise _in_other_words(error, item) from None


def is_conflict(error: errors.OpError) -> bool:
    """Whether 1Password was still busy with the change before, and has not begun with this one."""
    return error.kind == "UNKNOWN" and "(409)" in error.message


def edit(op: Calls, item_id: str, vault_id: str, change: Callable[[fields.Item], fields.Item]) -> None:
    """Have the item as `change` makes it, everything else as it is, and see that it is so; raises MfaSessionError."""
    pauses, sent_in_vain = list(PAUSES), False
    meant: fields.Item | None = None
    item = fetch(op, item_id, vault_id)
    vault = item.get("vault") or {}
    item_id, vault_id = item["id"], vault.get("id") or vault_id  # they may have been names
    argv = ["item", "edit", item_id, "--vault", vault_id]
    for _ in range(_ROUNDS + len(PAUSES)):
        meant = meant or change(item)
        if not comparing.differences(meant, item):
            return
        fields.refuse_what_would_be_lost(item)
        now = fetch(op, item_id, vault_id)
        if _version(now) != _version(item):  # by somebody else
            item, meant = now, None
            continue
        try:
            send(op, argv, meant)
        except errors.OpError as error:
            if is_conflict(error) and pauses:
                time.sleep(pauses.pop(0))
                item, meant = fetch(op, item_id, vault_id), None
                continue
            if error.kind != "NETWORK" or sent_in_vain:  # else it may be there all the same
                raise
        before, item = _version(item), fetch(op, item_id, vault_id)
        wrong = comparing.differences(meant, item)
        if not wrong:
            _tell_of_others(item, before)
            return
        if _version(item) > before + 1:  # somebody else was here since
            meant = None
        elif sent_in_vain:
            raise _not_stored(item, wrong, lost=_version(item) == before)
        else:
            sent_in_vain = True  # `meant` also has what this write may have taken away
    raise MfaSessionError(
        f"others keep changing the 1Password item {item['title']!r}", "run it again once they are done"
    )


def not_as_expected() -> MfaSessionError:
    return MfaSessionError(
        "op printed something else than it was asked for", "update it; yours: op --version"
    )


def _parsed(stdout: str) -> Any:
    try:
        return json.loads(stdout)
    except ValueError:  # which has the text with it
        raise not_as_expected() from None


def _version(item: fields.Item) -> int:
    return int(item.get("version") or 0)


def _tell_of_others(item: fields.Item, before: int) -> None:
    if _version(item) > before + 1:
        tty.notice(
            f"somebody else changed the 1Password item {item['title']!r} at the same moment; "
            "should anything be missing, look at its history in 1Password"
        )


def _not_stored(item: fields.Item, wrong: list[str], *, lost: bool) -> MfaSessionError:
    title, names = repr(item["title"]), ", ".join(wrong)
    if lost:
        said = f"op said twice that it had changed the 1Password item {title}, and it has not"
        return MfaSessionError(said, "look at the item in 1Password, update op, and run it again")
    return MfaSessionError(
        f"1Password did not store the item {title} as it was sent; what differs: {names}",
        "look at the item's history in 1Password, and bring back what is missing",
    )


def _in_other_words(error: errors.OpError, sent: fields.Item | None = None) -> errors.OpError:
    """The same error with hints that fit, and without what was sent: op repeats what it does not understand."""
    hints, message = error.hints, error.message
    if error.kind == "FORBIDDEN" and sent:
        hints = ("ask the owner of the vault for the right to write in it, or choose another: op vault list",)
    elif error.kind == "UNKNOWN":
        hints = ("see whether op works at all: op vault list; and update it, if it is old: op --version",)
    for value in fields.secrets(sent or {}):
        message = message.replace(value, "****")
        cut = next((end for end in range(len(value), 3, -1) if message.endswith(value[:end])), 0)
        message = message[: len(message) - cut]
    return errors.OpError(error.kind, message, *hints)
