"""The command line: options and their help; what the commands do is in `commands`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mfa_session import cli_complete, cli_completion, cli_serving, cli_setup, shells
from mfa_session import cli_options as options

if TYPE_CHECKING:
    from mfa_session.request import Limits, Wanted

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=cli_setup.Group, context_settings=_SETTINGS)
@click.version_option(package_name="mfa-session", message="%(prog)s %(version)s")
@options.debug
def cli() -> None:
    """From a fingerprint to an AWS session in the current shell.

    \b
    To load a session, source the shim beside this program:
      export AWS_PROFILE=test-bootstrap
      source get_mfa_session.sh            (fish: source (command -s get_mfa_session.fish))
    to put everything back as it was:
      mfa_session_deactivate
    and for one command alone:
      mfa-session exec test -- terraform plan
    """


@cli.command(cls=options.QuietCommand, short_help="print a session as shell code or as data")
@options.account
@click.option(
    "--shell",
    type=click.Choice([*shells.SHELLS, "json", "dotenv"]),
    default="sh",
    show_default=True,
    help="the language to print; json is the credential_process object",
)
@click.option(
    "--refreshing",
    is_flag=True,
    help="no keys, but AWS_PROFILE of a profile by which every SDK renews its session",
)
@click.option(
    "--server", is_flag=True, help="no keys, but the address of what `mfa-session serve` has started"
)
@options.wanted
@options.limits
@options.env_file
@options.debug
def export(
    account: str | None,
    shell: str,
    refreshing: bool,
    server: bool,
    env_file: str | None,
    wanted: Wanted,
    limits: Limits,
) -> int:
    """Print the session of ACCOUNT as shell code, minted if there is none; get_mfa_session.sh evaluates that.

    ACCOUNT is the NAME of a .env.NAME file, or an AWS profile with mfa_serial. Without it, AWS_PROFILE says which:
    test-bootstrap means test.

    \b
    Example:
      mfa-session export prod --duration 1h --shell dotenv
    """
    if server:
        from mfa_session.commands import export_server

        if refreshing or wanted.scope or not wanted.is_usual or limits.otp or limits.otp_source:
            raise click.UsageError(
                "--server takes the session that the server has: leave the other options out"
                " (a command can have a role by a server of its own: exec --server ACCOUNT --role-arn ARN)"
            )
        return export_server.run(account, shell, env_file)
    if refreshing:
        from mfa_session.commands import export_refreshing

        return export_refreshing.run(account, shell, env_file, wanted, limits)
    from mfa_session.commands import export as command

    return command.run(account, shell, env_file, wanted, limits)


@cli.command("exec", cls=options.Command, short_help="run one command with a session")
@options.account
@click.argument(  # what is behind -- does not come here
    "misplaced", nargs=-1, metavar="[-- COMMAND...]", shell_complete=cli_complete.command
)
@click.option(
    "--server",
    is_flag=True,
    help="no keys, but a credential server for it that renews them: for what runs longer than a session",
)
@options.wanted
@options.limits
@options.env_file
@options.debug
@click.pass_obj
def execute(
    command: list[str] | None,
    account: str | None,
    misplaced: tuple[str, ...],
    server: bool,
    env_file: str | None,
    wanted: Wanted,
    limits: Limits,
) -> int:
    """Run COMMAND with the session of ACCOUNT in its environment, in place of this program; without one, your shell.

    \b
    Example:
      mfa-session exec prod -- terraform plan
      mfa-session exec prod --role-arn ARN --read-only -- ./inventory.sh
      mfa-session exec prod --server -- ./overnight.sh
    """
    if misplaced:
        raise click.UsageError(f"{misplaced[0]} is not expected here: the command goes behind --")
    if server:
        from mfa_session.commands import exec_server

        return exec_server.run(account, command or [], env_file, wanted, limits)
    from mfa_session.commands import exec as execution

    return execution.run(account, command or [], env_file, wanted, limits)


@cli.command(cls=options.Command, short_help="get the sessions of several accounts")
@options.accounts
@options.wanted
@options.limits
@options.debug
def warm(accounts: tuple[str, ...], wanted: Wanted, limits: Limits) -> int:
    """Get the sessions of several ACCOUNTS at once, by one authorization of 1Password, for whoever needs them later."""
    from mfa_session.commands import warm as command

    return command.run(accounts, wanted, limits)


@cli.command(cls=options.Command, short_help="the AWS console, in the browser")
@options.account
@click.option("--path", metavar="PATH", help="a page of the console: /s3/home")
@click.option("--stdout", is_flag=True, help="print the address: whoever has it is signed in, for 15 minutes")
@options.wanted
@options.limits
@options.env_file
@options.debug
def login(
    account: str | None, path: str | None, stdout: bool, env_file: str | None, wanted: Wanted, limits: Limits
) -> int:
    """Sign in to the AWS console with the session of ACCOUNT's role.

    \b
    Example:
      mfa-session login prod --path /s3/home
    """
    from mfa_session.commands import login as command

    return command.run(account, env_file, path, wanted, limits, stdout=stdout)


@cli.command(short_help="the session in this shell, and what is kept")
@click.option("--json", "as_json", is_flag=True, help="for programs")
@click.option("--short", is_flag=True, help="for prompts: test 11h42m")
@click.option("--all", "everything", is_flag=True, help="those that are kept or served, too")
@click.option("--watch", is_flag=True, help="all of them, and how their time runs out, until you type q")
@options.debug
def status(as_json: bool, short: bool, everything: bool, watch: bool) -> int:
    """Show the session in this shell; exit 0 while it lives, else 1."""
    if watch and (as_json or short):
        raise click.UsageError(f"--watch does not go with {'--json' if as_json else '--short'}")
    if watch:
        from mfa_session.commands import status_watch

        return status_watch.run()
    from mfa_session.commands import status as command

    return command.run(as_json=as_json, short=short, everything=everything)


@cli.command("list", short_help="the accounts, their files and sessions")
@options.debug
def list_accounts() -> int:
    """Show the accounts that have a file, and their sessions; nobody is asked."""
    from mfa_session.commands import list_accounts as command

    return command.run()


@cli.command(short_help="forget sessions that are kept")
@options.account
@click.option("--all", "everything", is_flag=True, help="those of every account")
@options.env_file
@options.debug
def clear(account: str | None, everything: bool, env_file: str | None) -> int:
    """Forget the sessions of ACCOUNT that are kept, and say how many there were."""
    from mfa_session.commands import clear as command

    return command.run(account, env_file, everything=everything)


cli_serving.add_to(cli)
cli_setup.add_to(cli)
cli.add_command(cli_completion.completion)
