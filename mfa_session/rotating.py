"""What a rotation asks of AWS and of the sessions that are kept, for one account."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mfa_session import accounts, sessions, verdicts, wiring, wiring_checks, wiring_keys
from mfa_session.errand import Errand
from mfa_session.errors import MfaSessionError
from mfa_session.request import Wanted
from mfa_session.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found
    from mfa_session.model import Account, BaseKey
    from mfa_session.request import Limits
    from mfa_session.rotation_journal import Journal
    from mfa_session.rotation_ports import Iam
    from mfa_session.session import Session
    from mfa_session.users import Identity
    from mfa_session.verdicts import Verdict

_ENOUGH = 15 * 60  # seconds: a rotation takes a minute or two, most of it waiting for IAM
_NO_ROLE = "--role-arn="  # whatever role the account's file has: it is the user who has keys


class Aws:
    """See rotation.Aws; raises ConfigError where the account has no key."""

    def __init__(
        self, found: Found, account: Account, journal: Journal, limits: Limits, environ: Mapping[str, str]
    ) -> None:
        self.account = account
        self._found = found
        self._journal = journal
        self._limits = limits
        self._environ = environ
        self.source = wiring.keys(account, environ)

    def identity(self, key: BaseKey) -> Identity:
        return wiring_keys.identity(self.account, key, self.source, self._environ)

    def verdict(self, key: BaseKey) -> Verdict:
        return verdicts.judge(wiring_checks.probes(self.account, key, self.source, self._environ))

    def iam(self, session: Session) -> Iam:
        return wiring_keys.iam(self.account, session, self.source, self._environ)

    def session(self) -> tuple[Session, bool]:
        """Of those that the old key has given, as they outlive it; else as every command gets one."""
        store = wiring.store(self._environ)
        for name in self._journal.facts.sessions if self._journal.facts else ():
            kept = store.of_key(name)
            if kept and kept.left > _ENOUGH and not kept.role:
                return kept, False
        return self._get(Wanted(min_ttl=_ENOUGH, scope=Scope([_NO_ROLE])))

    def prove(self) -> Session:
        return self._get(Wanted(refresh=True, scope=Scope([_NO_ROLE])))[0]

    def forget_old(self) -> int:
        facts, store = self._journal.facts, wiring.store(self._environ)
        kept = store.sessions()
        gone = set(facts.sessions if facts else ()) | {
            name for name, session in kept.items() if self._is_of_this_account(session)
        }
        return store.clear({n for n in gone & kept.keys() if facts and kept[n].access_key_id != facts.proof})

    def forget_new(self) -> int:
        facts, store = self._journal.facts, wiring.store(self._environ)
        proof = facts.proof if facts else ""
        return store.clear(
            {name for name, session in store.sessions().items() if session.access_key_id == proof}
        )

    def _is_of_this_account(self, session: Session) -> bool:
        same = session.path == self._found.path
        return same and (not self._found.profile or session.account == self._found.name)

    def _get(self, wanted: Wanted) -> tuple[Session, bool]:
        return sessions.get(self._found, wanted, f"rotate {self._found.name}", self._environ, self._limits)


def kept_of_all(key: BaseKey, found: Found, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What the sessions of this account, and of all others that have the same key, are kept under."""
    here, config = accounts.here(), accounts.aws_config(environ, accounts.here()) or ""
    candidates = [
        accounts.Found(name, path, own=True) for name, path in accounts.files(environ, here).items()
    ]
    candidates += [accounts.Found(name, config, profile=name) for name in wiring.profiles(environ)]
    names = sessions.keys_of(found, environ)
    same = (key.access_key_id, Errand(found, Wanted(), environ).source.name)
    for one in candidates:
        with contextlib.suppress(MfaSessionError):
            errand = Errand(one, Wanted(), environ)
            names += errand.keys if errand.source.name in same else []
    return tuple(dict.fromkeys(names))
