"""The AWS console: a page of it, and the sign-in address that AWS's federation endpoint makes of a session.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html. No SessionDuration is
sent: AWS refuses it for federated users and for roles that were taken from a session; without it, the console lasts as
long as the session.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, quote, urlencode

import botocore.awsrequest
import botocore.exceptions
import botocore.httpsession
import botocore.session
import botocore.utils

from mfa_session.adapters import aws_errors, aws_profile
from mfa_session.errors import Denied, MfaSessionError, NotAvailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.session import Session


class _Place(NamedTuple):
    """Of one partition; `post` says that its endpoint is known to take the session by POST, so that no URL has it."""

    signin: str
    console: str
    post: bool
    region: str = ""  # where none is named; only needed where the sign-in has no host without one


# AWS's Toolkit for JetBrains signs in by POST in aws and aws-cn, and says that GovCloud does not take it; of aws-eusc,
# whose sign-in hosts have a region (docs.aws.eu), only AWS's CLI is known, which uses GET.
_PLACES = {
    "aws": _Place("signin.aws.amazon.com", "console.aws.amazon.com", post=True),
    "aws-cn": _Place("signin.amazonaws.cn", "console.amazonaws.cn", post=True),
    "aws-us-gov": _Place("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com", post=False),
    "aws-eusc": _Place(
        "{}.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu", post=False, region="eusc-de-east-1"
    ),
}
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}")
_IN_AN_ADDRESS = "/?#[]@!$&'()*+,;=:%~"  # what a person has already written as it has to be
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "mfa-session"}
_ON_THE_WAY = ("HTTPS_PROXY", "https_proxy", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


class Console:
    """`profile` is the AWS profile whose CA bundle holds."""

    def __init__(self, profile: str | None, environ: Mapping[str, str]) -> None:
        self._profile = profile
        self._environ = environ

    def check(self, arn: str, region: str | None, path: str | None) -> None:
        """Raises MfaSessionError where there is no such page, or no console in the partition of this ARN."""
        destination(arn, region, path)

    def address(self, session: Session, path: str | None) -> str:
        """Where a browser becomes this session, on the page `path`, within 15 minutes: a secret. Raises MfaSessionError."""
        arn = session.role or session.arn
        place, page = _place(arn), destination(arn, session.region, path)
        endpoint = f"https://{place.signin.format(session.region or place.region)}/federation"
        link = {"Action": "login", "Issuer": "mfa-session", "Destination": page}
        return f"{endpoint}?{urlencode(link | {'SigninToken': self._token(endpoint, place, session)})}"

    def _token(self, endpoint: str, place: _Place, session: Session) -> str:
        values = {
            "sessionId": session.access_key_id,
            "sessionKey": session.secret_access_key,
            "sessionToken": session.session_token,
        }
        form = urlencode({"Action": "getSigninToken", "Session": json.dumps(values)})
        if place.post:
            request = botocore.awsrequest.AWSRequest("POST", endpoint, dict(_FORM), form)
        else:
            request = botocore.awsrequest.AWSRequest("GET", f"{endpoint}?{form}", dict(_FORM))
        status, body = self._send(endpoint, request)
        if status == 400:  # AWS gives no reason
            raise Denied(
                f"AWS does not sign {session.title} in to the console with this session",
                "if it has been revoked or has just ended, a new one helps: add --refresh",
            )
        if status >= 500:
            raise NotAvailable(f"AWS's sign-in is in trouble (HTTP {status})", "run it again in a minute")
        try:
            token = json.loads(body)["SigninToken"]
        except (ValueError, LookupError, TypeError):
            token = None
        if status != 200 or not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise aws_errors.not_aws(endpoint, status)
        return token

    def _send(self, endpoint: str, request: Any) -> tuple[int, bytes]:
        """Errors come without their causes and words: they repeat the address, which may have the session in it."""
        config, _ = aws_profile.files(self._environ)
        settings = {"profile": (None, None, self._profile, None), "config_file": (None, None, config, None)}
        try:
            bundle = botocore.session.Session(session_vars=settings).get_config_variable("ca_bundle")
            # As botocore itself has it for its clients: AWS_CA_BUNDLE, the profile's ca_bundle, then that of requests.
            http = botocore.httpsession.URLLib3Session(
                verify=bundle or self._environ.get("REQUESTS_CA_BUNDLE") or True,
                proxies=botocore.utils.get_environ_proxies(endpoint),
                timeout=(4, 6),
            )
            answer = http.send(request.prepare())
            return answer.status_code, answer.content
        except (botocore.exceptions.SSLError, botocore.exceptions.ConfigParseError) as error:
            raise aws_errors.unreachable(error, endpoint, self._environ) from None
        except (botocore.exceptions.BotoCoreError, ValueError):
            raise NotAvailable(
                f"AWS's sign-in can't be reached at {endpoint}",
                *(f"{name} is set: is it right?" for name in _ON_THE_WAY if self._environ.get(name)),
                "check the network, and the region",
            ) from None


def partition(arn: str) -> str:
    """Of the role, user or device with this ARN; a serial that is none does not tell."""
    return arn.split(":")[1] if arn.startswith("arn:") else "aws"


def _place(arn: str) -> _Place:
    if partition(arn) not in _PLACES:
        raise MfaSessionError(
            f"the console of partition {partition(arn)} is not known to this program",
            "for what runs here, type: mfa-session exec ACCOUNT -- COMMAND",
        )
    return _PLACES[partition(arn)]


def destination(arn: str, region: str | None, path: str | None) -> str:
    """The page of the console, of the partition of this ARN; raises MfaSessionError for what would lead elsewhere."""
    place = _place(arn)
    if region and not _REGION.fullmatch(region):
        raise MfaSessionError(f"{region!r} is not a region", "it is like eu-west-1: correct AWS_REGION")
    path = "/console/home" if path is None else path
    if not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        raise MfaSessionError(f"--path {path!r} is no page of the console", "it is like --path /s3/home")
    page, hash_, fragment = quote(path, _IN_AN_ADDRESS).partition("#")
    before, _, query = page.partition("?")
    region = region or place.region
    if not region or "region" in parse_qs(query):  # the page itself says where it is
        return f"https://{place.console}{page}{hash_}{fragment}"
    query = f"{query}&region={region}" if query else f"region={region}"
    return f"https://{region}.{place.console}{before}?{query}{hash_}{fragment}"
