"""Profiles that get their credentials in a way that is not done here: which they are, and what to type instead."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from mfa_session import shells
from mfa_session.adapters.aws_config_words import typed

if TYPE_CHECKING:
    from mfa_session.adapters.aws_chain import Link

_SSO = ("sso_session", "sso_start_url", "sso_account_id", "sso_role_name")
_PROFILE = "--aws-profile="
_NOT_DONE = {
    **dict.fromkeys(_SSO, ("SSO is not done here", "type: aws sso login --profile {}")),
    "login_session": ("that is not done here", "type: aws login --profile {}"),
    "credential_source": (
        "that is not done here",
        "write source_profile = NAME in place of it, of a profile that has an access key",
    ),
    **dict.fromkeys(
        ("web_identity_token_file", "web_identity_token_process"),
        (
            "web identities are not done here",
            "type: export AWS_PROFILE={}; AWS's own tools do that themselves",
        ),
    ),
    "credential_process": (
        "what another program gives is no base key",
        "type: export AWS_PROFILE={}; AWS's own tools run it themselves",
        "or put an IAM user's key there: aws configure --profile {}",
    ),
}


def refusal(link: Link, *, is_asked: bool, is_base: bool) -> list[str]:
    """A sentence, and hints, where the AWS CLI would get this profile's credentials in such a way; else nothing."""
    used = ["web_identity_token_file"]
    if link.get("role_arn") and (is_asked or not link.has_key):
        used.append("credential_source")
    # SSO counts more than a key in the same profile, the others less.
    if is_base and (not link.has_key or link.get("sso_account_id") or link.get("sso_role_name")):
        used += _SSO
    if is_base and not link.has_key:
        used += ["login_session", "web_identity_token_process", "credential_process"]
    setting = next(filter(None, map(link.get, used)), None)
    if setting is None:
        return []
    if setting.key == "credential_process" and (words := of_ours(setting.value)):
        return _by_us(link.name, *words)
    why, *hints = _NOT_DONE[setting.key]
    name = typed(link.name)
    return [f"profile {link.name} has {setting.key}, and {why}", *(hint.format(name) for hint in hints)]


def _by_us(name: str, path: str, *options: str) -> list[str]:
    rest = [option for option in options if not option.startswith(_PROFILE)]
    profile = next((option.removeprefix(_PROFILE) for option in options if option.startswith(_PROFILE)), None)
    account = [typed(profile)] if profile else ["--env-file", typed(path)]
    return [
        f"profile {name} gets its sessions from mfa-session, for {f'profile {profile}' if profile else path}",
        f"type: {shells.to_source(' '.join([*account, *map(typed, rest)]), os.environ)}",
    ]


def of_ours(command: str) -> list[str]:
    """The file and the options in a credential_process as `mfa-session configure` writes it; empty for any other."""
    try:
        words = shlex.split(command)
    except ValueError:
        return []
    if words[1:3] == ["-I", "-S"] and words[3:] and words[3].endswith("/mfa_session/ready.py"):
        words = words[3:]
    elif not words or words[0].rpartition("/")[2] != "mfa-session-credentials":
        return []
    return [word for word in words[1:] if word != "--"]
