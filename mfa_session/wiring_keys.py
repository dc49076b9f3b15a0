"""An account becomes what looks after its base key: the place where that is stored, and AWS's own view of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.adapters.aws_iam import Iam
    from mfa_session.model import Account, BaseKey
    from mfa_session.session import Session
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


def _where(account: Account, source: KeySource | None) -> tuple[str | None, str | None]:
    return (source.profile, account.region or source.region) if source else (None, account.region)
