"""The session of a command that has no keys, but a credential server: what that has in memory. It is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import refreshing, servers, tty
from mfa_session.commands import status

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(environ: Mapping[str, str]) -> status.Status | None:
    """None where the server has none just now, or has ended."""
    port, url = environ.get(refreshing.SERVER, ""), environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    folder = servers.folder_of(int(port), environ) if port.isascii() and port.isdigit() else None
    server = servers.read(folder) if folder and servers.is_held(folder) else None
    one = next((one for one in server.served if one.url == url), None) if server else None
    if one is None or not one.expires:
        return None
    account = tty.printable(one.account)
    return status.Status(account, one.account_id, one.access_key_id, one.expires, one.role, one.scope)
