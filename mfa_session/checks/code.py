"""What a person, or a service account of 1Password, is asked for: the code, and a base key that lies in 1Password."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import durations, minting, wiring, wiring_codes
from mfa_session.checks import op
from mfa_session.errand import Errand
from mfa_session.errors import MfaSessionError
from mfa_session.findings import Finding, of_error
from mfa_session.model import Role
from mfa_session.request import Limits, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.model import Account, Answer, BaseKey
    from mfa_session.session import Session

_CODE, _SESSION = "code", "session"
_SERVICE_ACCOUNT_SECONDS = 4


class Got(NamedTuple):
    findings: list[Finding]
    key: BaseKey | None = None
    session: Session | None = None


def kept(errand: Errand) -> Session | None:
    """The MFA session of the account's user, if one is kept: nobody is asked for it."""
    store = wiring.store(errand.environ)
    return store.of_key(errand.keys[0]) or store.of_device(errand.device)


def nobody_asked(errand: Errand) -> Got:
    """What can be known of the code without a touch."""
    account, environ = errand.account, errand.environ
    session = kept(errand)
    left = (
        f"one is kept, {durations.brief(session.left)} left"
        if session
        else "none is kept, so that the next use asks"
    )
    of_session = Finding("ok", _SESSION, left)
    if (
        op.needs_it(account)
        and op.by_service_account(environ)
        and shutil.which("op", path=environ.get("PATH"))
    ):
        looked = _by_service_account(account, environ)
        key = None
        if looked.answer and account.key.references:
            answer = looked.answer
            key = errand.source.key(lambda: answer)
        return Got([looked.finding, of_session], key, session)
    found = [of_session]
    if account.otp.kind == "ykman" and not shutil.which("ykman", path=environ.get("PATH")):
        why = "it gives the code that OTP_SOURCE=ykman asks for"
        hints = ("to install it, type: pipx install yubikey-manager",)
        return Got([Finding("red", _CODE, "ykman is not installed", why, hints), of_session], session=session)
    if account.otp.kind != "prompt":
        found.insert(0, Finding("skipped", _CODE, f"not looked at: {account.otp.label}; add --otp"))
    return Got(found, session=session)


class _Looked(NamedTuple):
    finding: Finding
    answer: Answer | None = None


def _by_service_account(account: Account, environ: Mapping[str, str]) -> _Looked:
    code = account.otp.kind == "op"
    wanted = f"{account.otp.label} gives a code" if code else "1Password gives the base key"
    late = threading.Event()
    timer: threading.Timer | None = None
    try:
        source = (
            wiring_codes.codes(account, environ, typing=False, given=None)
            if code
            else wiring_codes.references(account, environ)
        )
        asking = source.ask(account.key.references)

        def give_up() -> None:
            late.set()
            asking.cancel()

        timer = threading.Timer(_SERVICE_ACCOUNT_SECONDS, give_up)
        timer.daemon = True
        timer.start()
        answer = asking.answer()
    except MfaSessionError as error:
        slow = Finding("red", _CODE, "op gives no answer", hints=("is 1Password's service in trouble?",))
        return _Looked(slow if late.is_set() else of_error(_CODE, error))
    finally:
        if timer:
            timer.cancel()
    also = ", and the base key" if code and account.key.references else ""
    return _Looked(Finding("ok", _CODE, f"{wanted} of 6 digits{also}" if code else wanted), answer)


def by_touch(errand: Errand, environ: Mapping[str, str]) -> Got:
    """A new session by the ordinary way, so that the code is proven by AWS itself; it is kept, as always.

    For the main thread. Whatever role the account has, it is the user's own session.
    """
    mine = Errand(errand.found, Wanted(refresh=True), environ)
    mine.account = dataclasses.replace(mine.account, role=Role(), through=(), warnings=())
    mine.keys = mine.keys[:1]
    seen: list[BaseKey] = []
    make = mine.source.key

    def noted(answer: Callable[[], Answer]) -> BaseKey:
        seen.append(make(answer))
        return seen[0]

    mine.source.key = noted
    try:
        session, _ = minting.session(mine, wiring.store(environ), "doctor", Limits(typing=False))
    except MfaSessionError as error:
        return Got([of_error(_CODE, error)], seen[0] if seen else None)
    found = [
        Finding("ok", _CODE, f"AWS took that of {mine.account.otp.label}"),
        Finding("ok", _SESSION, f"a new one, {durations.brief(session.left)} left"),
    ]
    return Got(found, seen[0] if seen else None, session)
