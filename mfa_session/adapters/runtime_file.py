"""Files on a file system in memory: for where the kernel keyring is forbidden, as it is in most containers.

A file is one line, then the name, then the text. The line says when its time is over, and how long the other two are.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time

from mfa_session.errors import NotAvailable

# A prompt may wait for `get`: what takes long to import is imported by the others alone, and typing by none.
_FILE_SYSTEMS = {0x01021994, 0x858458F6}  # tmpfs and ramfs in statfs(2)
_FULL = {errno.ENOSPC, errno.EDQUOT}


class RuntimeFile:
    where = "the runtime folder"

    def __init__(self, folder: str) -> None:
        """`folder` is made when it is written to, its parent is not; raises NotAvailable on other systems than Linux."""
        self._folder = os.path.normpath(folder)
        if sys.platform != "linux":
            raise NotAvailable("only Linux has a runtime folder in memory")

    def get(self, name: str) -> str | None:
        entry = _read(self._path(name)) if self._is_there() else None
        return entry[2] if entry and entry[0] > time.time() and entry[1] == name else None

    def put(self, name: str, text: str, seconds: int) -> None:
        there = self._is_there()
        if not _in_memory(self._folder if there else os.path.dirname(self._folder)):
            raise NotAvailable(
                f"{self._folder} would be on a disk",
                "set XDG_RUNTIME_DIR to a folder of yours on a tmpfs, with mode 0700",
            )
        parts = (_bytes(name), _bytes(text))
        head = b"mfa-session %.3f %d %d\n" % (time.time() + seconds, *map(len, parts))
        self._tidy(self._path(name), head + b"".join(parts))

    def drop(self, name: str) -> bool:
        try:
            return self.get(name) is not None and _remove(self._path(name))
        except OSError as error:
            raise self._failed(error) from None

    def names(self) -> list[str]:
        return self._tidy() if self._is_there() else []

    def _tidy(self, path: str = "", data: bytes = b"") -> list[str]:
        """Remove what has expired, a part that was never finished included, then write; the names of what was there.

        Under a lock, so that nobody removes what has just been put in the place of something expired.
        """
        import fcntl

        try:
            if path:
                os.makedirs(self._folder, 0o700, exist_ok=True)
            lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                names = self._remove_expired()
                if path:
                    _write(path, data)
                return names
            finally:
                os.close(lock)
        except OSError as error:
            raise self._failed(error) from None

    def _remove_expired(self) -> list[str]:
        names = []
        for file in os.listdir(self._folder):
            path = os.path.join(self._folder, file)
            entry = _read(path)
            if entry and not entry[0] > time.time():
                _remove(path)
            elif entry and path == self._path(entry[1]):
                names.append(entry[1])
        return names

    def _path(self, name: str) -> str:
        import hashlib

        return os.path.join(self._folder, hashlib.sha256(_bytes(name)).hexdigest())

    def _is_there(self) -> bool:
        """Raises NotAvailable where somebody else could read in the folder, or lead us to another one."""
        for path in (os.path.dirname(self._folder), self._folder):
            try:
                found = os.lstat(path)
            except OSError as error:
                if path == self._folder and error.errno == errno.ENOENT:
                    return False
                raise NotAvailable(f"{path} can't be used: {error.strerror}") from None
            if not stat.S_ISDIR(found.st_mode):
                raise NotAvailable(f"{path} is not a folder, or only a link to one", f"see: ls -ld {path}")
            if found.st_uid != os.geteuid():
                raise NotAvailable(f"{path} belongs to another user", f"see: ls -ld {path}")
            if found.st_mode & 0o077:
                raise NotAvailable(f"{path} is open to other users", f"type: chmod 700 {path}")
        return True

    def _failed(self, error: OSError) -> NotAvailable:
        if error.errno in _FULL:
            return NotAvailable(f"{self._folder} is full", f"see: df {self._folder}")
        return NotAvailable(f"{self._folder} can't be used: {error.strerror}")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # an argument that isn't UTF-8 makes a name with surrogates


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _read(path: str) -> tuple[float, str, str] | None:
    """Expiry, name and text; None where there is no such file, or it is not ours, or damaged."""
    try:
        # Follows no link, and waits for nobody where it is a pipe.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            head, _, rest = os.read(file, os.fstat(file).st_size).partition(b"\n")
        finally:
            os.close(file)
        mark, expires, *sizes = head.split(b" ")
        name, text = map(int, sizes)
        if mark != b"mfa-session" or name < 0 or name + text != len(rest):
            return None
        return float(expires), _text(rest[:name]), _text(rest[name:])
    except (OSError, ValueError):
        return None


def _write(path: str, data: bytes) -> None:
    part = f"{path}.{os.urandom(8).hex()}"
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            while data:
                data = data[os.write(file, data) :]
        finally:
            os.close(file)
        os.rename(part, path)  # no fsync: after a crash there is nothing left to be consistent
    except BaseException:
        _remove(part)
        raise


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def _in_memory(folder: str) -> bool:
    import ctypes

    found = ctypes.create_string_buffer(512)  # a struct statfs has 120 bytes on most machines
    if ctypes.CDLL(None).statfs(os.fsencode(folder), found) != 0:
        return False
    # Its type comes first, in a long whose upper half, where there is one, may be a sign.
    kind = int.from_bytes(found.raw[: ctypes.sizeof(ctypes.c_long)], sys.byteorder)
    return kind & 0xFFFFFFFF in _FILE_SYSTEMS
