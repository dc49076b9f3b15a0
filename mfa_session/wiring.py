"""An account becomes the adapters that serve it. The only place that imports adapters, and only when they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mfa_session.model import BaseKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.model import Account, Answer, CodeSource, Issuer


class KeySource(NamedTuple):
    """Where the base key comes from: `key` makes it, blocking on `answer` only if it is part of it."""

    key: Callable[[Callable[[], Answer]], BaseKey]
    profile: str | None = None
    region: str | None = None


def codes(account: Account, environ: Mapping[str, str]) -> CodeSource:
    from mfa_session.adapters import onepassword

    return onepassword.OnePassword(account.otp, account.label, environ)


def keys(account: Account, environ: Mapping[str, str]) -> KeySource:
    """Raises ConfigError where the account's key is nowhere."""
    if account.key.profiles:
        from mfa_session.adapters import aws_profile

        profile = aws_profile.first_with_key(account.key.profiles, environ)
        return KeySource(lambda _: profile.key, profile.name, profile.region)
    halves = (account.key.access_key_id, account.key.secret_access_key)
    if not account.key.references:
        return KeySource(lambda _: BaseKey(*halves))

    def resolved(answer: Callable[[], Answer]) -> BaseKey:
        values = answer().values
        return BaseKey(*(values.get(half, half) for half in halves))

    return KeySource(resolved)


def issuer(account: Account, source: KeySource, environ: Mapping[str, str]) -> Callable[[], Issuer]:
    """What loads AWS's SDK and makes the issuer: slow, so for the thread that runs while the person is asked."""

    def make() -> Issuer:
        from mfa_session.adapters import aws

        return aws.Sts(account, source.profile, account.region or source.region, environ)

    return make
