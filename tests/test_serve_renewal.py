"""How a server's session is renewed: by one fetch in the background, while clients are answered at once, or told what to type."""

from __future__ import annotations

import threading
import time

import crowds
import pytest
from onepassword_runs import asked
from serve_life_runs import soon
from serve_runs import serve

pytestmark = pytest.mark.one_python

AT_ONCE = 0.3  # seconds within which a client is answered that no session can be given to


def answers(server, clients: int, path: str = "/test") -> list[tuple[int, dict, float]]:
    """What so many get that ask at the same moment: status, body and seconds."""
    token, got = server.token(), []

    def ask() -> None:
        started = time.monotonic()
        status, _, body = server.get(path, token)
        got.append((status, body, time.monotonic() - started))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def under_way(body: dict) -> bool:
    return "is being fetched" in body["message"] or "is being asked for" in body["message"]


def typed(body: dict) -> str:
    """The command that the answer says to type."""
    return body["message"].partition("type: ")[2].partition(" (you ")[0]


def test_from_memory_and_when_it_is_due_by_one_fetch(runtime):
    """However many ask, and none of them waits for it."""
    crowds.prompt(runtime, delay=0)
    runtime.aws.lives(16, roles=False)  # of so short a one, the second half is when it is due
    with serve(runtime) as server:
        half = time.monotonic() + server.about["served"][0]["expires"] - time.time() - 8
        old = server.get()[2]["AccessKeyId"]
        runtime.op.forget()
        runtime.forget_codes()
        runtime.aws.lives(3000, roles=False)
        before = len(runtime.aws.requests), len(asked(runtime))
        assert [status for status, _, _ in answers(server, 20)] == [200] * 20
        time.sleep(1.2)  # the server's own clock has ticked
        if time.monotonic() < half:
            assert (len(runtime.aws.requests), len(asked(runtime))) == before

        crowds.prompt(runtime, delay=1.5)
        assert soon(lambda: server.get() and len(runtime.op.prompts) == 2)
        got = answers(server, 20)
        assert [(status, body["AccessKeyId"]) for status, body, _ in got] == [(200, old)] * 20
        assert soon(lambda: server.get()[2]["AccessKeyId"] != old)
        assert (len(runtime.op.prompts), runtime.aws.count("GetSessionToken")) == (2, 2)
        assert len(asked(runtime)) == 2


def test_expired_or_none(runtime):
    """`op` hangs, and no client does."""
    runtime.aws.lives(3, roles=False)
    with serve(runtime) as server:
        runtime.forget_codes()
        crowds.prompt(runtime, "hang", 0)
        runtime.op.forget()
        assert soon(lambda: server.get()[0] == 503 and under_way(server.get()[2]))
        assert soon(lambda: runtime.op.prompts)
        got = answers(server, 20)
        assert {(status, body["code"]) for status, body, _ in got} == {(503, "MfaRequired")}
        assert all(typed(body).endswith("mfa-session warm test") for _, body, _ in got)
        assert all(under_way(body) for _, body, _ in got)
        assert min(answers(server, 1)[0][2] for _ in range(10)) < AT_ONCE
        assert len(runtime.op.prompts) == 1
        shown = "  test  no session (being asked for)\n"
        assert soon(lambda: shown in runtime.run("serve", "--status").stdout)


def test_a_no_holds_and_what_somebody_gets_themselves_is_found(runtime):
    """For five minutes; that is by the server's monotonic clock, which its messages count down."""
    runtime.aws.lives(3, roles=False)
    with serve(runtime) as server:
        runtime.forget_codes()
        runtime.op.forget()
        crowds.prompt(runtime, "dismiss", 0)
        # In its last second, in which it is good for nobody any more, and not yet over.
        time.sleep(max(0.0, server.about["served"][0]["expires"] - 0.95 - time.time()))
        refused = "the 1Password prompt was dismissed, or nobody answered it"
        assert soon(lambda: server.get()[2].get("message", "").startswith(refused))
        messages = []
        end = time.monotonic() + 6.5  # it looks again before that, with nobody asked
        while time.monotonic() < end:
            messages += [body["message"] for _, body, _ in answers(server, 4) if not under_way(body)]
            time.sleep(0.25)
        assert len(runtime.op.prompts) == 1
        paused = [message for message in messages if "you will not be asked again for" in message]
        assert paused
        assert all(message.startswith(f"{refused}; type: ") for message in messages)
        assert {message.rpartition(" for ")[2] for message in paused} <= {"5m)", "4m)"}
        status = runtime.run("serve", "--status").stdout
        assert f"  test  no session ({refused}; type: cd " in status

        crowds.prompt(runtime, delay=0)
        runtime.aws.lives(3000, roles=False)
        _, _, body = server.get()
        warmed = runtime.call(["/bin/sh", "-c", typed(body)])
        assert warmed.returncode == 0, warmed.stderr
        began = time.monotonic()
        assert soon(lambda: server.get()[0] == 200)
        assert time.monotonic() - began < 6
        assert len(runtime.op.prompts) == 2
        code, said = server.stop()
    assert (code, said.count("no session for test: the 1Password prompt was dismissed")) == (0, 1), said


def test_nobody_is_asked_for_what_nobody_uses(runtime):
    """The server's clock alone renews only a session that somebody has come for; and takes over one that others have got."""
    runtime.aws.lives(6, roles=False)
    with serve(runtime) as unused:
        runtime.forget_codes()
        runtime.op.forget()
        minted = runtime.aws.count("GetSessionToken")
        file = (unused.folder / "about").stat()
        time.sleep(6)
        assert runtime.aws.count("GetSessionToken") == minted
        assert (unused.folder / "about").stat().st_ino == file.st_ino, (
            "written only when there is something new"
        )
        assert "  test  no session (type: cd " in runtime.run("serve", "--status").stdout
        crowds.prompt(runtime, delay=0)
        runtime.aws.lives(3000, roles=False)
        assert runtime.run("warm", "test").returncode == 0
        prompts = len(runtime.op.prompts)
        assert soon(lambda: unused.get()[0] == 200)
        assert len(runtime.op.prompts) == prompts, "it has taken over what is there"
    runtime.run("clear", "--all")
    runtime.aws.lives(10, roles=False)
    runtime.forget_codes()
    with serve(runtime) as used:
        old = used.get()[2]["AccessKeyId"]
        runtime.forget_codes()
        runtime.aws.lives(3000, roles=False)
        minted = runtime.aws.count("GetSessionToken")
        assert soon(lambda: runtime.aws.count("GetSessionToken") > minted), "though nobody has come again"
        assert soon(lambda: used.get()[2].get("AccessKeyId") != old)
        assert runtime.aws.count("GetSessionToken") == minted + 1
