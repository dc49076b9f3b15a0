"""The base key, and nothing else from around it, reaches AWS: whatever the shell that this runs in has been used for."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from aws_runs import SOON, nowhere, wait_for
from standins.aws_proxy import Proxy

SESSION = {
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEGARBAGE00",
    "AWS_SECRET_ACCESS_KEY": "garbage",
    "AWS_SESSION_TOKEN": "garbage",
    "AWS_SECURITY_TOKEN": "more garbage",
    "AWS_CREDENTIAL_EXPIRATION": "not a date",
    "AWS_ACCOUNT_ID": "999988887777",
}
# What other tools leave in a shell; in the values, AWS is the address of the stand-in.
INHERITED = {
    "keys of nobody": SESSION,
    "half a key": {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLEHALF00000"},
    "a profile that is not there": {"AWS_PROFILE": "no-such-profile"},
    "an empty profile": {"AWS_PROFILE": ""},
    "a default profile that is not there": {"AWS_DEFAULT_PROFILE": "no-such-profile"},
    "a web identity": {
        "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/ci",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token",
        "AWS_ROLE_SESSION_NAME": "ci",
    },
    "a container": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "AWS/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "garbage",
    },
    "a container of ECS": {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/credentials"},
}


def seen(world) -> list[tuple[str, str]]:
    return [(request.action, request.access_key_id) for request in world.aws.requests]


def as_the_base_key(world) -> list[tuple[str, str]]:
    return [(action, world.user.access_key_id) for action in ("GetCallerIdentity", "GetSessionToken")]


@pytest.mark.one_python
@pytest.mark.parametrize("what", INHERITED)
def test_what_is_inherited_does_not_reach_the_client(world, what):
    world.export("test", **{k: v.replace("AWS/", f"{world.aws.url}/") for k, v in INHERITED[what].items()})
    assert seen(world) == as_the_base_key(world)


def test_a_key_from_1password_needs_no_profile_at_all(world):
    for file in world.home.glob(".aws/*"):
        file.unlink()
    world.export("prod", AWS_PROFILE="no-such-profile", AWS_DEFAULT_PROFILE="nor-this-one")
    assert {key for _, key in seen(world)} == {world.aws.users[1].access_key_id}


@pytest.mark.one_python
def test_a_live_session_of_this_tool_is_renewed_with_the_base_key(world):
    lines = world.run("export", "test", "--shell", "dotenv").stdout.splitlines()
    session = dict(line.split("=", 1) for line in lines)
    assert session["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    world.aws.requests.clear()
    world.forget_codes()
    renewed = world.export(**session)
    assert renewed["AccessKeyId"] not in ("", session["AWS_ACCESS_KEY_ID"])
    assert seen(world) == as_the_base_key(world)


@pytest.mark.one_python
@pytest.mark.parametrize("profile", ["trap", None])
@pytest.mark.parametrize("in_the_file", [True, False])
def test_no_credential_process_is_run(world, tmp_path, profile, in_the_file):
    """Where that is this program, it would call itself, and so on without end."""
    sprung = tmp_path / "sprung"
    trap = f"credential_process = /usr/bin/touch {sprung}\nregion = eu-west-1\n"
    names = ("default", "profile trap", "profile test-bootstrap")
    world.write(".aws/config", "".join(f"[{name}]\n{trap}" for name in names))
    if in_the_file:
        secret = world.user.secret_access_key
        world.account(AWS_ACCESS_KEY_ID=world.user.access_key_id, AWS_SECRET_ACCESS_KEY=secret)
    world.export("test", **({"AWS_PROFILE": profile} if profile else {}))
    assert seen(world) == as_the_base_key(world)
    assert not sprung.exists()


@pytest.mark.one_python
def test_the_endpoint_of_sts_counts_more_than_that_of_all_services(world):
    url = world.env.pop("AWS_ENDPOINT_URL")
    world.export("test", AWS_ENDPOINT_URL=nowhere(), AWS_ENDPOINT_URL_STS=url)
    assert seen(world) == as_the_base_key(world)


def test_both_requests_share_a_connection(world, tmp_path):
    world.export("test")
    assert len({request.connection for request in world.aws.requests}) == 1
    world.forget_codes()
    del world.env["AWS_ENDPOINT_URL"]
    with Proxy(tmp_path, world.aws) as proxy:
        world.export("test", HTTPS_PROXY=proxy.url, AWS_CA_BUNDLE=str(proxy.ca))
    assert len(proxy.asked) == 1
    assert world.aws.count("GetSessionToken") == 2


@contextlib.contextmanager
def while_the_person_is_asked(world, tmp_path):
    """What is in this block happens before `op` has got an approval; after it, there is a session."""
    approved = tmp_path / "approved"
    world.op.program.rename(world.bin / "real-op")
    script = f'#!/bin/sh\nwhile [ ! -e {approved} ]; do sleep 0.05; done\nexec real-op "$@"\n'
    world.op.program.write_text(script, encoding="utf-8")
    world.op.program.chmod(0o755)
    with ThreadPoolExecutor(1) as pool:
        session = pool.submit(world.export, "test")
        try:
            yield
        finally:
            approved.touch()
        session.result(SOON)


def test_aws_checks_the_key_while_the_person_is_asked(world, tmp_path):
    with while_the_person_is_asked(world, tmp_path):
        wait_for(lambda: world.aws.requests)
    (call,) = (call for call in world.op.calls if call["argv"][0] == "item")
    check, issue = world.aws.requests
    assert (check.action, issue.action) == ("GetCallerIdentity", "GetSessionToken")
    assert check.time < call["started"] < call["ended"] < issue.time


def test_a_connection_that_aws_has_closed_meanwhile_is_opened_anew(world, tmp_path):
    with while_the_person_is_asked(world, tmp_path):
        wait_for(lambda: world.aws.requests and world.aws.requests[0].status == 200)
        time.sleep(0.2)  # for the answer to arrive
        world.aws.stop()
        world.aws.start()
    assert world.aws.count("GetSessionToken") == 1


@pytest.mark.one_python
@pytest.mark.parametrize("kind", ["500", "throttle", "drop_after"])
def test_the_check_is_repeated_where_aws_stumbles(world, kind):
    world.aws.fault("GetCallerIdentity", kind, 2)
    world.export("test")
    assert [action for action, _ in seen(world)] == [*["GetCallerIdentity"] * 3, "GetSessionToken"]


@pytest.mark.one_python
@pytest.mark.parametrize(("written", "asked", "seconds"), [
    (None, [], 12 * 3600),
    ("90m", [], 5400),
    ("36h", [], 129600),
    ("90m", ["--duration", "3600"], 3600),
])  # fmt: skip
def test_the_session_lasts_as_long_as_was_asked(world, written, asked, seconds):
    world.account(SESSION_DURATION=written)
    key_id = world.export("test", *asked)["AccessKeyId"]
    lasts = world.aws._world.sessions[key_id].expires - world.aws.requests[-1].time
    assert lasts == pytest.approx(seconds, abs=5)
