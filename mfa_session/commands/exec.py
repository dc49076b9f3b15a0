"""`mfa-session exec`: a command with the session of an account in its environment."""

from __future__ import annotations

import os
import sys

from mfa_session import accounts, formats, process, sessions, tty

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from mfa_session.request import Limits, Wanted


def run(
    account: str | None, command: Sequence[str], env_file: str | None, wanted: Wanted, limits: Limits
) -> NoReturn:
    """Become the command, or without one the person's shell; raises MfaSessionError."""
    with_core_file = process.without_core_file()
    argv = list(command) or [os.environ.get("SHELL") or "/bin/sh"]
    process.find(argv[0], os.environ)  # before anybody is asked
    found = accounts.find(account, env_file, os.environ, accounts.here())
    session, new = sessions.get(found, wanted, f"exec {found.name}", os.environ, limits)
    if new or not command:
        tty.notice(formats.live(session) + ("" if command else "; to leave it, type: exit"))
    environ = formats.applied(formats.environment(session, os.environ), os.environ)
    sys.stdout.flush()
    with_core_file()
    process.become(argv, environ)
