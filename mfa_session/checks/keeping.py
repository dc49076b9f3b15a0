"""Where sessions are kept for other processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import wiring
from mfa_session.errors import ConfigError, NotAvailable
from mfa_session.findings import Finding, of_error

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUBJECT = "store"


def check(environ: Mapping[str, str]) -> Finding:
    try:
        place = wiring.place(environ)
        count = len(wiring.store(environ).sessions())
        if place:
            place.names()
            kept = f"{count} session{'' if count == 1 else 's'} in it" if count else "none just now"
            return Finding("ok", _SUBJECT, f"sessions are kept in {place.where}; {kept}")
    except ConfigError as error:
        return of_error(_SUBJECT, error)
    except NotAvailable as error:
        why = "each shell and each program asks for a touch of its own"
        return of_error(_SUBJECT, error, "yellow")._replace(why=why)
    why = "each shell and each program asks for a touch of its own"
    return Finding(
        "note", _SUBJECT, "nothing is kept: MFA_SESSION_STORE=none", why, ("unset it to keep sessions",)
    )
