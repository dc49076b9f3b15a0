"""The life of a credential server: how it starts, is seen, ends, and what it leaves where it could not start or was killed."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import crowds
import onepassword_runs
import pexpect
import pytest
from conftest import ROOT, shell
from serve_life_runs import ENDED, alive, detached, folders, pid_said, soon, variables
from serve_runs import Served, all_abouts, found, serve

pytestmark = pytest.mark.one_python

MAKE_MANY = """\
import os, sys, time
from mfa_session import servers
from mfa_session.serving import place
first, mkdir = int(sys.argv[1]), os.mkdir
os.mkdir = lambda *how: (mkdir(*how), time.sleep(0.01))  # a slow disk
made = [place.make(port, os.environ) for port in range(first, first + 20)]
print(sum(servers.is_held(one.folder) for one in made), flush=True)
os._exit(0)
"""


def test_one_that_goes_on_by_itself(runtime):
    """The command would not return here, were its pipes still held by what it has left behind."""
    with detached(runtime, "test", "prod") as (server, said):
        for account, needed in zip(("test", "prod"), variables(said.stdout), strict=True):
            token = Path(needed["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read_text()
            assert needed["AWS_CONTAINER_CREDENTIALS_FULL_URI"].endswith(f":{server.port}/{account}")
            assert server.get(f"/{account}", token)[0] == 200
        log = Path(server.about["log"])
        assert f"(pid {server.about['pid']}, log ~/{log.relative_to(runtime.home)})" in said.stderr
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        assert "pid" not in said.stdout
        stopped = runtime.run("serve", "--stop")
        assert (stopped.returncode, stopped.stdout) == (0, "")
        assert folders(runtime) == []
        assert soon(lambda: not alive(server.about["pid"]), ENDED)
        assert not log.exists(), "it had nothing to say"


def test_it_outlives_the_terminal_that_it_was_started_from(runtime):
    runtime.op.update(auth={"mode": "touch"})
    child = pexpect.spawn(
        shell("bash"),
        ["--noprofile", "--norc", "-i"],
        cwd=str(runtime.home),
        env=runtime.env,
        encoding="utf-8",
        timeout=30,
    )
    child.sendline("mfa-session serve test --detach; echo code $?")
    child.expect_exact("press Enter in place of the fingerprint")
    child.sendline("")
    child.expect(r"code 0")
    pid = pid_said(child.before)
    server = Served(runtime, None, found(runtime, pid))
    child.close(force=True)  # the window is gone: SIGHUP to all that belongs to it
    session, terminal = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3:5]
    try:
        assert (int(session) != child.pid, terminal) == (True, "0")
        assert server.get()[0] == 200
    finally:
        assert runtime.run("serve", "--stop", "--port", str(server.port)).returncode == 0
    assert soon(lambda: not alive(pid), ENDED)


def test_what_status_shows_and_what_stop_ends(runtime):
    none = runtime.run("serve", "--status")
    assert (none.returncode, none.stdout, none.stderr) == (1, "", "mfa-session: no server is running\n")
    nothing = runtime.run("serve", "--status", "--json")
    assert (nothing.returncode, json.loads(nothing.stdout)) == (1, [])
    refused = onepassword_runs.explained(runtime.run("serve", "--stop"))
    assert (refused.message, refused.hints) == ("there is no server that `serve` has started", [])
    with beside_a_command(runtime) as own:
        stop_and_status(runtime, own)


def stop_and_status(runtime, own) -> None:
    """With two of `serve`, and one that is a command's `own`."""
    with serve(runtime) as first, serve(runtime, "prod") as second:
        listed = json.loads(runtime.run("serve", "--status", "--json").stdout)
        assert sorted((one["port"], one["command"]) for one in listed) == sorted(
            [(first.port, None), (second.port, None), (own["port"], "sleep")]
        )
        of_first = next(one for one in listed if one["port"] == first.port)
        assert (of_first["pid"], of_first["log"]) == (first.process.pid, None)
        (one,) = of_first["served"]
        assert (one["account"], one["account_id"], one["role_arn"]) == ("test", "111122223333", None)
        assert (one["asking"], one["trouble"]) == (False, None)
        assert 43000 < one["remaining_seconds"] <= 43200
        assert first.get("/test", Path(one["token_file"]).read_text())[2]["Expiration"] == one["expires"]
        text = runtime.run("serve", "--status")
        assert (text.returncode, text.stderr) == (0, "")
        assert f"port {first.port}  pid {first.process.pid}\n  test  until " in text.stdout
        assert f"port {own['port']}  pid {own['pid']}  for sleep  log " in text.stdout
        by_port = runtime.run("serve", "--status", "--port", str(second.port))
        assert (by_port.returncode, len(variables(by_port.stdout))) == (0, 1)
        assert runtime.run("serve", "--status", "--port", "1").returncode == 1

        assert runtime.run("serve", "--stop", "--port", str(first.port)).returncode == 0
        code, said = first.ended()
        assert (code, "is served on port" in said) == (0, False), "by one that others can use"
        assert second.get("/prod")[0] == 200
        assert runtime.run("serve", "--stop").returncode == 0
        assert second.ended()[0] == 0
        assert folders(runtime) == [f"server-{own['port']}"]
        assert runtime.run("serve", "--stop").returncode == 1, "a command's own is not one of `serve`"
        assert runtime.run("serve", "--stop", "--port", str(own["port"])).returncode == 0
    assert folders(runtime) == []


@contextlib.contextmanager
def beside_a_command(world):
    """What the server of a command says of itself; the command is to outlive it."""
    command = crowds.start(world, "exec", "--server", "test", "--", "sleep", "60")
    try:
        assert soon(lambda: [one for one in all_abouts(world) if one["command"]])
        yield all_abouts(world)[0]
        assert command.poll() is None
    finally:
        command.kill()
        crowds.ended(command)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_also_while_somebody_is_asked(runtime, number):
    """The refresh that is under way hangs in `op`; with one of the signals nothing is under way."""
    busy = number != signal.SIGHUP
    if busy:
        runtime.aws.lives(2, roles=False)
    with serve(runtime) as server:
        crowds.prompt(runtime, "hang", 0)
        runtime.op.forget()
        if busy:
            assert soon(lambda: server.get() and runtime.op.prompts)
        asking = [prompt["pid"] for prompt in runtime.op.prompts]
        assert len(asking) == busy
        assert all(map(alive, asking))
        folder, started = server.folder, time.monotonic()
        server.process.send_signal(number)
        code, said = server.ended()
        assert (code, "Traceback" in said) == (0, False), said
        assert soon(lambda: not any(map(alive, asking)), ENDED)
        assert time.monotonic() - started < ENDED
        assert not folder.exists()


def test_one_that_does_not_end(runtime):
    with serve(runtime) as server:
        server.process.send_signal(signal.SIGSTOP)
        refused = onepassword_runs.explained(runtime.run("serve", "--stop"))
        pid = server.process.pid
        assert refused.message == f"the server on port {server.port} (pid {pid}) does not end"
        assert refused.hints == [f"type: kill -KILL {pid}"]
        server.process.send_signal(signal.SIGCONT)
        assert server.ended()[0] == 0


def test_what_its_caller_ignores_does_not_end_it(runtime):
    """As nohup(1) has it: the terminal may go."""
    line = 'trap "" HUP; exec mfa-session serve test'
    process = subprocess.Popen(
        ["/bin/sh", "-c", line], cwd=runtime.home, env=runtime.env, stderr=subprocess.PIPE, text=True
    )
    server = Served(runtime, process, found(runtime, process.pid, process))
    process.send_signal(signal.SIGHUP)
    assert [server.get()[0] for _ in range(20)] == [200] * 20
    assert server.stop()[0] == 0


def test_killed_and_started_again_on_its_port(runtime):
    with serve(runtime) as server:
        port, old = server.port, server.token()
        file = server.token_file()
        with socket.create_connection(("127.0.0.1", port)):  # which the system remembers for a minute
            server.process.kill()
            server.ended()
        assert file.exists()
    note = f"note: the server on port {port} had been killed; what it left behind is removed"
    with serve(runtime, "test", "--port", str(port)) as again:
        assert again.token_file() == file
        assert again.token() != old
        assert again.get()[0] == 200
        status, _, body = again.get("/test", old)
        assert (status, body["code"]) == (403, "AccessDenied")
        code, said = again.stop()
    assert (code, note in said) == (0, True), said
    assert not file.parent.exists()


def test_two_have_nothing_to_do_with_each_other(runtime):
    with serve(runtime) as first, serve(runtime) as second:
        assert first.token() != second.token()
        assert [first.get()[0], second.get()[0]] == [200, 200]
        assert first.get("/test", second.token())[0] == 403
        assert second.get("/test", first.token())[0] == 403
        first.process.kill()
        first.ended()
        assert second.get()[0] == 200
        with serve(runtime) as third:  # it tidies up after the first
            assert folders(runtime) == sorted(f"server-{one.port}" for one in (second, third))
            assert [second.get()[0], third.get()[0]] == [200, 200]
        assert f"mfa-session: note: test is served on port {first.port} already\n" in second.stop()[1]


def test_four_that_start_at_the_same_moment(runtime):
    processes = [crowds.start(runtime, "serve", "test") for _ in range(4)]
    try:
        servers = [Served(runtime, one, found(runtime, one.pid, one)) for one in processes]
        assert [one.get()[0] for one in servers] == [200] * 4
        assert len({one.token() for one in servers}) == len(folders(runtime)) == 4
    finally:
        for one in processes:
            one.terminate()
        ended = [crowds.ended(one) for one in processes]
    assert [code for code, _, _ in ended] == [0] * 4
    assert folders(runtime) == []


def test_folders_that_are_made_at_the_same_moment_stay(runtime):
    """Each tidies up after servers that were killed, and one that is just being made looks like theirs."""
    environ = {"XDG_RUNTIME_DIR": runtime.env["XDG_RUNTIME_DIR"]}
    words = [[sys.executable, "-c", MAKE_MANY, str(first)] for first in range(1, 81, 20)]
    makers = [
        subprocess.Popen(one, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True) for one in words
    ]
    assert [maker.communicate(timeout=60)[0] for maker in makers] == ["20\n"] * 4


def test_a_shell_that_does_not_mind_being_ended_has_a_server_that_does(runtime):
    """Else `serve --stop` would be of no use."""
    with serve(runtime, before=["/bin/sh", "-c", "trap '' TERM HUP; exec \"$@\"", "sh"]) as server:
        assert server.stop()[0] == 0
