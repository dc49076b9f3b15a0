"""One access key of a user, as IAM lists it and as a request is signed with it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field


@dataclass
class AccessKey:
    """`created` and `last_used` in seconds since 1970; None: not told yet, and never used."""

    id: str
    secret: str = field(repr=False)
    active: bool = True
    created: float | None = None
    last_used: float | None = None

    @property
    def status(self) -> str:
        return "Active" if self.active else "Inactive"


def new(now: float) -> AccessKey:
    """20 and 40 characters, as AWS's have; "/" and "+" are always there, because they are what breaks bad quoting."""
    return AccessKey(
        id="AKIAEXAMPLE" + base64.b32encode(secrets.token_bytes(6)).decode()[:9],
        secret="/+" + base64.b64encode(secrets.token_bytes(30)).decode()[:38],
        created=now,
    )
