"""Signature Version 4 from the server's side: recompute what the client must have sent, and compare."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from standins.sts_errors import EXPIRED, Refusal

if TYPE_CHECKING:
    from standins.sts_http import Received
    from standins.sts_world import Caller, World

STAMP = "%Y%m%dT%H%M%SZ"
TOLERANCE = 15 * 60
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)"
    r"/aws4_request,\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Claim:
    access_key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def read(received: Received) -> Claim | Refusal:
    """What the Authorization header says, unverified, or why it says nothing."""
    header = received.header("Authorization")
    if not header:
        return Refusal("MissingAuthenticationToken", "Request is missing Authentication Token")
    match = AUTHORIZATION.fullmatch(header.strip())
    if not match:
        return Refusal("IncompleteSignature", "Authorization is no complete AWS4-HMAC-SHA256 signature.", 400)
    key, day, region, service, headers, signature = match.groups()
    return Claim(key, day, region, service, tuple(headers.split(";")), signature)


def authenticate(claimed: Claim, received: Received, world: World, now: float) -> Caller:
    """The caller, once date, key, token, signature and the session's expiry have all been found good."""
    stamp = _stamp(received)
    _check_date(claimed, stamp, now)
    caller = world.caller(claimed.access_key_id, received.header("X-Amz-Security-Token"))
    if not hmac.compare_digest(_signature(claimed, received, caller.secret, stamp), claimed.signature):
        raise Refusal("SignatureDoesNotMatch", MISMATCH)
    if caller.session and caller.session.expires <= now:
        raise Refusal("ExpiredToken", EXPIRED)
    return caller


def _stamp(received: Received) -> str:
    stamp, date = received.header("X-Amz-Date"), received.header("Date")
    try:
        if not stamp and date:
            stamp = parsedate_to_datetime(date).astimezone(timezone.utc).strftime(STAMP)
        datetime.strptime(stamp, STAMP)
    except ValueError:
        text = f"Date must be in ISO-8601 'basic format'. Got '{stamp}'."
        raise Refusal("IncompleteSignature", text, 400) from None
    return stamp


def _check_date(claimed: Claim, stamp: str, now: float) -> None:
    sent = datetime.strptime(stamp, STAMP).replace(tzinfo=timezone.utc).timestamp()
    if claimed.day != stamp[:8]:
        text = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"
        raise Refusal("SignatureDoesNotMatch", f"{text}: '{claimed.day}' != '{stamp[:8]}', from '{stamp}'.")
    if sent < now - TOLERANCE:
        limit = f"earlier than {_iso(now - TOLERANCE)} ({_iso(now)} - 15 min.)"
        raise Refusal("SignatureDoesNotMatch", f"Signature expired: {stamp} is now {limit}")
    if sent > now + TOLERANCE:
        limit = f"later than {_iso(now + TOLERANCE)} ({_iso(now)} + 15 min.)"
        raise Refusal("SignatureDoesNotMatch", f"Signature not yet current: {stamp} is still {limit}")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime(STAMP)


def _signature(claimed: Claim, received: Received, secret: str, stamp: str) -> str:
    """The signature that the holder of `secret` would have made; "" where what was sent can't be signed so."""
    signed = HTTPHeaders()
    for name in claimed.signed_headers:
        for value in received.headers.get_all(name, []):
            signed[name] = value
    must = {"host", "x-amz-date" if received.header("X-Amz-Date") else "date"}
    must |= {name.lower() for name in received.headers if name.lower() == "x-amz-security-token"}
    if not must <= set(claimed.signed_headers):
        return ""
    digest = hashlib.sha256(received.body).hexdigest()
    declared = received.header("X-Amz-Content-SHA256") or digest
    if declared != digest and not declared.startswith(("UNSIGNED-PAYLOAD", "STREAMING-")):
        return ""
    request = AWSRequest(received.method, f"http://{received.header('Host')}{received.target}")
    request.headers["X-Amz-Content-SHA256"] = declared
    request.context["timestamp"] = stamp
    credentials = Credentials(claimed.access_key_id, secret)
    # S3 signs the path as it is; every other service signs it normalised and encoded once more.
    base = S3SigV4Auth if claimed.service == "s3" else SigV4Auth
    auth = base(credentials, claimed.service, claimed.region)
    auth.headers_to_sign = lambda _request: signed  # botocore would choose; here the client has chosen
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
