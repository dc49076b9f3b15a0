"""`mfa-session import`: a base key that lies in plain text moves into 1Password."""

from __future__ import annotations

import contextlib
import os
import shlex
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import (
    console_csv,
    drafting,
    import_ports,
    import_target,
    importing,
    process,
    shells,
    tty,
    whole_file,
    wiring_keys,
)
from mfa_session.errors import ConfigError, Denied, MfaSessionError, NotAvailable
from mfa_session.users import masked

if TYPE_CHECKING:
    from mfa_session.import_target import Said, Target
    from mfa_session.model import BaseKey
    from mfa_session.users import Identity
    from mfa_session.wiring_keys import ProfileKey

_VAULT = {"list them: op vault list": "list them: op vault list; and name one: --vault VAULT"}
_NO_FILE = {
    "set OP_ACCOUNT in the account's file": "type: export OP_ACCOUNT=my.1password.com",
    "add a line to the account's file: OP_ACCOUNT=": "type: export OP_ACCOUNT=",
    "add a line to the account's file: OP_VAULT=…": "name it: --vault VAULT",
}
_UNKNOWN = ("op://VAULT/ITEM/access key id", "op://VAULT/ITEM/secret access key")


class Given(NamedTuple):
    """Where the key is: a profile, or a CSV file of the console with the name of one of its users."""

    profile: str | None = None
    csv: str | None = None
    user: str | None = None


class Wish(NamedTuple):
    """The item that the key is to be in, and what else was asked for."""

    vault: str | None = None
    item: str | None = None
    backup: bool = False
    dry_run: bool = False
    yes: bool = False


def run(given: Given, account: str | None, said: Said, wish: Wish) -> int:
    """Everything is looked at before anything is changed; `account` is named by the profile unless it is given."""
    process.without_core_file()
    profile = given.profile
    name = account or (profile or "").removesuffix("-bootstrap")
    place = wiring_keys.profile_key(profile, os.environ) if profile else None
    key = place.read().current if place else console_csv.read(given.csv or "", given.user)
    if key is None:
        return _done_before(name, profile or "")
    region = wiring_keys.profile_region(profile, os.environ) if profile else None
    target = import_target.find(name, profile, region, said, os.environ)
    ports = import_ports.Ports(target, place, wish.vault, wish.item, keep_backup=wish.backup)
    whose = _checked(key, target, place)
    turns = wiring_keys.turns_of_keys(target.account, f"import {name}", os.environ)
    if not turns.take():
        raise NotAvailable(f"{turns.holder()} is at it", "wait for it, or stop it")
    try:
        ports.use(whose)
        _show(ports, key, wish)
        _warn(target, profile, key, wish)
        if wish.dry_run:
            tty.notice("nothing was changed, and nobody asked")
            return 0
        _move(ports, importing.Job(key, whose, target.references), asking=not wish.yes and tty.there())
    finally:
        turns.end()
    _say_what_now(target, given)
    return 0


def _move(ports: import_ports.Ports, job: importing.Job, *, asking: bool) -> None:
    """Ask, and do it; where it ends before its end, say what is so."""
    told = 0

    def tell(text: str) -> None:
        nonlocal told
        told += 1
        tty.notice(text)

    def so_far() -> str:
        return importing.so_far(told, referred=job.references is not None, storing=ports.storing)

    try:
        if asking and not tty.confirm("go on? [Y/n] "):
            raise Denied("nothing was changed")
        with drafting.in_options(_VAULT | (_NO_FILE if ports.target.is_new else {})):
            importing.run(job, ports, tell)
    except KeyboardInterrupt:
        tty.notice(so_far())
        raise
    except MfaSessionError as error:
        if (so := so_far()) not in error.message:
            error.message += f"; {so}"
        raise


def _done_before(name: str, profile: str) -> int:
    """Say that it is so, where the account has its key from 1Password; raises ConfigError where it has none."""
    references = None
    with contextlib.suppress(ConfigError):
        references = import_target.find(name, profile, None, import_target.Said(), os.environ).references
    if references is None:
        known = wiring_keys.profiles_with_a_key(os.environ)
        raise ConfigError(
            f"profile {profile} has no access key",
            f"profiles that have one: {', '.join(known)}" if known else "no AWS profile has one",
        )
    tty.notice(
        f"there is nothing left to do: profile {profile} has no key, and {name} has one in 1Password"
        f" ({references[0].rpartition('/')[0]})"
    )
    return 0


def _checked(key: BaseKey, target: Target, place: ProfileKey | None) -> Identity:
    """Whose it is, once it is known to be a user's own and of this account."""
    profile = place.profile if place else None
    if place and place.read().spare:
        raise ConfigError(
            f"the key of profile {profile} is being replaced",
            f"finish that first: mfa-session rotate {target.account.name} --resume",
        )
    if profile and profile not in wiring_keys.profiles_with_a_key(os.environ):
        raise ConfigError(
            f"profile {profile} holds a session, and no user's own key",
            "it ends by itself; there is nothing to store",
        )
    whose = wiring_keys.identity(target.account, key, import_ports.source(key, profile, target), os.environ)
    if whose.is_root or whose.user is None:
        raise Denied(
            f"the key is {'the root user' if whose.is_root else whose.arn}'s, which is no IAM user's",
            "make an IAM user with a key that is neutered, and delete this one: mfa-session policy",
        )
    target.check(whose)
    _ = target.references  # raises where its file has another key
    tty.notice(
        f"{masked(key.access_key_id)} is {whose.user}'s, in account {whose.account_id}, and AWS takes it"
    )
    return whose


def _show(ports: import_ports.Ports, key: BaseKey, wish: Wish) -> None:
    target, place = ports.target, ports.place
    lines = ["this would be done:" if wish.dry_run else "this will be done:"]
    if target.references:
        lines.append(
            f"  {masked(key.access_key_id)} is read back from {target.references[0].rpartition('/')[0]}, where it should be"
        )
    else:
        lines += [
            f"  {masked(key.access_key_id)} goes into the 1Password item {ports.title!r}, in {ports.where}",
            "  (a new one, unless there is one: only 1Password knows, and is not asked for that yet)",
            f"  {whole_file.shown(target.path)} gets these lines:",
            *(f"    + {line}".rstrip() for line in target.lines(_UNKNOWN)),
        ]
        if lost := target.lines_lost():
            lines += ["  and loses these:", *(f"    - {line}" for line in lost)]
    if place:
        lines += [
            f"  {place.where} loses these:",
            f"    - aws_access_key_id = {masked(key.access_key_id)}",
            "    - aws_secret_access_key = ****",
        ]
    tty.notice("\n".join(lines))


def _warn(target: Target, profile: str | None, key: BaseKey, wish: Wish) -> None:
    same, takers = wiring_keys.profiles_leaning_on(profile or "", key, os.environ)
    if same:
        them = f"AWS profile{'s' * (len(same) > 1)} {', '.join(same)}"
        tty.notice(f"warning: the same key stays in plain text in the {them}")
    if takers and profile:
        them = "this AWS profile takes its" if len(takers) == 1 else "these AWS profiles take their"
        tty.notice(f"warning: {them} key from {profile}, and will have none: {', '.join(takers)}")
        tty.notice(
            f"hint: take their roles from its session: mfa-session exec {target.account.name} --role-arn ARN"
        )
    used = target.account.key.profiles
    if profile and used and not target.is_new and profile not in used:
        tty.notice(f"warning: {target.account.name} has used the key of profile {' or '.join(used)} so far")
    otp = target.account.otp
    if otp.kind == "op":
        theirs = otp.op.vault if otp.op and not wish.vault else None
        name_another = f"; they are in the vault {theirs}: name another with --vault" if theirs else ""
        tty.notice(
            "note: its one-time codes are in 1Password too: where both are in one vault, that is your one factor"
            f"{name_another}"
        )


def _say_what_now(target: Target, given: Given) -> None:
    name = target.account.name
    tty.notice(f"the base key of {name} is in 1Password; sessions in shells go on until they expire")
    tty.notice(f"to load a session, type: {shells.to_source(name, os.environ)}")
    if given.profile:
        tty.notice(f"backups of that file still have the key; to replace it, type: mfa-session rotate {name}")
    if given.csv:
        tty.notice(
            f"the key is still in plain text in a file; delete that: rm {shlex.quote(os.path.expanduser(given.csv))}"
        )
        tty.notice(f"what has read it has the key, too; to replace that, type: mfa-session rotate {name}")
