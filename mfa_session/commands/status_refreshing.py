"""The session of a shell that has no keys: the one that is kept for its account, if any. Nobody is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import accounts, identity, scope, tty, wiring
from mfa_session.commands import status
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(environ: Mapping[str, str]) -> status.Status | None:
    try:
        found = accounts.find(None, None, environ, accounts.here())
        asked = scope.read(environ.get("MFA_SESSION_SCOPE")).key
        kept = wiring.store(environ).of_file(identity.of_file(found.path, environ), found, asked)
    except (MfaSessionError, OSError, ValueError):
        return None
    if kept is None:
        return None
    account = tty.printable(kept.account)
    return status.Status(account, kept.account_id, kept.access_key_id, kept.expires, kept.role, kept.scope)
