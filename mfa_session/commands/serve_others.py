"""`mfa-session serve --status` and `--stop`: the servers that are running."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING

from mfa_session import formats, servers, tty, whole_file
from mfa_session.errors import MfaSessionError
from mfa_session.serving import place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.servers import Served, Server

_SECONDS = 5  # for a server to end


def sweep(environ: Mapping[str, str]) -> None:
    """Take away what killed servers have left behind, and say so: programs may still look for them."""
    for server in place.sweep(environ):
        tty.notice(f"note: the server on port {server.port} had been killed; what it left behind is removed")
        if not server.command:
            tty.notice(f"hint: for programs to find it again, type: {again(server)}")


def again(server: Server) -> str:
    """What is typed to have all that it serves, or has served, at the same addresses."""
    names = dict.fromkeys(one.account for one in server.served) or ["ACCOUNT"]
    return servers.again(names, server.port)


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
        lines = [f"  {one.title}  {_state(one)}", *(f"    {name}={value}" for name, value in _variables(one))]
        print(tty.printable("\n".join(lines)), flush=True)


def _variables(one: Served) -> Iterator[tuple[str, str]]:
    yield "AWS_CONTAINER_CREDENTIALS_FULL_URI", one.url
    yield "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", one.token_file
    if one.region:  # the AWS CLI's first version and boto3 read only the latter
        yield "AWS_REGION", one.region
        yield "AWS_DEFAULT_REGION", one.region


def document(server: Server) -> dict[str, object]:
    """For programs; there is no secret in it."""
    served = [
        {
            "account": one.account,
            "account_id": one.account_id or None,
            "role_arn": one.role or None,
            "access_key_id": one.access_key_id or None,
            "region": one.region or None,
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
    sweep(os.environ)
    found = servers.running(os.environ)
    ours = [server for server in found if server.port == port or not (port or server.command)]
    if not ours:
        where = f" on port {port}" if port else " that `serve` has started"
        hints = ["to see those that run, type: mfa-session serve --status"] if found else []
        raise MfaSessionError(f"there is no server{where}", *hints)
    for server in ours:
        _end(server)
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


def _end(server: Server) -> None:
    try:
        os.kill(server.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise MfaSessionError(
            f"the server on port {server.port} (pid {server.pid}) is not yours to end",
            "end it where it runs: it may be in a container",
        ) from None


def _meant(port: int) -> list[Server]:
    sweep(os.environ)
    return [server for server in servers.running(os.environ) if port in (0, server.port)]


def _state(one: Served) -> str:
    left = formats.rest(one) if one.left > 0 else "no session"
    more = "being asked for" if one.asking else one.trouble
    if one.left <= 0 and one.way and not one.asking:
        more = "; ".join(part for part in (more, f"type: {one.way}") if part)
    return f"{left} ({more})" if more else left
