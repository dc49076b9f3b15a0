"""An env file as `op run --env-file` reads it. It is data: nothing in it is executed.

The lines are python-dotenv's to parse. What differs in the rules of 1Password's documentation is done here: `$VAR`,
`${VAR}` and `${VAR:-default}` stand for an earlier line's value, else for the environment's; `\\$` is a dollar sign;
nothing is replaced inside single quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_VARIABLE = re.compile(
    r"\\\$|\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\})", re.ASCII
)


_LARGEST = 100_000  # bytes
# What must not get from the environment into a file's values, which are shown, and handed to op: a file may be
# another person's.
_PRIVATE = re.compile(r"SECRET|TOKEN|PASSWORD|OP_SESSION")


class Entry(NamedTuple):
    value: str
    line: int


def text(path: Path) -> str:
    """What is in the file; raises ConfigError."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ConfigError("is too large for an account's file", path=path)
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror or error}", path=path) from None
    except UnicodeDecodeError:
        raise ConfigError("is not a UTF-8 text", path=path) from None


def parse(text: str, path: Path, environ: Mapping[str, str]) -> dict[str, Entry]:
    """Each key with its value and line; of a key that is there twice, the last. Raises ConfigError, which names `path`."""
    import io

    from dotenv.parser import parse_stream  # slow to import, and not needed for every command

    entries: dict[str, Entry] = {}
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line + _blank_lines(binding.original.string)
        if binding.error:
            raise ConfigError("this line is not KEY=value", path=path, line=line)
        if binding.key is None:
            continue
        if binding.value is None:
            raise ConfigError(
                f"{binding.key} has no value", f"write {binding.key}=value", path=path, line=line
            )
        written = binding.original.string.partition("=")[2].lstrip()
        value = binding.value
        if not written.startswith("'"):
            value = _expand(value, entries, environ, path, line)
        entries[binding.key] = Entry(value, line)
    return entries


def _blank_lines(original: str) -> int:
    """How many lines of white space python-dotenv counts into the binding that follows them."""
    return original[: len(original) - len(original.lstrip())].count("\n")


def _expand(
    value: str, entries: Mapping[str, Entry], environ: Mapping[str, str], path: Path, line: int
) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match["plain"] or match["braced"]
        if name is None:
            return "$"
        around = None if _PRIVATE.search(name) else environ.get(name)
        known = entries[name].value if name in entries else around
        if match["default"] is not None:
            return known or match["default"]
        if known is None:
            raise ConfigError(
                f"{name} is {'secret, and not taken from the environment' if name in environ else 'not set'}",
                f"write ${{{name}:-a default}}, or \\$ for a dollar sign",
                path=path,
                line=line,
            )
        return known

    return _VARIABLE.sub(replace, value)
