"""What makes a new account: told by options, found out from AWS and the AWS profiles, or asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mfa_session import (
    drafting,
    initiating_codes,
    serials,
    tty,
    tty_questions,
    wiring,
    wiring_codes,
    wiring_keys,
)
from mfa_session import initiating_answers as answers
from mfa_session.drafting import Draft
from mfa_session.errors import ConfigError, MfaSessionError, NeedsTerminal
from mfa_session.model import Account, KeySpec, OpItem, OtpSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.drafting import Wishes
    from mfa_session.users import Identity

_EXAMPLE = "111122223333"
_IN_1PASSWORD = "none of these: it is in 1Password"
_OTHER_FIELD = "secret access key"  # as 1Password calls it


class Initiation:
    """One new account; `asking` says whether there is a person to ask what its `wishes` leave open."""

    def __init__(
        self, name: str, path: str, wishes: Wishes, environ: Mapping[str, str], *, asking: bool
    ) -> None:
        self._name = name
        self._path = Path(path)
        self._wishes = wishes
        self._environ = environ
        self._asking = asking
        self._region_said = None if wishes.region == answers.NO_REGION else wishes.region

    def draft(self) -> Draft:
        """Raises MfaSessionError; nothing has been written then."""
        with drafting.in_options():
            return self._draft()

    def _draft(self) -> Draft:
        wishes = self._wishes
        self._check_what_is_said()
        if not self._asking:
            self._all_said()
        profile, references = wishes.profile, wishes.references
        if not profile and not references:
            profile, references = self._place_of_key()
        account = self._as_known(profile, references)
        source = wiring.keys(account, self._environ)
        key = source.key(
            lambda: wiring_codes.references(account, self._environ).ask(account.key.references).answer()
        )
        if key.is_of_a_session or not key.is_plausible:
            what = "a session, and sessions can't get sessions" if key.is_of_a_session else "no key"
            raise MfaSessionError(
                f"what the references lead to is {what}", "a base key's id starts with AKIA: see IAM"
            )
        user = _user(wiring_keys.identity(account, key, source, self._environ), account.account_id)
        serial = answers.serial(
            user,
            wishes.mfa_serial,
            self._region_said,
            lambda: wiring_keys.iam(account, key, source, self._environ).devices(),
            asking=self._asking,
        )
        words = (self._name, user.account_id, user.user or "")
        otp = initiating_codes.said(wishes)
        if otp:
            initiating_codes.check(otp, account.label, self._environ)
        else:
            otp = initiating_codes.chosen(account.label, wishes, words, self._environ)
        region = self._region_said
        if not wishes.region:
            region = answers.region(user, source.region, self._environ, asking=self._asking)
        return Draft(
            user.account_id, serial, otp, profile, references, region, wishes.duration, wishes.role_arn
        )

    def _check_what_is_said(self) -> None:
        """Before anybody is asked, and with an example in the place of what is not known yet."""
        wishes = self._wishes
        serial = wishes.mfa_serial or ""
        account_id = wishes.account_id or serials.account_id(serial) or _EXAMPLE
        drafting.checked(
            Draft(
                account_id,
                serial or serials.arn(account_id, self._region_said),
                initiating_codes.said(wishes) or OtpSource("prompt"),
                wishes.profile,
                wishes.references,
                self._region_said,
                wishes.duration,
                wishes.role_arn,
            ),
            self._name,
        )

    def _all_said(self) -> None:
        """Without a person nothing is guessed; what is missing is said all at once."""
        missing = []
        if not self._wishes.profile and not self._wishes.references:
            missing.append("--profile PROFILE, or --key-references ID SECRET")
        if initiating_codes.said(self._wishes) is None:
            missing.append("--op-item ITEM, or --otp-source ykman or prompt")
        if missing:
            hints = ["and --mfa-serial ARN, where the key may not list its devices"]
            raise NeedsTerminal(
                "no terminal to ask on, and not all is said by options",
                *[f"add {m}" for m in missing],
                *hints,
            )

    def _place_of_key(self) -> tuple[str | None, tuple[str, str] | None]:
        """The AWS profile with the base key, picked from those that have one, or the references to it.

        It is asked for even if there is only one: whose key is used is not to be guessed.
        """
        found = wiring_keys.profiles_with_a_key(self._environ)
        usual = f"{self._name}-bootstrap"
        if not found:
            raise ConfigError(
                "no AWS profile has an access key of a user's own",
                f"make one in IAM > Users > Security credentials, and type: aws configure --profile {usual}",
                "or, if it is in 1Password: --key-references op://VAULT/ITEM/FIELD op://VAULT/ITEM/FIELD",
            )
        guesses = (usual, self._name, self._environ.get("AWS_PROFILE") or "")
        first = next((found.index(guess) for guess in guesses if guess in found), 0)
        others = [_IN_1PASSWORD] if initiating_codes.has_op(self._environ) else []
        chosen = tty_questions.choose("which AWS profile has the base key?", [*found, *others], first)
        if chosen < len(found):
            return found[chosen], None
        key_id = tty_questions.ask("where its id is, as op://VAULT/ITEM/FIELD", "", _no_reference)
        beside = f"{key_id.rpartition('/')[0]}/{_OTHER_FIELD}"
        return None, (key_id, tty_questions.ask("where its secret is", beside, _no_reference))

    def _as_known(self, profile: str | None, references: tuple[str, str] | None) -> Account:
        """What AWS and 1Password have to know of the account, whose file is not there yet."""
        wishes = self._wishes
        id_part, secret_part = references or ("", "")
        return Account(
            name=self._name,
            path=self._path,
            account_id=(wishes.account_id or "").replace("-", ""),
            mfa_serial=wishes.mfa_serial or "",
            otp=OtpSource(op=OpItem("", None, wishes.op_account) if wishes.op_account else None),
            key=KeySpec(id_part, secret_part, (profile,) if profile else ()),
            region=self._region_said,
            duration=0,
        )


def _user(found: Identity, account_id: str) -> Identity:
    """Only a user's key will do, and only one of this account, if it is known."""
    if found.is_root:
        raise MfaSessionError(
            f"this is the key of the root user of {found.account_id}, which no policy holds back",
            "delete it, and make an IAM user with a key of its own",
        )
    if not found.user:
        raise MfaSessionError(
            f"this is the key of {found.arn}, and not of an IAM user", "make one for an IAM user"
        )
    if account_id not in ("", found.account_id):
        raise MfaSessionError(
            f"the base key belongs to account {found.account_id}, and not to {account_id}",
            "choose another --profile, or leave --account-id out",
        )
    tty.notice(f"the base key belongs to {found.user} in account {found.account_id}")
    return found


def _no_reference(answer: str) -> str | None:
    return None if answer.startswith("op://") else "a reference begins with op://; 1Password copies it"
