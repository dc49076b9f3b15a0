"""What looks at an account and at what it stands on, without a person: the adapters for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mfa_session.checks_ports import Checkup, Configured, Presence, Stored
    from mfa_session.model import Account, BaseKey
    from mfa_session.session import Session
    from mfa_session.verdicts import Probe
    from mfa_session.wiring import KeySource


def load() -> None:
    """AWS's SDK: what is slow the first time should not be taken for AWS's slowness."""
    from mfa_session.adapters import aws_checkup, aws_iam, aws_probes  # noqa: F401 - so that they are there


def checkup(account: Account, key: BaseKey, source: KeySource, environ: Mapping[str, str]) -> Checkup:
    """Raises MfaSessionError where AWS can't be asked."""
    from mfa_session.adapters import aws_checkup

    return aws_checkup.Checkup(account, key, source.profile, account.region or source.region, environ)


def probes(
    account: Account, key: BaseKey | Session, source: KeySource, environ: Mapping[str, str]
) -> Sequence[Probe]:
    """What AWS answers to the key; raises MfaSessionError where it can't be asked."""
    from mfa_session.adapters import aws_probes

    return aws_probes.probe(account, key, source.profile, account.region or source.region, environ)


def one_password(environ: Mapping[str, str]) -> Presence:
    """Raises MfaSessionError where there is none."""
    from mfa_session.adapters import onepassword_presence

    return onepassword_presence.Presence(environ)


def stored_keys(environ: Mapping[str, str]) -> list[Stored]:
    """Those in AWS's files; raises ConfigError."""
    from mfa_session.adapters import aws_places

    return aws_places.stored(environ)


def configured(environ: Mapping[str, str]) -> list[Configured]:
    """The profiles that get their sessions from here; raises ConfigError."""
    from mfa_session.adapters import aws_places

    return aws_places.configured(environ)


def skew(seconds: float) -> str:
    """In words, by how much the clock is off, and whether ahead or behind."""
    from mfa_session.adapters import aws_errors

    return aws_errors.skew(seconds)


def set_the_clock() -> str:
    from mfa_session.adapters import aws_refusals

    return aws_refusals.SET_THE_CLOCK


def file_behind(profile: str, environ: Mapping[str, str]) -> str | None:
    """The account's file, where `mfa-session configure` wrote this AWS profile for one; raises ConfigError."""
    from mfa_session.adapters import aws_account

    return aws_account.ours(profile, environ)
