"""The desktop's keyring: macOS's Keychain, or what answers as Secret Service; the package keyring talks to both.

It can't list what is there, and each access may cost a dialog. So one item holds everything: a JSON object of
name -> [expires, text].
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import sys
import time
from typing import TYPE_CHECKING

from mfa_session.errors import NotAvailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyring.backend import KeyringBackend

_SERVICE = "mfa-session"


class OsKeyring:
    where = "the Keychain" if sys.platform == "darwin" else "the Secret Service"

    def __init__(self, lock_file: str | None = None) -> None:
        """Writers wait for each other at `lock_file`; raises NotAvailable where there is no such keyring."""
        self._keyring, self._failures = _keyring()
        self._lock_file = lock_file
        try:
            self._user = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:  # a container's user need not have a name
            self._user = str(os.geteuid())
        try:
            _ = self._keyring.priority  # raises where nobody would answer
        except self._failures as error:
            raise NotAvailable(f"{self.where} can't be used: {error}", *_HINTS) from None

    def get(self, name: str) -> str | None:
        return self._entries().get(name, (0, None))[1]

    def put(self, name: str, text: str, seconds: int) -> None:
        with self._alone():
            self._write(self._entries(to_write=True) | {name: (time.time() + seconds, text)})

    def drop(self, name: str) -> bool:
        with self._alone():
            entries = self._entries()
            there = entries.pop(name, None) is not None
            if there:
                self._write(entries)
        return there

    def names(self) -> list[str]:
        return list(self._entries())

    def _entries(self, *, to_write: bool = False) -> dict[str, tuple[float, str]]:
        """Those whose time is not over; none where the item is damaged, or somebody else's.

        Before writing, such an item goes: a Secret Service would keep it beside ours, and might find it first.
        """
        with self._explained():
            try:
                text = self._keyring.get_password(_SERVICE, self._user)
                found = {} if text is None else json.loads(text)
            except (ValueError, RecursionError):  # it is not UTF-8, not JSON, or nested beyond all measure
                found = None
            if not isinstance(found, dict) or not all(map(_is_entry, found.values())):
                found = {}
                if to_write:
                    self._keyring.delete_password(_SERVICE, self._user)
        now = time.time()
        return {name: (expires, text) for name, (expires, text) in found.items() if expires > now}

    def _write(self, entries: dict[str, tuple[float, str]]) -> None:
        with self._explained():
            if entries:
                self._keyring.set_password(_SERVICE, self._user, json.dumps(entries))
            else:
                self._keyring.delete_password(_SERVICE, self._user)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if self._lock_file is None:
            yield
            return
        try:
            lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise NotAvailable(f"{self._lock_file} can't be opened: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """The kind of a failure is told, and not its text: that is others', and a secret was at hand."""
        try:
            yield
        except self._failures as error:
            raise NotAvailable(f"{self.where} can't be used: {type(error).__name__}", *_HINTS) from None


_HINTS = (
    ("unlock it: security unlock-keychain",)
    if sys.platform == "darwin"
    else ("it needs a desktop session, and to be unlocked there",)
)


def _is_entry(value: object) -> bool:
    match value:
        case [int() | float(), str()]:
            return True
    return False


def _keyring() -> tuple[KeyringBackend, tuple[type[Exception], ...]]:
    """By name, never keyring's default, which may be a file in the clear; and what it raises when it can't."""
    try:
        from keyring.errors import KeyringError

        if sys.platform == "darwin":
            from keyring.backends import macOS

            return macOS.Keyring(), (KeyringError, RuntimeError)  # type: ignore[no-untyped-call]  # it has none
        else:  # noqa: RET505  # mypy leaves out one of two branches, and so asks for no package of another system
            from jeepney import DBusErrorResponse
            from keyring.backends import SecretService
            from secretstorage import SecretStorageException

            failures = (KeyringError, SecretStorageException, DBusErrorResponse, OSError, RuntimeError)
            return SecretService.Keyring(), failures  # type: ignore[no-untyped-call]  # it has no types
    except ImportError:
        raise NotAvailable(
            "the package keyring is not installed", "type: pipx inject mfa-session keyring"
        ) from None
