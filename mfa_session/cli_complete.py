"""What Tab offers for an argument or an option. Nobody is asked, and where something is broken there is less to offer."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from mfa_session import accounts, tty
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import click
    from click.shell_completion import CompletionItem

    Items = list[CompletionItem[str]]

_SUFFIX = "-bootstrap"


def account(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The accounts that `mfa-session list` shows, each with its file; of several, those that are not there yet."""
    named = ctx.params.get(param.name or "") if param.nargs == -1 else None
    found = {name: path for name, path in _accounts().items() if name not in (named or ())}
    return _items(found, incomplete, found)


def new_account(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """By custom NAME-bootstrap holds the key of account NAME: those whose account has no file yet."""
    files = accounts.files(os.environ, accounts.here())
    names = (name.removesuffix(_SUFFIX) for name in _with_a_key() if name.endswith(_SUFFIX))
    return _items((name for name in names if name not in files), incomplete)


def aws_profile(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """All AWS profiles."""
    return _items(_all(), incomplete)


def account_profile(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """The AWS profiles that are accounts."""
    return _items(_profiles(), incomplete)


def key_profile(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """The AWS profiles that hold a user's own access key."""
    return _items(_with_a_key(), incomplete)


def file(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """The shell knows its files best."""
    return _of_type("file", incomplete)


def folder(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    return _of_type("dir", incomplete)


def command(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """What `exec` runs comes behind --, and what comes behind that does not come here."""
    return _items(["--"], incomplete, {"--": "the command comes behind"})


def _items(names: Iterable[str], incomplete: str, texts: dict[str, str] | None = None) -> Items:
    """`texts` stand beside the names. A name that looks like an option would be taken for one."""
    from click.shell_completion import CompletionItem  # only when Tab is pressed

    fitting = (name for name in names if name.startswith(incomplete))
    return [
        CompletionItem(name, help=tty.printable((texts or {}).get(name, ""), keep="") or None)
        for name in fitting
        if name == "--" or not name.startswith("-")
    ]


def _of_type(kind: str, incomplete: str) -> Items:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type=kind)]


def _accounts() -> dict[str, str]:
    """Each with the path of its file, as short as a person would write it."""
    here, home = accounts.here(), os.environ.get("HOME")
    found = accounts.files(os.environ, here)
    config = accounts.aws_config(os.environ, here) or ""
    for name in _profiles() if config else ():
        if name.removesuffix(_SUFFIX) not in found:  # else it is what that one has its key from
            found.setdefault(name, config)
    return {
        name: f"~{path.removeprefix(home)}" if home and path.startswith(f"{home}/") else path
        for name, path in found.items()
    }


def _profiles() -> list[str]:
    from mfa_session import wiring

    return _readable(wiring.profiles)


def _all() -> list[str]:
    from mfa_session import wiring_keys

    return _readable(wiring_keys.profile_names)


def _with_a_key() -> list[str]:
    from mfa_session import wiring_keys

    return _readable(wiring_keys.profiles_with_a_key)


def _readable(names: Callable[[Mapping[str, str]], list[str]]) -> list[str]:
    with contextlib.suppress(MfaSessionError, OSError):
        return names(os.environ)
    return []
