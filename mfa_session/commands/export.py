"""`mfa-session export`: a new session, as code for a shell or as data."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mfa_session import accounts, broker, durations, envfile, formats, shells, tty, wiring
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from mfa_session.model import Session


def run(account: str | None, shell: str, duration: int | None, env_file: str | None) -> int:
    """Print the session on stdout, in one piece, once everything has succeeded; `duration` is in seconds."""
    import dataclasses

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the key and the session
    here = _here()
    chosen = envfile.load(accounts.find(account, env_file, os.environ, here), os.environ)
    if duration is not None:
        chosen = dataclasses.replace(chosen, duration=duration)
    source = wiring.keys(chosen, os.environ)
    for warning in chosen.warnings:
        tty.notice(f"warning: {warning}")
    if chosen.duration < 3600:
        quiet = chosen.duration - 900
        tty.notice(
            "note: in the last 15 minutes of a session botocore tries to renew it before each request: here,"
            f" {f'after {durations.brief(quiet)}' if quiet else 'always'}"
        )
    session = broker.mint(
        wiring.codes(chosen, os.environ),
        chosen.key.references,
        source.key,
        wiring.issuer(chosen, source, os.environ),
        tty.wait,
    )
    _write(_text(session, shell))
    if sys.stdout.isatty():
        tty.notice("these are live credentials, on your screen; to use them, type: source get_mfa_session.sh")
        return 0
    left = session.expires - time.time()
    tty.notice(
        f"{session.account} is live until {formats.local(session.expires)} ({durations.brief(left)} left)"
    )
    return 0


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:  # the folder has been removed; accounts elsewhere can still be meant
        return Path("/")


def _text(session: Session, shell: str) -> str:
    change = formats.environment(session)
    if shell == "json":
        return formats.credential_process(session)
    if shell == "dotenv":
        return formats.dotenv(change)
    return shells.activate(shells.SHELLS[shell], change, formats.undo(os.environ))


def _write(text: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(
            number, signal.SIG_IGN
        )  # from here on it is done: half of it, or a failure after it, would be a lie
    try:
        sys.stdout.buffer.write(os.fsencode(text))  # what was in the environment need not be UTF-8
        sys.stdout.flush()
    except OSError as error:
        raise MfaSessionError(f"the session could not be written: {error.strerror}") from None
