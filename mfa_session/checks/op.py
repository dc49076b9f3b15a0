"""The 1Password CLI: there, recent enough, and connected to an account. Nobody is asked for a touch by any of this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import wiring_checks
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.findings import Finding, of_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mfa_session.checks_ports import Presence
    from mfa_session.model import Account

_SUBJECT = "1password"
_OLDEST = (2, 30, 0)
_DEVELOPER = "open 1Password, and turn on Settings > Developer > Integrate with 1Password CLI"


class OnePassword:
    """`op` answers while other things are looked at."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._missing: MfaSessionError | None = None
        self._presence: Presence | None = None
        try:
            self._presence = wiring_checks.one_password(environ)
        except MfaSessionError as error:
            self._missing = error

    def findings(self, accounts: Sequence[Account]) -> list[Finding]:
        """`accounts` are those that are looked at: what nobody needs is no mistake."""
        return list(self._findings([account for account in accounts if needs_it(account)]))

    def _findings(self, needing: list[Account]) -> Iterator[Finding]:
        if self._presence is None:
            if self._missing:
                level = "red" if needing else "note"
                who = f"{', '.join(account.name for account in needing)} can't do without"
                yield of_error(_SUBJECT, self._missing, level)._replace(why=who if needing else "")
            return
        try:
            version = self._presence.version()
            shown = ".".join(map(str, version))
            if not version:
                yield Finding("yellow", _SUBJECT, "op does not say which version it is", hints=_update())
            elif version < _OLDEST:
                what = f"op is {shown}, and 2.30 is the oldest that is supported"
                why = "older ones print other things where they are asked for a code"
                yield Finding(
                    "red" if version < (2,) and needing else "yellow", _SUBJECT, what, why, _update()
                )
            else:
                yield from self._connected(f"op {shown}", self._presence.accounts(), needing)
                yield from self._service_account()
                return
            self._presence.accounts()
        except NotAvailable as error:
            yield of_error(_SUBJECT, error, "red" if needing else "yellow")
        except MfaSessionError as error:
            yield of_error(_SUBJECT, error, "red" if needing else "note")
        yield from self._service_account()

    def _connected(
        self, op: str, accounts: list[dict[str, str]], needing: list[Account]
    ) -> Iterator[Finding]:
        if not accounts and not by_service_account(self._environ):
            why = "without one it can't give a code"
            yield Finding(
                "red" if needing else "note", _SUBJECT, f"{op} knows no account", why, (_DEVELOPER,)
            )
            return
        emails = (
            ", ".join(str(one.get("email") or one.get("url")) for one in accounts) or "none on this machine"
        )
        yield Finding("ok", _SUBJECT, f"{op}; its accounts: {emails}")
        if by_service_account(self._environ):
            return
        for account in needing:
            wanted = (account.otp.op and account.otp.op.account) or self._environ.get("OP_ACCOUNT")
            if wanted and not any(_is(one, wanted) for one in accounts):
                hints = (
                    "to see which there are, type: op account list",
                    f"correct OP_ACCOUNT for {account.name}",
                )
                yield Finding(
                    "yellow", _SUBJECT, f"op has no account {wanted}, which {account.name} wants", hints=hints
                )
            elif not wanted and len(accounts) > 1:
                what = f"op has {len(accounts)} accounts, and {account.name} does not say which"
                yield Finding(
                    "note",
                    _SUBJECT,
                    what,
                    "it takes the one used last; where there is none, it refuses",
                    (f"add OP_ACCOUNT=… to {account.path}",),
                )

    def _service_account(self) -> Iterator[Finding]:
        if self._environ.get("OP_SERVICE_ACCOUNT_TOKEN"):
            why = "op uses that, and asks nobody: whoever can read this environment has the codes, and no touch stands before"
            yield Finding("note", _SUBJECT, "OP_SERVICE_ACCOUNT_TOKEN is set", why)


def needs_it(account: Account) -> bool:
    return account.otp.kind == "op" or bool(account.key.references)


def by_service_account(environ: Mapping[str, str]) -> bool:
    """Whether `op` asks nobody, whatever it is asked for."""
    connect = environ.get("OP_CONNECT_HOST") and environ.get("OP_CONNECT_TOKEN")
    return bool(environ.get("OP_SERVICE_ACCOUNT_TOKEN") or connect)


def _is(account: Mapping[str, str], wanted: str) -> bool:
    """`my` and `my.1password.com` are the same."""
    known = {str(value).removeprefix("https://").lower() for value in account.values()}
    name = wanted.removeprefix("https://").lower()
    return name in known or f"{name}.1password.com" in known


def _update() -> tuple[str, ...]:
    return ("update it: developer.1password.com/docs/cli",)
