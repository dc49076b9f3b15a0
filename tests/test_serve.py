"""`serve` and `exec --server`: what a program gets that asks a credential server, and what is left when it has ended."""

from __future__ import annotations

import json

import pytest
from serve_runs import serve

pytestmark = pytest.mark.one_python


def test_a_session_over_loopback(runtime):
    with serve(runtime) as server:
        status, headers, body = server.get()
        assert status == 200
        assert headers["Cache-Control"] == "no-store"
        assert body["AccessKeyId"].startswith("ASIA")
        session = runtime.aws._world.sessions[body["AccessKeyId"]]
        assert (body["SecretAccessKey"], body["Token"]) == (session.secret_access_key, session.token)
        assert all(isinstance(value, str) for value in body.values())
        folder = server.folder
        assert server.stop()[0] == 0
    assert not folder.exists()


def test_status_where_a_server_renews(runtime):
    inside = """
    mfa-session status; mfa-session status --short; mfa-session status --json
    mfa-session serve --stop --port $MFA_SESSION_SERVER; mfa-session status --short; echo "ended: $?"
    """
    result = runtime.run("exec", "test", "--server", "--", "sh", "-c", inside)
    account, server, key, expires, short, document, ended = result.stdout.splitlines()
    assert account == "account  test (111122223333)"
    assert server.startswith("server   http://127.0.0.1:") and server.endswith("/test, which renews it")
    assert key.startswith("key id   ****") and "12h left" in expires
    assert short == "test 12h"
    assert json.loads(document)["live"] is True
    assert ended == "ended: 1"


def test_what_is_cleared_is_still_served_and_that_is_said(runtime):
    with serve(runtime, "test") as server:
        result = runtime.run("clear", "--all")
        assert "1 session forgotten" in result.stdout
        assert (
            f"mfa-session: hint: to end it, type: mfa-session serve --stop --port {server.port}"
            in result.stderr
        )
        other = runtime.run("clear", "prod")
        assert "in the memory" not in other.stderr
