"""An account becomes the adapters that serve it. The only place that imports adapters, and only when they are needed."""

from __future__ import annotations

import os

from mfa_session.errors import ConfigError, NotAvailable

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.accounts import Found
    from mfa_session.adapters.aws_config import Entry
    from mfa_session.adapters.aws_console import Console
    from mfa_session.adapters.aws_federation import Federation
    from mfa_session.model import Account, Answer, BaseKey, Issuer, RoleIssuer, SecretStore
    from mfa_session.store import Store
    from mfa_session.turns import Turns


class KeySource:
    """Where the base key comes from.

    `key` makes it, blocking on `answer` only if it is part of it; `name` is its id, or the references that lead to it.
    """

    def __init__(
        self,
        key: Callable[[Callable[[], Answer]], BaseKey],
        name: str,
        profile: str | None = None,
        region: str | None = None,
    ) -> None:
        self.key = key
        self.name = name
        self.profile = profile
        self.region = region


def account(found: Found, environ: Mapping[str, str]) -> Account:
    """What the account's file says of it, or its AWS profile; raises ConfigError, also where there is neither."""
    if found.profile is None:
        from mfa_session import envfile

        return envfile.load(found, environ)
    from mfa_session import accounts
    from mfa_session.adapters import aws_account, aws_settings

    unsaid = None
    try:
        if described := aws_account.load(found.profile, found, environ):
            return described
    except aws_settings.NoSerial as error:
        unsaid = error
    no_file = accounts.unknown(found, environ, accounts.here(), aws_account.names(environ))
    if unsaid is None:
        raise no_file
    # By custom NAME-bootstrap holds no more than a key, and its account should have had a file: say where.
    raise ConfigError(f"{unsaid.message}, and there is {no_file.message}", *unsaid.hints, *no_file.hints)


def profiles(environ: Mapping[str, str]) -> list[str]:
    """The AWS profiles that can be accounts."""
    from mfa_session.adapters import aws_account

    return aws_account.names(environ)


def keys(account: Account, environ: Mapping[str, str]) -> KeySource:
    """Raises ConfigError where the account's key is nowhere."""
    from mfa_session.model import BaseKey

    if account.key.profiles:
        from mfa_session.adapters import aws_profile

        profile = aws_profile.first_with_key(account.key.profiles, environ)
        return KeySource(lambda _: profile.key, profile.key.access_key_id, profile.name, profile.region)
    halves = (account.key.access_key_id, account.key.secret_access_key)
    if not account.key.references:
        return KeySource(lambda _: BaseKey(*halves), halves[0])

    def resolved(answer: Callable[[], Answer]) -> BaseKey:
        values = answer().values
        return BaseKey(*(values.get(half, half) for half in halves))

    return KeySource(resolved, " ".join(account.key.references))


def issuer(account: Account, source: KeySource, environ: Mapping[str, str]) -> Callable[[], Issuer]:
    """What loads AWS's SDK and makes the issuer: slow, so for the thread that runs while the person is asked."""

    def make() -> Issuer:
        from mfa_session.adapters import aws

        return aws.Sts(account, source.profile, account.region or source.region, environ)

    return make


def role_issuer(account: Account, source: KeySource, environ: Mapping[str, str]) -> RoleIssuer:
    from mfa_session.adapters import aws_role

    return aws_role.Roles(account, source.profile, account.region or source.region, environ)


def console(source: KeySource, environ: Mapping[str, str]) -> Console:
    from mfa_session.adapters import aws_console

    return aws_console.Console(source.profile, environ)


def federation(account: Account, source: KeySource, environ: Mapping[str, str]) -> Federation:
    from mfa_session.adapters import aws_federation

    return aws_federation.Federation(account, source.profile, account.region or source.region, environ)


def turns(account: Account, what: str, environ: Mapping[str, str], number: int = 0) -> Turns:
    """Those of the account's MFA device, in which accounts that share it must not meet; or of its role of this number.

    In a chain, whoever has the turn of one waits for those before it.
    """
    from mfa_session import tty
    from mfa_session.turns import Turns

    def warn(why: str) -> None:
        if number == 0:  # one says it for all
            tty.notice(f"note: can't see what other mfa-sessions do, which may ask at the same time ({why})")

    name = f"{account.account_id} {account.mfa_serial}"
    if number:
        arn = account.roles[number - 1].arn  # the same role may be there twice
        return Turns(f"{name} {number} {arn}", what, environ, warn, "role")
    return Turns(name, what, environ, warn)


def place(environ: Mapping[str, str]) -> SecretStore | None:
    """Where MFA_SESSION_STORE wants sessions to be kept, else the best place here; None where it wants none.

    Raises ConfigError, and NotAvailable where there is no such place.
    """
    chosen = environ.get("MFA_SESSION_STORE") or ""
    if chosen == "none":
        return None
    kinds = {"kernel": _kernel, "keychain": _keychain, "runtime": _runtime}
    if chosen in kinds:
        return kinds[chosen](environ)
    if chosen:
        raise ConfigError(
            f"MFA_SESSION_STORE={chosen} is no store",
            f"it can be {', '.join(kinds)} or none; or type: unset MFA_SESSION_STORE",
        )
    if os.uname().sysname == "Darwin":
        return _keychain(environ)
    try:
        return _kernel(environ)
    except NotAvailable as kernel:
        try:
            return _runtime(environ)
        except NotAvailable as runtime:
            raise NotAvailable(f"{kernel.message}; {runtime.message}", *runtime.hints) from None


def store(environ: Mapping[str, str]) -> Store:
    """What is kept there; where nothing can be, that is said: each time if it was asked for, else once."""
    from mfa_session.store import Store

    try:
        return Store(place(environ), _warn)
    except NotAvailable as error:
        chosen = environ.get("MFA_SESSION_STORE")
        return Store(None, _warn if chosen else lambda why: _warn_once(why, environ), error)


def _kernel(_: Mapping[str, str]) -> SecretStore:
    from mfa_session.adapters import kernel_keyring

    return kernel_keyring.KernelKeyring()


def _keychain(environ: Mapping[str, str]) -> SecretStore:
    from mfa_session import turns
    from mfa_session.adapters import os_keyring

    return os_keyring.OsKeyring(turns.file("keychain.lock", environ))


def _runtime(environ: Mapping[str, str]) -> SecretStore:
    from mfa_session.adapters import runtime_file

    folder = environ.get("XDG_RUNTIME_DIR")
    if not folder:
        raise NotAvailable("XDG_RUNTIME_DIR names no folder in memory")
    return runtime_file.RuntimeFile(f"{folder}/mfa-session")


def _warn(error: NotAvailable) -> None:
    from mfa_session import tty

    tty.notice(f"note: this session is not shared with other processes: {error.message}")
    for hint in error.hints:
        tty.notice(f"hint: {hint}")


def _warn_once(error: NotAvailable, environ: Mapping[str, str]) -> None:
    from mfa_session import turns

    if turns.first_time("said-no-store", environ):
        _warn(error)


def config_entry(profile: str, account: str, environ: Mapping[str, str]) -> Entry:
    """The profile of this name in the AWS config file, whether or not it is there yet."""
    from mfa_session.adapters import aws_config

    return aws_config.Entry(profile, account, environ)


def refreshing_profile(
    account: str, words: list[str], region: str | None, environ: Mapping[str, str]
) -> tuple[str, str | None]:
    """A profile by which programs run these words for credentials, and the config file of ours that it is in, if so."""
    from mfa_session.adapters import aws_config_own

    return aws_config_own.profile(account, words, region, environ)


def credential_line(environ: Mapping[str, str]) -> list[str]:
    """The words by which programs ask for a session; the path of the account's file goes behind them."""
    import shutil
    import sys

    if sys.platform == "linux" and shutil.which("keyctl", path=environ.get("PATH")):
        folder = os.path.dirname(os.path.realpath(sys.argv[0]))
        words = [os.path.join(folder, "mfa-session-credentials")]
    else:
        words = [sys.executable, "-I", "-S", os.path.join(os.path.dirname(__file__), "ready.py")]
    if not os.path.isfile(words[-1]):
        raise ConfigError("is missing", "install mfa-session again", path=words[-1])
    return words
