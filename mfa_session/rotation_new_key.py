"""The first half of a rotation: a new key is made, and stored beside the old one, whatever came in between before."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, Any

from mfa_session.errors import Denied, MfaSessionError, QuotaReached
from mfa_session.rotation_ports import PATIENCE, works
from mfa_session.users import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mfa_session.model import BaseKey, KeyPlace
    from mfa_session.rotation_journal import Facts, Journal
    from mfa_session.rotation_ports import Aws, Iam
    from mfa_session.users import KeyStatus

# Seconds around a request without an answer, in which AWS can have made a key by it: the SDK waits ten for one, and clocks
# are known to a second or two.
_OURS = (-5, 20)
_LISTED = 15  # seconds after which IAM's list should have what was made


class NewKey:
    """That of the rotation which `journal` is about; `iam` connects, where it has to.

    `sure` asks whether something is to be done that can't be undone.
    """

    def __init__(
        self,
        journal: Journal,
        place: KeyPlace,
        aws: Aws,
        iam: Callable[[], Iam],
        tell: Callable[[str], None],
        sure: Callable[[str], bool],
    ) -> None:
        self._journal = journal
        self._place = place
        self._aws = aws
        self._iam = iam
        self._tell = tell
        self._sure = sure

    @property
    def _facts(self) -> Facts:
        assert self._journal.facts  # noqa: S101 - there is one from the first step to the last
        return self._journal.facts

    def get(self, old: BaseKey, spare: BaseKey | None) -> BaseKey:
        """The new key, stored beside the old one; `spare` is what is there so far."""
        listed = self._iam().access_keys()
        if spare and (
            any(key.access_key_id == spare.access_key_id for key in listed) or works(self._aws, spare)
        ):
            self._note(new=spare.access_key_id)
            return spare
        self._drop_lost(listed)
        self._note(new="", proof="")
        new = self._created(self._facts.asked, self._aws.identity(old).skew)
        try:
            self._place.write(old, new)
        except MfaSessionError:
            with contextlib.suppress(MfaSessionError):
                self._iam().delete(new.access_key_id)  # nobody else knows its secret
                self._journal.remove()
            raise
        self._note(new=new.access_key_id)
        self._tell(f"{masked(new.access_key_id)}, the new key, is stored beside the old one")
        return new

    def lost(self, listed: Iterable[KeyStatus]) -> list[str]:
        """Those that AWS has made for this rotation, and whose secret never came here."""
        facts = self._facts
        return [
            key.access_key_id
            for key in listed
            if key.access_key_id not in (*facts.before, facts.new)
            and any(_OURS[0] <= key.created - asked <= _OURS[1] for asked in facts.asked)
            and not self._was_used(key.access_key_id)
        ]

    def lost_so_far(self, old: str) -> list[str]:
        """The same, for one who goes back: of what was asked for just now, IAM's list may not have the answer yet."""
        until = max(self._facts.asked, default=0.0) + _LISTED
        told = False
        while True:
            found = self.lost(key for key in self._iam().access_keys() if key.access_key_id != old)
            if found or time.time() > until:
                return found
            if not told:
                self._tell("waiting a moment, whether IAM lists a key that it was asked for just before")
                told = True
            time.sleep(1)

    def _created(self, earlier: tuple[float, ...], skew: float) -> BaseKey:
        """`earlier` is when requests were sent whose answer never came."""
        end = time.monotonic() + PATIENCE
        while True:
            self._note(asked=(*earlier, time.time() - skew))
            try:
                return self._iam().create()
            except Denied as error:  # that made none
                if not earlier:
                    self._journal.remove()
                    raise
                self._note(asked=earlier)
                if time.monotonic() > end or not isinstance(error, QuotaReached) or self._is_full():
                    raise
            time.sleep(1)

    def _is_full(self) -> bool:
        """Whether it is somebody else's key that takes the room; one of this rotation goes, once IAM's list has it."""
        listed = self._iam().access_keys()
        return not self._drop_lost(listed) and len(listed) > len(self._facts.before)

    def _drop_lost(self, listed: Iterable[KeyStatus]) -> int:
        found = self.lost(listed)
        for name in found:
            if not self._sure(
                f"delete {masked(name)}, made in the interrupted step and known to nobody? [Y/n] "
            ):
                raise Denied(f"{masked(name)} is left as it is", "see in IAM whose it is, and go on")
            self._iam().delete(name)
            self._tell(f"{masked(name)}, whose secret was lost on the way, is deleted")
        return len(found)

    def _was_used(self, access_key_id: str) -> bool:
        try:
            return self._iam().was_used(access_key_id)
        except MfaSessionError:  # that may not be told: then the time alone says it
            return False

    def _note(self, **changes: Any) -> None:
        self._journal.note(dataclasses.replace(self._facts, **changes))
