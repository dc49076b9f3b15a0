"""Env files are read as `op run --env-file` reads them."""

from __future__ import annotations

import pytest

from mfa_session import dotenv_file
from mfa_session.errors import ConfigError


def read(tmp_path, text, **environ):
    path = tmp_path / ".env.x"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {
        key: entry.value for key, entry in dotenv_file.parse(dotenv_file.text(path), path, environ).items()
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("A=", ""),
        ("  A = b  ", "b"),
        ("export A=b", "b"),
        ("A=b # why", "b"),
        ("A=b#c", "b#c"),
        ("A='b # c'", "b # c"),
        ('A="  b  "', "  b  "),
        ('A={"foo":"bar"}', '{"foo":"bar"}'),
        ("A=op://v/i/one-time password?attribute=otp # the code", "op://v/i/one-time password?attribute=otp"),
        ('A="two\nlines"', "two\nlines"),
        ("A=häßlich", "häßlich"),
        ("A=a=b=c", "a=b=c"),
        ("A=$HOME", "/h"),
        ("A=${HOME}/x", "/h/x"),
        ('A="$HOME"', "/h"),
        ("A='$HOME'", "$HOME"),
        ("A=\\$HOME", "$HOME"),
        ("A=cost$5", "cost$5"),
        ("A=${NONE:-dev}/x", "dev/x"),
        ("A=${EMPTY:-dev}", "dev"),
        ("A=${HOME:-dev}", "/h"),
        ("A=$EMPTY", ""),
        ("A=$(touch pwned)`touch pwned`", "$(touch pwned)`touch pwned`"),
    ],
)
def test_a_line(tmp_path, line, value):
    assert read(tmp_path, line, HOME="/h", EMPTY="") == {"A": value}
    assert not (tmp_path / "pwned").exists()


def test_earlier_lines_stand_for_themselves_and_win_over_the_environment(tmp_path):
    assert read(tmp_path, "A=1\nB=$A\nC=${B}2\n", A="environment")["C"] == "12"


def test_the_last_of_two_lines_holds(tmp_path):
    assert read(tmp_path, "A=1\nA=2\n") == {"A": "2"}


def test_comments_blank_lines_a_byte_order_mark_and_crlf(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbf# c\r\n\r\nA=1\r\n  # d\r\nB=2\r\n") == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("A=1\n\n\nthis is not it\n", 4, "not KEY=value"),
        ("A=1\nB='open\n", 2, "not KEY=value"),
        ("# c\nLONELY\n", 2, "LONELY has no value"),
        ("A=1\n\n  B=$NOWHERE\n", 3, "NOWHERE is not set"),
        ("A=${NOWHERE}", 1, "NOWHERE is not set"),
    ],
)
def test_a_bad_line_is_named_by_path_and_number(tmp_path, text, line, said):
    with pytest.raises(ConfigError, match=said) as error:
        read(tmp_path, text)
    assert error.value.message.startswith(f"{tmp_path}/.env.x:{line}: ")


def test_a_file_that_is_no_text(tmp_path):
    with pytest.raises(ConfigError, match=r"\.env\.x: is not a UTF-8 text"):
        read(tmp_path, b"A=\xff\xfe\n")
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        dotenv_file.text(tmp_path / "none")
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        dotenv_file.text(tmp_path)


def test_no_secret_of_the_environment_gets_into_a_file(tmp_path):
    """The file may be another person's, and its values are shown, and handed to op."""
    with pytest.raises(ConfigError, match="AWS_SECRET_ACCESS_KEY is secret") as error:
        read(tmp_path, "OP_ITEM=$AWS_SECRET_ACCESS_KEY", AWS_SECRET_ACCESS_KEY="live")
    assert "live" not in str(error.value)


def test_a_file_without_end(tmp_path):
    with pytest.raises(ConfigError, match="too large"):
        read(tmp_path, "A=" + "x" * 200_000)
