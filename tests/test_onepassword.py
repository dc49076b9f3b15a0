"""How `op` is called: with what arguments, in what environment, on what terminal."""

from __future__ import annotations

import subprocess

import pytest
from onepassword_runs import Window, argvs, asked, failure, item

NAMES = [
    "AWS  two blanks (old)",
    'it\'s "AWS" \\ test',
    "AWS für 東京 \N{KEY}",
    "$(touch ran) `touch ran` *",
    "op",
    "a=b;c#d",
]
DASHED = ["-AWS", "--otp", "--format=json", "--"]


def call_it(world, title):
    """Rename the item of the account `test`; single quotes in the file leave everything as it is."""
    item(world, "AWS test")["title"] = title
    world.op.save()
    written = title.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{written}'"


@pytest.mark.one_python
def test_vault_and_1password_account_narrow_the_search(world):
    world.account(OP_VAULT="Private", OP_ACCOUNT="my.1password.com")
    world.export("test")
    place = ["--vault", "Private", "--account", "my.1password.com"]
    assert argvs(world) == [["item", "get", "AWS test", "--otp", *place]]


@pytest.mark.one_python
@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_an_item_reaches_op_as_it_is(world, name):
    world.account(OP_ITEM=call_it(world, name))
    world.export("test")
    assert argvs(world) == [["item", "get", name, "--otp"]]
    assert not (world.home / "ran").exists()


@pytest.mark.one_python
@pytest.mark.parametrize("name", DASHED)
def test_the_name_of_an_item_is_never_taken_for_an_option(world, name):
    world.account(OP_ITEM=call_it(world, name), OP_VAULT="Private", OP_ACCOUNT="my.1password.com")
    world.export("test")
    place = ["--vault", "Private", "--account", "my.1password.com"]
    assert argvs(world) == [["item", "get", "--otp", *place, "--", name]]


@pytest.mark.one_python
def test_a_dash_is_no_name_since_op_would_read_standard_input(world):
    world.account(OP_ITEM="-")
    assert "standard input" in failure(world).message
    assert asked(world) == []


def test_op_gets_its_own_variables_but_none_that_change_its_output_and_none_of_aws(world):
    secrets = {"AWS_SECRET_ACCESS_KEY": "s3cret", "AWS_SESSION_TOKEN": "s3cret", "AWS_PROFILE": "test"}
    own = {"OP_CACHE": "false", "OP_CONFIG_DIR": "/nowhere", "OP_ACCOUNT": "my.1password.com"}
    world.export("test", **secrets, **own, OP_FORMAT="json", OP_DEBUG="true", OP_SESSION_A="x" * 43)
    (call,) = asked(world)
    assert call["op_env"] == own | {"OP_SESSION_A": "set"}
    assert call["aws_env"] == []
    assert {"HOME", "PATH", "LANG", "TZ", "HTTPS_PROXY", "NO_PROXY"} <= set(call["env"])


def test_the_references_are_asked_for_in_the_same_environment(world):
    world.export("prod", OP_FORMAT="json", OP_DEBUG="true", AWS_SECRET_ACCESS_KEY="s3cret")
    (call,) = asked(world)
    assert (call["op_env"], call["aws_env"], call["stdin"]) == ({}, [], "fifo")


def test_what_waits_on_standard_input_is_not_ops_to_read(world):
    # op reads an open pipe to its end, which never comes here.
    with subprocess.Popen(
        [world.bin / "mfa-session", "export", "test"],
        cwd=world.home,
        env=world.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as running:
        output = running.stdout.read()
        assert running.wait(60) == 0
    assert b"AWS_SESSION_TOKEN" in output
    assert [(call["stdin"], call["tty"]) for call in asked(world)] == [("chr", False)]


def test_op_runs_in_the_terminal_session_of_the_shell_but_not_on_its_streams(world):
    window = Window(world)
    assert window.session()["AccessKeyId"].startswith("ASIA")
    (call,) = asked(world)
    assert (call["tty"], call["sid"], call["isatty"]) == (True, window.pid, [False] * 3)
    assert call["stdin"] == "chr"


@pytest.mark.one_python
def test_no_secret_is_in_any_argument_list(world):
    world.account(
        "literal",
        AWS_ACCESS_KEY_ID=world.user.access_key_id,
        AWS_SECRET_ACCESS_KEY=world.user.secret_access_key,
    )
    world.op.update(latency=3)  # long enough for the list of accounts, too
    token = "s3cret-session-token-of-op-0000000000000000"
    minted = [Window(world, "literal", OP_SESSION=token).session()]  # only a terminal is worth the list
    world.op.update(latency=0)
    minted.append(world.export("prod", OP_SESSION=token))
    calls = [call["argv"] for call in world.op.calls]
    assert {"item", "inject", "account"} <= {argv[0] for argv in calls}
    for secret in (*world.secrets, token, *(session["SecretAccessKey"] for session in minted)):
        assert secret not in str(calls)
