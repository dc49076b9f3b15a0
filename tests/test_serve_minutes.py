"""The minutes that a server's sessions last, by clocks that the test moves."""

from __future__ import annotations

import asyncio
import os

import pytest
from serve_clocks import HOUR, TEXTS, Clocks, made
from serve_life_runs import asked

from mfa_session import session as sessions
from mfa_session.errors import MfaSessionError
from mfa_session.serving import entry, order
from mfa_session.serving import place as places
from mfa_session.serving import plan as plans
from mfa_session.serving.server import Server

pytestmark = pytest.mark.one_python


@pytest.fixture
def clocks(monkeypatch):
    return Clocks(monkeypatch)


def test_sixteen_minutes_and_the_last_second(clocks):
    """In its last second a session is no answer: to no client, nor to a person who says no, which nobody would know of."""
    wishes: list[bool] = []

    def fetch(wish: order.Order):
        wishes.append(wish.spare)
        raise MfaSessionError("no")

    async def story() -> None:
        for left, answered in ((961, True), (960, True), (959, True), (2, True), (1, False), (0, False)):
            clocks.now = 0
            new = sessions.Session(**dict.fromkeys(TEXTS, "x"), expires=12 * HOUR, duration=12 * HOUR)
            one = made(entry.Asker(fetch, lambda _: None, {}), session=new)
            clocks.now = 12 * HOUR - left
            before = len(wishes)
            assert await asked(one) == answered
            assert len(wishes) - before == (left < 960)

    asyncio.run(story())
    assert wishes == [False, False, False, True]


def test_trouble_that_came_of_a_wrong_clock_is_over_with_it(clocks):
    def fetch(_: order.Order):
        raise MfaSessionError("the clock is 13h ahead")

    async def story() -> None:
        new = sessions.Session(**dict.fromkeys(TEXTS, "x"), expires=12 * HOUR, duration=12 * HOUR)
        one = made(entry.Asker(fetch, lambda _: None, {}), session=new)
        for now, trouble in (
            (13 * HOUR, "the clock is 13h ahead"),
            (0, ""),
            (11.9 * HOUR, "the clock is 13h ahead"),
        ):
            clocks.now = now
            await asked(one)
            assert one.shown().trouble == trouble

    asyncio.run(story())


def test_by_itself_it_renews_what_lives_and_is_used(clocks, tmp_path):
    """Nobody is asked for what has expired before somebody comes for it: a program that has ended, say, never does."""
    wishes: list[order.Order] = []

    def fetch(wish: order.Order):
        wishes.append(wish)
        raise MfaSessionError("no network")

    new = sessions.Session(**dict.fromkeys(TEXTS, "x"), expires=12 * HOUR, duration=12 * HOUR)
    plan = plans.Plan(4711, [plans.Wish(order.Order("test", ""), "", "token", new)])

    async def story() -> None:
        place = places.make(4711, {"XDG_RUNTIME_DIR": str(tmp_path)})
        server = Server(plan, place, None, fetch, lambda _: None)
        account = server._accounts["test"] = server._account(plan.wishes[0])
        one = account.entry
        came = []
        for clocks.now, comes in (
            (0, True),
            (0, False),
            (11.9 * HOUR, False),
            (12 * HOUR, False),
            (12 * HOUR, True),
        ):
            if comes:
                await asked(one)
            clocks.monotonic += 100
            server._tick()
            if one.renewing:
                await asyncio.wait({one.renewing})
            came.append(len(wishes))
        assert came == [0, 0, 1, 1, 2]
        os.close(place.lock)

    asyncio.run(story())
