"""What a session belongs to, as the names that it is kept under."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account

READY = "mfa-session:ready:"
# A file that has just been written may be written again before its time of change can show it.
_SETTLED = 0.05  # seconds


def of_file(path: str, environ: Mapping[str, str]) -> str | None:
    """The account's file and all else that decides which session it leads to, as they are now, unread.

    `shell/mfa-session-credentials` makes the same text. None where that can't be told, so that the file has to be read.
    """
    home = environ.get("HOME")
    config = environ.get("AWS_CONFIG_FILE") or f"{home}/.aws/config"
    credentials = environ.get("AWS_SHARED_CREDENTIALS_FILE") or f"{home}/.aws/credentials"
    expanded = any(
        file.startswith("~") or "$" in file for file in (config, credentials)
    )  # by botocore, not here
    if not home or not path.isprintable() or expanded:
        return None
    stats = "".join(_stat(file) for file in (path, config, credentials))
    endpoints = [environ.get(name, "") for name in ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL")]
    return " ".join([*endpoints, stats]) if stats.startswith(f"{path} ") else None


def _stat(path: str) -> str:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ""
    seconds, nanoseconds = divmod(found.st_ctime_ns, 1_000_000_000)
    return f"{path} {found.st_ino} {found.st_size} {seconds}.{nanoseconds:09d};"


def ready_name(identity: str, environ: Mapping[str, str], *, new: bool = False) -> str | None:
    """What the answer of credential_process is kept under, ready-made.

    keyctl(1) looks for it among the keys of all users, so a salt makes the name one that no other can put there; with
    `new`, that is made where it is missing. None where it can't be.
    """
    home = environ.get("HOME")
    state = environ.get("XDG_STATE_HOME") or (home and f"{home}/.local/state")
    try:
        salt = _salt(f"{state}/mfa-session", new=new) if state else ""
    except (OSError, ValueError):
        return None
    return f"{READY}{salt} {identity}" if salt else None


def _salt(folder: str, *, new: bool) -> str:
    path = f"{folder}/salt"
    if new and not os.path.exists(path):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        made = f"{path}.{os.getpid()}"
        file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, f"{os.urandom(16).hex()}\n".encode())
            os.link(made, path)  # whole, and the first one stays
        except FileExistsError:
            pass
        finally:
            os.close(file)
            os.unlink(made)
    there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.fstat(there)
        ours = found.st_uid == os.geteuid() and not found.st_mode & 0o077
        return os.read(there, 100).decode().strip() if ours else ""
    finally:
        os.close(there)


def settled(path: str) -> bool:
    """Whether a later change of the file would show in `of_file`; if it has just been written, that is waited for.

    To be asked before the file is read: what is written between the two is then seen by one of them.
    """
    try:
        age = time.time() - os.stat(path).st_ctime
        if 0 <= age <= _SETTLED:
            time.sleep(_SETTLED)
            age = time.time() - os.stat(path).st_ctime
    except OSError:
        return False
    return age > _SETTLED


def of_account(account: Account, base_key: str, environ: Mapping[str, str]) -> str:
    """A hash over everything that changes the session, the whole text of the account's file included.

    `base_key` is the key's id, or the references to it.
    """
    import hashlib  # only where the file has been read

    parts = (
        account.text_hash,
        account.account_id,
        account.mfa_serial,
        base_key,
        str(account.duration),
        repr(account.otp),
        environ.get("AWS_ENDPOINT_URL_STS", ""),
        environ.get("AWS_ENDPOINT_URL", ""),
    )
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]
