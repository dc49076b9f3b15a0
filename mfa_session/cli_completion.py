"""The command line as shells ask it what a word can be completed by, and the command that makes them ask."""

from __future__ import annotations

import os
from typing import Any

import click

from mfa_session import cli_options as options

_ASKED = "_MFA_SESSION_COMPLETE"  # by click's rule, from the program's name


class Group(click.Group):
    """Where a shell asks, it is answered in words that are safe there."""

    def main(self, *given: Any, **how: Any) -> Any:
        if _ASKED not in os.environ:
            return super().main(*given, **how)
        from mfa_session.commands import completion_shells

        completion_shells.register()
        try:
            return super().main(*given, **how)
        except SystemExit as answered:  # how the program ends is for `__main__` to say
            return answered.code


@click.command(short_help="Tab completes commands, accounts and profiles")
@click.argument("shell", required=False, type=click.Choice(["bash", "zsh", "fish"]))
@options.debug
@click.pass_context
def completion(context: click.Context, shell: str | None) -> int:
    """Print what makes SHELL complete the words of mfa-session; without SHELL, the one that this is typed in.

    \b
    Example, for ~/.zshrc or ~/.bashrc:
      eval "$(mfa-session completion zsh)"
    and for ~/.config/fish/config.fish:
      mfa-session completion fish | source
    """
    from mfa_session.commands import completion as command

    return command.run(shell, context.find_root().command, _ASKED)
