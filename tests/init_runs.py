"""What the tests of `init` share: a person in a git checkout who has a base key, and no account's file yet."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import onepassword_runs
import programs

from mfa_session import accounts, envfile

if TYPE_CHECKING:
    from pathlib import Path

    from mfa_session.model import Account

TOLD = ("--profile", "test-bootstrap", "--op-item", "AWS test")
REFERENCES = ("op://Work/AWS prod/access key id", "op://Work/AWS prod/secret access key")
SERIAL = ("--mfa-serial", "arn:aws:iam::111122223333:mfa/alice")


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """As somebody without a configuration of their own."""
    program = programs.path_of("git", "git")
    argv = [program, "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=30)


def ignored(path: Path) -> bool:
    """As git itself says it."""
    return git(path.parent, "check-ignore", "-q", str(path)).returncode == 0


def no_accounts(world) -> Path:
    """Takes the accounts of `world` away; returns a checkout to be in."""
    shutil.rmtree(world.home / "envs")
    project = world.home / "project"
    project.mkdir()
    assert git(project, "init", "-q").returncode == 0
    return project


def init(world, *args: str, cwd: str = "project", **environ: str) -> subprocess.CompletedProcess[str]:
    """Without a terminal."""
    return world.call([str(world.bin / "mfa-session"), "init", *args], cwd=world.home / cwd, **environ)


def refused(world, *args: str, status: int = 1, cwd: str = "project", **environ: str):
    """Nothing is written, and all is explained; notices of what was found out come before."""
    before = written(world)
    result = init(world, *args, cwd=cwd, **environ)
    assert written(world) == before
    told = ("the base key belongs to alice in", "note: ")
    lines = [
        line
        for line in result.stderr.splitlines(keepends=True)
        if not line.removeprefix("mfa-session: ").startswith(told)
    ]
    result.stderr = "".join(lines)
    return onepassword_runs.explained(result, status)


def account(path: Path) -> Account:
    """What the written file says."""
    return envfile.load(accounts.Found(accounts.name_of(str(path)), str(path), own=True), {})


def written(world) -> list[str]:
    """All files below home that a run may have made."""
    found = [path for path in world.home.rglob("*") if ".git/" not in f"{path}/" and path.is_file()]
    return sorted(
        str(path.relative_to(world.home)) for path in found if re.search(r"env|gitignore", path.name)
    )
