"""The connection to AWS STS, or another service, for one key or session and nothing else from around it.

The client gets no inherited keys, no AWS_PROFILE, no credential_process. What leads to the network (endpoints, CA bundle,
proxies, regions) holds as in every AWS tool.
"""

from __future__ import annotations

import contextlib
import email.utils
import functools
import time
from typing import TYPE_CHECKING, Any

import boto3.session
import botocore.config
import botocore.exceptions
import botocore.loaders
import botocore.parsers
import botocore.session

from mfa_session.adapters import aws_errors as errors
from mfa_session.adapters import aws_profile, aws_refusals
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.model import Account, Role
    from mfa_session.session import Session

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


@functools.cache
def _loader(data_path: str | None) -> Any:
    """What reads the SDK's descriptions of services: slow, and the same for all connections of this process."""
    return botocore.loaders.create_loader(data_path)


class Connection:
    """`profile` is the AWS profile whose network settings hold, `region` the account's; `service` is as botocore calls it.

    `skew` is how many seconds this machine's clock was ahead of AWS's when that was last heard of.
    """

    def __init__(
        self,
        account: Account,
        profile: str | None,
        region: str | None,
        environ: Mapping[str, str],
        service: str = "sts",
    ) -> None:
        self.client: Any = None
        self.skew = 0.0
        self._service = service
        self._account = account
        self._profile = profile
        self._region = region
        self._environ = environ
        self._key_id = ""
        self._asked_in = region or "its home region"

    def open(self, access_key_id: str, secret_access_key: str, session_token: str | None = None) -> None:
        """Raises MfaSessionError where that can't be, and has not asked AWS anything."""
        self._key_id = access_key_id
        # Of each setting: its name in the config file, variables, default, conversion. Without variables, what the
        # environment says of a profile is not even read.
        config_file, credentials_file = aws_profile.files(self._environ)
        core = botocore.session.Session(
            session_vars={
                "profile": (None, None, self._profile, None),
                "config_file": (None, None, config_file, None),
                "credentials_file": (None, None, credentials_file, None),
            }
        )
        core.user_agent_extra = "mfa-session"
        with self.explained():
            core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
            session = boto3.session.Session(botocore_session=core)
            self._asked_in = self._region or self._region_around(session)
            config = botocore.config.Config(
                connect_timeout=4, read_timeout=6, retries={"mode": "standard", "total_max_attempts": 3}
            )
            self._make = functools.partial(
                session.client,
                region_name=self._asked_in,
                aws_access_key_id=access_key_id,
                aws_secret_access_key=secret_access_key,
                aws_session_token=session_token,
                config=config,
            )
            self.client = self._make(self._service)

    def client_of(self, service: str, **config: Any) -> Any:
        """A client of another service for the same key; `config` is botocore's. Once it is open, and one at a time."""
        made = self._make.keywords["config"].merge(botocore.config.Config(**config))
        return self._make(service, config=made)

    @contextlib.contextmanager
    def explained(self, role: Role | None = None, before: Session | None = None) -> Iterator[None]:
        """Errors come without their causes, which may show a part of AWS's answer, or a code that AWS repeats."""
        try:
            yield
        except botocore.exceptions.ClientError as error:
            self.measure_skew(error.response)
            raise errors.refused(
                error.response,
                self._account,
                self._key_id,
                self._asked_in,
                self.skew,
                role,
                before,
                self._service,
            ) from None
        except (
            botocore.exceptions.BotoCoreError,
            botocore.parsers.ResponseParserError,
            LookupError,  # its parser, on a page that is well-formed XML
            RuntimeError,  # the same, on a time that is none
            ValueError,  # the same; or before that, an endpoint that is no address
        ) as error:
            name = f"AWS {self._service.upper()}"
            where = self.client.meta.endpoint_url if self.client else name
            raise errors.unreachable(error, where, self._environ, name) from None

    def credentials(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The keys and the end of the session in AWS's answer, as `Session` calls them; raises MfaSessionError."""
        given = answer.get("Credentials") or {}
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        if not all(given.get(name) for name in names):
            raise errors.not_aws(self.client.meta.endpoint_url)
        expires = int(given["Expiration"].timestamp())
        if expires <= time.time():
            raise MfaSessionError(
                "AWS gave a session that has already expired by this machine's clock",
                aws_refusals.SET_THE_CLOCK,
            )
        return {
            "access_key_id": given["AccessKeyId"],
            "secret_access_key": given["SecretAccessKey"],
            "session_token": given["SessionToken"],
            "expires": expires,
        }

    def measure_skew(self, answer: Mapping[str, Any]) -> None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        with contextlib.suppress(TypeError, ValueError):  # none, or a proxy's idea of one
            self.skew = time.time() - email.utils.parsedate_to_datetime(date).timestamp()

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
