"""The session of an account, for every command that needs one: the one that is kept, else a new one."""

from __future__ import annotations

import time

from mfa_session import accounts, durations, identity, tty, wiring
from mfa_session.errors import MfaSessionError, NeedsTerminal

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.accounts import Found
    from mfa_session.model import Account
    from mfa_session.session import Session
    from mfa_session.store import Store
    from mfa_session.turns import Turns

_COOL_DOWN = 120  # seconds in which a program that asks again is not worth another prompt


class TimeIsUp(BaseException):
    """For a handler of SIGALRM to raise: not an error of any part, so that none explains it, and all unwind."""

    def __init__(self, why: MfaSessionError) -> None:
        self.why = why


class Wanted:
    """Which session is good enough: `min_ttl` and `duration` are in seconds, None for what the account's file says."""

    def __init__(
        self, *, refresh: bool = False, min_ttl: int | None = None, duration: int | None = None
    ) -> None:
        self.refresh = refresh
        self.min_ttl = min_ttl
        self.duration = duration

    def accepts(self, session: Session) -> bool:
        least = session.margin if self.min_ttl is None else self.min_ttl
        return session.left >= least and session.duration >= (self.duration or 0)

    @property
    def is_usual(self) -> bool:
        """Nothing was asked for by name: then a session that lives is better than none."""
        return not self.refresh and self.min_ttl is None and self.duration is None


class Limits:
    """How far a command goes to get a session: `seconds` to wait for others; whether a person may be asked at all, and
    whether again soon after they did not answer or said no."""

    def __init__(self, seconds: float = 120, *, prompt: bool = True, again: bool = True) -> None:
        self.seconds = seconds
        self.prompt = prompt
        self.again = again


def get(
    found: Found,
    wanted: Wanted,
    what: str,
    environ: Mapping[str, str],
    limits: Limits | None = None,
    *,
    ready: bool = False,
) -> tuple[Session, bool]:
    """The session, and whether it is new; raises MfaSessionError.

    `what` names the command to those who wait for it. With `ready`, the next credential_process need not ask Python.
    """
    store = wiring.store(environ)
    now = identity.of_file(found.path, environ)
    session = None if wanted.refresh else store.of_file(now, found)
    if session and wanted.accepts(session):
        new = False
    else:
        session, new, lasting = _slowly(found, wanted, what, environ, limits or Limits(), store, now)
        if not lasting:  # what the file leads to can't be told without reading it
            return session, new
    if ready and now and found.name == accounts.name_of(found.path):
        store.make_ready(now, found, session)
    return session, new


def key_of(found: Found, environ: Mapping[str, str]) -> str:
    """What the session of this account is kept under; raises ConfigError."""
    from mfa_session import envfile

    account = envfile.load(found, environ)
    return identity.of_account(account, wiring.keys(account, environ).name, environ)


def _slowly(
    found: Found,
    wanted: Wanted,
    what: str,
    environ: Mapping[str, str],
    limits: Limits,
    store: Store,
    now: str | None,
) -> tuple[Session, bool, bool]:
    from mfa_session import broker, envfile

    lasting = bool(now) and identity.settled(found.path)
    account = envfile.load(found, environ)
    source = wiring.keys(account, environ)
    for warning in account.warnings:
        tty.notice(f"warning: {warning}")
    key = identity.of_account(account, source.name, environ)
    before = store.of_key(key)
    minted = []

    def good(session: Session) -> bool:
        """Whoever wants a new one takes that of another process too."""
        old = wanted.refresh and before and session.access_key_id == before.access_key_id
        return wanted.accepts(session) and not old

    def mint() -> Session:
        asked = _with_duration(account, wanted)
        codes, issuer = wiring.codes(asked, environ), wiring.issuer(asked, source, environ)
        try:
            minted.append(broker.mint(codes, account.key.references, source.key, issuer, turns, tty.wait))
        except TimeIsUp as late:  # a prompt that nobody answers is a no, also for all who are waiting
            raise late.why from None
        return minted[0]

    if before and good(before):
        session = before
    else:
        _check(account, wanted)
        turns = wiring.turns(account, what, environ)
        spare = before if wanted.is_usual else None
        session = _renewed(key, account, good, mint, spare, limits, store, turns)
    session.account, session.region, session.path = found.name, account.region or source.region, found.path
    lasting = lasting and not account.uses_environment
    if now and lasting:
        store.link(now, found, key, session)
    return session, bool(minted), lasting


def _renewed(
    key: str,
    account: Account,
    good: Callable[[Session], bool],
    mint: Callable[[], Session],
    spare: Session | None,
    limits: Limits,
    store: Store,
    turns: Turns,
) -> Session:
    """A good one; where nobody is there to give it, the `spare` one, which is only short."""
    from mfa_session import broker

    if not limits.prompt:
        if spare:
            return spare
        raise NeedsTerminal(
            f"no fresh session for {account.label}, and nobody is to be asked",
            f"type: source get_mfa_session.sh {account.name}",
        )
    if spare and not limits.again and turns.failure(key, time.time() - _COOL_DOWN):
        return spare
    try:
        return broker.shared(key, good, store, turns, mint, limits.seconds)
    except MfaSessionError as error:
        if not spare or spare.left <= 0:
            raise
        tty.explain(error)
        tty.notice(f"not renewed: the session of {account.name} has {durations.brief(spare.left)} left")
        return spare


def _check(account: Account, wanted: Wanted) -> None:
    """Before it is anybody's turn: those who wait share a failure, and this one is nobody else's."""
    duration = wanted.duration or account.duration
    if (wanted.min_ttl or 0) > duration:
        raise MfaSessionError(
            f"a session of {durations.brief(duration)} can't have {durations.brief(wanted.min_ttl or 0)} left",
            f"add --duration {durations.brief(wanted.min_ttl or 0)}, or ask for less",
        )


def _with_duration(account: Account, wanted: Wanted) -> Account:
    import dataclasses

    duration = wanted.duration or account.duration
    if duration < 3600:
        quiet = duration - 900
        tty.notice(
            "note: in the last 15 minutes of a session botocore tries to renew it before each request: here,"
            f" {f'after {durations.brief(quiet)}' if quiet else 'always'}"
        )
    return dataclasses.replace(account, duration=duration)
