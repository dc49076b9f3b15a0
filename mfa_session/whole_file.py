"""A small text file as bytes: replaced in one go, and only if nobody else has changed it meanwhile.

A path given as text is expanded as botocore does it; a Path is taken as it stands.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mfa_session import stray_files
from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEW = 0o600


def read(path: str | Path) -> bytes | None:
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


def write(path: str | Path, before: bytes | None, after: bytes) -> None:
    """Replace `before`; the mode and the owner stay. Raises ConfigError, and has then changed nothing."""
    file = _target(path)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        old = None if before is None else file.stat()
        if old and not os.access(file, os.W_OK):  # replacing it would work; but somebody has said no
            raise PermissionError(0, "it is read-only")
        with _temporary(file, after, old) as temporary:
            if read(path) != before:
                raise ConfigError("has just been changed by another program", "run it again", path=path)
            temporary.replace(file)
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", path=path) from None
    _sync(file.parent)


def keep(path: str | Path, data: bytes) -> str:
    """A copy with this content beside the file, for its owner alone: the path of a new one, or of one that is there.

    Raises ConfigError. Once it returns, the copy survives a crash of the machine.
    """
    file = _named(path)
    try:
        with _temporary(file, data, None) as temporary:
            for number in itertools.count(1):
                copy = file.with_name(f"{file.name}.before-mfa-session{'' if number == 1 else f'-{number}'}")
                try:
                    copy.hardlink_to(temporary)
                    break
                except FileExistsError:
                    if _is_private(copy) and copy.read_bytes() == data:
                        break
    except OSError as error:
        raise ConfigError(f"no copy of it can be made: {error.strerror}", path=path) from None
    _sync(file.parent)
    return str(copy)


def create(file: Path, data: bytes) -> bool:
    """A new file of mode 0600, which is never seen half written; False where there is one, or a symlink that leads nowhere.

    Raises ConfigError.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _temporary(file, data, None) as temporary:
            try:
                os.link(temporary, file)  # unlike a rename, it fails where there is one
            except FileExistsError:
                return False
            except OSError:  # a file system without hard links: not in one go there
                return _copied(data, file)
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", path=file) from None
    _sync(file.parent)
    return True


def _copied(data: bytes, file: Path) -> bool:
    try:
        with open(file, "xb", opener=lambda path, flags: os.open(path, flags, _NEW)) as new:
            try:
                new.write(data)
                new.flush()
                os.fsync(new.fileno())
            except BaseException:
                file.unlink()
                raise
    except FileExistsError:
        return False
    return True


def _is_private(file: Path) -> bool:
    state = file.lstat()
    return (
        stat.S_ISREG(state.st_mode) and stat.S_IMODE(state.st_mode) == _NEW and state.st_uid == os.geteuid()
    )


def shown(path: str | Path) -> str:
    """The path as a person would write it: from the home folder on."""
    home = os.environ.get("HOME")
    text = str(path)
    return f"~{text.removeprefix(home)}" if home and text.startswith(f"{home}/") else text


@contextlib.contextmanager
def _temporary(file: Path, data: bytes, like: os.stat_result | None) -> Iterator[Path]:
    """A file beside this one with this content, on the disk already; afterwards it is gone, or has another name."""
    stray_files.sweep(file)
    number, name = tempfile.mkstemp(prefix=stray_files.prefix(file), dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as new:
            stray_files.claim(number)
            new.write(data)
            new.flush()
            if like:
                with contextlib.suppress(PermissionError):  # who may not give it away keeps it
                    os.chown(number, like.st_uid, like.st_gid)
            os.chmod(number, stat.S_IMODE(like.st_mode) if like else _NEW)
            os.fsync(number)
            yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have a change of names survive a crash of the machine, where the file system knows how."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _named(path: str | Path) -> Path:
    return path if isinstance(path, Path) else Path(os.path.expanduser(os.path.expandvars(path)))


def _target(path: str | Path) -> Path:
    """The file itself, as botocore finds it; behind a symlink it is the other end that is replaced."""
    return Path(os.path.realpath(_named(path)))
