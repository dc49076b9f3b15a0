"""Each way in which `op` fails, in a run of the program: a sentence, a hint, and nothing that looks like a success."""

from __future__ import annotations

import pytest
from onepassword_runs import argvs, asked, failure, item, otp_field, program
from onepassword_texts import NO_ACCOUNTS, SERVICE_ACCOUNT, TEXTS

pytestmark = pytest.mark.one_python

STAMP = "[ERROR] 2026/01/02 03:04:05 "
ONCE, TWICE = 1, 2
MODES = [
    ({"mode": "prompt", "outcome": "dismiss"}, "prompt was dismissed", "approve the prompt", ONCE),
    ({"mode": "prompt", "outcome": "timeout"}, "nobody answered the 1Password prompt", "approve the prompt", ONCE),
    ({"mode": "sa_429"}, "Please retry in 59 minutes", "wait", ONCE),
    ({"mode": "sa_deleted"}, "service account token", "unset OP_SERVICE_ACCOUNT_TOKEN", ONCE),
    ({"mode": "sa_malformed"}, "service account token", "unset OP_SERVICE_ACCOUNT_TOKEN", ONCE),
    ({"mode": "sa_needs_vault"}, "must be told the vault", "OP_VAULT=", ONCE),
    ({"mode": "multi_account"}, "several 1Password accounts", "OP_ACCOUNT=", ONCE),
    ({"mode": "no_accounts"}, "not connected to any 1Password account", "op account add", ONCE),
    ({"mode": "config_owner"}, "op's configuration belongs to another user", "sudo", ONCE),
    ({"mode": "app_timeout"}, "the 1Password app does not answer", "open and unlock 1Password", TWICE),
    ({"mode": "app_down"}, "can't reach the 1Password app", "onepassword-cli", ONCE),
    ({"mode": "offline"}, "can't reach the 1Password app", "integration with 1Password CLI", ONCE),
    ({"mode": "locked"}, "locked", "unlock 1Password", ONCE),
]  # fmt: skip
TEXT = [
    ("UNAUTHORIZED", "did not accept the password or token", "OP_SERVICE_ACCOUNT_TOKEN", ONCE),
    ("BAD_REFERENCE", "can't read a reference", "op://vault/item/field", ONCE),
    ("FORBIDDEN", "does not let you do this", "the right to read it", ONCE),
    ("TOO_OLD", "this op does not understand", "op --version", ONCE),
    ("NETWORK", "can't reach 1Password's server", "HTTPS_PROXY", TWICE),
    ("CRASH", "op crashed", "op --version", ONCE),
    ("UNKNOWN", "says: (400) Bad Request: The structure of request was invalid.", "", ONCE),
]


@pytest.mark.parametrize(("auth", "words", "hint", "calls"), MODES, ids=[str(mode[0]) for mode in MODES])
def test_what_keeps_op_from_answering_is_named(world, auth, words, hint, calls):
    world.op.update(auth=auth)
    failed = failure(world)
    assert words in failed.message
    assert hint in "\n".join(failed.hints)
    assert argvs(world) == [["item", "get", "AWS test", "--otp"]] * calls


@pytest.mark.parametrize(("kind", "words", "hint", "calls"), TEXT)
def test_what_op_says_is_explained(world, kind, words, hint, calls):
    world.op.update(auth={"mode": "error", "stderr": f"{STAMP}{TEXTS[kind][0]}\n"})
    failed = failure(world)
    assert words in failed.message
    assert failed.hints
    assert hint in "\n".join(failed.hints)
    assert len(asked(world)) == calls


@pytest.mark.parametrize("mode", ["not_signed_in", "session_expired"])
def test_without_a_terminal_nobody_can_sign_in(world, mode):
    world.op.update(auth={"mode": mode, "password": "open sesame"})
    failed = failure(world, status=4)
    assert failed.message == "op is not signed in to 1Password"
    assert "op signin" in failed.hints[0]
    assert argvs(world) == [["item", "get", "AWS test", "--otp"]]


def test_an_item_that_is_not_there_is_named(world):
    world.account(OP_ITEM="AWS tset")
    assert '"AWS tset"' in failure(world).message


def test_a_vault_that_is_not_there_is_named(world):
    world.account(OP_VAULT="Privat")
    assert "Privat" in failure(world).message.replace("Private", "")


def test_an_archived_item_is_not_there(world):
    item(world, "AWS test")["state"] = "ARCHIVED"
    world.op.save()
    assert '"AWS test" isn\'t an item' in failure(world).message


def test_of_two_items_of_that_name_both_are_shown(world):
    twin = item(world, "AWS test") | {
        "id": "twinaaaaaaaaaaaaaaaaaaaaaa",
        "vault": "workvaultaaaaaaaaaaaaaaaaa",
    }
    world.op.state["items"].append(twin)
    world.op.save()
    failed = failure(world)
    assert "AWS test" in failed.message
    assert "OP_VAULT=Private and OP_ITEM=awstestitemaaaaaaaaaaaaaaa" in failed.hints[0]
    assert "OP_VAULT=Work and OP_ITEM=twinaaaaaaaaaaaaaaaaaaaaaa" in failed.hints[1]


def test_an_item_without_a_one_time_password_is_named(world):
    item(world, "AWS test")["fields"].remove(otp_field(world, "AWS test"))
    world.op.save()
    failed = failure(world)
    assert failed.message == "the 1Password item 'AWS test' has no one-time password"
    assert "setup key" in failed.hints[0]


@pytest.mark.parametrize("status", [0, 1, 2, 4])
@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_neither_the_exit_code_nor_the_stream_matters(world, status, stream):
    said = f"{STAMP}error initializing client: authorization prompt dismissed, please try again\n"
    world.op.update(auth={"mode": "error", "exit": status, stream: said})
    assert "prompt was dismissed" in failure(world).message
    assert len(asked(world)) == ONCE


def test_a_token_for_a_service_account_that_is_not_one(world):
    world.op.update(service_account={"token": "the right one"})
    failed = failure(world, OP_SERVICE_ACCOUNT_TOKEN="another one")
    assert "OP_SERVICE_ACCOUNT_TOKEN" in failed.message
    assert SERVICE_ACCOUNT not in failed.stderr
    assert "another one" not in failed.stderr


def test_the_whole_question_about_an_account_without_a_prefix(world):
    world.op.update(auth={"mode": "error", "stderr": NO_ACCOUNTS})
    assert "not connected to any 1Password account" in failure(world).message


def test_what_others_wrote_does_not_act_on_the_terminal(world):
    world.op.update(auth={"mode": "error", "stderr": f"{STAMP}some \x1b[31mred\x1b[0m\x07 text\r\n"})
    failed = failure(world)
    assert "red" in failed.message
    assert not {"\x1b", "\x07", "\r"} & set(failed.stderr)


def test_debug_shows_where_an_error_came_from_and_no_more(world):
    world.op.update(auth={"mode": "locked"})
    result = world.run("export", "test", "--debug")
    assert (result.returncode, result.stdout) == (1, "")
    assert "onepassword.py" in result.stderr
    assert not any(secret in result.stderr for secret in world.secrets)


def test_an_op_that_is_killed(world):
    program(world, "#!/bin/sh\nkill -9 $$\n")
    assert failure(world).message == "op was ended by signal 9"
