"""A connection whose answer takes a moment, as that of a role does: what becomes of it, whatever its client does meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from mfa_session.serving import answers, connection

pytestmark = pytest.mark.one_python

REQUEST = b"GET /test?role=x HTTP/1.1\r\nHost: x\r\n\r\n"
CAME = answers.Answer(200, b"{}")


class Listening:
    """Connections of which each request is answered when the test says so, by `coming`; `wrong` is what asyncio would log."""

    def __init__(self) -> None:
        self.coming: list[asyncio.Future[answers.Answer]] = []
        self.wrong: list[object] = []
        self.open = connection.Connections(self._answer, 0, 9)

    def _answer(self, _: answers.Request) -> asyncio.Future[answers.Answer]:
        self.coming.append(asyncio.get_running_loop().create_future())
        return self.coming[-1]

    @contextlib.asynccontextmanager
    async def client(self):
        """Its two streams."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self.wrong.append(context))
        listener = await loop.create_server(lambda: connection.Connection(self.open), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        await until(lambda: self.open._open)
        try:
            yield reader, writer
        finally:
            writer.close()
            listener.close()


async def until(question) -> None:
    end = time.monotonic() + 10
    while not question():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.01)


def test_the_time_for_a_request_ends_when_it_has_come():
    async def story() -> None:
        here = Listening()
        async with here.client() as (reader, writer):
            (one,) = here.open._open
            writer.write(REQUEST[:-2])
            one.deadline = time.monotonic() + 0.3
            writer.write(REQUEST[-2:])
            await until(lambda: here.coming)
            await asyncio.sleep(0.4)
            here.open.end_late()
            here.coming[0].set_result(CAME)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")

    asyncio.run(story())


def test_who_has_said_all_still_gets_the_answer():
    async def story() -> None:
        here = Listening()
        async with here.client() as (reader, writer):
            writer.write(REQUEST)
            writer.write_eof()
            await until(lambda: here.coming)
            await asyncio.sleep(0.1)
            here.coming[0].set_result(CAME)
            assert (await reader.read()).endswith(b"\r\n\r\n{}")

    asyncio.run(story())


def test_for_who_has_gone_nothing_is_waited_for():
    async def story() -> None:
        here = Listening()
        async with here.client() as (_, writer):
            (one,) = here.open._open
            writer.write(REQUEST)
            await until(lambda: here.coming)
            one.end()
            await until(lambda: not here.open._open)
            await asyncio.sleep(0)
            assert here.coming[0].cancelled()
            await asyncio.sleep(0.05)
        assert here.wrong == []

    asyncio.run(story())


@pytest.mark.parametrize(("last", "seconds"), [(b"", 60), (b"Connection: close\r\n", 5)])
def test_the_time_for_what_comes_after_an_answer(last, seconds):
    """For the next request; after the last answer only to take that, though the client need not close it."""

    async def story() -> None:
        here = Listening()
        async with here.client() as (reader, writer):
            (one,) = here.open._open
            writer.write(REQUEST[:-2] + last + b"\r\n")
            await until(lambda: here.coming)
            here.coming[0].set_result(CAME)
            await reader.readuntil(b"{}")
            left = one.deadline - time.monotonic()
            assert seconds - 2 < left <= seconds
            assert here.open._open
            one.deadline -= left + 1
            here.open.end_late()
            await until(lambda: not here.open._open)

    asyncio.run(story())
