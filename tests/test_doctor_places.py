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


VAULT_ID, OTHER_ID, ITEM_ID = "a" * 26, "b" * 26, "c" * 26
MAYBE = "both in 1Password: if in one vault, that is one factor"
# The vault and the item of the key; those of the code; and what is said.
FACTORS = [
    ("Work/AWS prod", "work", "AWS prod", "in one item of 1Password"),
    ("Work/AWS prod", "Work", "other", "in one vault of 1Password"),
    ("Work/AWS prod", None, "AWS prod", "in one item of 1Password"),
    ("Work/AWS prod", "Private", "AWS prod", None),
    ("Work/AWS prod", None, "other", MAYBE),
    (f"{VAULT_ID}/{ITEM_ID}", "Work", "AWS prod", MAYBE),
    (f"{VAULT_ID}/AWS prod", "Work", "AWS prod", MAYBE),
    ("Work/AWS prod", VAULT_ID, "other", MAYBE),
    (f"{VAULT_ID}/{ITEM_ID}", None, "other", MAYBE),
    (f"{VAULT_ID}/{ITEM_ID}", "Work", ITEM_ID, "in one item of 1Password"),
    (f"{VAULT_ID}/{ITEM_ID}", VAULT_ID, "other", "in one vault of 1Password"),
    (f"{VAULT_ID}/{ITEM_ID}", OTHER_ID, "other", None),
]


def test_key_and_code_in_one_vault(world):
    names = [f"a{number}" for number in range(len(FACTORS))]
    for name, (place, vault, item, _) in zip(names, FACTORS, strict=True):
        world.account(name, OP_ITEM=item, OP_VAULT=vault, **references(place))
    seen = doctor(world, *names)
    for name, (*case, phrase) in zip(names, FACTORS, strict=True):
        found = seen.of("factors", name)
        assert [one["level"] for one in found] == (["note"] if phrase else []), case
        assert not phrase or phrase in found[0]["what"], case
        assert not phrase or (phrase is MAYBE) == (found[0]["why"] == "" and found[0]["hints"] == []), case
    world.account(OTP_SOURCE="prompt", OP_ITEM=None, **references("Work/AWS prod"))
    assert doctor(world, "test").of("factors") == []


def references(place: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": f"op://{place}/access key id",
        "AWS_SECRET_ACCESS_KEY": f"op://{place}/secret access key",
    }


def test_git_runs_no_program_that_a_checkout_names(world):
    git(world, "init", "-q")
    world.write("hook", f"#!/bin/sh\ntouch {world.home}/ran\nexit 1\n", 0o755)
    git(world, "config", "core.fsmonitor", str(world.home / "hook"))
    git(world, "ls-files")
    ran = world.home / "ran"
    assert ran.exists()
    ran.unlink()
    assert doctor(world, "prod").level("git") == ["note"]
    assert not ran.exists()


def test_a_git_that_hangs_is_not_waited_for_long(world):
    git(world, "init", "-q")
    slow = world.write("slow/git", "#!/bin/sh\nexec sleep 60\n", 0o755)
    seen = doctor(world, "prod", patient=False, PATH=f"{slow.parent}:{world.env['PATH']}")
    assert seen.seconds < 15  # it is 7 where nothing else runs
    assert seen.of("git")
