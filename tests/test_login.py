"""The console: the real program, a browser of the test's own, and AWS's sign-in by TLS through a proxy."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import webbrowser
from urllib.parse import parse_qs, urlsplit

import onepassword_runs
import pytest
from role_runs import ADMIN, DEPLOY, assumed, role
from standins.aws_proxy import Proxy
from test_aws_console import some_session
from test_secrets import watched

from mfa_session.commands import login
from mfa_session.errors import NotAvailable

pytestmark = pytest.mark.one_python

SIGNIN = "signin.aws.amazon.com"
HOME = "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"
# It goes where it is sent, and on from there to AWS's sign-in, but not to the console: nobody plays that.
BROWSER = """#!/bin/sh
printf '%s\\n' "$@" > "$HOME/browser.argv"
/usr/bin/env > "$HOME/browser.environ"
sleep 0.1
curl -s -o /dev/null -D "$HOME/browser.heads" -L --max-redirs 1 --suppress-connect-headers --cacert "$AWS_CA_BUNDLE" "$1" || exit 0
"""


@pytest.fixture
def proxy(world, tmp_path):
    with Proxy(tmp_path, world.aws) as running:
        world.env |= {"HTTPS_PROXY": running.url, "AWS_CA_BUNDLE": str(running.ca)}
        browser = world.write("browser", BROWSER, 0o700)
        world.env["BROWSER"] = str(browser)
        yield running


@pytest.fixture
def user(world, proxy):
    """One without a role; `console` has one."""
    assert proxy
    return world


@pytest.fixture
def console(user):
    role(user)
    user.account(ROLE_ARN=DEPLOY)
    return user


def heads(world) -> list[dict[str, str]]:
    """Of each answer that the browser got: its status, and its headers by their lower-case names."""
    found = []
    for block in (world.home / "browser.heads").read_text().strip().split("\n\n"):
        first, *lines = block.splitlines()
        named = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        found.append(named | {"status": first.split()[1]})
    return found


def page(world) -> str:
    """The page of the console that AWS's sign-in led to; fails the test where there was none."""
    (_, action, method, there) = world.aws.signins[-1]
    assert (action, method) == ("login", "GET")
    assert heads(world)[-1]["location"] == there
    return there


def signed_in(world, *words: str, **environ: str) -> str:
    """What was said; fails the test where the browser was not led to the console."""
    result = world.run("login", *words, **environ)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    assert page(world)
    return result.stderr


def refused(world, *words: str, status: int = 1, **environ: str) -> str:
    result = world.run("login", *words, **environ)
    assert (result.returncode, result.stdout) == (status, ""), result.stderr
    assert "mfa-session: hint: " in result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def test_a_role_in_the_browser(console):
    console.env["MFA_SESSION_DEBUG"] = "1"
    with watched(console) as seen:
        said = signed_in(console, "test", "--debug")
    assert (
        said.splitlines()[-1] == "mfa-session: the console of test as deploy is open in your browser, for 1h"
    )
    assert console.aws.signins == [(SIGNIN, "getSigninToken", "POST", ""), (SIGNIN, "login", "GET", HOME)]
    handed, led = heads(console)
    assert (handed["status"], handed["cache-control"], handed["referrer-policy"]) == (
        "302",
        "no-store",
        "no-referrer",
    )
    assert led["status"] == "302"
    argv = (console.home / "browser.argv").read_text()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{43}\n", argv)
    everything = b"\n".join(seen)
    assert argv.strip().encode() in everything, "the watcher saw the browser"
    secret = parse_qs(urlsplit(handed["location"]).query)["SigninToken"][0]
    for hidden in (*console.secrets, secret, secret[:40], "getSigninToken", "SigninToken"):
        assert hidden.encode() not in everything
        assert hidden not in said
    assert "SigninToken" not in (console.home / "browser.environ").read_text()


def test_the_address_on_stdout_signs_in_once(console):
    del console.env["BROWSER"]
    result = console.run(
        "login", "test", "--stdout", "--path", "/s3/home?x=a b#y", PATH=str(console.bin) + ":/usr/bin"
    )
    assert result.returncode == 0, result.stderr
    assert "\n" not in result.stdout.rstrip("\n")
    url = urlsplit(result.stdout.strip())
    assert (url.scheme, url.netloc, url.path) == ("https", SIGNIN, "/federation")
    params = {name: value for name, (value,) in parse_qs(url.query, strict_parsing=True).items()}
    token = params.pop("SigninToken")
    there = "https://eu-west-1.console.aws.amazon.com/s3/home?x=a%20b&region=eu-west-1#y"
    assert params == {"Action": "login", "Issuer": "mfa-session", "Destination": there}
    assert token[:40] not in result.stderr
    assert "federation" not in result.stderr
    curl = ["curl", "-s", "-o", "/dev/null", "--cacert", console.env["AWS_CA_BUNDLE"]]
    answers = [console.call([*curl, "-w", "%{http_code}", result.stdout.strip()]) for _ in range(2)]
    assert [answer.stdout for answer in answers] == ["302", "400"]


def test_on_a_terminal_it_is_said_what_the_address_is_worth(console):
    ours, theirs = pty.openpty()
    argv = [str(console.bin / "mfa-session"), "login", "test", "--stdout"]
    said = subprocess.run(
        argv, cwd=console.home, env=console.env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE,
        text=True, timeout=60, check=True,
    ).stderr  # fmt: skip
    os.close(theirs)
    assert os.read(ours, 8).startswith(b"https://")
    os.close(ours)
    assert "whoever opens this address within 15 minutes is signed in as test as deploy" in said


def test_chained_and_direct_roles(console):
    """AWS's endpoint refuses a duration for these, and so does the stand-in."""
    role(console, ADMIN, trusted=(DEPLOY,), requires_mfa=False)
    console.write(
        ".aws/config",
        "[profile test-bootstrap]\nregion = eu-west-1\n"
        f"[profile a]\nsource_profile = test-bootstrap\nrole_arn = {DEPLOY}\nmfa_serial = {console.user.mfa_serial}\n"
        "mfa_session_op_item = AWS test\nregion = eu-west-1\n"
        f"[profile b]\nsource_profile = a\nrole_arn = {ADMIN}\nregion = eu-west-1\n",
    )
    assert "the console of b as Admin is open" in signed_in(console, "b")
    console.user.policy = "direct"
    console.forget_codes()
    assert "for 1h" in signed_in(console, "test", "--role-arn", DEPLOY, "--direct")
    assert [params["RoleArn"] for params in assumed(console)] == [DEPLOY, ADMIN, DEPLOY]


def test_the_role_of_this_shell(console):
    console.account()
    here = {"MFA_SESSION_PROFILE": "test", "MFA_SESSION_SCOPE": f"--role-arn={DEPLOY}"}
    assert "the console of test as deploy is open" in signed_in(console, **here)


def test_a_neutered_user_needs_a_role(user):
    said = refused(user, "test")
    assert "the console needs a role for test (111122223333)" in said
    assert "what is denied without MFA stays denied" in said
    assert f"hint: add --role-arn ARN, or ROLE_ARN in {user.home}/envs/.env.test" in said
    user.user.policy = "powerless"
    assert "no policy allows its user sts:GetFederationToken" in refused(user, "test")
    assert not onepassword_runs.asked(user)
    assert not user.aws.signins


def federated(world) -> dict[str, str]:
    (request,) = (one for one in world.aws.requests if one.action == "GetFederationToken")
    return {name: value for name, value in request.params.items() if name not in ("Action", "Version")}


def test_a_user_without_a_role_is_federated_and_told_so(user):
    user.user.policy = "federation"
    said = signed_in(user, "test")
    assert "without MFA (GetFederationToken), for 1h, with no more than ReadOnlyAccess" in said
    assert "what helps is --role-arn" in said
    assert "the console of test is open in your browser, for 1h" in said
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert federated(user) == {"Name": "alice", "DurationSeconds": "3600", "PolicyArns.member.1.arn": arn}
    assert page(user) == HOME
    assert not onepassword_runs.asked(user)


def test_with_the_policies_that_were_named(user):
    user.user.policy = "open"
    text = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    policy = user.write("policy.json", json.dumps(text))
    arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
    said = signed_in(user, "test", "--policy", str(policy), "--policy-arn", arn, "--duration", "2h")
    assert "with no more than the policy of --policy and ViewOnlyAccess" in said
    asked = federated(user)
    assert json.loads(asked.pop("Policy")) == text
    assert asked == {"Name": "alice", "DurationSeconds": "7200", "PolicyArns.member.1.arn": arn}
    said = refused(user, "test", "--external-id", "acme", "--read-only")
    assert "--external-id needs a role, and test has none" in said


def test_the_key_may_be_in_1password(user):
    user.aws.users[1].policy = "open"
    user.aws.users[1].name = "a" * 40
    assert "with no more than ReadOnlyAccess" in signed_in(user, "prod")
    assert federated(user)["Name"] == "a" * 32
    (argv,) = onepassword_runs.argvs(user)
    assert argv[0] == "inject"
    assert page(user).startswith("https://us-east-1.console.aws.amazon.com/")
    user.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})
    assert "1Password" in refused(user, "prod")


@pytest.mark.parametrize(("partition", "region", "signin", "host", "method"), [
    ("aws-cn", "cn-north-1", "signin.amazonaws.cn", "console.amazonaws.cn", "POST"),
    ("aws-us-gov", "us-gov-west-1", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com", "GET"),
])  # fmt: skip
def test_partitions(user, partition, region, signin, host, method):
    user.user.partition, user.user.policy = partition, "open"
    user.user.mfa_serial = user.user.mfa_serial.replace("arn:aws:", f"arn:{partition}:")
    user.account(AWS_REGION=region)
    said = signed_in(user, "test")
    assert "ReadOnlyAccess" in said
    assert federated(user)["PolicyArns.member.1.arn"].startswith(f"arn:{partition}:iam::aws:")
    there = f"https://{region}.{host}/console/home?region={region}"
    assert user.aws.signins == [(signin, "getSigninToken", method, ""), (signin, "login", "GET", there)]


def test_nobody_is_asked_for_what_cannot_work(console):
    assert "is no page of the console" in refused(console, "test", "--path", "//evil.example")
    iso = DEPLOY.replace("arn:aws:", "arn:aws-iso:")
    serial = console.user.mfa_serial.replace("arn:aws:", "arn:aws-iso:")
    console.account(
        "iso", ROLE_ARN=iso, MFA_SERIAL=serial, AWS_PROFILE="test-bootstrap", AWS_REGION="us-iso-east-1"
    )
    assert "the console of partition aws-iso is not known" in refused(console, "iso")
    del console.env["BROWSER"]
    said = refused(console, "test", PATH=str(console.bin))
    assert "no browser can be opened here" in said
    assert "hint: to have the address printed instead, add --stdout" in said
    assert not onepassword_runs.asked(console)


def test_a_browser_that_cannot_be_run(console):
    said = refused(console, "test", BROWSER="/nonexistent/browser", PATH=str(console.bin))
    assert "no browser can be opened here" in said
    assert "add --stdout" in said


@pytest.fixture
def choose(monkeypatch):
    """Python reads BROWSER once in a process."""

    def chosen(browser: str) -> None:
        monkeypatch.setattr(webbrowser, "_tryorder", None)
        monkeypatch.setattr(webbrowser, "_browsers", {})
        monkeypatch.setenv("PATH", "/nonexistent")  # where it finds no other to try
        monkeypatch.setenv("BROWSER", browser)

    return chosen


def test_a_browser_that_never_comes(choose, monkeypatch):
    choose("/bin/true")
    monkeypatch.setattr(login, "_FOR_THE_BROWSER", 0.2)
    with pytest.raises(NotAvailable, match="has not come") as caught:
        login._open("https://target.example/secret", some_session())
    assert "add --stdout" in caught.value.hints[0]
    assert "secret" not in str(caught.value) + str(caught.value.hints)


def test_a_browser_that_says_it_failed_may_have_been_there(world, capfd, choose):
    browser = world.write("cross", '#!/bin/sh\n/usr/bin/curl -s "$1"\nexit 1\n', 0o700)
    choose(str(browser))
    login._open("https://target.example/secret", some_session())
    assert "is open in your browser" in capfd.readouterr().err


def test_a_failure_shows_no_secret(console):
    console.aws.fault("getSigninToken", "drop_after")
    result = console.run("login", "test", "--debug")
    assert (result.returncode, result.stdout) == (1, "")
    for hidden in (*console.secrets, "sessionKey", "SigninToken="):
        assert hidden not in result.stderr
    assert not (console.home / "browser.argv").exists()


def test_a_key_of_a_session(user):
    user.account(AWS_ACCESS_KEY_ID="ASIAEXAMPLE000000000", AWS_SECRET_ACCESS_KEY="x" * 40)
    assert "sessions can't get sessions" in refused(user, "test")
