"""A shell that refreshes by itself: no keys, but a profile by which each program renews its session; and the way back."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import onepassword_runs
import pytest
import shell_family
from aws_clients import NODE, node_modules, seen
from conftest import SCRIPTS, kernel_only
from role_runs import DEPLOY, role

pytestmark = pytest.mark.one_python

STORY = """\
{dump} before
{enter}
{dump} inside
mfa_session_deactivate
{dump} after
"""
THROUGH_KEYS = """\
{dump} before
{keys}
{enter}
{dump} inside
{keys}
{dump} keys
{enter}
mfa_session_deactivate
{dump} after
"""
TOLD = [shell for shell in shell_family.FAMILY if shell.name in ("bash", "zsh", "ksh", "dash", "fish")]
told = pytest.mark.parametrize("shell", TOLD, ids=lambda shell: shell.name)


def tell(world, shell, story: str, *files: str, **environ: str) -> list[dict[str, str]]:
    """The environments that the story has saved."""
    shell_family.link_shims(world.bin)
    words = {
        "enter": shell.source('"$SHIM"', "--refreshing", "test"),
        "keys": shell.source('"$SHIM"', "test"),
        "dump": shell_family.DUMP,
    }
    told = shell.run(story.format(**words), world.home, world.env | environ, shim=world.bin)
    assert told.returncode == 0, told.stderr
    return [shell_family.dumped(world.home / file) for file in files]


@told
def test_a_profile_and_no_keys_and_back(runtime, shell):
    own = str(runtime.write("elsewhere/config", "[profile mine]\nregion = eu-west-3\n"))
    for environ in ({}, {"AWS_CONFIG_FILE": own, "AWS_PROFILE": "mine", "AWS_REGION": "eu-west-3"}):
        before, inside, after = tell(runtime, shell, STORY, "before", "inside", "after", **environ)
        assert after == before
        assert inside["AWS_PROFILE"] == "test"
        assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & inside.keys()
        secrets = [secret for secret in runtime.secrets if secret in "".join(inside.values())]
        assert secrets == []
        assert "AWS_REGION" not in inside, "the profile has it"
        assert "region = eu-west-1" in Path(inside["AWS_CONFIG_FILE"]).read_text() or environ
    assert len(onepassword_runs.asked(runtime)) <= 2


@told
def test_from_keys_to_a_profile_and_from_a_profile_to_keys(runtime, shell):
    before, inside, keys, after = tell(runtime, shell, THROUGH_KEYS, "before", "inside", "keys", "after")
    assert after == before
    assert "AWS_ACCESS_KEY_ID" not in inside
    assert keys["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not {"AWS_PROFILE", "AWS_CONFIG_FILE", "MFA_SESSION_REFRESHING"} & keys.keys()


def entered(world, *words: str) -> dict[str, str]:
    """The environment of such a shell, where programs would be started from."""
    shell_family.link_shims(world.bin)
    source = shell_family.BASH.source('"$SHIM"', "--refreshing", *words)
    done = shell_family.BASH.run(
        f"{source} && {shell_family.DUMP} inside", world.home, world.env, shim=world.bin
    )
    assert done.returncode == 0, done.stderr
    return {
        name: value
        for name, value in shell_family.dumped(world.home / "inside").items()
        if name not in ("SHIM", "DUMP", "PYTHON")
    }


WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


def clients() -> dict[str, list[str]]:
    return {
        "boto3": [sys.executable, "-c", WHO],
        "AWS CLI": [str(SCRIPTS / "aws"), "sts", "get-caller-identity", "--query", "Arn", "--output", "text"],
    }


def said(world, environ: dict[str, str], argv: list[str]) -> str:
    how = {"capture_output": True, "text": True, "timeout": 60, "stdin": subprocess.DEVNULL}
    result = subprocess.run(argv, cwd=world.home, env=environ, check=False, **how)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@kernel_only
def test_real_clients_renew_it_by_themselves(shared):
    """The role's session has ten minutes left each time: each program takes a new one, and nobody is asked."""
    role(shared)
    shared.aws.fault("AssumeRole", "short_session", 3)
    environ = entered(shared, "test", "--role-arn", DEPLOY)
    for argv in clients().values():
        assert said(shared, environ, argv) == "arn:aws:sts::111122223333:assumed-role/deploy/alice"
    assert shared.aws.count("AssumeRole") >= 3
    assert len(onepassword_runs.asked(shared)) == 1
    assert {kind for _, kind, _ in seen(shared)} == {"ASIA"}


@kernel_only
def test_node_takes_the_profile(shared):
    modules = node_modules()
    environ = entered(shared, "test") | {"NODE_PATH": str(modules), "NO_PROXY": "127.0.0.1"}
    said(shared, environ, ["node", str(NODE / "buckets.cjs")])
    assert {kind for _, kind, _ in seen(shared)} == {"ASIA"}


def test_a_profile_that_is_configured_serves(shared):
    assert shared.run("configure", "test", "--profile", "work").returncode == 0
    environ = entered(shared, "test")
    assert environ["AWS_PROFILE"] == "work"
    assert "AWS_CONFIG_FILE" not in environ
    role(shared)
    other = entered(shared, "test", "--role-arn", DEPLOY)
    assert other["AWS_PROFILE"] == "test", "that one has no role"


def test_a_key_of_the_same_name_does_not_get_in_the_way(shared):
    shared.account(AWS_REGION="eu-west-1")
    credentials = shared.home / ".aws/credentials"
    credentials.write_text(credentials.read_text().replace("[test-bootstrap]", "[test]"))
    environ = entered(shared, "test")
    assert environ["AWS_PROFILE"] == "test-mfa"
    assert said(shared, environ, clients()["boto3"]) == shared.user.arn


def test_what_mfa_session_says_in_such_a_shell(shared):
    environ = entered(shared, "test")
    run = [str(shared.bin / "mfa-session")]
    shown = said(shared, environ, [*run, "status"]).splitlines()
    assert shown[:2] == ["account  test (111122223333)", "profile  test, by which each program renews it"]
    assert said(shared, environ, [*run, "status", "--short"]).startswith("test 1")
    assert json.loads(said(shared, environ, [*run, "status", "--json"]))["live"] is True
    for command in (["exec", "--", "/usr/bin/env"], ["exec", "test", "--", "/usr/bin/env"]):
        inside = said(shared, environ, [*run, *command])
        assert "AWS_ACCESS_KEY_ID=ASIA" in inside
        assert "AWS_CONFIG_FILE" not in inside
        assert "AWS_PROFILE" not in inside
    said(shared, environ, [*run, "clear", "test"])
    none = subprocess.run([*run, "status"], env=environ, capture_output=True, text=True, check=False)
    assert (none.returncode, none.stdout) == (1, "")
    assert "the next program in this shell will ask for one" in none.stderr


def test_what_can_not_be(shared):
    refused = shared.run("export", "test", "--refreshing", "--shell", "json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "mfa-session configure" in refused.stderr
    shared.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})
    refused = shared.run("export", "test", "--refreshing")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert not list((shared.home / ".local/state/mfa-session").glob("*.mfa-session-config"))


OWN_LATER = """\
{keys}
{export}
mfa_session_deactivate
{dump} after
"""


@told
def test_a_config_file_that_is_the_persons_own_is_not_touched(runtime, shell):
    export = (
        "set -gx AWS_CONFIG_FILE /mine" if shell.fish else "AWS_CONFIG_FILE=/mine; export AWS_CONFIG_FILE"
    )
    (after,) = tell(runtime, shell, OWN_LATER.replace("{export}", export), "after")
    assert after["AWS_CONFIG_FILE"] == "/mine"
    if not shell.fish:
        readonly = "AWS_CONFIG_FILE=/mine; export AWS_CONFIG_FILE; readonly AWS_CONFIG_FILE"
        (after,) = tell(
            runtime,
            shell,
            OWN_LATER.replace("{keys}", f"{readonly}\n{{keys}}", 1).replace("{export}", ":"),
            "after",
        )
        assert "AWS_ACCESS_KEY_ID" not in after


def line(environ: dict[str, str]) -> str:
    text = Path(environ["AWS_CONFIG_FILE"]).read_text()
    return re.search("^credential_process = (.*)$", text, re.MULTILINE)[1]


def key_of(world, environ: dict[str, str], command: str) -> str:
    return json.loads(said(world, environ, ["/bin/sh", "-c", command]))["AccessKeyId"]


def two_users(world) -> None:
    """A second base key of the same user, in a profile of its own and in another credentials file."""
    other = dataclasses.replace(world.user, access_key_id="AKIAEXAMPLETEST00002")
    world.aws._world.users.append(other)
    half = f"aws_secret_access_key = {other.secret_access_key}\n"
    own = (world.home / ".aws/credentials").read_text()
    world.write(".aws/credentials", f"{own}[test]\naws_access_key_id = {other.access_key_id}\n{half}")
    world.write("work/credentials", own.replace(world.user.access_key_id, other.access_key_id))
    world.write("B.config", "[profile test-bootstrap]\nregion = eu-west-3\n")


@kernel_only
def test_the_line_never_hands_out_a_session_of_other_files(shared):
    """What is ready-made has the name of all that it depends on, also where that is not there or would be expanded."""
    two_users(shared)
    environ = entered(shared, "test")
    command = line(environ)
    first = key_of(shared, environ, command)
    shared.forget_codes()
    elsewhere = environ | {"AWS_SHARED_CREDENTIALS_FILE": "~/work/credentials"}
    assert key_of(shared, elsewhere, command) != first
    other_config = environ | {"AWS_CONFIG_FILE": str(shared.home / "B.config")}
    program = shlex.join([str(shared.bin / "mfa-session"), "export", "test", "--shell", "json"])
    assert key_of(shared, other_config, command) == key_of(shared, other_config, program)
    assert key_of(shared, environ, command) == first


@kernel_only
def test_the_line_goes_by_the_file_and_not_by_what_aws_profile_was(shared):
    two_users(shared)
    shared.env["AWS_PROFILE"] = "test"
    environ = entered(shared)
    kept = [request.access_key_id for request in shared.aws.requests if request.action == "GetSessionToken"]
    assert kept == [shared.user.access_key_id], "as it will be renewed"
    key_of(shared, environ, line(environ))
    assert shared.aws.count("GetSessionToken") == 1


def test_where_only_what_begins_with_aws_is_passed_on(shared):
    """tox and sudo do that. The line says which file the profile is in."""
    role(shared)
    shared.write(
        ".aws/config",
        f"[profile test-bootstrap]\nregion = eu-west-1\nmfa_serial = {shared.user.mfa_serial}\n"
        f"mfa_session_op_item = AWS test\n[profile dev]\nsource_profile = test-bootstrap\nrole_arn = {DEPLOY}\n",
    )
    environ = entered(shared, "dev")
    less = {
        name: value
        for name, value in environ.items()
        if not name.startswith("MFA_SESSION_") or name == "MFA_SESSION_STORE"
    }
    assert said(shared, less, clients()["boto3"]).endswith("assumed-role/deploy/alice")
    assert len(onepassword_runs.asked(shared)) == 1
