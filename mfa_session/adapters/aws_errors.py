"""What AWS STS refuses, and what happens on the way to it, in words that say what to do."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.exceptions
import botocore.parsers

from mfa_session import durations
from mfa_session.adapters import aws_profile
from mfa_session.errors import CodeRefused, Denied, MfaSessionError, NotAvailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account

SET_THE_CLOCK = (
    "set this machine's clock: sudo timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS)"
)


class Refusal(NamedTuple):
    code: str
    text: str  # a part of AWS's message
    message: str
    hint: str
    kind: type[MfaSessionError] = Denied


_REFUSALS = (
    Refusal(
        "AccessDenied",
        "invalid MFA one time pass code",
        "AWS refused the one-time code for {serial}",
        "is the 1Password item {item} the one for this device? If its codes are off for good, resynchronize the device in IAM",
        CodeRefused,
    ),
    Refusal(
        "AccessDenied",
        "unable to validate MFA code",
        "AWS knows no MFA device {serial} of the user whose base key this is",
        "copy the device's ARN from IAM > Users > Security credentials into MFA_SERIAL in {path}",
    ),
    Refusal(
        "AccessDenied",
        "must provide both MFA serial number and one time pass code",
        "AWS got only one of serial and code",
        "check MFA_SERIAL in {path}",
    ),
    Refusal(
        "AccessDenied",
        "with session credentials",
        "the base key of {name} belongs to a session, and sessions can't get sessions",
        "use the IAM user's own key, which starts with AKIA",
    ),
    Refusal(
        "AccessDenied",
        "",
        "AWS denies it: {text}",
        "the policies of the user whose base key this is decide that",
    ),
    Refusal(
        "InvalidClientTokenId",
        "",
        "AWS does not know the base key {key} of {name}: deleted, inactive, or of another partition",
        "look at it in IAM > Users > Security credentials; AWS was asked at {region}",
    ),
    Refusal(
        "SignatureDoesNotMatch",
        "Signature expired",
        "AWS refuses requests from this machine: {skew}",
        SET_THE_CLOCK,
    ),
    Refusal(
        "SignatureDoesNotMatch",
        "Signature not yet current",
        "AWS refuses requests from this machine: {skew}",
        SET_THE_CLOCK,
    ),
    Refusal(
        "SignatureDoesNotMatch",
        "",
        "the secret of the base key {key} is not the right one",
        "copy it again; a blank, quote or cut-off end is the usual cause",
    ),
    Refusal("RequestExpired", "", "AWS refuses requests from this machine: {skew}", SET_THE_CLOCK),
    Refusal(
        "ExpiredToken",
        "",
        "the base key of {name} is an expired session",
        "use the IAM user's own key (AKIA…)",
    ),
    Refusal(
        "ValidationError",
        "urationSeconds",
        "AWS does not give a session of {duration}: {text}",
        "choose another SESSION_DURATION in {path}",
    ),
    Refusal("ValidationError", "", "AWS can't read the request: {text}", "check MFA_SERIAL in {path}"),
    Refusal(
        "RegionDisabledException",
        "",
        "AWS STS is switched off in {region} for this account",
        "use AWS_REGION=us-east-1, or have the account's administrator activate STS there",
    ),
    Refusal(
        "PackedPolicyTooLarge",
        "",
        "the session policy is too large: {text}",
        "shorten the policy or its tags",
    ),
    Refusal("MalformedPolicyDocument", "", "AWS can't read the session policy: {text}", "check its JSON"),
    Refusal("Throttling", "", "AWS is asked too often for now", "wait a minute", NotAvailable),
    Refusal(
        "OptInRequired", "", "AWS STS is not open to this account in {region}", "use AWS_REGION=us-east-1"
    ),
)


_ON_THE_WAY = (
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "AWS_CA_BUNDLE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
)


def refused(
    response: Mapping[str, Any], account: Account, key_id: str, region: str, skew_seconds: float
) -> MfaSessionError:
    """The error for an answer of AWS that says no."""
    code = str(response.get("Error", {}).get("Code", ""))
    text = str(response.get("Error", {}).get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    found = next((r for r in _REFUSALS if r.code == code and r.text in text), None)
    if found is None:
        if status >= 500:
            return NotAvailable(f"AWS STS is in trouble (HTTP {status})", "run it again in a minute")
        if "RequestId" not in response.get("ResponseMetadata", {}):
            return not_aws(None, status)
        return Denied(f"AWS says {code}: {_harmless(text)}", "AWS's own words; nothing was changed")
    words = {
        "name": account.name,
        "path": account.path,
        "serial": account.mfa_serial,
        "item": repr(account.otp.item),
        "key": masked(key_id),
        "region": region,
        "duration": durations.brief(account.duration),
        "skew": skew(_stamped_skew(text) or skew_seconds),
        "text": _harmless(text),
    }
    hints = [found.hint.format(**words)]
    if found.kind is CodeRefused and abs(skew_seconds) > 30:
        hints.insert(0, f"{skew(skew_seconds)}: {SET_THE_CLOCK}")
    return found.kind(found.message.format(**words), *hints)


def unreachable(error: Exception, where: str, environ: Mapping[str, str]) -> MfaSessionError:
    """The error for a request that brought no answer, or none of AWS's."""
    where = _harmless(where)
    hints = [f"{name} is set: is it right?" for name in _ON_THE_WAY if environ.get(name)]
    if isinstance(error, (botocore.parsers.ResponseParserError, LookupError, RuntimeError)):
        return not_aws(where)
    if isinstance(error, botocore.exceptions.ConfigParseError):
        return aws_profile.unreadable(error.kwargs.get("path"))
    if isinstance(error, botocore.exceptions.SSLError):
        return NotAvailable(
            f"{where} does not show a certificate that this machine trusts",
            *hints,
            "behind a company's proxy, its CA goes into AWS_CA_BUNDLE",
        )
    if isinstance(error, botocore.exceptions.InvalidRegionError):
        return MfaSessionError(
            f"there is no such region: {_harmless(str(error))}", "check AWS_REGION, and the profile's region"
        )
    if isinstance(error, (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)):
        return NotAvailable(
            f"AWS STS can't be reached at {where}",
            *hints,
            "check the network, and the region",
            f"what the network said: {_harmless(str(error))}",
        )
    if isinstance(error, ValueError) and where.startswith("http"):  # it has been asked, and answered
        return not_aws(where)
    if isinstance(error, ValueError):
        return MfaSessionError(
            f"AWS can't be asked: {_harmless(str(error))}", *hints, "an address is like https://host"
        )
    return MfaSessionError(
        f"AWS could not be asked: {_harmless(str(error))}",
        *hints,
        "check the AWS config file, and the AWS_* variables",
    )


def not_aws(where: str | None, status: int | None = None) -> MfaSessionError:
    said = f" (HTTP {status})" if status else ""
    return NotAvailable(
        f"what answered at {where or 'the address of AWS STS'} is not AWS{said}",
        "a proxy or a login page of the network? Open a page in a browser, or check HTTPS_PROXY",
    )


def skew(seconds: float) -> str:
    """In words, by how much the clock is ahead (positive) or behind; of less than a second nothing is said."""
    if abs(seconds) < 1:
        return "this machine's clock seems to be off"
    return f"this machine's clock is {_length(abs(seconds))} {'ahead' if seconds > 0 else 'behind'}"


def masked(access_key_id: str) -> str:
    return f"****{access_key_id[-4:]}"


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else durations.brief(seconds)


def _stamped_skew(text: str) -> float | None:
    """From `Signature expired: OURS is now earlier than LIMIT (THEIRS - 15 min.)` and its counterpart."""
    stamps = [
        datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%S%z").timestamp()
        for stamp in re.findall(r"\d{8}T\d{6}Z", text)
    ]
    return stamps[0] - stamps[2] if len(stamps) == 3 else None


def _harmless(text: str) -> str:
    """AWS repeats a malformed value, which may be a code."""
    text = re.sub(r"(?<=://)[^/@\s]+@", "", text)  # a password in an address
    return re.sub(r"[Vv]alue '[^']*'|value: \S+", "a value", " ".join(text.split()).rstrip("."))[:300]
