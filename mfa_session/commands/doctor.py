"""`mfa-session doctor`: whether accounts, keys, 1Password and this shell are as they should be. It changes nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sys
import time
from typing import TYPE_CHECKING

from mfa_session import accounts, findings, wiring, wiring_checks
from mfa_session.checks import aws_files, clock, fish, keeping, variables
from mfa_session.checks.account import Patient
from mfa_session.checks.op import OnePassword
from mfa_session.errors import MfaSessionError
from mfa_session.findings import Finding, Report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mfa_session.accounts import Found

_SECONDS, _EACH_MORE = 6.0, 0.5  # for AWS, once all questions are on their way; and for each more account


def run(names: Sequence[str], *, deep: bool, otp: bool, as_json: bool) -> int:
    """Print the findings; exit code 0 if none is red, else 1. Without `otp` nobody is asked for anything.

    For programs it is a list of objects: see findings.documents.
    """
    environ = os.environ
    one_password = OnePassword(environ)
    found, lost = _accounts(names, environ)
    patients = [Patient(one, environ, deep=deep) for one in found]
    if any(patient.account for patient in patients):
        wiring_checks.load()
    for patient in patients:
        patient.begin()
    for patient in patients:
        patient.ask(otp=otp)
    until = time.monotonic() + _SECONDS + _EACH_MORE * max(0, len(patients) - 1)
    of_accounts = [*lost, *(patient.report(until) for patient in patients)]
    known = [patient.account for patient in patients if patient.account]
    machine = [
        *one_password.findings(known),
        *variables.check(environ, time.time()),
        *fish.check(environ),
        *aws_files.check(environ),
        keeping.check(environ),
        *([clock.check([skew for patient in patients for skew in patient.skews])] if patients else []),
        *([] if of_accounts else [_no_account(environ)]),
    ]
    reports = [Report("this machine", None, machine), *of_accounts]
    text = json.dumps(findings.documents(reports), indent=2) + "\n" if as_json else _for_people(reports)
    print(text, end="")  # in one go: a reader who leaves after the first lines has been there for all of them
    return 1 if findings.count(reports, "red") else 0


def _accounts(names: Sequence[str], environ: Mapping[str, str]) -> tuple[list[Found], list[Report]]:
    """Those that are meant, and a report for each that is not there."""
    here = accounts.here()
    if not names and (configured := _configured(environ)):
        return [configured], []
    if names or environ.get("AWS_PROFILE") or environ.get("MFA_SESSION_PROFILE"):
        wanted: list[str | None] = [*names] if names else [None]
    else:
        wanted = [*accounts.files(environ, here)]
    looked = [_found(name, environ, here) for name in dict.fromkeys(wanted)]
    return [one for one in looked if not isinstance(one, Report)], [
        one for one in looked if isinstance(one, Report)
    ]


def _found(name: str | None, environ: Mapping[str, str], here: str) -> Found | Report:
    try:
        return accounts.find(name, None, environ, here)
    except MfaSessionError as error:
        called = name or environ.get("AWS_PROFILE") or environ.get("MFA_SESSION_PROFILE") or ""
        return Report(called, called, [findings.of_error("account", error)])


def _configured(environ: Mapping[str, str]) -> Found | None:
    """The account whose sessions the profile in AWS_PROFILE gives."""
    with contextlib.suppress(MfaSessionError):  # what can't be parsed is said elsewhere
        profile = environ.get("AWS_PROFILE")
        path = wiring_checks.file_behind(profile, environ) if profile else None
        if path and os.path.isfile(path):
            return accounts.Found(accounts.name_of(path), path, own=True)
    return None


def _no_account(environ: Mapping[str, str]) -> Finding:
    with contextlib.suppress(MfaSessionError):  # what can't be parsed is said elsewhere
        if profiles := wiring.profiles(environ):
            hint = f"to have one that is an AWS profile looked at, type: mfa-session doctor {shlex.quote(profiles[0])}"
            return Finding("note", findings.NO_ACCOUNT, "no account has a file yet", hints=(hint,))
    hints = ("to begin one, type: mfa-session init NAME",)
    return Finding("note", findings.NO_ACCOUNT, "there is no account yet", hints=hints)


def _for_people(reports: Sequence[Report]) -> str:
    terminal = sys.stdout.isatty()
    colours = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = min(os.get_terminal_size(sys.stdout.fileno()).columns or 80, 110) if terminal else None
    return findings.checklist(reports, width, colours=colours)
