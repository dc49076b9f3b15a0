"""What `serve` and `exec --server` do before there is a server: find the accounts, take a port, get the first sessions."""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import socket
from typing import TYPE_CHECKING

from mfa_session import formats, proc_apart, servers, sessions, shells
from mfa_session.commands import serve_others
from mfa_session.errand import Errand
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.serving import order as orders
from mfa_session.serving import plan as plans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found
    from mfa_session.request import Limits, Wanted
    from mfa_session.serving.fetching import Fetcher
    from mfa_session.serving.place import Place
    from mfa_session.serving.plan import Plan, Wish
    from mfa_session.session import Session

_RECEIVED = (
    16384  # bytes of a connection that the kernel keeps: what nobody has read yet can't fill the memory
)
_READY = "ready\n"


def wish(
    found: Found, wanted: Wanted, limits: Limits, env_file: str | None, environ: Mapping[str, str]
) -> Wish:
    """One account of a server's; raises MfaSessionError for what no person could approve away."""
    sessions.key_of(wanted)  # a policy that can't be read is explained there
    order = orders.of(found, wanted, limits)
    Errand(found, wanted, environ).check()
    way = f"mfa-session warm {shlex.quote(found.name)}"
    if not found.own:  # then it is found only from there; and who reads this may be anywhere
        way = f"cd {shlex.quote(os.path.dirname(found.path))} && {way}"
    if env_file or wanted.scope:
        words = [f"--env-file {shlex.quote(found.path)}"] * bool(env_file) + [shlex.quote(found.name)] * (
            not env_file
        )
        way = shells.to_source(" ".join([*words, *map(shlex.quote, wanted.scope.words)]), environ)
    return plans.Wish(order, way)


def listen(port: int, environ: Mapping[str, str]) -> socket.socket:
    """A socket on 127.0.0.1, and nowhere else; port 0 is any that is free. Raises NotAvailable."""
    serve_others.sweep(environ)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # after a crash the port is free at once
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED)
    try:
        listening.bind((plans.HOST, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        ours = next((server for server in servers.running(environ) if server.port == port), None)
        if ours:
            what = f"a server of yours (pid {ours.pid}) is on port {port} already"
            raise NotAvailable(what, f"to end it, type: mfa-session serve --stop --port {port}") from None
        hint = "to take any that is free, leave --port out"
        raise NotAvailable(f"port {port} can't be used: {error.strerror}", hint) from None
    return listening


def first(one: Wish, fetch: Fetcher, place: Place) -> Session:
    """The first session of an account, for a person who is there; its token is new. Raises MfaSessionError."""
    one.token = secrets.token_urlsafe(32)
    place.give_token(one.order.name, one.token)
    one.session, one.kept = fetch(one.order)
    return one.session


def start(
    plan: Plan, place: Place, listening: socket.socket, environ: Mapping[str, str], *, terminal: bool
) -> None:
    """Leave the server to a process of its own; returns once it answers. Raises MfaSessionError."""
    files = {"socket": listening.fileno(), "lock": place.lock}
    said = proc_apart.start(
        proc_apart.own_words("serve"),
        formats.outside(environ),  # without the session that the person's shell may have
        plans.text(plan, files, place.folder),
        list(files.values()),
        plan.log,
        terminal=terminal,
    )
    if said != _READY:
        why = ""
        with (
            contextlib.suppress(OSError, IndexError),
            open(plan.log, encoding="utf-8", errors="replace") as log,
        ):
            why = f": {log.read().splitlines()[-1]}"
        raise MfaSessionError(f"the server has not started{why}")


def say_ready() -> None:
    """To whoever has called `start`; nobody reads what comes after it."""
    os.write(1, _READY.encode())
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
