"""The account that an imported key is for: its file that is there, or what a new one has to say."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import accounts, drafting, envfile_edit, serials, whole_file, wiring
from mfa_session.errors import ConfigError
from mfa_session.model import Account, KeySpec, OpItem, OtpSource, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.importing import References
    from mfa_session.users import Identity

_HALVES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_TWELVE_HOURS = 12 * 3600


class Said(NamedTuple):
    """What the options say of an account that has no file yet."""

    mfa_serial: str | None = None
    op_item: str | None = None
    op_vault: str | None = None


class Target:
    """`account` as it is described now, `path` that of its file, there or not; `region` is the one that its key brings.

    `profile` is the AWS profile that the key comes from.
    """

    def __init__(
        self, account: Account, path: str, region: str | None, *, is_new: bool, profile: str | None = None
    ) -> None:
        self.account = account
        self.path = path
        self.is_new = is_new
        self.region = account.region or region
        self.profile = profile

    @property
    def references(self) -> References | None:
        """Those that its file has; raises ConfigError where that has a key, or half of one, itself."""
        found = self.account.key.references
        if len(found) == 2:
            return found[0], found[1]
        if found or self.account.key.access_key_id:
            raise ConfigError(
                "has a base key of its own",
                "take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY out, if it is to be the imported one",
                path=self.path,
            )
        return None

    def check(self, whose: Identity) -> None:
        """Whether the key can be this account's; raises ConfigError."""
        said = self.account.account_id or serials.account_id(self.account.mfa_serial) or whose.account_id
        if said != whose.account_id:
            raise ConfigError(
                f"the key belongs to account {whose.account_id}, and {self.account.name} is {said}",
                "name the account that is meant: --account NAME",
            )
        self.account = dataclasses.replace(self.account, account_id=whose.account_id)
        if self.is_new:
            drafting.checked(
                self._draft(("op://vault/item/id", "op://vault/item/secret")), self.account.name, "import"
            )

    def as_it_will_be(self, references: References) -> Account:
        key = KeySpec(access_key_id=references[0], secret_access_key=references[1])
        return dataclasses.replace(self.account, key=key, region=self.region)

    def lines(self, references: References) -> list[str]:
        """Those that its file gets."""
        if self.is_new:
            return drafting.text(self._draft(references), self.account.name).splitlines()
        pairs = [*zip(_HALVES, references, strict=True)]
        if self.region and not self.account.region:
            pairs.append(("AWS_REGION", self.region))
        return [f"{name}={drafting.quoted(value)}" for name, value in pairs]

    def lines_lost(self) -> tuple[str, ...]:
        """Those that it loses: what `init` has written of the profile whose key is gone then."""
        return () if self.is_new else envfile_edit.lines_about(Path(self.path), self.profile)

    def write(self, references: References, note: str) -> str:
        """Have the file refer to the key, and say what is so; `note` is a comment. Raises ConfigError."""
        shown = whole_file.shown(self.path)
        if self.is_new:
            drafting.write_new(self.path, drafting.text(self._draft(references), self.account.name))
            return f"{shown} is written, and refers to it"
        path = Path(self.path)
        if envfile_edit.with_references(path, *references, self.region, note, self.profile):
            return f"{shown} refers to it"
        return f"{shown} refers to it already"

    def read_again(self) -> Account:
        """The account as its file describes it now; raises ConfigError."""
        return wiring.account(accounts.Found(self.account.name, self.path, own=True), os.environ)

    def _draft(self, references: References) -> drafting.Draft:
        one = self.account
        return drafting.Draft(
            one.account_id,
            one.mfa_serial,
            one.otp,
            references=references,
            region=self.region,
            role_arn=one.role.arn or None,
        )


def find(
    name: str, profile: str | None, region: str | None, said: Said, environ: Mapping[str, str]
) -> Target:
    """Account `name` by its file, else by the AWS profile of that name or by `profile`, else by what is `said`.

    Raises ConfigError, which names everything that is missing.
    """
    here = accounts.here()
    if wrong := drafting.name_is_wrong(name):
        raise ConfigError(f"{name!r} {wrong}", "name the account: --account NAME")
    described = _described(name, environ)
    if described and described.profile is None:
        _no_contradiction(described, said)
        return Target(described, str(described.path), region, is_new=False, profile=profile)
    if described is None and profile:
        described = _described(profile, environ)
        if described and described.profile is None:  # by custom, the profile's name leads to another account
            described = None
    serial = said.mfa_serial or (described.mfa_serial if described else None)
    op = OpItem(said.op_item, said.op_vault) if said.op_item else None
    otp = OtpSource("op", op) if op else described.otp if described else None
    if serial is None or otp is None:
        missing = [
            flag for flag, there in (("--mfa-serial ARN", serial), ("--op-item ITEM", otp)) if not there
        ]
        raise ConfigError(
            f"account {name} has no file, and nothing says which MFA device is its user's and where the code comes from",
            f"add {' and '.join(missing)}; or first: mfa-session init {name}",
        )
    if described and (described.through or described.role != Role(arn=described.role.arn)):
        raise ConfigError(
            f"profile {described.profile} says more of its roles than is taken over here",
            f"write the account's file first: mfa-session init {name}",
            path=described.path,
        )
    # What is in the AWS files holds everywhere, and so has what comes in its place.
    folders = accounts.own_folders(environ, here)
    if not folders:
        raise ConfigError("HOME is not set, so that there is no place for the account's file")
    account = Account(
        name=name,
        path=Path(folders[0], f".env.{name}"),
        account_id="",
        mfa_serial=serial,
        otp=otp,
        key=KeySpec(profiles=(profile,) if profile else ()),
        region=described.region if described else None,
        duration=_TWELVE_HOURS,
        role=described.role if described else Role(),
    )
    return Target(account, os.fspath(account.path), region, is_new=True, profile=profile)


def _described(name: str, environ: Mapping[str, str]) -> Account | None:
    """The account of this name, if something describes it; raises ConfigError for a mistake in a file."""
    try:
        found = accounts.find(name, None, environ, accounts.here())
    except ConfigError:
        return None
    if found.profile is None:
        return wiring.account(found, environ)
    return wiring.account(found, environ) if name in wiring.profiles(environ) else None


def _no_contradiction(account: Account, said: Said) -> None:
    op = account.otp.op if account.otp.kind == "op" else None
    there = Said(account.mfa_serial, op.item if op else None, op.vault if op else None)
    for field, option in (
        ("mfa_serial", "--mfa-serial"),
        ("op_item", "--op-item"),
        ("op_vault", "--op-vault"),
    ):
        if getattr(said, field) not in (None, getattr(there, field)):
            raise ConfigError(
                f"says something else than {option}",
                "change the file, or leave the option out",
                path=account.path,
            )
