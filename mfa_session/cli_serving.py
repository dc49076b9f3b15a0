"""The command line of credential servers."""

from __future__ import annotations

import click

from mfa_session import cli_options as options


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
