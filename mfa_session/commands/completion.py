"""`mfa-session completion`: what makes a shell complete this program's words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mfa_session import shells
from mfa_session.commands import completion_shells
from mfa_session.errors import MfaSessionError

if TYPE_CHECKING:
    import click


def run(shell: str | None, program: click.Command, variable: str) -> int:
    """Print the script by which a shell asks `program`, in this variable; without a name, of the shell this is typed in."""
    name = shell or shells.calling(os.environ)
    if name not in completion_shells.SHELLS:
        raise MfaSessionError(
            f"there is no completion for {name}" if name else "can't find out which shell this is",
            f"name one of {', '.join(completion_shells.SHELLS)}: mfa-session completion bash",
        )
    print(completion_shells.SHELLS[name](program, {}, "mfa-session", variable).source(), end="")
    return 0
