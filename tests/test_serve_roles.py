"""Roles by `?role=ARN`: taken from the session that is there, with nobody asked, and renewed like it."""

from __future__ import annotations

import json
import threading
import time

import crowds
import pytest
from role_runs import DEPLOY, assumed, role
from serve_life_runs import soon
from serve_runs import serve

pytestmark = pytest.mark.one_python

OF_ROLE = f"/test?role={DEPLOY}"
REFUSED = "arn:aws:iam::111122223333:role/of-others"


def test_from_a_session_that_is_there_and_renewed_with_nobody_asked(runtime):
    """Nothing is kept but in the server's own memory."""
    role(runtime)
    crowds.prompt(runtime, delay=0)
    runtime.aws.lives(3, roles=True)
    with serve(runtime, MFA_SESSION_STORE="none") as server:
        began = time.monotonic()
        assert soon(lambda: server.get(OF_ROLE)[0] == 200)
        first = server.get(OF_ROLE)[2]
        assert time.monotonic() - began < 10, "under load; alone it is at the first try"
        assert runtime.aws._world.sessions[first["AccessKeyId"]].role.arn == DEPLOY
        seen = {first["AccessKeyId"]}
        runtime.op.forget()

        def three() -> bool:
            status, _, body = server.get(OF_ROLE)
            if status == 200:
                seen.add(body["AccessKeyId"])
            return len(seen) > 2

        assert soon(three)
        assert len(assumed(runtime)) == 3
        assert (len(runtime.op.prompts), runtime.aws.count("GetSessionToken")) == (1, 1)
        served = json.loads(runtime.run("serve", "--status", "--json").stdout)[0]["served"]
        assert [(one["role_arn"], one["trouble"]) for one in served] == [(None, None), (DEPLOY, None)]
        assert served[1]["url"] == f"{served[0]['url']}?role={DEPLOY}"
        assert served[1]["token_file"] == served[0]["token_file"]


def test_a_role_that_is_refused(runtime):
    """AWS's reason is passed on; the account itself is served as before, and nobody has said no to anything."""
    with serve(runtime) as server:
        path = f"/test?role={REFUSED}"
        reason = f"AWS does not let {runtime.user.arn} assume {REFUSED}"
        assert soon(lambda: server.get(path)[2]["message"].startswith(reason))
        status, _, body = server.get(path)
        assert (status, "you will not be asked again" in body["message"]) == (503, False)
        assert server.get()[0] == 200
        code, said = server.stop()
    assert (code, said.count(reason)) == (0, 1), said


def test_no_number_of_roles_fills_the_memory(runtime):
    """Forty at once, of which AWS answers none; and the account itself is served meanwhile."""
    runtime.aws.fault("AssumeRole", "hang", 99)
    with serve(runtime) as server:
        token, got = server.token(), []

        def ask(number: int) -> None:
            got.append(server.get(f"{OF_ROLE}-{number}", token)[::2])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [status for status, _ in got] == [503] * 40
        assert [body["code"] for _, body in got].count("Busy") == 8
        assert server.get()[0] == 200
        served = json.loads(runtime.run("serve", "--status", "--json").stdout)[0]["served"]
        assert len(served) == 33
