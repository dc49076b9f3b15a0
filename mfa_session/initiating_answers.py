"""Which MFA device and which region a new account has: found out where AWS or the shell says it, else asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mfa_session import serials, tty, tty_questions
from mfa_session.errors import ConfigError, Denied, KeyUnknown, MfaSessionError, NeedsTerminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mfa_session.users import Identity

NO_REGION = "none"  # said for no region at all
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]+")


def serial(
    user: Identity, given: str | None, region: str | None, devices: Callable[[], list[str]], *, asking: bool
) -> str:
    """As an option says it, as IAM lists it by `devices`, or as the person knows it; raises MfaSessionError."""

    def wrong(serial: str) -> str | None:
        its_account = serials.account_id(serial)
        if its_account not in (None, user.account_id):
            return f"that belongs to account {its_account}, but the base key to {user.account_id}"
        try:
            serials.check(serial, user.account_id, region)
        except ValueError as error:
            said = str(error.args[0])
            return said if said[0] in "'\"" else f"that {said}"
        return None

    if given:
        if why := wrong(given):
            raise ConfigError(
                f"--mfa-serial {given}: {why.removeprefix('that ')}", "IAM shows it beside the user's devices"
            )
        return given
    try:
        listed = devices()
    except KeyUnknown:
        raise
    except Denied:  # as it should be, for a key that is neutered
        if not asking:
            raise NeedsTerminal(
                "AWS does not let the base key list the MFA devices of its user", "add --mfa-serial ARN"
            ) from None
        usual = f"arn:{user.partition}:iam::{user.account_id}:mfa/{user.user}"
        return tty_questions.ask("the ARN or number of your MFA device", usual, wrong)
    return _of_listed(listed, user, asking=asking)


def _of_listed(listed: list[str], user: Identity, *, asking: bool) -> str:
    found = [serial for serial in listed if ":u2f/" not in serial]
    if len(found) < len(listed):
        tty.notice("note: FIDO keys and passkeys are left out, as they give no codes")
    if not found:
        raise MfaSessionError(
            f"{user.user} has no MFA device that gives codes",
            "add a virtual one in IAM > Users > Security credentials, then run this again",
        )
    index = 0
    if len(found) > 1:
        if not asking:
            many = f"{user.user} has {len(found)} MFA devices that give codes"
            raise NeedsTerminal(many, *[f"add --mfa-serial {serial}" for serial in found])
        index = tty_questions.choose("which MFA device?", found)
    tty.notice(f"the MFA device is {found[index]}")
    return found[index]


def region(user: Identity, of_profile: str | None, environ: Mapping[str, str], *, asking: bool) -> str | None:
    """The shell's, or as the person says it; None where the profile has one, which holds for the account too."""

    def wrong(region: str) -> str | None:
        if region == NO_REGION:
            return None
        if not _REGION.fullmatch(region):
            return f"{region!r} is not the name of a region: eu-west-1 is one, say"
        if serials.partition(region) != user.partition:
            return f"{region} is in partition {serials.partition(region)}, the account in {user.partition}"
        return None

    if of_profile:
        return None
    around = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or NO_REGION
    around = NO_REGION if wrong(around) else around
    answer = tty_questions.ask("the region, or none", around, wrong) if asking else around
    return None if answer == NO_REGION else answer
