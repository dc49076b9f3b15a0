"""A credential server from its first to its last moment: it listens on 127.0.0.1, and keeps sessions fresh in memory."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import resource
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mfa_session import process, scope, servers
from mfa_session.serving import answers, connection
from mfa_session.serving import plan as plans
from mfa_session.serving.entry import THREADS, Asker, Entry

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from mfa_session.serving.fetching import Fetcher
    from mfa_session.serving.place import Place
    from mfa_session.serving.plan import Plan, Wish

_TICK = 1.0  # seconds
_HTTP_PORT = 80
_FILES = 2048  # open at once: all connections, and what is started to fetch


class Server:
    """`say` is told what a person may want to know."""

    def __init__(
        self, plan: Plan, place: Place, listening: socket.socket, fetch: Fetcher, say: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._place = place
        self._listening = listening
        self._fetch = fetch
        self._say = say
        self._accounts: dict[str, answers.Account] = {}
        self._stop = asyncio.Event()
        self._is_over = process.end_of(plan.until_pid) if plan.until_pid else lambda: False
        self._shown = ""
        self._said: set[str] = set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Until a signal comes, or what it was started for is over. `ready` is called once clients are answered."""
        most = _connections()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._failed)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
                loop.add_signal_handler(number, self._stop.set)
        # Of asyncio's own threads there are few: a role of one account would wait for the person of another.
        loop.set_default_executor(ThreadPoolExecutor(THREADS * len(self._plan.wishes)))
        self._accounts = {wish.order.name: self._account(wish) for wish in self._plan.wishes}
        service = functools.partial(answers.of, hosts=_hosts(self._plan.port), accounts=self._accounts)
        connections = connection.Connections(service, self._plan.port, most)
        listener = await loop.create_server(
            lambda: connection.Connection(connections), sock=self._listening, backlog=min(most, 512)
        )
        self._show()
        ready()
        try:
            while not self._stop.is_set():
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), _TICK)
                connections.end_late()
                self._tick()
        finally:
            listener.close()
            self._fetch.stop()  # its thread would be waited for

    def _tick(self) -> None:
        if self._is_over():
            self._stop.set()
        if not self._place.is_there():
            self._make_again()
        for account in self._accounts.values():
            for entry in account.entries:
                if entry.live and entry.used:  # nobody is asked for what nobody has come for
                    entry.renew_if_due()
        self._show()

    def _make_again(self) -> None:
        """The folder has been removed, as a runtime folder is at the end of a login session: programs would find no token."""
        try:
            self._place.make_again()
            for wish in self._plan.wishes:
                self._place.give_token(wish.token_name, wish.token)
            self._shown = ""
        except OSError as error:
            self._place.remove()  # whole or not at all, so that it is tried again
            self._say_once(
                f"{self._place.folder} has been removed, and can't be made again: {error.strerror}"
            )

    def _account(self, wish: Wish) -> answers.Account:
        name = wish.order.name
        asker = Asker(self._fetch, self._say, wish.kept)
        order = wish.order.later()
        shown = servers.Served(
            name,
            path=order.path,
            scope=scope.written(order.scope),
            region=wish.region,
            way=wish.way,
            url=self._plan.url(name),
            token_file=self._place.path(wish.token_name),
        )
        entry = Entry(order, asker, self._show, shown, wish.session)

        def of_role(arn: str) -> Entry:
            url = f"{shown.url}?role={quote(arn, safe=':/')}"
            shown_role = dataclasses.replace(shown, role=arn, url=url)
            wish_of_role = dataclasses.replace(order, words=(f"--role-arn={arn}",))
            return Entry(wish_of_role, asker, self._show, shown_role, base=entry)

        narrow = bool(wish.order.words)  # whoever is given one role, or less, must not get another by asking
        return answers.Account(name, wish.token, entry, asker, None if narrow else of_role, wish.way)

    def _show(self) -> None:
        """Note it for `status`, if it is not what has been noted already."""
        served = tuple(entry.shown() for account in self._accounts.values() for entry in account.entries)
        server = self._plan.described(self._place.folder, served)
        text = servers.text(server)
        if text != self._shown and self._place.describe(server):
            self._shown = text

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What asyncio would log, each time and with a traceback: anybody who can connect might fill the disk with it."""
        self._say_once(f"note: {context.get('message')} ({type(context.get('exception')).__name__})")

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._say(text)


def _hosts(port: int) -> tuple[bytes, ...]:
    """What clients name this server by; HTTP's own port many leave out."""
    host = plans.HOST.encode()
    return (host + b":%d" % port, *([host] if port == _HTTP_PORT else []))


def _connections() -> int:
    """How many there can be at once; as many files as that takes are allowed, where that is possible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _FILES:
        soft = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return 512 if soft == resource.RLIM_INFINITY else max(4, min(512, (soft - 24) // 2))
