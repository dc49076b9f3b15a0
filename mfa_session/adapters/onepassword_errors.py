"""The error behind what `op` printed. A text that fits no kind is shown as it is: a wrong guess costs more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mfa_session.adapters.onepassword_kinds import KINDS, Kind
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from mfa_session.model import OpItem
    from mfa_session.proc import Result

WORTH_ONE_RETRY = frozenset({"APP_TRANSIENT", "NETWORK"})  # neither has asked anybody anything
# What is wrong lies on the way to the item, not with it; and nobody has been asked for a password.
_TYPING_HELPS = frozenset(
    {"OP_MISSING", "APP_TRANSIENT", "APP_UNREACHABLE", "AUTH_DISMISSED", "AUTH_TIMEOUT"}
)


class OpError(MfaSessionError):
    def __init__(self, kind: str, message: str, *hints: str) -> None:
        super().__init__(message, *hints)
        self.kind = kind
        self.typing_helps = kind in _TYPING_HELPS


_UNKNOWN = Kind(
    "UNKNOWN", (), "op failed, and says: {line}", ("to see it alone, type: op item get {item} --otp",)
)
_PREFIX = re.compile(r"^\[ERROR\] (?:\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2} )?")
_NAMED = re.compile(r'item matches "(?P<item>[^"]+)"|"(?P<vault>[^"]+)" isn\'t a vault')
_DEBUG = re.compile(r"[\d:/ ]*(AM|PM)?[ |\[]*DEBUG\b")  # the time differs with the version
_CANDIDATE = re.compile(r"^\s*\* for the item .* in vault (.*): (\S+)\s*$", re.MULTILINE)


def explain(result: Result, item: OpItem | None) -> OpError:
    """The error that `op` reported, where it exited with a failure or printed nothing."""
    if result.status < 0:
        return OpError("KILLED", f"op was ended by signal {-result.status}", "run it again")
    lines = [line for line in result.stderr.splitlines() if not _is_debug(line)]
    if not any(lines):  # some versions write errors to stdout
        lines = [line for line in result.stdout.splitlines() if line.startswith("[ERROR]")]
    text = "\n".join(lines).strip()
    if not text and result.status == 0 and item:
        return no_code(item)
    if not text or text.endswith("error initializing client:"):
        return no_account()
    lowered = text.lower()
    kind = next((k for k in KINDS if any(anchor in lowered for anchor in k.anchors)), _UNKNOWN)
    return _of(kind, text, item, *_candidates(text, item))


def _of(kind: Kind, text: str, item: OpItem | None, *more_hints: str) -> OpError:
    lines = [line for line in text.splitlines() if line.strip()] or [""]
    line = next((line for line in lines if line.startswith("[ERROR]")), lines[0])
    named = _NAMED.search(line)  # it need not be the item with the code: references lead to others
    words = {
        "line": _PREFIX.sub("", line).strip()[:300],
        "item": repr((named and named["item"]) or (item.item if item else "ITEM")),
        "vault": repr((named and named["vault"]) or (item.vault if item else None) or "VAULT"),
    }
    return OpError(kind.name, *(said.format(**words) for said in (kind.message, *kind.hints)), *more_hints)


def _candidates(text: str, item: OpItem | None) -> list[str]:
    """One hint for each item that an ambiguous name may mean."""
    named = _NAMED.search(text)
    by_reference = not item or not named or named["item"] != item.item
    form = "op://{}/{}/FIELD" if by_reference else "OP_VAULT={} and OP_ITEM={}"
    found: list[tuple[str, str]] = _CANDIDATE.findall(text)
    return [f"one of them is, in the account's file: {form.format(*candidate)}" for candidate in found]


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


def _is_debug(line: str) -> bool:
    return _DEBUG.match(line) is not None


def missing(reason: str | None = None) -> OpError:
    why = f"can't be started: {reason}" if reason else "is not installed, or not on PATH"
    return OpError(
        "OP_MISSING", f"the 1Password CLI, op, {why}", "install it: developer.1password.com/docs/cli"
    )


def no_account() -> OpError:
    return _of(_kind("NO_ACCOUNT"), "", None)


def no_code(item: OpItem) -> OpError:
    return _of(_kind("NO_OTP"), "", item)


def timed_out(seconds: int) -> OpError:
    return OpError(
        "AUTH_TIMEOUT", f"op did not answer within {seconds} s", "run it again and approve the prompt"
    )


def not_a_code(why: str = "op printed something that is not a one-time code") -> OpError:
    # What it printed is not shown: it may be the seed.
    return OpError(
        "NOT_A_CODE", why, "check the item's one-time password in 1Password: 6 digits, SHA-1, 30 seconds"
    )


def not_as_asked() -> OpError:
    return OpError(
        "NOT_AS_ASKED",
        "op did not give one line for each reference",
        "check that the fields the account's file refers to are filled in",
    )
