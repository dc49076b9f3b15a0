"""What the tests of ways to a code share: a run that fails, told apart from what a busy machine lets it say before."""

from __future__ import annotations

import onepassword_runs

PASSING = ("mfa-session: touch your YubiKey", "mfa-session: waiting for ")


def failure(world, *args: str, status: int = 1, **environ: str) -> onepassword_runs.Failure:
    result = world.run("export", "test", *args, **environ)
    lines = result.stderr.splitlines(keepends=True)
    result.stderr = "".join(line for line in lines if not line.startswith(PASSING))
    return onepassword_runs.explained(result, status)
