"""A session as data: credential_process JSON, dotenv, and the change of environment with its undo."""

from __future__ import annotations

import json

import pytest

from mfa_session import durations, formats, session
from mfa_session.errors import MfaSessionError

SESSION = session.Session(
    account="test",
    account_id="111122223333",
    access_key_id="ASIAEXAMPLE00000WXYZ",
    secret_access_key="se/cret+",
    session_token="to'ken==",
    expires=1_800_000_000,
)


def test_json_is_the_object_of_credential_process():
    assert json.loads(formats.credential_process(SESSION)) == {
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE00000WXYZ",
        "SecretAccessKey": "se/cret+",
        "SessionToken": "to'ken==",
        "Expiration": "2027-01-15T08:00:00Z",
        "AccountId": "111122223333",
    }


def test_the_change_names_every_managed_variable_and_contradicts_nothing():
    change = formats.environment(SESSION, {})
    assert set(change) == set(formats.MANAGED)
    assert change["AWS_PROFILE"] is change["AWS_SECURITY_TOKEN"] is change["AWS_REGION"] is None
    assert change["AWS_CREDENTIAL_EXPIRATION"] == change["MFA_SESSION_EXPIRATION"] == "2027-01-15T08:00:00Z"
    assert change["MFA_SESSION_EXPIRES_EPOCH"] == "1800000000"


def test_undo_knows_unset_from_empty_and_nothing_of_what_was_before_a_session():
    undo = formats.undo({"AWS_REGION": "", "AWS_PROFILE": "dev", "OTHER": "x"})
    assert (undo["AWS_REGION"], undo["AWS_PROFILE"], undo["AWS_VAULT"]) == ("", "dev", None)
    assert "OTHER" not in undo
    assert set(formats.undo({"MFA_SESSION_PROFILE": "test", "AWS_REGION": "x"}).values()) == {None}


def test_dotenv_does_not_quote_and_refuses_what_it_can_not_carry():
    lines = formats.dotenv(formats.environment(SESSION, {})).splitlines()
    assert "AWS_SESSION_TOKEN=to'ken==" in lines
    assert not any(line.startswith("AWS_PROFILE") for line in lines)
    with pytest.raises(MfaSessionError, match="AWS_REGION has a line break") as error:
        formats.dotenv({"AWS_REGION": "a\nb"})
    assert "--shell json" in error.value.hints[0]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(43200, "12h"), (43195, "12h"), (42120, "11h42m"), (3660, "1h01m"), (90, "2m"), (59, "59s"), (-5, "0s")],
)
def test_lengths_of_time(seconds, text):
    assert durations.brief(seconds) == text


def test_duration_on_the_command_line(world):
    world.export("test", "--duration", "30m")
    result = world.run("export", "test", "--duration", "2d")
    assert (result.returncode, result.stdout) == (2, "")
    assert "'2d' is not a duration" in result.stderr


def test_help_of_export_is_not_on_stdout_where_a_shell_would_evaluate_it(world):
    result = world.run("export", "--help")
    assert (result.returncode, result.stdout) == (0, "")
    assert "Example:" in result.stderr
