"""An account becomes the source of its codes, and of what its key's references lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import codes as sources
from mfa_session import race
from mfa_session.model import OpItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account, CodeSource


def codes(account: Account, environ: Mapping[str, str], *, typing: bool, given: str | None) -> CodeSource:
    """Where the account's codes come from, or the one that was `given`; `typing` says whether one may be typed instead.

    Raises MfaSessionError where what says so can't be meant.
    """
    from mfa_session.adapters import code_command, onepassword, ykman

    otp, label = account.otp, account.label
    source: CodeSource
    slow: race.SlowSource
    if given is not None:
        source = sources.Given(given)
    elif otp.kind == "command":
        source = code_command.CodeCommand(otp.command, label, environ)
    elif otp.kind == "prompt":
        source = sources.Typed(label)
    else:
        if otp.kind == "ykman":
            slow = ykman.Ykman(otp.name, label, environ)
        else:
            slow = onepassword.OnePassword(otp.op or OpItem(""), label, environ)
        source = race.OrTyped(slow, label) if typing else slow
    if account.key.references and (given is not None or otp.kind != "op"):
        return sources.Split(references(account, environ), source)
    return source


def references(account: Account, environ: Mapping[str, str]) -> CodeSource:
    """1Password, for what the key's references lead to and no code."""
    from mfa_session.adapters import onepassword

    if account.otp.op and account.otp.op.account:
        environ = {**environ, "OP_ACCOUNT": account.otp.op.account}
    return onepassword.OnePassword(None, account.label, environ)
