"""The variables of this shell: old ones, and such as contradict each other for one SDK or another."""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING

from mfa_session import durations, refreshing, servers, shells
from mfa_session.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SUBJECT = "shell"
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_OTHER_SOURCES = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
)
_KEYS = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION"


def check(environ: Mapping[str, str], now: float) -> list[Finding]:
    """`now` is in seconds since the epoch."""
    found = [
        *_profiles(environ),
        *_keys(environ),
        *_tokens(environ),
        *_expiry(environ, now),
        *_session(environ),
        *_regions(environ),
        *_others(environ),
        *_files(environ),
    ]
    return found or [Finding("ok", _SUBJECT, "no variable is old, and none contradicts another")]


def _profiles(environ: Mapping[str, str]) -> Iterator[Finding]:
    for name in _PROFILES:
        value = environ.get(name)
        if value == "":
            why = "boto3 and the AWS CLI then look for a profile without a name, and fail"
            yield _yellow(f"{name} is set, and empty", why, f"type: unset {name}")
        elif value and environ.get("AWS_ACCESS_KEY_ID"):
            why = "Node's SDK takes the profile, the others take the key: so they act as two different users"
            yield _yellow(f"{name}={value} is set, and AWS_ACCESS_KEY_ID is too", why, f"type: unset {name}")


def _keys(environ: Mapping[str, str]) -> Iterator[Finding]:
    key_id = environ.get("AWS_ACCESS_KEY_ID", "")
    if key_id.startswith("AKIA"):
        why = "every program takes it before any profile, and what is started from here inherits it"
        hint = "take it out of the file that sets it, and type: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"
        yield _yellow(f"a long-lived key, ****{key_id[-4:]}, is in the environment", why, hint)
    elif key_id and not environ.get("AWS_SECRET_ACCESS_KEY"):
        why = "one half of a key is an error to most SDKs"
        yield _yellow("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY", why, f"type: {_KEYS}")


def _tokens(environ: Mapping[str, str]) -> Iterator[Finding]:
    key_id, token = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SESSION_TOKEN")
    old = environ.get("AWS_SECURITY_TOKEN")
    if old and old != token:
        why = "boto3 and the AWS CLI take it before AWS_SESSION_TOKEN, and AWS then knows no such key"
        yield _yellow("AWS_SECURITY_TOKEN is set", why, "type: unset AWS_SECURITY_TOKEN")
    if token and not key_id:
        why = "it belongs to a key that is gone; beside another key, AWS refuses both"
        yield _yellow(
            "AWS_SESSION_TOKEN is set without AWS_ACCESS_KEY_ID", why, "type: unset AWS_SESSION_TOKEN"
        )
    if key_id.startswith("ASIA") and not token and not old:
        yield _yellow(
            "the key of a session is set without AWS_SESSION_TOKEN",
            "AWS does not know it alone",
            f"type: {_KEYS}",
        )
    if key_id.startswith("AKIA") and token:
        why = "AWS refuses a long-lived key that comes with a token"
        yield _yellow(
            "AWS_SESSION_TOKEN is set beside a long-lived key", why, "type: unset AWS_SESSION_TOKEN"
        )


def _expiry(environ: Mapping[str, str], now: float) -> Iterator[Finding]:
    name = "AWS_CREDENTIAL_EXPIRATION"
    value = environ.get(name)
    if value is None:
        return
    if not environ.get("AWS_ACCESS_KEY_ID"):
        yield Finding(
            "note", _SUBJECT, f"{name} is left over from keys that are gone", hints=(f"type: unset {name}",)
        )
        return
    try:
        end = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        left = (end.timestamp() if end.tzinfo else None) or 0.0
    except ValueError:
        left = 0.0
    if not left:
        why = "boto3 and the AWS CLI fail on it, however good the keys are"
        yield _yellow(f"{name} is not a time like 2026-01-02T03:04:05Z", why, f"type: unset {name}")
    elif left <= now:
        ago = durations.brief(now - left)
        ours = environ.get("AWS_ACCESS_KEY_ID") == environ.get("MFA_SESSION_ACCESS_KEY_ID")
        hints = (
            (_again(environ),)
            if ours
            else (f"type: {_KEYS}", f"or if they are newer keys, type: unset {name}")
        )
        yield _yellow(f"the keys in this shell expired {ago} ago", "they are of no use any more", *hints)


def _again(environ: Mapping[str, str]) -> str:
    return f"type: {shells.to_source('', environ)}"


def _session(environ: Mapping[str, str]) -> Iterator[Finding]:
    name = environ.get("MFA_SESSION_PROFILE")
    if not name or refreshing.profile(environ):
        return
    if refreshing.server(environ):
        yield from _server(name, environ)
        return
    if not environ.get("AWS_ACCESS_KEY_ID"):
        why = "MFA_SESSION_* are still there, and prompts may show it"
        yield _yellow(f"the session of {name} is no longer in this shell", why, _again(environ))
    elif environ.get("AWS_ACCESS_KEY_ID") != environ.get("MFA_SESSION_ACCESS_KEY_ID"):
        why = "the keys here are not its own: programs act as somebody else than prompts show"
        yield _yellow(f"something has replaced the keys of {name}'s session", why, _again(environ))
    account_id, ours = environ.get("AWS_ACCOUNT_ID"), environ.get("MFA_SESSION_ACCOUNT_ID")
    if account_id and ours and account_id != ours:
        why = "SDKs send DynamoDB's requests to that account's address"
        yield _yellow(
            f"AWS_ACCOUNT_ID={account_id}, and the session is of {ours}", why, "type: unset AWS_ACCOUNT_ID"
        )


def _server(name: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    if not servers.of_shell(environ):
        why = "programs here get no session, and somebody else's may listen there by now"
        way = servers.again([name], environ[refreshing.SERVER])
        yield _yellow(
            "the server of this shell has ended", why, f"to start it again, type: {way}", _again(environ)
        )


def _regions(environ: Mapping[str, str]) -> Iterator[Finding]:
    new, old = environ.get("AWS_REGION"), environ.get("AWS_DEFAULT_REGION")
    if new and old and new != old:
        why = "boto3 reads the second alone, most others the first: they work in two regions"
        yield _yellow(
            f"AWS_REGION={new}, and AWS_DEFAULT_REGION={old}", why, f"type: export AWS_DEFAULT_REGION={new}"
        )


def _others(environ: Mapping[str, str]) -> Iterator[Finding]:
    if environ.get("AWS_VAULT"):
        yield Finding(
            "note",
            _SUBJECT,
            f"this shell is aws-vault's, for {environ['AWS_VAULT']}",
            "the keys in it are those that aws-vault got",
            ("to leave it, type: exit",),
        )
    ours = "AWS_CONTAINER_CREDENTIALS_FULL_URI" if refreshing.server(environ) else None
    if sources := [name for name in _OTHER_SOURCES if environ.get(name) and name != ours]:
        why = "where there are no keys in the environment, SDKs get credentials by them"
        yield Finding(
            "note", _SUBJECT, f"{', '.join(sources)} set", why, (f"type: unset {' '.join(sources)}",)
        )
    if urls := sorted(name for name in environ if name.startswith("AWS_ENDPOINT_URL") and environ[name]):
        why = "requests go there in place of AWS"
        yield Finding("note", _SUBJECT, f"{', '.join(urls)} set", why)


def _files(environ: Mapping[str, str]) -> Iterator[Finding]:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        path = environ.get(name)
        if path and not os.path.exists(os.path.expanduser(os.path.expandvars(path))):
            why = "no profile is found that you would look for in ~/.aws"
            yield _yellow(f"{name} names {path}, which is not there", why, f"type: unset {name}")


def _yellow(what: str, why: str, *hints: str) -> Finding:
    return Finding("yellow", _SUBJECT, what, why, hints)
