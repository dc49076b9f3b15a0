"""Real clients that ask a credential server: each calls AWS as the session, and never as the neutered key.

What AWS sees is the proof: around them lie keys that they would take before they ask a server, and those may do nothing.
"""

from __future__ import annotations

import concurrent.futures
import re
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import onepassword_runs
import pytest
from aws_clients import NODE, node_modules, seen, terraform
from conftest import SCRIPTS
from crowds import prompt, wait_for
from moved_clock import environ
from role_runs import ADMIN, DEPLOY, assumed, role
from serve_runs import serve
from test_clients import TERRAFORM

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = [pytest.mark.one_python, pytest.mark.timeout(400)]

CLI = str(SCRIPTS / "aws")
ASK = (
    'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"]); boto3.client("s3").list_buckets()'
)
BOTO3 = [sys.executable, "-c", ASK]
WHO_AM_I = [CLI, "sts", "get-caller-identity"]
BUCKETS = str(NODE / "buckets.cjs")
PLACES = ["shell", "credentials", "config", "process"]
# It has one session object for all of its life, and ends when it has signed with three keys; or with what goes wrong.
LASTING = """
import boto3, time
session, keys, end = boto3.session.Session(), set(), time.monotonic() + 60
client = session.client("sts")
while len(keys) < 3 and time.monotonic() < end:
    client.get_caller_identity()
    keys.add(session.get_credentials().get_frozen_credentials().access_key)
    time.sleep(0.1)
client.get_caller_identity()
"""
LASTING_NODE = """
const { GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");
(async () => {
  const [client, keys, end] = [new STSClient(), new Set(), Date.now() + 60000];
  while (keys.size < 3 && Date.now() < end) {
    await client.send(new GetCallerIdentityCommand());
    keys.add((await client.config.credentials()).accessKeyId);
    await new Promise((done) => setTimeout(done, 100));
  }
  await client.send(new GetCallerIdentityCommand());
})();
"""
ACTIONS = {"GetCallerIdentity", "ListAllMyBuckets"}


def node(world, *words: str) -> list[str]:
    """A command for Node, with its SDK, which this world finds from now on."""
    world.env["NODE_PATH"] = str(node_modules())
    return [shutil.which("node"), *words]


def beside_a_server(world, *commands: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    """Run them one after the other; fails the test where one does."""
    script = "\n".join(map(shlex.join, commands))
    words = [str(world.bin / "mfa-session"), "exec", "test", "--server", "--", "/bin/sh", "-ec", script]
    result = world.call(words, timeout=110, AWS_PAGER="", **environ)
    assert result.returncode == 0, result.stderr
    return result


def pointed_at(url: str, token_file: str) -> dict[str, str]:
    """The environment of a client, set up by hand."""
    region = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    names = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    return region | dict(zip(names, (url, token_file), strict=True))


def at_once(world, clients: list[list[str]], **environ: str) -> Iterator[subprocess.CompletedProcess[str]]:
    with concurrent.futures.ThreadPoolExecutor() as threads:
        yield from threads.map(lambda client: world.call(client, **environ), clients)


def of_sessions(world) -> set[str]:
    """What was asked; by sessions alone, and nothing was refused."""
    asked = seen(world)
    assert {(kind, status) for _, kind, status in asked} == {("ASIA", 200)}
    return {action for action, _, _ in asked}


def keys(world, client: str) -> set[str]:
    """Those that AWS has seen of this kind of client."""
    sent = [one for one in world.aws.requests if "mfa-session" not in one.user_agent]
    return {one.access_key_id for one in sent if client in one.user_agent}


def rivals(world, place: str) -> dict[str, str]:
    """Have the neutered key where clients look for keys; what that makes of the environment."""
    user = world.user
    keys = f"aws_access_key_id = {user.access_key_id}\naws_secret_access_key = {user.secret_access_key}\n"
    if place == "shell":
        key = {
            "AWS_ACCESS_KEY_ID": user.access_key_id,
            "AWS_SECRET_ACCESS_KEY": user.secret_access_key,
        }
        return {"AWS_PROFILE": "test-bootstrap", **key}
    if place == "process":
        said = f'{{"Version":1,"AccessKeyId":"{user.access_key_id}","SecretAccessKey":"{user.secret_access_key}"}}'
        keys = f"credential_process = /bin/echo '{said}'\n"
    file = world.home / ".aws" / ("credentials" if place == "credentials" else "config")
    file.write_text(f"{file.read_text()}[default]\nregion = eu-west-1\n{keys}")
    return {}


@pytest.mark.parametrize("place", PLACES)
def test_python_calls_as_the_session_whatever_keys_lie_about(runtime, place):
    environ = rivals(runtime, place)
    assert "AccessDenied" in runtime.call(BOTO3, **environ).stderr
    assert {kind for _, kind, _ in seen(runtime)} == {"neutered key"}, "else there is nothing to fear from it"
    runtime.aws.requests.clear()
    beside_a_server(runtime, BOTO3, WHO_AM_I, [CLI, "s3", "ls"], **environ)
    assert of_sessions(runtime) == ACTIONS
    assert len(seen(runtime)) == 4
    assert len(onepassword_runs.asked(runtime)) == runtime.aws.count("GetSessionToken") == 1


def test_nodes_sdk_calls_as_the_session_whatever_keys_lie_about(runtime):
    script = node(runtime, BUCKETS)
    usual = {file: file.read_text() for file in (runtime.home / ".aws").iterdir()}
    for place in PLACES:
        for file, text in usual.items():
            file.write_text(text)
        done = beside_a_server(runtime, script, **rivals(runtime, place))
        assert "Multiple credential sources" not in done.stderr
        assert of_sessions(runtime) == ACTIONS
    assert len(seen(runtime)) == 8


def test_terraform_calls_as_the_session_whatever_keys_lie_about(runtime):
    program = terraform(runtime, TERRAFORM)
    environ = rivals(runtime, "shell") | rivals(runtime, "credentials") | rivals(runtime, "config")
    done = beside_a_server(
        runtime, [program, "plan", "-out=it.plan"], [program, "apply", "it.plan"], **environ
    )
    assert "Apply complete! Resources: 1 added" in done.stdout
    assert ("CreateBucket", "ASIA", 200) in seen(runtime)
    assert {kind for _, kind, _ in seen(runtime)} == {"ASIA"}


def test_programs_that_outlive_their_sessions_go_on(runtime):
    """After twelve seconds a session is over at AWS, too; both programs live through two of them, and into a third."""
    role(runtime)
    runtime.account(ROLE_ARN=DEPLOY)
    runtime.aws.lives(12, roles=True)
    both = f"{shlex.join(node(runtime, '-e', LASTING_NODE))} & {shlex.join([sys.executable, '-c', LASTING])}; wait $!"
    beside_a_server(runtime, ["/bin/sh", "-ec", both])
    assert of_sessions(runtime) == {"GetCallerIdentity"}
    assert len(keys(runtime, "Boto3/")) >= 3
    assert len(keys(runtime, "aws-sdk-js/")) >= 3
    assert len(onepassword_runs.asked(runtime)) == runtime.aws.count("GetSessionToken") == 1


def test_a_program_that_keeps_its_session_asks_again_in_time(runtime):
    """It does with less than 15 minutes left, which it sees soon: its clock is a minute ahead, and they live for 16."""
    role(runtime)
    runtime.account(ROLE_ARN=DEPLOY)
    runtime.aws.lives(16 * 60 + 2, roles=True)
    ahead = environ(runtime.home, runtime.write("clock", "60"))
    beside_a_server(runtime, ["env", *map("=".join, ahead.items()), sys.executable, "-c", LASTING])
    assert of_sessions(runtime) == {"GetCallerIdentity"}
    assert len(keys(runtime, "Boto3/")) >= 3
    assert len(onepassword_runs.asked(runtime)) == 1


def test_without_a_session_a_client_says_what_to_type(runtime):
    """And where that is done as it stands there, the client works."""
    prompt(runtime, "dismiss", 0.1)
    with serve(runtime) as server:
        environ = pointed_at(server.about["served"][0]["url"], server.about["served"][0]["token_file"])
        for done in at_once(runtime, [BOTO3, WHO_AM_I], **environ):
            shown = re.search(r"MfaRequired.* type: (cd \S+ && mfa-session [a-z ]*[a-z])", done.stderr)
            assert done.returncode and shown, done.stderr
        assert seen(runtime) == []
        prompt(runtime, delay=0.1)
        typed = runtime.call(["/bin/sh", "-c", shown[1]])
        assert typed.returncode == 0, typed.stderr
        wait_for(lambda: server.get()[0] == 200)
        for done in at_once(runtime, [BOTO3, WHO_AM_I, node(runtime, BUCKETS)], **environ):
            assert done.returncode == 0, done.stderr
    assert of_sessions(runtime) == ACTIONS


def test_a_server_apart_and_roles_by_its_address(runtime):
    role(runtime)
    role(runtime, ADMIN)
    started = runtime.run("serve", "test", "--detach")
    assert started.returncode == 0, started.stderr
    try:
        url, file = re.findall(r"(?:_URI|_FILE)=(\S+)$", started.stdout, re.MULTILINE)
        for query, client, said in (
            ("", BOTO3, runtime.user.arn),
            (f"?role={DEPLOY}", BOTO3, "assumed-role/deploy/"),
            (f"?role={ADMIN}", node(runtime, BUCKETS), "444455556666 "),
        ):
            done = runtime.call(client, **pointed_at(url + query, file))
            assert done.returncode == 0, done.stderr
            assert said in done.stdout
    finally:
        runtime.run("serve", "--stop")
    assert of_sessions(runtime) == ACTIONS
    assert [one["RoleArn"] for one in assumed(runtime)] == [DEPLOY, ADMIN]
