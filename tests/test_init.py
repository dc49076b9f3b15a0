"""`init` without a terminal: every question has an option, what is missing is said at once, and nothing is replaced."""

from __future__ import annotations

import stat

import killed
import pytest
from conftest import PROD_USER
from init_runs import REFERENCES, SERIAL, TOLD, account, git, ignored, init, no_accounts, refused, written
from onepassword_runs import asked
from standins import ykman

pytestmark = pytest.mark.one_python


@pytest.fixture
def project(world):
    return no_accounts(world)


def test_a_file_and_a_session(world, project):
    done = init(world, "test", *TOLD, "--op-vault", "Private", *SERIAL)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    path = project / "envs/.env.test"
    assert path.read_text() == (
        "# The account test; to load its session, type: source get_mfa_session.sh test\n\n"
        "AWS_ACCOUNT_ID=111122223333\nMFA_SERIAL=arn:aws:iam::111122223333:mfa/alice\n\n"
        '# The one-time code of that device.\nOP_ITEM="AWS test"\nOP_VAULT=Private\n\n'
        "# The base key is in this AWS profile.\nAWS_PROFILE=test-bootstrap\n"
    )
    said = done.stderr.splitlines()
    assert said[:2] == [
        "mfa-session: the base key belongs to alice in account 111122223333",
        "mfa-session: envs/.env.test will be:",
    ]
    assert [line[2:] for line in said if line.startswith("  ")] == [
        line for line in path.read_text().splitlines() if line
    ]
    assert said[-5:-3] == [
        "mfa-session: and so that git leaves it alone, envs/.gitignore gets the line /.env.test",
        "mfa-session: envs/.env.test is written, and only you can read it",
    ]
    assert said[-3].startswith("mfa-session: test is ready: live until ")
    assert said[-2:] == [
        "mfa-session: to use it, type: source get_mfa_session.sh test",
        "mfa-session: to see how safe its base key is, type: mfa-session doctor test",
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ignored(path)
    assert git(project, "status", "--short", "-uall").stdout == "?? envs/.gitignore\n"
    assert world.aws.count("GetSessionToken") == 1
    assert [call["argv"][:2] for call in asked(world)] == [["item", "get"]] * 2
    assert not any(secret in done.stderr + path.read_text() for secret in world.secrets)


@pytest.mark.parametrize("shared", ["runtime"], indirect=True)
@pytest.mark.usefixtures("project")
def test_its_session_is_kept_for_all(shared):
    assert init(shared, "test", *TOLD, *SERIAL).returncode == 0
    used = shared.call([str(shared.bin / "mfa-session"), "export", "test"], cwd=shared.home / "project")
    assert (used.returncode, shared.aws.count("GetSessionToken")) == (0, 1), used.stderr


@pytest.mark.usefixtures("project")
def test_every_option_is_in_the_file(world):
    installed = ykman.Installed(world.bin, world.user.seed, "AWS:alice")
    assert installed.program.exists()
    role = "arn:aws:iam::444455556666:role/deploy"
    done = init(
        world, "full", "--profile", "test-bootstrap", "--op-item", "it's $5 #1", "--op-vault", "Work",
        "--op-account", "my.1password.com", "--otp-source", "ykman", "--ykman-account", "AWS:alice", *SERIAL,
        "--account-id", "1111-2222-3333", "--region", "us-west-2", "--duration", "90m", "--role-arn", role,
        "--dir", "../elsewhere/deep", "--yes", "--no-session",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    path = world.home / "elsewhere/deep/.env.full"
    found = account(path)
    assert (found.otp.kind, found.otp.name) == ("ykman", "AWS:alice")
    assert (found.otp.op.item, found.otp.op.vault, found.otp.op.account) == (
        "it's $5 #1",
        "Work",
        "my.1password.com",
    )
    assert found.key.profiles == ("test-bootstrap",)
    assert (found.region, found.duration, found.role.arn) == ("us-west-2", 5400, role)
    assert world.aws.count("GetSessionToken") == 0
    assert not world.op.calls
    last = f"mfa-session: to use it, type: source get_mfa_session.sh --env-file {path}"
    assert done.stderr.splitlines()[-1] == last
    assert written(world) == ["elsewhere/deep/.env.full"]


def test_a_key_in_1password(world, project):
    world.aws.users[1].policy = "list-mfa"
    done = init(
        world, "prod", "--key-references", *REFERENCES, "--op-item", "AWS prod", "--op-vault", "Work", "--region",
        "none",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = account(project / "envs/.env.prod")
    assert found.key.references == tuple(REFERENCES)
    assert (found.account_id, found.mfa_serial) == (PROD_USER.account_id, PROD_USER.mfa_serial)
    assert found.region is None
    assert "prod is ready: live until" in done.stderr
    assert not any(secret in done.stderr for secret in world.secrets)


def test_the_device_that_aws_lists(world, project):
    world.user.policy = "list-mfa"
    fido = "arn:aws:iam::111122223333:u2f/user/alice/key-ABC"
    world.user.mfa_devices = [fido, world.user.mfa_serial]
    done = init(world, "test", *TOLD, "--no-session")
    assert done.returncode == 0, done.stderr
    assert "note: FIDO keys and passkeys are left out, as they give no codes" in done.stderr
    assert f"the MFA device is {world.user.mfa_serial}" in done.stderr
    assert account(project / "envs/.env.test").mfa_serial == world.user.mfa_serial
    assert fido not in (project / "envs/.env.test").read_text()
    world.user.mfa_devices = [world.user.mfa_serial, "GAHT12345678", fido]
    several = refused(world, "other", *TOLD, status=4)
    assert several.message == "alice has 2 MFA devices that give codes"
    assert several.hints == [f"add --mfa-serial {world.user.mfa_serial}", "add --mfa-serial GAHT12345678"]
    for devices in ([], [fido]):
        world.user.mfa_devices = devices
        assert refused(world, "other", *TOLD).message == "alice has no MFA device that gives codes"


def test_a_code_that_is_typed_needs_a_terminal(world, project):
    """The file is written, and says so; the session is what can't be had."""
    done = init(world, "test", "--profile", "test-bootstrap", "--otp-source", "prompt", *SERIAL)
    assert (done.returncode, done.stdout) == (4, "")
    assert account(project / "envs/.env.test").otp.kind == "prompt"
    assert "there is no session yet; envs/.env.test is written, and stays" in done.stderr


def test_a_session_that_can_not_be_had(world, project):
    """The file is right, whatever it was; and run again, `init` would say that there is one."""
    world.aws.fault("GetSessionToken", "500", 9)
    done = init(world, "test", *TOLD, *SERIAL)
    assert (done.returncode, done.stdout) == (1, "")
    assert account(project / "envs/.env.test").otp.op.item == "AWS test"
    _, _, failed = done.stderr.partition("envs/.env.test is written, and only you can read it\n")
    said = failed.splitlines()
    assert "AWS STS is in trouble (HTTP 500)" in failed
    assert said[-3:] == [
        "mfa-session: there is no session yet; envs/.env.test is written, and stays",
        "mfa-session: hint: to try again, type: source get_mfa_session.sh test",
        "mfa-session: hint: to see what is wrong, type: mfa-session doctor test",
    ]
    assert "run it again" not in failed
    assert "correct" not in failed
    assert "is ready" not in failed
    elsewhere = init(world, "other", *TOLD, *SERIAL, "--dir", "../else", SHELL="/usr/bin/fish")
    assert elsewhere.stderr.splitlines()[-1] == (
        "mfa-session: hint: to try again, type: source (command -s get_mfa_session.fish)"
        f" --env-file {world.home}/else/.env.other"
    )


def test_where_no_project_is_it_holds_everywhere(world):
    no_accounts(world)
    done = init(world, "test", *TOLD, *SERIAL, "--no-session", cwd=".")
    assert done.returncode == 0, done.stderr
    assert "git" not in done.stderr
    path = world.home / ".config/mfa-session/.env.test"
    assert written(world) == [".config/mfa-session/.env.test"]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "~/.config" not in done.stderr, "from home it is nearer without"
    assert "mfa-session: .config/mfa-session/.env.test is written" in done.stderr


def test_the_mode_whatever_the_umask(world, project):
    program = f"umask 000; exec {world.bin}/mfa-session init test --no-session --profile test-bootstrap"
    done = world.call(["/bin/sh", "-c", f"{program} --op-item 'AWS test' {' '.join(SERIAL)}"], cwd=project)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((project / "envs/.env.test").stat().st_mode) == 0o600


def test_the_region_of_the_shell_where_the_profile_has_none(world, project):
    (world.home / ".aws/config").unlink()
    for name, around, expected in (("a", "eu-central-1", "eu-central-1"), ("b", "cn-north-1", None)):
        done = init(world, name, *TOLD, *SERIAL, "--no-session", AWS_REGION=around)
        assert done.returncode == 0, done.stderr
        assert account(project / f"envs/.env.{name}").region == expected


def test_killed_while_it_is_written(world, project):
    """There is no file then, or all of it; and where there is none, the next run leaves nothing but the file."""
    (project / ".gitignore").write_text(".env.*\n")
    options = (*TOLD, *SERIAL, "--dir", "project/envs", "--no-session")
    calls = ("link", "linkat", "unlink", "unlinkat", "fsync")
    steps = [
        step for step in killed.changes(world, ["init", "test", *options], calls) if "/envs" in step.text
    ]
    path = project / "envs/.env.test"
    whole = path.read_bytes()
    assert [step.call.removesuffix("at") for step in steps] == ["fsync", "link", "unlink", "fsync"]
    for step in steps:
        for left in path.parent.iterdir():
            left.unlink()
        killed.run_killed(world, ["init", "test", *options], step, calls)
        assert path.exists() == (step.number > steps[1].number), step
        if not path.exists():
            assert init(world, "test", *options, cwd=".").returncode == 0
            assert [left.name for left in path.parent.iterdir()] == [".env.test"]
        assert path.read_bytes() == whole
