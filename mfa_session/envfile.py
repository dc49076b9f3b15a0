"""An account's file, checked: everything that can be wrong in it is said before anybody is asked for a touch."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mfa_session import dotenv_file, durations
from mfa_session.errors import ConfigError
from mfa_session.model import Account, BaseKey, KeySpec, OpItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found
    from mfa_session.dotenv_file import Entry

_ALIASES = {
    "AWS_ACCOUNT_ID": ("ACCOUNT_ID",),
    "MFA_SERIAL": ("AWS_MFA_SERIAL", "MFA_ARN"),
    "MFA_DEVICE_NAME": (),
    "OP_ITEM": ("OP_VAULT_ITEM",),
    "OP_VAULT": (),
    "OP_ACCOUNT": (),
    "AWS_ACCESS_KEY_ID": (),
    "AWS_SECRET_ACCESS_KEY": (),
    "AWS_PROFILE": (),
    "AWS_REGION": ("AWS_DEFAULT_REGION",),
    "SESSION_DURATION": (),
}
_KNOWN = [name for key, aliases in _ALIASES.items() for name in (key, *aliases)]
# What would send the key and the code somewhere else, or show them to somebody on the way.
_REDIRECTS = re.compile(r"AWS_ENDPOINT_URL(_.*)?|AWS_CA_BUNDLE|(HTTPS?|ALL|NO)_PROXY", re.IGNORECASE)
_SERIAL = re.compile(r"arn:(aws[\w-]*):iam::([0-9]{12}):mfa/[\w+=,.@/-]+", re.ASCII)
_HARDWARE_SERIAL = re.compile(r"[\w+=/,.@-]{9,256}", re.ASCII)
_REFERENCE = re.compile(r"op://[\w. -]+(/[\w. -]+){2,3}(\?[\w=&-]+)?", re.ASCII)
_SPELLINGS = re.compile(r"(?:\{\{\s*)?op://(.*?)(?:\s*\}\})?", re.IGNORECASE)  # op takes all of them
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-[0-9]+")
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


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
            otp=self._otp(),
            key=key,
            region=region,
            duration=duration,
            warnings=tuple(warnings),
        )

    def _strangers(self) -> list[str]:
        warnings = []
        for name, entry in self.entries.items():
            if _REDIRECTS.fullmatch(name):
                raise self._wrong(
                    name,
                    "is refused: an account's file can't redirect requests",
                    f"export {name} in the shell if you need it",
                )
            if name not in _KNOWN:
                near = difflib.get_close_matches(name.upper(), _KNOWN, n=1)
                meant = f", did you mean {near[0]}?" if near else ""
                warnings.append(f"{self.path}:{entry.line}: {name} is not a key of this file{meant}")
        return warnings

    def _get(self, key: str) -> str | None:
        """The value of a key or of one of its aliases; an empty one counts as absent."""
        given = [n for n in (key, *_ALIASES[key]) if n in self.entries and self.entries[n].value.strip()]
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
            known = _SERIAL.fullmatch(self._get("MFA_SERIAL") or "")
            raise self._missing("AWS_ACCOUNT_ID", known[2] if known else "111122223333")
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
        partition = next((p for start, p in _PARTITIONS.items() if (region or "").startswith(start)), "aws")
        serial, device = self._get("MFA_SERIAL"), self._get("MFA_DEVICE_NAME")
        if serial is None:
            if device and ":" in device:
                raise self._wrong("MFA_DEVICE_NAME", "is more than a name", f"write MFA_SERIAL={device}")
            if device is None:
                raise self._missing("MFA_SERIAL", f"arn:{partition}:iam::{account_id}:mfa/NAME")
            serial = f"arn:{partition}:iam::{account_id}:mfa/{device}"
        elif device and not serial.endswith(f"/{device}"):
            raise self._wrong("MFA_DEVICE_NAME", f"contradicts the serial {serial}", "one of them is enough")
        key = "MFA_SERIAL" if self._get("MFA_SERIAL") else "MFA_DEVICE_NAME"
        if ":u2f/" in serial:
            why = "is a FIDO key or passkey: it gives no code, and AWS wants one for a session"
            raise self._wrong(
                key, why, "add a virtual MFA device to this user (AWS allows eight) and name that"
            )
        if ":user/" in serial:
            hint = f"the device's is like {serial.replace(':user/', ':mfa/')}"
            raise self._wrong(key, "is the ARN of the user, not of the MFA device", hint)
        arn = _SERIAL.fullmatch(serial)
        if not arn and (serial.startswith("arn:") or not _HARDWARE_SERIAL.fullmatch(serial)):
            hint = f"write arn:{partition}:iam::{account_id}:mfa/NAME, or the number on a hardware device"
            raise self._wrong(key, f"{serial!r} is not the serial of an MFA device", hint)
        if arn and arn[2] != account_id:
            raise self._wrong(key, f"belongs to account {arn[2]}, but AWS_ACCOUNT_ID is {account_id}")
        if arn and region and arn[1] != partition:
            raise self._wrong(key, f"is in partition {arn[1]}, but AWS_REGION {region} is in {partition}")
        return serial

    def _otp(self) -> OpItem:
        item = self._get("OP_ITEM")
        if item is None:
            raise self._missing("OP_ITEM", "AWS test")
        if item == "-":
            raise self._wrong("OP_ITEM", "'-' means standard input to op", "write the item's id")
        return OpItem(item, self._get("OP_VAULT"), self._get("OP_ACCOUNT"))

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
        try:
            return durations.parse(self._get("SESSION_DURATION") or "12h")
        except ValueError as error:
            raise self._wrong("SESSION_DURATION", str(error)) from None

    def _wrong(self, key: str, what: str, *hints: str) -> ConfigError:
        named = next((n for n in (key, *_ALIASES.get(key, ())) if n in self.entries), key)
        line = self.entries[named].line if named in self.entries else None
        sentence = f"{named}: {what}" if what[0] in "'\"" else f"{named} {what}"
        return ConfigError(sentence, *hints, path=self.path, line=line)

    def _missing(self, key: str, example: str) -> ConfigError:
        strangers = [name for name in self.entries if name not in _KNOWN]
        near = difflib.get_close_matches(key, strangers, n=1)
        meant = [f"line {self.entries[near[0]].line} has {near[0]}: is that meant?"] if near else []
        return ConfigError(f"{key} is missing", *meant, f"add a line: {key}={example}", path=self.path)
