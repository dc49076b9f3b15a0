"""What a server has fetched by a process of its own: what that is told, what it may say, and how it is given up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import crowds
import onepassword_runs
import pytest
from crowds import prompt
from serve_life_runs import alive, soon

from mfa_session import proc_apart
from mfa_session.accounts import Found
from mfa_session.errors import MfaSessionError
from mfa_session.request import Limits, Wanted
from mfa_session.scope import Scope
from mfa_session.serving import fetching, order

pytestmark = pytest.mark.one_python


@pytest.fixture
def fetch(monkeypatch):
    """Fetches with this script in place of the program; what it says is kept in `said`."""

    def of(script: str, **environ: str) -> fetching.Fetcher:
        monkeypatch.setattr(proc_apart, "own_words", lambda _: ["/bin/sh", "-c", script])
        said: list[str] = []
        made = fetching.Fetcher({"PATH": os.environ["PATH"], **environ}, said.append)
        made.said = said
        return made

    return of


def test_what_only_the_first_one_is_told():
    """Those after it come from nobody who is there: none has a code, and each keeps to what was said to another."""
    limits = Limits(otp="123456", otp_source="ykman", typing=True)
    wanted = Wanted(refresh=True, min_ttl=1000, duration=3600, scope=Scope(["--read-only"]))
    one = order.of(Found("test", "/x/.env.test", None), wanted, limits)
    one.kept = {"old": ("text", 1.0)}
    first, later = (order.read(order.text(each)) for each in (one, one.later()))
    assert (first.limits().otp, first.limits().typing, first.wanted().refresh) == ("123456", True, True)
    assert (first.limits().pause, first.limits().again, first.seconds) == (0, True, None)
    assert (later.limits().otp, later.limits().typing, later.wanted().refresh, later.kept) == (
        None,
        False,
        False,
        {},
    )
    assert 240 < later.limits().pause < 300, "a server's own"
    assert not later.limits().again
    assert later.limits().seconds < later.seconds < 60, "in which SDKs give up"
    for each in (first, later):
        assert each.wanted().scope.words == ("--read-only",)
        assert (each.wanted().min_ttl, each.wanted().duration, each.limits().otp_source) == (
            1000,
            3600,
            "ykman",
        )
        each.spare, each.prompt = False, False
        assert (each.limits().spare, each.limits().prompt) == (False, False)


def test_what_it_says(fetch):
    """Some of it, for it may be anything; and nothing of the session, or the profile, that the shell has."""
    one = fetch(
        'i=0; while [ $i -lt 99 ]; do echo "mfa-session: note $i" >&2; i=$((i+1)); done',
    )
    with pytest.raises(MfaSessionError, match="has ended with no answer"):
        one(order.Order("test", ""))
    assert one.said == [f"note {number}" for number in range(20)]
    one = fetch(
        "env >&2", AWS_ACCESS_KEY_ID="x", AWS_PROFILE="x", AWS_CONTAINER_CREDENTIALS_FULL_URI="x", MINE="x"
    )
    with pytest.raises(MfaSessionError):
        one(order.Order("test", ""))
    assert [line for line in one.said if line.endswith("=x")] == ["MINE=x"]


def test_what_hangs_is_given_up_with_all_that_it_has_started(fetch, monkeypatch, tmp_path):
    """That counts as if nobody had answered: a person may have been asked."""
    monkeypatch.setattr(fetching, "_GRACE", 0.5)
    one = fetch(f"sleep 60 & echo $! >{tmp_path}/pid; wait")
    began = time.monotonic()
    with pytest.raises(MfaSessionError, match="has not ended in time") as late:
        one(order.Order("test", "", seconds=0.5))
    assert (late.value.of_person, time.monotonic() - began < 20) == (True, True)
    assert soon(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_whether_nobody_has_said_yes_or_what_came_after_it_failed(runtime):
    """The one is worth longer and longer pauses, the other may be over in a moment. Those who hear of it hear the same."""
    found = Found("test", str(runtime.account()), None)
    for outcome, fault in (("dismiss", 0), ("approve", 3)):
        prompt(runtime, outcome, 0.1)
        runtime.aws.fault("GetSessionToken", "500", fault)
        one = fetching.Fetcher(runtime.env, lambda _: None)
        for again in (True, False):
            wish = order.of(found, Wanted(), Limits())
            wish.again = again
            with pytest.raises(MfaSessionError) as failed:
                one(wish)
            assert (failed.value.of_person, failed.value.unanswered) == (True, outcome == "dismiss")
    assert len(onepassword_runs.asked(runtime)) == 2


def test_it_ends_with_the_server_also_where_that_is_killed(runtime):
    """Else a prompt is left on the screen that leads to nothing."""
    prompt(runtime, delay=60)
    with crowds.start(runtime, "serve", "test") as server:
        assert soon(lambda: onepassword_runs.asked(runtime))
        fetching_it = children(server.pid)
        all_of_them = [*fetching_it, *(pid for one in fetching_it for pid in children(one))]
        server.kill()
        assert len(all_of_them) == 2
        assert soon(lambda: not any(map(alive, all_of_them)))


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_after_its_end_nothing_is_begun(fetch, tmp_path):
    one = fetch(f"touch {tmp_path}/begun")
    one.stop()
    with pytest.raises(MfaSessionError, match="the server is ending"):
        one(order.Order("test", ""))
    assert not (tmp_path / "begun").exists()


def test_it_is_of_the_same_copy_as_its_server(tmp_path):
    """Of a checkout, say, beside what is installed: another version would not understand what it is told."""
    shutil.copytree(Path(proc_apart.__file__).parent, tmp_path / "mfa_session")
    words = [sys.executable, "-I", tmp_path / "mfa_session/apart.py", "fetch"]
    ended = subprocess.run(words, input="{", env={"MFA_SESSION_DEBUG": "1"}, capture_output=True, text=True)
    assert f'File "{tmp_path}/mfa_session/serving/order.py"' in ended.stderr
    assert str(Path(proc_apart.__file__).parent) not in ended.stderr
