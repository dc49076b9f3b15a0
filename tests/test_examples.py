"""The two examples are complete, and a copy of either is a working account."""

from __future__ import annotations

from pathlib import Path

import onepassword_runs
import pytest

from mfa_session import accounts, envfile, envfile_keys

ENVS = Path(__file__).resolve().parents[1] / "envs"


@pytest.mark.parametrize(("name", "account_id"), [("test", "111122223333"), ("prod", "444455556666")])
def test_an_example_passes_the_parser(name, account_id):
    path = ENVS / f".env.{name}.example"
    account = envfile.load(accounts.Found(name, path), {})
    assert account.account_id == account_id
    assert account.warnings == ()


def test_between_them_they_show_every_key():
    text = "".join((ENVS / f".env.{name}.example").read_text() for name in ("test", "prod"))
    for key in envfile_keys.ALIASES:
        assert f"{key}=" in text, key


def test_a_copy_of_the_first_gives_a_session(world):
    (world.home / "envs/.env.test").write_text((ENVS / ".env.test.example").read_text())
    assert world.export(AWS_PROFILE="test-bootstrap")["AccountId"] == "111122223333"


def test_a_copy_of_the_second_gives_a_session_from_one_call(world):
    (world.home / "envs/.env.prod").write_text((ENVS / ".env.prod.example").read_text())
    assert world.export("prod")["AccountId"] == "444455556666"
    assert onepassword_runs.argvs(world) == [["inject"]]
