"""Shells in which Tab is pressed, and the same asked without a shell."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pexpect
from conftest import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import World

ARGV = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": [
        "--private",
        "-i",
    ],  # its rc files are in the home, where there are none; --no-config takes others away
}
COMPINIT = "autoload -Uz compinit && compinit -u -D"
# What the person runs only shows the words that have come; what the shell asks is the program itself.
SHOW = {
    "bash": "mfa-session() { printf '<%s>' \"$@\"; echo; }",
    "zsh": "mfa-session() { printf '<%s>' \"$@\"; echo; }",
    "fish": "function mfa-session; printf '<%s>' $argv; echo; end",
}
LOAD = {
    "bash": ['eval "$(command mfa-session completion bash)"'],
    "zsh": [COMPINIT, 'eval "$(command mfa-session completion zsh)"'],
    "fish": ["command mfa-session completion fish | source"],
}


class Keys:
    """A shell on a terminal, where `typed` and Tab make words."""

    def __init__(self, name: str, world: World, load: list[str], **environ: str) -> None:
        self.child = pexpect.spawn(
            shell(name),
            ARGV[name],
            env=world.env | environ,
            cwd=world.home,
            encoding="utf-8",
            timeout=20,
            dimensions=(50, 150),
        )
        for line in [*load, SHOW[name], "printf 'rea%s\\n' dy"]:
            self.child.sendline(line)
        self.child.expect("ready\r\n")
        self.said = self.child.before

    def words(self, typed: str) -> list[str]:
        """Of the command line that Tab and then Enter make of it."""
        self.child.send(f"mfa-session {typed}\t\r")
        self.child.expect(r"<([^\r\n]*)>\r\n")
        return self.child.match[1].split("><")

    def shows(self, typed: str, pattern: str) -> None:
        """Fails unless this appears when Tab is pressed twice; the line is given up then."""
        self.child.send(f"mfa-session {typed}\t\t")
        self.child.expect(pattern)
        self.child.sendcontrol("c")


@contextlib.contextmanager
def typing(name: str, world: World, load: list[str] | None = None, **environ: str) -> Iterator[Keys]:
    keys = Keys(name, world, LOAD[name] if load is None else load, **environ)
    try:
        yield keys
    finally:
        keys.child.close(force=True)


def ask(world: World, name: str, line: str, **environ: str):
    """As the script of this shell asks, with the line up to the cursor."""
    asked = {"_MFA_SESSION_COMPLETE": f"{name}_complete", "COMP_WORDS": f"mfa-session {line}"}
    return world.run(**asked | environ)


def offered(world: World, line: str, name: str = "fish", **environ: str) -> list[str]:
    """The words; a file or a folder, which the shell is to find, as `file` or `dir`."""
    done = ask(world, name, line, **environ)
    assert (done.returncode, done.stderr) == (0, "")
    kinds = [item.partition(",") for item in done.stdout.splitlines() if item]
    return [re.sub("\t.*", "", word) if kind == "plain" else kind for kind, _, word in kinds]
