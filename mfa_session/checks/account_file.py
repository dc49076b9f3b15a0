"""The account's file: whose it is, who can read it, whether git has it, and what in it means nothing."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

from mfa_session import unversioned
from mfa_session.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account

_SUBJECT, _GIT = "file", "git"
_OF_THE_MODE = "others can read the secret"  # a warning that is said here in other words


def check(account: Account, environ: Mapping[str, str]) -> list[Finding]:
    path = str(account.path)
    secret = has_secret(account)
    if account.profile:  # AWS's own file, and what else is in there is not ours to judge
        return [*_warnings(account), *mode(path, _SUBJECT, secret=False)]
    return [*mode(path, _SUBJECT, secret=secret), *_warnings(account), *_git(path, environ, secret=secret)]


def has_secret(account: Account) -> bool:
    secret = account.key.secret_access_key
    return bool(secret) and not secret.startswith("op://")


def mode(path: str, subject: str, *, secret: bool) -> list[Finding]:
    """Who may read and write the file."""
    try:
        found = os.stat(path)
    except OSError as error:
        return [Finding("red", subject, f"{path} can't be looked at: {error.strerror}")]
    bits = stat.S_IMODE(found.st_mode)
    if found.st_uid not in (os.geteuid(), 0):
        what = f"{path} belongs to another user"
        why = "who owns it decides where your code and key are used"
        return [Finding("red", subject, what, why, (f"type: sudo chown $USER {path}",))]
    if bits & 0o022:
        what = f"others can write to {path} (mode {bits:04o})"
        why = "who writes it decides which key and device are used"
        return [Finding("red" if secret else "yellow", subject, what, why, (f"type: chmod 600 {path}",))]
    if bits & 0o044 and secret:
        what = f"others can read {path} (mode {bits:04o})"
        return [Finding("red", subject, what, "there is a secret key in it", (f"type: chmod 600 {path}",))]
    return [Finding("ok", subject, f"mode {bits:04o}{', and no secret in it' if not secret else ''}")]


def _warnings(account: Account) -> list[Finding]:
    return [
        Finding("yellow", _SUBJECT, warning, "it has no effect", (f"correct it in {account.path}",))
        for warning in account.warnings
        if not warning.startswith(_OF_THE_MODE)
    ]


def _git(path: str, environ: Mapping[str, str], *, secret: bool) -> list[Finding]:
    if unversioned.checkout(path) is None:
        return []
    if not shutil.which("git", path=environ.get("PATH")):
        return [Finding("skipped", _GIT, "not looked at: git is not installed")]
    if unversioned.tracked(path):
        what = "git has it: it is in a commit, or about to be"
        if secret:
            why = "the secret is in the history, and whoever gets that has it"
            rotate = "and then get another key, since this one has been seen"
            return [Finding("red", _GIT, what, why, (f"type: git rm --cached {path}", rotate))]
        why = "there is no secret in it; but a key and an MFA device are one person's"
        hints = (f"if others have this checkout too, type: git rm --cached {path}",)
        return [Finding("note", _GIT, what, why, hints)]
    if unversioned.ignored(path):
        return [Finding("ok", _GIT, "ignored")]
    why = f"the next git add may take it along{', and with it the secret' if secret else ''}"
    hints = (f"type: echo '/{os.path.basename(path)}' >> {os.path.dirname(path)}/.gitignore",)
    return [Finding("yellow" if secret else "note", _GIT, "in a checkout, and not ignored", why, hints)]
