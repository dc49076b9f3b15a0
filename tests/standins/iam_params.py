"""The parameters of a request to IAM: what is missing, and what is not as IAM wants it."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, TypeVar

from standins import sts_params
from standins.sts_errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
# name: shortest, longest, pattern
TEXTS = {
    "UserName": (1, 128, r"[\w+=,.@-]+"),
    "AccessKeyId": (16, 128, r"[\w]+"),
    "Marker": (1, 320, r"[\u0020-\u00FF]+"),
    "PolicySourceArn": (20, 2048, sts_params.ARN),
}
ENUMS = {"Status": ("Active", "Inactive")}
REQUIRED = {
    "UpdateAccessKey": ("AccessKeyId", "Status"),
    "DeleteAccessKey": ("AccessKeyId",),
    "GetAccessKeyLastUsed": ("AccessKeyId",),
    "SimulatePrincipalPolicy": ("PolicySourceArn", "ActionNames"),
}
CONTEXT_TYPES = (
    "string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip", "ipList", "binary",
    "binaryList", "date", "dateList",
)  # fmt: skip


def check(action: str, params: dict[str, str]) -> None:
    """Refuses with all complaints at once, as IAM does."""
    sts_params.check(_complaints(action, params))


def page(params: dict[str, str], items: list[T]) -> tuple[list[T], str]:
    """The items that MaxItems and Marker leave, and the element that says whether there are more."""
    first = _place(params["Marker"], len(items)) if "Marker" in params else 0
    last = first + int(params.get("MaxItems", 100))
    if last >= len(items):
        return items[first:], "<IsTruncated>false</IsTruncated>"
    marker = base64.urlsafe_b64encode(f"item {last}".encode()).decode()
    return items[first:last], f"<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"


def _place(marker: str, end: int) -> int:
    try:
        match = re.fullmatch(rb"item (\d{1,4})", base64.urlsafe_b64decode(marker))
    except ValueError:
        match = None
    if not match or int(match[1]) > end:
        raise Refusal("ValidationError", "Invalid Marker.", 400)  # the text is not AWS's
    return int(match[1])


def _complaints(action: str, params: dict[str, str]) -> Iterator[str]:
    for name in REQUIRED.get(action, ()):
        if name not in params and not sts_params.members(params, name):
            yield f"Value null at '{_member(name)}' failed to satisfy constraint: Member must not be null"
    for name, (shortest, longest, pattern) in TEXTS.items():
        yield from sts_params.text(params, name, shortest, longest, pattern)
    for name, allowed in ENUMS.items():
        yield from _enum(params, name, _member(name), allowed)
    yield from _max_items(params)
    for number in sts_params.members(params, "ActionNames"):
        yield from sts_params.text(params, f"ActionNames.member.{number}", 3, 128, r"[\s\S]*")
    for number in sts_params.members(params, "ContextEntries"):
        name, member = f"ContextEntries.member.{number}", f"contextEntries.{number}.member"
        yield from sts_params.text(params, f"{name}.ContextKeyName", 5, 256, r"[\s\S]*")
        yield from _enum(params, f"{name}.ContextKeyType", f"{member}.contextKeyType", CONTEXT_TYPES)


def _enum(params: dict[str, str], name: str, member: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if name in params and params[name] not in allowed:
        failed = f"Value '{params[name]}' at '{member}' failed to satisfy constraint: "
        yield f"{failed}Member must satisfy enum value set: [{', '.join(allowed)}]"


def _max_items(params: dict[str, str]) -> Iterator[str]:
    if (value := params.get("MaxItems")) is None:
        return
    if not re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        raise Refusal("MalformedInput", "MaxItems is not an integer", 400)
    for wrong, bound in (
        (int(value) < 1, "greater than or equal to 1"),
        (int(value) > 1000, "less than or equal to 1000"),
    ):
        if wrong:
            yield f"Value '{value}' at 'maxItems' failed to satisfy constraint: Member must have value {bound}"


def _member(name: str) -> str:
    return name[0].lower() + name[1:]
