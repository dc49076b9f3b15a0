"""Git leaves a new account's file alone: what is written for that, and where nothing need be."""

from __future__ import annotations

import init_runs
import pytest
from init_runs import git

from mfa_session import drafting, unversioned

pytestmark = pytest.mark.one_python


@pytest.fixture
def repository(tmp_path):
    assert git(tmp_path, "init", "-q", "repository").returncode == 0
    return tmp_path / "repository"


def make_ignored(path) -> tuple[str, str] | None:
    line = drafting.ignore(str(path))
    if line:
        unversioned.add_line(*line)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return line


@pytest.mark.parametrize("name", [".env.test", ".env.we[i]rd*?", ".env.ümlaut"])
def test_git_ignores_it_afterwards(repository, name):
    path = repository / "envs" / name
    assert drafting.ignored(str(path)) is False
    file, _ = make_ignored(path)
    assert file == f"{repository}/envs/.gitignore"
    assert init_runs.ignored(path)
    assert drafting.ignored(str(path)) is True
    assert make_ignored(path) is None
    assert not init_runs.ignored(repository / "envs/.env.weird")


def test_a_gitignore_that_is_there_gets_one_line_more(repository):
    file = repository / "envs/.gitignore"
    file.parent.mkdir()
    file.write_bytes(b"# ours\n!.env.*\n*.key")
    make_ignored(repository / "envs/.env.a")
    make_ignored(repository / "envs/.env.b")
    assert file.read_bytes() == b"# ours\n!.env.*\n*.key\n/.env.a\n/.env.b\n"
    assert init_runs.ignored(repository / "envs/.env.a")


def test_where_git_ignores_it_already_nothing_is_added(repository):
    for folder, line in ((repository, ".env.*"), (repository / "envs", ".env.*"), (repository, "envs/")):
        folder.mkdir(exist_ok=True)
        (folder / ".gitignore").write_text(f"{line}\n")
        assert drafting.ignore(str(repository / "envs/.env.test")) is None, line
        (folder / ".gitignore").unlink()
    (repository / ".git/info/exclude").write_text(".env.*\n")
    assert drafting.ignore(str(repository / "envs/.env.test")) is None


def test_in_a_worktree_and_inside_a_hook(repository, tmp_path, monkeypatch):
    (repository / "file").write_text("")
    git(repository, "add", ".")
    assert git(repository, "commit", "-qm", "x").returncode == 0
    assert git(repository, "worktree", "add", "-q", str(tmp_path / "tree")).returncode == 0
    monkeypatch.setenv("GIT_DIR", "/somebody/elses/.git")
    path = tmp_path / "tree/envs/.env.test"
    assert make_ignored(path)
    assert drafting.ignored(str(path)) is True
    monkeypatch.delenv("GIT_DIR")
    assert init_runs.ignored(path)


def test_what_git_tracks_it_does_not_ignore(repository):
    path = repository / ".env.test"
    path.write_text("")
    assert not unversioned.tracked(str(path))
    git(repository, "add", "-f", ".env.test")
    path.unlink()
    assert unversioned.tracked(str(path))


def test_no_checkout_and_no_git(repository, tmp_path, monkeypatch):
    outside = str(tmp_path / "elsewhere/.env.test")
    assert (drafting.ignored(outside), drafting.ignore(outside)) == (None, None)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert drafting.ignored(outside) is None
    path = repository / "envs/.env.test"
    assert drafting.ignored(str(path)) is False
    assert make_ignored(path)
    assert make_ignored(path) is None
    monkeypatch.undo()
    assert init_runs.ignored(path)
