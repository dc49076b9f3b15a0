"""The command line: options and their help; what the commands do is in `commands`."""

from __future__ import annotations

import sys
from typing import Any

import click

from mfa_session import durations, shells

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Seconds(click.ParamType):  # type: ignore[type-arg]  # generic only in newer versions of click
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return durations.parse(value)
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


@cli.command(cls=_Quiet)
@click.argument("account", required=False)
@click.option(
    "--shell",
    type=click.Choice([*shells.SHELLS, "json", "dotenv"]),
    default="sh",
    show_default=True,
    help="the language to print; json is the credential_process object",
)
@click.option(
    "--duration", type=_Seconds(), metavar="D", help="12h, 90m or 3600; 15m to 36h [default: the account's]"
)
@click.option("--env-file", metavar="PATH", help="the account's file, wherever it is")
@_debug
def export(account: str | None, shell: str, duration: int | None, env_file: str | None) -> int:
    """Mint a session for ACCOUNT and print it as shell code; get_mfa_session.sh evaluates that.

    ACCOUNT is the NAME of a .env.NAME file. Without it, AWS_PROFILE says which: test-bootstrap means test.

    \b
    Example:
      mfa-session export prod --duration 1h --shell dotenv
    """
    from mfa_session.commands import export as command

    return command.run(account, shell, duration, env_file)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="for programs")
@click.option("--short", is_flag=True, help="for prompts: test 11h42m")
@_debug
def status(as_json: bool, short: bool) -> int:
    """Show the session in this shell; exit 0 while it lives, else 1."""
    from mfa_session.commands import status as command

    return command.run(as_json=as_json, short=short)
