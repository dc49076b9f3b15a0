"""What the tests of `doctor` share: one run, in which no secret may be seen and, without a touch, nothing may change."""

from __future__ import annotations

import json
import re
import time
from typing import NamedTuple

import aws_runs
from standins import sts_clients

# How it says that AWS, or op, was too slow: on a machine that is busy enough, they are.
TOO_SLOW = ("gives no answer", "no answer in", "timeout on endpoint", "can't be reached")
FIELDS = {"account", "level", "subject", "what", "why", "hints", "evidence"}
LEVELS = {"red", "yellow", "note", "skipped", "ok"}


class Seen(NamedTuple):
    status: int
    findings: list[dict]
    seconds: float

    def of(self, subject: str, account: str | None = "*") -> list[dict]:
        return [
            one
            for one in self.findings
            if one["subject"] == subject and (account == "*" or one["account"] == account)
        ]

    def level(self, subject: str, account: str | None = "*") -> list[str]:
        return [one["level"] for one in self.of(subject, account)]

    def says(self, level: str, subject: str, phrase: str) -> bool:
        """Whether there is such a finding with the phrase anywhere in its words."""
        return any(phrase in words(one) for one in self.of(subject) if one["level"] == level)

    def bad(self) -> list[tuple[str, str]]:
        return [(one["level"], one["subject"]) for one in self.findings if one["level"] in ("red", "yellow")]


def words(finding: dict) -> str:
    return "\n".join([finding["what"], finding["why"], *finding["hints"], *finding["evidence"]])


def doctor(world, *args: str, touched: bool = False, patient: bool = True, **environ: str) -> Seen:
    """One run with --json; `touched` says that it may ask somebody, and keep a session.

    Its patience is not what most tests are about: a `patient` one has it look again where this machine was too busy.
    """
    seen = _once(world, args, environ, touched=touched)
    for _ in range(3 if patient and not touched else 0):
        if not any(slow in words(one) for one in seen.findings for slow in TOO_SLOW):
            break
        world.aws.requests.clear()
        seen = _once(world, args, environ, touched=touched)
    return seen


def _once(world, args: tuple[str, ...], environ: dict[str, str], *, touched: bool) -> Seen:
    started, before = time.time(), tree(world)
    result = world.run("doctor", *args, "--json", **environ)
    ended = time.time()
    harmless(world, result.stdout + result.stderr, started, ended)
    assert result.returncode in (0, 1), result.stderr
    if not touched:
        assert result.stderr == ""
        assert tree(world) == before
        assert_nobody_was_asked(world)
    findings = json.loads(result.stdout)
    for one in findings:
        assert set(one) == FIELDS
        assert one["level"] in LEVELS
        assert one["what"]
    assert result.returncode == any(one["level"] == "red" for one in findings)
    return Seen(result.returncode, findings, ended - started)


def harmless(world, text: str, started: float, ended: float) -> None:
    for secret in (*world.secrets, "StandInToken"):
        assert secret not in text
    for code in aws_runs.codes(world, started, ended):
        assert not re.search(rf"\b{code}\b", text)
    assert not re.search(r"\bA(KI|SI)A[A-Z0-9]{16}\b", text), "a whole key id"


def assert_nobody_was_asked(world) -> None:
    assert world.op.prompts == []
    asked = [call["argv"] for call in world.op.calls]
    assert all(argv in (["--version"], ["account", "list", "--format", "json"]) for argv in asked), asked


def tree(world) -> dict:
    """What lies in the home folder, to the byte."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in world.home.rglob("*")
        if path.is_file()
    } | {str(path): None for path in world.home.rglob("*") if path.is_dir()}


def wake(world) -> None:
    """Have what answers for most of AWS here loaded: its first answers take longer than a doctor waits."""
    form, world.user.policy = world.user.policy, "open"
    for service, call in (
        ("iam", "list_users"),
        ("dynamodb", "list_tables"),
        ("ec2", "describe_regions"),
        ("s3", "list_buckets"),
    ):
        client = sts_clients.client(world.aws, service, world.user)
        getattr(client, call)()
    world.user.policy = form
    world.aws.requests.clear()
