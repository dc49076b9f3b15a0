"""Which session a server gives to whom, and at once or in a moment: its addresses and roles, beside what is under way."""

from __future__ import annotations

import asyncio
import json
import threading
import time

import pytest

from mfa_session import servers
from mfa_session import session as sessions
from mfa_session.errors import MfaSessionError, NeedsTerminal
from mfa_session.serving import answers, entry, order

pytestmark = pytest.mark.one_python

TEXTS = ("account", "account_id", "access_key_id", "secret_access_key", "session_token")
HOST = b"127.0.0.1:1"
PATH = "arn:aws:iam::111122223333:role/"


def session(key: str = "ASIA", left: int = 3600) -> sessions.Session:
    facts = dict.fromkeys(TEXTS, "x") | {"access_key_id": key}
    return sessions.Session(**facts, expires=int(time.time()) + left, duration=3600)


class Served:
    """The account `test` of a server, whose sessions `fetch` gets; `first` is the one that is there from the start."""

    def __init__(self, fetch, first: sessions.Session | None = None) -> None:
        self.asker = entry.Asker(fetch, lambda _: None, {})
        shown, wish = servers.Served("test"), order.Order("test", "")
        base = entry.Entry(wish, self.asker, lambda: None, shown, first)

        def of_role(arn: str) -> entry.Entry:
            narrow = order.Order("test", "", words=(arn,))
            return entry.Entry(narrow, self.asker, lambda: None, shown, base=base)

        self.account = answers.Account("test", "token", base, self.asker, of_role, "mfa-session warm test")

    def ask(self, role: str = "") -> answers.Answer | asyncio.Future[answers.Answer]:
        target = f"/test?role={PATH}{role}" if role else "/test"
        request = answers.Request(b"GET", target.encode(), HOST, b"token", lambda: True)
        return answers.of(request, [HOST], {"test": self.account})

    async def over(self) -> None:
        """What is under way."""
        entries = [self.account.entry, *self.account.roles.values()]
        tasks = {one.renewing for one in entries if one.renewing}
        if tasks:
            await asyncio.wait(tasks)


def key(answer: answers.Answer) -> str:
    assert answer.status == 200, answer
    return json.loads(answer.body)["AccessKeyId"]


def code(answer: answers.Answer) -> str:
    assert answer.status == 503, answer
    return json.loads(answer.body)["code"]


def test_of_a_session_that_lives_a_role_comes_in_a_moment():
    """Who asks for the first time has it with the same answer; what takes longer than SDKs wait for is given up there."""
    hang = threading.Event()

    def fetch(wish: order.Order):
        if wish.words[0].endswith("slow"):
            hang.wait(20)
        return session(wish.words[0], -1 if wish.words[0].endswith("over") else 3600), {}

    async def story() -> None:
        one = Served(fetch, session())
        assert key(await one.ask("quick")) == f"{PATH}quick"
        assert key(one.ask("quick")) == f"{PATH}quick"
        began = time.monotonic()
        slow = await one.ask("slow")
        assert (slow.status, 0.7 < time.monotonic() - began < 3) == (503, True)
        assert code(await one.ask("over")) == "MfaRequired", "what comes may have expired on its way"
        assert key(one.ask()) == "ASIA"
        hang.set()
        await one.over()
        assert key(one.ask("slow")) == f"{PATH}slow"

    asyncio.run(story())


def test_beside_a_prompt_a_role_is_told_at_once_that_somebody_is_asked():
    """With no session to take it from: it waits for the same person, who is asked one thing, and no client waits with it."""
    answered, wishes = threading.Event(), []

    def fetch(wish: order.Order):
        wishes.append((wish.words, wish.prompt))
        answered.wait(20)
        return session("".join(wish.words) or "ASIA"), {}

    async def story() -> None:
        one = Served(fetch)
        for role in ("", "deploy", "deploy", ""):
            got = one.ask(role)
            await asyncio.sleep(0.05)
            assert isinstance(got, answers.Answer)
            assert (got.status, "is being fetched: approve it" in json.loads(got.body)["message"]) == (
                503,
                True,
            )
        assert wishes == [((), True)]
        answered.set()
        await one.over()
        assert wishes == [((), True), ((f"{PATH}deploy",), True)]
        assert [key(one.ask()), key(one.ask("deploy"))] == ["ASIA", f"{PATH}deploy"]

    asyncio.run(story())


def test_who_has_said_no_is_not_said_to_be_asked():
    """It is looked for all the same, in what others may have got: that is no prompt to be approved."""
    looking = threading.Event()

    def fetch(wish: order.Order):
        if not wish.prompt:
            looking.wait(20)
        error = MfaSessionError("the prompt was dismissed")
        error.of_person = True
        raise error

    async def story() -> None:
        one = Served(fetch)
        assert "is being fetched" in json.loads(one.ask().body)["message"]
        await one.over()
        one.account.entry._not_before = 0.0
        for _ in range(2):
            message = json.loads(one.ask().body)["message"]
            assert one.account.entry.renewing
            why = "the prompt was dismissed; type: mfa-session warm test (you will not be asked again for 5m)"
            assert message == why
            await asyncio.sleep(0.05)
        looking.set()
        await one.over()

    asyncio.run(story())


def test_a_role_that_needs_a_person_asks_for_one():
    """First it is tried with nobody asked; what fails for another reason then is not tried a second time."""
    wishes: list[tuple[str, bool]] = []

    def fetch(wish: order.Order):
        wishes.append((wish.words[0].removeprefix(PATH), wish.prompt))
        if wish.words[0].endswith("refused"):
            raise MfaSessionError("AWS does not let you")
        if not wish.prompt:
            raise NeedsTerminal("nobody is to be asked")
        return session("ASIAROLE"), {}

    async def story() -> None:
        one = Served(fetch, session())
        assert key(await one.ask("with-mfa")) == "ASIAROLE"
        refused = json.loads((await one.ask("refused")).body)
        assert refused == {"code": "NotAvailable", "message": "AWS does not let you"}, (
            "so that nothing is to be typed"
        )
        assert (one.asker.pause, one.asker.may_ask) == (0, False)

    asyncio.run(story())
    assert wishes == [("with-mfa", False), ("with-mfa", True), ("refused", False)]


def test_a_few_roles_at_once_and_what_one_has_put_away_the_next_one_has():
    """Each is a process of its own. Where nothing is shared by all, what they keep goes from one to the next."""
    lock, now, most, had = threading.Lock(), [0], [0], []

    def fetch(wish: order.Order):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            had.append({*wish.kept})
        time.sleep(0.1)
        with lock:
            now[0] -= 1
        return session(), {wish.words[0]: ("text", time.time() + 60), "over": ("text", 1.0)}

    async def story() -> None:
        one = Served(fetch, session())
        for number in range(12):
            one.ask(str(number))
        await one.over()
        await one.ask("last")

    asyncio.run(story())
    assert most == [4]
    assert had[-1] == {f"{PATH}{number}" for number in range(12)}


def test_the_role_that_nobody_has_come_for_gives_way():
    """Of 32; not one that is being fetched, and while all are there is no room."""
    hang = threading.Event()

    def fetch(wish: order.Order):
        if wish.words[0].endswith("slow"):
            hang.wait(20)
        return session(), {}

    async def story() -> None:
        one = Served(fetch, session())
        one.ask("slow")
        for number in range(31):
            one.ask(str(number))
            while one.account.roles[f"{PATH}{number}"].renewing:
                await asyncio.sleep(0.001)
        assert key(one.ask("0")) == "ASIA"
        assert key(one.ask("0")) == "ASIA", "so that it is not the one that gives way"
        one.ask("new")
        assert [role.removeprefix(PATH) for role in one.account.roles][:3] == ["slow", "0", "2"]
        assert len(one.account.roles) == 32
        for number in range(31):
            one.ask(f"{number}-slow")
        assert code(one.ask("another")) == "Busy"
        assert len(one.account.roles) == 32
        waiting = one.ask("slow")
        hang.set()
        assert key(await waiting) == "ASIA", "one of those 32 has not to wait"
        await one.over()
        assert key(await one.ask("another")) == "ASIA"

    asyncio.run(story())
