"""The console's pages, and all that can go wrong where AWS makes a sign-in address: the adapter, in this process."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from role_runs import DEPLOY, role
from standins import sts_clients
from standins.aws_proxy import Proxy

from mfa_session.adapters import aws_console
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.session import Session

pytestmark = pytest.mark.one_python

SIGNIN = "signin.aws.amazon.com"


PAGES = [
    ("arn:aws:iam::1:role/x", None, None, "https://console.aws.amazon.com/console/home"),
    ("GAHT12345678", "eu-west-1", "/", "https://eu-west-1.console.aws.amazon.com/?region=eu-west-1"),
    ("", "eu-west-1", "/iam/home#/users", "https://eu-west-1.console.aws.amazon.com/iam/home?region=eu-west-1#/users"),
    ("", "eu-west-1", "/ec2?region=us-east-2#I:", "https://console.aws.amazon.com/ec2?region=us-east-2#I:"),
    ("", None, "/a%20b/ü?q=1&r=@evil.example", "https://console.aws.amazon.com/a%20b/%C3%BC?q=1&r=@evil.example"),
    ("", None, "/../../@evil.example:1/x", "https://console.aws.amazon.com/../../@evil.example:1/x"),
    ("arn:aws-eusc:iam::1:mfa/x", None, "/", "https://eusc-de-east-1.console.amazonaws-eusc.eu/?region=eusc-de-east-1"),
]  # fmt: skip


@pytest.mark.parametrize(("arn", "region", "path", "there"), PAGES)
def test_pages(arn, region, path, there):
    assert aws_console.destination(arn, region, path) == there
    assert urlsplit(there).hostname.endswith((".aws.amazon.com", ".amazonaws-eusc.eu"))


@pytest.mark.parametrize(("arn", "region", "path", "sentence"), [
    ("", None, "s3/home", "is no page of the console"),
    ("", None, "", "is no page of the console"),
    ("", None, "https://evil.example/", "is no page of the console"),
    ("", None, "//evil.example/", "is no page of the console"),
    ("", None, "/\\evil.example/", "is no page of the console"),
    ("", None, "/x\r\nSet-Cookie: a", "is no page of the console"),
    ("", None, "/\udcff", "is no page of the console"),
    ("", "evil.example/", "/", "is not a region"),
    ("", "eu-west-1.evil", "/", "is not a region"),
    ("arn:aws-iso:iam::1:role/x", None, "/", "the console of partition aws-iso is not known"),
])  # fmt: skip
def test_what_is_no_page(arn, region, path, sentence):
    with pytest.raises(MfaSessionError, match=sentence) as caught:
        aws_console.destination(arn, region, path)
    assert caught.value.hints


def some_session(key: dict | None = None, **more) -> Session:
    key = key or {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "s", "SessionToken": "t"}
    return Session(
        account="test",
        account_id="111122223333",
        access_key_id=key["AccessKeyId"],
        secret_access_key=key["SecretAccessKey"],
        session_token=key["SessionToken"],
        expires=4102444800,
        **({"role": DEPLOY} | more),
    )


FAULTS = {
    "400": ("throttle", "AWS does not sign test as deploy in to the console with this session"),
    "500": ("500", "AWS's sign-in is in trouble (HTTP 500)"),
    "503": ("503", "AWS's sign-in is in trouble (HTTP 503)"),
    "a login page": ("html", f"what answered at https://{SIGNIN}/federation is not AWS (HTTP 200)"),
    "a filter": ("html_403", f"what answered at https://{SIGNIN}/federation is not AWS (HTTP 403)"),
    "half an answer": ("garbage", f"what answered at https://{SIGNIN}/federation is not AWS (HTTP 200)"),
    "hung up": ("drop_before", f"AWS's sign-in can't be reached at https://{SIGNIN}/federation"),
    "hung up after": ("drop_after", f"AWS's sign-in can't be reached at https://{SIGNIN}/federation"),
    "no answer": ("hang", f"AWS's sign-in can't be reached at https://{SIGNIN}/federation"),
}


@pytest.fixture
def here(world, tmp_path, monkeypatch):
    """What makes the address of a role's session."""
    role(world, requires_mfa=False)
    world.user.policy = "open"
    sts = sts_clients.client(world.aws, "sts", world.user)
    given = sts.assume_role(RoleArn=DEPLOY, RoleSessionName="work")["Credentials"]
    environ = {"HOME": str(world.home), "AWS_CONFIG_FILE": str(world.home / ".aws/config")}
    with Proxy(tmp_path, world.aws) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(proxy.ca))
        console = aws_console.Console(None, environ | {"HTTPS_PROXY": proxy.url})
        yield lambda **more: console.address(some_session(given, **more), "/s3/home")


@pytest.mark.parametrize("story", FAULTS)
def test_what_can_go_wrong_at_the_sign_in(world, here, story):
    kind, sentence = FAULTS[story]
    assert SIGNIN in here()
    world.aws.fault("getSigninToken", kind)
    with pytest.raises(MfaSessionError) as caught:
        here()
    assert caught.value.message == sentence
    assert caught.value.hints
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    for secret in world.secrets:
        assert secret not in caught.value.message + "".join(caught.value.hints)
    assert len([one for one in world.aws.signins if one[1] == "getSigninToken"]) == 2, "it is not sent twice"


@pytest.mark.parametrize("kind", ["drop_after", "html"])
def test_nor_is_the_session_shown_where_the_request_has_it_in_its_address(world, here, kind):
    """GovCloud's takes no POST."""
    world.aws.fault("getSigninToken", kind)
    with pytest.raises(MfaSessionError) as caught:
        here(role=DEPLOY.replace("arn:aws:", "arn:aws-us-gov:"))
    assert world.aws.signins[-1][:3] == ("signin.amazonaws-us-gov.com", "getSigninToken", "GET")
    said = caught.value.message + "".join(caught.value.hints)
    assert "/federation" in said
    assert "?" not in said.replace("right?", "").replace("network?", "")
    assert "ASIA" not in said


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b'{"SigninToken": ""}', b'{"SigninToken": "a b"}', b'{"SigninToken": 5}']
)
def test_answers_that_are_none(here, answer, monkeypatch):
    monkeypatch.setattr(aws_console.Console, "_send", lambda *_: (200, answer))
    with pytest.raises(NotAvailable, match="is not AWS"):
        here()


def test_a_certificate_that_nobody_trusts(here, monkeypatch):
    monkeypatch.delenv("AWS_CA_BUNDLE")
    with pytest.raises(NotAvailable, match="does not show a certificate that this machine trusts"):
        here()
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent.pem")
    with pytest.raises(NotAvailable, match="this machine trusts"):
        here()
