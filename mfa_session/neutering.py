"""The policy that neuters a base key, as a document of each kind that somebody may want to keep it in, and in words.

It names no ARN, so that it holds in every partition and account.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from mfa_session import durations

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = "deny-all-unless-mfa"
_WHERE = (
    "Attach this to the base key's IAM user, or to a group of users; never to a role:",
    "sessions of roles carry no MFA, so that it would deny them everything.",
)
_BARE_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)  # what HCL takes for the key of an object without quotes


class Options(NamedTuple):
    """What the policy lets through, or denies beside; `max_age` in seconds since the code was given, None for any."""

    allow_list_mfa: bool = False
    direct_assume: bool = False
    max_age: int | None = None


def policy(options: Options) -> dict[str, Any]:
    open_to_the_key = ["sts:GetSessionToken"]
    if options.allow_list_mfa:
        open_to_the_key += ["iam:GetUser", "iam:ListMFADevices"]
    if options.direct_assume:
        open_to_the_key.append("sts:AssumeRole")
    # IfExists, because requests of a long-lived key don't have the key MultiFactorAuthPresent at all, and those of a
    # session without MFA have it, and false. What AWS's services ask on a user's behalf has been checked on its way in.
    without_mfa = {"aws:MultiFactorAuthPresent": "false", "aws:ViaAWSService": "false"}
    statements = [_deny("DenyAllUnlessMfa", open_to_the_key, {"BoolIfExists": without_mfa})]
    if options.max_age is not None:
        # No IfExists here: it would deny what services ask on a user's behalf, which has no age.
        too_old = {"NumericGreaterThan": {"aws:MultiFactorAuthAge": str(options.max_age)}}
        statements.append(_deny("DenyAllIfMfaIsOld", open_to_the_key, too_old))
    return {"Version": "2012-10-17", "Statement": statements}


def in_words(options: Options) -> tuple[str, str]:
    """What it does, and what it leaves open."""
    without, demand = "without MFA", "demand MFA itself"
    left = [
        "GetCallerIdentity and GetSessionToken, which no policy can deny"
        " (a session got without MFA can do no more than the key)"
    ]
    if options.allow_list_mfa:
        left.append("iam:GetUser and iam:ListMFADevices, if another policy allows them")
    if options.max_age is not None:
        without += f", and {durations.brief(options.max_age)} after the code was given,"
        demand += ", and its age"
    if options.direct_assume:
        left.append(f"sts:AssumeRole, so that the trust policy of every role has to {demand}")
    does = f"{without} it denies everything, whatever other policies allow"
    if options.max_age is not None:
        does += "; a role that was taken in time lasts until its session ends"
    return (
        f"for an IAM user that has an MFA device already, or a group of such, never for a role: {does}",
        f"left open to whoever has the key alone: {'; '.join(left)}",
    )


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _terraform(document: dict[str, Any]) -> str:
    """As `terraform fmt` would write it."""
    return f"""\
# {_WHERE[0]}
# {_WHERE[1]}
resource "aws_iam_policy" "{_NAME.replace("-", "_")}" {{
  name        = "{_NAME}"
  description = "Denies everything to whoever comes without MFA."
  policy = jsonencode({_hcl(document, "  ")})
}}
"""


def _cloudformation(document: dict[str, Any]) -> str:
    """Its name is its own, and so needs CAPABILITY_NAMED_IAM."""
    return f"""\
# {_WHERE[0]}
# {_WHERE[1]}
# Its name is fixed, so that the stack needs CAPABILITY_NAMED_IAM.
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  DenyAllUnlessMfa:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: {_NAME}
      Description: Denies everything to whoever comes without MFA.
      PolicyDocument:{_yaml(document, " " * 8)}
"""


FORMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "json": _json,
    "terraform": _terraform,
    "cloudformation": _cloudformation,
}


def _deny(sid: str, open_to_the_key: list[str], condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "NotAction": list(open_to_the_key),
        "Resource": "*",
        "Condition": condition,
    }


def _hcl(value: Any, indent: str) -> str:
    """An expression; objects one key a line, their equals signs in line as long as no value has several lines."""
    if isinstance(value, dict):
        keys = {key: key if _BARE_KEY.fullmatch(key) else json.dumps(key) for key in value}
        flat = [keys[key] for key, inner in value.items() if not _has_lines(inner)]
        width = max(map(len, flat), default=0)
        lines = [
            f"{indent}  {keys[key] if _has_lines(inner) else keys[key].ljust(width)} = {_hcl(inner, indent + '  ')}\n"
            for key, inner in value.items()
        ]
        return "{\n" + "".join(lines) + indent + "}"
    if _has_lines(value):
        return "[\n" + "".join(f"{indent}  {_hcl(one, indent + '  ')},\n" for one in value) + indent + "]"
    return json.dumps(value)  # a string, or a list of them, is written as in JSON


def _has_lines(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict))


def _yaml(value: Any, indent: str) -> str:
    """What stands behind a key's colon; every text in quotes, as `false` and a date would not be texts."""
    if isinstance(value, dict):
        return "".join(f"\n{indent}{key}:{_yaml(inner, indent + '  ')}" for key, inner in value.items())
    if isinstance(value, list):
        items = (_yaml(one, indent + "  ").lstrip() for one in value)
        return "".join(f"\n{indent}- {one}" for one in items)
    return f" {json.dumps(value)}"
