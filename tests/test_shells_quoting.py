"""What goes into the generated text comes out of every shell byte for byte, and nothing in it is executed."""

from __future__ import annotations

import subprocess

import conftest
import pytest
import shell_family
from shell_family import DUMP, every_shell

from mfa_session import shells

pytestmark = pytest.mark.one_python

BYTES = [chr(number) for number in range(1, 128)]
WORDS = [
    "",
    "'",
    "''",
    "'\\''",
    '"',
    "\\",
    "\\\\",
    "\\'",
    "ends in a backslash\\",
    "ends in a quote'",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    "\\'; touch pwned; \\'",
    "(touch pwned)",
    "<(touch pwned)",
    "\n touch pwned \n",
    "\r\n",
    "\n",
    "a\n\nb\n\n",
    "\\\n",
    "=ls",
    "%self",
    "%1",
    "~",
    "~root/x:~/y",
    "!!",
    "!$ !touch",
    "*",
    "/* ? [a-z] {a,b} {1..3}",
    "$HOME ${HOME} $$ $0 $@",
    " leading and trailing ",
    "\tleading and trailing\t",
    "two  blanks",
    "-n",
    "--",
    "# no comment",
    "a=b; c & d | e > f < g",
    "%s %d %%",
    "\x1b[31m red",
    "Grüße, 東京, 🔑, e\u0301, \u00a0, \u2028, \ufeff",
    "\u2018\u2019\u201a\u201b\u201c\u201d",
    "{undo}",
    "x" * 10_000,
]
# Each byte that UTF-8 continues a character with: dash and busybox use some of them as marks of their own.
WORDS += [chr(number) for number in range(0x80, 0x100)]
HOSTILE = [*BYTES, *(f"\\{byte}" for byte in BYTES), *WORDS]


def named(values: list[str]) -> dict[str, str]:
    return {f"MFA_TEST_{number}": value for number, value in enumerate(values)}


def language(shell: shell_family.Shell) -> shells.Shell:
    return shells.FISH if shell.fish else shells.POSIX


def survivors(shell, folder, script: str, env: dict[str, str], *dumps: str) -> list[dict[str, str]]:
    """The test's values in each dump of a script; fails where anything else happened."""
    result = shell.run(script, folder, env | {"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert not list(folder.rglob("pwned"))
    found = [shell_family.dumped(folder / dump) for dump in dumps]
    return [{name: value for name, value in all_.items() if name.startswith("MFA_TEST_")} for all_ in found]


@every_shell
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_hostile_values_arrive_and_go_back_byte_for_byte(shell, locale, tmp_path):
    now, before = named(HOSTILE), named(HOSTILE[::-1])
    text = shells.activate(language(shell), now, before)
    script = f"{text}{DUMP} now\nmfa_session_deactivate\n{DUMP} before\n"
    assert survivors(shell, tmp_path, script, {"LC_ALL": locale}, "now", "before") == [now, before]


@every_shell
def test_empty_and_unset_are_two_things(shell, tmp_path):
    text = shells.activate(language(shell), {"MFA_TEST_EMPTY": "", "MFA_TEST_GONE": None}, {})
    script = f"{text}{DUMP} dump\n"
    env = {"MFA_TEST_EMPTY": "old", "MFA_TEST_GONE": "old"}
    assert survivors(shell, tmp_path, script, env, "dump") == [{"MFA_TEST_EMPTY": ""}]


@every_shell
def test_what_is_to_be_unset_need_not_be_there(shell, tmp_path):
    strict = "" if shell.fish else "set -eu\n"
    text = strict + shells.activate(language(shell), {"MFA_TEST_GONE": None}, {"MFA_TEST_GONE": None})
    script = f"{text}mfa_session_deactivate\n{DUMP} dump\n"
    assert survivors(shell, tmp_path, script, {}, "dump") == [{}]


@pytest.mark.parametrize("checker", ["bash --posix -n", "dash -n", "ksh -n", "mksh -n", "shellcheck -s sh"])
@pytest.mark.parametrize("text", ["shim", "generated"])
def test_the_posix_text_is_well_formed(checker, text, tmp_path):
    file = shell_family.SHIMS / "get_mfa_session.sh"
    if text == "generated":
        change = {"KEY": "a/+b==", "TWO": "lines\nof words", "EMPTY": "", "GONE": None}
        file = tmp_path / "generated.sh"
        file.write_text(shells.activate(shells.POSIX, change, change))
    program, *options = checker.split()
    result = subprocess.run(
        [conftest.shell(program), *options, file], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_bash_3_finds_the_end_of_each_command_substitution():
    """Before version 4 it counts parentheses, and takes that of a `case` pattern for the end."""
    shim = (shell_family.SHIMS / "get_mfa_session.sh").read_text(encoding="utf-8")
    start = shim.index('eval "$(') + len('eval "$(')
    assert shim[end_by_counting(shim, start) :] == '"\n'


def end_by_counting(text: str, position: int) -> int:
    """Behind the parenthesis that closes the one before `position`; those in quotes don't count."""
    depth, quote = 1, ""
    while depth:
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
        position += 1
    return position
