"""`mfa-session export --refreshing`: no keys for the shell, but a profile by which each program there gets them itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import accounts, durations, formats, process, refreshing, sessions, shells, tty, wiring
from mfa_session.commands import configure, export
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from mfa_session.request import Limits, Wanted


def run(account: str | None, shell: str, env_file: str | None, wanted: Wanted, limits: Limits) -> int:
    """Print the change of the shell, once there is a session that the first program can have."""
    process.without_core_file()
    if shell not in shells.SHELLS:
        raise MfaSessionError(
            f"--refreshing is for a shell, and --shell {shell} for a program",
            "for a program's profile, type: mfa-session configure",
        )
    found = accounts.find(account, env_file, os.environ, accounts.here())
    wanted.scope = sessions.scope_of(found, wanted.scope, os.environ)
    there = configure.as_read_there(found)
    session, _ = sessions.get(there, wanted, f"export {found.name}", os.environ, limits, ready=True)
    words, region = configure.words_for(there, wanted.scope), configure.plain(session.region)
    profile, config = wiring.refreshing_profile(found.name, words, region, os.environ)
    change = formats.without_keys(session, refreshing.entered(profile, config, os.environ), os.environ)
    export.write(shells.activate(shells.SHELLS[shell], change, formats.undo(os.environ)))
    left = durations.brief(session.left)
    tty.notice(f"{session.title} is live here by AWS_PROFILE={profile}, which renews it (now {left} left)")
    return 0
