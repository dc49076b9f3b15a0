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
from mfa_session.commands import export, serve_others, serving_start
from mfa_session.errand import Errand
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.request import Wanted

if TYPE_CHECKING:
    from mfa_session.accounts import Found
    from mfa_session.servers import Served, Server


def run(account: str | None, shell: str, env_file: str | None) -> int:
    """Print the change of the shell; raises MfaSessionError. Nobody is asked."""
    process.without_core_file()
    if shell not in shells.SHELLS:
        raise MfaSessionError(
            f"--server is for a shell, and --shell {shell} for a program",
            "for what a program needs, type: mfa-session serve --status",
        )
    server, one = _meant(accounts.find(account, env_file, os.environ, accounts.here()))
    port = server.port
    config = wiring_keys.rival_of_a_server(os.environ)
    way = refreshing.served(port, one.url, one.token_file, bool(config), os.environ)
    change = formats.without_keys(one, formats.around(one.account, one.region or None) | way, os.environ)
    export.write(shells.activate(shells.SHELLS[shell], change, formats.undo(os.environ)))
    if one.left > 0:
        left = durations.brief(one.left)
        tty.notice(
            f"{one.title} is live here by the server on port {port}, which renews it (now {left} left)"
        )
    else:
        tty.notice(
            f"programs here ask the server on port {port}, which has no session of {one.title} just now"
        )
        tty.notice(f"hint: type: {one.way}")
    return 0


def _meant(found: Found) -> tuple[Server, Served]:
    """The account's own session, of a server that is not one command's alone; where this shell is narrowed, one as narrow."""
    here = scope.written(sessions.scope_of(found, scope.Scope(), os.environ))
    Errand(found, Wanted(), os.environ)  # a name that is none, say, is explained there
    named = [
        (server, one)
        for server in servers.running(os.environ)
        for one in server.served
        if not server.command and "?" not in one.url and one.account == found.name
    ]
    own = [(server, one) for server, one in named if one.is_of(found.name, found.path)]
    if not own:
        others = [f"that on port {server.port} is of {whole_file.shown(one.path)}" for server, one in named]
        raise NotAvailable(
            f"no server has {found.name} of {whole_file.shown(found.path)}"
            + "".join(f"; {one}" for one in others),
            f"type: mfa-session serve {shlex.quote(found.name)} --detach",
        )
    like = [each for each in own if each[1].scope == here]
    if here and not like:
        way = shells.to_source(f"--server {shlex.quote(found.name)}", os.environ)
        raise MfaSessionError(
            f"what is served of {found.name} is not as narrow as the session of this shell",
            f"to have it all the same, name the account: {way}",
        )
    server, one = (like or own)[0]
    _check(found, server, one)
    return server, one


def _check(found: Found, server: Server, one: Served) -> None:
    """That the file still means what is served; raises MfaSessionError."""
    errand = Errand(found, Wanted(scope=scope.read(one.scope)), os.environ)
    roles = [role.arn for role in errand.account.roles]
    same_role = not one.expires or one.role == (roles[-1] if roles else "")
    if not same_role or not one.token_file.endswith(serving_start.mark(found, errand)):
        again = f"mfa-session serve --stop --port {server.port} && {serve_others.again(server)}"
        raise MfaSessionError(
            f"{whole_file.shown(found.path)} has changed since {found.name} is served on port {server.port}",
            f"to have it served as it is now, type: {again}",
        )
