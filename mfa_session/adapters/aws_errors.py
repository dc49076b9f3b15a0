"""What AWS STS refuses, and what happens on the way to it, in words that say what to do."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import botocore.exceptions
import botocore.parsers

from mfa_session import durations
from mfa_session.adapters import aws_profile, aws_refusals
from mfa_session.adapters.aws_refusals import REFUSALS, SET_THE_CLOCK
from mfa_session.errors import CodeRefused, Denied, MfaSessionError, NotAvailable
from mfa_session.users import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account, Role
    from mfa_session.session import Session

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
    response: Mapping[str, Any],
    account: Account,
    key_id: str,
    region: str,
    skew_seconds: float,
    role: Role | None = None,
    before: Session | None = None,
    service: str = "sts",
) -> MfaSessionError:
    """The error for an answer of AWS that says no; `role` is the one that was to be taken, from `before` if not directly."""
    code = str(response.get("Error", {}).get("Code", ""))
    text = str(response.get("Error", {}).get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    table = (
        *(aws_refusals.OF_IAM if service == "iam" else ()),
        *(aws_refusals.OF_ROLES if role else ()),
        *(aws_refusals.OF_SESSIONS if before else ()),
        *REFUSALS,
    )
    found = next((r for r in table if r.code == code and r.text in text), None)
    if found is None:
        if status >= 500:
            return NotAvailable(
                f"AWS {service.upper()} is in trouble (HTTP {status})", "run it again in a minute"
            )
        if "RequestId" not in response.get("ResponseMetadata", {}):
            return not_aws(None, status)
        return Denied(f"AWS says {code}: {harmless(text)}", "AWS's own words; nothing was changed")
    words = {
        "name": account.name,
        "path": account.path,
        "serial_at": account.where("MFA_SERIAL"),
        "duration_at": account.where("SESSION_DURATION"),
        "serial": account.mfa_serial,
        "item": account.otp.label,
        "key": masked(key_id),
        "region": region,
        "duration": durations.brief(account.duration),
        "skew": skew(_stamped_skew(text) or skew_seconds),
        "text": harmless(text),
        "role": role.arn if role else "",
        "role_duration": account.where("ROLE_DURATION") if role else "",
        "external_id": "Is the external id right?"
        if role and role.external_id
        else "If it wants an external id: --external-id ID",
        "who": before.arn if before else account.name,
    }
    hints = [found.hint.format(**words)]
    if found.kind is CodeRefused and abs(skew_seconds) > 30:
        hints.insert(0, f"{skew(skew_seconds)}: {SET_THE_CLOCK}")
    error: MfaSessionError = found.kind(found.message.format(**words), *hints)
    return error


def unreachable(
    error: Exception, where: str, environ: Mapping[str, str], service: str = "AWS STS"
) -> MfaSessionError:
    """The error for a request that brought no answer, or none of AWS's."""
    where = harmless(where)
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
            f"there is no such region: {harmless(str(error))}", "check AWS_REGION, and the profile's region"
        )
    if isinstance(error, (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)):
        return NotAvailable(
            f"{service} can't be reached at {where}",
            *hints,
            "check the network, and the region",
            f"what the network said: {harmless(str(error))}",
        )
    if isinstance(error, ValueError) and where.startswith("http"):  # it has been asked, and answered
        return not_aws(where)
    if isinstance(error, ValueError):
        return MfaSessionError(
            f"AWS can't be asked: {harmless(str(error))}", *hints, "an address is like https://host"
        )
    return MfaSessionError(
        f"AWS could not be asked: {harmless(str(error))}",
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


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else durations.brief(seconds)


def _stamped_skew(text: str) -> float | None:
    """From `Signature expired: OURS is now earlier than LIMIT (THEIRS - 15 min.)` and its counterpart."""
    stamps = [
        datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%S%z").timestamp()
        for stamp in re.findall(r"\d{8}T\d{6}Z", text)
    ]
    return stamps[0] - stamps[2] if len(stamps) == 3 else None


def harmless(text: str) -> str:
    """AWS repeats a malformed value, which may be a code."""
    text = re.sub(r"(?<=://)[^/@\s]+@", "", text)  # a password in an address
    return re.sub(r"[Vv]alue '[^']*'|value: \S+", "a value", " ".join(text.split()).rstrip("."))[:300]
