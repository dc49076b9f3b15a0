"""The runtime folder: in memory, of nobody else, open to nobody else; otherwise nothing is read or written there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT

from mfa_session.adapters.runtime_file import RuntimeFile
from mfa_session.errors import NotAvailable

if sys.platform != "linux":
    pytest.skip("only Linux has a runtime folder in memory", allow_module_level=True)

SECRET = "wJalrXUtnFEMI/K7MDENG/nobody's+secret"
NAME = "mfa-session:test"


@pytest.fixture
def runtime():
    """In the place of XDG_RUNTIME_DIR."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def folder(runtime):
    return runtime / "mfa-session"


@pytest.fixture
def store(folder):
    return RuntimeFile(str(folder))


def refused(store: RuntimeFile, *, put_only: bool = False) -> str:
    """The sentence, which is the same whatever was asked for."""
    said = set()
    uses = [
        lambda: store.put(NAME, SECRET, 60),
        lambda: store.get(NAME),
        store.names,
        lambda: store.drop(NAME),
    ]
    for use in uses[: 1 if put_only else None]:
        with pytest.raises(NotAvailable) as caught:
            use()
        assert SECRET not in repr(caught.value)
        said.add(caught.value.message)
    (sentence,) = said
    return sentence


def on_a_disk(tmp_path: Path) -> Path:
    for place in (tmp_path, ROOT):
        kind = subprocess.run(["stat", "-f", "-c", "%T", place], capture_output=True, text=True, check=True)
        if kind.stdout.strip() not in {"tmpfs", "ramfs"}:
            return place
    pytest.skip("everything is in memory here: run this test where the checkout is on a disk")


def test_a_disk_is_refused_and_nothing_is_written(tmp_path):
    place = on_a_disk(tmp_path)
    with tempfile.TemporaryDirectory(dir=place) as runtime:
        store = RuntimeFile(f"{runtime}/mfa-session")
        assert refused(store, put_only=True) == f"{runtime}/mfa-session would be on a disk"
        assert list(Path(runtime).iterdir()) == []
        Path(runtime, "mfa-session").mkdir(mode=0o700)
        assert refused(store, put_only=True) == f"{runtime}/mfa-session would be on a disk"
        assert list(Path(runtime, "mfa-session").iterdir()) == []


@pytest.mark.parametrize("which", ["folder", "runtime"])
@pytest.mark.parametrize("mode", [0o750, 0o701, 0o720, 0o777])
def test_a_folder_that_is_open_to_others_is_refused(request, store, folder, which, mode):
    folder.mkdir(mode=0o700)
    opened = request.getfixturevalue(which)
    opened.chmod(mode)
    assert refused(store) == f"{opened} is open to other users"
    assert list(folder.iterdir()) == []
    opened.chmod(0o700)
    store.put(NAME, SECRET, 60)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away: run this test as root")
@pytest.mark.parametrize("which", ["folder", "runtime"])
def test_a_folder_of_somebody_else_is_refused(request, store, folder, which):
    folder.mkdir(mode=0o700)
    given = request.getfixturevalue(which)
    os.chown(given, 61_001, 61_001)
    assert refused(store) == f"{given} belongs to another user"
    assert list(folder.iterdir()) == []


def test_a_link_is_refused(runtime, store, folder):
    elsewhere = runtime / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)
    assert refused(store) == f"{folder} is not a folder, or only a link to one"
    link = runtime / "link"
    link.symlink_to(runtime)
    for path in (f"{link}/mfa-session", f"{link}/mfa-session/"):
        assert refused(RuntimeFile(path)) == f"{link} is not a folder, or only a link to one"
    assert list(elsewhere.iterdir()) == []


def test_without_a_runtime_folder_there_is_no_store(runtime):
    store = RuntimeFile(str(runtime / "gone/mfa-session"))
    assert refused(store) == f"{runtime}/gone can't be used: No such file or directory"
    assert list(runtime.iterdir()) == []


def test_looking_makes_no_folder(store, folder):
    assert (store.get(NAME), store.names(), store.drop(NAME)) == (None, [], False)
    assert not folder.exists()
