"""`init` says no, and has then written nothing: for what is missing, what can't be, and what is there already."""

from __future__ import annotations

import pytest
from init_runs import REFERENCES, SERIAL, TOLD, git, init, no_accounts, refused, written

pytestmark = pytest.mark.one_python


@pytest.fixture
def project(world):
    return no_accounts(world)


def test_a_file_that_is_there_stays(world, project):
    assert init(world, "test", *TOLD, *SERIAL, "--no-session").returncode == 0
    path = project / "envs/.env.test"
    path.write_text("# mine\n")
    before = path.stat()
    seen = len(world.aws.requests)
    again = refused(world, "test", *TOLD, *SERIAL)
    assert again.message == "~/project/envs/.env.test: is there already, and is left as it is"
    assert again.hints == [
        "to see whether all is well with it, type: mfa-session doctor test",
        "edit it, or move it away; or choose another name or folder (--dir)",
    ]
    path.with_name(".env.link").symlink_to("/nowhere")
    assert "is there already" in refused(world, "link", *TOLD, *SERIAL).message
    assert (path.stat(), path.read_text(), len(world.aws.requests)) == (before, "# mine\n", seen)


@pytest.mark.usefixtures("project")
def test_other_files_of_the_same_name(world):
    own = world.write(".config/mfa-session/.env.test", "MFA_SERIAL=x\n")
    done = init(world, "test", *TOLD, *SERIAL, "--no-session")
    assert done.returncode == 0, done.stderr
    assert "note: here, the new file will count more than ~/.config/mfa-session/.env.test" in done.stderr
    hidden = refused(world, "test", *TOLD, *SERIAL, "--dir", str(own.parent.parent / "mfa-session"))
    assert "is there already" in hidden.message
    own.unlink()
    hidden = refused(world, "test", *TOLD, *SERIAL, "--dir", str(own.parent))
    assert hidden.message == (
        "envs/.env.test: is what test means here, so that a new ~/.config/mfa-session/.env.test would not count"
    )


def test_git(world, project):
    (project / ".gitignore").write_text(".env.*\n")
    done = init(world, "test", *TOLD, *SERIAL, "--no-session")
    assert done.returncode == 0
    assert "git" not in done.stderr
    assert written(world) == ["project/.gitignore", "project/envs/.env.test"]
    git(project, "add", "-f", "envs/.env.test")
    (project / "envs/.env.test").unlink()
    tracked = refused(world, "test", *TOLD, *SERIAL)
    assert tracked.message.endswith(
        "envs/.env.test: git tracks a file of this name, so that it can't be ignored"
    )


@pytest.mark.usefixtures("project")
def test_what_is_missing_is_said_at_once(world):
    nothing = refused(world, "test", status=4)
    assert nothing.message == "no terminal to ask on, and not all is said by options"
    assert [hint.split(",")[0] for hint in nothing.hints] == [
        "add --profile PROFILE",
        "add --op-item ITEM",
        "and --mfa-serial ARN",
    ]
    assert not world.op.calls
    assert not world.aws.requests
    assert "no account is named" in refused(world, *TOLD, status=4).message
    for kind in ("op", "prompt"):
        one = refused(world, "test", "--profile", "test-bootstrap", "--otp-source", kind, status=4)
        assert ("add --op-item ITEM, or --otp-source ykman or prompt" in one.hints) == (kind == "op")
        assert not any(hint.startswith("add --profile") for hint in one.hints)
    neutered = refused(world, "test", *TOLD, status=4)
    assert neutered.message == "AWS does not let the base key list the MFA devices of its user"
    assert neutered.hints == ["add --mfa-serial ARN"]


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["a/b"], 1, "'a/b' can't be the name of an account"),
        (["test-bootstrap"], 1, "'test-bootstrap' is what the AWS profile of account test is called"),
        (["x.example"], 1, "'x.example' is the name of an example"),
        (["x", "--key-references", "AKIAEXAMPLE", "hunter2"], 1, "--key-references takes two references"),
        (["x", "--key-references", *REFERENCES], 1, "--profile and --key-references both say where"),
        (["x", "--account-id", "444455556666", "--mfa-serial", "GAHT12345678"], 1, "the base key belongs to account 111122223333, and not to 4"),
        (["x", "--account-id", "12"], 1, "this would not be an account: AWS_ACCOUNT_ID: '12' is not an account id of 12 digits"),
        (["x", "--profile", "nobody"], 1, "no base key: there is no AWS profile nobody"),
        (["x", "--mfa-serial", "arn:aws:iam::444455556666:mfa/a"], 1, "--mfa-serial arn:aws:iam::444455556666:mfa/a: belongs to account 444455556666, but the base key to 1"),
        (["x", "--mfa-serial", "arn:aws:iam::111122223333:u2f/user/a/b"], 1, "this would not be an account: MFA_SERIAL is a FIDO key or passkey"),
        (["x", "--region", "europe"], 1, "this would not be an account: AWS_REGION: 'europe' is not the name of a region"),
        (["x", "--region", "cn-north-1"], 1, "this would not be an account: MFA_SERIAL is in partition aws, but"),
        (["x", "--duration", "40h"], 1, "this would not be an account: SESSION_DURATION: '40h' is out of range"),
        (["x", "--role-arn", "deploy"], 1, "this would not be an account: ROLE_ARN: 'deploy'"),
        (["x", "--op-item", "-"], 1, "this would not be an account: OP_ITEM: '-' means standard input"),
        (["x", "--otp-source", "command"], 2, "invalid value for '--otp-source'"),
        (["x", "y"], 2, "got unexpected extra argument"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("project")
def test_refusals(world, args, status, message):
    said = refused(world, *TOLD, *SERIAL, *args, status=status)
    assert said.message.startswith(message), said.message
    assert said.hints
    assert "hunter2" not in said.stderr
    assert "the account's file" not in said.stderr
    assert world.aws.count("GetSessionToken") == 0


ITEMS = {
    "AWS tset": ("1Password has no such item", "and name it: --op-item ITEM"),
    "AWS console": (
        "the 1Password item 'AWS console' has no one-time password",
        "name another item: --op-item",
    ),
    "AWS twice": (
        "several items in 1Password are called 'AWS twice'",
        "one of them is: --op-vault Work --op-item",
    ),
    "AWS test --op-vault Wrok": ("1Password has no vault 'Wrok'", "--op-vault VAULT|--op-account ACCOUNT"),
}


@pytest.mark.usefixtures("project")
def test_an_item_is_looked_at_before_a_file_names_it(world):
    """With or without a session; where there is no op, nobody can tell."""
    state = world.op.state
    plain = state["items"][0] | {"id": "consoleitemaaaaaaaaaaaaaaa", "title": "AWS console"}
    plain["fields"] = [field for field in plain["fields"] if field["type"] != "OTP"]
    twins = [state["items"][1] | {"id": f"twin{n}aaaaaaaaaaaaaaaaaaaaa", "title": "AWS twice"} for n in "12"]
    world.op.update(items=[*state["items"], plain, *twins])
    for item, (message, hints) in ITEMS.items():
        more = ("--no-session",) if "tset" in item else ()
        title, *vault = item.partition(" --op-vault ")
        options = ("--op-vault", vault[1]) if vault[1] else ()
        said = refused(
            world, "test", "--profile", "test-bootstrap", "--op-item", title, *options, *SERIAL, *more
        )
        assert said.message.startswith(message), said
        assert all(any(hint in line for line in said.hints) for hint in hints.split("|")), said.hints
        assert "account's file" not in said.stderr
    world.op.program.unlink()
    done = init(
        world, "test", "--profile", "test-bootstrap", "--op-item", "AWS tset", *SERIAL, "--no-session"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("project")
def test_hints_name_options(world):
    nobody = refused(world, "test", *TOLD, *SERIAL, "--profile", "test-botstrap")
    assert nobody.message == "no base key: there is no AWS profile test-botstrap"
    assert nobody.hints[0] == "is test-bootstrap meant?"
    assert nobody.hints[-1].startswith(
        "or name another: --profile PROFILE; or, where it is in 1Password: --key-ref"
    )
    region = refused(world, "test", *TOLD, *SERIAL, "--role-arn", "arn:aws:iam::1:role/x")
    assert region.hints[-1] == "type: mfa-session init --help" or "role" in region.hints[-1]


@pytest.mark.usefixtures("project")
def test_keys_that_are_no_base_keys(world):
    world.user.root = True
    root = refused(world, "test", *TOLD, *SERIAL)
    assert root.message == ("this is the key of the root user of 111122223333, which no policy holds back")
    world.user.root = False
    credentials = (world.home / ".aws/credentials").read_text()
    world.write(".aws/credentials", credentials + "aws_session_token = x\n")
    session = refused(world, "test", *TOLD, *SERIAL)
    assert (
        session.message == "the AWS profile test-bootstrap holds a session, and sessions can't get sessions"
    )
    world.write(".aws/credentials", credentials)
    field = world.op.state["items"][1]["fields"][2]
    for value, what in (("ASIAEXAMPLEPROD00000", "a session, and"), ("not an id", "no key")):
        field["value"] = value
        world.op.save()
        said = refused(world, "prod", "--key-references", *REFERENCES, "--op-item", "AWS prod", *SERIAL)
        assert said.message.startswith(f"what the references lead to is {what}")
    world.user.active = False
    assert "AWS does not know the base key ****0000" in refused(world, "test", *TOLD, *SERIAL).message
