"""Who can sign a request in the stand-in's AWS: users, roles, and the sessions of both."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standins.sts_policies import SessionPolicy

# What a base key and a session without MFA may do outside STS, by the form of the user's policy: as the deny
# should be (BoolIfExists), the two ways to get it wrong, no deny but no allow either, and no guard at all.
# The last two are strict, but for what a base key may do within STS (EXEMPT).
POLICIES = {
    "strict": (False, False),
    "bool": (True, False),
    "null": (False, True),
    "powerless": (False, False),
    "open": (True, True),
    "direct": (False, False),
    "federation": (False, False),
}
EXEMPT = {
    "direct": {"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"},
    "federation": {"sts:GetFederationToken"},
}


@dataclass
class User:
    """`may_assume`: the identity policy allows sts:AssumeRole and its companions, as far as no deny stands before."""

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

    @property
    def arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:user/{self.name}"

    @property
    def user_id(self) -> str:
        return unique_id("AIDA", self.arn)


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

    @property
    def secret(self) -> str:
        return (self.session or self.user).secret_access_key

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
    def may(self) -> bool:
        """Whether the deny of the user's policy lets this caller do anything outside STS."""
        if self.role or (self.session and self.session.mfa):
            return True
        base_key, without_mfa = POLICIES[self.user.policy]
        if self.federated:
            # AWS does not say whether these have no MFA context or a false one: neither may be what lets them in.
            return base_key and without_mfa
        return without_mfa if self.session else base_key

    def may_in_sts(self, permission: str) -> bool:
        """The same for an action of STS that needs a permission."""
        # A session without MFA is left out of the exemption: AWS would let the role decide, which is less strict.
        return self.may or (not self.session and permission in EXEMPT.get(self.user.policy, ()))


def unique_id(prefix: str, arn: str) -> str:
    return prefix + base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]
