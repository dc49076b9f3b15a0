"""The file in which processes note whose turn it is, and which code was used: lost, damaged, or in a place of no use."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT, shell
from programs import path_of

from mfa_session.turns import STEP, Turns

if TYPE_CHECKING:
    import subprocess

NOTE = "note: can't see what other mfa-sessions do"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make such a folder: run it with sudo")


def turns(folder, **facts):
    """Those of a device, which these facts are noted of."""
    said = []
    made = Turns("a device", "test", {"XDG_RUNTIME_DIR": str(folder)}, said.append)
    if facts:
        (file,) = (folder / "mfa-session").iterdir()
        file.write_text(json.dumps(facts))
    assert made.take()
    made.said = said
    return made


@pytest.mark.parametrize(
    ("ahead", "waits"),
    [(-1000, False), (-1, False), (0, True), (1, True), (2, False), (1000, False), (10**12, False)],
)
def test_a_step_that_was_used_is_waited_out_and_one_of_a_wrong_clock_is_not(tmp_path, ahead, waits):
    """A clock that is set back leaves steps behind that have not come yet."""
    if time.time() % STEP > STEP - 2:
        time.sleep(2)  # else it may end in between
    now = time.time()
    seconds = turns(tmp_path, step=int(now // STEP) + ahead).seconds_until_unused()
    expected = (ahead + 1) * STEP - now % STEP + 0.5 if waits else 0
    assert seconds == pytest.approx(expected, abs=2)


@pytest.mark.parametrize(
    "noted", ["", "{", "[]", "null", '"step"', '{"step": "1", "failure": 3}', "\0" * 5000, "9" * 5000]
)
def test_damage_is_as_if_nothing_had_been_noted(tmp_path, noted):
    first = turns(tmp_path, step=1)
    first.end()
    (file,) = (tmp_path / "mfa-session").iterdir()
    file.write_text(noted)
    second = turns(tmp_path)
    assert second.seconds_until_unused() == 0
    assert second.failure("key", 0) is None
    second.use_step(int(time.time() // STEP))
    second.end()
    third = turns(tmp_path)
    assert third.seconds_until_unused() > 0
    assert third.said == []


def test_what_is_noted_holds_no_code_and_is_the_owners_alone(world):
    world.export("test")
    (file,) = (world.home / ".local/state/mfa-session").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    noted = json.loads(file.read_text())
    assert set(noted) == {"step"}
    assert abs(noted["step"] - time.time() / STEP) < 3


BAD = {
    "a file in its place": "rm -rf $XDG_STATE_HOME && : > $XDG_STATE_HOME",
    "a link in its place": "mkdir $XDG_STATE_HOME/mfa-session && ln -s /dev/null $XDG_STATE_HOME/mfa-session/$DEVICE",
    "a folder in the file's place": "mkdir -p $XDG_STATE_HOME/mfa-session/$DEVICE",
}
BAD_FOR_ROOT = {
    "read-only": "mount -t tmpfs -o ro tmpfs $XDG_STATE_HOME",
    "full": "mount -t tmpfs -o size=4k tmpfs $XDG_STATE_HOME && head -c 4096 /dev/zero > $XDG_STATE_HOME/filler",
    "no inode left": "mount -t tmpfs -o nr_inodes=1 tmpfs $XDG_STATE_HOME",
    "another user's": "mkdir $XDG_STATE_HOME/mfa-session && chown 65534 $XDG_STATE_HOME/mfa-session",
}


def in_a_bad_place(world, make: str, command: str) -> subprocess.CompletedProcess[str]:
    world.export("test")
    (device,) = (path.name for path in (world.home / ".local/state/mfa-session").iterdir())
    world.forget_codes()
    place = world.home / "state"
    place.mkdir()
    # A mount is for this one process, and goes with it.
    own = [path_of("unshare", "util-linux"), "--mount"] if "mount" in make else []
    script = f"{make}\n{command}"
    return world.call(
        [*own, shell("bash"), "-ec", script],
        XDG_STATE_HOME=str(place),
        DEVICE=device,
        XDG_RUNTIME_DIR="/nonexistent",
    )


@pytest.mark.one_python
@pytest.mark.parametrize("make", [*BAD, *(pytest.param(name, marks=as_root) for name in BAD_FOR_ROOT)])
def test_without_a_place_it_works_all_the_same_and_says_so(world, make):
    result = in_a_bad_place(world, (BAD | BAD_FOR_ROOT)[make], "mfa-session export test --shell json")
    assert json.loads(result.stdout)["AccessKeyId"].startswith("ASIA"), result.stderr
    assert result.stderr.count(NOTE) == 1


@pytest.mark.one_python
@as_root
def test_a_disk_that_has_become_full_keeps_what_there_was_room_for(world):
    """The second note goes where the first one was, so that the used code is known all the same."""
    place = "mount -t tmpfs -o size=64k tmpfs $XDG_STATE_HOME"
    twice = """\
mfa-session export test --shell json
head -c 100000 /dev/zero > $XDG_STATE_HOME/filler || :
sed -i s/AWS_ACCOUNT_ID/ACCOUNT_ID/ envs/.env.test
mfa-session export test --shell json
"""
    left = STEP - time.time() % STEP
    if left < 8:
        time.sleep(left)
    result = in_a_bad_place(world, place, twice)
    first, second = (json.loads(line)["AccessKeyId"] for line in result.stdout.splitlines())
    assert first != second
    assert NOTE not in result.stderr
    assert "the code of this moment has been used" in result.stderr


def in_a_container(world, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Where the kernel keyring is forbidden, as Docker's default profile has it."""
    code = f"""\
import os, sys
sys.path.insert(0, {str(ROOT / "tests")!r})
import seccomp
seccomp.forbid_keys(1)
os.execv({str(world.bin / "mfa-session")!r}, ["mfa-session", *sys.argv[1:]])
"""
    world.env.pop("MFA_SESSION_STORE", None)
    return world.call([sys.executable, "-I", "-c", code, *words], **environ)


@pytest.mark.one_python
def test_no_store_is_said_once(world):
    """Not each morning; and it is no reason to have no session."""
    first = in_a_container(world, "export", "test")
    assert first.returncode == 0
    assert "note: this session is not shared with other processes" in first.stderr
    assert "the kernel keyring is not to be used here" in first.stderr
    world.forget_codes()
    second = in_a_container(world, "export", "test")
    assert second.returncode == 0
    assert "not shared" not in second.stderr
    third = in_a_container(world, "warm", "test")
    assert third.returncode == 1
    assert "there is nowhere to keep a session" in third.stderr


@pytest.mark.one_python
def test_in_a_container_the_runtime_folder_will_do(world):
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="mfa-session-test-") as folder:
        first = in_a_container(world, "export", "test", "--shell", "json", XDG_RUNTIME_DIR=folder)
        second = in_a_container(world, "export", "test", "--shell", "json", XDG_RUNTIME_DIR=folder)
        assert first.stdout == second.stdout != ""
        assert "the runtime folder" in in_a_container(world, "status", "--all", XDG_RUNTIME_DIR=folder).stdout
    assert world.aws.count("GetSessionToken") == 1


@pytest.mark.one_python
@as_root
def test_nothing_is_made_in_somebody_elses_home(tmp_path):
    """What sudo left there as root's would keep all programs of that person from making theirs."""
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 61_001, 61_001)
    said = []
    environ = {"HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path / "none")}
    assert Turns("a device", "test", environ, said.append).take()
    assert list(home.iterdir()) == []
    assert len(said) == 1
    assert said[0].endswith("/home/.local/state/mfa-session: it belongs to another user")
