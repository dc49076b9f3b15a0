"""An account that has been read, with the options of a command: where its base key is, and what its sessions are kept under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfa_session import durations, identity, narrowing, roles, tty, wiring
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found
    from mfa_session.model import Role
    from mfa_session.request import Wanted


class Errand:
    """One account, and which of its sessions is wanted; `keys` are what they are kept under, the wanted one last.

    Raises ConfigError for a mistake in the account's file, MfaSessionError for one in the options.
    """

    def __init__(
        self, found: Found, wanted: Wanted, environ: Mapping[str, str], *, federated: bool = False
    ) -> None:
        self.account = narrowing.narrowed(wiring.account(found, environ), wanted.scope, federated=federated)
        self.source = wiring.keys(self.account, environ)
        self.device = identity.of_device(self.account, self.source.name, environ)
        self.keys = [identity.of_account(self.account, self.device)]
        for role in self.account.roles:
            self.keys.append(identity.of_role(self.keys[-1], self.account, role))
        self.found = found
        self.wanted = wanted
        self.environ = environ

    def warn(self) -> None:
        for warning in self.account.warnings:
            tty.notice(f"warning: {warning}")

    @property
    def region(self) -> str | None:
        return self.account.region or self.source.region

    @property
    def duration(self) -> int:
        """Seconds that a new one will last."""
        if self.account.roles:
            return of_role(self.account.roles[-1], direct=self.account.direct)
        return self.wanted.duration or self.account.duration

    def check(self) -> None:
        """Whether what is wanted can be; raises MfaSessionError.

        To be asked before it is anybody's turn: those who wait share a failure, and this one is nobody else's.
        """
        least = self.wanted.min_ttl or 0
        if least > self.duration:
            wish = durations.brief(least)
            hint = f"add --duration {wish}, or ask for less"
            if self.account.roles:
                longer = self.account.direct or least <= roles.CHAINED
                hint = f"add --role-duration {wish}, or ask for less" if longer else "ask for 1h at most"
            raise MfaSessionError(
                f"a session of {durations.brief(self.duration)} can't have {wish} left", hint
            )


def of_role(role: Role, *, direct: bool) -> int:
    """Seconds; a role that is taken from a session is cut to what AWS gives."""
    wish = role.duration or roles.CHAINED
    return wish if direct else min(wish, roles.CHAINED)
