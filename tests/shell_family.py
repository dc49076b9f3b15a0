"""The shells that have to come out of an activation alike, and how each of them runs a script and sources a file."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import TYPE_CHECKING

import conftest
import pytest

if TYPE_CHECKING:
    from pathlib import Path

SHIMS = conftest.ROOT / "shell"
DUMP = '"$PYTHON" -I -S "$DUMP"'  # a statement of every shell: saves its environment in the file named behind
DUMPER = """\
import os, sys
with open(sys.argv[1], "wb") as out:
    out.write(b"\\0".join(name + b"=" + value for name, value in os.environb.items()))
"""
# A shell may set these for each program it starts: the path of the program, and in ksh93 its attributes.
PER_PROGRAM = {"_", "A__z", "_AST_FEATURES"}


@dataclasses.dataclass(frozen=True)
class Shell:
    name: str
    program: str
    options: tuple[str, ...] = ()
    fish: bool = False
    # dash keeps the parameters of the caller in a sourced file, whatever is written behind its name.
    dot_takes_arguments: bool = True
    # dash and busybox leave under `set -e` when a sourced file fails, even in front of `||`.
    dot_may_fail_under_e: bool = True
    # mksh, dash and busybox can't tell a sourced file where it is.
    knows_the_file: bool = True

    def argv(self, *args: str | Path) -> list[str]:
        return [conftest.shell(self.program), *self.options, *map(str, args)]

    @property
    def shim(self) -> str:
        return f"get_mfa_session.{'fish' if self.fish else 'sh'}"

    def source(self, file: str, *args: str) -> str:
        """One statement that sources `file` with arguments; both are written as they are."""
        if self.fish:
            return " ".join(["source", file, *args])
        if self.dot_takes_arguments or not args:
            return " ".join([".", file, *args])
        return f"sourced() {{ . {file}; }}; sourced {' '.join(args)}"

    def run(self, script: str, folder: Path, env: dict[str, str], *args: str, shim: Path = SHIMS):
        """Run a script file of this shell, away from any terminal; it may `DUMP`, and the shims are in `shim`."""
        file, dump = folder / f"script-{self.name}", folder / "dump.py"
        file.write_text(script, encoding="utf-8")
        dump.write_text(DUMPER, encoding="utf-8")
        return subprocess.run(
            self.argv(file, *args),
            cwd=folder,
            env={**env, "PYTHON": sys.executable, "DUMP": str(dump), "SHIM": str(shim / self.shim)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
            check=False,
        )


def link_shims(folder: Path) -> None:
    """The shims of this checkout in place of those that were installed, which may be older."""
    for shim in SHIMS.iterdir():
        (folder / shim.name).unlink(missing_ok=True)
        (folder / shim.name).symlink_to(shim)


def dumped(file: Path) -> dict[str, str]:
    """An environment as it was saved, without what is new with each program."""
    pairs = (pair.partition(b"=") for pair in file.read_bytes().split(b"\0"))
    values = {name.decode(): value.decode("utf-8", "surrogateescape") for name, _, value in pairs}
    return {name: value for name, value in values.items() if name not in PER_PROGRAM}


ZSH_OPTIONS = ("-f", "-o", "ksharrays", "-o", "shwordsplit", "-o", "nomatch", "-o", "rcquotes")
BASH = Shell("bash", "bash", ("--noprofile", "--norc"))
ZSH = Shell("zsh", "zsh", ("-f",))
KSH = Shell("ksh", "ksh")
MKSH = Shell("mksh", "mksh", knows_the_file=False)
DASH = Shell("dash", "dash", knows_the_file=False, dot_takes_arguments=False, dot_may_fail_under_e=False)
FISH = Shell("fish", "fish", ("--no-config",), fish=True)
FAMILY = (
    BASH,
    Shell("bash-posix", "bash", ("--posix",)),
    ZSH,
    Shell("zsh-options", "zsh", ZSH_OPTIONS),
    KSH,
    MKSH,
    DASH,
    Shell("busybox", "busybox", ("ash",), knows_the_file=False, dot_may_fail_under_e=False),
    FISH,
)
every_shell = pytest.mark.parametrize("shell", FAMILY, ids=lambda shell: shell.name)
