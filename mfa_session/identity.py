"""What a session belongs to, as the names that it is kept under."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account, Role

# Before what `of_file` says: where the answer of credential_process is kept ready-made. keyctl(1) also looks through a
# list of all users' keys, one to a line: what has a line break in its name is not found in there.
READY = "mfa-session:ready:\n"
# How the keys of roles' sessions begin: they can be had again from the MFA session, with no touch.
ROLE = "role-"
# A file that has just been written may be written again before its time of change can show it.
_SETTLED = 0.05  # seconds


def of_file(path: str, environ: Mapping[str, str]) -> str | None:
    """The account's file and all else that decides which session it leads to, as they are now, unread.

    `shell/mfa-session-credentials` makes the same text. None where that can't be told, so that the file has to be read.
    """
    home = environ.get("HOME")
    config = environ.get("AWS_CONFIG_FILE") or f"{home}/.aws/config"
    credentials = environ.get("AWS_SHARED_CREDENTIALS_FILE") or f"{home}/.aws/credentials"
    # Those botocore expands, and nothing here does.
    expanded = any(file.startswith("~") or "$" in file for file in (config, credentials))
    if not home or not path.isprintable() or expanded:
        return None
    stats = "".join(_stat(file) for file in (path, config, credentials))
    # Of those that are not there, the names still count: the script does not see that one would be expanded.
    names = f"{config};{credentials}"
    return " ".join([*_around(environ), names, stats]) if stats.startswith(f"{path} ") else None


def _around(environ: Mapping[str, str]) -> list[str]:
    """Who is asked: which AWS, and which 1Password where the file names none."""
    return [environ.get(name, "") for name in ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL", "OP_ACCOUNT")]


def _stat(path: str) -> str:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ""
    seconds, nanoseconds = divmod(found.st_ctime_ns, 1_000_000_000)
    return f"{path} {found.st_ino} {found.st_size} {seconds}.{nanoseconds:09d};"


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


def of_device(account: Account, base_key: str, environ: Mapping[str, str]) -> str:
    """A hash over everything that changes an MFA session. `base_key` is the key's id, or the references to it."""
    parts = (account.account_id, account.mfa_serial, base_key, str(account.duration), repr(account.otp))
    return _hash(*parts, *_around(environ))


def of_account(account: Account, device: str) -> str:
    """The same, and the whole text of the account's file: what it is kept under for those whose account that is."""
    return _hash(device, account.text_hash)


def of_role(before: str, account: Account, role: Role) -> str:
    """For a role's session that is taken from the session with the key `before`."""
    return ROLE + _hash(before, repr(role), "direct" if account.direct else "")


def _hash(*parts: str) -> str:
    import hashlib  # only where the file has been read

    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]
