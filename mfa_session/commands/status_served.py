"""The session of a command that has no keys, but a credential server: what that has in memory. It is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import refreshing, servers, tty
from mfa_session.commands import status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.servers import Served


def read(environ: Mapping[str, str]) -> status.Status | None:
    """None where the server has none just now, or has ended."""
    one = _asked(environ)
    if one is None or not one.expires:
        return None
    account = tty.printable(one.account)
    return status.Status(account, one.account_id, one.access_key_id, one.expires, one.role, one.scope)


def show_none(environ: Mapping[str, str]) -> None:
    """Why there is none, and what to type."""
    account, port = environ.get("MFA_SESSION_PROFILE", ""), environ[refreshing.SERVER]
    if one := _asked(environ):
        tty.notice(f"the server of this shell, on port {port}, has no session of {account} just now")
        tty.notice(f"hint: type: {one.way}")
    else:
        tty.notice(f"the server of this shell, on port {port}, has ended")
        tty.notice(f"hint: to start it again, type: {servers.again([account], port)}")


def _asked(environ: Mapping[str, str]) -> Served | None:
    """What programs here get from it; None where it has ended, or has another account by now."""
    server, url = servers.of_shell(environ), refreshing.server(environ)
    return next((one for one in server.served if one.url == url), None) if server else None
