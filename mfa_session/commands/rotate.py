"""`mfa-session rotate`: a new base key in the place of the old one, with a way back until the last step."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from mfa_session import (
    accounts,
    process,
    rotating,
    rotation,
    rotation_journal,
    rotation_ports,
    tty,
    wiring,
    wiring_checks,
    wiring_keys,
)
from mfa_session.checks import copies
from mfa_session.errors import Denied, MfaSessionError, NeedsTerminal, NotAvailable
from mfa_session.rotation_journal import Facts, Journal
from mfa_session.users import masked

if TYPE_CHECKING:
    from mfa_session.accounts import Found
    from mfa_session.model import KeyPlace
    from mfa_session.request import Limits

_SKEW = 60  # seconds that the clock may be off: AWS takes the code before and after, too


def run(
    account: str | None, env_file: str | None, limits: Limits, *, mode: str, dry_run: bool, yes: bool
) -> int:
    """`mode` is empty for a new rotation, else `resume` or `rollback` for one that was interrupted."""
    process.without_core_file()
    found = accounts.find(account, env_file, os.environ, accounts.here())
    described = wiring.account(found, os.environ)
    turns = wiring_keys.turns_of_keys(described, f"rotate {found.name}", os.environ)
    if not turns.take():
        raise NotAvailable(f"{turns.holder()} is at it", "wait for it, or stop it")
    typed = f"mfa-session rotate {shlex.quote(found.name)}"
    typed += f" --env-file {shlex.quote(env_file)}" if env_file else ""

    def sure(question: str) -> bool:
        return yes or not tty.there() or tty.confirm(question)

    try:
        journal = Journal(found, os.environ)
        _expected(journal, found, mode, typed)
        aws = rotating.Aws(found, described, journal, limits, os.environ)
        place = wiring_keys.place(described, os.environ)
        change = rotation.Rotation(journal, place, aws, tty.notice, sure, typed)
        if journal.facts is None:
            if dry_run and described.key.references:
                tty.notice(
                    f"the base key of {described.label} is in {place.where}, which is not looked into now"
                )
                return _told(aws)
            if not (yes or dry_run or tty.there()):
                raise NeedsTerminal(
                    f"no terminal to ask on whether the base key of {found.name} is to be replaced",
                    f"if it is, type: {typed} --yes",
                )
            facts = _considered(found, aws, place)
            if dry_run:
                return _told(aws)
            if not sure(f"replace the base key of {found.name}? [Y/n] "):
                raise Denied("the base key is as it was")
            change.begin(facts)
        _through(change, journal, typed, back=mode == "rollback")
        return 0
    finally:
        turns.end()


def _expected(journal: Journal, found: Found, mode: str, typed: str) -> None:
    if journal.facts is None and mode:
        raise MfaSessionError(f"no rotation of {found.name} is under way", f"to begin one, type: {typed}")
    if journal.facts and not mode:
        old, new = masked(journal.facts.old), journal.facts.new
        to = f" to {masked(new)}" if new else ""
        raise MfaSessionError(
            f"a rotation of {found.name} from {old}{to} was interrupted", *rotation_ports.ways(typed)
        )


def _told(aws: rotating.Aws) -> int:
    """What would be done, as far as it can be known with nobody asked."""
    tty.notice(
        "this would be done: a new key is made, stored beside it, tried, and put to use; then the old one is switched off,"
        " and deleted once the new one has got a session"
    )
    try:
        session, _ = aws.session()
    except NeedsTerminal:
        tty.notice("whether the user has room for a second key is seen in a session, and none is kept")
        return 0
    keys = aws.iam(session).access_keys()
    tty.notice(f"the user has {len(keys)} of the 2 keys that AWS allows")
    if len(keys) > 1:
        tty.notice("hint: delete the one that nothing uses first, in IAM > Users > Security credentials")
    return 0


def _considered(found: Found, aws: rotating.Aws, place: KeyPlace) -> Facts:
    """What is to be rotated, after all has been looked at that needs no session; warns of what will not work any more."""
    held = place.read()
    if held.current is None:
        raise MfaSessionError(f"there is no base key in {place.where}", "look at the account's file")
    who = aws.identity(held.current)
    if who.user is None:
        raise Denied(
            f"the base key is not a user's: it belongs to {who.arn}", "only users have keys to rotate"
        )
    if aws.account.account_id and who.account_id != aws.account.account_id:
        raise MfaSessionError(
            f"the base key belongs to account {who.account_id}, but {aws.account.path} says {aws.account.account_id}",
            f"to see more, type: mfa-session doctor {found.name}",
        )
    if held.spare and rotation_ports.works(aws, held.spare):
        spare = held.spare.access_key_id
        theirs = rotation_journal.about(spare, os.environ)
        finish = (
            f"finish that first: mfa-session rotate {shlex.quote(theirs.account)} --resume" if theirs else ""
        )
        raise Denied(
            f"{place.where} has a second key, {masked(spare)}, of a rotation that was interrupted",
            finish
            or "nothing else is known of it: if nothing uses that key, delete it in IAM, and run this again",
        )
    if abs(who.skew) > _SKEW:
        raise MfaSessionError(
            f"{wiring_checks.skew(who.skew)}: no code would be taken for the new key",
            wiring_checks.set_the_clock(),
        )
    place.check()
    verdict = aws.verdict(held.current)
    kept = rotating.kept_of_all(held.current, found, os.environ)
    tty.notice(
        f"the base key of {aws.account.label} is {masked(held.current.access_key_id)} of the user {who.user}"
    )
    tty.notice(f"it is in {place.where}")
    if verdict.colour != "green":
        tty.notice(f"warning: {verdict.what}")
    for where, _ in copies.others(aws.account, held.current, aws.source.profile, os.environ):
        tty.notice(f"warning: the key is also in {where}, where it will not work any more")
    return Facts(
        found.name, place.where, who.arn, held.current.access_key_id, verdict=verdict.colour, sessions=kept
    )


def _through(change: rotation.Rotation, journal: Journal, typed: str, *, back: bool) -> None:
    try:
        change.go_back() if back else change.go_on()
    except MfaSessionError as error:
        if journal.facts:
            said = [hint for hint in error.hints if not hint.startswith("run it again")]
            # One that names a way has thought about the other.
            ways = [] if any(typed in hint for hint in said) else rotation_ports.ways(typed)
            error.hints = (*said, *ways)
        raise
    except BaseException:
        if journal.facts:
            tty.notice("interrupted: both keys are kept until it is finished or undone")
            for way in rotation_ports.ways(typed):
                tty.notice(f"hint: {way}")
        raise
