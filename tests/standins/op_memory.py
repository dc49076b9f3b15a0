"""What lasts between calls, one small file per fact beside the state, so that parallel calls need no lock."""

# pathlib is slow to import
# ruff: noqa: PTH103, PTH108, PTH110, PTH116, PTH118, PTH123
from __future__ import annotations

import os
import time

from op_run import Run  # noqa: TC002 - `typing` is slow to import

IDLE = 10 * 60
HARD = 12 * 3600


def terminal_session() -> str | None:
    """Name of this terminal session; a session has one terminal and one leader, the shell of that window."""
    import op_log

    return f"sid-{os.getsid(0)}" if op_log.has_terminal() else None


def _grant(run: Run, account: dict) -> str | None:
    session = terminal_session()
    return session and os.path.join(run.memory, f"granted-{account['account_uuid']}-{session}")


def authorised(run: Run, account: dict) -> bool:
    """Whether a person has approved this account in this terminal session; counts as a use of it."""
    path = _grant(run, account)
    if not path or not run.state["auth"].get("remember", True):
        return False
    try:
        with open(path, encoding="ascii") as file:
            granted = float(file.read())
        fresh = time.time() - os.stat(path).st_mtime < IDLE and time.time() - granted < HARD
        if fresh:
            os.utime(path)
    except (OSError, ValueError):
        return False
    return fresh


def authorise(run: Run, account: dict) -> None:
    path = _grant(run, account)
    if path and run.state["auth"].get("remember", True):
        _write(run, path, str(time.time()))


def new_token(run: Run, mode: str) -> str:
    """A session token of 43 characters, good as long as the state stays in this mode."""
    import base64

    token = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    _write(run, os.path.join(run.memory, "token-" + token), mode)
    return token


def has_token(run: Run, mode: str, account: dict) -> bool:
    names = ("OP_SESSION_" + account["user_uuid"], "OP_SESSION")
    for token in (run.options.get("session"), *(run.environ.get(name) for name in names)):
        if token and "/" not in token:
            try:
                with open(os.path.join(run.memory, "token-" + token), encoding="ascii") as file:
                    return file.read() == mode
            except OSError:
                continue
    return False


def first_time(run: Run, fact: str) -> bool:
    """Whether nobody has said this before, decided for exactly one of several callers."""
    os.makedirs(run.memory, mode=0o700, exist_ok=True)
    try:
        os.close(os.open(os.path.join(run.memory, fact), os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def seen(run: Run, fact: str) -> bool:
    return os.path.exists(os.path.join(run.memory, fact))


def forget(run: Run, fact: str) -> bool:
    """Whether it was known."""
    try:
        os.unlink(os.path.join(run.memory, fact))
    except OSError:
        return False
    return True


def _write(run: Run, path: str, text: str) -> None:
    os.makedirs(run.memory, mode=0o700, exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
