"""What `serve` and `exec --server` do before there is a server: find the accounts, take a port, get the first sessions."""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import socket
from typing import TYPE_CHECKING

from mfa_session import formats, proc_apart, servers, sessions, shells, whole_file, wiring
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

# Bytes of a connection that the kernel keeps: what nobody has read yet can't fill the memory.
_RECEIVED = 16384
_READY = "ready\n"


def wish(
    found: Found, wanted: Wanted, limits: Limits, env_file: str | None, again: str, environ: Mapping[str, str]
) -> Wish:
    """One account of a server's; `again` is what is typed to have another such server in its place.

    Raises MfaSessionError for what no person could approve away.
    """
    sessions.key_of(wanted)  # a policy that can't be read is explained there
    order = orders.of(found, wanted, limits)
    errand = Errand(found, wanted, environ)
    errand.check()
    # Where nothing is kept, it would find none but its own.
    way = _way(found, wanted, env_file, environ) if wiring.store(environ).place else again
    return plans.Wish(order, way, mark=mark(found, errand), region=errand.region or "")


def mark(found: Found, errand: Errand) -> str:
    """The same for the same account, as wide or narrow, in the same file, whatever else is changed in there."""
    path = os.path.realpath(found.path)
    return plans.mark(found.name, path, errand.account.account_id, *errand.wanted.scope.words)


def _way(found: Found, wanted: Wanted, env_file: str | None, environ: Mapping[str, str]) -> str:
    """What a person types to get a session that the server finds, wherever they are."""
    if env_file:  # which `warm` does not take
        return shells.to_source(shlex.join(["--env-file", found.path, *wanted.scope.words]), environ)
    way = shlex.join(["mfa-session", "warm", found.name, *wanted.scope.words])
    return way if found.own else f"cd {shlex.quote(os.path.dirname(found.path))} && {way}"


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
    place.give_token(one.token_name, one.token)
    one.session, one.kept = fetch(one.order)
    return one.session


def start(
    plan: Plan, place: Place, listening: socket.socket, environ: Mapping[str, str], *, terminal: bool
) -> None:
    """Leave the server to a process of its own; returns once it answers. Raises MfaSessionError."""
    files = {"socket": listening.fileno(), "lock": place.lock}
    try:
        said = proc_apart.start(
            proc_apart.own_words("serve"),
            formats.outside(environ),  # without the session that the person's shell may have
            plans.text(plan, files, place.folder),
            list(files.values()),
            plan.log,
            terminal=terminal,
        )
    except OSError as error:
        what = f"{whole_file.shown(error.filename)}: " if error.filename else ""
        raise MfaSessionError(f"the server can't be started: {what}{error.strerror}") from None
    if said != _READY:
        why = ""
        with (
            contextlib.suppress(OSError, IndexError),
            open(plan.log, encoding="utf-8", errors="replace") as log,
        ):
            why = f": {log.read().splitlines()[-1]}"
        raise MfaSessionError(f"the server has not started{why}")


def say_ready() -> None:
    """To whoever has called `start`."""
    os.write(1, _READY.encode())
