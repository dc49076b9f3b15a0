"""`mfa-session status`: the session in this shell, from its environment alone. Imports nothing slow: prompts run it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import durations, formats, tty

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(NamedTuple):
    account: str
    account_id: str
    access_key_id: str
    expires: int  # seconds since the epoch
    left: int  # seconds; not positive once it has expired


def run(*, as_json: bool = False, short: bool = False) -> int:
    """Print it; the exit code is 0 while the session lives, else 1."""
    status = _read(os.environ)
    if as_json:
        _print_json(status)
    elif short:
        if status:
            print(status.account, durations.brief(status.left) if status.left > 0 else "expired")
    else:
        _print(status, os.environ)
    return 0 if status and status.left > 0 else 1


def _read(environ: Mapping[str, str]) -> Status | None:
    """What is left of what an activation put there; None where another tool has replaced or removed the keys."""
    key_id = environ.get("AWS_ACCESS_KEY_ID")
    expires = environ.get("MFA_SESSION_EXPIRES_EPOCH", "")
    if (
        not key_id
        or key_id != environ.get("MFA_SESSION_ACCESS_KEY_ID")
        or not (expires.isascii() and expires.isdigit() and len(expires) < 12)
    ):
        return None
    account, account_id = (
        tty.printable(environ.get("MFA_SESSION_PROFILE", "")),
        environ.get("MFA_SESSION_ACCOUNT_ID", ""),
    )
    return Status(account, account_id, key_id, int(expires), int(expires) - int(time.time()))


def _print(status: Status | None, environ: Mapping[str, str]) -> None:
    if status is None:
        account = environ.get("MFA_SESSION_PROFILE")
        if account:
            tty.notice(
                f"the session of {account} is no longer in this shell: something has replaced its keys"
            )
        else:
            tty.notice("no session in this shell")
        tty.notice("hint: type: source get_mfa_session.sh")
        return
    rest = (
        f"{durations.brief(status.left)} left"
        if status.left > 0
        else f"expired {durations.brief(-status.left)} ago"
    )
    print(f"account  {status.account} ({status.account_id})")
    print(f"key id   ****{status.access_key_id[-4:]}")
    print(f"expires  {formats.local(status.expires)} ({rest})")
    if status.left <= 0:
        tty.notice("hint: to renew it, type: source get_mfa_session.sh")
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        if environ.get(name):
            tty.notice(
                f"warning: {name}={environ[name]} is set too, and Node's SDK would take that: type: unset {name}"
            )


def _print_json(status: Status | None) -> None:
    import json  # not for prompts

    document = {
        "account": status.account if status else None,
        "account_id": status.account_id if status else None,
        "access_key_id": status.access_key_id if status else None,
        "expires": formats.timestamp(status.expires) if status else None,
        "remaining_seconds": max(0, status.left) if status else 0,
        "live": bool(status and status.left > 0),
    }
    print(json.dumps(document))
