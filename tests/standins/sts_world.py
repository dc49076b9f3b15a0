"""What the stand-in's AWS knows: its users and roles, the sessions minted for them, the codes used up."""

from __future__ import annotations

import base64
import hmac
import math
import secrets
import threading
from typing import TYPE_CHECKING, Any

from standins import totp
from standins.iam_access_key import AccessKey
from standins.iam_forms import POLICIES
from standins.iam_keys import Keys
from standins.sts_errors import INVALID_TOKEN, Refusal
from standins.sts_people import Caller, Role, Session, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.iam_keys import Consistency

__all__ = ["POLICIES", "AccessKey", "Caller", "Role", "Session", "User", "World"]


class World:
    def __init__(
        self, users: list[User], roles: list[Role], consistency: Consistency, clock: Callable[[], float]
    ) -> None:
        self.users = users
        self.roles = roles
        self._clock = clock
        self.keys = Keys(users, consistency, clock)
        self.sessions: dict[str, Session] = {}
        self.used_steps: dict[str, int] = {}
        self.lifetimes: dict[bool, float] = {}
        self._lock = threading.Lock()

    def user_of(self, access_key_id: str) -> User | None:
        """The user behind a base key or a session's key, dead or alive."""
        if session := self.sessions.get(access_key_id):
            return session.user
        found = self.keys.find(access_key_id)
        return found[0] if found else None

    def account_of(self, access_key_id: str) -> str:
        """The account that this key works in: a role's key in the role's."""
        user = self.user_of(access_key_id)
        return Caller(user, self.sessions.get(access_key_id)).account_id if user else "000000000000"

    def caller(self, access_key_id: str, token: str) -> Caller:
        """Refuses an unknown or inactive key, and a token that does not belong to the key."""
        if session := self.sessions.get(access_key_id):
            if hmac.compare_digest(session.token.encode(), token.encode()):
                return Caller(session.user, session)
        elif not token and (found := self.keys.usable(access_key_id)):
            user, key = found
            return Caller(user, key=key)
        raise Refusal("InvalidClientTokenId", INVALID_TOKEN)

    def mint(self, user: User, expires: float, *, mfa: bool, **more: Any) -> Session:
        # Secrets and tokens keep AWS's length and its "/", "+" and "=": those are what breaks bad quoting.
        session = Session(
            user=user,
            mfa=mfa,
            expires=min(expires, self._clock() + self.lifetimes.get("role" in more, math.inf)),
            access_key_id="ASIAEXAMPLE" + base64.b32encode(secrets.token_bytes(6)).decode()[:9],
            secret_access_key="/+" + base64.b64encode(secrets.token_bytes(30)).decode()[:38],
            token="StandInToken//////////" + base64.b64encode(secrets.token_bytes(250)).decode(),
            **more,
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
