"""`status --watch` in a real terminal: what is on the screen, how little is written, and what is left of it in the end."""

from __future__ import annotations

import os
import re
import signal
import time
from itertools import pairwise

import conftest
import pytest
from watch_runs import HOSTILE, address, in_shell, pipe, served, watch

__all__ = ["pipe", "served", "watch"]  # the fixtures
pytestmark = pytest.mark.one_python


def test_one_row_for_each_session_in_colours_that_mean_something(runtime, served, watch):
    kept = runtime.export("test")
    served.serve(
        address("test", 43200, key=kept["AccessKeyId"]),
        address("due", 14 * 60),
        address("soon", 4 * 60, asking=True),
        address("gone", -3600),
        address(HOSTILE, trouble="AWS refused: \x1b[31mno\nsecond line"),
        address("日本語" * 20, 9000),
    )
    window = watch(columns=120, **in_shell("test", 43190, kept["AccessKeyId"]))
    window.until(lambda: "\n日本" in window.text)
    assert next(line.split()[0] for line in window.lines if re.search("[━─]{4}", line)) == "test"
    assert window.row("test").endswith("in this shell, kept, port 4711")
    assert window.text.count("test") == 1
    assert "━━━━" in window.colours("test")["green"]
    assert "12h" in window.colours("test")["green"]
    assert re.search(r"━+╸?1[34]m\d\ds *due", window.colours("due")["brown"])
    assert re.search(r"━+╸?[34]m\d\ds *ends soon", window.colours("soon")["red"])
    assert re.search(r"expired *1h ago", window.colours("gone")["red"])
    assert "  asking: approve it where you are asked" in window.lines
    assert "  trouble: AWS refused: \N{REPLACEMENT CHARACTER}[31mno" in window.lines
    assert "second line" not in window.text
    evil = window.row(
        "evil\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}]0;owned\N{REPLACEMENT CHARACTER}"
    )
    assert re.search(r" none +port 4711$", evil)
    assert b"\x1b]0;" not in window.raw
    assert all(len(line) < 120 for line in window.lines)


def test_each_second_a_little_is_written_and_the_bar_shrinks(served, watch):
    served.serve(address("short", 60 * 60), address("shorter", 12))
    window = watch()
    window.until(lambda: "q leaves" in window.text and window.row("shorter"))
    seen, ticks = [window.row("shorter").count("━")], []
    while len(ticks) < 3:
        before, number = window.lines[0], len(window.written)
        window.until(lambda: window.lines[0] != before)  # noqa: B023 - called at once
        while window.pump(0.2):
            pass
        ticks.append(window.written[number:])
        seen.append(window.row("shorter").count("━"))
    assert all(one > other for one, other in pairwise(seen)), seen
    for tick in ticks:
        written = b"".join(piece for _, piece in tick)
        assert 0 < len(written) < 200, written
        assert not re.search(rb"\x1b\[\d*[JK]|\x1bc", written), "the screen was cleared"
        assert tick[0][0] % 1 < 0.5, "not with the clock's second"


def test_it_takes_the_size_that_the_window_has(served, watch):
    served.serve(*(address(f"account-{number}", 3600 * number) for number in range(1, 7)))
    window = watch()
    window.until(lambda: window.row("account-6"))
    window.resize(3, 20)
    window.until(lambda: window.lines[2] == "and 4 more")
    assert window.lines[0].split()[0].startswith("accou")
    assert all(len(line) < 20 for line in window.lines)
    at_once = []
    for width in (200, 180, 200, 180, 200):  # a second may pass just then, but not each time
        before, start = window.lines[0], time.monotonic()
        window.resize(50, width)
        window.until(lambda: re.search(r"\d\d:\d\d:\d\d$", window.lines[0].ljust(width)[: width - 1]))  # noqa: B023
        at_once.append(time.monotonic() - start < 0.7)
        assert window.lines[0] != before
    assert any(at_once[1:])
    assert "****NT-6" in window.row("account-6")
    assert "until" in window.row("account-6")
    window.resize(1, 20)
    window.until(lambda: window.lines[0].endswith(" and 5 more"))
    window.type("q")
    assert window.ended() == 0


def test_who_leaves_finds_the_terminal_as_it_was(served, watch, runtime):
    served.serve(address("test", 3600))
    env = {"PS1": "ready> ", "HISTFILE": ""}
    shell = watch(conftest.shell("bash"), "--noprofile", "--norc", "-i", **env)
    shell.until(lambda: "ready>" in shell.text)
    modes = runtime.home / "modes"
    pid = runtime.home / "pid"

    def do(line: str, name: str) -> None:
        shell.type(f"{line}; echo $? >{name}; stty -g >>{name}; echo {name} do''ne\r")

    def left(name: str, before: str) -> str:
        """Checks the terminal, and returns the exit code."""
        shell.until(lambda: f"{name} done" in shell.text and shell.lines[shell.screen.cursor.y] == "ready>")
        assert shell.text.startswith(before)
        assert "q leaves" not in shell.text
        assert not shell.screen.cursor.hidden
        code, now = (runtime.home / name).read_text().split("\n")[:2]
        assert now == modes.read_text().strip()
        return code

    shell.type("stty -g >modes; echo written before\r")
    shell.until(lambda: shell.text.count("written before") == 2)
    command = "sh -c 'echo $$ >pid; exec mfa-session status --watch'"
    ways = {"q": "0", "\x1b": "0", "\x04": "0", "\x03": "130", "SIGTERM": "143"}
    for number, (way, code) in enumerate(ways.items()):
        before = shell.text
        do(command, f"way{number}")
        shell.until(lambda: "q leaves" in shell.text)
        assert shell.screen.cursor.hidden
        assert "written before" not in shell.text
        if way == "SIGTERM":
            os.kill(int(pid.read_text()), signal.SIGTERM)
        else:
            shell.type(way)
        assert left(f"way{number}", before) == code
        shell.type("clear\r")
        shell.until(lambda: shell.text == "ready>")


def test_stopped_by_ctrl_z_it_comes_back(served, watch, runtime):
    served.serve(address("test", 3600))
    shell = watch(conftest.shell("bash"), "--noprofile", "--norc", "-i", PS1="ready> ", HISTFILE="")
    shell.until(lambda: "ready>" in shell.text)

    def modes(name: str) -> str:
        path = runtime.home / name
        shell.until(lambda: path.exists() and path.read_text().endswith("\n"))
        return path.read_text()

    shell.type("stty -g >before; mfa-session status --watch\r")
    shell.until(lambda: "q leaves" in shell.text)
    seconds = []
    for _ in range(4):
        shell.type("\x1a")
        shell.until(lambda: "Stopped" in shell.text)
        assert "q leaves" not in shell.text
        assert not shell.screen.cursor.hidden
        shell.type("stty -g >meanwhile\r")
        assert modes("meanwhile") == modes("before")
        (runtime.home / "meanwhile").unlink()
        shell.resize(20, 100)  # who is in the background is not told
        start = time.monotonic()
        shell.type("fg\r")
        shell.until(lambda: "q leaves" in shell.text and shell.row("test"))
        seconds.append(time.monotonic() - start)
        assert shell.screen.cursor.hidden
        assert "Stopped" not in shell.text
    assert len(shell.lines[0]) == 99
    assert min(seconds[1:]) < 0.4, "it waited for the next second"
    shell.type("q")
    shell.until(lambda: "q leaves" not in shell.text)
    shell.type("stty -g >after\r")
    assert modes("after") == modes("before")


def test_sessions_come_are_renewed_and_go(runtime, served, watch, pipe):
    window = watch()
    window.until(lambda: "no session: one shows up here" in window.text)
    assert [line[10:] for line in pipe.next()] == ["no session"]
    served.serve(address("other", 3600))
    window.until(lambda: window.row("other"), 3)
    assert [line.split()[1] for line in pipe.next()] == ["other"]
    runtime.run("warm", "test")
    window.until(lambda: window.row("test"), 5)
    assert window.row("test").split()[2:4] == ["12h", "kept"]
    assert "2 sessions" in window.lines[0]
    assert [line.split()[1] for line in pipe.next()] == ["other", "test"]
    served.serve(address("other", 7200, key="ASIARENEWED"))
    window.until(lambda: window.row("other").split()[2] == "2h", 3)
    assert "****EWED  2h left" in pipe.next()[0]
    assert runtime.run("clear", "test").stdout == "1 session forgotten\n"
    window.until(lambda: not window.row("test"), 5)
    assert [line.split()[1] for line in pipe.next()] == ["other"]
    served.stop()
    window.until(lambda: "no session" in window.text, 3)
    window.type("q")
    assert window.ended() == 0


def test_the_meaning_is_not_in_the_colours_alone(served, watch):
    served.serve(address("due", 14 * 60), address("soon", 4 * 60), address("long", 9000))
    # xterm has its own way to repeat a letter, which pyte does not know.
    windows = [watch(NO_COLOR="1"), watch(TERM="vt100"), watch(LC_ALL="C", TERM="screen")]
    for window, filled in zip(windows, ("━", "━", "="), strict=True):
        window.until(lambda: window.row("soon") and "port 4711" in window.row("long"))  # noqa: B023
        assert re.search(rf"{filled} +1[34]m\d\ds +due +port 4711", window.row("due"))
        assert re.search(r" ends soon +port 4711", window.row("soon"))
    for window in windows[:2]:
        assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m", window.raw)
        assert {"default"} == set(window.colours("soon"))
    assert windows[2].raw.isascii()


def test_a_terminal_that_goes_away_ends_it(served, watch):
    """Also where nobody is told: a loop about a terminal that is closed would take all of a processor."""
    served.serve(address("test", 3600))
    for ignored, code in (((), 128 + signal.SIGHUP), ((signal.SIGHUP,), None)):
        window = watch(ignore=ignored)
        window.until(lambda: window.row("test"))  # noqa: B023
        os.close(window.child.child_fd)
        limit = time.monotonic() + 5
        found = (0, 0)
        while found[0] == 0 and time.monotonic() < limit:
            found = os.waitpid(window.child.pid, os.WNOHANG)
            time.sleep(0.02)
        assert found[0] == window.child.pid
        assert code in (None, os.waitstatus_to_exitcode(found[1]))
        window.child.closed = window.child.terminated = True
