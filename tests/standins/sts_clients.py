"""Clients for the AWS stand-in, signed with whatever key a test wants to try."""

from __future__ import annotations

import contextlib
import functools
import http.client
import threading
import time
from typing import TYPE_CHECKING, Any

import botocore.loaders
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from standins import totp
from standins.sts_world import User

if TYPE_CHECKING:
    from standins.sts import AwsStandIn

FORM = "application/x-www-form-urlencoded"


class MidStep:
    """A clock that stands in the middle of the present 30-second step until it is moved."""

    def __init__(self) -> None:
        self.at = totp.step(time.time()) * totp.PERIOD + totp.PERIOD / 2

    def __call__(self) -> float:
        return self.at


def client(
    aws: AwsStandIn, service: str, who: User | dict[str, Any], attempts: int = 1, **config: Any
) -> Any:
    """A client for a base key or a session as GetSessionToken answered it; it checks no parameter itself."""
    key = credentials(who)
    retries = {"total_max_attempts": attempts}
    lax = Config(retries=retries, parameter_validation=False, proxies={}, **config)
    return _session(threading.get_ident()).create_client(
        service, "eu-west-1", endpoint_url=aws.url, aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret_key, aws_session_token=key.token, config=lax,
    )  # fmt: skip


@functools.cache
def _session(_thread: int) -> Any:
    """One for all clients of a thread: making it is most of what making a client costs."""
    session = botocore.session.Session()
    # Only what is given to a client counts: no profile, no file, no proxy of the machine that runs the tests.
    for name in ("profile", "config_file", "credentials_file"):
        session.set_config_variable(name, None if name == "profile" else "/dev/null")
    session.register_component("data_loader", _loader())
    return session


@functools.cache
def _loader() -> Any:
    """One for all threads: it reads the descriptions of the services."""
    return botocore.loaders.create_loader()


def credentials(who: User | dict[str, Any]) -> Credentials:
    if isinstance(who, User):
        return Credentials(who.access_key_id, who.secret_access_key)
    return Credentials(who["AccessKeyId"], who["SecretAccessKey"], who["SessionToken"])


def login(aws: AwsStandIn, user: User, *, mfa: bool = True, **more: Any) -> dict[str, Any]:
    """The session for this user's base key and present code."""
    if mfa:
        more |= {"SerialNumber": user.mfa_serial, "TokenCode": totp.code(user.seed, aws.clock())}
    return client(aws, "sts", user).get_session_token(**more)["Credentials"]


def signed(aws: AwsStandIn, who: User | dict[str, Any], body: bytes, service: str = "sts") -> dict[str, str]:
    """The headers of a signed POST of this body to "/"."""
    request = AWSRequest("POST", aws.url + "/", headers={"Content-Type": FORM}, data=body)
    SigV4Auth(credentials(who), service, "eu-west-1").add_auth(request)
    return dict(request.headers)


def connect(aws: AwsStandIn) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection(aws.url.removeprefix("http://"), timeout=30))
