"""An account's file that did not exist: what is in it, where it goes, and that git leaves it alone."""

from __future__ import annotations

import dataclasses
import errno
import os
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from init_runs import git

from mfa_session import drafting
from mfa_session.drafting import Draft
from mfa_session.errors import ConfigError
from mfa_session.model import OpItem, OtpSource, Role

pytestmark = pytest.mark.one_python

SERIAL = "arn:aws:iam::111122223333:mfa/alice"
OP = OtpSource("op", OpItem("AWS test"))
SHORT = Draft("111122223333", SERIAL, OP)
FOLDER_ONLY = """\
import resource, sys
from mfa_session import drafting
from mfa_session.errors import ConfigError
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    drafting.write_new(sys.argv[1], "more than ten bytes\\n")
except ConfigError as error:
    print(error.message)
"""


@pytest.fixture
def repository(tmp_path):
    assert git(tmp_path, "init", "-q", "repository").returncode == 0
    return tmp_path / "repository"


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (SHORT._replace(profile="work key"), {"otp": OP, "profiles": ("work key",), "duration": 43200}),
        (SHORT, {"profiles": ("x", "x-bootstrap")}),
        (
            SHORT._replace(
                otp=OtpSource("op", OpItem("AWS test", "Work", "my.1password.com")),
                references=("op://Work/AWS test/access key id", "op://Work/AWS test/secret access key"),
            ),
            {"otp": OtpSource("op", OpItem("AWS test", "Work", "my.1password.com")), "profiles": ()},
        ),
        (
            SHORT._replace(otp=OtpSource("ykman", None, "AWS:alice")),
            {"otp": OtpSource("ykman", None, "AWS:alice")},
        ),
        (SHORT._replace(otp=OtpSource("ykman", None, "")), {"otp": OtpSource("ykman", None, SERIAL)}),
        (SHORT._replace(otp=OtpSource("prompt")), {"otp": OtpSource("prompt", None, SERIAL)}),
        (
            SHORT._replace(otp=OtpSource("prompt", OpItem("", None, "team"))),
            {"otp": OtpSource("prompt", OpItem("", None, "team"), SERIAL)},
        ),
        (
            SHORT._replace(otp=OtpSource("command", None, "", "pass otp 'a b' | head -n1 # $x")),
            {"otp": OtpSource("command", None, SERIAL, "pass otp 'a b' | head -n1 # $x")},
        ),
        (
            SHORT._replace(region="eu-west-1", duration="90m", role_arn="arn:aws:iam::444455556666:role/a"),
            {"region": "eu-west-1", "duration": 5400, "role": Role("arn:aws:iam::444455556666:role/a")},
        ),
    ],
)
def test_the_file_says_what_was_meant(draft, expected):
    found = drafting.checked(draft, "x")
    assert (found.account_id, found.mfa_serial, found.warnings) == ("111122223333", SERIAL, ())
    assert found.key.references == (draft.references or ())
    said = dataclasses.asdict(found) | {"profiles": found.key.profiles}
    for name, value in expected.items():
        value = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value
        value = value | {"name": SERIAL} if name == "otp" and not value["name"] else value
        assert (set(said[name]) if name == "profiles" else said[name]) == (
            set(value) if name == "profiles" else value
        )


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def printable(alphabet: str = "") -> st.SearchStrategy[str]:
    letters = st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" $#\"'\\`{}!=~" + alphabet)
    return st.text(letters, min_size=1).map(str.strip).filter(lambda text: text and text.isprintable())


def is_a_name(text: str) -> bool:
    """What `envfile` takes for a name: it refuses references, in all their spellings, and stdin."""
    return "op://" not in text.lower() and text != "-"


@given(item=printable().filter(is_a_name), vault=printable().filter(is_a_name))
def test_any_name_comes_back(item, vault):
    draft = SHORT._replace(otp=OtpSource("op", OpItem(item, vault)), profile="p")
    assert drafting.checked(draft, "x").otp.op == OpItem(item, vault)


def test_values_are_written_as_people_write_them():
    for value, line in {
        "eu-west-1": "eu-west-1",
        "AWS test": '"AWS test"',
        "cash $5 #1": "'cash $5 #1'",
        "it's": '"it\'s"',
        'a "b" \\ $c\'': '"a \\"b\\" \\\\ \\$c\'"',
    }.items():
        assert drafting.quoted(value) == line


def test_what_would_be_no_account_is_said_before_it_is_written():
    for draft, why in {
        SHORT._replace(otp=OtpSource("op", OpItem("-"))): "OP_ITEM: '-' means standard input to op",
        SHORT._replace(duration="1m"): "SESSION_DURATION: '1m' is out of range",
        SHORT._replace(role_arn="deploy"): "ROLE_ARN",
        SHORT._replace(mfa_serial=SERIAL.replace("1111", "9999")): "MFA_SERIAL belongs to account",
        SHORT._replace(references=("op://a/b c/d", "op://a/ü/d")): "AWS_SECRET_ACCESS_KEY",
    }.items():
        with pytest.raises(ConfigError, match=f"^this would not be an account: {why}"):
            drafting.checked(draft, "x")


def test_names_of_accounts():
    for name in ("test", "a1", "prod.eu", "team_a", "me@work", "ümlaut", "a-bootstrap-b"):
        assert drafting.name_is_wrong(name) is None, name
    for name in ("", ".", "-x", "a/b", "a b", "a\n", "_a", "x.example", "x~", "test-bootstrap", "a'b", "$a"):
        assert drafting.name_is_wrong(name), name


def test_where_it_goes(tmp_path, repository):
    home = tmp_path / "home"
    (home / "plain/envs").mkdir(parents=True)
    (repository / "deep/er").mkdir(parents=True)
    own = f"{home}/.config/mfa-session"
    environ = {"HOME": str(home)}

    def goes_to(here, **more: str) -> str:
        return drafting.folder(environ | more, str(here))

    assert goes_to(repository) == f"{repository}/envs"
    assert goes_to(repository / "deep/er") == f"{repository}/envs"
    (repository / "deep/envs").mkdir()
    assert goes_to(repository / "deep/er") == f"{repository}/deep/envs"
    assert goes_to(repository) == f"{repository}/envs"
    assert goes_to(repository, MFA_SESSION_ENV_DIR="/some/where") == "/some/where"
    assert goes_to(home) == own
    assert goes_to(tmp_path) == own
    assert goes_to(home, XDG_CONFIG_HOME="/cfg") == "/cfg/mfa-session"
    assert goes_to(home / "plain") == f"{home}/plain/envs"
    (home / "plain/sub").mkdir()
    assert goes_to(home / "plain/sub") == own
    (home / ".git").mkdir()
    assert goes_to(home / "plain/sub") == own
    assert goes_to(home) == own
    assert drafting.folder({}, str(tmp_path)) == f"{tmp_path}/envs"


def test_it_is_its_owners_alone_and_nothing_lies_beside_it(tmp_path):
    path = tmp_path / "new/folder/.env.test"
    before = os.umask(0)
    try:
        drafting.write_new(str(path), "käse\n")
    finally:
        os.umask(before)
    assert path.read_text(encoding="utf-8") == "käse\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert names(path.parent) == [".env.test"]
    assert path.stat().st_nlink == 1


@pytest.mark.parametrize("links", [True, False])
def test_what_is_there_stays(tmp_path, monkeypatch, links):
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")  # as FAT says

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / ".env.test"
    drafting.write_new(str(path), "first\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.stat()
    for _ in range(2):
        with pytest.raises(ConfigError, match="is there already, and is left as it is"):
            drafting.write_new(str(path), "second\n")
    assert (path.read_text(), path.stat()) == ("first\n", before)
    dangling = tmp_path / ".env.other"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="is there already"):
        drafting.write_new(str(dangling), "second\n")
    assert names(tmp_path) == [".env.other", ".env.test"]


def test_a_failure_leaves_nothing(tmp_path):
    path = tmp_path / ".env.test"
    argv = [sys.executable, "-c", FOLDER_ONLY, str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == f"{path}: can't be written: File too large\n"
    assert names(tmp_path) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="can't be written"):
        drafting.write_new(str(tmp_path / "file/.env.test"), "x")
