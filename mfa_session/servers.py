"""The credential servers of this user, each with a folder: who it is, what it serves, and a file with the token of each account.

server-4711/about        JSON, with no secret in it: what `status` shows
server-4711/lock         held by the server while it lives, so that one that was killed is known by its free lock
server-4711/token-…      0600, in memory where there is such a place; good for as long as this server runs
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import shlex
import time
from typing import TYPE_CHECKING, Any

from mfa_session import process, refreshing, session, turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PREFIX = "server-"
ABOUT, LOCK = "about", "lock"
ASKING = "approve it where you are asked"  # to the person, while a server waits for them


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """One address of a server: `path` is the account's file, `role` the ARN of the role, `scope` what options asked of it; the
    last two may be empty.

    `expires` is in seconds since the epoch, 0 where there is no session just now; `duration` in seconds. `trouble` says why
    it is not renewed, `way` what a person types where there is none.
    """

    account: str
    account_id: str = ""
    role: str = ""
    scope: str = ""
    access_key_id: str = ""
    expires: int = 0
    duration: int = 0
    region: str = ""
    url: str = ""
    token_file: str = ""
    asking: bool = False
    trouble: str = ""
    path: str = ""
    way: str = ""

    @property
    def left(self) -> int:
        """Seconds; not positive where nothing lives."""
        return self.expires - int(time.time())

    @property
    def margin(self) -> int:
        """With less than so many seconds left it is renewed."""
        return session.margin(self.duration)

    @property
    def title(self) -> str:
        return session.title(self.account, self.role, self.scope)

    def is_of(self, name: str, path: str) -> bool:
        """Whether that account's: another file may have one of the same name."""
        return self.account == name and os.path.realpath(self.path) == os.path.realpath(path)


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """`command` is what it was started for, empty for one of `serve`; `log` the path of what it has to say."""

    folder: str
    port: int
    pid: int
    command: str = ""
    log: str = ""
    served: tuple[Served, ...] = ()


def running(environ: Mapping[str, str]) -> list[Server]:
    """Those that live, by their ports; nobody is asked, and no server has to answer."""
    return [server for folder in folders(environ) if is_held(folder) and (server := read(folder))]


def of_shell(environ: Mapping[str, str]) -> Server | None:
    """The one that programs in this shell ask; None where that has ended."""
    port = environ.get(refreshing.SERVER, "")
    folder = folder_of(int(port), environ) if port.isascii() and port.isdigit() else None
    return read(folder) if folder and is_held(folder) else None


def again(accounts: Iterable[str], port: int | str) -> str:
    """What is typed to have them served at the same addresses."""
    return shlex.join(["mfa-session", "serve", *accounts, "--port", str(port), "--detach"])


def folders(environ: Mapping[str, str]) -> list[str]:
    """Of all servers, those that were killed included, by their ports."""
    parent = os.path.dirname(turns.file("any", environ) or "")
    ports = []
    with contextlib.suppress(OSError):
        for name in os.listdir(parent) if parent else ():
            number = name.removeprefix(_PREFIX)
            if name != number and number.isascii() and number.isdigit():
                ports.append(int(number))
    return [os.path.join(parent, f"{_PREFIX}{port}") for port in sorted(ports)]


def folder_of(port: int, environ: Mapping[str, str]) -> str | None:
    """Where there is no place for one: None."""
    return turns.file(f"{_PREFIX}{port}", environ)


def log_file(port: int, environ: Mapping[str, str]) -> str | None:
    """Where one that runs by itself says what it does, also when it is over; None where that can't be written."""
    folder = os.path.join(turns.state_home(environ) or os.devnull, "mfa-session")
    path = os.path.join(folder, f"{_PREFIX}{port}.log")
    try:
        if turns.owner(folder) not in (os.geteuid(), 0):  # as under sudo: see `turns`
            return None
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        return None
    if os.path.islink(path):
        return None
    return path if os.access(path if os.path.exists(path) else folder, os.W_OK) else None


def is_held(folder: str) -> bool:
    """Whether the server whose folder this is lives."""
    try:
        number = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks: only the process itself tells
        server = read(folder)
        return server is not None and process.exists(server.pid)
    finally:
        os.close(number)
    return False


def read(folder: str) -> Server | None:
    """What a server says of itself; None where that is missing, or damaged."""
    try:
        number = os.open(
            os.path.join(folder, ABOUT), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
        with os.fdopen(number, encoding="utf-8") as file:
            facts: dict[str, Any] = json.load(file)
        served = tuple(Served(**one) for one in facts.pop("served"))
        server = Server(folder, **facts, served=served)
        return server if _is_sound(server) and all(map(_is_sound, served)) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _is_sound(one: Server | Served) -> bool:
    """Whether each fact is of the kind that it is said to be."""
    kinds = {"str": str, "int": int, "bool": bool}
    return all(
        type(getattr(one, field.name)) is kinds.get(str(field.type), tuple)
        for field in dataclasses.fields(one)
    )


def text(server: Server) -> str:
    """What `read` reads."""
    facts = dataclasses.asdict(server)
    del facts["folder"]
    return json.dumps(facts)
