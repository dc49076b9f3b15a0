"""The command line of what makes, checks and changes a base key; beside `cli`, which has the commands of every day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mfa_session import cli_complete, cli_completion
from mfa_session import cli_options as options

if TYPE_CHECKING:
    from mfa_session.request import Limits


class Group(cli_completion.Group):
    """Help in which the commands of every day come first, and then those that are for an account's key."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        ours = [str(command.name) for command in _in_order()]
        others = [name for name in self.list_commands(ctx) if name not in ours]
        for title, names in (("Commands", others), ("From nothing to safe", ours)):
            with formatter.section(title):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in names])


def add_to(group: click.Group) -> None:
    """Add these commands to the program's."""
    for command in _in_order():
        group.add_command(command)


def _in_order() -> tuple[click.Command, ...]:
    """As one would come to need them."""
    return (policy, init, doctor, import_key, rotate)


@click.command(cls=options.Command, short_help="a new account: its file, and a first session")
@click.argument("account", required=False, shell_complete=cli_complete.new_account)
@click.option(
    "--profile",
    metavar="PROFILE",
    help="the AWS profile with the base key",
    shell_complete=cli_complete.key_profile,
)
@click.option(
    "--key-references",
    "references",
    nargs=2,
    metavar="ID SECRET",
    help="or where it is in 1Password: op://VAULT/ITEM/FIELD",
)
@click.option("--op-item", metavar="ITEM", help="the 1Password item with the one-time password")
@click.option("--op-vault", metavar="VAULT", help="the vault to look for it in")
@click.option("--op-account", metavar="ACCOUNT", help="one of several accounts of 1Password")
@click.option(
    "--otp-source",
    type=click.Choice(["op", "ykman", "prompt"]),
    help="where the code comes from [default: op]",
)
@click.option("--ykman-account", metavar="NAME", help="the account on the YubiKey [default: the serial]")
@click.option("--mfa-serial", metavar="ARN", help="the MFA device [default: what AWS lists]")
@click.option("--account-id", metavar="ID", help="refuse a base key of another account")
@click.option("--region", metavar="R", help="or none [default: the profile's]")
@click.option("--duration", metavar="D", help="of its sessions: 15m to 36h [default: 12h]")
@click.option("--role-arn", metavar="ARN", help="a role to take from its session")
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    shell_complete=cli_complete.folder,
    help="where the file goes [default: envs/ of this project, or ~/.config]",
)
@click.option("-y", "--yes", is_flag=True, help="don't ask before it is written")
@click.option(
    "--no-session", "session", is_flag=True, flag_value=False, default=True, help="don't try it out"
)
@options.debug
def init(account: str | None, folder: str | None, yes: bool, session: bool, **given: Any) -> int:
    """Write the file of a new ACCOUNT, and get its first session. What no option says is found out, or asked.

    \b
    Example:
      mfa-session init test
      mfa-session init test --profile test-bootstrap --op-item "AWS test" --mfa-serial ARN
    """
    from mfa_session import drafting
    from mfa_session.commands import init as command

    return command.run(account, folder, drafting.Wishes(**given), yes=yes, session=session)


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


@click.command(cls=options.Command, short_help="a new base key in the place of the old one")
@options.account
@click.option(
    "--dry-run", is_flag=True, help="say what would be done; nobody is asked, and nothing is changed"
)
@click.option("--resume", is_flag=True, help="finish one that was interrupted")
@click.option("--rollback", is_flag=True, help="undo one that was interrupted")
@click.option("-y", "--yes", is_flag=True, help="don't ask")
@options.limits
@options.env_file
@options.debug
def rotate(
    account: str | None,
    env_file: str | None,
    dry_run: bool,
    resume: bool,
    rollback: bool,
    yes: bool,
    limits: Limits,
) -> int:
    """Replace the base key of ACCOUNT, wherever it is stored.

    The new key is made and stored beside the old one, tried, put to use, and only then is the old one switched off
    and, once the new one has got a session, deleted. Until that, --rollback undoes it. Without a terminal to ask on, it
    needs --yes.

    \b
    Example:
      mfa-session rotate prod --dry-run
      mfa-session rotate prod
    """
    from mfa_session.commands import rotate as command

    if limits.otp is not None:
        raise click.UsageError("--otp is one code, and this may need two")
    if dry_run + resume + rollback > 1:
        raise click.UsageError("--dry-run, --resume and --rollback exclude each other")
    if dry_run:
        limits.prompt = False
    mode = "resume" if resume else "rollback" if rollback else ""
    return command.run(account, env_file, limits, mode=mode, dry_run=dry_run, yes=yes)


@click.command("import", cls=options.Command, short_help="a base key moves from a file into 1Password")
@click.argument("profile", required=False, shell_complete=cli_complete.key_profile)
@click.option(
    "--from-csv",
    "csv",
    metavar="FILE",
    help="the console's accessKeys.csv, instead of a profile's key",
    shell_complete=cli_complete.file,
)
@click.option("--user", metavar="NAME", help="whose key, where that file has several")
@click.option(
    "--account",
    metavar="NAME",
    help="what it is the key of [default: PROFILE without -bootstrap]",
    shell_complete=cli_complete.account,
)
@click.option("--vault", metavar="VAULT", help="the vault that the key goes into [default: op's choice]")
@click.option(
    "--item",
    metavar="ITEM",
    help="the item that the key goes into: a new one's title, or one that is there, by title or id",
)
@click.option("--mfa-serial", metavar="ARN", help="only for an account that has no file yet: its MFA device")
@click.option(
    "--op-item", metavar="ITEM", help="only for such an account: the item that has its one-time password"
)
@click.option("--op-vault", metavar="VAULT", help="only for such an account: the vault of that --op-item")
@click.option(
    "--backup", is_flag=True, help="keep a copy of the credentials file, with the key in plain text"
)
@click.option(
    "--dry-run", is_flag=True, help="say what would be done; nobody is asked, and nothing is changed"
)
@click.option("-y", "--yes", is_flag=True, help="don't ask")
@options.debug
def import_key(
    profile: str | None, csv: str | None, user: str | None, account: str | None, **others: Any
) -> int:
    """Move the base key of an AWS PROFILE out of the credentials file, into 1Password.

    The key is stored, read back, compared and tried before the account's file refers to it, and only then are its two
    lines taken out. If that is interrupted, run it again. Without a terminal it does not ask.

    \b
    Example:
      mfa-session import test-bootstrap --vault Work
      mfa-session import --from-csv ~/Downloads/accessKeys.csv --account test
    """
    from mfa_session.commands import import_key as command
    from mfa_session.import_target import Said

    if (profile is None) == (csv is None):
        raise click.UsageError("name an AWS profile, or a file: --from-csv FILE")
    if csv and not account:
        raise click.UsageError("--from-csv needs --account NAME")
    if profile and user:
        raise click.UsageError("--user is for --from-csv")
    if csv and others["backup"]:
        raise click.UsageError("--backup is for a profile: --from-csv changes no file that has the key")
    said = Said(*(others.pop(name) for name in ("mfa_serial", "op_item", "op_vault")))
    return command.run(command.Given(profile, csv, user), account, said, command.Wish(**others))


@click.command(cls=options.Command, short_help="is all as it should be?")
@options.accounts
@click.option("--deep", is_flag=True, help="try a session without MFA, too: whoever has the key can get one")
@click.option("--otp", is_flag=True, help="get a new session, by a touch, and look at what only that may see")
@click.option("--json", "as_json", is_flag=True, help="for programs")
@options.debug
def doctor(accounts: tuple[str, ...], deep: bool, otp: bool, as_json: bool) -> int:
    """Look at 1Password, this shell, and the files and keys of ACCOUNTs, and say what is wrong and what to type.

    Without ACCOUNT it is the one that AWS_PROFILE names, or whose session is in this shell, else each that has a file.
    Without --otp nobody is asked, and nothing is changed. Exit 0 if nothing is red, else 1.

    \b
    Example:
      mfa-session doctor
      mfa-session doctor prod --otp --deep
    """
    from mfa_session.commands import doctor as command

    return command.run(accounts, deep=deep, otp=otp, as_json=as_json)
