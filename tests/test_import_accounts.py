"""Whose key `import` takes, for which account, and what the account's file becomes."""

from __future__ import annotations

import pytest
from import_runs import OTHER, RUN, add, check_moved, done, item_of, prepare, refused, works

pytestmark = pytest.mark.one_python


@pytest.fixture
def world(world):
    prepare(world)
    return world


def test_the_key_is_somebody_elses(world):
    world.account("test", AWS_ACCOUNT_ID="999988887777", MFA_SERIAL="arn:aws:iam::999988887777:mfa/alice")
    refused(world, "belongs to account 111122223333, ", hint="--account NAME")
    world.account()
    world.user.active = False
    refused(world, "AWS")
    world.user.active, world.user.root = True, True
    refused(world, "the key is the root user's, which is no IAM user's", hint="mfa-session policy")


def test_what_is_no_key_of_a_user(world):
    world.write(".aws/credentials", world.user_lines.replace("output = json", "aws_session_token = abc"))
    refused(world, "profile test-bootstrap holds a session")
    world.write(".aws/credentials", world.user_lines)
    refused(
        world,
        "profile last has no access key",
        "import",
        "last",
        "--account",
        "test",
        hint="profiles that have one: test-bootstrap, other",
    )
    refused(world, "profile nosuch has no access key", "import", "nosuch")
    spare = (
        f"# mfa-session rotate: the other key, until this is done: {OTHER[0]} {OTHER[1]}\naws_access_key_id "
    )
    broken = world.user_lines.replace("aws_access_key_id    ", spare)
    world.write(".aws/credentials", broken)
    refused(world, "is being replaced", hint="mfa-session rotate test --resume")


def test_the_accounts_file_says_something_else(world):
    refused(
        world,
        "says something else than --op-item",
        *RUN,
        "--op-item",
        "AWS prod",
        hint="leave the option out",
    )
    serial = ("--mfa-serial", world.user.mfa_serial)
    refused(world, "nothing was changed", *RUN, *serial, "--op-item", "AWS test", "--dry-run", code=0)


def test_the_accounts_file_has_another_key(world):
    key = {"AWS_ACCESS_KEY_ID": OTHER[0], "AWS_SECRET_ACCESS_KEY": OTHER[1]}
    world.account("test", **key)
    refused(world, "has a base key of its own")
    world.account("test", AWS_ACCESS_KEY_ID="op://Work/x/a", AWS_SECRET_ACCESS_KEY=OTHER[1])
    refused(world, "has a base key of its own")
    names = ("access key id", "secret access key")
    world.account("test", **dict(zip(key, (f"op://Work/AWS prod/{name}" for name in names), strict=True)))
    refused(world, "lead to another key: the access key id is not the same", hint="nothing was taken out")


def test_a_changed_secret_is_seen_when_it_is_read_back(world):
    add(world, item_of(world.user.access_key_id, OTHER[1], title="mine"))
    reference = "op://Work/mine/"
    world.account(
        AWS_ACCESS_KEY_ID=f"{reference}access key id", AWS_SECRET_ACCESS_KEY=f"{reference}secret access key"
    )
    refused(world, "lead to another key: the secret access key is not the same")


def test_who_else_uses_it_is_said(world):
    same = f"\n[copy]\naws_access_key_id = {world.user.access_key_id}\naws_secret_access_key = {world.user.secret_access_key}\n"
    world.write(".aws/credentials", world.user_lines + same)
    world.write(
        ".aws/config", "[profile deploy]\nsource_profile = test-bootstrap\nrole_arn = arn:aws:iam::1:role/x\n"
    )
    said = refused(world, "nothing was changed", *RUN, "--dry-run", code=0)
    assert "the same key stays in plain text in the AWS profile copy\n" in said
    assert "this AWS profile takes its key from test-bootstrap, and will have none: deploy\n" in said
    assert "mfa-session exec test --role-arn ARN" in said


NO_FILE = "nothing says which MFA device is its user's and where the code comes from"


def test_an_account_without_a_file_is_described_by_options(world):
    refused(
        world, NO_FILE, *RUN, "--account", "fresh", hint="mfa-session init fresh"
    )  # and not by the file of test
    (world.home / "envs/.env.test").unlink()
    refused(world, NO_FILE, hint="add --mfa-serial ARN and --op-item ITEM; or first: mfa-session init test")
    serial = ("--mfa-serial", world.user.mfa_serial)
    refused(world, NO_FILE, *RUN, *serial, hint="add --op-item ITEM; or")
    wrong = ("--mfa-serial", "arn:aws:iam::999988887777:mfa/alice", "--op-item", "AWS test")
    refused(world, "belongs to account 111122223333, and test is 999988887777", *RUN, *wrong)
    argv = (*RUN, *serial, "--op-item", "AWS test", "--op-vault", "Private")
    refused(world, "OP_ITEM", *RUN, *serial, "--op-item", "-")
    done(world, *argv)
    path = world.home / ".config/mfa-session/.env.test"
    assert path.stat().st_mode & 0o777 == 0o600
    lines = path.read_text().splitlines()
    assert {"AWS_ACCOUNT_ID=111122223333", 'OP_ITEM="AWS test"', "OP_VAULT=Private"} <= set(lines)
    check_moved(world)
    assert works(world) == world.user.access_key_id
    assert "nothing left to do" in done(world, *argv)


def test_an_account_that_is_a_profile_gets_a_file(world):
    (world.home / "envs/.env.test").unlink()
    lines = f"mfa_serial = {world.user.mfa_serial}\nmfa_session_op_item = AWS test\nregion = eu-west-3\n"
    world.write(".aws/config", f"[profile test]\nsource_profile = test-bootstrap\n{lines}")
    done(world)
    text = (world.home / ".config/mfa-session/.env.test").read_text()
    assert "AWS_REGION=eu-west-3\n" in text
    assert 'OP_ITEM="AWS test"\n' in text
    check_moved(world)
    assert works(world) == world.user.access_key_id


def test_a_profile_whose_roles_do_not_fit_into_a_file(world):
    (world.home / "envs/.env.test").unlink()
    lines = f"mfa_serial = {world.user.mfa_serial}\nrole_arn = arn:aws:iam::111122223333:role/x\nexternal_id = abc\n"
    world.write(".aws/config", f"[profile test]\nsource_profile = test-bootstrap\n{lines}")
    refused(world, "profile test says more of its roles", hint="mfa-session init test")


def test_names_that_can_t_be_accounts(world):
    said = "'a/b' can't be the name of an account"
    refused(world, said, *RUN, "--account", "a/b", hint="--account NAME")


def test_aws_does_not_answer(world):
    world.aws.fault("GetCallerIdentity", "500", 9)
    refused(world, "AWS")


def test_what_init_wrote_of_the_profile_goes_with_the_key(world):
    """In the same write; what a person has written stays, and the comment says that it does not count."""
    path = world.home / "envs/.env.test"
    path.unlink()
    told = ("--profile", "test-bootstrap", "--op-item", "AWS test", "--mfa-serial", world.user.mfa_serial)
    argv = ("init", "test", *told, "--op-vault", "Private", "--dir", "envs", "--no-session", "--yes")
    assert world.run(*argv).returncode == 0
    before = path.read_text()
    lines = "# The base key is in this AWS profile.\nAWS_PROFILE=test-bootstrap\n"
    assert before.endswith(f"OP_VAULT=Private\n\n{lines}")
    said = refused(world, "nothing was changed", *RUN, "--dry-run", code=0)
    assert (
        "  and loses these:\n    - # The base key is in this AWS profile.\n    - AWS_PROFILE=test-b" in said
    )
    assert "they are in the vault Private: name another with --vault\n" in said
    said = done(world, *RUN, "--vault", "Work")
    assert "name another" not in said
    assert path.read_text().startswith(
        before.removesuffix(lines) + "# The base key is in 1Password, as 'AWS te"
    )
    assert "AWS_PROFILE" not in path.read_text()
    assert "AWS_REGION=eu-central-1\n" in path.read_text()
    check_moved(world)
    assert works(world) == world.user.access_key_id


def test_a_profile_that_a_person_wrote_into_the_file_stays(world):
    path = world.home / "envs/.env.test"
    path.write_text(f"{path.read_text()}AWS_PROFILE=test-bootstrap # mine\n")
    assert "loses these:\n    - #" not in done(world)
    assert "AWS_PROFILE=test-bootstrap # mine\n# The base key is in 1Pass" in path.read_text()
    assert "(AWS_PROFILE above is not used for it any more)\n" in path.read_text()
    assert works(world) == world.user.access_key_id


def test_hints_without_a_file_name_options(world):
    (world.home / "envs/.env.test").unlink()
    argv = (*RUN, "--mfa-serial", world.user.mfa_serial, "--op-item", "AWS test", "--vault", "Wrok")
    said = refused(world, "1Password has no vault 'Wrok' in this account; no file was changed", *argv)
    assert "list them: op vault list; and name one: --vault VAULT\n" in said
    assert "with several 1Password accounts: type: export OP_ACCOUNT=my.1password.com\n" in said
    assert "account's file" not in said


def test_its_help(world):
    said = " ".join(world.run("import", "--help").stdout.split())
    assert "Without a terminal it does not ask." in said
    assert "--vault VAULT the vault that the key goes into" in said
    assert "--op-item ITEM only for such an account: the item that has its one-time password" in said
