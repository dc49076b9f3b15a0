"""The Linux kernel keyring (keyrings(7)): texts as keys of type `user` in the user keyring, guarded and expired by the kernel.

By system calls, since keyutils need not be installed. A key is made ready in this process's own keyring and only then
linked where others see it, so that there is never one without its end. Nothing is allowed by possession: login sessions
need not link the user keyring, and a program that `sudo -u` has made another user's still possesses what the session has.
"""

from __future__ import annotations

import ctypes
import os
import sys

from mfa_session.errors import NotAvailable

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Iterator

# add_key(2) and keyctl(2) of each machine.
_CALLS = {
    "x86_64": (248, 250),
    "aarch64": (217, 219),
    "riscv64": (217, 219),
    "ppc64le": (269, 271),
    "s390x": (278, 280),
}
_PROCESS_KEYRING, _USER_KEYRING = -2, -4
_SETPERM, _DESCRIBE, _LINK, _UNLINK, _SEARCH, _READ, _SET_TIMEOUT, _INVALIDATE = 5, 6, 8, 9, 10, 11, 15, 21
# Its owner: view, read, search, link; whoever possesses it, and all others: nothing.
_PERMISSIONS = 0x001B0000
_EPERM, _EACCES, _ENOSYS, _EDQUOT, _ENOKEY, _EKEYEXPIRED, _EKEYREVOKED = 1, 13, 38, 122, 126, 127, 128
_MISSES = {_EACCES, _ENOKEY, _EKEYEXPIRED, _EKEYREVOKED}
_PREFIX = b"mfa-session:"


class KernelKeyring:
    where = "the kernel keyring"

    def __init__(self) -> None:
        """Raises NotAvailable on another system, and where the calls are forbidden, as they are in most containers."""
        calls = _CALLS.get(os.uname().machine)
        if sys.platform != "linux" or not calls or sys.maxsize < 1 << 32:
            raise NotAvailable("this system has no kernel keyring that is known here")
        self._add_key, self._keyctl = calls
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.restype = ctypes.c_long
        # Whether it answers at all; ENOKEY is what a keyring that can be used says to this.
        self._find("mfa-session:")

    def get(self, name: str) -> str | None:
        key = self._find(name)
        data = self._read(key) if key and self._own_name(key) else None
        try:
            return None if data is None else data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return None

    def put(self, name: str, text: str, seconds: int) -> None:
        data = text.encode("utf-8", "surrogatepass")  # the path of an account's file need not be UTF-8
        key = self._call(
            self._add_key, b"user", os.fsencode(name), data, len(data), _PROCESS_KEYRING, missing=False
        )
        try:
            for step in (
                (_SET_TIMEOUT, key, max(1, seconds)),  # 0 would mean for ever
                (_SETPERM, key, _PERMISSIONS),
                (_LINK, key, _USER_KEYRING),  # it takes the place of what had the name
            ):
                self._call(self._keyctl, *step, missing=False)
        finally:
            self._control(_UNLINK, key, _PROCESS_KEYRING)

    def drop(self, name: str) -> bool:
        key = self._find(name)
        return bool(key) and self._control(_INVALIDATE, key) is not None

    def names(self) -> list[str]:
        return [os.fsdecode(name) for name in self._names()]

    def _names(self) -> Iterator[bytes]:
        ring = self._read(_USER_KEYRING) or b""
        for start in range(0, len(ring) - 3, 4):
            key = int.from_bytes(ring[start : start + 4], sys.byteorder, signed=True)
            name = self._own_name(key)
            # Its length is asked for, since an expired key can still be described.
            if name.startswith(_PREFIX) and self._control(_READ, key, None, 0) is not None:
                yield name

    def _own_name(self, key: int) -> bytes:
        """Empty for a key of another user, who may have come to possess this keyring through sudo, or of another type."""
        described = (self._read(key, _DESCRIBE) or b"").rstrip(b"\0").split(b";", 4)
        return described[4] if described[:2] == [b"user", str(os.geteuid()).encode()] else b""

    def _find(self, name: str) -> int | None:
        return self._control(_SEARCH, _USER_KEYRING, b"user", os.fsencode(name), 0)

    def _read(self, key: int, how: int = _READ) -> bytes | None:
        size = 4096
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = self._control(how, key, buffer, size)
            if length is None or length <= size:
                return None if length is None else buffer.raw[:length]
            size = length

    def _control(self, *arguments: object) -> int | None:
        return self._call(self._keyctl, *arguments)

    def _call(self, number: int, *arguments: object, missing: bool = True) -> int | None:
        """The result; None where there is no such key, or none for this person."""
        words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
        result: int = self._syscall(ctypes.c_long(number), *words)
        if result >= 0:
            return result
        error = ctypes.get_errno()
        if missing and error in _MISSES:
            return None
        if error == _EDQUOT:
            raise NotAvailable("the kernel keyring is full", "to make room, type: mfa-session clear --all")
        what = "is not to be used here" if error in {_EPERM, _ENOSYS} else "can't be used"
        raise NotAvailable(f"the kernel keyring {what}: {os.strerror(error)}")
