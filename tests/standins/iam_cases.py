"""What the tests of the stand-in's IAM share: whose key is whose, and the words for one that is not good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standins.sts_clients import client

if TYPE_CHECKING:
    from standins.sts import AwsStandIn
    from standins.sts_clients import User

INVALID = ("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
UNKNOWN = "AKIAEXAMPLENOBODY000"


def key(made: dict[str, Any]) -> dict[str, Any]:
    """What signs with the key of this answer of CreateAccessKey."""
    return made["AccessKey"] | {"SessionToken": None}


def whoami(aws: AwsStandIn, who: User | dict[str, Any]) -> str:
    return client(aws, "sts", who).get_caller_identity()["Arn"]


def listed(iam: Any) -> list[str]:
    return [one["AccessKeyId"] for one in iam.list_access_keys()["AccessKeyMetadata"]]
