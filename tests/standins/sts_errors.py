"""How AWS says no: one refusal, written in the protocol that the caller's service speaks."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from standins.sts_http import Reply

if TYPE_CHECKING:
    from standins.sts_http import Received

INVALID_TOKEN = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
NO_SUCH_KEY = "The AWS Access Key Id you provided does not exist in our records."
NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
XML = {"", "sts", "iam", "route53", "cloudfront"}  # whatever content type their requests have

# STS's code -> the code, status and text ("" keeps the text) that this kind of service has for the same thing.
DIALECTS = {
    "s3": {
        "InvalidClientTokenId": ("InvalidAccessKeyId", 403, NO_SUCH_KEY),
        "ExpiredToken": ("ExpiredToken", 400, "The provided token has expired."),
        "MissingAuthenticationToken": ("AccessDenied", 403, "Access Denied"),
    },
    "ec2": {
        "InvalidClientTokenId": ("AuthFailure", 401, NOT_VALIDATED),
        "SignatureDoesNotMatch": ("AuthFailure", 401, NOT_VALIDATED),
        "ExpiredToken": ("RequestExpired", 400, "Request has expired."),
        "AccessDenied": ("UnauthorizedOperation", 403, ""),
    },
    "json": {
        "InvalidClientTokenId": ("UnrecognizedClientException", 400, ""),
        "SignatureDoesNotMatch": ("InvalidSignatureException", 400, ""),
        "IncompleteSignature": ("IncompleteSignatureException", 400, ""),
        "ExpiredToken": ("ExpiredTokenException", 400, ""),
        "MissingAuthenticationToken": ("MissingAuthenticationTokenException", 400, ""),
        "AccessDenied": ("AccessDeniedException", 400, ""),
        "Throttling": ("ThrottlingException", 400, ""),
    },
}


@dataclass
class Refusal(Exception):
    code: str
    message: str
    status: int = 403


def protocol(received: Received, service: str) -> str:
    """One of s3, ec2, query, json, cbor, rest-json: what the client will try to parse an error as."""
    kind = received.header("Content-Type")
    if service in ("s3", "ec2"):
        return service
    if received.header("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    if kind.startswith("application/x-amz-json"):
        return "json"
    if service in XML or kind.startswith("application/x-www-form-urlencoded"):
        return "query"
    return "rest-json"


def render(refusal: Refusal, received: Received, service: str) -> Reply:
    """The refusal as the service's own kind of error answer."""
    style = protocol(received, service)
    dialect = DIALECTS.get("json" if style in ("cbor", "rest-json") else style, {})
    code, status, message = dialect.get(refusal.code, (refusal.code, refusal.status, ""))
    message = message or refusal.message
    if style == "ec2" and code == "UnauthorizedOperation":
        message = "You are not authorized to perform this operation. " + message
    if style == "rest-json":
        status = refusal.status  # REST services keep 403 where the RPC ones say 400
    kind, body = _body(style, code, message, "Receiver" if status >= 500 else "Sender")
    headers = [("Content-Type", kind), ("x-amzn-RequestId", request_id()), ("x-amzn-ErrorType", code)]
    return Reply(status, body, headers if "json" in style else headers[:2], error=code)


def request_id() -> str:
    return str(uuid.uuid4())


def _body(style: str, code: str, message: str, blame: str) -> tuple[str, bytes]:
    fields = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    number = f"<RequestId>{request_id()}</RequestId>"
    if style == "cbor":
        return "application/cbor", _cbor({"__type": code, "message": message})
    if style in ("json", "rest-json"):
        return "application/x-amz-json-1.0", json.dumps({"__type": code, "message": message}).encode()
    if style == "s3":
        text = f"<Error>{fields}{number}</Error>"
    elif style == "ec2":
        number = number.replace("RequestId", "RequestID")
        text = f"<Response><Errors><Error>{fields}</Error></Errors>{number}</Response>"
    else:
        error = f"<Error><Type>{blame}</Type>{fields}</Error>"
        text = f'<ErrorResponse xmlns="{NAMESPACE}">{error}{number}</ErrorResponse>'
    return "text/xml", text.encode()


def _cbor(texts: dict[str, str]) -> bytes:
    """A map of texts below 64 KiB: all of CBOR that an error needs."""
    out = bytes([0xA0 + len(texts)])
    for word in (word.encode() for pair in texts.items() for word in pair):
        out += b"\x79" + len(word).to_bytes(2, "big") + word
    return out
