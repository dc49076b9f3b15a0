"""A server's folder, as the one who writes it sees it: made before the server runs, and gone when it ends. See `servers`."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shutil
import time
from typing import TYPE_CHECKING

from mfa_session import servers, turns
from mfa_session.errors import NotAvailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.servers import Server

_SECONDS = 5  # to wait for others who are just looking, or making theirs
_GONE = ".gone"  # behind the name of a folder that is being removed


class Place:
    """`lock` is the open file whose lock says that the server lives; it is handed on to it."""

    def __init__(self, folder: str, lock: int) -> None:
        self.folder = folder
        self.lock = lock

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def give_token(self, name: str, token: str) -> None:
        """A file of this name, without a line break: SDKs send all that is in it."""
        self._write(name, token)

    def describe(self, server: Server) -> bool:
        """Have it known; returns whether that could be written: the server itself goes on."""
        try:
            self._write(servers.ABOUT, servers.text(server))
        except OSError:
            return False
        return True

    def is_there(self) -> bool:
        return os.path.exists(os.path.join(self.folder, servers.LOCK))

    def make_again(self) -> None:
        """After somebody has removed it. Raises OSError."""
        os.makedirs(os.path.dirname(self.folder), 0o700, exist_ok=True)
        os.makedirs(self.folder, 0o700, exist_ok=True)
        before, self.lock = self.lock, _locked(self.folder)
        os.close(before)

    def remove(self) -> None:
        """All at once: a folder that has no lock any more would be taken for a dead server's."""
        gone = self.folder + _GONE
        shutil.rmtree(gone, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rename(self.folder, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _write(self, name: str, text: str) -> None:
        """Never seen half written."""
        part = os.path.join(self.folder, f".{name}.part")
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(part, os.path.join(self.folder, name))


def sweep(environ: Mapping[str, str]) -> list[Server]:
    """The servers that were killed, whose files are gone by now: what came to listen there might be anybody's."""
    with contextlib.suppress(OSError), _alone(environ):
        return _sweep(environ)
    return []


def make(port: int, environ: Mapping[str, str]) -> Place:
    """The folder of a new server; raises NotAvailable. To be called after `sweep`."""
    folder = servers.folder_of(port, environ)
    if folder is None:
        raise NotAvailable(
            "there is no folder for the files that programs read a server's token from",
            "set XDG_RUNTIME_DIR or HOME to a folder of yours",
        )
    try:
        with _alone(environ):
            _sweep(environ)
            os.mkdir(folder, 0o700)
            try:
                lock = _locked(folder)
            except OSError:  # as by a umask that leaves nothing
                os.rmdir(folder)
                raise
    except FileExistsError:
        raise NotAvailable(
            f"{folder} is another server's, though its port is free here: it may run in a container",
            "take another port, or end that one where it runs",
        ) from None
    except OSError as error:
        raise NotAvailable(f"{folder}: can't be made: {error.strerror}") from None
    return Place(folder, lock)


def _sweep(environ: Mapping[str, str]) -> list[Server]:
    killed = [folder for folder in servers.folders(environ) if not servers.is_held(folder)]
    unknown = (servers.Server(folder, int(folder.rpartition("-")[2]), 0) for folder in killed)
    found = [servers.read(one.folder) or one for one in unknown]
    for folder in (*killed, *_half_gone(environ)):
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _half_gone(environ: Mapping[str, str]) -> list[str]:
    """Those of servers that were killed while they removed them."""
    folder = servers.folder_of(0, environ)
    return glob.glob(f"{glob.escape(os.path.dirname(folder))}/server-*{_GONE}") if folder else []


def _locked(folder: str) -> int:
    number = os.open(os.path.join(folder, servers.LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(number, fcntl.LOCK_EX)
    return number


@contextlib.contextmanager
def _alone(environ: Mapping[str, str]) -> Iterator[None]:
    """Between the making of a folder and the taking of its lock it looks like a dead one's."""
    path = turns.file("servers.lock", environ)
    number = os.open(path or os.devnull, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + _SECONDS
    try:
        while time.monotonic() < end:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(number)
