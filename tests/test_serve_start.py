"""A credential server that can't start, or not yet: what is said, and that nothing is left of it."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
from pathlib import Path

import crowds
import onepassword_runs
import pexpect
import pytest
from serve_life_runs import ENDED, alive, folders, soon
from serve_runs import serve
from serve_wire import until_closed, wire

pytestmark = pytest.mark.one_python


def test_ctrl_c_at_the_very_first_prompt(runtime):
    runtime.op.update(auth={"mode": "touch"})
    for words in (
        ["serve", "test"],
        ["serve", "test", "--detach"],
        ["exec", "--server", "test", "--", "true"],
    ):
        child = pexpect.spawn(
            str(runtime.bin / "mfa-session"),
            words,
            cwd=str(runtime.home),
            env=runtime.env,
            encoding="utf-8",
            timeout=30,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        child.expect_exact("press Enter in place of the fingerprint")
        asking = runtime.op.prompts[-1]["pid"]
        assert len(folders(runtime)) == 1
        child.sendintr()
        child.expect(pexpect.EOF)
        child.close()
        assert (child.exitstatus, child.signalstatus) == (130, None), child.before
        assert "Traceback" not in child.before
        assert soon(lambda asking=asking: not alive(asking), ENDED)
        assert folders(runtime) == []


def test_ended_at_the_very_first_prompt(runtime):
    crowds.prompt(runtime, "hang", 0)
    starting = onepassword_runs.start(runtime, "serve", "test")
    assert soon(lambda: runtime.op.prompts)
    starting.terminate()
    _, said = starting.communicate(timeout=20)
    assert starting.returncode == 128 + signal.SIGTERM, said
    assert soon(lambda: not alive(runtime.op.prompts[0]["pid"]), ENDED)
    assert folders(runtime) == []


def test_a_mistake_is_said_before_anybody_is_asked(runtime):
    runtime.account("half", MFA_SERIAL=None)
    runtime.account("brief", SESSION_DURATION="5 parsecs")
    runtime.write("broken.json", "{")
    mistakes = {
        ("serve", "nobody"): 1,
        ("serve", "test", "nobody"): 1,
        ("serve", "test", "half", "--detach"): 1,
        ("serve", "brief"): 1,
        ("serve",): 1,
        ("serve", "test", "--status"): 2,
        ("serve", "--detach", "--stop"): 2,
        ("serve", "--json"): 2,
        ("exec", "--server", "nobody", "--", "true"): 1,
        ("exec", "--server", "test", "--policy", "missing.json", "--", "true"): 1,
        ("exec", "--server", "test", "--policy", "broken.json", "--", "true"): 1,
        ("exec", "--server", "test", "--", "no-such-program"): 127,
        ("exec", "--server", "test", "--", "/"): 126,
    }
    for words, code in mistakes.items():
        result = runtime.run(*words)
        assert (result.returncode, result.stdout) == (code, ""), (words, result.stderr)
        assert result.stderr.startswith("mfa-session: "), (words, result.stderr)
        assert "bug" not in result.stderr
        assert "missing.json" not in words or "missing.json: can't be read: " in result.stderr
    assert "hint: is --stop meant?\n" in runtime.run("serve", "stop").stderr
    assert runtime.op.calls == runtime.aws.requests == folders(runtime) == []


def test_ports_that_cant_be_had(runtime):
    with serve(runtime) as server, socket.create_server(("127.0.0.1", 0)) as other:
        refused = onepassword_runs.explained(runtime.run("serve", "test", "--port", str(server.port)))
        assert refused.message == (
            f"a server of yours (pid {server.process.pid}) is on port {server.port} already"
        )
        assert refused.hints == [f"to end it, type: mfa-session serve --stop --port {server.port}"]
        assert server.get()[0] == 200
        assert folders(runtime) == [f"server-{server.port}"]
        taken = other.getsockname()[1]
        refused = onepassword_runs.explained(runtime.run("serve", "test", "--port", str(taken)))
        assert refused.message == f"port {taken} can't be used: Address already in use"
        assert refused.hints == ["to take any that is free, leave --port out"]
    for port in ("65536", "-1", "http"):
        refused = runtime.run("serve", "test", "--port", port)
        assert (refused.returncode, refused.stdout, "--port" in refused.stderr) == (2, "", True)
    assert folders(runtime) == []
    asked = len(onepassword_runs.asked(runtime))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    # Where files are shared with a container and ports are not, the folder tells that there is another.
    there = Path(runtime.env["XDG_RUNTIME_DIR"], "mfa-session", f"server-{port}")
    there.mkdir()
    with (there / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = onepassword_runs.explained(runtime.run("serve", "test", "--port", str(port)))
    assert f"{there} is another server's" in refused.message
    assert len(onepassword_runs.asked(runtime)) == asked
    assert [one.name for one in there.iterdir()] == ["lock"]


def test_a_log_that_cant_be_written(runtime):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (runtime.home / f".local/state/mfa-session/server-{port}.log").mkdir(parents=True)
    refused = runtime.run("serve", "test", "--detach", "--port", str(port))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"server-{port}.log: Is a directory" in refused.stderr
    assert folders(runtime) == []


def test_the_port_that_http_leaves_out(runtime):
    """Clients name it in no Host header; and that is no way in for other names."""
    try:
        with serve(runtime, "test", "--port", "80") as server:
            assert server.about["served"][0]["url"] == "http://127.0.0.1:80/test"
            assert server.get()[0] == 200
            request = "GET /test HTTP/1.1|Authorization: TOKEN|Connection: close|Host: "
            for host, status in {
                "127.0.0.1": 200,
                "127.0.0.1:80": 200,
                "localhost": 403,
                "127.0.0.1:81": 403,
                "": 403,
            }.items():
                (reply,) = until_closed(server, wire(server, request + host))
                assert reply.status == status, host
    except AssertionError as error:
        why = re.search("port 80 can't be used: (Permission denied|Address already in use)", str(error))
        if why and not (why[1] == "Permission denied" and os.geteuid() == 0):
            pytest.skip(f"{why[0]}: run this test as root, and with nothing else on that port")
        raise


def test_with_no_place_for_its_files(runtime):
    """Neither XDG_RUNTIME_DIR nor HOME; or both, and something is in the way."""
    credentials = f"AWS_SHARED_CREDENTIALS_FILE={runtime.home}/.aws/credentials"
    lost = ["env", "-u", "HOME", "XDG_RUNTIME_DIR=/nonexistent", "MFA_SESSION_STORE=none", credentials]
    runtime.write(".local/state/mfa-session", "in the way")
    blocked = ["env", f"XDG_RUNTIME_DIR={runtime.home}/run", "MFA_SESSION_STORE=none"]
    runtime.write("run/mfa-session", "in the way")
    for before in (lost, blocked):
        for words in (["serve", "test"], ["serve", "--detach"], ["exec", "--server", "test", "--", "true"]):
            result = runtime.call([*before, "mfa-session", *words], AWS_PROFILE="test-bootstrap")
            refused = onepassword_runs.explained(result)
            assert refused.message.startswith("there is no folder for the files"), refused
            assert refused.hints == ["set XDG_RUNTIME_DIR or HOME to a folder of yours"]
    assert runtime.op.calls == []


def test_which_accounts_are_served(runtime):
    """One that is named twice, one that is an AWS profile, and the one that AWS_PROFILE names."""
    prod = runtime.aws.users[1]  # a device of its own: one code serves each device
    config, credentials = runtime.home / ".aws/config", runtime.home / ".aws/credentials"
    credentials.write_text(
        f"{credentials.read_text()}[prod-key]\naws_access_key_id = {prod.access_key_id}\n"
        f"aws_secret_access_key = {prod.secret_access_key}\n"
    )
    config.write_text(
        f'{config.read_text()}[profile "old way"]\nmfa_serial = {prod.mfa_serial}\nsource_profile = prod-key\n'
        'mfa_process = op item get "AWS prod" --vault Work --otp\n'
    )
    with serve(runtime, "test", "old way", "test", "old way", MFA_SESSION_STORE="none") as server:
        assert runtime.aws.count("GetSessionToken") == 2
        served = server.about["served"]
        assert [one["account"] for one in served] == ["test", "old way"]
        for one in served:
            token = Path(one["token_file"]).read_text()
            path = one["url"].partition(str(server.port))[2]
            status, _, body = server.get(path, token)
            assert (status, body["AccountId"]) == (200, one["account_id"])
    runtime.forget_codes()
    with serve(
        runtime, "--port", "0", AWS_PROFILE="test-bootstrap", AWS_ACCESS_KEY_ID="AKIASOMETHING"
    ) as server:
        assert [one["account"] for one in server.about["served"]] == ["test"]
        assert server.get()[0] == 200


def test_a_first_session_that_cant_be_had(runtime):
    """The account is served all the same: the other one has its session, and this one when somebody types what is said."""
    crowds.prompt(runtime, "dismiss", 0)
    with serve(runtime) as server:
        status, _, body = server.get()
        assert (status, body["code"]) == (503, "MfaRequired")
        crowds.prompt(runtime)
        (typed,) = re.findall(r"type: (cd \S+ && mfa-session [^()]+)", body["message"])
        warmed = runtime.call(["/bin/sh", "-c", typed])
        assert warmed.returncode == 0, warmed.stderr
        assert soon(lambda: server.get()[0] == 200, 7)
        code, said = server.stop()
    assert code == 0
    assert f"mfa-session: test is served as soon as there is a session: type: {typed}\n" in said
    assert len(runtime.op.prompts) == 2
