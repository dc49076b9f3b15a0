"""Options that several commands share, and what they become: a request, in place of a dozen arguments."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from mfa_session import cli_complete, durations, request, scope

if TYPE_CHECKING:
    from collections.abc import Callable

_ROLE, _CODE = "Roles", "The one-time code"
_OTP_HELP = (
    "YOU DON'T WANT THIS: shells keep it in their history, and everybody on this machine can read it in the list of"
    " processes. Typed at the prompt, nobody sees it (--otp-source prompt)"
)
_DIRECT_HELP = (
    "assume the role by base key and code, for up to 12h; only where the policy that denies everything without MFA"
    " excepts sts:AssumeRole, and then each role's trust policy has to demand MFA"
)


class Seconds(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions of click
    name = "duration"

    def __init__(self, shortest: int = durations.SHORTEST) -> None:
        self._shortest = shortest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return durations.parse(value, self._shortest)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Command(click.Command):
    """Help in which options that belong together stand together."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {"Options": [], _ROLE: [], _CODE: []}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)):
                groups[getattr(parameter, "group", "Options")].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


class QuietCommand(Command):
    """A command whose stdout is evaluated by shells: help must not land there."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _help
        return option


def _help(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(ctx.get_help(), err=not sys.stdout.isatty())
        ctx.exit()


class _Grouped(click.Option):
    def __init__(self, *names: Any, group: str, **how: Any) -> None:
        super().__init__(*names, **how)
        self.group = group


# `__main__` looks for it by itself, wherever it stands, so that it also counts for errors in the other options.
debug = click.option("--debug", is_flag=True, expose_value=False, help="show where an error came from")
account = click.argument("account", required=False, shell_complete=cli_complete.account)
accounts = click.argument("accounts", nargs=-1, shell_complete=cli_complete.account)
env_file = click.option(
    "--env-file", metavar="PATH", help="the account's file, wherever it is", shell_complete=cli_complete.file
)
aws_profile = click.option(
    "--aws-profile",
    metavar="P",
    help="the account is this profile of the AWS config file, and has no file of its own",
    shell_complete=cli_complete.account_profile,
)


def _option(name: str, group: str, text: str, **how: Any) -> Callable[..., Any]:
    how = how if "is_flag" in how or "metavar" in how else how | {"metavar": "TEXT"}
    return click.option(name, cls=_Grouped, group=group, help=text, **how)


_FRESHNESS = [
    click.option("--refresh", is_flag=True, help="mint a new session, whatever is kept"),
    click.option(
        "--min-ttl", type=Seconds(0), metavar="D", help="renew it if less than this is left [default: 16m]"
    ),
    click.option(
        "--duration",
        type=Seconds(),
        metavar="D",
        help="12h, 90m or 3600; 15m to 36h; if longer than what the kept one was made for, it mints [default: the account's]",
    ),
]
_SCOPE = [
    _option("--role-arn", _ROLE, "take this role from the session; '' for none", metavar="ARN"),
    _option(
        "--role-session-name", _ROLE, "what CloudTrail shows [default: your user's name]", metavar="NAME"
    ),
    _option("--external-id", _ROLE, "what the role's owner has given you", metavar="ID"),
    _option("--role-duration", _ROLE, "15m to 1h, with --direct to 12h [default: 1h]", metavar="D"),
    _option("--source-identity", _ROLE, "who it is, also through further roles", metavar="NAME"),
    _option("--session-tags", _ROLE, "like Project=web,Team=data", metavar="TAGS"),
    _option("--transitive-tags", _ROLE, "which of them further roles inherit: Project,Team", metavar="KEYS"),
    _option(
        "--policy",
        _ROLE,
        "a session policy: what neither it nor one of --policy-arn allows can't be done",
        metavar="FILE",
        multiple=True,
        shell_complete=cli_complete.file,
    ),
    _option("--policy-arn", _ROLE, "a managed policy for the same; up to ten", metavar="ARN", multiple=True),
    _option(
        "--read-only",
        _ROLE,
        "AWS's policy ReadOnlyAccess; it still reads your data: objects, tables, logs, parameters",
        is_flag=True,
    ),
    _option("--direct", _ROLE, _DIRECT_HELP, is_flag=True),
]
_SOURCES = ["op", "ykman", "command", "prompt"]
_CODES = [
    _option(
        "--otp-source",
        _CODE,
        "where to get it, whatever the account says",
        type=click.Choice(_SOURCES),
        metavar=None,
    ),
    _option("--otp", _CODE, _OTP_HELP, metavar="CODE"),
    _option("--no-prompt", _CODE, "don't let me type it where its source is slow or fails", is_flag=True),
]


def _decorated(command: Callable[..., int], options: list[Callable[..., Any]]) -> Callable[..., int]:
    for option in reversed(options):
        command = option(command)
    return command


def scoped(command: Callable[..., int]) -> Callable[..., int]:
    """The options of roles, as one argument `scope`."""

    @functools.wraps(command)
    def with_scope(*given: Any, **all_options: Any) -> int:
        words, others = [], {}
        for name, value in all_options.items():
            option = "--" + name.replace("_", "-")
            if option in scope.FLAGS:
                words += [option] * bool(value)
            elif option == "--policy":
                words += [f"{option}={_only_path(value)}"] if value else []
            elif option in scope.VALUES:
                values = value if isinstance(value, tuple) else (value,)
                words += [f"{option}={one}" for one in values if one is not None]
            else:
                others[name] = value
        try:
            others["scope"] = scope.Scope(words)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
        return command(*given, **others)

    return _decorated(with_scope, _SCOPE)


def _only_path(given: tuple[str, ...]) -> str:
    """Narrowing must not fail silently: a variable may be empty, and of two policies AWS takes one."""
    if len(given) > 1 or not given[0]:
        raise click.UsageError("--policy takes the path of one file")
    return os.path.abspath(given[0])


def wanted(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say which session is good enough, as one argument `wanted`."""

    @functools.wraps(command)
    def with_wanted(
        *given: Any,
        refresh: bool,
        min_ttl: int | None,
        duration: int | None,
        scope: scope.Scope,
        **others: Any,
    ) -> int:
        wish = request.Wanted(refresh=refresh, min_ttl=min_ttl, duration=duration, scope=scope)
        return command(*given, **others, wanted=wish)

    return _decorated(scoped(with_wanted), _FRESHNESS)


def limits(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say where the one-time code comes from, as one argument `limits`."""

    @functools.wraps(command)
    def with_limits(
        *given: Any, otp: str | None, otp_source: str | None, no_prompt: bool, **others: Any
    ) -> int:
        how = request.Limits(typing=not no_prompt, otp=otp, otp_source=otp_source)
        return command(*given, **others, limits=how)

    return _decorated(with_limits, _CODES)
