"""`configure` where the AWS config file can't be replaced just so: nothing is lost, and one sentence says why."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import pytest
from aws_config_runs import beside, profiles

from mfa_session import whole_file
from mfa_session.errors import ConfigError

pytestmark = pytest.mark.one_python


@pytest.fixture
def config(world):
    return world.home / ".aws/config"


def test_a_symlink_stays_one_and_the_mode_too(world, config):
    real = config.rename(world.home / "dotfile")
    real.chmod(0o640)
    config.symlink_to("../dotfile")
    assert world.run("configure", "test").returncode == 0
    assert config.is_symlink()
    assert "test" in profiles(real)
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert not list(world.home.glob(".dotfile*"))


@pytest.mark.parametrize("kind", ["folder", "pipe", "/dev/null", "nonsense", "below a file"])
def test_what_can_t_be_edited(world, config, kind):
    path = config
    if kind == "folder":
        config.unlink()
        config.mkdir()
    elif kind == "pipe":
        config.unlink()
        os.mkfifo(config)
    elif kind == "/dev/null":
        path = kind
    elif kind == "nonsense":
        config.write_bytes(b"[a]\n\xff\xfe = 1\n")
    else:
        path = world.home / ".aws/credentials/config"
    before = beside(config)
    world.account(
        AWS_ACCESS_KEY_ID=world.user.access_key_id, AWS_SECRET_ACCESS_KEY=world.user.secret_access_key
    )
    done = world.run("configure", "test", AWS_CONFIG_FILE=str(path))
    assert done.returncode == 1
    assert len(re.findall("^mfa-session: (?!hint|warning)", done.stderr, re.MULTILINE)) == 1, done.stderr
    assert re.search("is not a file|can't be parsed|can't be read", done.stderr)
    assert beside(config) == before
    assert kind != "/dev/null" or stat.S_ISCHR(Path(kind).stat().st_mode)


@pytest.mark.parametrize("fault", ["full", "read-only", "changed"])
def test_a_failure_leaves_everything_as_it_was(tmp_path, monkeypatch, fault):
    path = tmp_path / "config"
    path.write_bytes(b"[a]\n")

    def fail(*_: object, **__: object) -> None:
        raise OSError(
            errno.ENOSPC if fault == "full" else errno.EROFS, "No space" if fault == "full" else "Read-only"
        )

    if fault == "full":
        monkeypatch.setattr(os, "fsync", fail)
    if fault == "read-only":
        monkeypatch.setattr("tempfile.mkstemp", fail)
    before = b"[b]\n" if fault == "changed" else b"[a]\n"
    said = {"full": "can't be written: No space", "read-only": "can't be written: Read-only"}
    with pytest.raises(ConfigError, match=said.get(fault, "has just been changed")):
        whole_file.write(str(path), before, b"[c]\n")
    assert path.read_bytes() == b"[a]\n"
    assert [found.name for found in tmp_path.iterdir()] == ["config"]
