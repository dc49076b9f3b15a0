"""`mfa-session login`: the AWS console in the browser, as an account's role."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from mfa_session import (
    accounts,
    durations,
    federating,
    handover,
    proc,
    process,
    sessions,
    tty,
    wiring,
)
from mfa_session.commands import export
from mfa_session.errand import Errand
from mfa_session.errors import NotAvailable

if TYPE_CHECKING:
    from mfa_session.request import Limits, Wanted
    from mfa_session.session import Session

_FOR_THE_BROWSER = 60  # seconds in which it has to come for the address
_SIGN_IN = "15 minutes"  # AWS's; within them the address can be used
_PRINT_IT = "to have the address printed instead, add --stdout"


def run(
    account: str | None,
    env_file: str | None,
    path: str | None,
    wanted: Wanted,
    limits: Limits,
    *,
    stdout: bool,
) -> int:
    """Open the console, or with `stdout` print its sign-in address and nothing else; raises MfaSessionError."""
    process.without_core_file()
    found = accounts.find(account, env_file, os.environ, accounts.here())
    wanted.scope = sessions.scope_of(found, wanted.scope, os.environ)
    errand = Errand(found, wanted, os.environ, federated=True)
    roles = errand.account.roles
    console = wiring.console(errand.source, os.environ)
    # What can't work is said before anybody is asked for a touch.
    console.check(roles[-1].arn if roles else errand.account.mfa_serial, errand.region, path)
    if not stdout and not proc.can_browse():
        raise _no_browser()
    if roles:
        session, _ = sessions.get(found, wanted, f"login {found.name}", os.environ, limits)
    else:
        session = federating.session(errand, wanted.duration, os.environ)
    address = console.address(session, path)
    if stdout:
        export.write(address + "\n")
        if sys.stdout.isatty():
            tty.notice(f"whoever opens this address within {_SIGN_IN} is signed in as {session.title}")
    else:
        _open(address, session)
    return 0


def _open(address: str, session: Session) -> None:
    with handover.Handover(address, _FOR_THE_BROWSER) as offer:
        opened = proc.browse(offer.address)
        # A browser that says it failed may have been there all the same.
        if not offer.taken(None if opened else 0.5):
            raise _never_came() if opened else _no_browser()
    tty.notice(f"the console of {session.title} is open in your browser, for {durations.brief(session.left)}")


def _no_browser() -> NotAvailable:
    return NotAvailable(
        "no browser can be opened here", _PRINT_IT, "or name a browser, like: export BROWSER=firefox"
    )


def _never_came() -> NotAvailable:
    return NotAvailable(
        f"the browser has not come for the sign-in address within {_FOR_THE_BROWSER} s", _PRINT_IT
    )
