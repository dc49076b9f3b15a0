"""After how long a person, or AWS, is asked again, by clocks that the test moves."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from serve_clocks import TEXTS, Clocks, made
from serve_life_runs import asked

from mfa_session import session as sessions
from mfa_session.errors import MfaSessionError, NeedsTerminal
from mfa_session.serving import entry, order

pytestmark = pytest.mark.one_python


@pytest.fixture
def clocks(monkeypatch):
    return Clocks(monkeypatch)


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


def test_who_says_no_again_and_again_is_asked_less_and_less(clocks):
    """After 5, 10, 20 and 40 minutes, then each hour; a yes, or a session that they have got themselves, ends that."""
    prompts: list[bool] = []
    told: list[str] = []
    outcome = ["no"]

    def fetch(wish: order.Order):
        prompts.append(wish.prompt)
        if outcome[0] == "yes":
            return sessions.Session(**dict.fromkeys(TEXTS, "x"), expires=clocks.now), {}
        if outcome[0] == "no thread":
            raise RuntimeError("can't start new thread")
        error = MfaSessionError(outcome[0])  # where nobody is asked: the answer to another process
        error.of_person = outcome[0] in ("no", "AWS is away")
        error.unanswered = outcome[0] == "no"
        raise error

    async def story() -> None:
        asker = entry.Asker(fetch, told.append, {})

        async def said(what: str) -> tuple[bool, int]:
            """Whether the person was asked, and the minutes for which they are left in peace."""
            outcome[0] = what
            with contextlib.suppress(MfaSessionError):
                await asker.get(order.Order("test", ""), "test")
            return prompts[-1], round(asker.pause / 60)

        async def noes(times: int) -> list[int]:
            minutes = []
            for _ in range(times):
                prompted, pause = await said("no")
                assert prompted
                minutes.append(pause)
                clocks.monotonic += asker.pause - 1
                assert (await said("no"))[0] is False, "which is no answer of theirs"
                clocks.monotonic += 1
            return minutes

        assert await noes(7) == [5, 10, 20, 40, 60, 60, 60]
        assert await said("yes") == (True, 0)
        assert len(told) == 7
        assert await noes(2) == [5, 10]
        assert await said("AWS refuses it") == (True, 0), "nobody has said no"
        assert await noes(1) == [20]
        assert await said("AWS is away") == (True, 5), (
            "they have approved it, and are not to be asked all the time"
        )
        clocks.monotonic += 5 * 60
        assert await noes(2) == [5, 10]
        assert await said("no thread") == (True, 5), "for all that is known they have been asked"
        assert await said("yes") == (False, 5), "they have got it in their shell"
        clocks.monotonic += 5 * 60
        assert await noes(1) == [5]

    asyncio.run(story())


def test_what_comes_within_two_seconds_has_asked_nobody(clocks):
    """People who look at `status` are told to answer a prompt only where there may be one."""
    seen: list[tuple[bool, bool]] = []

    async def story() -> None:
        def fetch(wish: order.Order):
            for clocks.monotonic in (began, began + 1.9, began + 2.1):
                seen.append((asker.may_ask, one.asking))
            error = MfaSessionError("no")
            error.of_person = wish.prompt
            raise error

        asker = entry.Asker(fetch, lambda _: None, {})
        one = made(asker)
        for began in (1000.0, 1100.0):
            clocks.monotonic = began
            await asked(one)
            seen.append((asker.may_ask, one.asking))

    asyncio.run(story())
    assert seen == [(True, False), (True, False), (True, True), (False, False), *[(False, False)] * 4]


def test_what_fails_with_nobody_to_blame_is_tried_less_and_less(clocks):
    """After 5, 10, 20, 40 and 80 seconds; after a session from the start again. Where a person is needed, each 5 seconds."""
    outcome: list[MfaSessionError | None] = [None]

    def fetch(_: order.Order):
        if outcome[0]:
            raise outcome[0]
        return sessions.Session(**dict.fromkeys(TEXTS, "x"), expires=clocks.now + 10, duration=20), {}

    async def story() -> None:
        one = made(entry.Asker(fetch, lambda _: None, {}))

        async def seconds(times: int) -> list[float]:
            """Between one try and the next."""
            waited = []
            for _ in range(times):
                await asked(one)
                waited.append(one._not_before - clocks.monotonic)
                clocks.monotonic = one._not_before - 0.1
                one.ask()
                assert one.renewing is None
                clocks.monotonic += 0.1
            return waited

        outcome[0] = MfaSessionError("AWS does not answer", "look at the cable")
        assert await seconds(6) == [5, 10, 20, 40, 80, 80]
        assert (one.trouble, one.refused) == ("AWS does not answer; look at the cable", True)
        outcome[0] = NeedsTerminal("nobody is to be asked")
        assert await seconds(2) == [5, 5]
        assert one.trouble.startswith("AWS does not answer"), "the other one says nothing new"
        outcome[0] = None
        assert not await asked(one)
        assert not one.used, "by nobody since it came, so that nobody is asked for the next one"
        assert (await asked(one), one.trouble, one.refused) == (True, "", False)
        clocks.now += 10
        outcome[0] = MfaSessionError("no network")
        assert await seconds(2) == [5, 10]

    asyncio.run(story())
