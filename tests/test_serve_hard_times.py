"""What befalls a server that runs for days: a full disk, no threads, a laptop that sleeps; and where it was started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import crowds
import pytest
from role_runs import DEPLOY, role
from serve_life_runs import asked, detached, soon
from serve_runs import serve

from mfa_session import servers
from mfa_session import session as sessions
from mfa_session.serving import entry, order

pytestmark = pytest.mark.one_python

TEXTS = ("account", "account_id", "access_key_id", "secret_access_key", "session_token")
SAY = "import os; from mfa_session.commands import serve_apart; serve_apart._say('x'); os.write(1, b'on'); os._exit(0)"


def made(fetch, min_ttl: int | None = None, session: sessions.Session | None = None) -> entry.Entry:
    asker = entry.Asker(fetch, lambda _: None, {})
    wish = order.Order("test", "", min_ttl=min_ttl)
    return entry.Entry(wish, asker, lambda: None, servers.Served("test"), session)


def test_a_log_on_a_full_disk():
    """It is written to in the middle of a renewal: one that failed there was lost, and asked for again each second."""
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-c", SAY],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=30,
            check=False,
        )
    assert (result.returncode, result.stdout) == (0, "on")


def test_what_nobody_has_thought_of_is_tried_no_more_often_than_what_fails():
    tries: list[bool] = []

    def fetch(wish: order.Order):
        tries.append(wish.prompt)
        raise RuntimeError("can't start new thread")

    async def story() -> None:
        one = made(fetch)
        for _ in range(20):
            assert not await asked(one)
        assert one.trouble == "what was to fetch a session of test failed: RuntimeError"

    asyncio.run(story())
    assert tries == [True]


def test_a_session_that_was_short_from_the_start_and_a_laptop_that_sleeps(monkeypatch):
    """Half of it is used; its own clock goes on in that sleep, the monotonic one does not."""
    now, came = [0], []
    monkeypatch.setattr(sessions, "time", SimpleNamespace(time=lambda: now[0]))

    def session() -> sessions.Session:
        return sessions.Session(**dict.fromkeys(TEXTS, "x"), expires=now[0] + 8000, duration=8000)

    def fetch(_: order.Order):
        came.append(now[0])
        return session(), {}

    async def story() -> None:
        one = made(fetch, 9000, session())
        for now[0], answered in ((3999, True), (4001, True), (20000, False), (20001, True)):
            assert await asked(one) == answered, now

    asyncio.run(story())
    assert came == [4001, 20000]


def test_an_address_stays_with_its_account(monkeypatch):
    """Whatever becomes of its file: a program that runs would find itself in another account, and not know."""
    now, ids = [0], ["2", "1"]
    monkeypatch.setattr(sessions, "time", SimpleNamespace(time=lambda: now[0]))

    def session(account_id: str) -> sessions.Session:
        facts = dict.fromkeys(TEXTS, "x") | {"account_id": account_id}
        return sessions.Session(**facts, expires=now[0] + 4000, duration=4000)

    async def story() -> None:
        one = made(lambda _: (session(ids.pop(0)), {}), session=session("1"))
        now[0] = 3500
        assert await asked(one)
        assert one.shown().account_id == "1"
        assert one.trouble.startswith(
            "the file of test is of account 2 by now, not 1; to have that one served"
        )
        one._not_before = 0.0
        now[0] = 4001
        assert not await asked(one)
        assert await asked(one)

    asyncio.run(story())


def test_in_a_narrowed_shell_it_serves_what_that_shell_has(runtime):
    role(runtime)
    script = (
        "mfa-session serve --detach >/dev/null && mfa-session serve --status --json; mfa-session serve --stop"
    )
    result = runtime.run("exec", "test", "--role-arn", DEPLOY, "--read-only", "--", "sh", "-c", script)
    assert result.returncode == 0, result.stderr
    served = json.loads(result.stdout)[0]["served"]
    assert [one["role_arn"] for one in served] == [DEPLOY]
    sessions_seen = runtime.aws._world.sessions
    assert sessions_seen[served[0]["access_key_id"]].policy is not None


def test_without_a_home_nothing_is_left_where_it_was_started(runtime):
    aws = runtime.home / ".aws"
    files = {"AWS_SHARED_CREDENTIALS_FILE": f"{aws}/credentials", "AWS_CONFIG_FILE": f"{aws}/config"}
    del runtime.env["HOME"]
    before = sorted(one.name for one in runtime.home.iterdir())
    with detached(runtime, **files) as (server, _):
        assert server.about["log"] == str(server.folder / "log")
    assert sorted(one.name for one in runtime.home.iterdir()) == before


def test_the_folder_is_removed_under_it(runtime):
    """As a runtime folder is when its login session ends: programs find their token again, and people the server."""
    with serve(runtime) as server:
        before, token = server.get()[2], server.token()
        shutil.rmtree(server.folder.parent)
        assert soon(lambda: server.token_file().exists())
        assert server.token() == token
        assert server.get()[2] == before
        files = (server.token_file(), server.folder, server.folder.parent)
        assert [stat.S_IMODE(one.stat().st_mode) for one in files] == [0o600, 0o700, 0o700]
        listed = json.loads(runtime.run("serve", "--status", "--json").stdout)
        assert [one["port"] for one in listed] == [server.port]
        assert runtime.run("serve", "--stop").returncode == 0
        assert server.ended()[0] == 0


def test_what_a_killed_one_leaves_behind_is_taken_away_by_whoever_looks(runtime):
    """A program that still has its address might be given a stranger's credentials by whoever has the port by then."""
    with serve(runtime) as server:
        server.process.kill()
        server.process.wait()
        result = runtime.run("serve", "--status")
        note = f"note: the server on port {server.port} had been killed"
        assert note in result.stderr
        again = f"mfa-session serve test --port {server.port} --detach"
        assert f"hint: for programs to find it again, type: {again}\n" in result.stderr
        assert not server.folder.exists()
        server.folder.mkdir()
        assert note in runtime.run("serve", "--stop").stderr
        assert not server.folder.exists()


def test_a_no_to_one_is_a_no_to_all_servers(runtime):
    runtime.aws.lives(3, roles=False)
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(serve(runtime))
        runtime.forget_codes()  # else the other one waits for the next step
        other = stack.enter_context(serve(runtime))
        runtime.forget_codes()
        runtime.op.forget()
        crowds.prompt(runtime, "dismiss", 0)
        refused = "the 1Password prompt was dismissed"
        for server in (one, other):
            assert soon(lambda server=server: server.get()[2].get("message", "").startswith(refused))
        assert len(runtime.op.prompts) == 1


def test_a_role_does_not_wait_for_a_person(runtime):
    """The session that it is taken from is due, and somebody is asked for a new one, and does not answer."""
    role(runtime)
    runtime.account(SESSION_DURATION="15m")
    runtime.aws.lives(452, roles=False)
    with serve(runtime) as server:
        crowds.prompt(runtime, "hang", 0)
        runtime.forget_codes()
        runtime.op.forget()
        assert soon(lambda: server.get() and runtime.op.prompts)
        began = time.monotonic()
        assert soon(lambda: server.get(f"/test?role={DEPLOY}")[0] == 200)
        assert time.monotonic() - began < 10
        assert len(runtime.op.prompts) == 1


def test_few_files_and_many_that_connect(runtime):
    """What the system says of it is said once, and whoever has the token gets an answer."""
    with serve(runtime, before=["bash", "-c", 'ulimit -n 64; exec "$0" "$@"']) as server:
        idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
        assert soon(lambda: server.get()[0] == 200)
        for connection in idle:
            connection.close()
        _, said = server.stop()
    assert len(said) < 3000
    assert "Traceback" not in said
