"""What a client gets: the checks of a request, in their order, and the answer. Bytes come in and go out in `connection`."""

from __future__ import annotations

import asyncio
import dataclasses
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mfa_session import durations, roles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mfa_session.serving.entry import Asker, Entry

_ROLES = 32  # of an account; more than a person would name, and not so many that they fill the memory
_PATIENCE = 0.8  # seconds in which a role may be fetched while its client waits: SDKs give up after one


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """As it was sent; `host` and `token` are None where there is not exactly one such header.

    `peer` says whether the client is one of this user.
    """

    method: bytes
    target: bytes
    host: bytes | None
    token: bytes | None = dataclasses.field(repr=False)
    peer: Callable[[], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = dataclasses.field(repr=False)


class Account:
    """One account that is served. `of_role` makes the entry of a role; where it is None, only `entry` is served."""

    def __init__(
        self,
        name: str,
        token: str,
        entry: Entry,
        asker: Asker,
        of_role: Callable[[str], Entry] | None,
        way: str,
    ) -> None:
        self.name = name
        self.token = token.encode()
        self.entry = entry
        self.roles: dict[str, Entry] = {}
        self.way = way
        self._asker = asker
        self._of_role = of_role

    @property
    def entries(self) -> list[Entry]:
        return [self.entry, *self.roles.values()]

    def role(self, arn: str) -> Entry | None:
        """None where this address is for one session alone."""
        if self._of_role is None:
            return None
        if arn not in self.roles:
            if len(self.roles) >= _ROLES:
                del self.roles[min(self._idle, key=lambda role: self.roles[role].asked)]
            self.roles[arn] = self._of_role(arn)
        return self.roles[arn]

    def is_full(self, arn: str) -> bool:
        """Whether so many roles are being fetched that this one has to wait."""
        return arn not in self.roles and len(self.roles) >= _ROLES and not self._idle

    @property
    def _idle(self) -> list[str]:
        return [role for role, entry in self.roles.items() if entry.renewing is None]

    def refusal(self, entry: Entry) -> Answer:
        """There is no session just now: why, and what to type."""
        if entry.refused:
            return _refused(503, "NotAvailable", entry.trouble)
        if entry.renewing and (self._asker.may_ask or not self._asker.pause):
            why = (
                f"a session of {self.name} is being fetched: approve it if you are asked, or type: {self.way}"
            )
        else:
            why = f"{entry.trouble or f'there is no session of {self.name} yet'}; type: {self.way}"
            if self._asker.pause:
                why += f" (you will not be asked again for {durations.brief(self._asker.pause)})"
        return _refused(503, "MfaRequired", why)


def of(
    request: Request, hosts: Sequence[bytes], accounts: Mapping[str, Account]
) -> Answer | asyncio.Future[Answer]:
    """The answer; a Future where that may come in a moment. Whatever is wrong with the token or the name looks the same."""
    if request.host not in hosts:
        # What a browser sends that has been led here by a name of somebody else's (DNS rebinding).
        return _refused(
            403,
            "AccessDenied",
            f"the Host header is not {hosts[0].decode()}: programs are to use the address, and no name",
        )
    if request.method != b"GET":
        return _refused(405, "MethodNotAllowed", "only GET is answered here")
    path, _, query = request.target.partition(b"?")
    account = _account(path, accounts)
    # Of an account that is not there, one token is as wrong as another; and takes as long to be refused.
    known = account.token if account else next(iter(accounts.values())).token
    same = hmac.compare_digest(request.token or b"", known)
    if not (account and same and request.peer()):
        return _refused(
            403,
            "AccessDenied",
            "there is no such account here, or its token has not come along"
            " (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names its file): see mfa-session serve --status",
        )
    if not query:
        return _answer(account, account.entry)
    try:
        arn = _role(query)
    except ValueError:
        return _refused(400, "BadRequest", "only ?role=ARN is known here, with the ARN of a role")
    if account.is_full(arn):
        return _refused(503, "Busy", f"{_ROLES} other roles are being fetched: ask again in a moment")
    entry = account.role(arn)
    if entry is None:
        return _refused(
            403, "AccessDenied", f"what is served here of {account.name} is one session, and no other role"
        )
    return _answer(account, entry)


def _answer(account: Account, entry: Entry) -> Answer | asyncio.Future[Answer]:
    body = entry.ask()
    if body is not None:
        return Answer(200, body)
    if entry is not account.entry and account.entry.live and entry.renewing:
        return asyncio.ensure_future(_in_a_moment(account, entry, entry.renewing))
    return account.refusal(entry)


async def _in_a_moment(account: Account, entry: Entry, renewing: asyncio.Task[None]) -> Answer:
    """Of a role that is taken from a session that lives: no person is needed, so that it is worth a moment."""
    await asyncio.wait({renewing}, timeout=_PATIENCE)
    return Answer(200, entry.body) if entry.live else account.refusal(entry)


def _account(path: bytes, accounts: Mapping[str, Account]) -> Account | None:
    try:
        return accounts.get(unquote(path[1:].decode("ascii"), errors="strict")) if path[:1] == b"/" else None
    except ValueError:
        return None


def _role(query: bytes) -> str:
    """Its ARN; raises ValueError. A `+` is one: it may be part of a name."""
    name, _, value = query.decode("ascii").partition("=")
    if name != "role":
        raise ValueError
    return roles.arn(unquote(value, errors="strict"))


def _refused(status: int, code: str, message: str) -> Answer:
    return Answer(status, json.dumps({"code": code, "message": message}).encode())


def malformed(status: int) -> Answer:
    """For what is no request, or one that is too large or too slow."""
    words = {
        408: "the request did not come in time",
        413: "a request here has no body",
        431: "the request is too large",
    }
    return _refused(status, "BadRequest", words.get(status, "this is no HTTP request"))
