"""A session in the forms that programs read: a change of environment, credential_process JSON, dotenv."""

from __future__ import annotations

import time

from mfa_session import durations, refreshing
from mfa_session.errors import MfaSessionError

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from mfa_session.session import Session

    class Described(Protocol):
        """What a session, and one that a server has, say of themselves."""

        @property
        def account(self) -> str: ...
        @property
        def account_id(self) -> str: ...
        @property
        def role(self) -> str: ...
        @property
        def scope(self) -> str: ...

    class Lasting(Protocol):
        """`expires` in seconds since the epoch, `left` in seconds."""

        @property
        def expires(self) -> int: ...
        @property
        def left(self) -> int: ...

    Change = Mapping[str, str | None]  # None: unset

# Every activation sets or unsets every one of these, so that nothing old can contradict the new session.
# Who reads which name: botocore and the AWS CLI, the SDKs of Go, JavaScript, Java, Rust and .NET, Terraform,
# and the prompts of starship, powerlevel10k, oh-my-posh and spaceship.
MANAGED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",  # botocore reads it before AWS_SESSION_TOKEN
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",  # the only one that botocore reads
    "AWS_ACCOUNT_ID",  # a stale one sends DynamoDB requests to another account's endpoint
    "AWS_PROFILE",  # with keys and profile both set, the JavaScript SDK takes the profile
    "AWS_DEFAULT_PROFILE",
    "AWS_EB_PROFILE",
    "AWS_VAULT",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWSUME_PROFILE",  # prompts show it, and nothing but awsume acts on it
    "AWSUME_EXPIRATION",
    "AWSUME_COMMAND",
    "MFA_SESSION_PROFILE",
    "MFA_SESSION_ACCOUNT_ID",
    "MFA_SESSION_ACCESS_KEY_ID",
    "MFA_SESSION_EXPIRATION",
    "MFA_SESSION_EXPIRES_EPOCH",
    "MFA_SESSION_ROLE_ARN",
    "MFA_SESSION_SCOPE",
    refreshing.PROFILE,
    refreshing.SERVER,
    refreshing.AWS_CONFIG,
    refreshing.AWS_CREDENTIALS,
)


def timestamp(epoch: int) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`, the one form that every SDK parses."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


def local(epoch: int) -> str:
    """The time on this machine's clock: `23:41`, or `Tue 23:41` where that is not today."""
    then, today = time.localtime(epoch), time.localtime()
    return time.strftime("%H:%M" if then[:3] == today[:3] else "%a %H:%M", then)


def environment(session: Session, environ: Mapping[str, str]) -> dict[str, str | None]:
    """The change of `environ` that makes every program use `session`: each managed name, set or unset."""
    expiration = timestamp(session.expires)
    change: dict[str, str | None] = dict.fromkeys(MANAGED)
    change |= refreshing.files(environ)
    change.update(
        AWS_ACCESS_KEY_ID=session.access_key_id,
        AWS_SECRET_ACCESS_KEY=session.secret_access_key,
        AWS_SESSION_TOKEN=session.session_token,
        AWS_CREDENTIAL_EXPIRATION=expiration,
        AWS_SESSION_EXPIRATION=expiration,
        MFA_SESSION_PROFILE=session.account,
        MFA_SESSION_ACCOUNT_ID=session.account_id,
        MFA_SESSION_ACCESS_KEY_ID=session.access_key_id,
        MFA_SESSION_EXPIRATION=expiration,
        MFA_SESSION_EXPIRES_EPOCH=str(session.expires),
        MFA_SESSION_ROLE_ARN=session.role or None,
        MFA_SESSION_SCOPE=session.scope or None,
    )
    return change | around(session.account, session.region)


def around(account: str, region: str | None) -> dict[str, str | None]:
    """What programs take from the environment besides credentials, and prompts show."""
    return {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWSUME_PROFILE": account}


def without_keys(
    session: Described, way: Mapping[str, str | None], environ: Mapping[str, str]
) -> dict[str, str | None]:
    """The change by which every program gets its sessions in another `way`, and each renews them; now that is `session`."""
    change: dict[str, str | None] = dict.fromkeys(MANAGED)
    change |= refreshing.files(environ)
    change |= {
        "MFA_SESSION_PROFILE": session.account,
        "MFA_SESSION_ACCOUNT_ID": session.account_id,
        "MFA_SESSION_ROLE_ARN": session.role or None,
        "MFA_SESSION_SCOPE": session.scope or None,
    }
    return change | dict(way)


def applied(change: Change, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with the change made."""
    kept = {name: value for name, value in environ.items() if name not in change}
    return kept | {name: value for name, value in change.items() if value is not None}


def outside(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without what it says of a session: for what is to go by an account's file alone."""
    return {name: value for name, value in environ.items() if name not in MANAGED}


def rest(one: Lasting) -> str:
    """For people: `until 23:41, 12h left`."""
    return f"until {local(one.expires)}, {durations.brief(one.left)} left"


def live(session: Session) -> str:
    """For people: `test is live until 23:41 (12h left)`; in a role also where, which need not be the account's own."""
    until, left = local(session.expires), durations.brief(session.left)
    where = f" in {session.account_id}" if session.role else ""
    return f"{session.title}{where} is live until {until} ({left} left)"


def undo(environ: Mapping[str, str]) -> dict[str, str | None]:
    """The change back to `environ`.

    Where a session is already there, what was before it is not known here: the shell's own undo, if it still has
    one, stays; a child shell gets one that unsets.
    """
    if environ.get("MFA_SESSION_PROFILE"):
        return dict.fromkeys(MANAGED)
    return {name: environ.get(name) for name in MANAGED}


def credential_process(session: Session) -> str:
    """The JSON object of the AWS SDKs' credential_process contract, version 1."""
    import json  # `status` needs this module, and not this function

    document = {
        "Version": 1,
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": timestamp(session.expires),
        "AccountId": session.account_id,
    }
    return json.dumps(document) + "\n"


def dotenv(change: Change) -> str:
    """`NAME=value` lines as `docker --env-file` reads them: to the end of the line, with no quoting."""
    for name, value in change.items():
        if value is not None and ("\n" in value or "\r" in value):
            raise MfaSessionError(f"{name} has a line break, which dotenv can't carry", "use --shell json")
    return "".join(f"{name}={value}\n" for name, value in sorted(change.items()) if value is not None)
