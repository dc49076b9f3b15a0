"""AWS STS: a base key and a one-time code become a session.

The client gets the base key and nothing else from around it: no inherited keys, no AWS_PROFILE, no
credential_process. What leads to the network (endpoints, CA bundle, proxies, regions) holds as in every AWS tool.
"""

from __future__ import annotations

import contextlib
import email.utils
import time
from typing import TYPE_CHECKING, Any

import boto3.session
import botocore.config
import botocore.exceptions
import botocore.parsers
import botocore.session

from mfa_session import tty
from mfa_session.adapters import aws_errors as errors
from mfa_session.adapters import aws_profile
from mfa_session.errors import MfaSessionError
from mfa_session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mfa_session.model import Account, BaseKey

_SKEW = 30  # seconds that the clock may be off; one code's length

# Where STS is asked if no region is named: a token of the global endpoint is not valid everywhere.
_HOME_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
}


class Sts:
    """STS for one account; `profile` is the AWS profile whose network settings hold, `region` the account's."""

    def __init__(
        self, account: Account, profile: str | None, region: str | None, environ: Mapping[str, str]
    ) -> None:
        self._account = account
        self._profile = profile
        self._region = region
        self._environ = environ
        self._asked_in = region or "its home region"
        self._key_id = ""
        self._skew = 0.0
        self._client: Any = None

    def check(self, key: BaseKey) -> None:
        """See model.Issuer; warns where the clock is off. It also opens the connection that `issue` uses."""
        if key.is_of_a_session:
            raise MfaSessionError(
                f"the base key of {self._account.name} belongs to a session, and sessions can't get sessions",
                "use the IAM user's own key, which starts with AKIA",
            )
        if not key.is_plausible:
            raise MfaSessionError(
                f"what {self._account.name} has for the id of its base key can't be one",
                f"are the two halves mixed up? look at AWS_ACCESS_KEY_ID in {self._account.path}",
            )
        self._key_id = key.access_key_id
        with self._explained():
            self._client = self._connected(key)
            identity = self._client.get_caller_identity()
        self._measure_skew(identity)
        if abs(self._skew) > _SKEW:
            tty.notice(errors.skew(self._skew) + ", so that one-time codes may be refused")
            tty.notice(f"hint: {errors.SET_THE_CLOCK}")
        if identity.get("Account") != self._account.account_id:
            raise MfaSessionError(
                f"the base key of {self._account.name} belongs to account {identity.get('Account')},"
                f" but {self._account.path} says AWS_ACCOUNT_ID={self._account.account_id}",
                "correct the account id, or the key or profile that the file names",
            )

    def _connected(self, key: BaseKey) -> Any:
        # Of each setting: its name in the config file, variables, default, conversion. Without variables, what the
        # environment says of a profile is not even read.
        config, credentials = aws_profile.files(self._environ)
        core = botocore.session.Session(
            session_vars={
                "profile": (None, None, self._profile, None),
                "config_file": (None, None, config, None),
                "credentials_file": (None, None, credentials, None),
            }
        )
        core.user_agent_extra = "mfa-session"
        session = boto3.session.Session(botocore_session=core)
        self._asked_in = self._region or self._region_around(session)
        return session.client(
            "sts",
            region_name=self._asked_in,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
            config=botocore.config.Config(
                connect_timeout=4, read_timeout=6, retries={"mode": "standard", "total_max_attempts": 3}
            ),
        )

    def issue(self, code: str, answered: Callable[[], None]) -> Session:
        """See model.Issuer. The request is sent once: AWS takes a code once, whether its answer arrives or not."""
        events = self._client.meta.events
        events.unregister("needs-retry.sts", unique_id="retry-config-sts")
        with self._explained():
            try:
                answer = self._client.get_session_token(
                    DurationSeconds=self._account.duration,
                    SerialNumber=self._account.mfa_serial,
                    TokenCode=code,
                )
            except botocore.exceptions.ClientError:
                answered()
                raise
        answered()
        given = answer.get("Credentials") or {}
        if not all(
            given.get(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        ):
            raise errors.not_aws(self._client.meta.endpoint_url)
        expires = int(given["Expiration"].timestamp())
        if expires <= time.time():
            raise MfaSessionError(
                "AWS gave a session that has already expired by this machine's clock", errors.SET_THE_CLOCK
            )
        return Session(
            account=self._account.name,
            account_id=self._account.account_id,
            access_key_id=given["AccessKeyId"],
            secret_access_key=given["SecretAccessKey"],
            session_token=given["SessionToken"],
            expires=expires,
            region=self._region,
            duration=self._account.duration,
            path=str(self._account.path),
        )

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors come without their causes, which may show a part of AWS's answer, or a code that AWS repeats."""
        try:
            yield
        except botocore.exceptions.ClientError as error:
            self._measure_skew(error.response)
            raise errors.refused(
                error.response, self._account, self._key_id, self._asked_in, self._skew
            ) from None
        except (
            botocore.exceptions.BotoCoreError,
            botocore.parsers.ResponseParserError,
            LookupError,  # its parser, on a page that is well-formed XML
            RuntimeError,  # the same, on a time that is none
            ValueError,  # the same; or before that, an endpoint that is no address
        ) as error:
            where = self._client.meta.endpoint_url if self._client else "AWS STS"
            raise errors.unreachable(error, where, self._environ) from None

    def _measure_skew(self, answer: Mapping[str, Any]) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        with contextlib.suppress(TypeError, ValueError):  # none, or a proxy's idea of one
            self._skew = time.time() - email.utils.parsedate_to_datetime(date).timestamp()

    def _region_around(self, session: boto3.session.Session) -> str:
        """A region to ask in, for an account that names none: the environment's, if it is in the serial's partition."""
        serial = self._account.mfa_serial
        partition = serial.split(":")[1] if serial.startswith("arn:") else None
        around = self._environ.get("AWS_REGION") or self._environ.get("AWS_DEFAULT_REGION")
        if around:
            with contextlib.suppress(botocore.exceptions.UnknownRegionError):
                if partition in (None, session.get_partition_for_region(around)):
                    return around
        return _HOME_REGIONS.get(partition or "aws", "us-east-1")
