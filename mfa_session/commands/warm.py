"""`mfa-session warm`: sessions for several accounts, so that whoever needs one later has nobody to ask."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import accounts, formats, process, sessions, shells, tty, wiring
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mfa_session.request import Limits, Wanted


def run(names: Sequence[str], wanted: Wanted, limits: Limits) -> int:
    """Get them one after the other, so that one authorization of 1Password serves all; what fails is explained.

    The exit code is that of the first failure.
    """
    process.without_core_file()
    store = wiring.store(os.environ)
    if store.place is None:
        why = store.why_not.message if store.why_not else "MFA_SESSION_STORE=none"
        raise MfaSessionError(
            f"there is nowhere to keep a session: {why}",
            f"to use one in this shell alone, type: {shells.to_source('', os.environ)}",
        )
    code = 0
    for name in names or (None,):
        try:
            found = accounts.find(name, None, os.environ, accounts.here())
            session, _ = sessions.get(found, wanted, f"warm {found.name}", os.environ, limits)
            print(formats.live(session), flush=True)
        except MfaSessionError as error:  # noqa: PERF203 - the others are to get theirs
            tty.explain(error)
            code = code or error.exit_code
    return code
