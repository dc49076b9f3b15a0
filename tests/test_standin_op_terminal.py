"""The stand-in for `op` with a person before it, its quirks, and its log."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time

import pexpect
import pytest
from standins import op_install

pytestmark = pytest.mark.one_python

OTP = ("item", "get", "AWS test", "--otp")
GET = "op item get 'AWS test' --otp"
REMARK = "press Enter in place of the fingerprint"


@pytest.fixture
def op(tmp_path):
    return op_install.install(tmp_path, op_install.default_state())


def in_terminal(op, script, **environ):
    """A window: a shell that leads a new terminal session and runs the script."""
    path = f"{op.program.parent}:{os.environ['PATH']}"
    env = {"PATH": path, "HOME": "/nonexistent", **environ}
    return pexpect.spawn("/bin/sh", ["-c", script + "\necho end"], env=env, encoding="utf-8", timeout=10)


def the_end(window):
    window.expect("end\r\n")
    window.expect(pexpect.EOF)
    window.close()


def wait_for(condition):
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_one_approval_serves_a_terminal_session_and_none_lasts_without_a_terminal(op):
    op.update(auth={"mode": "prompt"})
    the_end(in_terminal(op, f'{GET}; op whoami; ({GET}); sh -c "{GET}; true"'))
    assert (len(op.prompts), [call["exit"] for call in op.calls]) == (1, [0, 0, 0, 0])
    the_end(in_terminal(op, GET))  # another window
    assert len(op.prompts) == 2
    assert (op.run(*OTP).returncode, op.run(*OTP).returncode, len(op.prompts)) == (0, 0, 4)
    assert "account is not signed in" in op.run("whoami").stderr
    op.update(auth={"mode": "prompt", "remember": False})
    the_end(in_terminal(op, f"{GET}; {GET}"))
    assert len(op.prompts) == 6


def test_forgetting_asks_again(op):
    op.update(auth={"mode": "prompt"})
    window = in_terminal(op, f"{GET}; read line; {GET}")
    wait_for(lambda: op.calls and op.calls[0]["exit"] == 0)
    op.forget()
    window.sendline()
    the_end(window)
    assert len(op.prompts) == 2


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("dismiss", "authorization prompt dismissed, please try again"), ("timeout", "authorization timeout")],
)
def test_a_prompt_that_is_not_approved(op, outcome, words):
    op.update(auth={"mode": "prompt", "outcome": outcome, "delay": 0.2})
    answer = op.run(*OTP)
    assert answer.stderr.endswith(f" error initializing client: {words}\n")
    assert op.calls[0]["ended"] - op.calls[0]["started"] > 0.2


def test_touch_is_enter_on_the_terminal_even_when_stdout_is_captured(op):
    op.update(auth={"mode": "touch"})
    window = in_terminal(op, f"code=$({GET} </dev/null); echo got $code; {GET}")
    window.expect_exact(REMARK)
    window.sendline()
    window.expect(r"^\r\ngot \d{6}\r\n\d{6}\r\n")
    the_end(window)
    assert len(op.prompts) == 1
    assert op.run(*OTP).returncode == 0


def test_touch_gives_the_terminal_back_when_it_is_killed(op):
    op.update(auth={"mode": "touch"})
    window = in_terminal(op, f"{GET}; stty -a")
    window.expect_exact(REMARK)
    os.kill(op.calls[0]["pid"], signal.SIGTERM)
    window.expect(r"[ ;]echo\b")
    the_end(window)
    assert op.calls[0]["exit"] == 143


def test_without_accounts_it_asks_on_the_terminal_and_blocks(op):
    op.update(auth={"mode": "no_accounts"})
    window = in_terminal(op, f"{GET} </dev/null >/dev/null 2>&1")
    window.expect_exact("Do you want to add an account manually now? [Y/n] ")
    wait_for(lambda: not window.getecho())
    time.sleep(0.3)
    assert op.calls[0]["exit"] is None
    window.send("n")
    the_end(window)
    assert op.calls[0]["exit"] == 1


def test_sign_in_by_password_and_its_token(op):
    op.update(auth={"mode": "not_signed_in", "password": "open sesame"})
    script = "token=$(op signin --raw); echo =${#token}=; OP_SESSION=$token " + GET
    window = in_terminal(op, f"{script}; OP_SESSION_{'A' * 26}=$token op whoami; op signin --raw")
    window.expect_exact("Enter the password for user@example.com at my.1password.com: ")
    window.sendline("open sesame")
    window.expect(r"^\r\n=43=\r\n\d{6}\r\nURL: ")
    window.expect_exact("1password.com: ")
    window.sendline("wrong")
    window.expect_exact("(401) Unauthorized: You aren't authorized to perform this action.")
    the_end(window)
    assert "not currently signed in" in op.run(*OTP, OP_SESSION="x" * 43).stderr
    assert '"shorthand": "my"' in op.run("account", "list", "--format=json").stdout


@pytest.mark.parametrize(
    ("quirk", "code", "stdout", "words"),
    [
        ("exit0_error", 0, r"", "[ERROR] "),
        ("exit4_404", 4, r"", "(404) Not Found: The requested resource was not found."),
        ("exit2_panic", 2, r"", "panic: runtime error: invalid memory address"),
        ("debug_lines", 0, r"\d{6}\n", " | DEBUG "),
        ("crlf", 0, r"\d{6}\r\n", ""),
        ("no_newline", 0, r"\d{6}", ""),
        ("otp_missing", 0, r"", ""),
        ("otp_letters", 0, r"otpauth://totp/stand-in\?secret=\w+\n", ""),
        ("huge_stderr", 0, r"\d{6}\n", ""),
    ],
)
def test_quirks(op, quirk, code, stdout, words):
    op.update(quirks=[quirk])
    answer = subprocess.run([op.program, *OTP], stdin=subprocess.DEVNULL, capture_output=True)
    assert answer.returncode == code
    assert re.fullmatch(stdout, answer.stdout.decode())
    assert words in answer.stderr.decode()
    assert (len(answer.stderr) > 300_000) is (quirk == "huge_stderr")


def test_a_daemon_that_keeps_the_pipes(op):
    op.update(quirks=["daemon_holds_stdout"])
    with subprocess.Popen([op.program, *OTP], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.wait(10) == 0
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=0.3)
        os.kill(next(event["daemon"] for event in op.events if event["event"] == "daemon"), signal.SIGTERM)


def test_an_item_without_usable_code_has_no_totp(op):
    op.update(quirks=["otp_missing"])
    assert '"totp"' not in op.run(*OTP[:3], "--format", "json").stdout


def test_interrupt_ends_it_with_130_and_nothing_said(op):
    op.update(latency=30)
    process = subprocess.Popen([op.program, *OTP], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: op.calls)
    process.send_signal(signal.SIGINT)
    assert (process.communicate()[1], process.returncode, op.calls[0]["exit"]) == (b"", 130, 130)


def test_the_log_tells_how_it_was_called_and_keeps_no_token(op):
    secret = {
        "OP_SESSION_x": "s3cret",
        "OP_SERVICE_ACCOUNT_TOKEN": "s3cret",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
    }
    op.run("account", "list", given="", OP_FORMAT="json", **secret)
    (call,) = op.calls
    assert call["argv"] == ["account", "list"]
    assert call["op_env"] == {"OP_FORMAT": "json", "OP_SERVICE_ACCOUNT_TOKEN": "set", "OP_SESSION_x": "set"}
    assert call["aws_env"] == ["AWS_SECRET_ACCESS_KEY"]
    assert {"HOME", "PATH", *secret} <= set(call["env"])
    assert (call["stdin"], call["tty"], call["isatty"], call["exit"]) == ("fifo", False, [False] * 3, 0)
    assert "s3cret" not in op.log_file.read_text()
    the_end(in_terminal(op, "op whoami; op whoami <&-"))
    assert [(one["stdin"], one["tty"]) for one in op.calls[1:]] == [("chr", True), ("closed", True)]
    op.clear()
    assert op.calls == []


def test_parallel_calls_log_whole_lines(op):
    op.update(latency=0.2, account_list_latency=0.2)
    calls = [
        subprocess.Popen([op.program, *OTP], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(8)
    ]
    assert [call.wait(20) for call in calls] == [0] * 8
    assert [event["event"] for event in op.events].count("end") == len(op.calls) == 8
    assert all(call["ended"] - call["started"] > 0.2 for call in op.calls)


def test_help_says_what_it_is(op):
    assert "It is NOT the real `op`" in op.run("--help").stdout
    assert op.run("--version").stdout == "2.32.1\n"
