"""What is changed under a server that runs: its folder, by somebody who tidies up, and its account's file, by an editor."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import shutil
import socket
import time
from pathlib import Path

import crowds
import pytest
from role_runs import DEPLOY
from serve_life_runs import soon
from serve_runs import serve

from mfa_session import servers
from mfa_session.serving import place as places

pytestmark = pytest.mark.one_python


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_its_file_leads_to_another_aws_account(runtime):
    """A program that runs would find itself there, and not know: what has that address stays, and then there is nothing."""
    file = runtime.home / "envs/.env.test"
    before = file.read_text()
    crowds.prompt(runtime, delay=0)
    runtime.aws.lives(3, roles=False)
    with serve(runtime) as server:
        account, served = runtime.user.account_id, set()
        why = f"the file of test is of account 444455556666 by now, not {account}; to have that one served"

        def refused() -> bool:
            status, _, body = server.get()
            served.add(body.get("AccountId"))
            return status == 503 and body["message"].startswith(why)

        file.write_text((runtime.home / "envs/.env.prod").read_text())
        runtime.aws.lives(3000, roles=False)
        assert soon(refused)
        assert runtime.run("export", "test", "--shell", "json").returncode == 0, (
            "there is one of the other account"
        )
        assert served - {None} <= {account}
        assert why in runtime.run("serve", "--status").stdout
        file.write_text(before)
        runtime.forget_codes()
        assert soon(lambda: server.get()[0] == 200)
        assert server.get()[2]["AccountId"] == account


def test_where_its_folder_cant_be_made_again_it_goes_on(runtime):
    """Who has the token already is answered; it is said once, and the rest comes back when that can be."""
    with serve(runtime) as server:
        token, parent = server.token(), server.folder.parent
        shutil.rmtree(parent)
        parent.write_text("in the way")
        for _ in range(3):
            time.sleep(1)
            assert server.get("/test", token)[0] == 200
            assert server.get(f"/test?role={DEPLOY}", token)[0] == 503  # which would be noted there
        parent.unlink()
        assert soon(lambda: (server.folder / "about").exists())
        assert server.token() == token
        assert servers.is_held(str(server.folder))
        code, said = server.stop()
    assert (code, said.count("has been removed, and can't be made again: ")) == (0, 1), said
    assert not server.folder.exists()


def test_half_of_its_folder_is_no_folder(runtime):
    """Something is in the way of the token alone: what has been made again without it would look as if nothing were wrong."""
    with serve(runtime) as server:
        token, half = server.token(), server.folder.with_name("half")
        (half / f".{server.token_file().name}.part").mkdir(parents=True)
        server.folder.rename(server.folder.with_name("away"))
        half.rename(server.folder)
        assert soon(lambda: (server.folder / "about").exists())
        assert server.token() == token


def test_what_is_removed_is_no_servers_any_more(tmp_path, monkeypatch):
    """Who looks into the folder in that moment would say that the server had been killed."""
    environ, removed, rmtree = {"XDG_RUNTIME_DIR": str(tmp_path)}, [], shutil.rmtree

    def slow(path: str, **how) -> None:
        removed.append(path)
        assert path not in servers.folders(environ)
        rmtree(path, **how)

    place = places.make(4711, environ)
    monkeypatch.setattr(places.shutil, "rmtree", slow)
    place.remove()
    assert removed
    assert [one.name for one in Path(place.folder).parent.iterdir() if one.name.startswith("server-")] == []
    os.close(place.lock)


def test_what_could_not_be_noted_is_noted_later(runtime):
    with serve(runtime) as server:
        part = server.folder / ".about.part"
        part.mkdir()
        assert server.get(f"/test?role={DEPLOY}")[0] == 503
        assert soon(lambda: server.get(f"/test?role={DEPLOY}")[2]["code"] == "NotAvailable")
        assert len(json.loads((server.folder / "about").read_text())["served"]) == 1
        part.rmdir()
        assert soon(lambda: len(json.loads((server.folder / "about").read_text())["served"]) == 2)


def test_for_a_while_it_can_open_no_file(runtime):
    """For each client that it can't accept then, the event loop has something to say: that is said once."""
    with serve(runtime) as server:
        before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (3, 4096))
        with contextlib.ExitStack() as stack:
            for _ in range(9):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            time.sleep(2.5)  # it tries again after one second
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (min(before[0], 4096), 4096))
            assert soon(lambda: server.get()[0] == 200)
            time.sleep(1.2)  # its last tries are over
        code, said = server.stop()
    assert (code, said.count("note: "), said.count("Traceback")) == (0, 1, 0), said
    assert "note: socket.accept() out of system resource (OSError)\n" in said


def test_the_lock_of_the_old_folder_goes_when_there_is_a_new_one(tmp_path):
    """A disk that is full, say, between the two: the next try is not spoiled by the first, and no file stays open."""
    place = places.make(4711, {"XDG_RUNTIME_DIR": str(tmp_path)})
    folder, files = Path(place.folder), open_files()
    shutil.rmtree(folder.parent)
    folder.mkdir(parents=True)
    (folder / "lock").symlink_to("/nonexistent/lock")
    for _ in range(2):
        with pytest.raises(OSError) as failed:
            place.make_again()
        assert failed.value.errno == errno.ENOENT
        os.fstat(place.lock)
    (folder / "lock").unlink()
    place.make_again()
    assert servers.is_held(place.folder)
    assert open_files() == files
    os.close(place.lock)
    assert not servers.is_held(place.folder)
