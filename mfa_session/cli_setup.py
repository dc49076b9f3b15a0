"""The command line of what makes, checks and changes a base key; beside `cli`, which has the commands of every day."""

from __future__ import annotations

import click

from mfa_session import cli_options as options


def add_to(group: click.Group) -> None:
    """Add these commands to the program's."""
    for command in (policy,):
        group.add_command(command)


@click.command(cls=options.Command, short_help="the policy that neuters a base key")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "terraform", "cloudformation"]),
    default="json",
    show_default=True,
)
@click.option("--allow-list-mfa", is_flag=True, help="the key alone may see its own user and MFA devices")
@click.option("--direct-assume", is_flag=True, help="as --direct needs it: the key alone may assume roles")
@click.option(
    "--max-age",
    type=options.Seconds(),
    metavar="D",
    help="deny sessions that are older, too: 12h, 15m to 36h",
)
@options.debug
def policy(form: str, allow_list_mfa: bool, direct_assume: bool, max_age: int | None) -> int:
    """Print the policy that makes a base key worthless without MFA.

    \b
    Example:
      mfa-session policy > neutered.json
      aws iam put-user-policy --user-name alice --policy-name neutered --policy-document file://neutered.json
    """
    from mfa_session.commands import policy as command

    return command.run(form, allow_list_mfa=allow_list_mfa, direct_assume=direct_assume, max_age=max_age)
