"""What AWS STS takes for a role, checked before anybody is asked for a touch.

Limits and patterns: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. Each function raises
ValueError with a sentence about the value, and perhaps a hint.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from mfa_session import durations

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.model import Role

CHAINED = 3600  # seconds that AWS gives at most for a role that is taken from a session
LONGEST = 12 * 3600
_ARN = re.compile(r"arn:aws[\w-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)
_POLICY_ARN = re.compile(r"arn:aws[\w-]*:iam::([0-9]{12}|aws):policy/[\w+=,.@/-]{1,576}", re.ASCII)
_LIKE = 'it is like {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
_MOST_CHARACTERS = 2048  # of a policy and the ARNs of policies together


def arn(text: str) -> str:
    if not _ARN.fullmatch(text):
        raise ValueError(
            f"{text!r} is not the ARN of a role", "it is like arn:aws:iam::111122223333:role/NAME"
        )
    return text


def session_name(text: str) -> str:
    return _matching(text, 2, 64, r"[\w+=,.@-]*", "the name of a role session", "letters, digits and _+=,.@-")


def external_id(text: str) -> str:
    return _matching(text, 2, 1224, r"[\w+=,.@:/-]*", "an external id", "letters, digits and _+=,.@:/-")


def source_identity(text: str) -> str:
    if text.startswith("aws:"):
        raise ValueError(f"{text!r} begins with aws:, which AWS keeps for itself", "choose another name")
    return _matching(text, 2, 64, r"[\w+=,.@-]*", "a source identity", "letters, digits and _+=,.@-")


def duration(text: str) -> int:
    """Seconds."""
    try:
        return durations.parse(text, longest=LONGEST)
    except ValueError as error:
        raise ValueError(*error.args, "write 1h, say") from None


def tags(text: str) -> tuple[tuple[str, str], ...]:
    """`k=v,k2=v2`; a comma can't be part of one."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    found = tuple((key.strip(), value.strip()) for key, _, value in pairs)
    if not all(equals and key for (key, _), (_, equals, _) in zip(found, pairs, strict=True)):
        raise ValueError(f"{text!r} is not a list of tags", "write them like Project=web,Team=data")
    if len(found) > 50:
        raise ValueError(f"has {len(found)} tags, and AWS takes 50", "leave some out")
    for key, value in found:
        _tag_part(key, 128, "key")
        _tag_part(value, 256, "value")
        if key.lower().startswith("aws:"):
            raise ValueError(f"{key!r} begins with aws:, which AWS keeps for itself", "choose another key")
    keys = [key.lower() for key, _ in found]
    if twice := next((key for key, _ in found if keys.count(key.lower()) > 1), None):
        raise ValueError(
            f"has the tag {twice} twice, and AWS sees no difference between large and small letters",
            "leave one out",
        )
    return found


def transitive(text: str) -> tuple[str, ...]:
    return tuple(key for key in (part.strip() for part in text.split(",")) if key)


def policy(text: str) -> str:
    """The policy in as few characters as it can be written with."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(
            f"is not JSON: {str(error).lower()}", "to see where, type: python3 -m json.tool FILE"
        ) from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise ValueError("is not an IAM policy: it has no Statement", _LIKE)
    short = json.dumps(document, separators=(",", ":"))
    if len(short) > _MOST_CHARACTERS:
        raise ValueError(
            f"has {len(short)} characters without its blanks, and AWS takes {_MOST_CHARACTERS}",
            "shorten it, by wildcards say, or name a managed policy by --policy-arn",
        )
    return short


def policy_arn(text: str) -> str:
    if not _POLICY_ARN.fullmatch(text):
        raise ValueError(
            f"{text!r} is not the ARN of a policy", "it is like arn:aws:iam::aws:policy/ReadOnlyAccess"
        )
    return text


def check(role: Role) -> None:
    """What can only be told of its tags together; the sentence is about TRANSITIVE_TAGS."""
    keys = {key for key, _ in role.tags}
    if stranger := next((key for key in role.transitive if key not in keys), None):
        raise ValueError(
            f"names {stranger}, which is none of the session's tags", f"add {stranger}=VALUE to those"
        )


def check_policies(role: Role) -> None:
    """The same of its policies; the sentence needs no name before it."""
    if len(role.policy_arns) > 10:
        raise ValueError(f"there are {len(role.policy_arns)} policy ARNs, and AWS takes 10", "name fewer")
    characters = len(role.policy) + sum(map(len, role.policy_arns))
    if characters > _MOST_CHARACTERS:
        raise ValueError(
            f"policy and policy ARNs have {characters} characters together, and AWS takes {_MOST_CHARACTERS}",
            "shorten the policy, or name fewer ARNs",
        )


# Each setting of a role that is one text: how it is read, and the field that it becomes. An account's file has them in
# capitals, the command line behind two dashes.
SETTINGS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "role_arn": ("arn", arn),
    "role_session_name": ("session_name", session_name),
    "external_id": ("external_id", external_id),
    "role_duration": ("duration", duration),
    "source_identity": ("source_identity", source_identity),
    "session_tags": ("tags", tags),
    "transitive_tags": ("transitive", transitive),
}


def _matching(text: str, shortest: int, longest: int, pattern: str, what: str, allowed: str) -> str:
    if not shortest <= len(text) <= longest or not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(f"{text!r} can't be {what}", f"AWS takes {shortest} to {longest} of {allowed}")
    return text


def _tag_part(text: str, longest: int, what: str) -> None:
    if len(text) > longest:
        raise ValueError(f"has a tag {what} of {len(text)} characters, and AWS takes {longest}", "shorten it")
    strange = next((c for c in text if unicodedata.category(c)[0] not in "LZN" and c not in "_.:/=+-@"), None)
    if strange:
        raise ValueError(f"has {strange!r} in a tag", "AWS takes letters, digits, blanks and _.:/=+-@")
