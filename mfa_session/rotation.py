"""A base key is replaced: each step looks at what is so, does what is missing, and can be done again.

    new key made ─▶ stored beside the old ─▶ known to AWS, and neutered ─▶ in use ─▶ old one switched off
        ─▶ a session by the new one ─▶ old one deleted ─▶ nothing of it left

Until the old one is deleted, both are stored, so that there is a way back from everywhere. No I/O of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, TypeVar

from mfa_session.errors import Denied, KeyUnknown, NoSuchKey
from mfa_session.rotation_new_key import NewKey
from mfa_session.rotation_ports import COLOURS, PATIENCE, ways, works
from mfa_session.users import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.model import BaseKey, HeldKeys, KeyPlace
    from mfa_session.rotation_journal import Facts, Journal
    from mfa_session.rotation_ports import Aws, Iam
    from mfa_session.session import Session
    from mfa_session.verdicts import Verdict

T = TypeVar("T")


class Rotation:
    """One rotation, begun or not, of the key in this place.

    `tell` is given a sentence for the person after each step, `sure` a question before what can't be undone; `typed` is
    how they came here.
    """

    def __init__(
        self,
        journal: Journal,
        place: KeyPlace,
        aws: Aws,
        tell: Callable[[str], None],
        sure: Callable[[str], bool],
        typed: str,
    ) -> None:
        self._journal = journal
        self._place = place
        self._aws = aws
        self._tell = tell
        self._typed = typed
        self._iam: Iam | None = None
        self._new_is_used = False
        self._new_key = NewKey(journal, place, aws, self._connected, tell, sure)

    @property
    def _facts(self) -> Facts:
        assert self._journal.facts  # noqa: S101 - there is one from the first step to the last
        return self._journal.facts

    def begin(self, facts: Facts) -> None:
        """Note that there is one, once its user's keys allow it; `facts` say which key it is about."""
        keys = self._connected().access_keys()
        others = [key for key in keys if key.access_key_id != facts.old]
        if len(others) == len(keys):
            raise Denied(
                f"AWS does not list {masked(facts.old)} among the keys of this user",
                "look at IAM > Users > Security credentials",
            )
        if others:
            state = "active" if others[0].active else "inactive"
            raise Denied(
                f"there is no room for a new key: the user has a second one, {masked(others[0].access_key_id)} ({state}), and"
                " AWS allows two",
                "delete the one that nothing uses, in IAM > Users > Security credentials",
            )
        self._journal.note(dataclasses.replace(facts, before=tuple(key.access_key_id for key in keys)))

    def go_on(self) -> None:
        """To the end, from wherever it is; raises MfaSessionError, and can then be called again."""
        held = self._read()
        if not self._is(held.current, self._facts.new):
            old = self._expected(held.current, self._facts.old)
            new = self._new_key.get(old, held.spare)
            self._verify(new, old)
            self._place.write(new, old)
            self._tell(f"{masked(new.access_key_id)} is in use, and the old one still there")
        else:
            new = self._expected(held.current, self._facts.new)
        self._new_is_used = True
        if not self._facts.proof:
            with contextlib.suppress(NoSuchKey):  # by other hands: then there is nothing to go back to
                self._connected().switch(self._facts.old, on=False)
                self._tell(f"{masked(self._facts.old)}, the old one, is switched off")
            if not self._facts.proof:
                self._prove(new)
        if not works(self._aws, new):
            raise Denied(
                f"AWS does not take {masked(new.access_key_id)}, the new key, any more, so that the old one stays",
                self._ways()[1],
            )
        self._connected().delete(self._facts.old)
        self._tell(f"{masked(self._facts.old)}, the old one, is deleted")
        self._finish(self._facts.new, self._aws.forget_old)

    def go_back(self) -> None:
        """To the old key, as long as AWS has it; raises MfaSessionError, and can then be called again."""
        facts, held = self._facts, self._read()
        old = next((key for key in (held.current, held.spare) if self._is(key, facts.old)), None)
        if old is None:
            raise Denied(
                f"it is too late to go back: {masked(facts.old)} is not in {self._place.where} any more",
                self._ways()[0],
            )
        spare = held.spare if held.current == old else held.current
        if spare and held.current != old and not works(self._aws, spare) and works(self._aws, old):
            self._use_again(old, spare)  # a session comes from the key that is in use
        try:
            # Whatever IAM's list says: it may be older than what this has to undo.
            self._connected().switch(facts.old, on=True)
        except NoSuchKey:
            raise Denied(
                f"it is too late to go back: {masked(facts.old)} is deleted", self._ways()[0]
            ) from None
        self._patiently(lambda: self._aws.identity(old))
        if self._place.read().current != old:
            self._use_again(old, spare)
        new = facts.new or (spare.access_key_id if spare else "")
        # Of one whose secret has come, the id is known; of another, only IAM.
        for name in [new] if new else self._new_key.lost_so_far(facts.old):
            self._connected().delete(name)
            self._tell(f"{masked(name)}, the new one, is deleted")
        self._finish(facts.old, self._aws.forget_new)

    def _read(self) -> HeldKeys:
        if self._facts.place != self._place.where:
            raise Denied(
                f"this rotation is one of the key in {self._facts.place}, and now {self._place.where} is meant",
                "go on with the same files and variables as before",
            )
        return self._place.read()

    def _use_again(self, old: BaseKey, spare: BaseKey | None) -> None:
        self._place.write(old, spare)
        self._tell(f"{masked(old.access_key_id)}, the old one, is in use again")

    def _verify(self, new: BaseKey, old: BaseKey) -> None:
        who = self._patiently(lambda: self._aws.identity(new))
        if who.arn != self._facts.arn:
            raise Denied(f"the new key is {who.arn}'s, and not {self._facts.arn}'s", *self._ways())
        verdict = self._patiently(lambda: self._as_good(new, old))
        self._tell(f"AWS knows it, and it is the user {who.user}'s")
        if verdict.colour == "green":
            self._tell(f"it is neutered too: {verdict.why}")
        else:
            self._tell(f"warning: {verdict.what}, as with the old one")

    def _as_good(self, new: BaseKey, old: BaseKey) -> Verdict:
        verdict, before = self._aws.verdict(new), self._facts.verdict
        if before == "yellow" and verdict.colour == "red":  # it may have been, for want of answers
            before = self._aws.verdict(old).colour
        if COLOURS.index(verdict.colour) >= COLOURS.index(before):
            return verdict
        worse = (
            f"the new key can do more than the old one: {verdict.what}",
            *verdict.evidence,
            *self._ways(),
        )
        # Some of its machines may not know the key yet, which says nothing of what it may do.
        raise (Denied if verdict.colour == "red" else KeyUnknown)(*worse)

    def _prove(self, new: BaseKey) -> None:
        self._patiently(lambda: self._aws.identity(new))
        self._proven(self._aws.prove())

    def _proven(self, session: Session) -> None:
        self._iam = self._aws.iam(session)
        self._journal.note(dataclasses.replace(self._facts, proof=session.access_key_id))
        self._tell(f"{masked(self._facts.new)} has got a session with MFA")

    def _finish(self, kept: str, forget: Callable[[], int]) -> None:
        held = self._place.read()
        current = self._expected(held.current, kept)
        if held.spare:
            self._place.write(current, None)
        count = forget()
        self._journal.remove()
        gone = f"; {count} session{'' if count == 1 else 's'} of the other one forgotten" if count else ""
        self._tell(f"the base key is {masked(kept)} now{gone}")

    def _connected(self) -> Iam:
        """IAM, by a session that it takes: one that was kept may be too old for it by now."""
        if self._iam is None:
            session, new = self._aws.session()
            iam = self._aws.iam(session)
            try:
                iam.access_keys()
            except KeyUnknown:
                if new:
                    raise
                session, new = self._aws.prove(), True
                iam = self._aws.iam(session)
            self._iam = iam
            if new and self._new_is_used and not self._facts.proof:
                self._proven(session)
        return self._iam

    def _patiently(self, ask: Callable[[], T]) -> T:
        """What it answers once AWS knows the key."""
        end, pause, told = time.monotonic() + PATIENCE, 0.5, False
        while True:
            try:
                return ask()
            except KeyUnknown:
                if time.monotonic() + pause > end:
                    raise
            if not told:
                self._tell("AWS does not know it everywhere yet; waiting")
                told = True
            time.sleep(pause)
            pause = min(2 * pause, 5)

    def _expected(self, key: BaseKey | None, access_key_id: str) -> BaseKey:
        if key is None or key.access_key_id != access_key_id:
            raise Denied(
                f"{self._place.where} has neither key of this rotation any more",
                f"look at the user's keys in IAM; to forget the rotation, delete {self._journal.path}",
            )
        return key

    @staticmethod
    def _is(key: BaseKey | None, access_key_id: str) -> bool:
        return bool(key and access_key_id and key.access_key_id == access_key_id)

    def _ways(self) -> tuple[str, str]:
        return ways(self._typed)
