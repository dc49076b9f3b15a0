"""A profile of ours in the AWS config file: what is written where, and what is left alone."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from aws_config_runs import BLOCK, PROGRAM, File

from mfa_session.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "between"),
    [("", ""), ("[a]\nb = c\n", "\n"), ("[a]\nb = c", "\n"), ("[a]\n\n", "\n"), ("[a]\r\n", "\r\n")],
)
def test_what_is_written(before, between):
    file = File(before)
    edit = file.add()
    block = BLOCK.replace("\n", "\r\n") if "\r" in before else BLOCK
    assert file.data.decode() == before + between + block
    assert edit.lines == [f"+ {line}" for line in BLOCK.splitlines()]


def test_again_replaces_our_lines_where_they_are():
    file = File("[a]\nb = c\n")
    file.add(region=None)
    after = file.data + b"output = json\n\n# about d\n[d]\ne = f\n"
    file.put(after)
    edit = file.add()
    assert edit.lines == ["+ region = eu-west-1"]
    assert file.data.decode() == f"[a]\nb = c\n\n{BLOCK}output = json\n\n# about d\n[d]\ne = f\n"
    edit = file.add(words=["/new/mfa-session-credentials", "/x"])
    assert [line[:22] for line in edit.lines] == ["- credential_process =", "+ credential_process ="]
    assert file.profiles["test"]["output"] == "json"
    file.add(region=None)
    assert "region" not in file.profiles["test"]
    file.add(words=PROGRAM, region=None)
    assert file.data == after


def test_a_region_that_a_person_has_added_stays():
    file = File("")
    file.add(region=None)
    file.put(file.data + b"region = us-west-2\n")
    file.add(region="eu-west-1")
    assert file.profiles["test"]["region"] == "us-west-2"
    file.remove()
    assert file.data == b"[profile test]\nregion = us-west-2\n"


def test_lines_of_a_person_above_ours_stay():
    file = File("")
    file.add()
    header, _, rest = file.data.partition(b"\n")
    file.put(header + b"\nregion = us-west-2\n" + rest.replace(b"region = eu-west-1\n", b""))
    file.add()
    file.remove()
    assert file.data == b"[profile test]\nregion = us-west-2\n"


def test_what_only_looks_like_a_header_is_none():
    file = File("[a]\nb = c\n  [profile test]\n  # written by mfa-session\n")
    whole = file.data
    file.add()
    assert file.read()["a"] == {"b": "c\n[profile test]"}
    file.remove()
    assert file.data == whole


def test_what_ours_keeps_apart_is_not_joined():
    """Without our lines, the last header would be the second line of `b`."""
    file = File("")
    file.add()
    file.put(
        b"[a]\nb = c\n" + file.data.replace(b"\n", b"\n        ").rstrip() + b"\n    [profile z]\n    d = e\n"
    )
    whole = file.data
    assert set(file.profiles) == {"test", "z"}
    with pytest.raises(ConfigError, match=r"can't edit .*/config safely"):
        file.remove()
    assert file.data == whole


def test_out_of_the_middle():
    file = File("[a]\nb = c")
    for profile in ("x", "test", "z"):
        file.add(profile)
    file.put(file.data + b"# mine\n[d]\n")
    for profile in ("x", "test", "z"):
        file.remove(profile)
    assert file.data == b"[a]\nb = c\n# mine\n[d]\n"


@pytest.mark.parametrize(
    "theirs",
    [
        "[profile test]\nregion = eu-west-1\n",
        '[profile "test"]\nsso_session = x\n',
        "[profile test]\ncredential_process = /opt/mfa-session-credentials /x\n",
        "[profile test]\n# written by mfa-session\ncredential_process = /opt/other\n",
        "[profile test]\n# written by mfa-session\noutput = json\n",
        f"{BLOCK}[profile 'test']\nregion = x\n",
        "[profile test]\n",
    ],
)
def test_a_profile_of_somebody_else_is_left_alone(theirs):
    file = File(theirs)
    with pytest.raises(ConfigError, match="profile test is there, and not written by mfa-session") as error:
        file.add()
    assert error.value.hints == ("choose another name: mfa-session configure test --profile test-mfa",)
    with pytest.raises(ConfigError, match="not written by mfa-session"):
        file.remove()
    assert file.data.decode() == theirs


def test_a_key_under_that_name_would_win():
    file = File("")
    credentials = Path(file.folder.name, "credentials")
    credentials.write_text("[other]\naws_access_key_id = AKIA\n")
    file.add()
    credentials.write_text("[test]\naws_access_key_id = AKIA\n")
    with pytest.raises(ConfigError, match="credentials: profile test has an access key there"):
        file.add()
    file.remove()
    assert file.data == b""
    with pytest.raises(ConfigError, match="there is no profile test"):
        file.remove()
    credentials.write_text("test")
    with pytest.raises(ConfigError, match=r"credentials: a line .* can't be parsed"):
        file.add()


def test_what_is_not_read_back_as_meant_is_not_written():
    file = File("")
    file.add()
    file.put(file.data + b"   # and\n   more of the same line\n")
    whole = file.data
    hints = {
        file.add: "take profile test out by hand, and run it again",
        file.remove: "change these lines by hand:",
    }
    for change, hint in hints.items():
        with pytest.raises(ConfigError, match=r"can't edit .*/config safely") as error:
            change()
        assert error.value.hints[0] == hint
        assert file.data == whole
    assert any(line.startswith("- credential_process = ") for line in error.value.hints)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("test", "[profile test]"),
        ("default", "[default]"),
        ("my test", "[profile 'my test']"),
        ("it's", '[profile "it\'s"]'),
        ("a\\b", "[profile 'a\\b']"),
        ("é@x/1.0+%", "[profile é@x/1.0+%]"),
    ],
)
def test_names_of_profiles(name, header):
    file = File("")
    file.add(name)
    assert file.data.decode().splitlines()[0] == header
    assert list(file.profiles) == [name]
    file.remove(name)
    assert file.data == b""


@pytest.mark.parametrize("name", ["", "a]b", "[", "a #b", 'it\'s "x"', "a\nb", "a\u2028b", "\udcff"])
def test_names_that_no_header_can_hold(name):
    file = File("")
    with pytest.raises(ConfigError, match="can't be the name of a profile"):
        file.add(name)
    assert file.data == b""


NASTY = [
    "/a b",
    "/it's",
    '/a"b',
    "/$HOME",
    "/`id`",
    "/a\\",
    "/a\\nb",
    "/ # c",
    "/$x ;d",
    "/~",
    "/é😀",
    "/*?[x]{a,b}",
    "/!!",
]


def test_nasty_paths_in_a_file():
    file = File("")
    file.add(words=[*PROGRAM, *NASTY])
    line = file.profiles["test"]["credential_process"]
    assert shlex.split(line) == [*PROGRAM, *NASTY, "--"]
    shown = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, check=True).stdout
    assert shown.decode().splitlines() == [*PROGRAM, *NASTY, "--"]
    assert " #" not in line, "there Go, Rust and JavaScript would end it"
    assert " ;" not in line
    for word in ("/a\nb", "/a\x1bb", "/\udcff"):
        with pytest.raises(ConfigError, match="can't be named"):
            file.add(words=[word])
