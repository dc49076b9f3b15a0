"""A file is replaced as a whole or not at all, whenever the program is killed; and no key stays behind in another."""

from __future__ import annotations

import collections
import fcntl
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from programs import path_of

import mfa_session
from mfa_session import whole_file
from mfa_session.errors import ConfigError

pytestmark = pytest.mark.one_python

OLD, NEW, THIRD = b"old secret\n" * 20, b"new secret\n" * 30, b"third\n"
REPLACES = """
import os, sys
sys.path.insert(0, {root!r})
from mfa_session import whole_file
os.access("/begin", 0)
whole_file.write(sys.argv[1], {old!r}, {new!r})
os.access("/end", 0)
"""


def stray(path, letters: str = "abcd_123", data: bytes = OLD, age: int = 0):
    """What a killed process has left."""
    found = path.with_name(f".{path.name}.mfa-session-{letters}")
    found.write_bytes(data)
    found.chmod(0o600)
    then = found.stat().st_mtime - age
    os.utime(found, (then, then))
    return found


@pytest.fixture
def path(tmp_path):
    (tmp_path / "files").mkdir()
    found = tmp_path / "files" / "credentials"
    found.write_bytes(OLD)
    return found


def test_killed_at_each_of_its_system_calls(path, tmp_path):
    strace = path_of("strace", "strace")
    text = REPLACES.format(root=str(Path(mfa_session.__file__).parents[1]), old=OLD, new=NEW)
    program = [sys.executable, "-SB", "-c", text, str(path)]

    def traced(*options: str) -> list[str]:
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        subprocess.run([strace, "-qq", "-o", log, *options, "--", *program], check=False, capture_output=True)
        return log.read_text().splitlines()

    log = traced()
    assert path.read_bytes() == NEW
    counts: collections.Counter[str] = collections.Counter()
    calls, is_ours = [], False
    for line in log:
        call = line.partition("(")[0]
        counts[call] += 1
        if '"/end"' in line:
            break
        if is_ours:
            calls.append((call, counts[call]))
        is_ours |= '"/begin"' in line
    names = [call for call, _ in calls]
    assert names.count("fsync") == 2, "the file and its folder"
    assert "rename" in names
    assert len(calls) < 60
    seen = collections.Counter()
    for call, number in calls:
        path.write_bytes(OLD)
        path.chmod(0o600)
        killed = traced("-e", f"inject={call}:signal=SIGKILL:when={number}")
        assert "killed by SIGKILL" in killed[-1], (call, number)
        data = path.read_bytes()
        assert data in (OLD, NEW), (call, number)
        left = [found for found in path.parent.iterdir() if found != path]
        seen[data, any(found.read_bytes() for found in left)] += 1
        assert all(stat.S_IMODE(found.stat().st_mode) == 0o600 for found in left)
        whole_file.write(str(path), data, THIRD)
        left = [found for found in path.parent.iterdir() if found != path]
        assert not any(found.read_bytes() for found in left), (call, number)
        for found in left:
            found.unlink()
    assert len(seen) == 3, "before, with a key left behind, and after"


def test_strays_go_and_nothing_else_does(path):
    gone = [stray(path), stray(path, "abcd_124", b"", age=90)]
    stays = [
        stray(path, "abcd_125", b""),
        stray(path, "abcd_12"),
        stray(path, "abcd_1234"),
        stray(path.with_name("config")),
        stray(path.with_name("credential.")),
    ]
    link, pipe = (path.with_name(f".credentials.mfa-session-{name}____") for name in ("link", "pipe"))
    link.symlink_to(stays[1])
    os.mkfifo(pipe)
    whole_file.write(str(path), OLD, NEW)
    assert path.read_bytes() == NEW
    assert not [found for found in gone if found.exists()]
    assert all(found.exists() for found in [*stays, link, pipe])


def test_what_another_program_is_writing_stays(path):
    theirs = stray(path, age=90)
    with theirs.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole_file.write(str(path), OLD, NEW)
        assert theirs.exists()
    whole_file.write(str(path), NEW, OLD)
    assert not theirs.exists()


def test_where_there_are_no_locks_the_age_tells(path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", fail)
    young, old = stray(path), stray(path, "abcd_124", age=90)
    whole_file.write(str(path), OLD, NEW)
    assert young.exists()
    assert not old.exists()


def test_many_at_once_sweep_none_of_each_other(path):
    """Each of them changes a file that nobody else changes, or says that somebody has."""
    said: list[str] = []
    wins: list[bytes] = []

    def change(number: int) -> None:
        for turn in range(25):
            before = whole_file.read(path)
            after = b"%d %d\n" % (number, turn)
            try:
                whole_file.write(path, before, after)
                wins.append(after)
            except ConfigError as error:
                said.append(error.message)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {re.sub(".*: ", "", one) for one in said} <= {"has just been changed by another program"}
    assert path.read_bytes() in wins
    assert [found.name for found in path.parent.iterdir()] == ["credentials"]


def test_a_path_is_literal_and_a_text_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    literal = tmp_path / "$HOME"
    literal.mkdir()
    whole_file.write(literal / "~", None, b"1")
    whole_file.write("$HOME/a", None, b"2")
    whole_file.write("~/b", None, b"3")
    assert [(literal / "~").read_bytes(), (tmp_path / "a").read_bytes(), whole_file.read("~/b")] == [
        b"1",
        b"2",
        b"3",
    ]
    assert whole_file.shown(f"{tmp_path}/a") == "~/a"
    assert whole_file.shown(f"{tmp_path}x/a") == f"{tmp_path}x/a"


def test_a_copy_is_private_and_never_over_another(path):
    path.chmod(0o644)
    first = whole_file.keep(path, OLD)
    assert first == f"{path}.before-mfa-session"
    assert whole_file.keep(path, OLD) == first
    Path(first).chmod(0o644)
    assert whole_file.keep(path, OLD) == f"{first}-2"
    assert whole_file.keep(path, NEW) == f"{first}-3"
    path.with_name(f"{path.name}.before-mfa-session-4").symlink_to(f"{first}-3")
    os.mkfifo(f"{first}-5")
    assert whole_file.keep(path, THIRD) == f"{first}-6"
    kept = path.with_name(f"{path.name}.before-mfa-session-6")
    assert (stat.S_IMODE(kept.stat().st_mode), kept.stat().st_nlink) == (0o600, 1)
    assert len(list(path.parent.iterdir())) == 7
