"""`doctor` on where things lie: the account's file, its mode, git, and copies of the key in plain text."""

from __future__ import annotations

import pytest
from doctor_runs import doctor

pytestmark = pytest.mark.one_python

GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]


@pytest.fixture
def literal(world):
    """The secret of the account `test` is in its own file; its id is in 1Password, so that AWS is not asked."""
    world.account(
        AWS_ACCESS_KEY_ID="op://Work/AWS prod/access key id",
        AWS_SECRET_ACCESS_KEY=world.user.secret_access_key,
    )
    return world


def git(world, *words: str) -> None:
    done = world.call([*GIT, *words])
    assert done.returncode == 0, done.stderr


def test_who_can_read_the_file(literal):
    file = literal.home / "envs/.env.test"
    for mode, level, phrase in (
        (0o600, "ok", "mode 0600"),
        (0o640, "red", "chmod 600"),
        (0o604, "red", "there is a secret key in it"),
        (0o620, "red", "others can write"),
    ):
        file.chmod(mode)
        assert doctor(literal, "test").says(level, "file", phrase), oct(mode)
    file = literal.home / "envs/.env.prod"
    for mode, level, phrase in ((0o644, "ok", "no secret in it"), (0o666, "yellow", "others can write")):
        file.chmod(mode)
        assert doctor(literal, "prod").says(level, "file", phrase), oct(mode)


def test_the_secret_in_the_file_is_a_finding_and_so_is_a_credentials_file_for_all(world):
    key_id, secret = world.user.access_key_id, world.user.secret_access_key
    (world.home / ".aws/credentials").chmod(0o644)
    seen = doctor(world, "test")
    assert seen.says("red", "key's place", "others can read")
    assert seen.says("note", "key's place", "mfa-session import test-bootstrap")
    (world.home / ".aws/credentials").unlink()
    world.account(AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=secret)
    seen = doctor(world, "test")
    assert seen.says("yellow", "key's place", "op://VAULT/ITEM/FIELD")
    assert seen.level("neutered") == ["ok"]


def test_what_git_makes_of_a_file_with_a_secret(literal):
    assert doctor(literal, "test").of("git") == []
    git(literal, "init", "-q")
    assert doctor(literal, "test").says("yellow", "git", "and with it the secret")
    literal.write(".gitignore", ".env.*\n")
    assert doctor(literal, "test").level("git") == ["ok"]
    git(literal, "add", "-f", "envs/.env.test")
    seen = doctor(literal, "test")
    assert seen.says("red", "git", "git rm --cached")
    assert seen.status == 1


def test_what_git_makes_of_a_file_without_one(world):
    git(world, "init", "-q")
    assert doctor(world, "prod").level("git") == ["note"]
    git(world, "add", "envs/.env.prod")
    assert doctor(world, "prod").level("git") == ["note"]
    no_git = world.bin / "only"
    no_git.mkdir()
    (no_git / "python3").symlink_to("/usr/bin/python3")
    seen = doctor(world, "prod", PATH=f"{world.bin}:{no_git}")
    assert seen.says("skipped", "git", "git is not installed")


def test_copies_of_the_key_are_found_and_named(world):
    user = world.user
    assert doctor(world, "test").level("copies") == ["ok"]
    credentials = world.home / ".aws/credentials"
    # By its id, by its secret alone, and another key that is none of it.
    credentials.write_text(
        credentials.read_text()
        + f"[old]\naws_access_key_id = {user.access_key_id}\naws_secret_access_key = x\n"
        + "[other]\naws_access_key_id = AKIAEXAMPLEOTHER0000\naws_secret_access_key = x\n"
    )
    config = world.home / ".aws/config"
    config.write_text(
        config.read_text()
        + f"[profile renamed]\naws_access_key_id = AKIAEXAMPLEOTHER0000\naws_secret_access_key = {user.secret_access_key}\n"
    )
    world.account("copy", AWS_ACCESS_KEY_ID=user.access_key_id, AWS_SECRET_ACCESS_KEY=user.secret_access_key)
    world.account("broken", AWS_ACCESS_KEY_ID='"')
    seen = doctor(
        world, "test", AWS_ACCESS_KEY_ID=user.access_key_id, AWS_SECRET_ACCESS_KEY=user.secret_access_key
    )
    assert seen.level("copies") == ["yellow"] * 4
    for place in (
        "profile old of ~/.aws/credentials",
        "profile renamed of ~/.aws/config",
        "~/envs/.env.copy",
        "this shell's environment",
    ):
        assert seen.says("yellow", "copies", f"the key ****0000 is also in {place}"), place


def test_the_same_profile_in_both_files_is_a_copy(world):
    config = world.home / ".aws/config"
    key = f"aws_access_key_id = {world.user.access_key_id}\naws_secret_access_key = {world.user.secret_access_key}\n"
    config.write_text(config.read_text() + key)
    assert doctor(world, "test").says("yellow", "copies", "profile test-bootstrap of ~/.aws/config")


def test_key_and_code_in_one_vault(world):
    references = {
        "AWS_ACCESS_KEY_ID": "op://Work/AWS prod/access key id",
        "AWS_SECRET_ACCESS_KEY": "op://Work/AWS prod/secret access key",
    }
    for item, vault, phrase in (
        ("AWS prod", "work", "in one item of 1Password"),
        ("other", "Work", "in one vault of 1Password"),
        ("AWS prod", None, "in one item of 1Password"),
        ("AWS prod", "Private", None),
        ("other", None, None),
    ):
        world.account(OP_ITEM=item, OP_VAULT=vault, **references)
        seen = doctor(world, "test")
        assert seen.level("factors") == (["note"] if phrase else [])
        assert not phrase or seen.says("note", "factors", phrase)
    world.account(OTP_SOURCE="prompt", OP_ITEM=None, **references)
    assert doctor(world, "test").of("factors") == []
