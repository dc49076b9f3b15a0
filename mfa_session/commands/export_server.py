"""`mfa-session export --server`: no keys for the shell, but the address of a server that runs; its programs ask there."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from mfa_session import (
    accounts,
    durations,
    formats,
    process,
    refreshing,
    scope,
    servers,
    sessions,
    shells,
    tty,
    whole_file,
    wiring_keys,
)
from mfa_session.commands import export, serving_start
from mfa_session.errand import Errand
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.request import Wanted

if TYPE_CHECKING:
    from mfa_session.accounts import Found
    from mfa_session.servers import Served


def run(account: str | None, shell: str, env_file: str | None) -> int:
    """Print the change of the shell; raises MfaSessionError. Nobody is asked."""
    process.without_core_file()
    if shell not in shells.SHELLS:
        raise MfaSessionError(
            f"--server is for a shell, and --shell {shell} for a program",
            "for what a program needs, type: mfa-session serve --status",
        )
    port, one = _meant(accounts.find(account, env_file, os.environ, accounts.here()))
    config = wiring_keys.rival_of_a_server(os.environ)
    way = refreshing.served(port, one.url, one.token_file, bool(config), os.environ)
    change = formats.without_keys(one, formats.around(one.account, one.region or None) | way, os.environ)
    export.write(shells.activate(shells.SHELLS[shell], change, formats.undo(os.environ)))
    left = f"now {durations.brief(one.left)} left" if one.left > 0 else "which has none just now"
    tty.notice(f"{one.title} is live here by the server on port {port}, which renews it ({left})")
    return 0


def _meant(found: Found) -> tuple[int, Served]:
    """The account's own session, of a server that is not one command's alone; where this shell is narrowed, one as narrow."""
    here = scope.written(sessions.scope_of(found, scope.Scope(), os.environ))
    own = [
        (server.port, one)
        for server in servers.running(os.environ)
        for one in server.served
        if not server.command and "?" not in one.url and one.is_of(found.name, found.path)
    ]
    if not own:
        raise NotAvailable(
            f"no server has {found.name} ({whole_file.shown(found.path)})",
            f"type: mfa-session serve {shlex.quote(found.name)} --detach",
        )
    like = [each for each in own if each[1].scope == here]
    if here and not like:
        way = shells.to_source(f"--server {shlex.quote(found.name)}", os.environ)
        raise MfaSessionError(
            f"what is served of {found.name} is not as narrow as the session of this shell",
            f"to have it all the same, name the account: {way}",
        )
    port, one = (like or own)[0]
    _check(found, port, one)
    return port, one


def _check(found: Found, port: int, one: Served) -> None:
    """That the file still means what is served; raises MfaSessionError."""
    errand = Errand(found, Wanted(scope=scope.read(one.scope)), os.environ)
    roles = [role.arn for role in errand.account.roles]
    same_role = not one.expires or one.role == (roles[-1] if roles else "")
    if not same_role or not one.token_file.endswith(serving_start.mark(found, errand)):
        again = (
            f"mfa-session serve --stop --port {port} && mfa-session serve {shlex.quote(found.name)} --detach"
        )
        raise MfaSessionError(
            f"{whole_file.shown(found.path)} has changed since {found.name} is served on port {port}",
            f"to have it served as it is now, type: {again}",
        )
