"""Where the base key lies, and where else it does. Keys are compared in memory, and shown by their last four letters."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from mfa_session import accounts, dotenv_file, whole_file, wiring_checks
from mfa_session.checks import account_file
from mfa_session.errors import ConfigError, MfaSessionError
from mfa_session.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.model import Account, BaseKey

_SUBJECT = "copies"
_ID = re.compile(r"[a-z0-9]{26}")  # of a vault, or an item, in 1Password


def place(
    account: Account, profile: str | None, environ: Mapping[str, str], *, movable: bool
) -> list[Finding]:
    """`profile` is the AWS profile that the key was found in, if one has it; `movable` that `import` would take it."""
    subject = "key's place"
    if profile:
        path = _path_of(profile, environ)
        lies = Finding(
            "note",
            subject,
            f"in plain text, in profile {profile} of {whole_file.shown(path)}",
            "neutered, it is worth nothing alone; but in 1Password it would not be on the disk at all",
            (f"to move it there, type: mfa-session import {shlex.quote(profile)}",) if movable else (),
        )
        worse = (
            [one for one in account_file.mode(path, subject, secret=True) if one.level != "ok"]
            if path
            else []
        )
        return [*worse, lies]
    if account_file.has_secret(account):
        what = f"in plain text, in {whole_file.shown(account.path)}"
        why = "neutered, it is worth nothing alone; but this is a file that gets copied and committed"
        hint = "put it into an item of 1Password, and op://VAULT/ITEM/FIELD in its place"
        return [Finding("yellow", subject, what, why, (hint,))]
    return [Finding("ok", subject, "in 1Password"), *_one_factor(account)]


def check(account: Account, key: BaseKey, profile: str | None, environ: Mapping[str, str]) -> list[Finding]:
    """Where the key, or its secret, lies beside its own place."""
    found = list(dict.fromkeys(others(account, key, profile, environ)))
    if not found:
        return [
            Finding("ok", _SUBJECT, "none of the key in AWS's files, other accounts' files and this shell")
        ]
    why = "each is one more place to clean when the key is replaced, and to be read by others"
    return [
        Finding("yellow", _SUBJECT, f"the key ****{key.access_key_id[-4:]} is also in {where}", why, (hint,))
        for where, hint in found
    ]


def others(
    account: Account, key: BaseKey, profile: str | None, environ: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Each place that has it too, and what to do there."""
    own = _path_of(profile, environ) if profile else None
    with contextlib.suppress(MfaSessionError):  # what can't be parsed is said elsewhere
        for other in wiring_checks.stored_keys(environ):
            if (other.profile, other.path) != (profile, own) and _same(
                key, other.key.access_key_id, other.key.secret_access_key
            ):
                hint = f"take the two lines out of [{other.profile}] there"
                yield f"profile {other.profile} of {whole_file.shown(other.path)}", hint
    for path in accounts.files(environ, accounts.here()).values():
        if path != str(account.path) and _same(key, *_halves(path)):
            yield whole_file.shown(path), "take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY out there"
    if _same(key, environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")):
        yield "this shell's environment", "type: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"


def _same(key: BaseKey, access_key_id: str, secret: str) -> bool:
    return access_key_id == key.access_key_id or secret == key.secret_access_key


def _halves(path: str) -> tuple[str, str]:
    try:
        entries = dotenv_file.parse(dotenv_file.text(Path(path)), Path(path), {})
    except ConfigError:
        return "", ""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    key_id, secret = (entries[name].value.strip() if name in entries else "" for name in names)
    return key_id, secret


def _path_of(profile: str | None, environ: Mapping[str, str]) -> str:
    """The file that has this profile's key: of two, the credentials file counts."""
    with contextlib.suppress(MfaSessionError):
        found = [one.path for one in wiring_checks.stored_keys(environ) if one.profile == profile]
        return found[-1] if found else ""
    return ""


def _one_factor(account: Account) -> list[Finding]:
    """Whether whoever opens one vault has the key and the code, as far as names tell."""
    op = account.otp.op
    if account.otp.kind != "op" or op is None:
        return []
    places = [reference.removeprefix("op://").lower().split("/")[:2] for reference in account.key.references]
    own, vaults = (op.vault or "").lower(), {vault for vault, _ in places}
    comparable = own and all(_is_id(vault) == _is_id(own) for vault in vaults)
    same_vault = own in vaults
    # An item's id is its own in all vaults, and a title is not.
    same_item = op.item.lower() in {item for _, item in places} and (
        same_vault or not own or _is_id(op.item.lower())
    )
    if not same_vault and not same_item:
        what = "key and code are both in 1Password: if in one vault, that is one factor"
        return [] if comparable else [Finding("note", "factors", what)]
    what = f"key and code are in one {'item' if same_item else 'vault'} of 1Password"
    why = "whoever opens it has both: that is one factor"
    return [Finding("note", "factors", what, why, ("put the one-time password into a vault of its own",))]


def _is_id(name: str) -> bool:
    return _ID.fullmatch(name) is not None
