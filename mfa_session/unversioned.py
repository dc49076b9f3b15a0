"""Keeping a file out of git: whether it is ignored, and the line that makes it so."""

from __future__ import annotations

import os
import re

from mfa_session import proc
from mfa_session.errors import ConfigError

_SECONDS = 3


def ignored(path: str) -> bool | None:
    """Whether git leaves it alone; None where it is in no checkout. What can't be found out counts as not ignored."""
    if checkout(path) is None:
        return None
    return _git("check-ignore", "-q", "--", path) == 0


def tracked(path: str) -> bool:
    """Whether git has a file of this name, which it then never ignores."""
    return checkout(path) is not None and _git("ls-files", "--error-unmatch", "--", path) == 0


def ignore(path: str) -> tuple[str, str] | None:
    """The .gitignore beside the file, and the line it lacks; None where git ignores the file already, or is not there."""
    if ignored(path) is not False:
        return None
    folder, name = os.path.split(path)
    file, line = os.path.join(folder, ".gitignore"), "/" + re.sub(r"([*?\[\]\\])", r"\\\1", name)
    return None if line in _lines(file) else (file, line)


def add_line(file: str, line: str) -> None:
    """Add it at the end, where it counts more than all before; raises ConfigError."""
    try:
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
        before = "".join(_lines(file, keepends=True)[-1:])
        with open(file, "a", encoding="utf-8") as text:
            text.write(("" if before.endswith("\n") or not before else "\n") + line + "\n")
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", path=file) from None


def checkout(path: str) -> str | None:
    """The root of the checkout that it lies in, or would; git itself need not be installed."""
    folder = os.path.dirname(os.path.realpath(path))
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def _git(*words: str) -> int | None:
    """The exit status of git about a file in the checkout around it; None where it could not be asked."""
    root = checkout(words[-1])
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # of a hook
    try:
        # A checkout's own settings can name a program for git to run.
        start = ["git", "-c", "core.fsmonitor=false", "-C", root or "/"]
        git = proc.Running([*start, *words[:-1], os.path.realpath(words[-1])], env, apart=True)
        return git.wait(_SECONDS).status
    except (OSError, proc.TimedOut):
        return None


def _lines(file: str, *, keepends: bool = False) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as text:
            return text.read().splitlines(keepends)
    except OSError:
        return []
