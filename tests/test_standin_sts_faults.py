"""What the AWS stand-in does to a client's connection: keep-alive, faults on demand, a quick end."""

from __future__ import annotations

import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from botocore.parsers import ResponseParserError
from standins import sts, totp
from standins.sts_clients import FORM, MidStep, client, connect, login, signed

pytestmark = pytest.mark.one_python

ALICE = sts.DEMO_USER
WHO = b"Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture
def clock():
    return MidStep()


@pytest.fixture
def aws(clock):
    with sts.AwsStandIn(now=clock) as running:
        yield running
    assert running.bugs == []


def whoami(aws, attempts=1):
    return client(aws, "sts", ALICE, attempts=attempts).get_caller_identity()


@pytest.mark.parametrize(("kind", "code", "status"), [
    ("500", "InternalFailure", 500),
    ("503", "ServiceUnavailable", 503),
    ("throttle", "Throttling", 400),
    ("region_disabled", "RegionDisabledException", 403),
    ("expired_session", "ExpiredToken", 403),
])  # fmt: skip
def test_refusals(aws, kind, code, status):
    aws.fault("GetCallerIdentity", kind)
    with pytest.raises(ClientError, match=code) as caught:
        whoami(aws)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert whoami(aws)["Account"] == ALICE.account_id
    first, second = aws.requests
    assert (first.status, first.error, first.fault) == (status, code, kind)
    assert (second.status, second.error, second.fault) == (200, "", "")


def test_refusals_are_read_by_the_retries_of_a_real_client(aws):
    aws.fault("*", "503")
    aws.fault("GetCallerIdentity", "throttle")
    assert whoami(aws, attempts=3)["Account"] == ALICE.account_id
    assert [each.fault for each in aws.requests] == ["throttle", "503", ""]


@pytest.mark.parametrize(("kind", "used"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connection(aws, kind, used):
    aws.fault("GetSessionToken", kind)
    with pytest.raises(ConnectionClosedError):
        login(aws, ALICE)
    assert aws.requests[0].status == 0
    if used:
        with pytest.raises(ClientError, match="invalid MFA one time pass code"):
            login(aws, ALICE)
    else:
        assert login(aws, ALICE)


@pytest.mark.parametrize(("kind", "status"), [("html", 200), ("html_403", 403)])
def test_page_of_a_proxy(aws, kind, status):
    aws.fault("GetSessionToken", kind)
    with connect(aws) as connection:
        connection.request("POST", "/", b"Action=GetSessionToken", {"Content-Type": FORM})
        answer = connection.getresponse()
        assert (answer.status, answer.headers.get_content_type()) == (status, "text/html")
        assert b"<html>" in answer.read()


def test_truncated_answer(aws):
    aws.fault("GetSessionToken", "garbage")
    with pytest.raises(ResponseParserError):
        login(aws, ALICE)
    with pytest.raises(ClientError, match="invalid MFA one time pass code"):
        login(aws, ALICE)


def test_answer_without_credentials(aws):
    aws.fault("GetSessionToken", "no_credentials")
    code = totp.code(ALICE.seed, aws.clock())
    answer = client(aws, "sts", ALICE).get_session_token(SerialNumber=ALICE.mfa_serial, TokenCode=code)
    assert "Credentials" not in answer


def test_session_that_is_over_before_it_begins(aws):
    aws.fault("GetSessionToken", "expired_session")
    session = login(aws, ALICE)
    assert session["Expiration"].timestamp() == pytest.approx(aws.clock() - 60, abs=1)
    with pytest.raises(ClientError, match="ExpiredToken"):
        client(aws, "sts", session).get_caller_identity()


def test_wrong_account(aws):
    aws.fault("GetCallerIdentity", "wrong_account")
    identity = whoami(aws)
    assert identity["Account"] == "999988887777"
    assert identity["Arn"] == "arn:aws:iam::999988887777:user/alice"


def test_unknown_fault_is_the_tests_mistake(aws):
    with pytest.raises(ValueError, match=r"no such fault: '504'.*hang"):
        aws.fault("GetCallerIdentity", "504")


def test_faults_can_be_taken_back(aws):
    aws.fault("*", "500", times=9)
    aws.clear_faults()
    assert whoami(aws)


def test_stop_cuts_hanging_and_idle_connections_at_once(aws):
    with connect(aws) as idle, connect(aws) as hanging:
        idle.request("POST", "/", WHO, signed(aws, ALICE, WHO) | {"Authorization": ""})
        idle.getresponse().read()
        aws.fault("GetCallerIdentity", "hang")
        hanging.request("POST", "/", WHO, signed(aws, ALICE, WHO))
        wait_until(lambda: aws.requests[-1].fault == "hang")
        start = time.monotonic()
        aws.stop()
        assert hanging.sock.recv(1) == idle.sock.recv(1) == b""
        assert time.monotonic() - start < 5


def wait_until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_stopped_server_is_unreachable_and_comes_back_under_its_url(aws):
    url = aws.url
    aws.stop()
    with pytest.raises(EndpointConnectionError):
        whoami(aws)
    aws.start()
    assert aws.url == url
    assert whoami(aws)


def test_many_requests_share_a_connection_and_none_waits_for_an_ack(aws):
    headers = signed(aws, ALICE, WHO)
    start = time.monotonic()
    with connect(aws) as connection:
        for _ in range(60):
            connection.request("POST", "/", WHO, headers)
            answer = connection.getresponse()
            assert len(answer.read()) == int(answer.headers["Content-Length"]) > 0
    assert time.monotonic() - start < 60 * 0.035  # a delayed ACK costs 0.04 each time
    whoami(aws)
    assert [each.connection for each in aws.requests] == [1] * 60 + [2]


def test_framing(aws):
    with connect(aws) as connection:
        connection.request("HEAD", "/")
        head = connection.getresponse()
        assert (head.status, head.read()) == (403, b"")
        assert int(head.headers["Content-Length"]) > 0
        connection.request(
            "POST", "/", iter([WHO[:10], WHO[10:]]), signed(aws, ALICE, WHO), encode_chunked=True
        )
        assert connection.getresponse().read().count(b"111122223333") == 2
        for length in ("-1", "many"):
            connection.request("POST", "/", headers={"Content-Length": length})
            bad = connection.getresponse()
            assert (bad.status, bad.headers["Connection"], len(bad.read())) == (400, "close", 19)


def test_client_that_goes_away_is_not_news(aws, capfd):
    aws.latency = 0.1
    for text in (
        "",
        "POST / HT",
        "GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf",
        "GET /x HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", int(aws.url.rpartition(":")[2]))) as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset, do not close
            rude.sendall(text.encode())
            time.sleep(0.05)  # the last one is gone while its answer is being made
    assert whoami(aws)
    assert capfd.readouterr() == ("", "")


def test_latency_is_per_request(aws):
    aws.latency = 0.2
    start = time.monotonic()
    whoami(aws)
    assert time.monotonic() - start >= 0.2


def test_program_for_the_demo(tmp_path):
    users = tmp_path / "users.json"
    users.write_text(json.dumps([vars(ALICE) | {"account_id": "444455556666"}]))
    path = pathlib.Path(sts.__file__)
    command = [sys.executable, str(path), "--users", str(users), "--fault", "GetCallerIdentity:500:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        running = sts.AwsStandIn(port=int(process.stdout.readline().rpartition(":")[2]))
        assert re.search("stand-in", process.stdout.readline())
        assert whoami(running, attempts=2)["Account"] == "444455556666"
        process.send_signal(signal.SIGTERM)
        assert (process.communicate(timeout=20), process.returncode) == (("", ""), 0)
