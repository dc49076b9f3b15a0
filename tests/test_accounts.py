"""Which account is meant, and which file describes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from mfa_session import accounts
from mfa_session.errors import ConfigError

MARK = "MFA_SERIAL=x\n"


class Seen(NamedTuple):
    name: str
    path: Path
    named_by_profile: str | None = None


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home/project/.git").mkdir(parents=True)
    (tmp_path / "home/project/src/deep").mkdir(parents=True)
    return tmp_path / "home"


def put(folder, name="test"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f".env.{name}").write_text(MARK)
    return folder / f".env.{name}"


def found(home, argument=None, here="project/src/deep", env_file=None, **environ):
    found = accounts.find(argument, env_file, {"HOME": str(home), **environ}, str(home / here))
    return Seen(found.name, Path(found.path), found.named_by_profile)


def test_the_argument_comes_first(home):
    prod = put(home, "prod")
    put(home, "test")
    assert found(home, "prod", here=".", AWS_PROFILE="test", MFA_SESSION_PROFILE="test") == Seen("prod", prod)


def test_then_aws_profile_with_or_without_bootstrap(home):
    short, long = put(home), put(home, "other-bootstrap")
    assert found(home, here=".", AWS_PROFILE="test-bootstrap").path == short
    assert found(home, here=".", AWS_PROFILE="test-bootstrap").name == "test"
    assert found(home, here=".", AWS_PROFILE="test").path == short
    assert found(home, here=".", AWS_PROFILE="other-bootstrap").path == long
    put(home, "other")
    assert found(home, here=".", AWS_PROFILE="other-bootstrap").path == long, "the exact name wins"
    assert found(home, here=".", AWS_PROFILE="test-bootstrap").named_by_profile == "test-bootstrap"


def test_then_the_session_of_this_shell(home):
    path = put(home)
    again = found(home, here=".", AWS_PROFILE="", MFA_SESSION_PROFILE="test")
    assert again == Seen("test", path)


def test_else_an_error_lists_the_accounts(home):
    put(home, "prod")
    put(home / "envs", "test")
    (home / ".env.local").write_text("DEBUG=1\n")
    put(home, "test.example")
    with pytest.raises(ConfigError, match="no account named") as error:
        found(home, here=".")
    assert error.value.hints == (
        "accounts found: prod, test",
        "name one; or for a new one, type: mfa-session init NAME",
    )


def test_a_slip_of_the_finger_is_seen(home):
    put(home, "prod")
    with pytest.raises(ConfigError) as error:
        found(home, "prdo", here=".")
    assert "is prod meant?" in error.value.hints


def test_the_nearest_file_wins(home):
    last = put(home / ".config/mfa-session")
    assert found(home, "test").path == last
    for folder in ("project", "project/envs", "project/src/deep", "project/src/deep/envs"):
        nearer = put(home / folder)
        assert found(home, "test").path == nearer
    own = put(home / "own")
    assert found(home, "test", MFA_SESSION_ENV_DIR=str(home / "own")).path == own
    elsewhere = put(home / "else", "anything")
    named = found(home, "test", env_file=str(elsewhere), MFA_SESSION_ENV_DIR=str(home / "own"))
    assert named == Seen("test", elsewhere)
    assert found(home, env_file=str(elsewhere), AWS_PROFILE="zzz").name == "anything"


def test_the_search_ends_at_the_git_root(home):
    put(home)
    with pytest.raises(ConfigError):
        found(home, "test")


def test_the_search_ends_at_home(home, tmp_path):
    put(tmp_path)
    (home / "plain").mkdir()
    with pytest.raises(ConfigError):
        found(home, "test", here="plain")
    at_home = put(home)
    assert found(home, "test", here="plain").path == at_home


def test_outside_of_both_only_the_folder_itself_counts(home, tmp_path):
    """What lies further up, in /tmp say, may have been put there by anybody."""
    (tmp_path / "shared/mine").mkdir(parents=True)
    put(tmp_path / "shared")
    with pytest.raises(ConfigError):
        accounts.find("test", None, {"HOME": str(home)}, str(tmp_path / "shared/mine"))
    assert accounts.find("test", None, {"HOME": str(home)}, str(tmp_path / "shared")).name == "test"


def test_xdg_config_home(home, tmp_path):
    path = put(tmp_path / "xdg/mfa-session")
    assert found(home, "test", XDG_CONFIG_HOME=str(tmp_path / "xdg")).path == path


@pytest.mark.parametrize("name", ["../test", "a/b", "a\nb", "a\x1b[2J"])
def test_a_name_is_not_a_path(home, name):
    with pytest.raises(ConfigError, match="can't be the name") as error:
        found(home, name)
    assert "--env-file" in error.value.hints[0]


def test_no_file_for_it_says_where_it_looked(world):
    result = world.run("export", "nope")
    assert (result.returncode, result.stdout) == (1, "")
    first, looked, known, *_ = result.stderr.splitlines()
    assert first == "mfa-session: no file .env.nope for account nope"
    assert str(world.home / "envs") in looked
    assert str(world.home / ".config/mfa-session") in looked
    assert known.endswith("accounts found: prod, test")
    assert "(from AWS_PROFILE)" in world.run("export", AWS_PROFILE="nope-bootstrap").stderr
    assert "(active in this shell)" in world.run("export", MFA_SESSION_PROFILE="nope").stderr


def test_without_a_home_it_still_finds_what_is_here(world):
    del world.env["HOME"]
    assert world.run("export", "prod", "--shell", "json").returncode == 0


@pytest.mark.parametrize("argument", ["x" * 300, "~nosuch"])
def test_odd_names_are_no_bugs(world, argument):
    for result in (world.run("export", argument), world.run("export", "--env-file", f"~nosuch/{argument}")):
        assert result.returncode == 1
        assert "this is a bug" not in result.stderr
    assert world.run("export", "test", MFA_SESSION_ENV_DIR="~nosuch").returncode == 0


@pytest.mark.one_python
def test_of_many_accounts_a_hint_names_a_few(world):
    for number in range(30):
        world.account(f"a{number:02}")
    said = world.run("export", "a12x").stderr
    assert "accounts found: a00, a01, " in said
    assert " and 12 more" in said
    assert "is a12 meant?" in said


def test_a_pipe_is_no_account(world):
    os.mkfifo(world.home / "envs/.env.pipe")
    assert "pipe" not in world.run("list").stdout
