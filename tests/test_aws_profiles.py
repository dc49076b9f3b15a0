"""Where the base key and the region come from, when the account's file leaves that to the profiles of AWS's own files."""

from __future__ import annotations

import dataclasses

import pytest
from aws_runs import failure

pytestmark = pytest.mark.one_python

PROFILES = ("test", "test-bootstrap", "mine", "other")


@pytest.fixture
def key_of(world):
    """Four profiles, each with a key of its own that AWS knows."""
    names = {}
    for number, profile in enumerate(PROFILES):
        key_id, secret = f"AKIAEXAMPLEPROFILE0{number}", f"secret/of+{profile}/000000000000000000000"
        world.aws.users.append(
            dataclasses.replace(world.user, access_key_id=key_id, secret_access_key=secret)
        )
        names[profile] = key_id
    write(world, PROFILES)
    return names


def write(world, profiles, file: str = ".aws/credentials", prefix: str = "") -> None:
    """Leaves these profiles, and no others, in the file."""
    users = dict(zip(PROFILES, world.aws.users[-len(PROFILES) :], strict=True))
    text = "".join(
        f"[{prefix}{profile}]\naws_access_key_id = {users[profile].access_key_id}\n"
        f"aws_secret_access_key = {users[profile].secret_access_key}\n"
        for profile in profiles
    )
    world.write(file, text)


def used(world, *args: str, **environ: str) -> str:
    """The id of the key that AWS was asked with."""
    world.export(*args, **environ)
    (key_id,) = {request.access_key_id for request in world.aws.requests}
    return key_id


def test_the_profile_that_the_file_names_comes_first(world, key_of):
    world.account(AWS_PROFILE="mine")
    assert used(world, AWS_PROFILE="test") == key_of["mine"]


def test_then_that_of_the_environment_if_it_named_the_account(world, key_of):
    assert used(world, AWS_PROFILE="test") == key_of["test"]


def test_but_not_if_an_argument_did(world, key_of):
    assert used(world, "test", AWS_PROFILE="other") == key_of["test-bootstrap"]


def test_then_the_one_with_bootstrap_behind_the_accounts_name(world, key_of):
    assert used(world, "test", AWS_PROFILE="test") == key_of["test-bootstrap"]


def test_then_the_one_with_the_accounts_name(world, key_of):
    write(world, ["test", "mine", "other"])
    assert used(world, "test") == key_of["test"]


def test_a_profile_without_a_key_is_passed_over(world, key_of):
    write(world, ["test"])
    world.write(".aws/config", "[profile test-bootstrap]\nregion = eu-west-1\n")
    assert used(world, AWS_PROFILE="test-bootstrap") == key_of["test"]


def test_the_config_file_may_hold_the_key(world, key_of):
    world.write(".aws/credentials", "")
    write(world, ["test-bootstrap"], ".aws/config", "profile ")
    assert used(world, "test") == key_of["test-bootstrap"]


def test_the_credentials_file_counts_more_than_the_config_file(world, key_of):
    write(world, ["test-bootstrap"])
    config = (
        "[profile test-bootstrap]\naws_access_key_id = AKIAEXAMPLEOLD000000\naws_secret_access_key = old\n"
    )
    world.write(".aws/config", config)
    assert used(world, "test") == key_of["test-bootstrap"]


def test_both_files_may_be_elsewhere(world, key_of):
    write(world, ["test-bootstrap"], "elsewhere/keys")
    world.write("elsewhere/settings", "[profile test-bootstrap]\nregion = ca-central-1\n")
    for file in world.home.glob(".aws/*"):
        file.write_text(
            "[test-bootstrap]\naws_access_key_id = AKIAEXAMPLEWRONG0000\naws_secret_access_key = x\n"
        )
    where = {"AWS_SHARED_CREDENTIALS_FILE": "~/elsewhere/keys", "AWS_CONFIG_FILE": "~/elsewhere/settings"}
    assert used(world, "test", **where) == key_of["test-bootstrap"]
    assert region(world, **where) == "ca-central-1"


def test_variables_that_are_empty_name_no_files(world):
    assert used(world, "test", AWS_SHARED_CREDENTIALS_FILE="", AWS_CONFIG_FILE="") == world.user.access_key_id


def test_the_file_names_a_profile_without_a_key(world):
    """Then no other is guessed: the person said which."""
    world.account(AWS_PROFILE="mine")
    world.write(".aws/config", "[profile mine]\nregion = eu-west-1\n")
    failed = failure(world)
    assert "mine has no access key" in failed.message
    assert "aws configure --profile mine" in failed.hints


def test_no_profile_at_all(world):
    world.write(".aws/credentials", "")
    world.write(".aws/config", "")
    failed = failure(world)
    assert "test-bootstrap or test" in failed.message
    assert "AWS_ACCESS_KEY_ID" in failed.hints
    assert not world.op.calls


def test_a_profile_of_a_session(world, key_of):
    path = world.home / ".aws/credentials"
    path.write_text(path.read_text().replace("[mine]\n", "[mine]\naws_session_token = garbage\n"))
    world.account(AWS_PROFILE="mine")
    failed = failure(world)
    assert "profile mine" in failed.message
    assert "session" in failed.message
    assert key_of["mine"] not in failed.message + failed.hints


@pytest.mark.parametrize("broken", ["[half\n", "\udcff"])
@pytest.mark.parametrize("file", [".aws/config", ".aws/credentials"])
def test_a_file_that_can_not_be_parsed(world, file, broken):
    (world.home / file).write_bytes(broken.encode(errors="surrogateescape"))
    failed = failure(world)
    assert file in failed.message
    assert not world.op.calls


def test_a_broken_file_that_the_account_does_not_need(world):
    """Every AWS tool stumbles over it; what matters is that the person is told what it is."""
    world.write(".aws/config", "[half\n")
    result = world.run("export", "prod")
    assert result.returncode == 0 or ".aws/config" in result.stderr
    assert "this is a bug" not in result.stderr


def region(world, **environ: str) -> str | None:
    world.forget_codes()
    result = world.run("export", "test", "--shell", "dotenv", **environ)
    assert result.returncode == 0, result.stderr
    session = dict(line.split("=", 1) for line in result.stdout.splitlines())
    assert session.get("AWS_REGION") == session.get("AWS_DEFAULT_REGION")
    return session.get("AWS_REGION")


def test_the_region_is_that_of_the_file(world):
    world.account(AWS_REGION="ap-south-1")
    assert region(world, AWS_REGION="us-west-2") == "ap-south-1"


def test_else_the_region_is_that_of_the_profile(world):
    assert region(world, AWS_REGION="us-west-2") == "eu-west-1"


def test_else_there_is_none(world):
    world.write(".aws/config", "")
    assert region(world, AWS_REGION="us-west-2", AWS_DEFAULT_REGION="us-west-1") is None
