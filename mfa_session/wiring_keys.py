"""An account becomes what looks after its base key: the place where that is stored, and AWS's own view of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.adapters.aws_credentials import ProfileKey as ProfileKey
    from mfa_session.adapters.aws_iam import Iam
    from mfa_session.adapters.onepassword_items import Items as Items
    from mfa_session.adapters.onepassword_items import Listed as Listed
    from mfa_session.model import Account, BaseKey, KeyPlace
    from mfa_session.session import Session
    from mfa_session.turns import Turns
    from mfa_session.users import Identity
    from mfa_session.wiring import KeySource


def identity(
    account: Account, key: BaseKey | Session, source: KeySource | None, environ: Mapping[str, str]
) -> Identity:
    """Whose the key is; raises KeyUnknown, and other MfaSessionErrors. `source` lends its network settings and region."""
    from mfa_session.adapters import aws_identity

    return aws_identity.of(account, key, *_where(account, source), environ)


def iam(
    account: Account, key: BaseKey | Session, source: KeySource | None, environ: Mapping[str, str]
) -> Iam:
    from mfa_session.adapters import aws_iam

    return aws_iam.Iam(account, key, *_where(account, source), environ)


def place(account: Account, environ: Mapping[str, str]) -> KeyPlace:
    """Where the account's base key is stored; raises ConfigError where it could not be replaced there at once."""
    if account.key.profiles:
        from mfa_session.adapters import aws_credentials, aws_profile

        return aws_credentials.ProfileKey(
            aws_profile.first_with_key(account.key.profiles, environ).name, environ
        )
    references = account.key.references
    if not references:
        from mfa_session import envfile_edit

        return envfile_edit.EnvfileKey(account.path)
    if len(references) != 2:
        raise ConfigError(
            f"half of the base key of {account.name} is in 1Password and half in its file, which can't be changed at once",
            "put both into one item, and two references into the file",
            path=account.path,
        )
    from mfa_session.adapters import onepassword_place

    op_account = account.otp.op.account if account.otp.op else None
    return onepassword_place.ItemKey((references[0], references[1]), account.label, environ, op_account)


def turns_of_keys(account: Account, what: str, environ: Mapping[str, str]) -> Turns:
    """Those in which the access keys of the user whose device this is are changed."""
    from mfa_session.turns import Turns

    return Turns(f"{account.account_id} {account.mfa_serial}", what, environ, lambda _: None, "keys")


def items(label: str, environ: Mapping[str, str], account: str | None) -> Items:
    """Those of 1Password; `label` is for the person who is asked, `account` one of several that `op` knows."""
    from mfa_session.adapters import onepassword_items

    return onepassword_items.Items(label, environ, account)


def profiles_with_a_key(environ: Mapping[str, str]) -> list[str]:
    """The AWS profiles that hold a user's own access key, in the order of their files; raises ConfigError."""
    from mfa_session.adapters import aws_profile
    from mfa_session.model import BaseKey

    found = []
    for name, settings in aws_profile.profiles(environ).items():
        key = BaseKey(settings.get("aws_access_key_id") or "", settings.get("aws_secret_access_key") or "")
        if key.secret_access_key and key.is_plausible and not key.is_of_a_session:
            found += [] if settings.get("aws_session_token") else [name]
    return found


def profile_names(environ: Mapping[str, str]) -> list[str]:
    """All AWS profiles, in the order of their files; raises ConfigError."""
    from mfa_session.adapters import aws_profile

    return list(aws_profile.profiles(environ))


def profile_key(profile: str, environ: Mapping[str, str]) -> ProfileKey:
    """The key of an AWS profile, where it is stored; raises ConfigError."""
    from mfa_session.adapters import aws_credentials

    return aws_credentials.ProfileKey(profile, environ)


def profile_region(profile: str, environ: Mapping[str, str]) -> str | None:
    from mfa_session.adapters import aws_profile

    return aws_profile.profiles(environ).get(profile, {}).get("region") or None


def profiles_leaning_on(
    profile: str, key: BaseKey, environ: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The other profiles that have the same key written in them, and those that take it from this one."""
    from mfa_session.adapters import aws_profile

    same, takers = [], []
    for name, settings in aws_profile.profiles(environ).items():
        if name == profile:
            continue
        if settings.get("aws_access_key_id") == key.access_key_id:
            same.append(name)
        elif profile in (settings.get("source_profile"), settings.get("include_profile")):
            takers.append(name)
    return same, takers


def _where(account: Account, source: KeySource | None) -> tuple[str | None, str | None]:
    return (source.profile, account.region or source.region) if source else (None, account.region)


def rival_of_a_server(environ: Mapping[str, str]) -> str | None:
    """The AWS config file, where programs would find credentials in it before they ask a server. Raises ConfigError."""
    from mfa_session.adapters import aws_config, aws_profile

    settings = aws_profile.profiles({**environ, "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}).get(
        "default", {}
    )
    rivals = {
        *aws_config.STRONGER,
        "credential_process",
        "source_profile",
        "credential_source",
        "login_session",
    }
    return aws_profile.files(environ)[0] if rivals & settings.keys() else None
