"""What the stand-in remembers of each request: enough to judge a client by, and no secret."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standins.sts_http import Received


@dataclass
class Request:
    """`status` stays 0 where no answer was sent; `code_sha256` is "" where there was no TokenCode.

    `params` are those of a request to STS or IAM, all but the TokenCode.
    """

    time: float
    action: str
    service: str
    access_key_id: str
    user_agent: str
    connection: int
    code_sha256: str
    status: int = 0
    error: str = ""
    fault: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @property
    def has_code(self) -> bool:
        return bool(self.code_sha256)


def entry(received: Received, action: str, service: str, access_key_id: str, now: float) -> Request:
    params = received.params()
    code = params.pop("TokenCode", None)
    return Request(
        time=now,
        action=action,
        service=service,
        access_key_id=access_key_id,
        user_agent=received.header("User-Agent"),
        connection=received.connection,
        code_sha256="" if code is None else hashlib.sha256(code.encode()).hexdigest()[:12],
        params=params if service in ("sts", "iam") else {},
    )
