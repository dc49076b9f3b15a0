"""The command line of what programs renew their sessions by: profiles and credential servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mfa_session import cli_complete
from mfa_session import cli_options as options

if TYPE_CHECKING:
    from mfa_session.scope import Scope


def add_to(group: click.Group) -> None:
    """Add these commands to the program's."""
    for command in (credential_process, configure, serve):
        group.add_command(command)


@click.command("credential-process", cls=options.Command, short_help="what that profile runs")
@options.account
@click.option("--no-prompt", is_flag=True, help="never ask anybody: only what is kept, and roles from that")
@options.scoped
@options.env_file
@options.aws_profile
@options.debug
def credential_process(
    account: str | None, no_prompt: bool, scope: Scope, env_file: str | None, aws_profile: str | None
) -> int:
    """Print the session of ACCOUNT as the AWS SDKs want it of a profile's credential_process.

    `mfa-session configure ACCOUNT` writes such a profile. MFA_SESSION_PROMPT=never is like --no-prompt.
    """
    from mfa_session.commands import credential_process as command

    return command.run(account, env_file, aws_profile, scope, prompt=not no_prompt)


@click.command(cls=options.Command, short_help="an AWS profile for SDKs, Terraform and editors")
@options.account
@click.option(
    "--profile",
    metavar="P",
    help="the name of the AWS profile [default: the account's]",
    shell_complete=cli_complete.aws_profile,
)
@click.option("--remove", is_flag=True, help="take it out again")
@click.option("-y", "--yes", is_flag=True, help="don't ask")
@options.scoped
@options.env_file
@options.debug
def configure(
    account: str | None, env_file: str | None, profile: str | None, remove: bool, yes: bool, scope: Scope
) -> int:
    """Write an AWS profile that gives programs the session of ACCOUNT, and renews it when it is due.

    \b
    Example:
      mfa-session configure prod
      AWS_PROFILE=prod aws s3 ls
    """
    from mfa_session.commands import configure as command

    return command.run(account, env_file, profile, scope, remove=remove, yes=yes)


@click.command(cls=options.Command, short_help="a credential server for SDKs")
@options.accounts
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N", help="on 127.0.0.1 [default: one that is free]"
)
@click.option("--detach", is_flag=True, help="go on without this terminal")
@click.option("--status", "status", is_flag=True, help="show the servers that are running")
@click.option("--json", "as_json", is_flag=True, help="with --status: for programs")
@click.option("--stop", is_flag=True, help="end those that run, or with --port this one")
@options.debug
def serve(
    accounts: tuple[str, ...], port: int | None, detach: bool, status: bool, as_json: bool, stop: bool
) -> int:
    """Serve the sessions of ACCOUNTs to programs on this machine, at http://127.0.0.1:PORT/ACCOUNT, and renew them.

    It speaks the protocol by which SDKs get credentials in containers: programs need the two variables that it prints,
    and no AWS_PROFILE or keys. Another role is at ?role=ARN. For one command, `mfa-session exec --server` sets all that.

    \b
    Example:
      mfa-session serve test prod --port 4711 --detach
      mfa-session serve --stop
    """
    from mfa_session.commands import serve as command
    from mfa_session.commands import serve_others

    if status + stop + detach > 1 or (accounts and (status or stop)):
        raise click.UsageError("--status and --stop go alone, or with --port")
    if as_json and not status:
        raise click.UsageError("--json goes with --status")
    if status:
        return serve_others.status(port or 0, as_json=as_json)
    if stop:
        return serve_others.stop(port or 0)
    return command.run(accounts, port or 0, detach=detach)
