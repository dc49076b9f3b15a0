"""The session of an account, for every command that needs one: the one that is kept, else a new one."""

from __future__ import annotations

from mfa_session import accounts, identity, scope, wiring
from mfa_session.errors import MfaSessionError
from mfa_session.request import Limits

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found
    from mfa_session.request import Wanted
    from mfa_session.session import Session
    from mfa_session.store import Store


def get(
    found: Found,
    wanted: Wanted,
    what: str,
    environ: Mapping[str, str],
    limits: Limits | None = None,
    *,
    ready: bool = False,
    store: Store | None = None,
) -> tuple[Session, bool]:
    """The session, and whether it is new; raises MfaSessionError.

    `what` names the command to those who wait for it. With `ready`, the next credential_process need not ask Python.
    `store` is where it may be kept, if not in the usual place.
    """
    wanted.scope = scope_of(found, wanted.scope, environ)
    asked = key_of(wanted)
    store = store or wiring.store(environ)
    now = identity.of_file(found.path, environ)
    session = None if wanted.refresh else store.of_file(now, found, asked)
    if session and wanted.accepts(session):
        new = False
    else:
        from mfa_session import minting
        from mfa_session.errand import Errand

        lasting = bool(now) and identity.settled(found.path)
        errand = Errand(found, wanted, environ)
        session, new = minting.session(errand, store, what, limits or Limits())
        if not now or not lasting or errand.account.uses_environment:
            session.scope = scope.written(wanted.scope)
            return session, new  # what the file leads to can't be told without reading it
        store.link(now, found, errand.keys[-1], session, asked)
    session.scope = scope.written(wanted.scope)
    line = _line(found, wanted)
    if ready and now and line is not None:
        store.make_ready(now, found, session, line)
    return session, new


def scope_of(found: Found, asked: scope.Scope, environ: Mapping[str, str]) -> scope.Scope:
    """What options ask for; what is renewed in this shell also stays in its role, and as narrow as it was.

    Raises MfaSessionError.
    """
    if not found.active:
        return asked
    try:
        return asked.over(scope.read(environ.get("MFA_SESSION_SCOPE")))
    except ValueError as error:
        from mfa_session import shells  # only to say it

        raise MfaSessionError(
            f"MFA_SESSION_SCOPE can't be read, so that it is not known how narrow the session here is: {error}",
            f"name the account, and what you want of it: {shells.to_source(found.name, environ)}",
        ) from None


def keys_of(found: Found, environ: Mapping[str, str]) -> list[str]:
    """What the sessions of this account are kept under, the one that it leads to last; raises ConfigError.

    Where that is a role's, the one that it would be taken from is among them, whichever account it was minted for.
    """
    from mfa_session.errand import Errand
    from mfa_session.request import Wanted

    errand = Errand(found, Wanted(), environ)
    if len(errand.keys) == 1:
        return errand.keys
    return [wiring.store(environ).key_of_device(errand.device), *errand.keys]


def region_of(found: Found, wanted: Wanted, environ: Mapping[str, str]) -> str | None:
    """Of the account, once all else of it has been checked and its warnings said; raises MfaSessionError."""
    from mfa_session.errand import Errand

    errand = Errand(found, wanted, environ)
    errand.warn()
    return errand.region


def key_of(wanted: Wanted) -> str:
    """What options ask for, as part of a name; raises MfaSessionError where a policy can't be read."""
    try:
        return wanted.scope.key
    except OSError as error:
        raise MfaSessionError(
            f"{error.filename}: can't be read: {error.strerror}", "--policy takes the path of a JSON file"
        ) from None


def _line(found: Found, wanted: Wanted) -> str | None:
    """The words behind the path in a profile's line, as its script joins them; None where it can't look by them."""
    if found.profile:
        own = f"--aws-profile={found.profile} "
    elif found.name == accounts.name_of(found.path) and not found.named_by_profile:
        own = ""  # the line names the account by its file alone, and that decides where its key is looked for
    else:
        return None
    rest = wanted.scope.line
    return None if rest is None or own.count(" ") > 1 else own + rest
