"""The sessions of an account that has been read: the MFA session, and above it one for each role."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING

from mfa_session import broker, durations, roles, scope, shells, tty, wiring, wiring_codes
from mfa_session import errand as errands
from mfa_session.errors import MfaSessionError, NeedsTerminal, NotAvailable
from mfa_session.request import TimeIsUp, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from mfa_session.errand import Errand
    from mfa_session.model import Account, Role
    from mfa_session.request import Limits
    from mfa_session.session import Session
    from mfa_session.store import Store

_COOL_DOWN = 120  # seconds in which a program that asks again is not worth another prompt
# Seconds that must be left of a session from which a role's is taken: that one lives on when this one is over.
_ENOUGH_FOR_A_ROLE = 60
_NOT_FOR_LONG = 5  # seconds to wait for others where nobody is to be asked


def session(errand: Errand, store: Store, what: str, limits: Limits) -> tuple[Session, bool]:
    """One that is good enough, and whether it is new; raises MfaSessionError.

    `what` names the command to those who wait for it.
    """
    errand.warn()
    errand.account = _asked_elsewhere(errand.account, limits)
    before, wanted = store.of_key(errand.keys[-1]), errand.wanted
    if before and wanted.accepts(before) and not wanted.refresh:
        found = before
    else:
        errand.check()
        found = _Minting(errand, store, what, limits).wanted(wanted)
    found.account, found.path, found.region = errand.found.name, errand.found.path, errand.region
    return found, not before or found.access_key_id != before.access_key_id


class _Minting:
    def __init__(self, errand: Errand, store: Store, what: str, limits: Limits) -> None:
        self._errand = errand
        self._account = errand.account
        self._store = store
        self._what = what
        self._limits = limits
        self._environ = errand.environ
        self._scope = scope.written(errand.wanted.scope)
        self._turns = wiring.turns(errand.account, what, errand.environ)

    def wanted(self, wanted: Wanted) -> Session:
        if not self._account.roles:
            return self._of_device(wanted)
        if self._account.direct:
            return self._direct(wanted)
        return self._of_role(len(self._account.roles), wanted)

    def _of_device(self, wanted: Wanted, *, for_a_role: bool = False) -> Session:
        """The MFA session; for a role, that of another account with the same device and base key is as good."""
        key, device, store = self._errand.keys[0], self._errand.device, self._store

        def look() -> Session | None:
            return store.of_key(key) or (store.of_device(device) if for_a_role else None)

        def mint() -> Session:
            duration = wanted.duration or self._account.duration
            fresh = self._by_code(dataclasses.replace(self._account, duration=duration), duration)
            store.keep(key, fresh, device)
            return fresh

        return self._obtained(wanted, look, mint, device)

    def _direct(self, wanted: Wanted) -> Session:
        """The session of a role that the base key and the code assume by themselves."""
        key, duration = self._errand.keys[-1], self._errand.duration

        def mint() -> Session:
            role = dataclasses.replace(self._account.role, duration=duration)
            fresh = self._by_code(dataclasses.replace(self._account, role=role), duration)
            fresh.scope = self._scope
            self._store.keep(key, fresh)
            return fresh

        return self._obtained(wanted, lambda: self._store.of_key(key), mint, key)

    def _by_code(self, account: Account, duration: int) -> Session:
        """A new one; it is this process's turn."""
        _say_when_it_is_short(duration)
        limits = self._limits
        codes = wiring_codes.codes(account, self._environ, typing=limits.typing, given=limits.otp)
        wait = tty.wait if limits.otp is None else _not_at_all  # there is no next one to wait for
        issuer = wiring.issuer(account, self._errand.source, self._environ)
        try:
            return broker.mint(
                codes, account.key.references, self._errand.source.key, issuer, self._turns, wait
            )
        except TimeIsUp as late:  # a prompt that nobody answers is a no, also for all who are waiting
            raise late.why from None

    def _of_role(self, number: int, wanted: Wanted) -> Session:
        """The session of the account's role of this number, from 1; it is taken from the one before it."""
        role, key = self._account.roles[number - 1], self._errand.keys[number]
        duration = errands.of_role(role, direct=False)

        def mint() -> Session:
            enough = Wanted(min_ttl=_ENOUGH_FOR_A_ROLE, duration=wanted.duration)
            before = (
                self._of_role(number - 1, enough) if number > 1 else self._of_device(enough, for_a_role=True)
            )
            _say_what_is_cut(role)
            _say_when_it_is_short(duration)
            issuer = wiring.role_issuer(self._account, self._errand.source, self._environ)
            fresh = issuer.assume(before, dataclasses.replace(role, duration=duration))
            fresh.scope = self._scope if number == len(self._account.roles) else ""
            self._store.keep(key, fresh)
            return fresh

        return self._obtained(wanted, lambda: self._store.of_key(key), mint, key, number)

    def _obtained(
        self,
        wanted: Wanted,
        look: Callable[[], Session | None],
        mint: Callable[[], Session],
        subject: str,
        number: int = 0,
    ) -> Session:
        """A good one; where nobody is there to give it, one that lives, and is only short.

        `subject` is what a failure is shared by; `number` that of the role, if it is the session of one.
        """
        before = look()

        def good() -> Session | None:
            """Whoever wants a new one takes that of another process too."""
            found = look()
            old = wanted.refresh and before and found and found.access_key_id == before.access_key_id
            return found if found and wanted.accepts(found) and not old else None

        if found := good():
            return found
        spare = before if wanted.is_usual and self._limits.spare else None
        turns, limits, lately = self._turns, self._limits, time.time() - _COOL_DOWN
        failed = turns.failure(self._errand.device, lately)
        if number:
            turns = wiring.turns(self._account, self._what, self._environ, number)
            failed = failed or turns.failure(subject, lately)
        elif not limits.prompt:
            return spare or self._nobody_is_asked()
        if spare and failed and not limits.again:
            return spare
        self._keep_to_a_no(subject, number)
        try:
            seconds = limits.seconds if limits.prompt else _NOT_FOR_LONG
            return broker.shared(good, mint, turns, subject, seconds)
        except MfaSessionError as error:
            error.of_person |= not number
            if not spare or spare.left <= 0:
                if isinstance(error, NotAvailable) and not limits.prompt:  # somebody else is being asked
                    self._nobody_is_asked()
                raise
            tty.explain(error)
            tty.notice(
                f"not renewed: the session of {self._account.name} has {durations.brief(spare.left)} left"
            )
            return spare

    def _keep_to_a_no(self, subject: str, number: int) -> None:
        """What somebody has said to another process counts here too, for as long as was asked for; raises it."""
        if self._limits.pause and not number:
            no = self._turns.failure(subject, time.time() - self._limits.pause)
            if no and no.exit_code != NeedsTerminal.exit_code:
                no.of_person = True
                raise no

    def _nobody_is_asked(self) -> NoReturn:
        raise NeedsTerminal(
            f"no fresh session for {self._account.label}, and nobody is to be asked",
            f"type: {shells.to_source(self._account.name, self._environ)}",
        )


def _not_at_all(seconds: float, why: str) -> None:
    pass


def _say_what_is_cut(role: Role) -> None:
    if role.duration > roles.CHAINED:
        tty.notice(
            f"note: {role.name} is given for 1h, not {durations.brief(role.duration)}: AWS gives no more for a role that is taken"
            " from a session (role chaining)"
        )
        tty.notice("hint: --direct takes it by the base key and the code; its help says what that needs")


def _say_when_it_is_short(duration: int) -> None:
    if duration < 3600:
        quiet = duration - 900
        tty.notice(
            "note: in the last 15 minutes of a session botocore tries to renew it before each request: here,"
            f" {f'after {durations.brief(quiet)}' if quiet else 'always'}"
        )


def _asked_elsewhere(account: Account, limits: Limits) -> Account:
    """The account with another source of its code, if one was asked for."""
    kind, otp = limits.otp_source, account.otp
    if kind is None:
        return account
    if (kind == "op" and not (otp.op and otp.op.item)) or (kind == "command" and not otp.command):
        key = {"op": "OP_ITEM", "command": "OTP_COMMAND"}[kind]
        raise MfaSessionError(
            f"--otp-source {kind} needs to know more of {account.name}", f"add {account.where(key)}"
        )
    return dataclasses.replace(account, otp=dataclasses.replace(otp, kind=kind))
