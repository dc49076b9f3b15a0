"""The access keys of all users, and how late IAM's other half gets to know what has become of them."""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from standins import iam_access_key
from standins.sts_errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.iam_access_key import AccessKey
    from standins.sts_people import User

QUOTA = 2
AGE = 10 * 86400  # of a first key whose `created` nobody has set


class Consistency:
    """How far behind AWS is, for changes made from now on.

    A new key is refused by its first `new_key_calls` requests and for `new_key_seconds`; the first `list_lag` lists
    after a key was made or deleted are old ones; a key that was deactivated is good for `deactivation_calls` more.
    """

    new_key_calls: int = 0
    new_key_seconds: float = 0.0
    list_lag: int = 0
    deactivation_calls: int = 0


@dataclass(frozen=True)
class Use:
    at: float
    service: str
    region: str


class Keys:
    def __init__(self, users: list[User], consistency: Consistency, clock: Callable[[], float]) -> None:
        self.uses: dict[str, Use] = {}
        self._users = users
        self._late = consistency
        self._clock = clock
        self._made = clock() - AGE
        self._secrets: list[str] = []
        self._lock = threading.RLock()
        self._refused: dict[str, int] = {}  # how often a new key will still be
        self._not_before: dict[str, float] = {}
        self._still_good: dict[str, int] = {}  # how often an inactive key will still be
        self._old_lists: dict[str, list[AccessKey]] = {}  # by the user's ARN
        self._old_for: dict[str, int] = {}

    @property
    def secrets(self) -> list[str]:
        """Of every key that there is or ever was."""
        with self._lock:
            return [*self._secrets, *(key.secret for user in self._users for key in user.keys)]

    def find(self, key_id: str) -> tuple[User, AccessKey] | None:
        with self._lock:
            pairs = ((user, key) for user in self._users for key in user.keys)
            return next((pair for pair in pairs if pair[1].id == key_id), None)

    def usable(self, key_id: str) -> tuple[User, AccessKey] | None:
        """Whose key signs this request, and which; None where AWS does not take it, now. Each question counts."""
        with self._lock:
            found = self.find(key_id)
            if not found or _spend(self._refused, key_id) or self._clock() < self._not_before.get(key_id, 0):
                return None
            return found if found[1].active or _spend(self._still_good, key_id) else None

    def of(self, user: User) -> list[AccessKey]:
        """As things are, the oldest first; changing what is returned changes nothing."""
        with self._lock:
            return [self._told(key) for key in self.current(user).keys]

    def listed(self, user: User) -> list[AccessKey]:
        """The same, as late as ListAccessKeys is."""
        with self._lock:
            return self._old_lists[user.arn] if _spend(self._old_for, user.arn) else self.of(user)

    def current(self, user: User) -> User:
        """What the stand-in has in its list for this user, who may be a copy by now."""
        if any(each is user for each in self._users):
            return user
        return next((each for each in self._users if each.arn == user.arn), user)

    def born(self, user: User) -> float:
        """When the user was made: no later than any of the keys."""
        return min([self._made, *(key.created or self._made for key in self.of(user))])

    def create(self, user: User) -> AccessKey:
        with self._lock:
            keys = user.keys
            if len(keys) >= QUOTA:
                raise Refusal("LimitExceeded", f"Cannot exceed quota for AccessKeysPerUser: {QUOTA}", 409)
            key = iam_access_key.new(self._clock())
            self._refused[key.id] = self._late.new_key_calls
            self._not_before[key.id] = self._clock() + self._late.new_key_seconds
            self._age_list(user)
            user.keep([*keys, key])
            return self._told(key)

    def set_active(self, user: User, key_id: str, *, active: bool) -> None:
        with self._lock:
            keys, key = _own(user, key_id)
            if active or key.active:
                self._still_good[key_id] = 0 if active else self._late.deactivation_calls
            key.active = active
            user.keep(keys)

    def delete(self, user: User, key_id: str) -> None:
        with self._lock:
            keys, key = _own(user, key_id)
            self._secrets.append(key.secret)
            self._age_list(user)
            user.keep([each for each in keys if each is not key])

    def _age_list(self, user: User) -> None:
        self._old_lists[user.arn] = self.of(user)
        self._old_for[user.arn] = self._late.list_lag

    def _told(self, key: AccessKey) -> AccessKey:
        use = self.uses.get(key.id)
        created = self._made if key.created is None else key.created
        return dataclasses.replace(key, created=created, last_used=use.at if use else None)


def _own(user: User, key_id: str) -> tuple[list[AccessKey], AccessKey]:
    keys = user.keys
    for key in keys:
        if key.id == key_id:
            return keys, key
    raise no_such_key(key_id)


def no_such_key(key_id: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The Access Key with id {key_id} cannot be found.", 404)


def _spend(counts: dict[str, int], name: str) -> bool:
    """True as often as it was counted."""
    left = counts.get(name, 0)
    counts[name] = max(left - 1, 0)
    return left > 0
