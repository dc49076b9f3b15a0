"""A small text file as bytes: replaced in one go, and only if nobody else has changed it meanwhile."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from mfa_session.errors import ConfigError

_NEW = 0o600


def read(path: str) -> bytes | None:
    """What is in it; None where there is no file. Raises ConfigError."""
    file = _target(path)
    try:
        if not stat.S_ISREG(
            file.stat().st_mode
        ):  # /dev/null must not be replaced, and a pipe gives no second look
            raise ConfigError("is not a file", path=path)
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", path=path) from None


def write(path: str, before: bytes | None, after: bytes) -> None:
    """Replace `before`; the mode and the owner stay. Raises ConfigError, and has then changed nothing."""
    file = _target(path)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        old = None if before is None else file.stat()
        if old and not os.access(file, os.W_OK):  # replacing it would work; but somebody has said no
            raise PermissionError(0, "it is read-only")
        number, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        temporary = Path(name)
        try:
            with os.fdopen(number, "wb") as new:
                new.write(after)
                new.flush()
                if old:
                    with contextlib.suppress(PermissionError):  # who may not give it away keeps it
                        os.chown(number, old.st_uid, old.st_gid)
                os.chmod(number, stat.S_IMODE(old.st_mode) if old else _NEW)
                os.fsync(number)
            if read(path) != before:
                raise ConfigError("has just been changed by another program", "run it again", path=path)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", path=path) from None


def _target(path: str) -> Path:
    """The file itself, as botocore finds it; behind a symlink it is the other end that is replaced."""
    return Path(os.path.realpath(os.path.expanduser(os.path.expandvars(path))))
