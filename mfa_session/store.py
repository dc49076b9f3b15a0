"""Sessions that are shared between processes, each under the names that it can be asked for by:

- `session:ID`, until it expires: the session, where ID is a hash over all that makes it;
- `device:HASH`: the ID of the last MFA session of an account's device, from which roles' sessions are taken;
- `file:IDENTITY …`: the ID that an account's file, unchanged, leads to. It saves reading the file;
- `ready:IDENTITY`, until it is to be renewed: what credential_process prints, ready-made. It needs no Python.
"""

from __future__ import annotations

import contextlib
import time

from mfa_session import formats, session
from mfa_session.errors import NotAvailable
from mfa_session.identity import READY, ROLE

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.accounts import Found
    from mfa_session.model import SecretStore
    from mfa_session.session import Session

_PREFIX = "mfa-session:"
_SESSION, _DEVICE, _FILE = f"{_PREFIX}session:", f"{_PREFIX}device:", f"{_PREFIX}file:"
_TRIES, _PAUSE = 10, 0.05  # seconds


class Store:
    """`place` is where they are kept; where it is None, `why_not` says why. `warn` is told once that one is not kept."""

    def __init__(
        self,
        place: SecretStore | None,
        warn: Callable[[NotAvailable], None],
        why_not: NotAvailable | None = None,
    ) -> None:
        self.place = place
        self.why_not = why_not
        self._warn = warn

    def of_file(self, identity: str | None, found: Found, scope: str = "") -> Session | None:
        """The session that the account's file led to when it was last read, if file and surroundings are as then.

        `scope` stands for what options asked for.
        """
        pointer = self._get(_pointer(identity, found, scope)) if identity else None
        key, _, region = (pointer or "").partition("\n")
        kept = self.of_key(key) if key else None
        if kept:
            kept.account, kept.path, kept.region = found.name, found.path, region.strip() or None
        return kept

    def of_key(self, key: str) -> Session | None:
        kept = session.read(self._get(_SESSION + key))
        return kept if kept and kept.left > 0 else None

    def of_device(self, device: str) -> Session | None:
        """The last MFA session of it, whichever account's file it was minted for."""
        return self.of_key(self.key_of_device(device))

    def key_of_device(self, device: str) -> str:
        return self._get(_DEVICE + device) or ""

    def keep(self, key: str, kept: Session, device: str | None = None) -> None:
        """Under its own name; what was made ready of the session before it is forgotten."""
        if self.place is None:
            self._fail(self.why_not)
            return
        self._forget_ready({old.access_key_id for old in [self.of_key(key)] if old})
        self._put(_SESSION + key, kept.text(), kept.left)
        if device:
            self._put_copy(_DEVICE + device, key, kept.left)

    def link(self, identity: str, found: Found, key: str, kept: Session, scope: str = "") -> None:
        """From now on, the file as it is leads there."""
        self._forget_older(_FILE + identity, found.path)
        self._put_copy(_pointer(identity, found, scope), f"{key}\n{kept.region or ''}\n", kept.left)

    def make_ready(self, identity: str, found: Found, kept: Session, line: str = "") -> None:
        """`line` is what the words behind the file's name are to the script that looks for it."""
        self._forget_older(READY + identity, found.path)
        if kept.left > kept.margin:
            answer = formats.credential_process(kept)
            self._put_copy(f"{READY}{identity}{line}", answer, kept.left - kept.margin)

    def sessions(self) -> dict[str, Session]:
        """All that live, by their keys; those that expire last first."""
        keys = [name.removeprefix(_SESSION) for name in self._names(_SESSION)]
        found = {key: kept for key in keys if (kept := self.of_key(key))}
        return dict(sorted(found.items(), key=lambda item: -item[1].expires))

    def clear(self, keys: set[str]) -> int:
        """Forget these sessions, and whatever leads to them; returns how many there were."""
        gone = {key: kept for key, kept in self.sessions().items() if key in keys}
        self._forget_ready({kept.access_key_id for kept in gone.values()})
        for name in (*self._names(_FILE), *self._names(_DEVICE)):
            if (self._get(name) or "").partition("\n")[0] in gone:
                self._drop(name)
        return sum(self._drop(_SESSION + key) for key in gone)

    def clear_all(self) -> int:
        """The same of all; also of what is ready-made of a session that is lost."""
        count = len(self.sessions())
        for name in self._names(_PREFIX):
            self._drop(name)
        return count

    def _forget_ready(self, access_key_ids: set[str]) -> None:
        for name in self._names(READY) if access_key_ids else []:
            text = self._get(name) or ""
            if any(f'"{access_key_id}"' in text for access_key_id in access_key_ids):
                self._drop(name)

    def _forget_older(self, new: str, path: str) -> None:
        """What the same file led to before it, or something around it, was changed."""
        for name in self._names(new[: new.index(":", len(_PREFIX)) + 1]):
            if f" {path} " in name and not name.startswith(new):
                self._drop(name)

    def _get(self, name: str) -> str | None:
        try:
            return self.place.get(name) if self.place else None
        except NotAvailable:
            return None

    def _put(self, name: str, text: str, seconds: int) -> None:
        try:
            if self.place:
                self._put_making_room(self.place, name, text, seconds)
        except NotAvailable as error:
            self._fail(error)

    def _put_copy(self, name: str, text: str, seconds: int) -> None:
        """What only saves time: the session is shared without it, so that nobody has to know."""
        with contextlib.suppress(NotAvailable):
            if self.place:
                self.place.put(name, text, seconds)

    def _fail(self, error: NotAvailable | None) -> None:
        if error:
            self._warn(error)
            self._warn = lambda _: None

    def _put_making_room(self, place: SecretStore, name: str, text: str, seconds: int) -> None:
        try:
            place.put(name, text, seconds)
        except NotAvailable:
            # A user's part of the kernel's memory is small. The first are copies that only save time; a role's session
            # can be had again without a touch.
            copies, roles = self._names(READY), self._names(_SESSION + ROLE)
            if not copies and not roles:
                raise
            for other in copies or roles:
                self._drop(other)
            for _ in range(
                _TRIES
            ):  # it gives the room back a moment later, as that of what has been replaced
                with contextlib.suppress(NotAvailable):
                    place.put(name, text, seconds)
                    return
                time.sleep(_PAUSE)
            for other in roles:
                self._drop(other)
            time.sleep(_PAUSE)
            place.put(name, text, seconds)

    def _drop(self, name: str) -> bool:
        try:
            return self.place.drop(name) if self.place else False
        except NotAvailable:
            return False

    def _names(self, kind: str) -> list[str]:
        try:
            return [name for name in self.place.names() if name.startswith(kind)] if self.place else []
        except NotAvailable:
            return []


def _pointer(identity: str, found: Found, scope: str) -> str:
    """The name of an account, and the AWS_PROFILE that it was named by, decide where its base key is looked for."""
    kind = "profile" if found.profile else ""
    return f"{_FILE}{identity} {found.name} {found.named_by_profile or ''}{kind} {scope}"
