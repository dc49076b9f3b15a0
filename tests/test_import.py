"""`import` moves a base key out of the credentials file into 1Password, and leaves everything else as it is."""

from __future__ import annotations

import dataclasses
import subprocess
import time

import pytest
from conftest import PROD_USER
from import_runs import (
    OTHER,
    RUN,
    TITLE,
    check_moved,
    done,
    items,
    prepare,
    refused,
    values,
    without_key,
    works,
)
from test_secrets import watched

pytestmark = pytest.mark.one_python


@pytest.fixture
def world(world):
    prepare(world)
    return world


def test_the_whole_way(world):
    before = (world.home / "envs/.env.test").read_text()
    with watched(world) as seen:
        said = done(world, *RUN, "--vault", "Work")
    item = check_moved(world)
    reference = f"op://Work/{TITLE}"
    assert (world.home / "envs/.env.test").read_text() == (
        f"{before}# The base key is in 1Password, as '{TITLE}'.\n"
        f'AWS_ACCESS_KEY_ID="{reference}/access key id"\n'
        f'AWS_SECRET_ACCESS_KEY="{reference}/secret access key"\nAWS_REGION=eu-central-1\n'
    )
    assert item["category"] == "API_CREDENTIAL"
    assert item["tags"] == ["aws", "mfa-session"]
    *_, stored, read_back, file, gone, now, typed, backups = said.splitlines()
    assert stored == f"mfa-session: ****0000 is in the item '{TITLE}' of vault Work, a new one"
    assert "read back from there, both halves are the same" in read_back
    assert file == "mfa-session: ~/envs/.env.test refers to it"
    assert gone == "mfa-session: profile test-bootstrap in ~/.aws/credentials has no key any more"
    assert "the base key of test is in 1Password" in now
    assert typed.endswith("source get_mfa_session.sh test")
    assert backups.endswith("to replace it, type: mfa-session rotate test")
    assert "in one vault, that is your one factor" in said
    everything = b"\n".join(seen) + world.op.log_file.read_bytes()
    assert b"item\0create" in everything, "the watcher saw op"
    assert world.user.secret_access_key.encode() not in everything
    assert works(world) == world.user.access_key_id
    again = done(world, *RUN)
    assert "there is nothing left to do: profile test-bootstrap has no key" in again
    assert len(items(world)) == 1


def test_a_dry_run_changes_nothing_and_asks_nobody(world):
    said = refused(world, "nothing was changed, and nobody asked", *RUN, "--dry-run", code=0)
    assert world.op.calls == []
    assert f"'{TITLE}', in the vault that op chooses" in said
    assert '+ AWS_ACCESS_KEY_ID="op://VAULT/ITEM/access key id"\n' in said
    assert "    - aws_access_key_id = ****0000\n    - aws_secret_access_key = ****\n" in said
    plan = said.partition("this would be done:\n")[2].partition("mfa-session: ")[0]
    assert all(line.startswith("  ") for line in plan.splitlines()), "one message, set in"
    assert "only 1Password knows" in said


def test_a_backup_only_if_asked(world):
    done(world, *RUN, "--backup")
    (copy,) = (world.home / ".aws").glob("credentials.*")
    assert copy.read_text() == world.user_lines
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not [path for path in (world.home / ".aws").iterdir() if path.name.startswith(".")]


def test_the_default_profile_and_a_key_in_the_config_file(world):
    key = f"aws_access_key_id = {world.user.access_key_id}\naws_secret_access_key = {world.user.secret_access_key}\n"
    world.write(".aws/credentials", "[other]\nregion = x\n")
    config = world.write(".aws/config", f"[default]\n{key}region = eu-west-1\n")
    said = done(world, "import", "default", "--account", "test")
    assert config.read_text() == "[default]\nregion = eu-west-1\n"
    assert "profile default in ~/.aws/config has no key any more" in said
    assert "test has used the key of profile test-bootstrap or test so far" in said
    assert works(world) == world.user.access_key_id


@pytest.mark.parametrize("quirk", ["killed_before_write", "killed_after_write"])
def test_killed_by_the_side_of_op(world, quirk):
    world.op.update(quirks=[f"{quirk}:1"])
    result = world.run(*RUN)
    assert result.returncode == -9
    assert (world.home / ".aws/credentials").read_text() == world.user_lines
    end = time.monotonic() + 20
    while any(call["ended"] is None for call in world.op.calls) and time.monotonic() < end:
        time.sleep(0.02)  # it goes on by itself
    assert len(items(world)) == (quirk == "killed_after_write")
    said = done(world)
    assert ("of vault Private already" in said) == (quirk == "killed_after_write")
    check_moved(world)


def test_a_csv_file_of_the_console(world):
    csv = world.home / "it's Keys.csv"
    csv.write_bytes(
        f"\ufeffAccess key ID,Secret access key\r\n{world.user.access_key_id},{world.user.secret_access_key}\r\n".encode()
    )
    argv = ("import", "--from-csv", str(csv), "--account", "test")
    before = csv.read_bytes(), world.user_lines
    said = done(world, *argv)
    assert (csv.read_bytes(), (world.home / ".aws/credentials").read_text()) == before
    assert f"delete that: rm '{world.home}/it'\"'\"'s Keys.csv'\n" in said
    assert "nothing was taken out of any file" in said
    assert works(world) == world.user.access_key_id
    again = done(world, *argv)
    assert "refers to it already" in again
    assert len(items(world)) == 1
    (world.home / "two.csv").write_text(
        "User Name,Password,Access key ID,Secret access key,Console login link\n"
        f"alice,,{world.user.access_key_id},{world.user.secret_access_key},x\nbob,,{OTHER[0]},{OTHER[1]},x\n"
    )
    two = ("import", "--from-csv", str(world.home / "two.csv"), "--account", "test")
    refused(world, "there are 2 keys in it (alice, bob)", *two, hint="--user NAME")
    assert "refers to it already" in done(world, *two, "--user", "alice")


WRONG_USAGE = {
    "name an AWS profile, or a file: --from-csv FILE": ((), ("test-bootstrap", "--from-csv", "x")),
    "--from-csv needs --account NAME": (("--from-csv", "x"),),
    "--user is for --from-csv": (("test-bootstrap", "--user", "alice"),),
    "--backup is for a profile": (("--from-csv", "x", "--account", "test", "--backup"),),
}


def test_wrong_usage(world):
    for said, commands in WRONG_USAGE.items():
        for argv in commands:
            refused(world, said, "import", *argv, code=2)


def test_one_at_a_time(world):
    """The second finds the first at it, and says so."""
    world.op.update(latency=1.5)
    first = subprocess.Popen([str(world.bin / "mfa-session"), *RUN], env=world.env, cwd=world.home)
    end = time.monotonic() + 10
    while not world.op.calls and time.monotonic() < end:
        time.sleep(0.02)
    second = world.run(*RUN)
    assert first.wait(60) == 0
    assert second.returncode == 1
    assert "import test (pid " in second.stderr
    assert "is at it" in second.stderr
    check_moved(world)


def test_a_file_that_changes_meanwhile_is_left_alone(world):
    """Between the look at it and the last step, somebody writes another key there."""
    world.op.update(latency=0.7)
    first = subprocess.Popen(
        [str(world.bin / "mfa-session"), *RUN],
        env=world.env,
        cwd=world.home,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not world.op.calls:
        time.sleep(0.02)
    other = world.user_lines.replace(world.user.access_key_id, PROD_USER.access_key_id)
    world.write(".aws/credentials", other)
    _, stderr = first.communicate(timeout=60)
    assert first.returncode == 1
    assert (
        "has another key by now, which is left there; 1Password has the key, and the account's file" in stderr
    )
    assert (world.home / ".aws/credentials").read_text() == other


def test_another_user_of_the_same_account(world):
    """`check` compares accounts; whose key it was is in the item's title."""
    bob = dataclasses.replace(world.user, name="bob", access_key_id=OTHER[0], secret_access_key=OTHER[1])
    world.aws.users.append(bob)
    done(world, "import", "other", "--account", "test")
    (item,) = items(world, "AWS test base key of bob")
    assert values(item)["access key id"] == OTHER[0]
    left = (world.home / ".aws/credentials").read_text()
    assert left == without_key(world.user_lines, OTHER[0])
