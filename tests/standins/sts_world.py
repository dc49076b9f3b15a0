"""Who exists in the stand-in's AWS: users with a base key and an MFA device, and the sessions minted for them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field

from standins import totp
from standins.sts_errors import INVALID_TOKEN, Refusal

# What a base key and a session without MFA may do outside STS, by the form of the user's policy: as the deny
# should be (BoolIfExists), the two ways to get it wrong, no deny but no allow either, and no guard at all.
POLICIES = {
    "strict": (False, False),
    "bool": (True, False),
    "null": (False, True),
    "powerless": (False, False),
    "open": (True, True),
}


@dataclass
class User:
    account_id: str
    name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    mfa_serial: str
    seed: str = field(repr=False)
    active: bool = True
    partition: str = "aws"
    policy: str = "strict"

    @property
    def arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:user/{self.name}"

    @property
    def user_id(self) -> str:
        digest = hashlib.sha256(self.arn.encode()).digest()
        return "AIDA" + base64.b32encode(digest).decode()[:17]


@dataclass
class Session:
    user: User
    mfa: bool
    expires: float
    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True)
class Caller:
    """Whose signature a request claims to carry."""

    user: User
    session: Session | None = None

    @property
    def secret(self) -> str:
        return (self.session or self.user).secret_access_key

    @property
    def may(self) -> bool:
        """Whether the user's policy lets this caller do anything outside STS."""
        if self.session and self.session.mfa:
            return True
        base_key, without_mfa = POLICIES[self.user.policy]
        return without_mfa if self.session else base_key


class World:
    def __init__(self, users: list[User]) -> None:
        self.users = users
        self.sessions: dict[str, Session] = {}
        self.used_steps: dict[str, int] = {}
        self._lock = threading.Lock()

    def user_of(self, access_key_id: str) -> User | None:
        """The user behind a base key or a session's key, dead or alive."""
        if session := self.sessions.get(access_key_id):
            return session.user
        return next((user for user in self.users if user.access_key_id == access_key_id), None)

    def caller(self, access_key_id: str, token: str) -> Caller:
        """Refuses an unknown or inactive key, and a token that does not belong to the key."""
        if session := self.sessions.get(access_key_id):
            if hmac.compare_digest(session.token.encode(), token.encode()):
                return Caller(session.user, session)
        elif (user := self.user_of(access_key_id)) and user.active and not token:
            return Caller(user)
        raise Refusal("InvalidClientTokenId", INVALID_TOKEN)

    def mint(self, user: User, expires: float, *, mfa: bool) -> Session:
        # Secrets and tokens keep AWS's length and its "/", "+" and "=": those are what breaks bad quoting.
        session = Session(
            user=user,
            mfa=mfa,
            expires=expires,
            access_key_id="ASIAEXAMPLE" + base64.b32encode(secrets.token_bytes(6)).decode()[:9],
            secret_access_key="/+" + base64.b64encode(secrets.token_bytes(30)).decode()[:38],
            token="StandInToken//////////" + base64.b64encode(secrets.token_bytes(250)).decode(),
        )
        self.sessions[session.access_key_id] = session
        return session

    def use_code(self, user: User, code: str, now: float) -> bool:
        """True once a step: the code of this step or a neighbour, if no such or later step was used before."""
        current = totp.step(now)
        with self._lock:
            for step in (current - 1, current, current + 1):
                right = hmac.compare_digest(totp.code(user.seed, step * totp.PERIOD).encode(), code.encode())
                if right and step > self.used_steps.get(user.mfa_serial, -1):
                    self.used_steps[user.mfa_serial] = step
                    return True
        return False
