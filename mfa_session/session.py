"""An AWS session, and the text that it is kept as. What a warm command needs, it imports nothing but this for."""

from __future__ import annotations

import time

_FIRST_LINE = "mfa-session session 1"
_NUMBERS = ("expires", "duration")
_TEXTS = (
    "account",
    "account_id",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "region",
    "path",
    "arn",
    "role",
    "scope",
)
_MARGIN = 16 * 60


class Session:
    """What AWS STS gave for the base key and the code, or for another session.

    `expires` is in seconds since the epoch; `duration` is what was asked for, in seconds, and `path` the account's file.
    `arn` is who it is to AWS; `role` is the ARN of the role, empty where it is the user's own, and `scope` what options
    asked of it (`scope.written`).
    """

    __slots__ = (*_TEXTS, *_NUMBERS)

    def __init__(
        self,
        *,
        account: str,
        account_id: str,
        access_key_id: str,
        secret_access_key: str,
        session_token: str,
        expires: int,
        region: str | None = None,
        duration: int = 0,
        path: str = "",
        arn: str = "",
        role: str = "",
        scope: str = "",
    ) -> None:
        self.account = account
        self.account_id = account_id
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token
        self.expires = expires
        self.region = region
        self.duration = duration
        self.path = path
        self.arn = arn
        self.role = role
        self.scope = scope

    @property
    def title(self) -> str:
        """For people, see `title`."""
        return title(self.account, self.role, self.scope)

    def __repr__(self) -> str:
        return f"Session(account={self.account!r}, access_key_id='****{self.access_key_id[-4:]}', expires={self.expires})"

    @property
    def left(self) -> int:
        """Seconds; not positive once it has expired."""
        return self.expires - int(time.time())

    @property
    def margin(self) -> int:
        """How many seconds must be left for it to be used again without need.

        With less than 15 minutes left botocore runs a credential_process before every request, so it is renewed before
        that; of a short session the first half is used.
        """
        return margin(self.duration)

    def text(self) -> str:
        values = [(name, getattr(self, name)) for name in (*_TEXTS, *_NUMBERS)]
        lines = [f"{name}={value}" for name, value in values if value is not None]
        return "\n".join([_FIRST_LINE, *lines, ""])


def margin(duration: int) -> int:
    """See `Session.margin`; `duration` is 0 where nobody knows it."""
    return min(_MARGIN, (duration or 2 * _MARGIN) // 2)


def title(account: str, role: str, scope: str) -> str:
    """`test`, in a role `test as deploy`, and if that was narrowed `test as deploy (read-only)`."""
    return f"{account} as {role.rpartition('/')[2]}{narrowed(scope)}" if role else account


def narrowed(scope: str) -> str:
    """What a title says of options that take away from what a role may do."""
    words = {word.partition("=")[0] for word in scope.split("\t")}
    if "--read-only" in words:
        return " (read-only)"
    return " (with a policy)" if words & {"--policy", "--policy-arn"} else ""


def read(text: str | None) -> Session | None:
    """The session that this is the text of; None where it is anything else."""
    first, *lines = (text or "").split("\n")
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    if first != _FIRST_LINE or not set(_TEXTS) - {"region"} <= set(values):
        return None
    numbers = {name: values.get(name, "") for name in _NUMBERS}
    if not all(value.isascii() and value.isdigit() and len(value) < 12 for value in numbers.values()):
        return None
    texts = {name: values[name] for name in _TEXTS if name in values}
    return Session(**texts, **{name: int(value) for name, value in numbers.items()})  # type: ignore[arg-type]  # see _TEXTS
