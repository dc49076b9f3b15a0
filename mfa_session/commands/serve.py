"""`mfa-session serve`: a credential server for accounts, in this terminal or by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import sys
from typing import TYPE_CHECKING

from mfa_session import accounts, process, request, servers, sessions, shells, tty, whole_file
from mfa_session.commands import serve_others, serving_start
from mfa_session.errors import ConfigError, MfaSessionError
from mfa_session.scope import Scope
from mfa_session.serving import place as places
from mfa_session.serving import plan as plans
from mfa_session.serving import server as serving
from mfa_session.serving.fetching import Fetcher

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence

    from mfa_session.serving.order import Order
    from mfa_session.serving.place import Place
    from mfa_session.serving.plan import Plan, Wish


def run(names: Sequence[str], port: int, *, detach: bool) -> int:
    """Get the first sessions while the person is there, then serve; raises MfaSessionError."""
    process.hide()
    again = f"mfa-session serve --stop && {shlex.join(['mfa-session', 'serve', *names])}"
    wishes = [_wish(name, again, os.environ) for name in dict.fromkeys(names) or (None,)]
    with serving_start.listen(port, os.environ) as listening:
        plan = plans.Plan(listening.getsockname()[1], wishes)
        place = places.make(plan.port, os.environ)
        try:
            _first(plan, place)
        except BaseException:
            place.remove()
            raise
        if detach:
            return _leave(plan, place, listening)
        return _stay(plan, place, listening)


def _wish(name: str | None, again: str, environ: Mapping[str, str]) -> Wish:
    try:
        found = accounts.find(name, None, environ, accounts.here())
        wanted = request.Wanted(scope=sessions.scope_of(found, Scope(), environ))  # what a narrowed shell has
        return serving_start.wish(found, wanted, request.Limits(), None, again, environ)
    except ConfigError as error:
        meant = [f"is --{name} meant?"] if name in ("stop", "status") else []
        raise ConfigError(error.message, *meant, *error.hints) from None


def _say_where_else(order: Order, environ: Mapping[str, str]) -> None:
    for server in servers.running(environ):
        if not server.command and any(one.is_of(order.name, order.path) for one in server.served):
            tty.notice(f"note: {order.name} is served on port {server.port} already")


def _first(plan: Plan, place: Place) -> None:
    """One that can't be had now is asked for again when a program comes for it."""
    fetch = Fetcher(os.environ, tty.notice, heard=True)
    for wish in plan.wishes:
        _say_where_else(wish.order, os.environ)
        try:
            serving_start.first(wish, fetch, place)
        except MfaSessionError as error:
            tty.explain(error)
            tty.notice(f"{wish.order.name} is served as soon as there is a session: type: {wish.way}")


def _stay(plan: Plan, place: Place, listening: socket.socket) -> int:
    try:
        fetch = Fetcher(os.environ, tty.notice)
        server = serving.Server(plan, place, listening, fetch, tty.notice)
        asyncio.run(server.run(lambda: _tell(place, "to end it, press Ctrl-C")))
    finally:
        place.remove()
        if sys.stderr.isatty():
            print(file=sys.stderr)  # the terminal has shown ^C
    return 0


def _leave(plan: Plan, place: Place, listening: socket.socket) -> int:
    plan.log = servers.log_file(plan.port, os.environ) or os.path.join(place.folder, "log")
    try:
        serving_start.start(plan, place, listening, os.environ, terminal=False)
    except BaseException:
        place.remove()
        raise
    _tell(place, f"to end it, type: mfa-session serve --stop --port {plan.port}")
    return 0


def _tell(place: Place, how_to_end: str) -> None:
    if server := servers.read(place.folder):
        with contextlib.suppress(BrokenPipeError):  # who has read enough, as `head` has, does not end it
            serve_others.show(server)
        where = f", log {whole_file.shown(server.log)}" if server.log else ""
        tty.notice(f"serving on port {server.port} (pid {server.pid}{where}); {how_to_end}")
        way = shells.to_source(f"--server {shlex.quote(server.served[0].account)}", os.environ)
        tty.notice(f"hint: for a shell, type: {way}")
