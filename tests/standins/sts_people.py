"""Who can sign a request in the stand-in's AWS: users, roles, and the sessions of both."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from standins import sts_policies
from standins.iam_access_key import AccessKey
from standins.iam_forms import DENIED, EXEMPT, POLICIES

if TYPE_CHECKING:
    from collections.abc import Collection

    from standins.sts_policies import SessionPolicy


@dataclass
class User:
    """The first access key is in fields of its own; IAM's calls change them, and `more_keys` has the others.

    `may_assume`: the identity policy allows sts:AssumeRole and its companions, as far as no deny stands before;
    `may_iam`: the same for IAM, or for those of its actions that are listed (`CreateAccessKey`, `List*`).
    `mfa_devices` are the serials that IAM lists, None for just `mfa_serial`; `created` (seconds since 1970) is when
    the first key was made, None for ten days ago. `root`: this is no user but the owner of the account.
    """

    account_id: str
    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    mfa_serial: str
    seed: str = field(repr=False)
    active: bool = True
    partition: str = "aws"
    policy: str = "strict"
    may_assume: bool = True
    may_iam: bool | Collection[str] = True
    mfa_devices: list[str] | None = None
    root: bool = False
    created: float | None = None
    more_keys: list[AccessKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        # From JSON they come as objects, and from a user that this one is a copy of, they must not stay that user's.
        plain = (vars(key) if isinstance(key, AccessKey) else key for key in self.more_keys)
        self.more_keys = [AccessKey(**fields) for fields in plain]

    @property
    def arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:" + (
            "root" if self.root else f"user/{self.name}"
        )

    @property
    def user_id(self) -> str:
        return self.account_id if self.root else unique_id("AIDA", self.arn)

    @property
    def keys(self) -> list[AccessKey]:
        """The oldest first."""
        first = AccessKey(self.access_key_id, self.secret_access_key, self.active, self.created)
        return [first, *self.more_keys] if first.id else [*self.more_keys]

    def keep(self, keys: list[AccessKey]) -> None:
        """Have these keys and no others: where the first one is gone, the next one takes its place."""
        first, *self.more_keys = keys or [AccessKey("", "", active=False)]
        self.access_key_id, self.secret_access_key = first.id, first.secret
        self.active, self.created = first.active, first.created

    def allows(self, permission: str) -> bool:
        """Whether the identity policy has an allow for it; what a deny says is another matter."""
        if not permission.startswith("iam:") or self.root or self.may_iam is True:
            return True
        allowed = [f"iam:{each.removeprefix('iam:')}" for each in self.may_iam or ()]
        return sts_policies.matches(allowed, permission)


@dataclass
class Role:
    """`trusted` are ARNs of users, roles or account roots; `allows` the actions of its own policy (`s3:*`)."""

    arn: str
    trusted: tuple[str, ...]
    requires_mfa: bool = True
    external_id: str | None = None
    max_duration: int = 3600
    may_tag: bool = True
    may_set_source_identity: bool = True
    allows: list[str] = field(default_factory=lambda: ["*"])

    @property
    def account_id(self) -> str:
        return self.arn.split(":")[4]

    @property
    def user_id(self) -> str:
        return unique_id("AROA", self.arn)


@dataclass
class Session:
    """`user` is who signed in at first; with `role` or `federated` it acts as somebody else, called `name`."""

    user: User
    mfa: bool
    expires: float
    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(repr=False)
    role: Role | None = None
    federated: bool = False
    name: str = ""
    policy: SessionPolicy | None = None
    tags: dict[str, str] = field(default_factory=dict)
    transitive: dict[str, str] = field(default_factory=dict)
    source_identity: str = ""
    chained: bool = False


@dataclass(frozen=True)
class Caller:
    """Whose signature a request claims to carry."""

    user: User
    session: Session | None = None
    key: AccessKey | None = None

    @property
    def secret(self) -> str:
        return self.key.secret if self.key else (self.session or self.user).secret_access_key

    @property
    def role(self) -> Role | None:
        return self.session.role if self.session else None

    @property
    def federated(self) -> bool:
        return bool(self.session and self.session.federated)

    @property
    def account_id(self) -> str:
        return (self.role or self.user).account_id

    @property
    def arn(self) -> str:
        if self.session and self.session.role:
            partition, name = self.session.role.arn.split(":")[1], self.session.role.arn.rpartition("/")[2]
            return f"arn:{partition}:sts::{self.account_id}:assumed-role/{name}/{self.session.name}"
        if self.session and self.session.federated:
            return f"arn:{self.user.partition}:sts::{self.account_id}:federated-user/{self.session.name}"
        return self.user.arn

    @property
    def user_id(self) -> str:
        if self.session and self.session.role:
            return f"{self.session.role.user_id}:{self.session.name}"
        if self.session and self.session.federated:
            return f"{self.account_id}:{self.session.name}"
        return self.user.user_id

    @property
    def _past_the_deny(self) -> bool:
        # A role has policies of its own, and no policy binds the owner of the account.
        return bool(self.role or self.user.root or (self.session and self.session.mfa))

    @property
    def may(self) -> bool:
        """Whether the deny of the user's policy lets this caller do anything outside STS."""
        if self._past_the_deny:
            return True
        base_key, without_mfa = POLICIES[self.user.policy]
        if self.federated:
            # AWS does not say whether these have no MFA context or a false one: neither may be what lets them in.
            return base_key and without_mfa
        return without_mfa if self.session else base_key

    def may_outside_sts(self, permission: str) -> bool:
        """The same for one action, which the deny may leave out, or be about."""
        if self._past_the_deny:
            return True
        if sts_policies.matches([*DENIED.get(self.user.policy, ())], permission):
            return False
        return self.may or sts_policies.matches([*EXEMPT.get(self.user.policy, ())], permission)

    def may_in_sts(self, permission: str) -> bool:
        """The same for an action of STS that needs a permission."""
        # A session without MFA is left out of the exemption: AWS would let the role decide, which is less strict.
        return self.may or (not self.session and permission in EXEMPT.get(self.user.policy, ()))


def unique_id(prefix: str, arn: str) -> str:
    return prefix + base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]
