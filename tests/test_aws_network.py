"""AWS does not answer, or somebody else does: real runs. Each ends in a sentence and a hint, and in good time."""

from __future__ import annotations

import re

import pytest
from aws_runs import failure, fault, nowhere
from standins.aws_proxy import Proxy, page

NOT_AWS = "what answered at .* is not AWS"
UNREACHABLE = "AWS STS can't be reached at "

# How requests are spoilt, what the sentence says, and whether AWS got a code.
CASES = {
    "page": (fault("GetCallerIdentity", "html"), NOT_AWS, False),
    "page at last": (fault("GetSessionToken", "html"), NOT_AWS, True),
    "page and 403": (fault("GetCallerIdentity", "html_403"), f"{NOT_AWS} .HTTP 403", False),
    "page and 403 at last": (fault("GetSessionToken", "html_403"), f"{NOT_AWS} .HTTP 403", True),
    "half an answer": (fault("GetCallerIdentity", "garbage"), NOT_AWS, False),
    "half an answer at last": (fault("GetSessionToken", "garbage"), NOT_AWS, True),
    "no credentials": (fault("GetSessionToken", "no_credentials"), NOT_AWS, True),
    "cut": (fault("GetCallerIdentity", "drop_before"), UNREACHABLE, False),
    "cut at last": (fault("GetSessionToken", "drop_before"), UNREACHABLE, True),
    "cut after the request": (fault("GetCallerIdentity", "drop_after"), UNREACHABLE, False),
    "cut after the request at last": (fault("GetSessionToken", "drop_after"), UNREACHABLE, True),
    "nobody there": (lambda world: world.aws.stop(), UNREACHABLE, False),
}  # fmt: skip


@pytest.mark.one_python
@pytest.mark.parametrize("case", CASES)
def test_what_is_on_the_way_is_not_taken_for_aws(world, case):
    spoil, message, with_a_code = CASES[case]
    spoil(world)
    assert re.search(message, failure(world).message)
    assert world.aws.count("GetSessionToken") == with_a_code


@pytest.mark.one_python
@pytest.mark.parametrize("case", ["page at last", "half an answer at last"])
def test_with_debug_it_shows_where_but_nothing_of_the_answer(world, case):
    spoil, message, _ = CASES[case]
    spoil(world)
    assert re.search(message, failure(world, "--debug").message)


@pytest.mark.one_python
def test_a_name_that_dns_does_not_know(world):
    quick = "timeout:1 attempts:1"  # for a machine whose DNS does not answer at all
    host = "http://sts.this-name-is-reserved.invalid"
    failed = failure(world, AWS_ENDPOINT_URL=host, RES_OPTIONS=quick, HTTP_PROXY="")
    assert failed.message.startswith(UNREACHABLE + host)


@pytest.mark.one_python
@pytest.mark.parametrize("url", ["localhost:4566", "http://", "http://bad host/"])
def test_an_endpoint_that_is_no_address(world, url):
    failed = failure(world, AWS_ENDPOINT_URL=url)
    assert "AWS_ENDPOINT_URL" in failed.message + failed.hints


@pytest.mark.one_python
def test_a_region_that_is_none(world):
    world.write(".aws/config", "[profile test-bootstrap]\nregion = not a region\n")
    assert "not a region" in failure(world).message


class TestTheRealAddress:
    """With no endpoint in the environment it is https, and a proxy is on the way."""

    @pytest.fixture(autouse=True)
    def _no_endpoint(self, world):
        del world.env["AWS_ENDPOINT_URL"]

    @pytest.mark.one_python
    def test_a_proxy_that_is_not_there(self, world):
        url = nowhere().replace("//", "//alice:proxy-password@")
        failed = failure(world, "--debug", HTTPS_PROXY=url)
        assert failed.message == UNREACHABLE + "https://sts.eu-west-1.amazonaws.com"
        assert "HTTPS_PROXY is set" in failed.hints
        assert "proxy-password" not in failed.hints

    @pytest.mark.one_python
    @pytest.mark.parametrize("url", ["not a proxy", "127.0.0.1:x"])
    def test_a_proxy_that_is_no_address(self, world, url):
        failed = failure(world, HTTPS_PROXY=url)
        assert "HTTPS_PROXY" in failed.hints

    @pytest.mark.one_python
    @pytest.mark.parametrize("answer", [page(), page("403 Forbidden"), b""])
    def test_a_proxy_that_opens_no_tunnel(self, world, tmp_path, answer):
        with Proxy(tmp_path, answer=answer) as proxy:
            failed = failure(world, HTTPS_PROXY=proxy.url)
        assert set(proxy.asked) == {"sts.eu-west-1.amazonaws.com:443"}
        assert "https://sts.eu-west-1.amazonaws.com" in failed.message
        assert "HTTPS_PROXY is set" in failed.hints

    def test_a_certificate_that_nobody_trusts(self, world, tmp_path):
        with Proxy(tmp_path, world.aws) as proxy:
            failed = failure(world, HTTPS_PROXY=proxy.url)
        assert "certificate" in failed.message
        assert "AWS_CA_BUNDLE" in failed.hints
        assert not world.aws.requests

    @pytest.mark.parametrize("what", ["missing", "empty"])
    def test_a_ca_bundle_that_is_none(self, world, tmp_path, what):
        bundle = tmp_path / "bundle.pem"
        if what == "empty":
            bundle.touch()
        with Proxy(tmp_path, world.aws) as proxy:
            failed = failure(world, HTTPS_PROXY=proxy.url, AWS_CA_BUNDLE=str(bundle))
        assert "AWS_CA_BUNDLE is set" in failed.hints
        assert not world.aws.requests


@pytest.mark.one_python
@pytest.mark.parametrize("status", ["200 OK", "407 Proxy Authentication Required"])
def test_a_proxy_that_answers_in_the_place_of_aws(world, tmp_path, status):
    with Proxy(tmp_path, answer=page(status)) as proxy:
        failed = failure(world, AWS_ENDPOINT_URL="http://sts.example.test", HTTP_PROXY=proxy.url)
    assert set(proxy.asked) == {"http://sts.example.test/"}
    assert re.search(NOT_AWS, failed.message)
