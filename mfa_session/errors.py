"""What can go wrong in a way that a person can act on: one sentence, then hints that say what to type."""

from __future__ import annotations


class MfaSessionError(Exception):
    """A failure that has been explained; `exit_code` is what the program ends with.

    `typing_helps`: the code could not be fetched, but who has it elsewhere may type it. `of_person`: somebody was asked, or
    would have been, so that trying again at once would ask again. `unanswered`: what was asked for did not come.
    """

    exit_code = 1
    typing_helps = False
    of_person = False
    unanswered = False

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints


class ConfigError(MfaSessionError):
    """Something in an account's file, or in the choice of it; `line` counts from 1."""

    def __init__(self, message: str, *hints: str, path: object = None, line: int | None = None) -> None:
        where = f"{path}:{line}: " if line else f"{path}: " if path else ""
        super().__init__(where + message, *hints)


class NotAvailable(MfaSessionError):
    """A program or a service that this needs is not there or does not answer."""


class Denied(MfaSessionError):
    """Somebody answered, and said no."""


class CodeRefused(Denied):
    """AWS did not take the one-time code: wrong, late, or used before."""


class KeyUnknown(Denied):
    """AWS does not know the access key: not any more, or not yet."""


class QuotaReached(Denied):
    """The user has as many access keys as AWS allows."""


class NoSuchKey(Denied):
    """IAM has no access key of this id for the user."""


class NeedsTerminal(MfaSessionError):
    """Only a person can go on from here, and no terminal leads to one."""

    exit_code = 4
