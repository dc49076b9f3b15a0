"""Where the files of a server are, and where they can not be."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest
from serve_life_runs import detached

from mfa_session.errors import NotAvailable
from mfa_session.serving import place as places

pytestmark = pytest.mark.one_python


def test_what_one_leaves_that_is_killed_as_it_goes(runtime):
    parent = runtime.home / "elsewhere/mfa-session"
    parent.mkdir(parents=True, mode=0o700)
    (parent.parent).chmod(0o700)
    (parent / "server-4711.gone").mkdir()
    (parent / "server-4711.gone/token-test").write_text("x")
    listed = runtime.run("serve", "--status", XDG_RUNTIME_DIR=str(parent.parent))
    assert "no server is running" in listed.stderr
    assert [*parent.glob("server-*")] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make such a folder: run it with sudo")
def test_in_a_folder_of_another_user_it_makes_no_log(runtime):
    """As under sudo: the person themselves could write none any more."""
    folder = runtime.home / ".local/state/mfa-session"
    folder.mkdir(parents=True)
    os.chown(folder, 4711, 4711)
    with detached(runtime) as (server, _):
        assert server.about["log"] == str(server.folder / "log")


def test_its_log_is_no_link_to_anything(runtime):
    with detached(runtime) as (server, _):
        path = Path(server.about["log"])
        assert path.parent == runtime.home / ".local/state/mfa-session"
    path.symlink_to(runtime.write("elsewhere", ""))
    with detached(runtime, "test", "--port", str(server.port)) as (linked, _):
        assert linked.about["log"] == str(linked.folder / "log")


def test_what_is_relative_is_no_place(runtime):
    """Each program would see another folder, says the specification of these variables."""
    (runtime.home / "runtime").mkdir(mode=0o700)
    relative = {"XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "runtime", "MFA_SESSION_STORE": "none"}
    words = ["--", "printenv", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    given = runtime.run("exec", "--server", "test", *words, **relative)
    assert Path(given.stdout).is_absolute(), given.stderr
    assert [*(runtime.home / "runtime").iterdir()] == []
    assert not (runtime.home / "state").exists()


def test_one_that_can_not_be_made_whole_is_not_made(tmp_path):
    """Else it would be taken for that of a server that was killed."""
    tmp_path.chmod(0o700)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = [os.open(os.devnull, os.O_RDONLY) for _ in range(2)]
    for number in free:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[1], limits[1]))  # one more can be open
    try:
        with pytest.raises(NotAvailable, match="can't be made: Too many open files"):
            places.make(4711, {"XDG_RUNTIME_DIR": str(tmp_path)})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert not (tmp_path / "mfa-session/server-4711").exists()
