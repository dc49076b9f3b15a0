"""A rotation that is killed at any point: a key that works is stored at each, and from each there is a way on and one back."""

from __future__ import annotations

import copy
import os
import shutil
import signal
from pathlib import Path

import killed
import onepassword_runs
import pytest
import rotate_runs

pytestmark = pytest.mark.one_python
runtime = pytest.mark.parametrize("shared", ["runtime"], indirect=True)

# What changes something outside of the process, and is there for good: files take their names, AWS is asked, `op` started.
CALLS = ("rename", "renameat", "renameat2", "unlink", "unlinkat", *killed.NETWORK, *killed.PROGRAMS)
PARTS = 3


class Snapshot:
    """A home, what is kept in memory, and what AWS knows; to be gone back to."""

    def __init__(self, world, folder) -> None:
        self._world = world
        self._places = [world.home, world.env["XDG_RUNTIME_DIR"]]
        self._copies = [folder / "home", folder / "runtime"]
        for place, kept in zip(self._places, self._copies, strict=True):
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(place, kept)
        self._users = copy.deepcopy(world.aws.users)
        self._op = world.op.state_file.read_text()

    def put_back(self) -> None:
        for place, kept in zip(self._places, self._copies, strict=True):
            for entry in os.scandir(place):
                shutil.rmtree(entry.path) if entry.is_dir() else Path(entry.path).unlink()
            shutil.copytree(kept, place, dirs_exist_ok=True)
        for user, before in zip(self._world.aws.users, self._users, strict=True):
            vars(user).update(copy.deepcopy(vars(before)))
        self._world.op.state_file.write_text(self._op)
        self._world.forget_codes()


def ended(world, place, word: str, old) -> None:
    """From where it was killed, `word` leads to one key, stored and working; where it is too late, the other does."""
    world.forget_codes()
    begun = bool(list(world.home.rglob("rotation-*")))
    result = world.run("rotate", place.account, f"--{word}")
    if not begun:
        assert "no rotation of" in result.stderr, result.stderr
        assert result.returncode == 1
        rotate_runs.settled(world, place, old, new=place.held() != old)
        return
    if word == "rollback" and result.returncode:
        assert "it is too late to go back" in result.stderr, result.stderr
        word, result = "resume", world.run("rotate", place.account, "--resume")
    assert result.returncode == 0, result.stderr
    rotate_runs.settled(world, place, old, new=word == "resume")


def killed_and_ended(world, place, kill, old, folder) -> None:
    kill()
    rotate_runs.works(world, place)
    snapshot = Snapshot(world, folder / "killed")
    ended(world, place, "resume", old)
    snapshot.put_back()
    ended(world, place, "rollback", old)


@runtime
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_before_each_change(shared, tmp_path, part):
    killed_at_each(shared, tmp_path, rotate_runs.Place(shared), "credentials", slice(part, None, PARTS))


@runtime
def test_killed_before_each_change_of_an_account_s_file(shared, tmp_path):
    killed_at_each(shared, tmp_path, rotate_runs.Envfile(shared), ".env.test", slice(None), there_alone=True)


def killed_at_each(world, folder, place, name: str, which: slice, *, there_alone: bool = False) -> None:
    """Kill it before those of the changes, or before those of them that are in the file of this name."""
    rotate_runs.with_session(world, place)
    old, start = place.held(), Snapshot(world, folder / "start")
    changes = killed.states(killed.changes(world, ["rotate", "test", "--yes"], CALLS))
    print("\n".join(map(str, changes)))
    there = [change for change in changes if name in change.text]
    assert len(there) == 3, "stored, in use, and nothing left of the old one"
    for change in (there if there_alone else changes)[which]:
        start.put_back()
        print(f"killed before {change}")
        killed_and_ended(
            world,
            place,
            lambda at=change: killed.run_killed(world, ["rotate", "test", "--yes"], at, CALLS),
            old,
            folder,
        )


@runtime
@pytest.mark.parametrize(
    "action", ["CreateAccessKey", "UpdateAccessKey", "GetSessionToken", "DeleteAccessKey"]
)
def test_killed_before_aws_has_answered(shared, tmp_path, action):
    """AWS has done it, and nobody has heard of it."""
    place = rotate_runs.Place(shared)
    rotate_runs.with_session(shared, place)

    def kill():
        running = []
        shared.aws.after(action, lambda: running[0].kill())
        running.append(onepassword_runs.start(shared, "rotate", "test", "--yes"))
        running[0].communicate(timeout=60)
        assert running[0].returncode == -signal.SIGKILL

    killed_and_ended(shared, place, kill, place.held(), tmp_path)


# What AWS has just been asked when the item is edited, and for which time: the first edit stores the new key, the second
# puts it to use, the third leaves nothing of the old one.
BEFORE_EDITS = [("CreateAccessKey", 1), ("GetCallerIdentity", 3), ("DeleteAccessKey", 1)]


@runtime
@pytest.mark.parametrize("quirk", ["killed_before_write", "killed_after_write"])
@pytest.mark.parametrize(("action", "times"), BEFORE_EDITS)
def test_killed_around_each_edit_of_an_item(shared, tmp_path, quirk, action, times):
    place = rotate_runs.Item(shared)
    rotate_runs.with_session(shared, place)

    def kill():
        for _ in range(times - 1):
            shared.aws.after(action, lambda: None)
        shared.aws.after(action, lambda: shared.op.update(quirks=[quirk]))
        result = shared.run("rotate", "prod", "--yes")
        assert result.returncode == -signal.SIGKILL, result.stderr
        shared.op.update(quirks=[])

    killed_and_ended(shared, place, kill, place.held(), tmp_path)


@runtime
def test_a_rollback_that_is_killed_can_be_repeated_or_turned_round(shared, tmp_path):
    place = rotate_runs.Place(shared)
    rotate_runs.with_session(shared, place)
    old = place.held()

    def rotate():
        running = []
        shared.aws.after("UpdateAccessKey", lambda: running[0].kill())
        running.append(onepassword_runs.start(shared, "rotate", "test", "--yes"))
        running[0].communicate(timeout=60)

    rotate()
    middle = Snapshot(shared, tmp_path / "middle")
    for change in killed.states(killed.changes(shared, ["rotate", "test", "--rollback"], CALLS)):
        middle.put_back()
        killed_and_ended(
            shared,
            place,
            lambda at=change: killed.run_killed(shared, ["rotate", "test", "--rollback"], at, CALLS),
            old,
            tmp_path,
        )
