"""`configure` writes a profile into the AWS config file, shows it first, and takes it out again."""

from __future__ import annotations

import os
import shlex
import stat

import pexpect
import pytest
from aws_config_runs import beside, profiles
from conftest import SCRIPTS

USE = "mfa-session: profile test is in ~/.aws/config; to use it, type: export AWS_PROFILE=test"


@pytest.fixture
def config(world):
    return world.home / ".aws/config"


def test_in_and_out(world, config):
    before = config.read_bytes()
    done = world.run("configure", "test")
    assert (done.returncode, done.stdout) == (0, "")
    first, *shown, last = done.stderr.splitlines()
    assert first == "mfa-session: ~/.aws/config changes in these lines:"
    added = config.read_text().removeprefix(before.decode()).strip().splitlines()
    assert shown == [f"+ {line}" for line in added]
    assert added[:3] == [
        "[profile test]",
        "# written by mfa-session; to take it out, type: mfa-session configure test --remove",
        "region = eu-west-1",
    ]
    assert last == USE
    *program, path, _ = shlex.split(profiles(config)["test"]["credential_process"])
    assert path == str(world.home / "envs/.env.test")
    assert program[0].startswith("/")
    assert os.access(program[0], os.X_OK)
    again = world.run("configure", "test")
    assert (again.returncode, again.stderr) == (0, USE + "\n")
    gone = world.run("configure", "test", "--remove")
    assert (gone.returncode, gone.stdout) == (0, "")
    assert [line[0] for line in gone.stderr.splitlines()[1:-1]] == ["-"] * 4
    assert gone.stderr.endswith("mfa-session: profile test is no longer in ~/.aws/config\n")
    assert config.read_bytes() == before
    none = world.run("configure", "test", "--remove")
    assert (none.returncode, none.stderr) == (1, "mfa-session: ~/.aws/config: there is no profile test\n")


@pytest.mark.one_python
@pytest.mark.parametrize("name", ["test", "default", "my mfa"])
def test_programs_that_use_the_profile_have_the_session(world, name):
    assert world.run("configure", "test", "--profile", name).returncode == 0
    aws = [str(SCRIPTS / "aws"), "sts", "get-caller-identity", "--query", "Arn", "--output", "text"]
    who = world.call(aws, AWS_PROFILE=name, MFA_SESSION_STORE="none")
    assert (who.returncode, who.stdout) == (0, f"{world.user.arn}\n"), who.stderr


def test_without_keyctl_python_is_the_program(world, config):
    assert world.run("configure", "test", PATH=str(world.bin)).returncode == 0
    words = shlex.split(profiles(config)["test"]["credential_process"])
    assert words[1:3] == ["-I", "-S"]
    assert words[3].endswith("/mfa_session/ready.py")
    assert os.access(words[0], os.X_OK)
    assert world.run("configure", "test", "--remove").returncode == 0


@pytest.mark.one_python
def test_the_region_of_the_file_comes_first_then_that_of_the_base_keys_profile(world, config):
    for written, said in (("us-west-2", "us-west-2"), (None, "eu-west-1")):
        world.account(AWS_REGION=written)
        assert world.run("configure", "test").returncode == 0
        assert profiles(config)["test"]["region"] == said
    world.write(".aws/config", config.read_text().replace("region = eu-west-1", "output = json", 1))
    assert world.run("configure", "test").returncode == 0
    assert "region" not in profiles(config)["test"]


@pytest.mark.one_python
def test_another_name(world, config):
    assert world.run("configure", "test", "--profile", "my mfa").returncode == 0
    assert 'type: mfa-session configure test --profile "my mfa" --remove\n' in config.read_text()
    assert world.run("configure", "test", "--profile", "default").returncode == 0
    assert "[default]\n" in config.read_text()
    assert {"my mfa", "default"} < set(profiles(config))
    assert "test" not in profiles(config)
    for name in ("my mfa", "default"):
        assert world.run("configure", "test", "--profile", name, "--remove").returncode == 0
    assert set(profiles(config)) == {"test-bootstrap"}


@pytest.mark.one_python
def test_a_file_that_was_not_there(world, config):
    config.unlink()
    world.write("elsewhere/credentials", (world.home / ".aws/credentials").read_text())
    (world.home / ".aws/credentials").unlink()
    (world.home / ".aws").rmdir()
    done = world.run("configure", "test", AWS_SHARED_CREDENTIALS_FILE=f"{world.home}/elsewhere/credentials")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
    assert beside(config) == ["config"]
    assert world.run("configure", "test", "--remove").returncode == 0
    assert config.read_bytes() == b""


@pytest.mark.one_python
def test_the_account_must_be_in_order_but_may_have_gone_when_it_is_taken_out(world, config):
    path = world.account(OP_ITEM=None)
    bad = world.run("configure", "test")
    assert bad.returncode == 1
    assert "OP_ITEM is missing" in bad.stderr
    assert set(profiles(config)) == {"test-bootstrap"}
    world.account(OP_ITEN="x")
    done = world.run("configure", "test")
    assert "warning: " in done.stderr
    assert "OP_ITEN" in done.stderr
    path.unlink()
    assert world.run("configure", "test", "--remove").returncode == 0


@pytest.mark.one_python
def test_the_path_holds_everywhere(world, config):
    (world.home / "deep/er").mkdir(parents=True)
    program = str(world.bin / "mfa-session")
    done = world.call([program, "configure", "--env-file", "../envs/.env.test"], cwd=world.home / "deep")
    assert done.returncode == 0, done.stderr
    assert shlex.split(profiles(config)["test"]["credential_process"])[-2] == str(
        world.home / "envs/.env.test"
    )
    world.write("it's $5 # ok/.env.odd", (world.home / "envs/.env.test").read_text())
    odd = "it's $5 # ok/.env.odd"
    assert world.run("configure", "odd", "--env-file", odd, AWS_PROFILE="test-bootstrap").returncode == 1
    world.write(odd, (world.home / odd).read_text() + "AWS_PROFILE=test-bootstrap\n")
    assert world.run("configure", "odd", "--env-file", odd).returncode == 0
    line = profiles(config)["odd"]["credential_process"]
    assert shlex.split(line)[-2] == str(world.home / odd)
    assert (
        world.call(["sh", "-c", f'for w in {line}; do [ "$w" = -- ] || path=$w; done; echo "$path"']).stdout
        == f"{world.home / odd}\n"
    )


@pytest.mark.one_python
def test_a_profile_of_somebody_else(world, config):
    world.account(AWS_PROFILE="test-bootstrap")
    whole = config.read_text() + "[profile test]\nrole_arn = x\n"
    world.write(".aws/config", whole)
    for option in ("--yes", "--remove"):
        refused = world.run("configure", "test", option)
        assert refused.returncode == 1
        assert "profile test is there, and not written by mfa-session" in refused.stderr
    assert config.read_text() == whole
    key = world.run("configure", "test", "--profile", "test-bootstrap")
    assert key.stderr.splitlines() == [
        "mfa-session: ~/.aws/credentials: profile test-bootstrap has an access key there, which programs would use"
        " instead",
        "mfa-session: hint: choose another name: mfa-session configure test --profile test-mfa",
    ]


@pytest.mark.one_python
def test_a_session_in_the_shell_would_win(world):
    for around, hint in (
        ({}, "type: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"),
        ({"MFA_SESSION_PROFILE": "test"}, "type: mfa_session_deactivate"),
    ):
        done = world.run("configure", "test", AWS_ACCESS_KEY_ID="ASIAEXAMPLE", **around)
        assert done.returncode == 0
        warning, said = done.stderr.splitlines()[-2:]
        assert "warning: AWS_ACCESS_KEY_ID is set in this shell" in warning
        assert said == f"mfa-session: hint: {hint}"


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("answer", "is_yes"), [("\r", True), ("y\r", True), ("n\r", False), ("\x04", False), ("what\r", False)]
)
def test_a_person_is_asked(world, config, answer, is_yes):
    before = config.read_bytes()
    child = pexpect.spawn(
        str(world.bin / "mfa-session"),
        ["configure", "test"],
        env=world.env,
        cwd=world.home,
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("write this to ~/.aws/config? [Y/n] ")
    assert "+ [profile test]" in child.before
    assert config.read_bytes() == before
    child.send(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (0 if is_yes else 1)
    assert ("test" in profiles(config)) == is_yes
    assert "\r\x1b[2K" in child.before, "the question is erased"
    assert ("~/.aws/config is as it was" in child.before) != is_yes


def test_ctrl_c_at_the_question(world, config):
    before = config.read_bytes()
    child = pexpect.spawn(
        str(world.bin / "mfa-session"),
        ["configure", "test"],
        env=world.env,
        cwd=world.home,
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("[Y/n] ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert config.read_bytes() == before
    assert beside(config) == ["config", "credentials"]


def test_yes_asks_nobody(world, config):
    program = str(world.bin / "mfa-session")
    shown, status = pexpect.run(
        f"{program} configure test -y",
        env=world.env,
        cwd=world.home,
        encoding="utf-8",
        timeout=30,
        withexitstatus=True,
    )
    assert status == 0
    assert "?" not in shown
    assert "test" in profiles(config)


def test_a_name_that_only_the_argument_gives_leads_to_no_key_later(world, config):
    """The line has the file alone: what the name of the account would find has to be in there."""
    world.write("other.file", (world.home / "envs/.env.test").read_text())
    before = config.read_bytes()
    result = world.run("configure", "test", "--env-file", "other.file")
    assert (result.returncode, result.stdout) == (1, "")
    assert "there is no AWS profile other.file-bootstrap" in result.stderr
    assert config.read_bytes() == before
