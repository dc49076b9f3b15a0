"""Whether a base key is neutered, judged by how AWS answers what it asks without MFA."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Each service has its own name for the same "no".
_DENIALS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_REASON = re.compile(
    r"(?P<explicit>with an explicit deny in|because no) (?:an? |the )?"
    r"(?P<kind>[A-Za-z -]*?(?:policy|permissions boundary))\b",
    re.IGNORECASE,
)
_ENOUGH = 3  # services: on one or two, the Deny may have been meant for these
# Without IAM, which does not know such sessions, and S3, which may give no reason.
_ENOUGH_OF_A_SESSION = 2
_POLICY = "for the policy to attach to its user, type: mfa-session policy"
_LOOK = "look at the policies of its user; for one to attach, type: mfa-session policy"


class Probe(NamedTuple):
    """`action` is called as in IAM policies; `outcome` is one of those below, `words` are AWS's.

    "allowed"; "explicit-deny" of the user's own policy; "implicit-deny": nothing allows it; "elsewhere": an SCP, a
    boundary or the like says no; "denied": no reason given; "unknown": no answer, or one about something else.
    """

    action: str
    outcome: str
    words: str

    @property
    def evidence(self) -> str:
        return f"{self.action}: {self.words}"


class Verdict(NamedTuple):
    """`colour` is green, yellow or red; `what` a sentence, `why` another, `hints` what to type, `evidence` AWS's words."""

    colour: str
    what: str
    why: str
    hints: tuple[str, ...]
    evidence: tuple[str, ...]


def outcome(code: str, message: str) -> str:
    """Of an error of AWS."""
    if code not in _DENIALS:
        return "unknown"
    reason = _REASON.search(" ".join(message.split()))
    if not reason:
        return "denied"
    if reason["kind"].lower() != "identity-based policy":
        return "elsewhere"
    return "implicit-deny" if reason["explicit"].lower() == "because no" else "explicit-deny"


def judge(probes: Sequence[Probe]) -> Verdict:
    """Of what a base key was answered, which had no MFA."""
    evidence = tuple(probe.evidence for probe in probes)
    actions = {
        name: _actions(probes, name) for name in ("allowed", "explicit-deny", "implicit-deny", "elsewhere")
    }
    denied = actions["explicit-deny"]
    if holes := actions["allowed"]:
        return _open(holes, denied, evidence)
    if powerless := actions["implicit-deny"]:
        return _powerless(powerless, denied, evidence)
    if actions["elsewhere"]:
        return Verdict(
            "yellow",
            f"the base key is stopped, but {'not everywhere' if denied else 'not'} by its user's own policy",
            f"something else (an SCP, a permissions boundary) denies {_list(actions['elsewhere'])}; AWS names one denial"
            " alone, so that behind it the user's policy may be right, or missing",
            (_LOOK,),
            evidence,
        )
    if len(_services(denied)) >= _ENOUGH:
        return Verdict(
            "green",
            "the base key is neutered",
            f"without MFA, the user's own policy denies {_list(denied)}",
            (),
            evidence,
        )
    return Verdict(
        "yellow",
        "whether the base key is neutered is not known",
        f"only {len(_services(denied))} of {len(_services(probe.action for probe in probes))} services"
        f" said that the user's own policy denies it, and it takes {_ENOUGH} to tell",
        _to_know_more(probes),
        evidence,
    )


def judge_deep(base: Verdict, probes: Sequence[Probe]) -> Verdict:
    """`base`, or a worse verdict: of what a session without MFA was answered, which anybody with the key can have."""
    heard = [
        probe for probe in probes if not (probe.action.startswith("iam:") and probe.outcome == "unknown")
    ]
    evidence = (*base.evidence, *(f"in a session without MFA, {probe.evidence}" for probe in heard))
    if holes := _actions(heard, "allowed"):
        why = (
            f"whoever has the key gets such a session without a code, and it may do {_list(holes)}:"
            " the policy asks whether MFA is named (Null), and not whether it is true"
        )
        if base.colour == "red":
            return base._replace(
                why=f"{base.why}; a session without MFA may do {_list(holes)}", evidence=evidence
            )
        return Verdict("red", "a session without MFA gets in", why, (_POLICY,), evidence)
    if base.colour != "green":
        return base._replace(evidence=evidence)
    if others := _actions(heard, "implicit-deny"):
        return Verdict(
            "yellow",
            "the base key is neutered, but a session without MFA is not",
            f"the user's own policy does not deny it {_list(others)}: it may ask whether MFA is named (Null), and not"
            " whether it is true",
            (_POLICY,),
            evidence,
        )
    denied = _services(_actions(heard, "explicit-deny"))
    if _actions(heard, "elsewhere") or len(denied) < _ENOUGH_OF_A_SESSION:
        return Verdict(
            "yellow",
            "the base key is neutered; whether a session without MFA is, is not known",
            "too few services said that the user's own policy denies it",
            _to_know_more(heard),
            evidence,
        )
    return base._replace(
        what=f"{base.what}, and so is a session without MFA",
        why=f"{base.why}, also to a session without MFA",
        evidence=evidence,
    )


def _open(holes: list[str], denied: list[str], evidence: tuple[str, ...]) -> Verdict:
    if denied:
        return Verdict(
            "red",
            "the base key is not neutered: its policy has a hole",
            f"without MFA it may do {_list(holes)}, though a policy denies {_list(denied)}",
            (f"what its Deny leaves out is open; {_POLICY}",),
            evidence,
        )
    return Verdict(
        "red",
        "the base key is not neutered",
        f"without MFA it may do {_list(holes)}",
        (_POLICY, "if there is one already: a Deny with Bool does nothing here, it takes BoolIfExists"),
        evidence,
    )


def _powerless(powerless: list[str], denied: list[str], evidence: tuple[str, ...]) -> Verdict:
    why = f"nothing allows it {_list(powerless)}, and nothing denies it: the next Allow opens it"
    if denied:
        why += f"; only {_list(denied)} is denied"
    return Verdict("yellow", "the base key is powerless, not neutered", why, (_POLICY,), evidence)


def _to_know_more(probes: Sequence[Probe]) -> tuple[str, ...]:
    hints = [_LOOK]
    if _actions(probes, "unknown"):
        hints.insert(0, "not every service answered: look at what it said, and run it again in a minute")
    return tuple(hints)


def _actions(probes: Sequence[Probe], name: str) -> list[str]:
    return [probe.action for probe in probes if probe.outcome == name]


def _services(actions: Iterable[str]) -> set[str]:
    return {action.partition(":")[0] for action in actions}


def _list(actions: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(actions[:-1]), actions[-1]]))
