"""The user behind the key, as IAM tells it of itself: in a session with MFA, since a neutered key may not ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mfa_session import wiring_keys
from mfa_session.checks.background import Late, Work
from mfa_session.errors import MfaSessionError
from mfa_session.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mfa_session.checks_ports import AboutUser
    from mfa_session.model import Account
    from mfa_session.session import Session
    from mfa_session.wiring import KeySource

_AGE, _DEVICES, _SIMULATED = "key age", "mfa devices", "simulation"
_OLD = 90  # days
_SECURITY = "IAM > Users > Security credentials"
_BY_CHOICE = "sts:AssumeRole"  # what `policy --direct-assume` leaves open
# What a thief would begin with: to stay, to see, to take.
_DANGEROUS = [
    "iam:CreateAccessKey",
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:DeactivateMFADevice",
    "iam:AttachUserPolicy",
    "iam:PutUserPolicy",
    _BY_CHOICE,
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
    "kms:Decrypt",
    "lambda:InvokeFunction",
    "ec2:RunInstances",
]


class User:
    """IAM is asked at once, in the background; `key_id` is the base key's, empty where that is not known.

    `rotating` are the ids of those that an unfinished rotation will see to.
    """

    def __init__(
        self,
        account: Account,
        session: Session,
        source: KeySource,
        key_id: str,
        environ: Mapping[str, str],
        *,
        rotating: tuple[str, ...] = (),
    ) -> None:
        self._account = account
        self._session = session
        self._key_id = key_id
        self._rotating = rotating
        self._work = Work(lambda: self._asked(wiring_keys.iam(account, session, source, environ)))

    def findings(self, until: float) -> list[Finding]:
        try:
            return self._work.result(until)
        except MfaSessionError as error:
            return [_untold("user", error)]
        except Late:
            return [Finding("skipped", "user", "not looked at: IAM gives no answer")]

    def _asked(self, iam: AboutUser) -> list[Finding]:
        parts: list[tuple[str, Callable[[AboutUser], Iterator[Finding]]]] = [
            (_AGE, self._keys),
            (_DEVICES, self._devices),
            (_SIMULATED, self._simulation),
        ]
        return [finding for subject, part in parts for finding in _unless_denied(subject, part, iam)]

    def _keys(self, iam: AboutUser) -> Iterator[Finding]:
        keys, rotate = iam.access_keys(), f"mfa-session rotate {self._account.name}"
        own, now = self._key_id, time.time()
        active = [key.access_key_id for key in keys if key.active]
        if not own and len(active) == 1:
            own = active[0]
        for key in keys if own else ():
            masked, days = f"****{key.access_key_id[-4:]}", int((now - key.created) / 86400)
            if key.access_key_id == own:
                if days > _OLD:
                    why = "the longer a key is around, the more copies of it there are"
                    yield Finding("yellow", _AGE, f"{masked} is {days} days old", why, (f"type: {rotate}",))
                else:
                    yield Finding("ok", _AGE, f"{masked} is {days} day{'' if days == 1 else 's'} old")
            elif key.active and key.access_key_id not in self._rotating:
                what = f"the user has a second active key, {masked}, {days} days old"
                why = "it opens as much as this one, and nobody looks after it here"
                hints = (f"switch it off, and if nothing fails, delete it: {_SECURITY}",)
                yield Finding("yellow", "second key", what, why, hints)
        if not own:
            what = (
                f"not looked at: the user has {len(active)} active keys, and which one it is, is in 1Password"
            )
            yield Finding("skipped", _AGE, what)
        elif own not in {key.access_key_id for key in keys}:
            what = f"the user of the session has no key ****{own[-4:]}"
            yield Finding("yellow", _AGE, what, "the key may be another user's than the MFA device")

    def _devices(self, iam: AboutUser) -> Iterator[Finding]:
        devices, serial = iam.devices(), self._account.mfa_serial
        others = [one for one in devices if one != serial]
        if serial not in devices:
            fido = [one for one in devices if ":u2f/" in one]
            what = f"{serial} is not among the user's devices"
            if devices and len(fido) == len(devices):
                what = "the user has FIDO keys alone, and they give no code for a session"
            hints = (f"add a virtual device, and name it as {self._account.where('MFA_SERIAL')}",)
            yield Finding("red", _DEVICES, what, "AWS takes no code of it", hints)
        elif others:
            what = f"{len(devices)} devices: any of them is enough for whoever has it"
            yield Finding("note", _DEVICES, what, f"beside this one: {', '.join(others)}")
        else:
            yield Finding("ok", _DEVICES, "one, and it is the account's")

    def _simulation(self, iam: AboutUser) -> Iterator[Finding]:
        decided = {mfa: iam.simulated(self._session.arn, _DANGEROUS, mfa) for mfa in (None, False)}
        who = {None: "the key alone", False: "a session without MFA"}
        by_decision: dict[str, list[str]] = {"allowed": [], "implicitDeny": []}
        for mfa, decisions in decided.items():
            for decision, found in by_decision.items():
                actions = [action for action, said in decisions.items() if said == decision]
                if actions:
                    found.append(f"{who[mfa]} may {_short(actions)}" if decision == "allowed" else who[mfa])
        allowed = {action for said in decided.values() for action, how in said.items() if how == "allowed"}
        hint = ("for the policy to attach to its user, type: mfa-session policy",)
        if allowed == {_BY_CHOICE}:
            what = f"without MFA, IAM allows {_BY_CHOICE}, as --direct needs it"
            why = "so that each role's trust policy has to demand MFA itself"
            yield Finding("yellow", _SIMULATED, what, why, ("without --direct, it is not needed", *hint))
        elif by_decision["allowed"]:
            yield Finding(
                "red",
                _SIMULATED,
                "; ".join(by_decision["allowed"]),
                "IAM says so of the user's policies",
                hint,
            )
        elif by_decision["implicitDeny"]:
            what = f"nothing denies everything to {' and '.join(by_decision['implicitDeny'])}"
            yield Finding(
                "yellow", _SIMULATED, what, "nothing allows it either, but the next Allow does", hint
            )
        elif all(len(decisions) == len(_DANGEROUS) for decisions in decided.values()):
            what = f"IAM denies {len(_DANGEROUS)} dangerous actions without MFA, explicitly"
            yield Finding("ok", _SIMULATED, what)
        else:
            yield Finding("skipped", _SIMULATED, "not known: IAM decided on some of the actions only")


def _unless_denied(
    subject: str, part: Callable[[AboutUser], Iterator[Finding]], iam: AboutUser
) -> list[Finding]:
    """One of them may be denied, and another not."""
    try:
        return list(part(iam))
    except MfaSessionError as error:
        return [_untold(subject, error)]


def _untold(subject: str, error: MfaSessionError) -> Finding:
    return Finding("skipped", subject, "not looked at: IAM does not tell", error.message, tuple(error.hints))


def _short(actions: list[str]) -> str:
    rest = f" and {len(actions) - 3} more" if len(actions) > 3 else ""
    return f"{', '.join(actions[:3])}{rest}"
