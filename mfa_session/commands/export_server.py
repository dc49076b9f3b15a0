"""`mfa-session export --server`: no keys for the shell, but the address of a server that runs; its programs ask there."""

from __future__ import annotations

import os

from mfa_session import accounts, durations, formats, process, refreshing, servers, shells, tty, wiring_keys
from mfa_session.commands import export
from mfa_session.errors import MfaSessionError, NotAvailable


def run(account: str | None, shell: str, env_file: str | None) -> int:
    """Print the change of the shell; raises MfaSessionError. Nobody is asked."""
    process.without_core_file()
    if shell not in shells.SHELLS:
        raise MfaSessionError(
            f"--server is for a shell, and --shell {shell} for a program",
            "for what a program needs, type: mfa-session serve --status",
        )
    found = accounts.find(account, env_file, os.environ, accounts.here())
    port, one = _meant(found.name)
    config = wiring_keys.rival_of_a_server(os.environ)
    way = refreshing.served(port, one.url, one.token_file, bool(config), os.environ)
    change = formats.without_keys(one, formats.around(one.account, one.region or None) | way, os.environ)
    export.write(shells.activate(shells.SHELLS[shell], change, formats.undo(os.environ)))
    left = f"now {durations.brief(one.left)} left" if one.left > 0 else "which has none just now"
    tty.notice(f"{one.title} is live here by the server on port {port}, which renews it ({left})")
    return 0


def _meant(name: str) -> tuple[int, servers.Served]:
    """The account's own session, of the first server that has it and that is not one command's alone."""
    for server in servers.running(os.environ):
        for one in server.served:
            if one.account == name and not server.command and "?" not in one.url:
                return server.port, one
    raise NotAvailable(f"no server has {name}", f"type: mfa-session serve {name} --detach")
