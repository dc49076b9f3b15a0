"""The minutes that a server's sessions and its patience are counted in, by clocks that the test moves."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest
from serve_life_runs import asked

from mfa_session import servers
from mfa_session import session as sessions
from mfa_session.errors import MfaSessionError, NeedsTerminal
from mfa_session.serving import entry, order

pytestmark = pytest.mark.one_python

HOUR = 3600
TEXTS = ("account", "account_id", "access_key_id", "secret_access_key", "session_token")


class Clocks:
    """The seconds since the epoch that sessions go by, and the monotonic ones of a pause."""

    def __init__(self, monkeypatch) -> None:
        self.now, self.monotonic = 0, 1000.0
        monkeypatch.setattr(sessions, "time", SimpleNamespace(time=lambda: self.now))
        still = SimpleNamespace(monotonic=lambda: self.monotonic, time=time.time)
        monkeypatch.setattr(entry, "time", still)


@pytest.fixture
def clocks(monkeypatch):
    return Clocks(monkeypatch)


def made(asker: entry.Asker, *words: str, session: sessions.Session | None = None) -> entry.Entry:
    wish = order.Order("test", "", words=words)
    return entry.Entry(wish, asker, lambda: None, servers.Served("test"), session)


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


def test_the_five_minutes(clocks):
    """In which a person is not asked again, whatever is wanted; a role that AWS refuses begins none."""
    prompts: list[bool] = []

    def fetch(wish: order.Order):
        prompts.append(wish.prompt)
        error = MfaSessionError("no") if wish.prompt else NeedsTerminal("nobody is to be asked")
        error.of_person = wish.prompt and not wish.words
        raise error

    async def story() -> None:
        asker = entry.Asker(fetch, lambda _: None, {})
        account, role = made(asker), made(asker, "--role-arn=x")
        steps = [
            (0, role, True),
            (0, account, True),
            (1, role, None),
            (5, account, False),
            (293, account, False),
        ]
        steps += [(0, role, False), (2, account, None), (4, account, True), (100, role, False)]
        for seconds, one, prompted in steps:
            clocks.monotonic += seconds
            before = len(prompts)
            assert not await asked(one)
            assert prompts[before:] == ([] if prompted is None else [prompted])

    asyncio.run(story())
