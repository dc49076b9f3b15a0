"""The AWS config and credentials files: a key that programs take unasked, and the profiles that lead here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import accounts, whole_file, wiring, wiring_checks
from mfa_session.errors import MfaSessionError
from mfa_session.findings import Finding, of_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.checks_ports import Configured

_SUBJECT = "aws profiles"


def check(environ: Mapping[str, str]) -> list[Finding]:
    try:
        stored, configured = wiring_checks.stored_keys(environ), wiring_checks.configured(environ)
    except MfaSessionError as error:
        return [of_error(_SUBJECT, error)]
    found = []
    for place in stored:
        if place.profile == "default":
            why = ".NET's SDK, and programs that get credentials from a container's address, take it before a session"
            hints = ("give it another name there, as [test-bootstrap], and name it by AWS_PROFILE",)
            found.append(
                Finding(
                    "yellow", _SUBJECT, f"[default] in {whole_file.shown(place.path)} has a key", why, hints
                )
            )
    broken = [finding for profile in configured for finding in _broken(profile, environ)]
    if configured and not broken:
        names = ", ".join(profile.profile for profile in configured)
        found.append(Finding("ok", _SUBJECT, f"of mfa-session, and where they should lead: {names}"))
    return [*found, *broken]


def _broken(one: Configured, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What keeps programs that use this profile from a session."""
    name = one.profile
    account = one.account_profile or accounts.name_of(one.file)
    again = f"mfa-session configure {account} --profile {name}"
    if gone := next((path for path in one.program if not os.path.exists(path)), None):
        yield _red(f"profile {name} runs {gone}, which is not there", f"type: {again}")
    elif one.program[-1] not in _ours(environ):
        what = f"profile {name} runs another copy of mfa-session: {one.program[-1]}"
        why = "that one may be older than this, and keep its sessions elsewhere"
        yield Finding("note", _SUBJECT, what, why, (f"to have it run this one, type: {again}",))
    if not os.path.exists(one.file):
        yield _red(
            f"profile {name} is for {one.file}, which is not there",
            f"type: mfa-session configure {name} --remove",
        )
    if one.rival:
        what = f"profile {name} has {one.rival} in {one.path}, which programs use in place of a session"
        yield _red(what, "take it out there", f"or for a profile of another name, type: {again}-mfa")


def _ours(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What a profile that is written now would run, with keyctl and without."""
    try:
        words = wiring.credential_line(environ)
    except MfaSessionError:
        return ()
    ready = os.path.join(os.path.dirname(wiring.__file__), "ready.py")
    return words[-1], ready, os.path.realpath(words[-1])


def _red(what: str, *hints: str) -> Finding:
    return Finding("red", _SUBJECT, what, "programs with this profile get no session", hints)
