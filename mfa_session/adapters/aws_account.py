"""An AWS profile as an account: which key, which MFA device, where its code comes from, and the roles behind."""

from __future__ import annotations

import contextlib
import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from mfa_session import serials
from mfa_session.adapters import aws_chain, aws_elsewhere, aws_profile
from mfa_session.adapters.aws_config_words import typed
from mfa_session.adapters.aws_settings import OURS, Settings
from mfa_session.errors import ConfigError
from mfa_session.model import Account, KeySpec, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.accounts import Found
    from mfa_session.adapters.aws_chain import Profiles

_DURATION = 12 * 3600  # of the MFA session: duration_seconds is the role's


def load(name: str, found: Found, environ: Mapping[str, str]) -> Account | None:
    """The account that the profile `name` describes; None where there is no such profile. Raises ConfigError."""
    profiles = aws_chain.Profiles(found.path, environ)
    return _Plan(profiles, name).account(found.name) if name in profiles else None


def names(environ: Mapping[str, str]) -> list[str]:
    """The profiles that are accounts, sorted; those with something wrong are none."""
    found = []
    with contextlib.suppress(ConfigError):
        profiles = aws_chain.Profiles(aws_profile.files(environ)[0], environ)
        for name in profiles.names:
            with contextlib.suppress(ConfigError):
                found.append(_Plan(profiles, name).account(name).name)
    return found


def ours(name: str, environ: Mapping[str, str]) -> str | None:
    """The account's file that this profile's credential_process is for, where `mfa-session configure` wrote it.

    None where that line has options too, so that the file alone is not what it stands for. Raises ConfigError.
    """
    profiles = aws_chain.Profiles(aws_profile.files(environ)[0], environ)
    process = profiles.link(name).get("credential_process") if name in profiles else None
    words = aws_elsewhere.of_ours(process.value) if process else []
    return words[0] if len(words) == 1 else None


class _Plan:
    """`name` is that of a profile there is; each method raises ConfigError."""

    def __init__(self, profiles: Profiles, name: str) -> None:
        self.profiles = profiles
        self.name = name
        self.chain = profiles.chain(name)
        self.settings = Settings(profiles.path, self.chain)

    def account(self, name: str) -> Account:
        region = self.settings.text("region")
        serial = self.settings.serial(region)
        *through, role = self._roles() or [Role()]
        otp = self.settings.otp(serial)
        self._check_key()
        return Account(
            name=name,
            path=Path(self.profiles.path),
            account_id=serials.account_id(serial) or "",
            mfa_serial=serial,
            otp=otp,
            key=KeySpec(profiles=(self.chain[-1].name,)),
            region=region,
            duration=_DURATION,
            warnings=tuple(self._warnings()),
            profile=self.name,
            role=role,
            through=tuple(through),
        )

    def _roles(self) -> list[Role]:
        """In the order in which they are assumed; of a base that is another profile, its role does not count."""
        takers = [link for link in self.chain[:-1] or self.chain if link.get("role_arn")]
        if takers and takers[0] is not self.chain[0]:
            # The CLI finds no credentials there. aws-vault takes the source's role, where the person may have meant
            # the user's own session: that is too far apart to choose for them.
            raise self.profiles.error(
                f"profile {self.name} has no role_arn, and its source profile {takers[0].name} takes a role",
                f"name that one: mfa-session export {typed(takers[0].name)}",
                f"or add the role: aws configure set role_arn ARN --profile {typed(self.name)}",
            )
        return [self.settings.role(link) for link in reversed(takers)]

    def _check_key(self) -> None:
        """aws_profile reads it, and says what else can be wrong with it."""
        base = self.chain[-1]
        missing = [half for half in aws_chain.KEY if half not in base.sections[0].settings]
        if not missing:
            return
        what = "the access key" if len(missing) == 2 else missing[0]
        hints = [f"type: aws configure --profile {typed(base.name)}"]
        # aws-vault's parent style without its one odd line; it would not find the key there either.
        holder = next((s.profile for s in base.sections[1:] if set(aws_chain.KEY) <= set(s.settings)), None)
        there, here = typed(holder or "NAME"), typed(base.name)
        instead = f"aws configure set source_profile {there} --profile {here}"
        if holder:
            hints.append(f"or to use that of {holder}: {instead}")
        elif base.get("role_arn") and not base.get("source_profile"):  # a key would be out of place there
            hints = [f"name the profile that has one: {instead}"]
        raise self.profiles.error(f"{what} of profile {base.name} is missing", *hints)

    def _warnings(self) -> Iterator[str]:
        for name, settings in dict(self.settings.sections).items():
            for key in settings:
                near = difflib.get_close_matches(key, OURS, n=1)
                meant = near[0] if near else " or ".join(OURS)
                if key.startswith("mfa_session_") and key not in OURS:
                    yield f"profile {name} has {key}, which means nothing: did you mean {meant}?"
            if "parent_profile" in settings:
                yield f"profile {name} has parent_profile, which is not read: it is include_profile today"
