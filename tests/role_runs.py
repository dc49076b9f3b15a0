"""What the tests of roles share: roles in the stand-in's AWS, and what it was asked for them."""

from __future__ import annotations

from standins import sts_people

DEPLOY = "arn:aws:iam::111122223333:role/deploy"
ADMIN = "arn:aws:iam::444455556666:role/team/Admin"


def role(world, arn: str = DEPLOY, **how) -> sts_people.Role:
    """A role that the account of the world's first user trusts, with MFA."""
    how = {"trusted": (f"arn:aws:iam::{world.user.account_id}:root",)} | how
    world.aws.roles.append(sts_people.Role(arn=arn, **how))
    return world.aws.roles[-1]


def assumed(world) -> list[dict[str, str]]:
    """What AWS was asked of each role that it gave."""
    return [one.params for one in world.aws.requests if one.action == "AssumeRole" and one.status == 200]


def inside(world, *words: str, **environ: str) -> dict[str, str]:
    """The environment of what `exec` runs; fails the test where there is none."""
    result = world.run("exec", *words, "--", "/usr/bin/env", **environ)
    assert result.returncode == 0, result.stderr
    return dict(line.split("=", 1) for line in result.stdout.splitlines())
