"""The accounts that `op` knows, and signing in to one that was added by hand: by password, on the terminal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mfa_session import proc, tty
from mfa_session.adapters import onepassword_errors as errors
from mfa_session.errors import NeedsTerminal

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"^[A-Za-z0-9_-]{30,}$", re.MULTILINE)
_QUESTION = r"(?i)enter the password for [^\r\n]*: ?"


def sign_in(program: str, account: str | None, env: Mapping[str, str], why: errors.OpError) -> dict[str, str]:
    """The variables that carry the new session to `op`; empty where the desktop app did it without a token.

    Raises NeedsTerminal with the words of `why` where nobody is there to type the password.
    """
    if not tty.there():
        raise NeedsTerminal(why.message, *why.hints)
    argv = [program, "signin", "--raw", *(["--account", account] if account else [])]
    try:
        result = proc.converse(argv, env, _QUESTION, tty.ask_secret, seconds=120)
    except proc.TimedOut:
        raise errors.timed_out(120) from None
    except OSError as error:
        raise errors.missing(str(error)) from None
    if result.status != 0:
        raise errors.explain(proc.Result(result.status, "", result.stdout), None)
    token = _TOKEN.search(result.stdout)
    if token is None:
        return {}
    return {
        "OP_SESSION": token[0],
        **{f"OP_SESSION_{user}": token[0] for user in _users(program, account, env)},
    }


def listing(program: str, env: Mapping[str, str]) -> proc.Running:
    """`op`, asked for the accounts it knows, which asks nobody anything; raises OSError."""
    return proc.Running([program, "account", "list", "--format", "json"], env)


def listed(running: proc.Running) -> list[dict[str, str]] | None:
    """What it says; None where it does not."""
    try:
        result = running.wait(5)
        accounts = json.loads(result.stdout) if result.status == 0 else None
    except (proc.TimedOut, ValueError):
        return None
    return accounts if isinstance(accounts, list) else None


def _users(program: str, wanted: str | None, env: Mapping[str, str]) -> list[str]:
    """What the session variable is called after: in version 2 the user's id, before that the account's shorthand."""
    wanted = wanted or env.get("OP_ACCOUNT")
    for account in listed(listing(program, env)) or []:
        if wanted is None or wanted in {str(value).removeprefix("https://") for value in account.values()}:
            return [account[name] for name in ("user_uuid", "shorthand") if account.get(name)]
    return []
