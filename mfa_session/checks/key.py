"""The base key as AWS sees it: whose it is, whether the clock is right, and whether it is worth anything without MFA."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mfa_session import serials, verdicts, wiring_checks
from mfa_session.checks.background import Late, Work
from mfa_session.errors import MfaSessionError
from mfa_session.findings import Finding, of_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.checks_ports import Checkup
    from mfa_session.model import Account, BaseKey
    from mfa_session.users import Identity
    from mfa_session.verdicts import Probe, Verdict
    from mfa_session.wiring import KeySource

_SUBJECT, _NEUTERED, _REGION = "base key", "neutered", "region"
_LEVELS = {"green": "ok", "yellow": "yellow", "red": "red"}
_IAM = "IAM > Users > Security credentials"


class Answers(NamedTuple):
    """What AWS has said; `skew` in seconds, None where it has said no time."""

    findings: list[Finding]
    skew: float | None


class Key:
    """AWS is asked at once, in the background; `deep` also asks for a session without MFA, and with that."""

    def __init__(
        self,
        account: Account,
        key: BaseKey,
        source: KeySource,
        environ: Mapping[str, str],
        *,
        deep: bool,
    ) -> None:
        self.account = account
        self.key = key
        self._source = source
        self._environ = environ
        self._checkup: Checkup | None = None
        self._wrong = _wrong(account, key)
        if self._wrong:
            return
        self._identity = Work(self._identify)
        self._probes = Work(lambda: wiring_checks.probes(account, key, source, environ))
        self._deep = Work(self._without_mfa) if deep else None

    def answers(self, until: float) -> Answers:
        """`until` is in seconds of the monotonic clock: what has not answered then, is not waited for."""
        if self._wrong:
            return Answers([self._wrong, _not_asked("AWS is not asked with that")], None)
        try:
            identity = self._identity.result(until)
        except (MfaSessionError, Late) as error:
            failed = of_error(_SUBJECT, error) if isinstance(error, MfaSessionError) else _no_answer()
            return Answers([failed, _not_asked("AWS could not be asked whose the key is")], self._skew)
        found = [*self._of(identity), *self._partition(identity), *self._neutered(until)]
        return Answers(found, self._skew)

    @property
    def _skew(self) -> float | None:
        return self._checkup.skew if self._checkup else None

    def _identify(self) -> Identity:
        self._checkup = wiring_checks.checkup(self.account, self.key, self._source, self._environ)
        return self._checkup.identity()

    def _without_mfa(self) -> list[Probe]:
        asked = wiring_checks.checkup(self.account, self.key, self._source, self._environ)
        session = asked.session_without_mfa()
        return list(wiring_checks.probes(self.account, session, self._source, self._environ))

    def _of(self, identity: Identity) -> Iterator[Finding]:
        account, masked = self.account, f"****{self.key.access_key_id[-4:]}"
        if account.account_id and identity.account_id != account.account_id:
            what = f"the key {masked} belongs to account {identity.account_id}, not {account.account_id}"
            hints = (f"correct {account.where('AWS_ACCOUNT_ID')}, or the key or profile that is named there",)
            yield Finding("red", _SUBJECT, what, "a session would be another account's", hints)
        elif identity.is_root:
            what = f"the key {masked} is the root user's, who may do everything"
            why = "no policy of this account can deny root anything: the key can't be neutered"
            hints = (f"make an IAM user with a key of its own, then delete this one: {_IAM}",)
            yield Finding("red", _SUBJECT, what, why, hints)
        else:
            where = f" (profile {self._source.profile})" if self._source.profile else ""
            yield Finding("ok", _SUBJECT, f"{masked}{where} of {identity.arn}")
        device = account.mfa_serial.rpartition("/")[2] if account.mfa_serial.startswith("arn:") else ""
        if identity.user and device and device != identity.user:
            why = "a device can have any name; but AWS takes only the user's own"
            hints = (f"see which are: {_IAM}; the serial is {account.where('MFA_SERIAL')}",)
            what = f"the MFA device is called {device}, and the key's user {identity.user}"
            yield Finding("note", "device", what, why, hints)

    def _partition(self, identity: Identity) -> Iterator[Finding]:
        account = self.account
        region = account.region or self._source.region
        there = serials.partition(region) if region else identity.partition
        serial = account.mfa_serial.split(":")[1] if account.mfa_serial.startswith("arn:") else there
        if len({there, serial, identity.partition}) > 1:
            what = f"region {region} is in partition {there}, the key in {identity.partition}, the device in {serial}"
            why = "a session holds in one partition alone"
            hints = (f"correct {account.where('AWS_REGION')}",)
            yield Finding("red", _REGION, what, why, hints)
        elif region:
            yield Finding("ok", _REGION, f"{region}, in the partition of key and device ({there})")
        else:
            add = f"add AWS_REGION=eu-west-1, say, to {account.path}"
            hints = (
                "type: aws configure set region NAME --profile " + account.profile
                if account.profile
                else add,
            )
            why = "programs have to be told where to work"
            yield Finding("note", _REGION, "neither the account nor its profile names one", why, hints)

    def _neutered(self, until: float) -> Iterator[Finding]:
        try:
            verdict = verdicts.judge(self._probes.result(until))
        except MfaSessionError as error:
            yield of_error(_NEUTERED, error, "yellow")
            return
        except Late:
            yield _not_asked("AWS gives no answer")
            return
        if self._deep is None:
            yield _of_verdict(verdict)
            return
        try:
            yield _of_verdict(verdicts.judge_deep(verdict, self._deep.result(until)))
        except (MfaSessionError, Late) as error:
            yield _of_verdict(verdict)
            why = f": {error.message}" if isinstance(error, MfaSessionError) else " in time"
            yield Finding("skipped", "without mfa", f"AWS gave no session without MFA{why}")


def _wrong(account: Account, key: BaseKey) -> Finding | None:
    """What AWS need not be asked about, or must not: the two halves may be mixed up."""
    if key.is_of_a_session:
        what, hint = "it belongs to a session, and sessions can't get sessions", "use the IAM user's own key"
    elif not key.is_plausible:
        what, hint = "what should be its id can't be one", "are the two halves mixed up?"
    elif not key.access_key_id.startswith("AKIA"):
        what, hint = (
            f"its id starts with {key.access_key_id[:4]}, and keys of users with AKIA",
            f"copy it again: {_IAM}",
        )
    else:
        return None
    return Finding("red", _SUBJECT, what, hints=(f"{hint}; {account.where('AWS_ACCESS_KEY_ID')}",))


def _of_verdict(verdict: Verdict) -> Finding:
    what = verdict.what
    if verdict.colour == "green":
        denying = [said.partition(":")[0] for said in verdict.evidence if "explicit deny in" in said]
        services = dict.fromkeys(one.removeprefix("in a session without MFA, ") for one in denying)
        what += f": {', '.join(services)} name an explicit deny of its user's policy"
    return Finding(_LEVELS[verdict.colour], _NEUTERED, what, verdict.why, verdict.hints, verdict.evidence)


def _not_asked(why: str) -> Finding:
    return Finding("skipped", _NEUTERED, f"not looked at: {why}")


def _no_answer() -> Finding:
    return Finding(
        "red", _SUBJECT, "AWS gives no answer", hints=("check the network, HTTPS_PROXY, and the region",)
    )
