"""`import` at a terminal: it shows what it will do and asks once; 1Password asks once for all of its calls."""

from __future__ import annotations

import re
import signal

import pexpect
import pytest
from import_runs import check_moved, items, prepare, works
from killed import tree

pytestmark = pytest.mark.one_python

QUESTION = "go on? [Y/n] "


@pytest.fixture
def world(world):
    prepare(world)
    world.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "approve"})
    return world


def window(world, *options: str) -> pexpect.spawn:
    return pexpect.spawn(
        str(world.bin / "mfa-session"),
        ["import", "test-bootstrap", *options],
        env=world.env,
        cwd=str(world.home),
        encoding="utf-8",
        timeout=30,
        dimensions=(50, 200),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def ended(child: pexpect.spawn) -> tuple[int, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before.replace("\r\n", "\n")


def test_one_question_and_one_approval(world):
    child = window(world)
    child.expect_exact(QUESTION)
    shown = child.before
    assert re.search(r"\+ AWS_ACCESS_KEY_ID=.*- aws_access_key_id = \*\*\*\*0000", shown, re.DOTALL)
    assert world.op.calls == [], "nobody was asked before"
    child.sendline("")
    code, said = ended(child)
    assert code == 0, said
    assert said.count("\r\033[2K") == 1, "the question is erased"
    assert len(world.op.prompts) == 1
    check_moved(world)
    assert works(world) == world.user.access_key_id


@pytest.mark.parametrize(("typed", "status"), [("n\n", 1), ("\x04", 1), ("\x03", 130)])
def test_who_says_no_has_everything_as_it_was(world, typed, status):
    before = tree(world.home)
    child = window(world)
    child.expect_exact(QUESTION)
    child.send(typed)
    code, said = ended(child)
    assert code == status
    assert said.rstrip().endswith("mfa-session: nothing was changed")
    assert {path: data for path, data in tree(world.home).items() if "/state/" not in path} == before
    assert items(world) == []


def test_yes_asks_nothing_and_a_dismissed_prompt_changes_nothing(world):
    world.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})
    before = tree(world.home)
    code, said = ended(window(world, "--yes"))
    assert code == 1
    assert QUESTION not in said
    assert "1Password prompt was dismissed, or nobody answered it; nothing was changed\n" in said
    assert {path: data for path, data in tree(world.home).items() if "/state/" not in path} == before


def test_ctrl_c_says_what_is_so(world):
    world.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "hang"})
    child = window(world, "--yes")
    child.expect_exact("approve the 1Password prompt")
    child.sendintr()
    code, said = ended(child)
    assert code == 130
    assert said.rstrip().endswith("mfa-session: nothing was changed")


def test_what_ends_behind_the_item_says_so(world):
    """There is no place for the account's file."""
    (world.home / "envs/.env.test").unlink()
    blocked = world.write(".config", "a file where a folder should be")
    argv = ("--yes", "--mfa-serial", world.user.mfa_serial, "--op-item", "AWS test")
    code, said = ended(window(world, *argv))
    assert code == 1
    assert "; 1Password has the key, and the rest is not done: run it again to go on\n" in said
    assert len(items(world)) == 1
    blocked.unlink()
    code, said = ended(window(world, *argv))
    assert (code, "already\n" in said, "is not done" in said) == (0, True, False)
    check_moved(world)
