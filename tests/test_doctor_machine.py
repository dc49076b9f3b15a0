"""`doctor` on what all accounts have in common: 1Password, the shell, fish, AWS's files, and where sessions are kept."""

from __future__ import annotations

import json
import time

import conftest
import onepassword_runs
import pytest
from doctor_runs import doctor

pytestmark = pytest.mark.one_python

KEYS = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLEOTHER0000", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x"}
LONG_LIVED = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEOTHER0000", "AWS_SECRET_ACCESS_KEY": "x"}
OURS = {**KEYS, "MFA_SESSION_PROFILE": "test", "MFA_SESSION_ACCESS_KEY_ID": "ASIAEXAMPLEOTHER0000"}
# Of each shell, its variables; and of each finding in it, level and phrase. There is no other beside.
SHELLS = {
    "a live session": ({**OURS, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"}, []),
    "profile and keys": (
        {**KEYS, "AWS_PROFILE": "work", "AWS_DEFAULT_PROFILE": "work"},
        [
            ("yellow", "AWS_PROFILE=work is set, and AWS_ACCESS_KEY_ID is too"),
            ("yellow", "unset AWS_DEFAULT_PROFILE"),
        ],
    ),
    "empty profile": ({"AWS_DEFAULT_PROFILE": ""}, [("yellow", "AWS_DEFAULT_PROFILE is set, and empty")]),
    "old token": (
        {**KEYS, "AWS_SECURITY_TOKEN": "old"},
        [("yellow", "boto3 and the AWS CLI take it before AWS_SESSION_TOKEN")],
    ),
    "token alone": (
        {"AWS_SESSION_TOKEN": "x"},
        [("yellow", "AWS_SESSION_TOKEN is set without AWS_ACCESS_KEY_ID")],
    ),
    "no token": (
        {**KEYS, "AWS_SESSION_TOKEN": ""},
        [("yellow", "the key of a session is set without AWS_SESSION_TOKEN")],
    ),
    "half a key": (
        {**KEYS, "AWS_SECRET_ACCESS_KEY": ""},
        [("yellow", "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")],
    ),
    "long-lived": (LONG_LIVED, [("yellow", "a long-lived key, ****0000, is in the environment")]),
    "long-lived with a token": (
        {**LONG_LIVED, "AWS_SESSION_TOKEN": "x"},
        [("yellow", "a long-lived key"), ("yellow", "AWS refuses a long-lived key that comes with a token")],
    ),
    "expired": (
        {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"},
        [("yellow", "the keys in this shell expired")],
    ),
    "expired, ours": (
        {**OURS, "AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00+00:00"},
        [("yellow", "type: source get_mfa_session.sh")],
    ),
    "no time": (
        {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "1767225600"},
        [("yellow", "AWS_CREDENTIAL_EXPIRATION is not a time like")],
    ),
    "naive time": (
        {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00"},
        [("yellow", "AWS_CREDENTIAL_EXPIRATION is not a time like")],
    ),
    "left over": (
        {"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"},
        [("note", "AWS_CREDENTIAL_EXPIRATION is left over")],
    ),
    "session gone": (
        {"MFA_SESSION_PROFILE": "test"},
        [("yellow", "the session of test is no longer in this shell")],
    ),
    "session replaced": (
        {**KEYS, "MFA_SESSION_PROFILE": "test", "MFA_SESSION_ACCESS_KEY_ID": "ASIAEXAMPLETHEONE000"},
        [("yellow", "something has replaced the keys of test's session")],
    ),
    "account id": (
        {**OURS, "AWS_ACCOUNT_ID": "1", "MFA_SESSION_ACCOUNT_ID": "2"},
        [("yellow", "AWS_ACCOUNT_ID=1, and the session is of 2")],
    ),
    "refreshing": ({"MFA_SESSION_PROFILE": "test", "MFA_SESSION_REFRESHING": "w", "AWS_PROFILE": "w"}, []),
    "regions": (
        {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"},
        [("yellow", "AWS_REGION=eu-west-1, and AWS_DEFAULT_REGION=us-east-1")],
    ),
    "others": (
        {"AWS_VAULT": "work", "AWS_ROLE_ARN": "x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/x"},
        [
            ("note", "this shell is aws-vault's, for work"),
            ("note", "unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN"),
        ],
    ),
    "container": (
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x"},
        [("note", "AWS_CONTAINER_CREDENTIALS_FULL_URI set")],
    ),
    "missing files": (
        {"AWS_CONFIG_FILE": "~/no/config", "AWS_SHARED_CREDENTIALS_FILE": "/no/credentials"},
        [
            ("yellow", "AWS_CONFIG_FILE names ~/no/config, which is not there"),
            ("yellow", "AWS_SHARED_CREDENTIALS_FILE names /no/credentials"),
        ],
    ),
}


@pytest.fixture
def bare(world):
    """No account's file, so that no account is looked at, and no AWS."""
    for file in (world.home / "envs").iterdir():
        file.unlink()
    del world.env["AWS_ENDPOINT_URL"]
    return world


@pytest.mark.parametrize("name", SHELLS)
def test_each_shell(bare, name):
    environ, expected = SHELLS[name]
    seen = doctor(bare, **environ)
    found = seen.of("shell")
    if not expected:
        assert [one["level"] for one in found] == ["ok"]
        return
    assert [one["level"] for one in found] == [level for level, _ in expected]
    for level, phrase in expected:
        assert seen.says(level, "shell", phrase), found
    for one in found:
        assert one["why"] or one["level"] == "note"
        assert one["hints"]


def test_an_address_in_place_of_aws_is_noted(bare):
    seen = doctor(bare, AWS_ENDPOINT_URL_S3="http://user:password@127.0.0.1:1")
    assert seen.says("note", "shell", "AWS_ENDPOINT_URL_S3 set")
    assert "user:password" not in json.dumps(seen.findings)


def test_universal_variables_as_fish_writes_them(bare):
    fish = conftest.shell("fish")
    assert doctor(bare).of("fish") == []
    for setting in (
        'set -U AWS_REGION "eu-west-1"',
        'set -Ux AWS_PROFILE "my: profile \\\\ ü"',
        'set -Ux AWS_SECRET_ACCESS_KEY "a/universal/secret"',
        'set -U AWS_VAULT ""',
    ):
        done = bare.call([fish, "-c", setting], XDG_RUNTIME_DIR=str(bare.home))
        assert done.returncode == 0, done.stderr
    seen = doctor(bare)
    assert seen.level("fish") == ["yellow", "yellow"]
    assert seen.says("yellow", "fish", "AWS_PROFILE=my: profile \\ ü")
    assert seen.says("yellow", "fish", "set -eU AWS_SECRET_ACCESS_KEY")
    assert "universal/secret" not in json.dumps(seen.findings)
    for name in ("AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"):
        bare.call([fish, "-c", f"set -eU {name}"], XDG_RUNTIME_DIR=str(bare.home))
    assert doctor(bare).level("fish") == ["ok"]
    assert doctor(bare, XDG_CONFIG_HOME=str(bare.home / "elsewhere")).of("fish") == []


def test_a_default_profile_with_a_key(bare):
    bare.write(
        ".aws/credentials", "[default]\naws_access_key_id = AKIAEXAMPLEOTHER0000\naws_secret_access_key = x\n"
    )
    assert doctor(bare).says("yellow", "aws profiles", "[default] in ~/.aws/credentials has a key")
    bare.write(
        ".aws/credentials", "[default]\naws_access_key_id = ASIAEXAMPLEOTHER0000\naws_secret_access_key = x\n"
    )
    assert doctor(bare).of("aws profiles") == []
    bare.write(
        ".aws/config", "[default]\naws_access_key_id = AKIAEXAMPLEOTHER0000\naws_secret_access_key = x\n"
    )
    assert doctor(bare).says("yellow", "aws profiles", "[default] in ~/.aws/config has a key")
    bare.write(".aws/config", "[default\n")
    assert doctor(bare).says("red", "aws profiles", "can't be parsed")


def test_profiles_that_were_configured(world):
    config = world.home / ".aws/config"
    assert world.run("configure", "test", "--profile", "work").returncode == 0
    good = config.read_text()
    assert doctor(world, "prod").says("ok", "aws profiles", "where they should lead: work")
    config.write_text(good.replace("/mfa-session-credentials", "/gone/mfa-session-credentials"))
    assert doctor(world, "prod").says("red", "aws profiles", "mfa-session configure test --profile work")
    config.write_text(good.replace(".env.test", ".env.gone"))
    assert doctor(world, "prod").says("red", "aws profiles", ".env.gone, which is not there")
    other = world.write("elsewhere/mfa-session-credentials", "#!/bin/sh\n", 0o755)
    line = next(line for line in good.splitlines() if line.startswith("credential_process"))
    config.write_text(good.replace(line.split('"')[1], str(other)))
    assert doctor(world, "prod").says("note", "aws profiles", "another copy of mfa-session")
    config.write_text(good)
    credentials = world.home / ".aws/credentials"
    credentials.write_text(credentials.read_text() + "[work]\naws_access_key_id = AKIAEXAMPLEOTHER0000\n")
    assert doctor(world, "prod").says("red", "aws profiles", "profile work has aws_access_key_id")


def test_the_store(bare, tmp_path):
    assert doctor(bare).says("note", "store", "MFA_SESSION_STORE=none")
    assert doctor(bare, MFA_SESSION_STORE="drawer").says(
        "red", "store", "MFA_SESSION_STORE=drawer is no store"
    )
    seen = doctor(bare, MFA_SESSION_STORE="runtime")
    assert seen.says("yellow", "store", "XDG_RUNTIME_DIR names no folder")
    assert seen.says("yellow", "store", "a touch of its own")
    seen = doctor(bare, MFA_SESSION_STORE="runtime", XDG_RUNTIME_DIR=str(tmp_path))
    assert seen.says("ok", "store", "kept in the runtime folder; none just now")


def test_which_op_it_is(world):
    for version, level, phrase in (
        ("2.30.0", "ok", "op 2.30.0; its accounts: user@example.com"),
        ("2.29.3", "yellow", "2.30 is the oldest"),
        ("1.12.4", "red", "developer.1password.com/docs/cli"),
        ("what?", "yellow", "does not say which version"),
    ):
        world.op.update(version=version)
        seen = doctor(world, "prod")
        assert seen.says(level, "1password", phrase), (version, seen.findings)


def test_op_without_an_account_or_with_several(world):
    world.op.update(auth={"mode": "no_accounts"})
    assert doctor(world, "prod").says("red", "1password", "Settings > Developer")
    world.op.update(auth={"mode": "config_owner"})
    assert doctor(world, "prod").level("1password") == ["red"]
    second = {
        "url": "https://team.1password.com",
        "email": "user@team.com",
        "user_uuid": "B",
        "account_uuid": "BZ",
    }
    world.op.update(auth={"mode": "ok"}, accounts=[*world.op.state["accounts"], second])
    assert doctor(world, "prod").says("note", "1password", "prod does not say which")
    assert doctor(world, "prod", OP_ACCOUNT="my").level("1password") == ["ok"]
    assert doctor(world, "prod", OP_ACCOUNT="user@team.com").level("1password") == ["ok"]
    assert doctor(world, "prod", OP_ACCOUNT="their").says("yellow", "1password", "op has no account their")


def test_op_is_missing(world):
    world.op.program.unlink()
    world.account("typed", OTP_SOURCE="prompt", OP_ITEM=None, AWS_PROFILE="test-bootstrap")
    seen = doctor(world, "typed")
    assert (seen.status, seen.level("1password")) == (0, ["note"])
    assert doctor(world, "test").says("red", "1password", "op, is not installed")
    assert doctor(world, "prod").says("red", "1password", "prod can't do without")


def test_ykman_is_missing(world):
    world.account(OTP_SOURCE="ykman", OP_ITEM=None)
    assert doctor(world, "test").says("red", "code", "ykman is not installed")


def test_an_op_that_hangs_is_not_waited_for(world):
    onepassword_runs.program(world, "#!/bin/sh\nexec sleep 60\n")
    started = time.time()
    seen = doctor(world, "prod", patient=False)
    assert time.time() - started < 15  # it is 4 where nothing else runs
    assert seen.says("red", "1password", "op --version gives no answer")
    assert seen.level("factors") == ["note"]
