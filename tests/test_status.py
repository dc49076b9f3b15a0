"""`status` reads the environment alone, and is cheap enough for a prompt."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

HEAVY = {
    "boto3",
    "botocore",
    "importlib.metadata",
    "http.server",
    "click",
    "dataclasses",
    "subprocess",
    "pexpect",
}


@pytest.fixture
def live():
    """What a session with 11 h 42 min left has put into the environment."""
    expires = int(time.time()) + 11 * 3600 + 42 * 60 + 20
    return {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE00000WXYZ",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_SESSION_TOKEN": "not-a-token",
        "MFA_SESSION_PROFILE": "test",
        "MFA_SESSION_ACCOUNT_ID": "111122223333",
        "MFA_SESSION_ACCESS_KEY_ID": "ASIAEXAMPLE00000WXYZ",
        "MFA_SESSION_EXPIRES_EPOCH": str(expires),
    }


def test_a_live_session(world, live):
    result = world.run("status", **live)
    assert result.returncode == 0
    assert result.stdout.splitlines()[:2] == ["account  test (111122223333)", "key id   ****WXYZ"]
    assert result.stdout.splitlines()[2].endswith("(11h42m left)")
    assert result.stderr == ""


def test_short_is_one_word_for_a_prompt(world, live):
    assert world.run("status", "--short", **live).stdout == "test 11h42m\n"


def test_json_is_for_programs(world, live):
    result = world.run("status", "--json", **live)
    expires = int(live["MFA_SESSION_EXPIRES_EPOCH"])
    document = json.loads(result.stdout)
    assert abs(document.pop("remaining_seconds") - (11 * 3600 + 42 * 60 + 20)) < 15
    assert document == {
        "account": "test",
        "account_id": "111122223333",
        "role_arn": None,
        "scope": [],
        "access_key_id": "ASIAEXAMPLE00000WXYZ",
        "expires": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires)),
        "live": True,
    }


def test_no_session_is_exit_1(world):
    result = world.run("status")
    assert (result.returncode, result.stdout) == (1, "")
    assert "no session in this shell" in result.stderr
    assert "source get_mfa_session.sh" in result.stderr
    assert (world.run("status", "--short").returncode, world.run("status", "--short").stdout) == (1, "")
    document = json.loads(world.run("status", "--json").stdout)
    assert document["live"] is False
    assert document["account"] is None


def test_an_expired_session_is_exit_1(world, live):
    expired = live | {"MFA_SESSION_EXPIRES_EPOCH": str(int(time.time()) - 7200)}
    result = world.run("status", **expired)
    assert result.returncode == 1
    assert "(expired 2h ago)" in result.stdout
    assert world.run("status", "--short", **expired).stdout == "test expired\n"
    assert json.loads(world.run("status", "--json", **expired).stdout)["live"] is False


def test_keys_of_another_tool_are_not_called_ours(world, live):
    result = world.run("status", **live | {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE0000OTHER"})
    assert result.returncode == 1
    assert "something has replaced its keys" in result.stderr


def test_a_profile_set_beside_the_session_is_pointed_out(world, live):
    result = world.run("status", AWS_PROFILE="dev", **live)
    assert result.returncode == 0
    assert "unset AWS_PROFILE" in result.stderr


@pytest.mark.parametrize("epoch", ["", "soon", "-5", "1e9", "٣"])
def test_a_spoilt_expiry_is_no_session_and_no_traceback(world, live, epoch):
    result = world.run("status", **live | {"MFA_SESSION_EXPIRES_EPOCH": epoch})
    assert (result.returncode, result.stdout) == (1, "")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("options", [[], ["--short"], ["--json"], ["--json", "--short"]])
def test_it_imports_nothing_slow(live, world, options):
    program = (
        "import sys; from mfa_session.__main__ import command; command(['status', *sys.argv[1:]])\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *options],
        env=world.env | live,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "mfa_session.commands.status" in result.stderr.split()
    assert not HEAVY & set(result.stderr.split())


def test_through_click_it_is_the_same(world, live):
    """`--debug` is not on the short way that prompts take."""
    assert (
        world.run("status", "--short", "--debug", **live).stdout
        == world.run("status", "--short", **live).stdout
    )
    assert world.run("status", "--nope").returncode == 2


def test_an_account_of_a_hostile_name_does_not_act_on_the_terminal(world, live):
    assert "\x1b" not in world.run("status", "--short", **live | {"MFA_SESSION_PROFILE": "a\x1b[31m"}).stdout


def test_an_expiry_beyond_all_clocks_is_no_session(world, live):
    assert world.run("status", "--json", **live | {"MFA_SESSION_EXPIRES_EPOCH": "9" * 20}).returncode == 1
