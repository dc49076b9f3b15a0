"""Real clients through the profile that `configure` has written: however many there are, one touch serves them all.

There are no keys in the environment, and the profile has none: what AWS sees is what came through credential_process.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time

import onepassword_runs
import pytest
from aws_clients import NODE, node_modules, seen, terraform
from conftest import either_store, kernel_only
from profile_runs import BOTO3, PROVIDERS, WHO_AM_I, assert_one_touch, configured, line, works

pytestmark = pytest.mark.one_python

# Sessions, unlike the clients of one session, share no credentials.
IN_THREADS = """
import concurrent.futures, boto3
def ask(number):
    return boto3.session.Session().client("sts").get_caller_identity()["Arn"]
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert len(list(pool.map(ask, range(8)))) == 8
"""


@pytest.mark.parametrize(
    "argv", [BOTO3, WHO_AM_I, [sys.executable, "-c", IN_THREADS]], ids=["boto3", "aws-cli", "eight-sessions"]
)
def test_python(shared, argv):
    configured(shared)
    for _ in range(2):
        works(shared, argv)
        assert_one_touch(shared)


@kernel_only
@pytest.mark.timeout(400)
def test_nodes_sdk(shared):
    """It never closes the pipe that it gives to the program as stdin."""
    modules = str(node_modules())
    configured(shared)
    for _ in range(2):
        assert works(shared, [shutil.which("node"), str(NODE / "buckets.cjs")], NODE_PATH=modules)
        assert_one_touch(shared)


@kernel_only
@pytest.mark.timeout(400)
def test_terraform_with_three_providers(shared):
    """Each is a process of its own, and all start at the same time."""
    program = terraform(shared, PROVIDERS)
    configured(shared)
    for _ in range(2):
        shown = works(shared, [program, "plan"])
        assert shown.count(shared.user.arn) == 3
        assert_one_touch(shared)


@either_store
def test_ten_clients_at_once(shared):
    shared.op.update(latency=1)  # by then the others are there
    configured(shared)
    clients = [
        subprocess.Popen(
            argv,
            cwd=shared.home,
            env=shared.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for argv in [*[BOTO3] * 8, *[WHO_AM_I] * 2]
    ]
    for client in clients:
        _, stderr = client.communicate(timeout=60)
        assert client.returncode == 0, stderr
    assert_one_touch(shared)
    assert len(seen(shared)) == 10


@pytest.mark.parametrize("argv", [BOTO3, WHO_AM_I], ids=["boto3", "aws-cli"])
def test_where_there_was_no_keyctl(shared, argv):
    configured(shared, PATH=str(shared.bin))
    assert line(shared)[1:3] == ["-I", "-S"]
    for _ in range(2):
        works(shared, argv)
        assert_one_touch(shared)


def test_the_base_key_may_come_from_1password_and_no_credentials_file_be_there(shared):
    (shared.home / ".aws/credentials").unlink()
    configured(shared, "prod")
    for argv in (BOTO3, WHO_AM_I):
        works(shared, argv)
        assert_one_touch(shared)


def test_the_environment_of_the_client_says_nothing_of_the_account(shared):
    """It comes along with the request: the profile itself, another one, and keys that are long dead."""
    configured(shared)
    stale = {
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLESTALE0000",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "y",
    }
    for environ in (
        {},
        {"AWS_PROFILE": "nosuch"},
        stale,
        {"AWS_DEFAULT_PROFILE": "nosuch", "AWS_VAULT": "x"},
    ):
        answer = works(shared, [str(shared.bin / "mfa-session"), "credential-process", "test"], **environ)
        assert json.loads(answer)["AccessKeyId"] in shared.aws._world.sessions
        assert works(shared, line(shared), **environ) == answer
        shared.run("clear", "test")
        shared.forget_codes()
    assert len(onepassword_runs.asked(shared)) == 4


def test_a_stdin_that_is_never_closed(shared):
    configured(shared)
    reading, writing = os.pipe()
    try:
        for _ in range(2):
            done = subprocess.run(
                ["/bin/sh", "-c", shlex.join(line(shared))],
                cwd="/",
                env=shared.env,
                stdin=reading,
                capture_output=True,
                timeout=30,
                start_new_session=True,
            )
            assert json.loads(done.stdout)["Version"] == 1, done.stderr
    finally:
        os.close(reading)
        os.close(writing)
    assert len(onepassword_runs.asked(shared)) == 1


CIRCLE = f"""\
#!/bin/sh
echo >>"$HOME/started"
export AWS_PROFILE=work AWS_ENDPOINT_URL={{url}}
{shlex.join(WHO_AM_I)} >/dev/null 2>>"$HOME/said" || exit 1
exec real-op "$@"
"""


def test_an_op_that_needs_the_session_itself_ends_the_circle(shared):
    configured(shared)
    onepassword_runs.program(shared, CIRCLE.format(url=shared.aws.url))
    started = time.monotonic()
    result = shared.call(WHO_AM_I)
    assert result.returncode != 0
    assert time.monotonic() - started < 15
    assert (shared.home / "started").read_text() == "\n", "once"
    assert (
        "credential-process was started by what it has started itself" in (shared.home / "said").read_text()
    )
    assert onepassword_runs.asked(shared) == []
    assert shared.aws.count("GetSessionToken") == 0
