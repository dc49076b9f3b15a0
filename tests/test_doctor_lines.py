"""The checklist in a terminal of any width: no line is too long, no word is broken, and what is to be typed can be pasted."""

from __future__ import annotations

import pexpect
import pytest
from doctor_runs import wake

from mfa_session.checks import lines

pytestmark = pytest.mark.one_python

UNSET = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION"


def in_a_terminal(world, columns: int, *words: str, **environ: str) -> str:
    child = pexpect.spawn(
        str(world.bin / "mfa-session"),
        ["doctor", *words],
        env=world.env | environ | {"TERM": "dumb"},
        cwd=str(world.home),
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    return child.before


def test_all_that_is_said_is_wrapped_between_words(world):
    """Every kind of line: of red, yellow and ok, with reasons, hints and what AWS has said."""
    world.user.policy = "not-s3"
    wake(world)
    user = world.user
    world.account("copy", AWS_ACCESS_KEY_ID=user.access_key_id, AWS_SECRET_ACCESS_KEY=user.secret_access_key)
    shell = {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEOTHER0000",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_CREDENTIAL_EXPIRATION": "never",
    }
    names = ("test", "prod", "nope")
    piped = world.run("doctor", *names, **shell).stdout
    assert f"hint: type: {UNSET}\n" in piped, "nothing is wrapped where no terminal is"
    for columns in (40, 60, 100):
        shown = in_a_terminal(world, columns, *names, **shell)
        for line in shown.splitlines():
            words = line.removesuffix(" \\").split("  ")[-1].split()
            assert len(line) <= columns or len(words) == 1, line
        assert shown.replace(" \\\r\n", "\r\n").split() == piped.split(), columns


HINTS = [
    ("type: make all", 30, ["hint: type: make all"]),
    ("to begin with it, type: make all", 30, ["hint: to begin with it, type:", "      make all"]),
    ("type: " + UNSET, None, ["hint: type: " + UNSET]),
    (
        "type: " + UNSET,
        60,
        [
            "hint: type:",
            "      unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY \\",
            "      AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION",
        ],
    ),
    # Between quotes, a backslash and a line's end are part of the command.
    (
        "type: echo '/a name of some length' >> .gitignore",
        30,
        ["hint: type:", "      echo '/a name of some length' >> .gitignore"],
    ),
    (
        "look at a-file-with-a-long-name.txt there",
        24,
        ["hint: look at", "      a-file-with-a-long-name.txt", "      there"],
    ),
]


@pytest.mark.parametrize(("text", "room", "expected"), HINTS)
def test_a_hint(text, room, expected):
    assert lines.hint(text, room) == expected


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_command_in_several_lines_is_one(world, shell):
    command = "echo " + " ".join(f"word{number}" for number in range(20))
    pasted = "\n".join(line.removeprefix("      ") for line in lines.hint(f"type: {command}", 40)[1:])
    assert pasted.count("\\\n") > 2
    assert world.call([shell, "-c", pasted]).stdout == command.removeprefix("echo ") + "\n"
