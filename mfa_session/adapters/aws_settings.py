"""What the settings of AWS profiles mean: the MFA device, where its code comes from, a role. Each value is checked."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mfa_session import roles, serials
from mfa_session.adapters import aws_chain
from mfa_session.adapters.aws_config_words import typed
from mfa_session.errors import ConfigError
from mfa_session.model import OpItem, OtpSource, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mfa_session.adapters.aws_chain import Link, Setting

OURS = ("mfa_session_op_item", "mfa_session_op_vault", "mfa_session_op_account")
_KEYS = {"role_duration": "duration_seconds", "transitive_tags": "transitive_session_tags"}


class NoSerial(ConfigError):
    """The profile is there, and nothing says which MFA device is its user's."""


class Settings:
    """Those on the way from a profile to its key, the nearest first; each method raises ConfigError."""

    def __init__(self, path: str, chain: tuple[Link, ...]) -> None:
        self.path = path
        self.name = chain[0].name
        self.sections = tuple(section for link in chain for section in link.sections)

    def serial(self, region: str | None) -> str:
        """The nearest. The CLI and aws-vault (since its version 5) want one in each profile that takes a role: they
        ask for a code for each; here the key's session is what has the MFA, so that one beside the key is enough.
        """
        setting = aws_chain.first(self.sections, "mfa_serial")
        if setting is None:
            like = serials.arn("ACCOUNT", region)
            raise NoSerial(
                f"the AWS profile {self.name} has no mfa_serial",
                f"add mfa_serial = {like} to profile {self.name}",
                path=self.path,
            )
        serial, account_id = self._value(setting), serials.account_id(setting.value) or ""
        with self._named(setting):
            serials.check(serial, account_id, None)
        there = serials.partition(region)
        if account_id and region and serial.split(":")[1] != there:
            raise self._wrong(
                setting,
                f"is in partition {serial.split(':')[1]}, but region {region} is in {there}",
                f"correct one of them: aws configure set region NAME --profile {typed(self.name)}",
            )
        return serial

    def role(self, link: Link) -> Role:
        fields = {}
        for name, (field, read) in roles.SETTINGS.items():
            if setting := link.get(_KEYS.get(name, name)):
                with self._named(setting):
                    fields[field] = read(self._value(setting))
        role = Role(**fields)
        if transitive := link.get(
            "transitive_session_tags"
        ):  # of what is checked, only these can be in a profile
            with self._named(transitive):
                roles.check(role)
        return role

    def otp(self, serial: str) -> OtpSource:
        """The nearest way to a code; the others are kept for who asks for them by an option."""
        item, vault, account, command = (self.text(key) for key in (*OURS, "mfa_process"))
        setting = aws_chain.first(self.sections, OURS[0])
        if setting and (item == "-" or setting.value.startswith("op://")):
            what = (
                "'-' means standard input to op"
                if item == "-"
                else "can't be an op:// reference: it is no secret"
            )
            raise self._wrong(setting, what, "write the item's name or id")
        ways = {OURS[0]: "op", "mfa_process": "command"}  # in this order, where one profile has both
        kinds = (kind for section in self.sections for key, kind in ways.items() if key in section.settings)
        op = OpItem(item, vault, account) if item else None
        return OtpSource(next(kinds, "prompt"), op, serial, command or "")

    def text(self, key: str) -> str | None:
        setting = aws_chain.first(self.sections, key)
        return self._value(setting) if setting else None

    def _value(self, setting: Setting) -> str:
        value = setting.value
        if not value.isprintable():
            raise self._wrong(setting, "has a line break or another control character in its value")
        if value[0] == value[-1] in "'\"" and setting.key != "mfa_process":
            raise self._wrong(
                setting,
                "has quotes, which are a part of the value there",
                f"write {setting.key} = {value[1:-1]}",
            )
        return value

    @contextlib.contextmanager
    def _named(self, setting: Setting) -> Iterator[None]:
        """A ValueError comes from the value of this setting."""
        try:
            yield
        except ValueError as error:
            raise self._wrong(setting, *error.args) from None

    def _wrong(self, setting: Setting, what: str, *hints: str) -> ConfigError:
        colon = "" if what.startswith(("is ", "has ", "can't ")) else ":"
        usual = f"correct it: aws configure set {setting.key} VALUE --profile {typed(setting.profile)}"
        sentence = f"{setting.key} of profile {setting.profile}{colon} {what}"
        return ConfigError(sentence, *(hints or (usual,)), path=self.path)
