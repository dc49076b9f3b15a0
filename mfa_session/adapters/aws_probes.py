"""What AWS answers to a key without MFA: four services that have nothing to do with each other, each asked a harmless thing."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.exceptions

from mfa_session.adapters import aws_connection, aws_errors
from mfa_session.verdicts import Probe, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.model import Account, BaseKey
    from mfa_session.session import Session

_TIMEOUT = 2.0  # seconds, to connect and then to answer; each is asked twice at most
_PATIENCE = 5.0  # seconds, for all together, whatever it is that takes long
_NOT_AWS = "what answered is not AWS"


class _Question(NamedTuple):
    """`action` is what IAM calls it; `answer` is what AWS's answer has in any case, empty or not."""

    service: str
    action: str
    method: str
    parameters: dict[str, int]
    answer: str


_QUESTIONS = (
    _Question("iam", "iam:ListUsers", "list_users", {"MaxItems": 1}, "Users"),
    _Question("dynamodb", "dynamodb:ListTables", "list_tables", {"Limit": 1}, "TableNames"),
    _Question("ec2", "ec2:DescribeRegions", "describe_regions", {}, "Regions"),
    _Question("s3", "s3:ListAllMyBuckets", "list_buckets", {}, "Buckets"),
)


def probe(
    account: Account,
    key: BaseKey | Session,
    profile: str | None,
    region: str | None,
    environ: Mapping[str, str],
) -> list[Probe]:
    """One for each service, within seconds; raises MfaSessionError where AWS can't be asked at all."""
    connection = aws_connection.Connection(account, profile, region, environ, "iam")
    connection.open(key.access_key_id, key.secret_access_key, getattr(key, "session_token", None))
    answers: dict[str, Probe] = {}
    with connection.explained():
        # Clients are made one after the other, since that is not safe in threads; using them is.
        clients = [
            connection.client_of(
                question.service,
                connect_timeout=_TIMEOUT,
                read_timeout=_TIMEOUT,
                retries={"mode": "standard", "total_max_attempts": 2},
            )
            for question in _QUESTIONS
        ]

    def ask(client: Any, question: _Question) -> None:
        answers[question.action] = _asked(client, question)

    # Daemons, because a name server that does not answer would hold up the end of the program.
    threads = [
        threading.Thread(target=ask, args=asking, daemon=True)
        for asking in zip(clients, _QUESTIONS, strict=True)
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return [
        answers.get(action, Probe(action, "unknown", f"no answer in {_PATIENCE:.0f} s"))
        for action in (question.action for question in _QUESTIONS)
    ]


def _asked(client: Any, question: _Question) -> Probe:
    """What an answer holds is nobody's business here: only whether there was one."""
    try:
        answer = getattr(client, question.method)(**question.parameters)
    except botocore.exceptions.ClientError as error:
        said = error.response.get("Error", {})
        code, text = str(said.get("Code", "")), str(said.get("Message", ""))
        if not code or code.isdigit():  # no error of AWS's own, but a status of HTTP with a page
            return Probe(question.action, "unknown", _NOT_AWS)
        return Probe(question.action, outcome(code, text), f"{code}: {_words(text)}")
    except Exception as error:  # noqa: BLE001 - botocore fails in many ways, and a thread must not do so in silence
        return Probe(question.action, "unknown", _without_answer(error))
    if not isinstance(answer.get(question.answer), list):
        return Probe(question.action, "unknown", _NOT_AWS)
    return Probe(question.action, "allowed", "AWS answered it")


def _words(text: str) -> str:
    """Without what follows on a refused signature, the request that AWS had expected: its headers hold the session's token."""
    lines = text.strip().splitlines() or [""]
    return aws_errors.harmless(lines[0].partition(" Encoded authorization failure message")[0])


def _without_answer(error: Exception) -> str:
    if isinstance(error, botocore.exceptions.BotoCoreError):
        return aws_errors.harmless(str(error))
    # What a parser says of an answer that it can't read repeats a part of it.
    return _NOT_AWS
