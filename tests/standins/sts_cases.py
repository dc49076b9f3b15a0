"""What the tests of the stand-in's roles and federated sessions have in common."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from standins import sts
from standins.sts_clients import client

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.sts_clients import User

ALICE = sts.DEMO_USER
ADMIN = "arn:aws:iam::111122223333:role/team/admin"  # its path shows in no session's ARN
ELSEWHERE = "arn:aws:iam::444455556666:role/elsewhere"
ASSUMED = "arn:aws:sts::111122223333:assumed-role/admin/work"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TAGS = [{"Key": "Team", "Value": "blue"}, {"Key": "cost centre", "Value": ""}]
DENY = "with an explicit deny in an identity-based policy"
NO_SESSION_POLICY = "because no session policy allows the {0} action"
NO_OWN_POLICY = "because no identity-based policy allows the {0} action"
PATTERN = "failed to satisfy constraint: Member must satisfy regular expression pattern: "


def assume(aws: sts.AwsStandIn, who: User | dict[str, Any], role: str = ADMIN, **more: Any) -> Any:
    return client(aws, "sts", who).assume_role(**{"RoleArn": role, "RoleSessionName": "work"} | more)


def federate(aws: sts.AwsStandIn, who: User | dict[str, Any] = ALICE, **more: Any) -> Any:
    return client(aws, "sts", who).get_federation_token(**{"Name": "bob"} | more)


def refused(call: Callable[..., Any], *args: Any, **params: Any) -> tuple[str, int, str]:
    """Code, HTTP status and text of the error that this call ends in."""
    with pytest.raises(ClientError) as caught:
        call(*args, **params)
    error = caught.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def no(who: str, action: str = "AssumeRole", resource: str = ADMIN, why: str = "") -> tuple[str, int, str]:
    text = f"User: {who} is not authorized to perform: sts:{action} on resource: {resource}"
    return "AccessDenied", 403, f"{text} {why}".rstrip()


def length(relation: str, limit: int) -> str:
    return f"failed to satisfy constraint: Member must have length {relation} than or equal to {limit}"


def policy(*statements: dict[str, Any]) -> str:
    whole = [{"Effect": "Allow", "Resource": "*"} | each for each in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": whole})
