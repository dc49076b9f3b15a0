"""One account, looked at from all sides: what is on this machine at once, and what AWS says while other things go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import whole_file
from mfa_session.checks import account_file, code, copies, rotation
from mfa_session.checks.key import Key
from mfa_session.checks.user import User
from mfa_session.errand import Errand
from mfa_session.errors import MfaSessionError
from mfa_session.findings import Finding, Report, of_error
from mfa_session.request import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found
    from mfa_session.model import Account, Answer, BaseKey
    from mfa_session.session import Session


# In which order they are read, whichever is known first.
_ORDER = [
    *("account", "file", "git", "key's place", "rotation", "factors", "copies", "code", "session"),
    *("base key", "device", "region", "neutered", "without mfa"),
    *("user", "key age", "second key", "mfa devices", "simulation"),
]


class Patient:
    """`account` is None where it can't be read; `skews` are what `report` has heard of the clock."""

    def __init__(self, found: Found, environ: Mapping[str, str], *, deep: bool) -> None:
        self._found = found
        self._environ = environ
        self._deep = deep
        self._findings: list[Finding] = []
        self._errand: Errand | None = None
        self._key: Key | None = None
        self._user: User | None = None
        self._session: Session | None = None
        self._otp = False
        self._unfinished = rotation.check(found, environ)
        self.skews: list[float] = []
        try:
            self._errand = Errand(found, Wanted(), environ)
        except MfaSessionError as error:
            self._findings.append(of_error("account", error))
        self._findings += self._unfinished.findings

    @property
    def account(self) -> Account | None:
        return self._errand.account if self._errand else None

    def begin(self) -> None:
        """Look at what is here, and have AWS asked with a key that is at hand."""
        errand = self._errand
        if errand is None:
            return
        self._findings += account_file.check(errand.account, self._environ)
        self._findings += copies.place(
            errand.account, errand.source.profile, self._environ, movable=not self._unfinished.findings
        )
        if not errand.account.key.references:
            self._ask_with(errand.source.key(_no_answer))

    def ask(self, *, otp: bool) -> None:
        """Get the code, and what is behind it; with `otp` a person is asked. For the main thread."""
        errand = self._errand
        if errand is None:
            return
        self._otp = otp
        got = code.by_touch(errand, self._environ) if otp else code.nobody_asked(errand)
        self._findings += got.findings
        if got.key and self._key is None:
            self._ask_with(got.key)
        self._session = got.session
        if self._session:
            key_id = self._key.key.access_key_id if self._key else ""
            self._user = User(
                errand.account,
                self._session,
                errand.source,
                key_id,
                self._environ,
                rotating=self._unfinished.keys,
            )

    def report(self, until: float) -> Report:
        """Wait for AWS, no longer than `until` in seconds of the monotonic clock."""
        if self._errand is None:
            name = self._found.name  # in a file of many accounts, none of that name need be
            title = name if self._found.profile else f"{name}, {whole_file.shown(self._found.path)}"
            return Report(title, name, self._findings)
        account = self._errand.account
        more = "no answer was got" if self._otp else "add --otp"
        if self._key:
            answers = self._key.answers(until)
            self._findings += answers.findings
            self.skews += [answers.skew] if answers.skew is not None else []
        else:
            self._findings += [
                Finding("skipped", "base key", f"not looked at: it is in 1Password; {more}"),
                Finding("skipped", "neutered", f"not looked at: the key is in 1Password; {more}"),
            ]
        if self._user:
            self._findings += self._user.findings(until)
        else:
            what = "not looked at: key age, MFA devices and policies can be seen in a session alone"
            more = "no session was got" if self._otp else more
            self._findings.append(Finding("skipped", "user", f"{what}; {more}"))
        self._findings.sort(key=lambda finding: _ORDER.index(finding.subject))
        return Report(f"{account.label}, {whole_file.shown(account.path)}", account.name, self._findings)

    def _ask_with(self, key: BaseKey) -> None:
        assert self._errand  # noqa: S101 - who calls this has looked
        errand = self._errand
        self._findings += copies.check(errand.account, key, errand.source.profile, self._environ)
        self._key = Key(errand.account, key, errand.source, self._environ, deep=self._deep)


def _no_answer() -> Answer:
    raise AssertionError("a key without references needs no answer")
