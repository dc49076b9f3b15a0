"""The command line: options and their help; what the commands do is in `commands`."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import click

from mfa_session import durations, sessions, shells

if TYPE_CHECKING:
    from collections.abc import Callable

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Seconds(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions of click
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


class _Quiet(click.Command):
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


# `__main__` looks for it by itself, wherever it stands, so that it also counts for errors in the other options.
_debug = click.option("--debug", is_flag=True, expose_value=False, help="show where an error came from")


@click.group(context_settings=_SETTINGS)
@click.version_option(package_name="mfa-session", message="%(prog)s %(version)s")
@_debug
def cli() -> None:
    """From a fingerprint to an AWS session in the current shell.

    \b
    To load a session, source the shim beside this program:
      export AWS_PROFILE=test-bootstrap
      source get_mfa_session.sh            (fish: source (command -s get_mfa_session.fish))
    and to put everything back as it was:
      mfa_session_deactivate
    """


_env_file = click.option("--env-file", metavar="PATH", help="the account's file, wherever it is")


def _wanted(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say which session is good enough, as one argument `wanted`."""

    @functools.wraps(command)
    def with_wanted(
        *given: Any, refresh: bool, min_ttl: int | None, duration: int | None, **others: Any
    ) -> int:
        wanted = sessions.Wanted(refresh=refresh, min_ttl=min_ttl, duration=duration)
        return command(*given, **others, wanted=wanted)

    options = [
        click.option("--refresh", is_flag=True, help="mint a new session, whatever is kept"),
        click.option(
            "--min-ttl",
            type=_Seconds(0),
            metavar="D",
            help="renew it if less than this is left [default: 16m]",
        ),
        click.option(
            "--duration",
            type=_Seconds(),
            metavar="D",
            help="12h, 90m or 3600; 15m to 36h; if longer than what the kept one was made for, it mints [default: the account's]",
        ),
    ]
    for option in reversed(options):
        with_wanted = option(with_wanted)
    return with_wanted


@cli.command(cls=_Quiet, short_help="print a session as shell code or as data")
@click.argument("account", required=False)
@click.option(
    "--shell",
    type=click.Choice([*shells.SHELLS, "json", "dotenv"]),
    default="sh",
    show_default=True,
    help="the language to print; json is the credential_process object",
)
@_wanted
@_env_file
@_debug
def export(account: str | None, shell: str, env_file: str | None, wanted: sessions.Wanted) -> int:
    """Print the session of ACCOUNT as shell code, minted if there is none; get_mfa_session.sh evaluates that.

    ACCOUNT is the NAME of a .env.NAME file. Without it, AWS_PROFILE says which: test-bootstrap means test.

    \b
    Example:
      mfa-session export prod --duration 1h --shell dotenv
    """
    from mfa_session.commands import export as command

    return command.run(account, shell, env_file, wanted)


@cli.command("exec", short_help="run one command with a session")
@click.argument("account", required=False, metavar="[ACCOUNT]")
@click.argument("misplaced", nargs=-1, metavar="[-- COMMAND...]")  # what is behind -- does not come here
@_wanted
@_env_file
@_debug
@click.pass_obj
def execute(
    command: list[str] | None,
    account: str | None,
    misplaced: tuple[str, ...],
    env_file: str | None,
    wanted: sessions.Wanted,
) -> int:
    """Run COMMAND with the session of ACCOUNT in its environment, in place of this program; without one, your shell.

    \b
    Example:
      mfa-session exec prod -- terraform plan
    """
    from mfa_session.commands import exec as execution

    if misplaced:
        raise click.UsageError(f"{misplaced[0]} is not expected here: the command goes behind --")
    return execution.run(account, command or [], env_file, wanted)


@cli.command("credential-process", short_help="what that profile runs")
@click.argument("account", required=False)
@click.option("--no-prompt", is_flag=True, help="never ask anybody: only a session that is kept")
@_env_file
@_debug
def credential_process(account: str | None, no_prompt: bool, env_file: str | None) -> int:
    """Print the session of ACCOUNT as the AWS SDKs want it of a profile's credential_process.

    `mfa-session configure ACCOUNT` writes such a profile. MFA_SESSION_PROMPT=never is like --no-prompt.
    """
    from mfa_session.commands import credential_process as command

    return command.run(account, env_file, prompt=not no_prompt)


@cli.command(short_help="an AWS profile for SDKs, Terraform and editors")
@click.argument("account", required=False)
@click.option("--profile", metavar="P", help="the name of the AWS profile [default: the account's]")
@click.option("--remove", is_flag=True, help="take it out again")
@click.option("-y", "--yes", is_flag=True, help="don't ask")
@_env_file
@_debug
def configure(account: str | None, env_file: str | None, profile: str | None, remove: bool, yes: bool) -> int:
    """Write an AWS profile that gives programs the session of ACCOUNT, and renews it when it is due.

    \b
    Example:
      mfa-session configure prod
      AWS_PROFILE=prod aws s3 ls
    """
    from mfa_session.commands import configure as command

    return command.run(account, env_file, profile, remove, yes)


@cli.command(short_help="get the sessions of several accounts")
@click.argument("accounts", nargs=-1)
@_wanted
@_debug
def warm(accounts: tuple[str, ...], wanted: sessions.Wanted) -> int:
    """Get the sessions of several ACCOUNTS at once, by one authorization of 1Password, for whoever needs them later."""
    from mfa_session.commands import warm as command

    return command.run(accounts, wanted)


@cli.command(short_help="the session in this shell, and what is kept")
@click.option("--json", "as_json", is_flag=True, help="for programs")
@click.option("--short", is_flag=True, help="for prompts: test 11h42m")
@click.option("--all", "everything", is_flag=True, help="those that are kept for all processes, too")
@_debug
def status(as_json: bool, short: bool, everything: bool) -> int:
    """Show the session in this shell; exit 0 while it lives, else 1."""
    from mfa_session.commands import status as command

    return command.run(as_json=as_json, short=short, everything=everything)


@cli.command("list", short_help="the accounts, their files and sessions")
@_debug
def list_accounts() -> int:
    """Show the accounts that have a file, and their sessions; nobody is asked."""
    from mfa_session.commands import list_accounts as command

    return command.run()


@cli.command(short_help="forget sessions that are kept")
@click.argument("account", required=False)
@click.option("--all", "everything", is_flag=True, help="those of every account")
@_env_file
@_debug
def clear(account: str | None, everything: bool, env_file: str | None) -> int:
    """Forget the sessions of ACCOUNT that are kept, and say how many there were."""
    from mfa_session.commands import clear as command

    return command.run(account, env_file, everything=everything)
