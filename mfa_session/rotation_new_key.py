"""The first half of a rotation: a new key is made, and stored beside the old one, whatever came in between before."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, Any

from mfa_session.errors import Denied, KeyUnknown, MfaSessionError, QuotaReached
from mfa_session.rotation_ports import PATIENCE, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mfa_session.model import BaseKey, KeyPlace
    from mfa_session.rotation_journal import Facts, Journal
    from mfa_session.rotation_ports import Aws, Iam
    from mfa_session.users import KeyStatus

_OURS = (-60, 180)  # seconds around the request, within which a key that nobody has must be its answer


class NewKey:
    """That of the rotation which `journal` is about; `iam` connects, where it has to."""

    def __init__(
        self, journal: Journal, place: KeyPlace, aws: Aws, iam: Callable[[], Iam], tell: Callable[[str], None]
    ) -> None:
        self._journal = journal
        self._place = place
        self._aws = aws
        self._iam = iam
        self._tell = tell

    @property
    def _facts(self) -> Facts:
        assert self._journal.facts  # noqa: S101 - there is one from the first step to the last
        return self._journal.facts

    def get(self, old: BaseKey, spare: BaseKey | None) -> BaseKey:
        """The new key, stored beside the old one; `spare` is what is there so far."""
        listed = self._iam().access_keys()
        if spare and (any(key.access_key_id == spare.access_key_id for key in listed) or self._works(spare)):
            self._note(new=spare.access_key_id)
            return spare
        self._drop_lost(listed)
        asked = time.time() - self._aws.identity(old).skew
        self._note(new="", asked=(*self._facts.asked, asked))
        try:
            new = self._created()
        except Denied:  # AWS has said no, so that there is nothing to go on with
            self._journal.remove()
            raise
        try:
            self._place.write(old, new)
        except MfaSessionError:
            self._iam().delete(new.access_key_id)  # nobody else knows its secret
            self._journal.remove()
            raise
        self._note(new=new.access_key_id)
        self._tell(f"{masked(new.access_key_id)}, the new key, is stored beside the old one")
        return new

    def lost(self, listed: Iterable[KeyStatus]) -> list[str]:
        """Those that this rotation has made and nobody has; raises Denied for one that it has not made."""
        facts, found = self._facts, []
        for key in listed:
            name = key.access_key_id
            if name in (*facts.before, facts.new):
                continue
            used = False
            with contextlib.suppress(MfaSessionError):  # that may not be told: then the time alone says it
                used = self._iam().was_used(name)
            if used or not any(_OURS[0] <= key.created - asked <= _OURS[1] for asked in facts.asked):
                raise Denied(
                    f"the user has a key that this rotation has not made, {masked(name)}",
                    "if nothing uses it, delete it in IAM > Users > Security credentials, and go on",
                )
            found.append(name)
        return found

    def _created(self) -> BaseKey:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self._iam().create()
            except (
                QuotaReached
            ):  # after an interruption: IAM's list may be older than the key that was made before it
                if time.monotonic() > end:
                    raise
            self._drop_lost(self._iam().access_keys())
            time.sleep(1)

    def _drop_lost(self, listed: Iterable[KeyStatus]) -> None:
        for name in self.lost(listed):
            self._iam().delete(name)
            self._tell(f"{masked(name)}, whose secret was lost on the way, is deleted")

    def _works(self, key: BaseKey) -> bool:
        try:
            self._aws.identity(key)
        except KeyUnknown:
            return False
        return True

    def _note(self, **changes: Any) -> None:
        self._journal.note(dataclasses.replace(self._facts, **changes))
