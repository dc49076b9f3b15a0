"""What a request asks for, by the name that IAM has for it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

if TYPE_CHECKING:
    from standins.sts_http import Received

BUCKET = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
OBJECT = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}

PREFIXES = {
    "monitoring": "cloudwatch",
    "email": "ses",
}  # where IAM's name for a service is not the one signed for


def permission(service: str, action: str) -> str:
    return f"{PREFIXES.get(service, service)}:{action}"


def action(received: Received, service: str) -> str:
    """The action's name without its service, in every protocol that AWS has; "Unknown" where nothing tells."""
    if target := received.header("X-Amz-Target"):
        return target.rpartition(".")[2]
    url = urlsplit(received.target)
    if rpc := re.fullmatch(r"/service/\w+/operation/(\w+)", url.path):
        return rpc[1]
    if named := received.params().get("Action"):
        return named
    if service == "s3":
        return _s3(received.method, url.path, url.query)
    for method, path, name in _routes(service):
        if method == received.method and path.fullmatch(url.path):
            return name
    return "Unknown"


def _s3(method: str, path: str, query: str) -> str:
    bucket, _, key = path.lstrip("/").partition("/")
    if not bucket:
        return "ListAllMyBuckets"
    if "location" in query.split("&") and not key:
        return "GetBucketLocation"
    return (OBJECT if key else BUCKET).get(method, "Unknown")


@functools.cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Method, path and name of each operation of a REST service, the most specific path first."""
    try:
        operations = Loader().load_service_model(service, "service-2")["operations"]
    except UnknownServiceError:
        return []
    rows = [(each["http"], each["name"]) for each in operations.values()]
    rows.sort(key=lambda row: row[0]["requestUri"].count("{"))
    return [(http["method"], _pattern(http["requestUri"].partition("?")[0]), name) for http, name in rows]


def _pattern(uri: str) -> re.Pattern[str]:
    escaped = re.escape(uri)
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.sub(r"\\\{\w+\\\+\\\}", ".+", escaped)))
