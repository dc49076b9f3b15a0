"""The session of a user without a role, for the console: said, and with no more than a policy."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mfa_session import durations, narrowing, proc, tty, wiring, wiring_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.errand import Errand
    from mfa_session.model import Account, Answer
    from mfa_session.session import Session

_USUAL = 3600  # seconds; it has no MFA, so that it is not for half a day unless that is asked for


def session(errand: Errand, duration: int | None, environ: Mapping[str, str]) -> Session:
    """A new one, which is kept nowhere; raises MfaSessionError."""
    errand.warn()
    account, narrow = errand.account, errand.account.role
    federation = wiring.federation(account, errand.source, environ)
    federation.check(errand.source.key(lambda: _asked(account, environ)))
    if not narrow.policy and not narrow.policy_arns:
        narrow = dataclasses.replace(narrow, policy_arns=(narrowing.READ_ONLY.format(federation.partition),))
    found = federation.federate(narrow, duration or _USUAL)
    policies = ["the policy of --policy"] * bool(narrow.policy)
    policies += [arn.rpartition("/")[2] for arn in narrow.policy_arns]
    tty.notice(
        f"note: {account.name} has no role, so this is a federated user without MFA (GetFederationToken), for"
        f" {durations.brief(found.left)}, with no more than {' and '.join(policies)}"
    )
    tty.notice(
        "hint: a policy that denies its user everything without MFA denies it there, too; what helps is --role-arn ARN"
    )
    return found


def _asked(account: Account, environ: Mapping[str, str]) -> Answer:
    """The values of the key's references; the question is taken back where anything goes wrong before there is an answer."""
    asking = None
    try:
        with proc.undisturbed():
            asking = wiring_codes.references(account, environ).ask(account.key.references)
        return asking.answer()
    except BaseException:
        if asking:
            asking.cancel()
        raise
