"""The stand-in for the console's federation endpoint, asked as a program asks the real one: by TLS, through a proxy."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import ssl
from urllib.parse import urlencode

import pytest
from standins import sts
from standins.aws_proxy import Proxy
from standins.sts_clients import FORM, MidStep, client, login

pytestmark = pytest.mark.one_python

ALICE = sts.DEMO_USER
GLOBAL = "signin.aws.amazon.com"
CONSOLE = "https://console.aws.amazon.com/"
ROLE = "arn:aws:iam::111122223333:role/admin"


@pytest.fixture
def aws():
    users = [dataclasses.replace(ALICE, policy="open")]
    role = sts.Role(ROLE, (ALICE.arn, ROLE), requires_mfa=False, max_duration=43200)
    with sts.AwsStandIn(users, now=MidStep(), roles=[role]) as running:
        yield running
    assert running.bugs == []


@pytest.fixture
def ask(aws, tmp_path):
    """One request to a host's /federation; the status, and the text or the Location."""
    with Proxy(tmp_path, aws) as proxy:
        trust = ssl.create_default_context(cafile=str(proxy.ca))

        def asked(host=GLOBAL, method="GET", path="/federation", **params):
            connection = http.client.HTTPSConnection(
                "127.0.0.1", proxy.server_address[1], timeout=20, context=trust
            )
            connection.set_tunnel(host, 443)
            with contextlib.closing(connection):
                if method == "GET":
                    connection.request("GET", f"{path}?{urlencode(params)}")
                else:
                    connection.request(method, path, urlencode(params), {"Content-Type": FORM})
                answer = connection.getresponse()
                return answer.status, answer.headers["Location"] or answer.read().decode()

        yield asked


def assume(aws, who, **more):
    role = client(aws, "sts", who).assume_role(RoleArn=ROLE, RoleSessionName="work", **more)
    return role["Credentials"]


def session(key):
    return json.dumps(
        {
            "sessionId": key["AccessKeyId"],
            "sessionKey": key["SecretAccessKey"],
            "sessionToken": key["SessionToken"],
        }
    )


def token(ask, key, host=GLOBAL, **more):
    status, text = ask(host, Action="getSigninToken", Session=session(key), **more)
    assert status == 200
    return json.loads(text)["SigninToken"]


def link(signin_token, destination=CONSOLE):
    return {"Action": "login", "Issuer": "test", "Destination": destination, "SigninToken": signin_token}


def test_a_role_session_signs_in_once(aws, ask):
    role = assume(aws, ALICE)
    got = token(ask, role, SessionDuration=43200)
    assert set(got) & set("/+=")  # what is not quoted does not arrive
    there = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1#x"
    assert ask(**link(got, there)) == (302, there)
    assert ask(**link(got, there))[0] == 400
    assert aws.signins == [
        (GLOBAL, "getSigninToken", "GET", ""),
        (GLOBAL, "login", "GET", there),
        (GLOBAL, "login", "GET", there),
    ]
    assert aws.count("getSigninToken") == 0
    assert got not in repr(aws.signins)


def test_by_post_and_for_a_federated_user_and_in_a_region(aws, ask):
    answer = client(aws, "sts", ALICE).get_federation_token(Name="bob")["Credentials"]
    host = "eu-west-1." + GLOBAL
    status, text = ask(host, "POST", Action="getSigninToken", Session=session(answer))
    assert status == 200
    assert ask(**link(json.loads(text)["SigninToken"]))[0] == 400  # made by another host
    assert ask(host, **link(token(ask, answer, host)))[0] == 302
    assert ask(host, Action="getSigninToken", Session=session(answer), SessionDuration=900)[0] == 400


@pytest.mark.parametrize(("partition", "host", "console"), [
    ("aws-cn", "signin.amazonaws.cn", "https://console.amazonaws.cn/"),
    ("aws-us-gov", "signin.amazonaws-us-gov.com", "https://console.amazonaws-us-gov.com/x"),
])  # fmt: skip
def test_partitions(aws, ask, partition, host, console):
    aws.users[0].partition = partition
    answer = client(aws, "sts", ALICE).get_federation_token(Name="bob")["Credentials"]
    assert ask(Action="getSigninToken", Session=session(answer))[0] == 400
    assert ask(host, **link(token(ask, answer, host), CONSOLE))[0] == 400
    assert ask(host, **link(token(ask, answer, host), console)) == (302, console)


def test_sessions_that_cannot_sign_in(aws, ask):
    mine = login(aws, ALICE)
    role = assume(aws, ALICE)
    base = {
        "AccessKeyId": ALICE.access_key_id,
        "SecretAccessKey": ALICE.secret_access_key,
        "SessionToken": "",
    }
    for wrong in (mine, base, role | {"SessionToken": mine["SessionToken"]}, role | {"SecretAccessKey": "x"}):
        assert ask(Action="getSigninToken", Session=session(wrong))[0] == 400
    for text in ("", "{", "[]", '{"sessionId": "x"}'):
        assert ask(Action="getSigninToken", Session=text)[0] == 400
    aws.expire_sessions()
    assert ask(Action="getSigninToken", Session=session(role))[0] == 400


def test_chained_roles_get_no_duration(aws, ask):
    for chained in (assume(aws, login(aws, ALICE)), assume(aws, assume(aws, ALICE))):
        assert ask(Action="getSigninToken", Session=session(chained), SessionDuration=3600)[0] == 400
        assert token(ask, chained)


def test_durations(aws, ask):
    role = assume(aws, ALICE)
    for wrong in (899, 43201, "", "an hour"):
        assert ask(Action="getSigninToken", Session=session(role), SessionDuration=wrong)[0] == 400


def test_a_token_lasts_a_quarter_of_an_hour(aws, ask):
    role = assume(aws, ALICE)
    first, second = token(ask, role), token(ask, role)
    aws.clock_offset = 899
    assert ask(**link(first))[0] == 302
    aws.clock_offset = 901
    assert ask(**link(second))[0] == 400


@pytest.mark.parametrize("destination", [
    "", "http://console.aws.amazon.com/", "https://console.aws.amazon.com.evil.example/",
    "https://evilconsole.aws.amazon.com/", "https://console.aws.amazon.com@evil.example/",
    "https://evil.example@console.aws.amazon.com/", "https://[",
])  # fmt: skip
def test_destinations_must_be_the_console(aws, ask, destination):
    assert ask(**link(token(ask, assume(aws, ALICE)), destination))[0] == 400


def test_other_hosts_paths_and_actions(aws, ask):
    role = assume(aws, ALICE)
    ours = {"Action": "getSigninToken", "Session": session(role)}
    assert ask(path="/other", **ours)[0] == 400
    assert ask(Action="logout", Session=session(role))[0] == 400
    seen = len(aws.signins)
    for host in (
        "sts.eu-west-1.amazonaws.com",
        "signin.aws.amazon.com.evil.example",
        "x.y.signin.aws.amazon.com",
    ):
        assert ask(host, **ours)[0] == 403  # an API's answer to what is not signed
    assert len(aws.signins) == seen


def test_faults(aws, ask):
    role = assume(aws, ALICE)
    ours = {"Action": "getSigninToken", "Session": session(role)}
    for kind, status in (("503", 503), ("html", 200), ("garbage", 200)):
        aws.fault("getSigninToken", kind)
        got, text = ask(**ours)
        assert got == status
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(text)
    for kind in ("drop_before", "drop_after"):
        aws.fault("getSigninToken", kind)
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(**ours)
    assert ask(**ours)[0] == 200
