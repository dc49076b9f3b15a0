"""What a rotation of a base key has to know if it is interrupted: ids and times, and no secret."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfa_session import turns, whole_file
from mfa_session.errors import ConfigError
from mfa_session.rotation_ports import COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found


_PREFIX = "rotation-"


@dataclass(frozen=True, slots=True)
class Facts:
    """`old` and `new` are ids of access keys, `new` empty until it is stored; `before` are those the user had.

    `asked` is when AWS was asked for a new one, each time, in seconds since the epoch by AWS's clock. `verdict` is the colour of the
    old key's, `sessions` what its sessions are kept under, and `proof` the id of the session that was had by the new one.
    """

    account: str
    place: str
    arn: str
    old: str
    new: str = ""
    before: tuple[str, ...] = ()
    asked: tuple[float, ...] = ()
    verdict: str = ""
    sessions: tuple[str, ...] = ()
    proof: str = ""


class Journal:
    """That of one account: `facts` is None where no rotation of it is under way. Raises ConfigError."""

    def __init__(self, found: Found, environ: Mapping[str, str]) -> None:
        self.path = os.path.join(_folder(environ), f"{_PREFIX}{_name(found)}.json")
        self._text = whole_file.read(self.path)
        self.facts = None if self._text is None else self._read(self._text)

    def note(self, facts: Facts) -> None:
        """On the disk once this returns."""
        text = json.dumps(dataclasses.asdict(facts), indent=2).encode() + b"\n"
        whole_file.write(self.path, self._text, text)
        self._text, self.facts = text, facts

    def remove(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self._text = self.facts = None

    def _read(self, text: bytes) -> Facts:
        facts = _facts(text)
        if facts is None:
            raise ConfigError(
                "is no journal of a rotation",
                "look at the user's access keys in IAM, and delete this file",
                path=self.path,
            )
        return facts


def about(access_key_id: str, environ: Mapping[str, str]) -> Facts | None:
    """The rotation that this key belongs to, whichever account it was begun for."""
    folder = Path(_folder(environ))
    for path in sorted(folder.glob(f"{_PREFIX}*.json")):
        with contextlib.suppress(OSError):
            facts = _facts(path.read_bytes())
            if facts and access_key_id in (facts.old, facts.new):
                return facts
    return None


def _facts(text: bytes) -> Facts | None:
    try:
        values: dict[str, Any] = json.loads(text)
        lists = {name: tuple(values[name]) for name in ("before", "asked", "sessions")}
        facts = Facts(**values | lists)
    except (ValueError, TypeError, KeyError):
        return None
    texts = (
        facts.account,
        facts.place,
        facts.arn,
        facts.old,
        facts.new,
        facts.proof,
        *facts.before,
        *facts.sessions,
    )
    sound = all(isinstance(one, str) for one in texts) and all(isinstance(at, float) for at in facts.asked)
    return facts if sound and facts.old and facts.verdict in COLOURS else None


def _folder(environ: Mapping[str, str]) -> str:
    """Unlike those of turns, it has to outlive a restart of the machine."""
    state = turns.state_home(environ)
    if not state:
        raise ConfigError("HOME is not set, so that there is nowhere to note how far a rotation is")
    return os.path.join(state, "mfa-session")


def _name(found: Found) -> str:
    """By whichever name, and through whichever symlink, the account is found."""
    described = f"{os.path.realpath(found.path)} {found.profile or ''}"
    return hashlib.sha256(described.encode(errors="surrogateescape")).hexdigest()[:16]
