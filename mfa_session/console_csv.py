"""The files in which the IAM console gives an access key away, once: `accessKeys.csv`, and the older `credentials.csv`."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey

_ID, _SECRET, _USER = "access key id", "secret access key", "user name"
_LARGEST = 100_000  # bytes
_COLUMNS = "the columns looked for are Access key ID and Secret access key"


def read(path: str, user: str | None = None) -> BaseKey:
    """The key in the file; of a file with several users' keys, that of `user`. Raises ConfigError, with nothing of the file.

    Users' names may be shown: the console writes them into a column of their own.
    """
    rows = [row for row in _rows(path) if row[_ID] or row[_SECRET]]
    if user is not None and rows and _USER in rows[0]:
        rows = [row for row in rows if row[_USER] == user]
        if not rows:
            raise ConfigError(f"there is no key of user {user} in it", path=path)
    if not rows:
        raise ConfigError("there is no access key in it", _COLUMNS, path=path)
    if len(rows) > 1:
        names = ", ".join(row[_USER] for row in rows if row.get(_USER)) or "whose, it does not say"
        hint = "name one: --user NAME" if _USER in rows[0] else "leave one of them in it"
        raise ConfigError(f"there are {len(rows)} keys in it ({names})", hint, path=path)
    key = BaseKey(rows[0][_ID], rows[0][_SECRET])
    if not key.is_plausible or key.is_of_a_session or not _is_secret(key.secret_access_key):
        raise ConfigError("what it has as an access key can't be one", _COLUMNS, path=path)
    return key


def _is_secret(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _rows(path: str) -> list[dict[str, str]]:
    """Each line behind the header, by the header's names in lower case; a line that is too short has empty ends."""
    try:
        lines = list(csv.reader(_text(path).splitlines(), strict=True))
    except csv.Error:
        raise ConfigError("is not a CSV file of the IAM console", _COLUMNS, path=path) from None
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    if any(header.count(name) != 1 for name in (_ID, _SECRET)):
        raise ConfigError("is not a CSV file of the IAM console", _COLUMNS, path=path)
    return [
        dict(zip(header, [*map(str.strip, line), *[""] * len(header)], strict=False)) for line in lines[1:]
    ]


def _text(path: str) -> str:
    try:
        with Path(os.path.expanduser(path)).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", path=path) from None
    if len(data) > _LARGEST:
        raise ConfigError("is too large for a CSV file of the IAM console", path=path)
    # A program that the file has been opened in and saved from may have made UTF-16 of it.
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(coding)
    except UnicodeDecodeError:
        raise ConfigError("is not a CSV file of the IAM console", _COLUMNS, path=path) from None
