"""`mfa-session serve --status` and `--stop`: the servers that are running."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from typing import TYPE_CHECKING

from mfa_session import durations, formats, servers, tty, whole_file
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from mfa_session.servers import Served, Server

_SECONDS = 5  # for a server to end


def status(port: int, *, as_json: bool) -> int:
    """Print them; 0 if there is any, else 1."""
    found = _meant(port)
    if as_json:
        print(json.dumps([document(server) for server in found]))
    else:
        for server in found:
            purpose = f"  for {server.command}" if server.command else ""
            log = f"  log {whole_file.shown(server.log)}" if server.log else ""
            print(tty.printable(f"port {server.port}  pid {server.pid}{purpose}{log}"))
            show(server)
        if not found:
            tty.notice("no server is running" + (f" on port {port}" if port else ""))
    return 0 if found else 1


def show(server: Server) -> None:
    """What it serves, and what programs need for it."""
    for one in server.served:
        print(tty.printable(f"  {one.title}  {_state(one)}"))
        print(tty.printable(f"    AWS_CONTAINER_CREDENTIALS_FULL_URI={one.url}"))
        print(tty.printable(f"    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={one.token_file}"), flush=True)


def document(server: Server) -> dict[str, object]:
    """For programs; there is no secret in it."""
    served = [
        {
            "account": one.account,
            "account_id": one.account_id or None,
            "role_arn": one.role or None,
            "access_key_id": one.access_key_id or None,
            "expires": formats.timestamp(one.expires) if one.expires else None,
            "remaining_seconds": max(0, one.left),
            "url": one.url,
            "token_file": one.token_file,
            "asking": one.asking,
            "trouble": one.trouble or None,
        }
        for one in server.served
    ]
    return {
        "port": server.port,
        "pid": server.pid,
        "command": server.command or None,
        "log": server.log or None,
        "served": served,
    }


def stop(port: int) -> int:
    """End the one on this port, or without one all that `serve` has started; raises MfaSessionError."""
    ours = [server for server in _meant(port) if port or not server.command]
    if not ours:
        raise MfaSessionError(
            f"no server is running{f' on port {port}' if port else ''}",
            "to see all, those of exec --server too, type: mfa-session serve --status",
        )
    for server in ours:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGTERM)
    end = time.monotonic() + _SECONDS
    for server in ours:
        while servers.is_held(server.folder):
            if time.monotonic() > end:
                raise MfaSessionError(
                    f"the server on port {server.port} (pid {server.pid}) does not end",
                    f"type: kill -KILL {server.pid}",
                )
            time.sleep(0.02)
        tty.notice(f"the server on port {server.port} has ended")
    return 0


def _meant(port: int) -> list[Server]:
    return [server for server in servers.running(os.environ) if port in (0, server.port)]


def _state(one: Served) -> str:
    left = (
        f"until {formats.local(one.expires)}, {durations.brief(one.left)} left"
        if one.left > 0
        else "no session"
    )
    more = "being asked for" if one.asking else one.trouble
    return f"{left} ({more})" if more else left
