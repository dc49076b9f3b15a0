"""What is served at one address: the session in memory, and how it is renewed. Nobody who asks for it waits for a person."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from typing import TYPE_CHECKING

from mfa_session import formats, servers
from mfa_session.errors import MfaSessionError, NeedsTerminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.serving.order import Kept, Order
    from mfa_session.session import Session

    Fetch = Callable[[Order], tuple[Session, Kept]]  # blocks; raises MfaSessionError

_QUICK = 2.0  # seconds in which a session comes for which nobody has to be asked
_ON_ITS_WAY = 1  # second that must be left of what is handed out
_NOT_AGAIN = 300  # seconds in which a person who has said no, or nothing, is not asked again
_LONGEST = 3600  # seconds that this grows to, while nobody says yes
_AT_ONCE = 4  # processes that fetch roles: each of them has work for a processor
THREADS = 1 + _AT_ONCE  # that the sessions of one account may take at once
_SOON = 5  # seconds until it is tried again without asking anybody: they may have got a session themselves
_LATER = 80  # seconds that this grows to where it fails for another reason


class Asker:
    """Gets the sessions of one account, one at a time, so that one person is asked one thing."""

    def __init__(self, fetch: Fetch, say: Callable[[str], None], kept: Kept) -> None:
        self.kept = kept
        self._began: float | None = None
        self._fetch = fetch
        self._say = say
        self._turn = asyncio.Lock()
        self._beside = asyncio.Semaphore(_AT_ONCE)
        self._not_before = 0.0
        self._noes = 0  # in a row

    @property
    def may_ask(self) -> bool:
        """Whether something is being fetched for which a person may be asked."""
        return self._began is not None

    @property
    def asking(self) -> bool:
        """Whether a person is being asked: what needs nobody does not take so long."""
        return self._began is not None and time.monotonic() - self._began > _QUICK

    @property
    def pause(self) -> float:
        """Seconds in which the person is not asked again."""
        return max(0.0, self._not_before - time.monotonic())

    async def get(self, order: Order, title: str, *, beside: bool = False) -> Session:
        """Raises MfaSessionError. `title` is what people call it.

        `beside`: it may well need nobody, so that it is tried first without, and does not wait for what needs somebody.
        """
        if beside:
            async with self._beside:
                try:
                    return await self._fetched(dataclasses.replace(order, prompt=False, kept=self.kept))
                except MfaSessionError as error:
                    if error.exit_code != NeedsTerminal.exit_code:
                        self._say(f"no session for {title}: {error.message}")
                        raise
        async with self._turn:
            prompt = not self.pause
            self._began = time.monotonic() if prompt else None
            order = dataclasses.replace(order, prompt=prompt, kept=self.kept)
            try:
                session = await self._fetched(order)
            except MfaSessionError as error:
                if prompt:
                    if error.of_person:
                        # Nobody answers all night, say, while a program goes on asking; but AWS may be back soon.
                        self._noes = self._noes + 1 if error.unanswered else 0
                        pause = _NOT_AGAIN * 2 ** max(0, self._noes - 1)
                        self._not_before = time.monotonic() + min(pause, _LONGEST)
                    self._say(f"no session for {title}: {error.message}")
                raise
            finally:
                self._began = None
            self._noes = 0
            return session

    async def _fetched(self, order: Order) -> Session:
        try:
            session, kept = await asyncio.to_thread(self._fetch, order)
            now = time.time()
            self.kept = {name: one for name, one in {**self.kept, **kept}.items() if one[1] > now}
            return session
        except MfaSessionError:
            raise
        except Exception as error:  # no thread to be had, say: that is not to be asked for each second
            failed = MfaSessionError(
                f"what was to fetch a session of {order.name} failed: {type(error).__name__}"
            )
            failed.of_person = True
            raise failed from error


class Entry:
    """`changed` is called whenever there is something new to show. `order` is for all but the first session.

    `base` is that of the account, where this is one of its roles.
    """

    def __init__(
        self,
        order: Order,
        asker: Asker,
        changed: Callable[[], None],
        shown: servers.Served,
        session: Session | None = None,
        base: Entry | None = None,
    ) -> None:
        self.body = b""
        self.used = False
        self.trouble = ""
        self.refused = False  # where no approval of a person would help
        self.asked = 0.0  # when a client was last here, by time.monotonic()
        self._order = order
        self._asker = asker
        self._changed = changed
        self._shown = shown
        self._base = base
        self._session: Session | None = None
        self._least = 0.0  # seconds that must be left of it, or it is renewed
        self._task: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._pause = _SOON / 2
        if session:
            self._take(session)

    @property
    def live(self) -> bool:
        return bool(self._session and self._session.left > _ON_ITS_WAY)

    @property
    def _is_due(self) -> bool:
        return not self._session or self._session.left < self._least

    @property
    def renewing(self) -> asyncio.Task[None] | None:
        """What may bring a session, if anything is under way."""
        return self._task

    @property
    def asking(self) -> bool:
        """Whether a person is being asked, for this or for another session of the account."""
        return self._task is not None and self._asker.asking

    def ask(self) -> bytes | None:
        """The answer for a client, if there is a session; one that is due is renewed meanwhile."""
        self.used, self.asked = True, time.monotonic()
        self.renew_if_due()
        return self.body if self.live else None

    def renew_if_due(self) -> None:
        """Nothing happens where it is not, or is under way, or was tried just now. Returns at once."""
        if self._is_due and self._task is None and time.monotonic() >= self._not_before:
            self._task = asyncio.get_running_loop().create_task(self._renew())
            self._changed()

    def shown(self) -> servers.Served:
        over = self.live and not self._is_due  # a clock was wrong, say, and is right again
        shown = dataclasses.replace(self._shown, asking=self.asking, trouble="" if over else self.trouble)
        if session := self._session:
            shown = dataclasses.replace(
                shown,
                account_id=session.account_id,
                role=session.role,
                scope=session.scope,
                access_key_id=session.access_key_id,
                expires=session.expires,
                duration=session.duration,
                region=session.region or shown.region,
            )
        return shown

    async def _renew(self) -> None:
        # Until the last second of the one that is here it is no answer: nobody would be known to have said no.
        over = not self._session or self._session.left <= 0
        order = dataclasses.replace(self._order, spare=over)
        try:
            beside = bool(self._base and self._base.live)
            session = await self._asker.get(order, self._shown.title, beside=beside)
            if self._session and session.account_id != self._session.account_id:
                # In the middle of what somebody runs it would be another one's data.
                raise MfaSessionError(
                    f"the file of {order.name} is of account {session.account_id} by now, not {self._session.account_id}",
                    "to have that one served, start the server again",
                )
            self._take(session)
        except MfaSessionError as error:
            nobody = error.exit_code == NeedsTerminal.exit_code
            self._pause = _SOON if nobody else min(2 * self._pause, _LATER)
            self._not_before = time.monotonic() + self._pause
            if not self.trouble or not nobody:  # which says nothing new
                self.refused = not (error.of_person or nobody)
                self.trouble = "; ".join((error.message, *error.hints[: self.refused]))
        finally:
            self._task = None
            self._changed()

    def _take(self, session: Session) -> None:
        self._session, self.trouble, self.used, self._pause = session, "", False, _SOON / 2
        self.refused = False
        self.body = _document(session)
        # Of one that is shorter than one would wish, half is used; by its own clock, which goes on while a laptop sleeps.
        least = self._order.min_ttl or session.margin
        self._least = least if session.left >= least else session.left / 2


def _document(session: Session) -> bytes:
    """As the SDKs' container credential provider wants it: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html."""
    facts = {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": formats.timestamp(session.expires),
        "AccountId": session.account_id,
    }
    return json.dumps({name: value for name, value in facts.items() if value}).encode()
