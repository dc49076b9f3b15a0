"""An account's file, checked: everything that can be wrong in it is said before anybody is asked for a touch."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfa_session import dotenv_file, durations, envfile_keys, roles, serials
from mfa_session.errors import ConfigError
from mfa_session.model import Account, BaseKey, KeySpec, OpItem, OtpSource, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.accounts import Found
    from mfa_session.dotenv_file import Entry

_REFERENCE = re.compile(r"op://[\w. -]+(/[\w. -]+){2,3}(\?[\w=&-]+)?", re.ASCII)
_SPELLINGS = re.compile(r"(?:\{\{\s*)?op://(.*?)(?:\s*\}\})?", re.IGNORECASE)  # op takes all of them
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]+")
_KINDS = ("op", "ykman", "command", "prompt")


def load(found: Found, environ: Mapping[str, str]) -> Account:
    """The account that the file describes; raises ConfigError."""
    path, around = Path(found.path), _Looked(environ)
    text = dotenv_file.text(path)
    entries = dotenv_file.parse(text, path, around)
    account = _File(path, entries).account(found)
    values = "".join(f"\0{name}={entry.value}" for name, entry in entries.items())
    text_hash = hashlib.sha256((text + values).encode(errors="surrogateescape")).hexdigest()
    return dataclasses.replace(account, text_hash=text_hash, uses_environment=around.looked)


class _Looked(dict[str, str]):
    """The environment, which remembers whether it was looked at."""

    looked = False

    def get(self, name: str, default: Any = None) -> Any:
        self.looked = True
        return super().get(name, default)


class _File:
    def __init__(self, path: Path, entries: Mapping[str, Entry]) -> None:
        self.path = path
        self.entries = entries

    def account(self, found: Found) -> Account:
        warnings = self._strangers()
        account_id = self._account_id()
        region = self._region()
        serial = self._serial(account_id, region)
        key = self._key(found)
        if key.secret_access_key and not key.secret_access_key.startswith("op://"):
            mode = self.path.stat().st_mode
            if mode & 0o077:
                warnings.append(f"others can read the secret in {self.path}: type chmod 600 {self.path}")
        duration = self._duration()
        return Account(
            name=found.name,
            path=self.path,
            account_id=account_id,
            mfa_serial=serial,
            otp=self._otp(found, serial),
            key=key,
            region=region,
            duration=duration,
            role=self._role(),
            warnings=tuple(warnings),
        )

    def _strangers(self) -> list[str]:
        warnings = []
        for name, entry in self.entries.items():
            if envfile_keys.REDIRECTS.fullmatch(name):
                raise self._wrong(
                    name,
                    "is refused: an account's file can't redirect requests",
                    f"export {name} in the shell if you need it",
                )
            if name not in envfile_keys.KNOWN:
                near = difflib.get_close_matches(name.upper(), envfile_keys.KNOWN, n=1)
                meant = f", did you mean {near[0]}?" if near else ""
                if near and near[0] in envfile_keys.LIMITS:
                    why = "without that, the session could do more or last longer than you mean"
                    raise self._wrong(name, f"is not a key of this file{meant}", why)
                warnings.append(f"{self.path}:{entry.line}: {name} is not a key of this file{meant}")
        return warnings

    def _get(self, key: str) -> str | None:
        """The value of a key or of one of its aliases; an empty one counts as absent."""
        given = [
            n
            for n in (key, *envfile_keys.ALIASES[key])
            if n in self.entries and self.entries[n].value.strip()
        ]
        if len({self.entries[name].value for name in given}) > 1:
            raise self._wrong(given[1], f"contradicts {given[0]}, which means the same")
        if not given:
            return None
        value = self.entries[given[0]].value.strip()
        if not value.isprintable():
            raise self._wrong(key, "has a line break or another control character in its value")
        if reference := _SPELLINGS.fullmatch(value):
            value = f"op://{reference[1]}"
        if value.startswith("op://") and key not in {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}:
            hint = "it is no secret, and is checked before 1Password is asked: write the value itself"
            raise self._wrong(key, "can't be an op:// reference", hint)
        return value

    def _account_id(self) -> str:
        value = self._get("AWS_ACCOUNT_ID")
        if value is None:
            known = serials.account_id(self._get("MFA_SERIAL") or "")
            raise self._missing("AWS_ACCOUNT_ID", known or "111122223333")
        digits = value.replace("-", "")
        if not re.fullmatch(r"[0-9]{12}", digits):
            raise self._wrong("AWS_ACCOUNT_ID", f"{value!r} is not an account id of 12 digits")
        return digits

    def _region(self) -> str | None:
        value = self._get("AWS_REGION")
        if value is not None and not _REGION.fullmatch(value):
            raise self._wrong("AWS_REGION", f"{value!r} is not the name of a region", "write eu-west-1, say")
        return value

    def _serial(self, account_id: str, region: str | None) -> str:
        serial, device = self._get("MFA_SERIAL"), self._get("MFA_DEVICE_NAME")
        key = "MFA_SERIAL" if serial else "MFA_DEVICE_NAME"
        if serial is None:
            if device and ":" in device:
                raise self._wrong("MFA_DEVICE_NAME", "is more than a name", f"write MFA_SERIAL={device}")
            if device is None:
                raise self._missing("MFA_SERIAL", serials.arn(account_id, region))
            serial = serials.arn(account_id, region, device)
        elif device and not serial.endswith(f"/{device}"):
            raise self._wrong("MFA_DEVICE_NAME", f"contradicts the serial {serial}", "one of them is enough")
        with self._named(key):
            serials.check(serial, account_id, region)
        return serial

    def _otp(self, found: Found, serial: str) -> OtpSource:
        kind = self._get("OTP_SOURCE") or "op"
        if kind not in _KINDS:
            raise self._wrong(
                "OTP_SOURCE", f"{kind!r} is no source of codes", f"it can be {', '.join(_KINDS)}"
            )
        item, command = self._get("OP_ITEM"), self._get("OTP_COMMAND")
        if item is None and kind == "op":
            other = {"OTP_COMMAND": "command", "YKMAN_ACCOUNT": "ykman"}
            if key := next((key for key in other if self._get(key)), None):
                raise self._wrong(key, "counts only with its source", f"add a line: OTP_SOURCE={other[key]}")
            raise self._missing("OP_ITEM", "AWS test", "or OTP_SOURCE=ykman, command or prompt")
        if item == "-":
            raise self._wrong("OP_ITEM", "'-' means standard input to op", "write the item's id")
        if command is None and kind == "command":
            raise self._missing("OTP_COMMAND", '"pass otp aws"')
        if command is not None and not found.own:
            raise self._wrong(
                "OTP_COMMAND",
                "is a program to run, and this file may have come with a checkout",
                "move the file to ~/.config/mfa-session/, or name it: --env-file PATH",
            )
        account = self._get("OP_ACCOUNT")  # also counts for the base key, if that is in 1Password
        op = OpItem(item or "", self._get("OP_VAULT"), account) if item or account else None
        return OtpSource(kind, op, self._get("YKMAN_ACCOUNT") or serial, command or "")

    def _role(self) -> Role:
        """The settings that are there, whether or not they name a role."""
        fields = {}
        for name, (field, read) in roles.SETTINGS.items():
            if (value := self._get(name.upper())) is not None:
                with self._named(name.upper()):
                    fields[field] = read(value)
        role = Role(**fields)
        with self._named("TRANSITIVE_TAGS"):
            roles.check(role)
        return role

    @contextlib.contextmanager
    def _named(self, key: str) -> Iterator[None]:
        """A ValueError comes from the value of this key."""
        try:
            yield
        except ValueError as error:
            raise self._wrong(key, *error.args) from None

    def _key(self, found: Found) -> KeySpec:
        halves = {name: self._get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        key_id, secret = halves.values()
        if key_id is None and secret is None:
            profile = self._get("AWS_PROFILE")
            guesses = (found.named_by_profile, f"{found.name}-bootstrap", found.name)
            return KeySpec(profiles=(profile,) if profile else tuple(dict.fromkeys(filter(None, guesses))))
        for name, value in halves.items():
            if value is None:
                there = next(n for n in halves if n != name)
                hint = f"add {name}=…, or take {there} out to use the key of an AWS profile"
                raise self._wrong(there, f"is half a base key: {name} is missing", hint)
            if value.startswith("op://") and not _REFERENCE.fullmatch(value):
                hint = "write op://vault/item/field; names with other characters than letters, digits, -_. and space are given by id"
                raise self._wrong(name, f"{value} is not a reference that 1Password can resolve", hint)
        key = BaseKey(key_id or "", secret or "")
        if not key.access_key_id.startswith("op://") and not key.is_plausible:
            raise self._wrong(
                "AWS_ACCESS_KEY_ID", "is not the id of an access key", "it is like AKIAIOSFODNN7EXAMPLE"
            )
        if key.is_of_a_session:
            hint = "a base key starts with AKIA; IAM shows it under Security credentials"
            raise self._wrong(
                "AWS_ACCESS_KEY_ID", "belongs to a session, and sessions can't get sessions", hint
            )
        return KeySpec(access_key_id=key_id or "", secret_access_key=secret or "")

    def _duration(self) -> int:
        with self._named("SESSION_DURATION"):
            return durations.parse(self._get("SESSION_DURATION") or "12h")

    def _wrong(self, key: str, what: str, *hints: str) -> ConfigError:
        named = next((n for n in (key, *envfile_keys.ALIASES.get(key, ())) if n in self.entries), key)
        line = self.entries[named].line if named in self.entries else None
        sentence = f"{named}: {what}" if what[0] in "'\"" else f"{named} {what}"
        return ConfigError(sentence, *hints, path=self.path, line=line)

    def _missing(self, key: str, example: str, *hints: str) -> ConfigError:
        strangers = [name for name in self.entries if name not in envfile_keys.KNOWN]
        near = difflib.get_close_matches(key, strangers, n=1)
        meant = [f"line {self.entries[near[0]].line} has {near[0]}: is that meant?"] if near else []
        return ConfigError(
            f"{key} is missing", *meant, f"add a line: {key}={example}", *hints, path=self.path
        )
