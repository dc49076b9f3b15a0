"""`exec --server` with options: what narrows the session, where the account is, whether anybody is asked, and no command."""

from __future__ import annotations

import json
import re
import signal
import sys
import time

import crowds
import pexpect
import pytest
import role_runs
from conftest import shell
from role_runs import ADMIN, DEPLOY, role
from serve_life_runs import CLIENT, GONE, folders, inside, soon, told
from standins import totp

pytestmark = pytest.mark.one_python

POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
ASK = f"print(json.dumps([get(), get('?role={ADMIN}'), get(token='x')]))"


def served(world, *words: str, **environ: str):
    """The session that the command got of its server, as AWS has it."""
    result = inside(world, ASK, *words, **environ)
    (status, body), *others = told(result)
    assert status == 200
    assert [code for code, _ in others] == [403, 403]
    assert others[0][1]["message"] == "what is served here of test is one session, and no other role"
    return world.aws._world.sessions[body["AccessKeyId"]]


def test_it_is_one_session_and_no_other_role(runtime):
    role(runtime)
    role(runtime, ADMIN)
    session = served(runtime, "test", "--role-arn", DEPLOY)
    assert (session.role.arn, session.policy) == (DEPLOY, None)
    session = served(runtime, "test", "--role-arn", DEPLOY, "--read-only")
    assert (session.role.arn, session.policy is None) == (DEPLOY, False)
    # The policy is a pipe of the shell's, which can be read once; what the server renews is as narrow.
    line = f"exec mfa-session exec --server test --role-arn {DEPLOY} --policy <(echo '{POLICY}') -- \"$@\""
    runtime.aws.lives(3, roles=True)
    command = [sys.executable, "-I", "-c", CLIENT + RENEWED]
    result = runtime.call([shell("bash"), "-c", line, "bash", *command])
    assert result.returncode == 0, result.stderr
    sessions = [runtime.aws._world.sessions[key] for key in result.stdout.split()]
    assert [one.role.arn for one in sessions] == [DEPLOY] * 2
    policies = [one["Policy"] for one in role_runs.assumed(runtime) if "Policy" in one]
    assert [json.loads(policy) for policy in policies] == [json.loads(POLICY)] * len(policies)
    assert len(policies) >= 2


def test_what_is_to_be_typed_leads_to_the_same_session(runtime):
    """A person who types less would have a session that the command's server does not look for."""
    role(runtime)
    runtime.aws.lives(3, roles=True)
    runtime.aws.after("AssumeRole", lambda: runtime.aws.fault("AssumeRole", "hang", 9))
    message = told(inside(runtime, UNTIL_OVER, "test", "--role-arn", DEPLOY, "--read-only"))
    _, _, way = message.partition("type: ")
    assert way.endswith(f"mfa-session warm test --role-arn={DEPLOY} --read-only")


UNTIL_OVER = """\
import time
status = 200
while status == 200:
    status, body = get()
    time.sleep(0.05)
print(json.dumps(body["message"]))
"""
RENEWED = """\
import time
seen = []
while len(seen) < 2:
    status, body = get()
    if status == 200 and body["AccessKeyId"] not in seen:
        seen.append(body["AccessKeyId"])
    time.sleep(0.05)
print(*seen)
"""


def test_where_the_account_is_and_how_long_its_sessions_last(runtime):
    """And what a person is told to type leads to that account, too."""
    file = runtime.write("else where/.env.test", (runtime.home / "envs/.env.test").read_text())
    (runtime.home / "envs/.env.test").unlink()
    runtime.aws.lives(6, roles=False)
    runtime.op.update(auth={"mode": "ok"})
    dismiss = runtime.op.state | {"auth": {"mode": "prompt", "delay": 0, "outcome": "dismiss"}}
    next_time = runtime.write("dismiss.json", json.dumps(dismiss))
    words = ["--env-file", str(file), "--duration", "1h"]
    first, account, message = told(
        inside(runtime, UNTIL_NONE, *words, NEXT=str(next_time), STATE=str(runtime.op.state_file))
    )
    assert (first, account) == (200, "test")
    durations = [one.params.get("DurationSeconds") for one in runtime.aws.requests]
    assert durations == [None, "3600"]
    said, _, way = message.partition("; type: ")
    assert said == "the 1Password prompt was dismissed, or nobody answered it"
    runtime.op.update(auth={"mode": "ok"})
    runtime.forget_codes()
    line = f"{way.partition(' (you ')[0]} && echo $AWSUME_PROFILE $AWS_ACCESS_KEY_ID"
    sourced = runtime.call([shell("bash"), "-c", line])
    assert sourced.stdout.startswith("test ASIA"), sourced.stderr


UNTIL_NONE = """\
import pathlib, time
first = get()[0]
pathlib.Path(os.environ["NEXT"]).replace(os.environ["STATE"])
message = ""
while not message.startswith("the 1Password prompt"):
    message = get()[1].get("message", "")
    time.sleep(0.05)
print(json.dumps([first, os.environ["MFA_SESSION_PROFILE"], message]))
"""


def test_the_first_code_may_be_typed(runtime):
    """Where the person is, and unless they don't want that."""
    crowds.prompt(runtime, "hang", 0)
    for words in (["serve", "test"], ["exec", "--server", "test", "--", "true"]):
        child = at_a_terminal(runtime, *words)
        child.expect_exact("or type its code here")
        child.sendline(totp.code(runtime.user.seed, time.time()))
        if words[0] == "serve":
            child.expect_exact("to end it, press Ctrl-C")
            child.sendintr()
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        assert soon(lambda: folders(runtime) == [], GONE)
        assert runtime.run("clear", "--all").returncode == 0
        runtime.forget_codes()
    child = at_a_terminal(runtime, "exec", "--server", "test", "--no-prompt", "--", "true")
    child.expect_exact("approve the 1Password prompt for test (111122223333)\r\n")
    child.sendintr()
    child.expect(pexpect.EOF)


def at_a_terminal(world, *words: str, **environ: str) -> pexpect.spawn:
    return pexpect.spawn(
        str(world.bin / "mfa-session"),
        list(words),
        cwd=str(world.home),
        env=world.env | environ,
        encoding="utf-8",
        timeout=30,
        dimensions=(24, 300),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_dismissed_at_the_start(runtime):
    crowds.prompt(runtime, "dismiss", 0)
    server = inside(runtime, "raise SystemExit('ran')")
    plain = runtime.run("exec", "test", "--", "false")
    assert (server.returncode, server.stdout) == (plain.returncode, "") == (1, "")
    assert server.stderr == plain.stderr
    assert "the 1Password prompt was dismissed" in server.stderr
    assert folders(runtime) == []


def test_without_a_command_it_is_a_shell(runtime):
    child = at_a_terminal(runtime, "exec", "test", "--server", SHELL=shell("bash"))
    child.expect("mfa-session: test is live until .*, and renewed by a server; to leave it, type: exit\r\n")
    child.sendline(
        'echo "$MFA_SESSION_PROFILE"-"${AWS_ACCESS_KEY_ID-none}"; mfa-session serve --status; exit 3'
    )
    child.expect_exact("test-none\r\n")
    child.expect(r"port ([0-9]+)  pid [0-9]+  for bash")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3
    assert not re.search("Traceback|stopped", child.before)
    assert soon(lambda: folders(runtime) == [], GONE)
