"""`status --watch` where it can only print lines, and what it does not go with; `status --all` of what servers serve."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from watch_runs import HOSTILE, address, pipe, served, watch

from mfa_session import session
from mfa_session.commands import status_watch

__all__ = ["pipe", "served", "watch"]  # the fixtures
pytestmark = pytest.mark.one_python


@pytest.mark.parametrize("term", ["dumb", "no-such-terminal", ""])
def test_a_terminal_that_can_only_print_gets_lines(served, watch, term):
    served.serve(address("test", 3600), address(HOSTILE, 3600))
    window = watch(TERM=term, columns=200)
    window.until(lambda: window.text.count("port 4711") == 2)
    assert b"\x1b" not in window.raw
    window.type("\x03")
    assert window.ended() == 130


def test_in_a_pipe_there_are_only_lines_and_it_ends_when_nobody_reads_them(served, pipe):
    served.serve(address("other", 7200), address(HOSTILE, trouble="no\x1b[1m"))
    while len(lines := pipe.next()) < 2:  # it was faster, and has seen nothing yet
        pass
    first, second = lines
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  evil\S+ +444455556666  no session  port 4711  trouble: no\S+", first
    )
    assert re.fullmatch(r"\S+  other +444455556666  \*{4}THER  2h left, until .*\d\d:\d\d  port 4711", second)
    assert "\x1b" not in pipe.seen
    if Path("/proc").is_dir():
        before = pipe.ticks()
        time.sleep(0.6)
        assert pipe.ticks() - before < 8, "it does not wait"
    pipe.process.stdout.close()
    assert pipe.process.wait(timeout=5) == 1
    assert pipe.process.stderr.read() == b""


def test_the_store_is_not_asked_each_second(runtime, monkeypatch):
    looks, clock = [], [100.0]
    facts = dict.fromkeys(("account", "account_id", "secret_access_key", "session_token"), "test")
    kept = session.Session(**facts, access_key_id="ASIATEST", expires=100, duration=900)

    class Counted:
        def sessions(self):
            looks.append(clock[0])
            return {"key": kept}

    monkeypatch.setattr(status_watch.wiring, "store", lambda _: Counted())
    monkeypatch.setattr(status_watch.time, "monotonic", lambda: clock[0])
    look = status_watch._Look(runtime.env)
    while clock[0] < 110:
        assert len(look.rows(99)) == 1
        assert look.rows(100) == [], "what is kept goes when it expires, and not a look later"
        clock[0] += 0.999
    assert looks == pytest.approx([100, 102, 104, 106, 108, 110], abs=0.1)


def test_it_goes_with_neither_json_nor_short(runtime):
    for option in ("--json", "--short"):
        result = runtime.run("status", "--watch", option)
        assert (result.returncode, result.stdout) == (2, "")
        assert f"--watch does not go with {option}" in result.stderr


def test_status_all_lists_what_is_served(runtime, served):
    assert runtime.run("status", "--all").returncode == 1
    deploy = "arn:aws:iam::444455556666:role/team/deploy"
    addresses = [
        address("prod", 3600, role=deploy, scope="--read-only"),
        address("idle", trouble="\x1b[1mno"),
    ]
    served.serve(*addresses)
    result = runtime.run("status", "--all")
    assert result.returncode == 0
    served_lines = result.stdout.partition("served:\n")[2].splitlines()
    assert re.fullmatch(
        r"  prod as deploy \(read-only\)  444455556666  \*{4}PROD  until .*\d\d:\d\d, (1h|60m|59m) left, on port 4711",
        served_lines[0],
    )
    assert re.fullmatch(
        r"  idle +444455556666  no session just now, on port 4711; \S+\[1mno", served_lines[1]
    )
    assert "\x1b" not in result.stdout
    assert re.fullmatch(
        r"prod as deploy \(read-only\) (1h|59m)\n", runtime.run("status", "--all", "--short").stdout
    )
    document = json.loads(runtime.run("status", "--all", "--json").stdout)
    prod, idle = document["served"]
    assert prod.pop("remaining_seconds") > 3500
    assert prod == {
        "account": "prod",
        "account_id": "444455556666",
        "role_arn": deploy,
        "scope": ["--read-only"],
        "access_key_id": "ASIAPROD",
        "expires": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(addresses[0].expires)),
        "live": True,
        "port": 4711,
        "url": "http://127.0.0.1:4711/prod",
    }
    assert (idle["live"], idle["expires"], idle["access_key_id"]) == (False, None, None)
    served.serve(address("prod", -10))
    assert runtime.run("status", "--all").returncode == 1
