"""SimulatePrincipalPolicy: what the form of the user's policy makes of an action, with MFA, without, or unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from standins import iam_params, sts_denials, sts_params
from standins.iam_forms import IMPLICIT
from standins.sts_people import Caller, Session

if TYPE_CHECKING:
    from standins.sts_people import User

MFA = "aws:multifactorauthpresent"


def simulate(params: dict[str, str], user: User) -> str:
    who = _imagined(user, _mfa(params))
    actions = [params[f"ActionNames.member.{n}"] for n in sts_params.members(params, "ActionNames")]
    shown, more = iam_params.page(params, actions)
    results = "".join(
        f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>*</EvalResourceName>"
        f"<EvalDecision>{_decision(who, action)}</EvalDecision>"
        "<MatchedStatements/><MissingContextValues/></member>"
        for action in shown
    )
    return f"<EvaluationResults>{results}</EvaluationResults>{more}"


def _decision(who: Caller, action: str) -> str:
    service, _, name = action.partition(":")
    if action.lower() == "sts:getsessiontoken" and who.user.policy not in IMPLICIT:
        return "allowed"  # each NotAction has it; that no policy counts for the action itself, the simulator ignores
    return sts_denials.verdict(who, f"{service.lower()}:{name}")


def _imagined(user: User, mfa: str) -> Caller:
    """The base key where nothing was said of MFA, else a session with or without it."""
    if not mfa:
        return Caller(user)
    session = Session(user, mfa=mfa == "true", expires=0, access_key_id="", secret_access_key="", token="")
    return Caller(user, session)


def _mfa(params: dict[str, str]) -> str:
    """The value of aws:MultiFactorAuthPresent, "" where the request does not set it."""
    for number in sts_params.members(params, "ContextEntries"):
        entry = f"ContextEntries.member.{number}"
        if params.get(f"{entry}.ContextKeyName", "").lower() == MFA:
            return params.get(f"{entry}.ContextKeyValues.member.1", "").lower()
    return ""
