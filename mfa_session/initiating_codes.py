"""Where the codes of a new account come from: what an option says, else what a person picks."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from mfa_session import tty, tty_questions, wiring_keys
from mfa_session.errors import MfaSessionError
from mfa_session.model import OpItem, OtpSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mfa_session.drafting import Wishes
    from mfa_session.wiring_keys import Listed

_USUAL = ("LOGIN", "API_CREDENTIAL", "PASSWORD")  # categories of items that people put codes into
_IN_SIGHT = 12  # of a list: what is not an item is shown behind as many
_OF_A_KEY = "mfa-session"  # the tag of an item that was made for a base key
_BY_NAME = re.compile(r"[\w. -]+", re.ASCII)  # in a reference, other names can't be written
_OTHERS = {
    "ykman": "none of these: the code is on a YubiKey",
    "prompt": "none of these: I type the code each time",
}


def said(wishes: Wishes) -> OtpSource | None:
    """The source that the options name; None where a person has to choose."""
    kind = wishes.otp_source
    if kind is None:
        kind = "op" if wishes.op_item else "ykman" if wishes.ykman_account else None
    if kind is None or (kind == "op" and not wishes.op_item):
        return None
    known = wishes.op_item or wishes.op_account
    op = OpItem(wishes.op_item or "", wishes.op_vault, wishes.op_account) if known else None
    return OtpSource(kind, op, wishes.ykman_account or "")


def check(source: OtpSource, label: str, environ: Mapping[str, str]) -> None:
    """Whether the item that an option names is there, and has a code; raises MfaSessionError. Nobody can tell without op.

    Who is asked by 1Password for that is not asked again for the first session.
    """
    if source.kind != "op" or source.op is None or not has_op(environ):
        return
    if not wiring_keys.items(label, environ, source.op.account).has_code(source.op.item, source.op.vault):
        raise MfaSessionError(
            f"the 1Password item {source.op.item!r} has no one-time password",
            "add it there, as a field of that type with the setup key of the MFA device",
            "or name another item: --op-item ITEM",
        )


def chosen(label: str, wishes: Wishes, words: Sequence[str], environ: Mapping[str, str]) -> OtpSource:
    """What a person picks; items in which one of `words` occurs come first. Raises MfaSessionError."""
    others = [kind for kind in _OTHERS if kind == "prompt" or _is_there(kind, environ)]
    if wishes.otp_source == "op":
        others = []
    elif not has_op(environ):
        others_said = [_OTHERS[kind].removeprefix("none of these: ") for kind in others]
        if len(others) == 1:
            tty.notice("note: 1Password's program, op, is not installed here, so that codes are typed")
            return _without_item(others[0], wishes)
        kind = others[tty_questions.choose("where does the one-time code come from?", others_said)]
        return _without_item(kind, wishes)
    items = wiring_keys.items(label, environ, wishes.op_account)
    listed = items.list(wishes.op_vault)
    offered: list[Listed | str] = [*_offered(listed, words)]
    if not offered:
        tty.notice("note: 1Password shows no item that may have the code")
    place = min(_IN_SIGHT, len(offered))
    # What `import` has made has a base key: it is offered as an answer, and not as the one for an empty line.
    default = place if others and all(map(_is_of_a_key, offered)) else 0
    offered[place:place] = others
    shown = [_OTHERS[one] if isinstance(one, str) else f"{one.title} ({one.vault})" for one in offered]
    wrong = ""
    while True:
        one = offered[tty_questions.choose(_question(wishes), shown, default, wrong)]
        if isinstance(one, str):
            return _without_item(one, wishes)
        if items.has_code(one.id, one.vault_id):
            tty.notice(f"the code is that of {one.title} in the vault {one.vault}")
            return OtpSource("op", _written(one, listed, wishes.op_account))
        wrong = f"{one.title} has no one-time password"


def has_op(environ: Mapping[str, str]) -> bool:
    return _is_there("op", environ) or _is_there("op.exe", environ)


def _is_there(program: str, environ: Mapping[str, str]) -> bool:
    return shutil.which(program, path=environ.get("PATH")) is not None


def _question(wishes: Wishes) -> str:
    where = f" of the vault {wishes.op_vault}" if wishes.op_vault else ""
    return f"which 1Password item{where} has the one-time password?"


def _without_item(kind: str, wishes: Wishes) -> OtpSource:
    op = OpItem("", None, wishes.op_account) if wishes.op_account else None  # also counts for references
    return OtpSource(kind, op, wishes.ykman_account or "")


def _offered(listed: Sequence[Listed], words: Sequence[str]) -> list[Listed]:
    """Those that may have a code, the likely ones first: the list itself does not say which have one."""
    wanted = [word.casefold() for word in ("aws", "amazon", *words) if word]

    def likely(one: Listed) -> int:
        about = " ".join((one.title, *one.tags)).casefold()
        return sum(word in about for word in wanted)

    found = [one for one in listed if one.category in _USUAL or likely(one)]
    return sorted(found, key=lambda one: (_is_of_a_key(one), -likely(one), one.title.casefold(), one.vault))


def _is_of_a_key(one: Listed | str) -> bool:
    return not isinstance(one, str) and _OF_A_KEY in one.tags


def _written(one: Listed, listed: Sequence[Listed], account: str | None) -> OpItem:
    """By its names where these lead to it alone, in every way that op is asked; else by its ids."""
    alone = [other.title.casefold() for other in listed if other.vault_id == one.vault_id]
    plain = _BY_NAME.fullmatch(one.title) and one.title == one.title.strip() and one.title[0] != "-"
    item = one.title if plain and alone.count(one.title.casefold()) == 1 else one.id
    vault = one.vault if _BY_NAME.fullmatch(one.vault) and one.vault == one.vault.strip() else one.vault_id
    return OpItem(item, vault, account)
