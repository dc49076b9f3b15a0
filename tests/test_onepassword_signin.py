"""Accounts that were added to `op` by hand: the password is asked for on the terminal, once, and the session stays here."""

from __future__ import annotations

import json
import time

import pytest
from onepassword_runs import Window, alive, argvs, asked, wait_for

pytestmark = pytest.mark.one_python

PASSWORD = "öpen sesame"
QUESTION = "Enter the password for user@example.com at my.1password.com:"
GET = ["item", "get", "AWS test", "--otp"]
SIGNIN = ["signin", "--raw"]
USER = "OP_SESSION_" + "A" * 26


@pytest.fixture(autouse=True)
def op(world):
    world.op.update(auth={"mode": "not_signed_in", "password": PASSWORD})
    return world.op


def passwords(op):
    return [event for event in op.events if event["event"] == "password"]


def test_the_password_is_asked_for_once_and_the_session_is_used(world, op):
    window = Window(world)
    window.see(QUESTION)
    window.type(PASSWORD)
    assert window.session()["AccessKeyId"].startswith("ASIA")
    assert (argvs(world), len(passwords(op))) == ([GET, SIGNIN, GET], 1)
    before, signin, after = asked(world)
    assert signin["isatty"] == [True] * 3
    assert signin["sid"] != window.pid  # a terminal of its own, so that the question is ours to put
    assert (before["op_env"], after["op_env"][USER]) == ({}, "set")
    assert after["sid"] == window.pid


def test_neither_password_nor_session_is_left_anywhere(world, op):
    window = Window(world)
    window.see(QUESTION)
    window.type(PASSWORD)
    session = window.session()
    (token,) = (path.name.removeprefix("token-") for path in op.state_file.parent.rglob("token-*"))
    for secret in (PASSWORD, token):
        assert secret not in window.shown + json.dumps(session) + op.log_file.read_text()
    assert "OP_SESSION" not in json.dumps(session)
    assert "\x1b[2K" in window.shown  # the question is erased


def test_the_references_get_the_same_treatment(world, op):
    window = Window(world, "prod")
    window.see(QUESTION)
    window.type(PASSWORD)
    assert window.session()["AccessKeyId"].startswith("ASIA")
    assert (argvs(world), len(passwords(op))) == ([["inject"], SIGNIN, ["inject"]], 1)
    assert USER in asked(world)[2]["op_env"]


def test_the_account_of_the_file_is_the_one_signed_in_to(world, op):
    second = {"url": "team.1password.com", "email": "bob@example.com"}
    op.update(
        accounts=[*op.state["accounts"], second | {"user_uuid": "B" * 26, "account_uuid": "B" * 25 + "Z"}]
    )
    world.account(OP_ACCOUNT="team.1password.com")
    window = Window(world)
    window.see("Enter the password for bob@example.com at team.1password.com:")
    window.type(PASSWORD)
    window.session()
    account = ["--account", "team.1password.com"]
    assert argvs(world) == [GET + account, SIGNIN + account, GET + account]
    assert "OP_SESSION_" + "B" * 26 in asked(world)[2]["op_env"]
    assert USER not in asked(world)[2]["op_env"]


@pytest.mark.parametrize("typed", ["wrong", ""])
def test_a_wrong_password_is_explained_and_not_asked_for_again(world, op, typed):
    window = Window(world)
    window.see(QUESTION)
    window.type(typed)
    assert window.end() == 1
    assert "1Password did not accept the password" in window.shown
    assert "hint: " in window.shown
    assert "Traceback" not in window.shown
    assert window.file.read_text() == ""
    assert (argvs(world), len(passwords(op))) == ([GET, SIGNIN], 1)


def test_a_session_that_is_not_taken_does_not_lead_to_a_second_question(world, op):
    window = Window(world)
    window.see(QUESTION)
    op.update(auth={"mode": "session_expired", "password": PASSWORD})
    window.type(PASSWORD)
    assert window.end() == 1
    assert "op is not signed in to 1Password" in window.shown
    assert (argvs(world), len(passwords(op))) == ([GET, SIGNIN, GET], 1)


def test_a_session_of_the_shell_is_used_without_a_question(world, op):
    window = Window(world)
    window.see(QUESTION)
    window.type(PASSWORD)
    window.session()
    (token,) = (path.name.removeprefix("token-") for path in op.state_file.parent.rglob("token-*"))
    world.forget_codes()
    op.clear()
    world.export("test", **{USER: token})
    assert argvs(world) == [GET]


def test_ctrl_c_at_the_password_leaves_nothing_behind(world):
    window = Window(world)
    window.see(QUESTION)
    window.typescript.sendintr()
    assert (window.end(), window.file.read_text()) == (130, "")
    signin = asked(world)[1]
    wait_for(lambda: not alive(signin["pid"]))
    assert argvs(world) == [GET, SIGNIN]


def test_a_key_that_turns_out_wrong_meanwhile_ends_it_after_the_password(world):
    world.user.active = False
    window = Window(world)
    window.see(QUESTION)
    wait_for(lambda: world.aws.count("GetCallerIdentity"))
    wait_for(lambda: world.aws.requests[0].status)
    time.sleep(1)  # for the answer to be read
    window.type(PASSWORD)
    assert window.end() == 1
    assert "AWS does not know the base key ****0000" in window.shown
    # op is not asked for what nobody needs any more, or stopped at once.
    assert [call["exit"] for call in asked(world)[2:]] in ([], [143])
