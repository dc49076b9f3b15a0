"""`mfa-session status`: the session in this shell, from its environment alone. Imports nothing slow: prompts run it."""

from __future__ import annotations

import os
import time

from mfa_session import durations, formats, refreshing, session, tty

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Mapping


class Status:
    """`expires` is in seconds since the epoch; `left` in seconds, and not positive once it has expired.

    `role` is the ARN of the role that it is of, or empty; `scope` what options asked of it.
    """

    def __init__(
        self, account: str, account_id: str, access_key_id: str, expires: int, role: str = "", scope: str = ""
    ) -> None:
        self.account = account
        self.account_id = account_id
        self.access_key_id = access_key_id
        self.expires = expires
        self.role = role
        self.scope = scope
        self.left = expires - int(time.time())

    @property
    def title(self) -> str:
        return session.title(self.account, self.role, self.scope)


def run(*, as_json: bool = False, short: bool = False, everything: bool = False) -> int:
    """Print it; the exit code is 0 while the session lives, else 1.

    With `everything`, also those that are kept for all processes; then one that lives is enough.
    """
    status = read(os.environ)
    if everything:
        from mfa_session.commands import status_all  # not for prompts

        return status_all.run(status, as_json=as_json, short=short)
    if as_json:
        import json  # not for prompts

        print(json.dumps(document(status)))
    elif short:
        if status:
            print(status.title, durations.brief(status.left) if status.left > 0 else "expired")
    else:
        show(status, os.environ)
    return 0 if status and status.left > 0 else 1


def read(environ: Mapping[str, str]) -> Status | None:
    """The session in this shell; where its programs renew it themselves, the one they would be given."""
    if refreshing.profile(environ):
        from mfa_session.commands import status_refreshing  # looks into the store

        return status_refreshing.read(environ)
    if refreshing.server(environ):
        from mfa_session.commands import status_served  # looks for the server

        return status_served.read(environ)
    return _read(environ)


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
    role = tty.printable(environ.get("MFA_SESSION_ROLE_ARN", ""))
    scope = environ.get("MFA_SESSION_SCOPE", "")
    return Status(account, account_id, key_id, int(expires), role, scope)


def show(status: Status | None, environ: Mapping[str, str]) -> None:
    if status is None:
        _show_none(environ)
        return
    rest = (
        f"{durations.brief(status.left)} left"
        if status.left > 0
        else f"expired {durations.brief(-status.left)} ago"
    )
    print(f"account  {status.account} ({status.account_id})")
    if status.role:
        print(f"role     {status.role}{session.narrowed(status.scope)}")
    if profile := refreshing.profile(environ):
        print(f"profile  {profile}, by which each program renews it")
    if url := refreshing.server(environ):
        print(f"server   {url}, which renews it")
    print(f"key id   ****{status.access_key_id[-4:]}")
    print(f"expires  {formats.local(status.expires)} ({rest})")
    if status.left <= 0:
        tty.notice(f"hint: to renew it, type: {_to_load(environ)}")
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        if environ.get(name):
            tty.notice(
                f"warning: {name}={environ[name]} is set too, and Node's SDK would take that: type: unset {name}"
            )


def _show_none(environ: Mapping[str, str]) -> None:
    if refreshing.profile(environ):
        tty.notice("no session is kept just now: the next program in this shell will ask for one")
        return
    if refreshing.server(environ):
        from mfa_session.commands import status_served

        status_served.show_none(environ)
        return
    if account := environ.get("MFA_SESSION_PROFILE"):
        tty.notice(f"the session of {account} is no longer in this shell: something has replaced its keys")
    else:
        tty.notice("no session in this shell")
    tty.notice(f"hint: type: {_to_load(environ)}")


def _to_load(environ: Mapping[str, str]) -> str:
    from mfa_session import shells  # prompts do not need it

    return shells.to_source("", environ)


def document(status: Status | None) -> dict[str, object]:
    return {
        "account": status.account if status else None,
        "account_id": status.account_id if status else None,
        "role_arn": (status.role or None) if status else None,
        "scope": status.scope.split("\t") if status and status.scope else [],
        "access_key_id": status.access_key_id if status else None,
        "expires": formats.timestamp(status.expires) if status else None,
        "remaining_seconds": max(0, status.left) if status else 0,
        "live": bool(status and status.left > 0),
    }
