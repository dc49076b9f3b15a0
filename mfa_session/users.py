"""An IAM user, and its access keys, as AWS tells of them."""

from __future__ import annotations

from typing import NamedTuple


class Identity(NamedTuple):
    """Whose a key is. `skew` is how many seconds this machine's clock is ahead of AWS's."""

    account_id: str
    arn: str
    skew: float

    @property
    def user(self) -> str | None:
        """The user's name, without its path; None where it is the account's root, or no user."""
        kind, _, name = self.arn.split(":", 5)[-1].partition("/")
        return name.rpartition("/")[2] if kind == "user" and name else None

    @property
    def is_root(self) -> bool:
        return self.arn.endswith(":root")

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1] if self.arn.count(":") > 4 else "aws"


class KeyStatus(NamedTuple):
    """One of a user's access keys; `created` is in seconds since the epoch."""

    access_key_id: str
    active: bool
    created: float


def masked(access_key_id: str) -> str:
    """Enough of it to tell one key from another."""
    return f"****{access_key_id[-4:]}"
