"""What a session policy lets through, and what STS says to one that it cannot read."""

from __future__ import annotations

import fnmatch
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from standins import sts_params
from standins.sts_errors import Refusal

VIEW = ["*:List*", "*:Describe*"]
READ = [*VIEW, "*:Get*", "*:Head*", "*:Lookup*", "*:BatchGet*", "*:Query", "*:Scan", "*:Search*", "*:View*"]
MANAGED = {"AdministratorAccess": ["*"], "ReadOnlyAccess": READ, "job-function/ViewOnlyAccess": VIEW}
# AWS packs in a way of its own; this one too grows with what is passed. Two thousand random characters alone fit.
ROOM = 2048


@dataclass(frozen=True)
class SessionPolicy:
    statements: tuple[dict[str, Any], ...]

    def verdict(self, permission: str) -> str:
        """ "allow", "deny", or "" where no statement speaks of it. Resources are not looked at."""
        effects = set()
        for each in self.statements:
            # A condition is never held to be met for what it allows, and always for what it denies.
            if _speaks_of(each, permission) and (each["Effect"] == "Deny" or "Condition" not in each):
                effects.add(each["Effect"])
        return "deny" if "Deny" in effects else "allow" if effects else ""


def matches(patterns: list[str] | str, permission: str) -> bool:
    wanted = permission.lower()
    return any(fnmatch.fnmatchcase(wanted, pattern.lower()) for pattern in _listed(patterns))


def read(params: dict[str, str], partition: str) -> SessionPolicy | None:
    """The union of the inline and the managed policies of a request, None where it passes none."""
    arns = [value for name, value in sorted(params.items()) if name.startswith("PolicyArns.member.")]
    if len(arns) > 10:
        # The limit is documented, code and text are not known.
        raise Refusal(
            "ValidationError", f"The number of policy ARNs, {len(arns)}, exceeds the limit of 10.", 400
        )
    statements = _inline(params["Policy"]) if "Policy" in params else []
    for arn in arns:
        name = arn.removeprefix(f"arn:{partition}:iam::aws:policy/")
        if name not in MANAGED:
            # IAM's words for it; those of STS are not known.
            raise Refusal(
                "MalformedPolicyDocument", f"Policy {arn} does not exist or is not attachable.", 400
            )
        statements.append({"Effect": "Allow", "Action": MANAGED[name], "Resource": "*"})
    return SessionPolicy(tuple(statements)) if arns or "Policy" in params else None


def packed(params: dict[str, str], inherited: dict[str, str]) -> int | None:
    """Percent of the space that policies and tags take; None where there are none."""
    kinds = ("Policy", "PolicyArns.", "Tags.", "TransitiveTagKeys.")
    texts = [value for name, value in sorted(params.items()) if name.startswith(kinds)]
    texts += [text for pair in inherited.items() for text in pair]
    if not texts:
        return None
    percent = -(-100 * len(zlib.compress("\0".join(texts).encode(), 9)) // ROOM)
    if percent > 100:
        text = f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        raise Refusal("PackedPolicyTooLarge", text, 400)
    return percent


def tags(params: dict[str, str], inherited: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The tags of a new session, and which of them it will hand on in its turn."""
    numbers = sts_params.members(params, "Tags")
    passed = {params[f"Tags.member.{n}.Key"]: params[f"Tags.member.{n}.Value"] for n in numbers}
    asked = [params[f"TransitiveTagKeys.member.{n}"] for n in sts_params.members(params, "TransitiveTagKeys")]
    folded = {key.lower() for key in passed}
    if len(folded) < len(numbers):
        raise _bad_tag("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith("aws:") for key in folded):
        raise _bad_tag("Tag keys that start with aws: are reserved for system use.")  # the text is not AWS's
    if folded & {key.lower() for key in inherited}:
        raise _bad_tag(
            "One of the specified transitive tag keys can't be set because it conflicts with "
            "a transitive tag key from the calling session."
        )
    if not {key.lower() for key in asked} <= folded:
        raise _bad_tag("The specified transitive tag key must be included in the requested tags.")
    handed_on = {
        key: value for key, value in passed.items() if key.lower() in {each.lower() for each in asked}
    }
    return {**inherited, **passed}, {**inherited, **handed_on}


def _inline(text: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
    except ValueError:
        raise _malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict) or document.get("Version") not in ("2012-10-17", "2008-10-17"):
        raise _malformed("Syntax errors in policy.")
    statements = document.get("Statement")
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not statements:
        raise _malformed("Syntax errors in policy.")
    for each in statements:
        _check(each)
    return statements


def _check(statement: Any) -> None:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed("Syntax errors in policy.")
    if {"Principal", "NotPrincipal"} & set(statement):
        raise _malformed("Policy document should not specify a principal.")
    actions = [name for name in ("Action", "NotAction") if _texts(statement.get(name))]
    if len(actions) != 1:
        raise _malformed("Policy statement must contain actions.")
    if not _texts(statement.get("Resource")) and not _texts(statement.get("NotResource")):
        raise _malformed("Policy statement must contain resources.")
    if any(not re.fullmatch(r"\*|[\w-]+:.+", action) for action in _listed(statement[actions[0]])):
        raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")


def _speaks_of(statement: dict[str, Any], permission: str) -> bool:
    if "Action" in statement:
        return matches(statement["Action"], permission)
    return not matches(statement["NotAction"], permission)


def _listed(value: list[str] | str) -> list[str]:
    return [value] if isinstance(value, str) else value


def _texts(value: Any) -> bool:
    return bool(value) and isinstance(value, (str, list)) and all(isinstance(each, str) for each in value)


def _malformed(text: str) -> Refusal:
    return Refusal("MalformedPolicyDocument", text, 400)


def _bad_tag(text: str) -> Refusal:
    return Refusal("InvalidParameterValue", text, 400)
