"""`mfa-session export`: the session of an account, as code for a shell or as data."""

from __future__ import annotations

import os
import signal
import sys

from mfa_session import accounts, formats, process, sessions, shells, tty
from mfa_session.errors import MfaSessionError

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from mfa_session.request import Limits, Wanted
    from mfa_session.session import Session


def run(account: str | None, shell: str, env_file: str | None, wanted: Wanted, limits: Limits) -> int:
    """Print the session on stdout, in one piece, once everything has succeeded."""
    process.without_core_file()
    found = accounts.find(account, env_file, os.environ, accounts.here())
    session, _ = sessions.get(found, wanted, f"export {found.name}", os.environ, limits)
    write(_text(session, shell))
    if sys.stdout.isatty():
        tty.notice(
            f"these are live credentials, on your screen; to use them, type: {shells.to_source(found.name, os.environ)}"
        )
    else:
        tty.notice(formats.live(session))
    return 0


def _text(session: Session, shell: str) -> str:
    change = formats.environment(session, os.environ)
    if shell == "json":
        return formats.credential_process(session)
    if shell == "dotenv":
        return formats.dotenv(change)
    return shells.activate(shells.SHELLS[shell], change, formats.undo(os.environ))


def write(text: str) -> None:
    """Code for a shell, all of it at once; raises MfaSessionError."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # From here on it is done: half of it, or a failure after it, would be a lie.
        signal.signal(number, signal.SIG_IGN)
    try:
        sys.stdout.buffer.write(os.fsencode(text))  # what was in the environment need not be UTF-8
        sys.stdout.flush()
    except OSError as error:
        raise MfaSessionError(f"the session could not be written: {error.strerror}") from None
