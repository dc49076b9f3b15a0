"""The checklist as a person sees it, and how long they wait for it where AWS hangs."""

from __future__ import annotations

import io
import re
import socket
import subprocess
import sys
import time

import pexpect
import pytest
from doctor_runs import LEVELS, doctor, harmless, wake

pytestmark = pytest.mark.one_python

LINE = re.compile(rf"  ({'|'.join(LEVELS)}) +([\w' ]+?)  +(\S.*)")


def sick(world) -> None:
    world.user.policy = "not-s3"
    wake(world)


def assert_ok_is_one_line(*blocks: str) -> None:
    for block in blocks:
        level = ""
        for line in block.splitlines()[1:]:
            if found := LINE.fullmatch(line):
                level = found[1]
            else:
                assert line.startswith(" " * 13), line
                assert level != "ok", line


def test_a_checklist_of_short_lines(world):
    sick(world)
    started = time.time()
    result = world.run("doctor", "test", AWS_SECURITY_TOKEN="old")
    harmless(world, result.stdout + result.stderr, started, time.time())
    assert (result.returncode, result.stderr) == (1, "")
    machine, account, summary, nothing = re.split(r"\n\n|\n$", result.stdout)
    assert nothing == ""
    assert summary == "1 red and 1 yellow: something is wrong"
    assert machine.splitlines()[0] == "this machine"
    assert account.splitlines()[0] == "test (111122223333), ~/envs/.env.test"
    assert_ok_is_one_line(machine, account)
    lines = account.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  red      neutered"))
    assert "without MFA it may do s3:ListAllMyBuckets" in lines[at + 1]
    assert " " * 13 + "AWS: iam:ListUsers: … with an explicit deny in an identity-based policy" in lines
    assert " " * 13 + "AWS: s3:ListAllMyBuckets: AWS answered it" in lines
    assert lines[at + 6].startswith(" " * 13 + "hint: ")
    assert max(map(len, result.stdout.splitlines())) < 200


def test_a_healthy_world_ends_in_a_sentence(world):
    result = world.run("doctor", "test")
    assert result.returncode == 0
    machine, account, summary = result.stdout.split("\n\n")
    assert summary == "all is well, as far as it was looked at\n"
    assert re.search("^  ok +neutered ", account, re.MULTILINE)
    assert_ok_is_one_line(machine, account)


def test_colours_and_width_are_for_terminals(world):
    for environ, colours in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        child = pexpect.spawn(
            str(world.bin / "mfa-session"),
            ["doctor", "prod"],
            env=world.env | environ,
            cwd=str(world.home),
            dimensions=(24, 60),
            encoding="utf-8",
            timeout=60,
        )
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        shown = child.before
        assert ("\033[32mok     \033[0m  1password" in shown) == colours
        assert ("\033" in shown) == colours
        below = [line for line in shown.splitlines() if line.startswith(" " * 13) and "hint: " not in line]
        assert below
        assert max(map(len, below)) <= 60


def test_without_any_account_the_last_words_are_how_to_begin(world):
    for file in (world.home / "envs").iterdir():
        file.unlink()
    begin = "there is no account yet; to begin one, type: mfa-session init NAME"
    assert world.run("doctor").stdout.splitlines()[-1] == begin
    seen = world.run("doctor", AWS_SECURITY_TOKEN="old")
    assert seen.stdout.splitlines()[-1] == f"1 yellow: worth a look; {begin}"
    config = world.home / ".aws/config"
    config.write_text(f"{config.read_text()}mfa_serial = {world.user.mfa_serial}\n")
    seen = world.run("doctor").stdout.splitlines()[-1]
    assert seen.startswith("no account has a file yet; ")
    assert seen.endswith(", type: mfa-session doctor test-bootstrap")
    seen = world.run("doctor", "test-bootstrap")
    assert seen.returncode == 0
    assert "all is well" in seen.stdout


def test_an_account_that_is_not_known_has_no_file_in_its_title(world):
    assert (world.home / ".aws/config").exists()
    result = world.run("doctor", "nope")
    assert "\n\nnope\n  red      account " in result.stdout
    assert result.returncode == 1
    world.account("broken", AWS_ACCOUNT_ID="12")
    assert "\n\nbroken, ~/envs/.env.broken\n" in world.run("doctor", "broken").stdout


def test_hints_end_with_what_is_to_be_typed(world):
    world.user.policy = "powerless"
    seen = doctor(world, "test", AWS_ACCESS_KEY_ID="AKIAEXAMPLEOTHER0000", AWS_SECRET_ACCESS_KEY="x")
    hints = [hint for one in seen.findings for hint in one["hints"]]
    commands = [hint for hint in hints if re.search(r"mfa-session [a-z]|unset AWS", hint)]
    assert len(commands) == 3
    for hint in commands:
        assert re.search(r"(^|, |; |and )type: (mfa-session|unset) [^,;]+$", hint), hint


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has no sockets that keep writes apart")
@pytest.mark.parametrize("words", [["--json"], []])
def test_a_reader_who_leaves_early_has_been_given_all(world, words):
    """So that the exit code does not depend on who is faster, `head -1` or this."""
    for name in "abcdef":
        world.account(name, AWS_ACCESS_KEY_ID="op://a/b/c", AWS_SECRET_ACCESS_KEY="op://a/b/d")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    argv = [str(world.bin / "mfa-session"), "doctor", *"abcdef", *words]
    with subprocess.Popen(
        argv, cwd=world.home, env=world.env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE
    ) as process:
        theirs.close()
        first = ours.recv(1 << 20)
        ours.close()
        assert process.communicate(timeout=60)[1] == b""
    assert first.endswith(b"]\n" if words else b"looked at\n")
    assert not words or len(first) > io.DEFAULT_BUFFER_SIZE
    assert process.returncode == 0


def test_the_story_of_an_error_shows_no_secret_either(world):
    world.write(
        ".aws/credentials",
        "[test-bootstrap]\naws_access_key_id = AKIAEXAMPLETEST00000\naws_secret_access_key = wrong/secret\n",
    )
    started = time.time()
    result = world.run("doctor", "test", "--debug", "--deep", MFA_SESSION_DEBUG="1")
    harmless(world, result.stdout + result.stderr, started, time.time())
    assert "wrong/secret" not in result.stdout + result.stderr
    assert result.returncode == 1


def test_no_line_of_somebody_elses_reaches_the_terminal_as_it_is(world):
    seen = world.run("doctor", "prod", AWS_VAULT="x\033[2Jy\nz")
    assert "\033" not in seen.stdout
    assert "aws-vault's, for x\N{REPLACEMENT CHARACTER}[2Jy\N{REPLACEMENT CHARACTER}z" in seen.stdout


@pytest.mark.parametrize("way", ["hang", "refuse", "html", "500"])
def test_an_aws_that_does_not_answer(world, way):
    if way == "refuse":
        world.aws.stop()
    else:
        world.aws.fault("*", way, 99)
    seen = doctor(world, "test", "--deep", patient=False)
    assert seen.seconds < 15  # it is 5 where nothing else runs; and the one that hangs does so for a minute
    assert seen.status == 1
    assert seen.level("base key") == ["red"]
    assert seen.level("neutered") == ["skipped"]
    assert seen.level("file") == ["ok"]
    assert seen.level("copies") == ["ok"]
    assert seen.level("1password") == ["ok"]
    if way == "refuse":
        world.aws.start()


def test_services_that_hang_are_not_taken_for_a_verdict(world):
    for action in ("ListTables", "DescribeRegions", "ListAllMyBuckets"):
        world.aws.fault(action, "hang", 9)
    seen = doctor(world, "test", patient=False)
    assert seen.status == 0
    assert seen.says("yellow", "neutered", "is not known") or seen.level("neutered") == ["skipped"]


@pytest.mark.parametrize("shared", ["runtime"], indirect=True)
def test_a_session_that_is_kept_and_an_iam_that_hangs(shared):
    shared.export("test")
    shared.op.clear()
    shared.aws.fault("ListAccessKeys", "hang", 9)
    seen = doctor(shared, "test", patient=False)
    assert seen.says("skipped", "user", "IAM gives no answer")
    assert seen.status == 0
    assert seen.seconds < 20
