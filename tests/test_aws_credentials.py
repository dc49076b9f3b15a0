"""The key of an AWS profile, replaced and taken out where it is stored: not another byte of the file changes."""

from __future__ import annotations

import os
import re
import stat

import botocore.configloader
import botocore.exceptions
import botocore.session
import hypothesis
import pytest
from hypothesis import strategies as st
from place_runs import NEW, OLD, always_the_same, goes_there_and_back, halves, refusal, without

from mfa_session.adapters.aws_credentials import ProfileKey
from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey, HeldKeys

pytestmark = pytest.mark.one_python

ID, SECRET = OLD.access_key_id, OLD.secret_access_key
PLAIN = f"[test]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"


class Files:
    """A config or a credentials file with this content; the other one is not there."""

    def __init__(self, folder, data: str | bytes, name: str = "credentials") -> None:
        self.path = folder / name
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(data if isinstance(data, bytes) else data.encode())
        self.environ = {
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        }

    def place(self, profile: str = "test") -> ProfileKey:
        return ProfileKey(profile, self.environ)


# Files as people and programs leave them behind.
word = st.text("`abcXYZ019-_./é€ #;=:[]%$\"'\\", min_size=1, max_size=12)
space = st.sampled_from(["", "", "", " ", "\t", "    "])
equal = st.sampled_from([" = ", "=", ": ", " =", "\t= \t"])
after = st.sampled_from(["", "", "", " ", "\t "])
note = st.one_of(
    st.sampled_from(["", "", " ", "\t", "\f"]), st.builds("{}{}{}".format, space, st.sampled_from("#;"), word)
)
other = st.one_of(
    st.builds("region{}{}".format, equal, word),
    st.builds("s3 =\n  a = {}\n  # b\n\n  aws_access_key_id={}".format, word, word),
    st.builds("{}role_arn{}{}".format, space, equal, word),
    st.just("aws_session_token = x"),
)
half = st.builds(
    "{}{}{}{{}}{}".format,
    space,
    st.sampled_from(["aws_access_key_id", "AWS_Access_Key_Id"]),
    equal,
    after,
)
header = st.sampled_from(
    ["[default]", "[DEFAULT]", "[profile test]", "[tes]", "[ test ]", "[x] # y]", "[a]b]"]
)
stranger = st.tuples(header, st.lists(other, max_size=2, unique_by=lambda text: text.strip()[:3]))


@st.composite
def files(draw) -> bytes:
    """With a section `test`, and in it the old key."""
    first = draw(half).format(ID)
    second = draw(half).lower().replace("access_key_id", "secret_access_key").format(SECRET)
    own = [first, second, *draw(st.lists(other, max_size=3, unique_by=lambda text: text.strip()[:3]))]
    own = draw(st.permutations(own))
    sections = draw(st.lists(stranger, max_size=3, unique_by=lambda one: one[0]))
    sections.insert(draw(st.integers(0, len(sections))), ("[test]", own))
    text = draw(note)
    for top, options in sections:
        text += f"\n{top}"
        for option in options:
            text += "".join(f"\n{one}" for one in draw(st.lists(note, max_size=2))) + f"\n{option}"
    text += draw(st.sampled_from(["", "\n", "\n\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))).encode()


def sections(path) -> dict | None:
    try:
        return botocore.configloader.raw_config_parse(str(path))
    except botocore.exceptions.ConfigParseError:
        return None


@always_the_same
@hypothesis.given(files(), st.booleans())
def test_whatever_is_in_the_file(tmp_path_factory, data, is_config):
    if is_config:
        data = data.replace(b"[profile test]", b"[test ]").replace(b"[test]", b"[profile test]")
    found = Files(tmp_path_factory.mktemp("any"), data, "config" if is_config else "credentials")
    before = sections(found.path)
    if before is None:
        assert "can't be parsed" in refusal(found.place, found.path).message
        return
    own = before["profile test" if is_config else "test"]
    if (own.get("aws_access_key_id"), own.get("aws_secret_access_key")) != (ID, SECRET):
        said = "something else than an access key|not the other half|has no access key"  # a deeper line goes on with the one above
        assert re.search(said, refusal(lambda: found.place().write(NEW, None), found.path).message)
        return
    hypothesis.event("changed")
    place = found.place()
    goes_there_and_back(place, found.path)
    place.write(NEW, OLD)
    own |= {"aws_access_key_id": NEW.access_key_id, "aws_secret_access_key": NEW.secret_access_key}
    assert sections(found.path) == before
    place.write(OLD, None)
    assert place.remove(keep_backup=False) is None
    assert found.path.read_bytes() == without(data, *halves(OLD))
    assert place.read() == HeldKeys(None)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN[:-1],
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r\n")[:-2],
        f"[test]\n  AWS_SECRET_ACCESS_KEY={SECRET}\n AWS_ACCESS_KEY_ID  :  {ID}  ",
        f"# AKIA is not it\n[a]\naws_access_key_id = AKIAOTHER00000000000\naws_secret_access_key = x\n{PLAIN}[z]\n",
        f"{PLAIN}# kept\n\nregion = eu-west-1\ns3 =\n  aws_access_key_id = nested\n",
        f"[DEFAULT]\naws_session_token = t\n[x]\n{PLAIN}",
        f"[test]\n# one\naws_access_key_id = {ID}\n\n; two\n\naws_secret_access_key = {SECRET}\naws_session_token = é",
    ],
)
def test_forms_of_it(tmp_path, data):
    found = Files(tmp_path / "files", data)
    goes_there_and_back(found.place(), found.path)
    found.place().remove(keep_backup=False)
    assert found.path.read_bytes() == without(data.encode(), *halves(OLD))


def test_what_botocore_and_the_aws_cli_see_meanwhile(tmp_path, monkeypatch):
    found = Files(tmp_path, f"[default]\nregion = x\n{PLAIN}region = eu-west-1\n")
    found.place().write(NEW, OLD)
    for name, value in found.environ.items():
        monkeypatch.setenv(name, value)
    seen = botocore.session.Session(profile="test").get_credentials()
    assert (seen.access_key, seen.secret_key) == (NEW.access_key_id, NEW.secret_access_key)


@pytest.mark.parametrize("header", ["[profile test]", '[profile "test"]', "  [profile   test]"])
def test_the_config_file_holds_it(tmp_path, header):
    data = PLAIN.replace("[test]", header)
    found = Files(tmp_path / "files", data, "config")
    assert found.place().where == f"profile test in {found.path}"
    goes_there_and_back(found.place(), found.path)


def test_the_credentials_file_wins(tmp_path):
    other = PLAIN.replace("[test]", "[profile test]").replace("OLD1", "CNF1")
    config = Files(tmp_path, other, "config")
    found = Files(tmp_path, PLAIN)
    place = found.place()
    assert place.where == f"profile test in {found.path}"
    place.write(NEW, None)
    assert place.read() == HeldKeys(NEW)
    assert config.path.read_text() == other


def test_it_is_named_from_home_on(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Files(tmp_path / ".aws", PLAIN)
    assert ProfileKey("test", {}).where == "profile test in ~/.aws/credentials"
    named = {"AWS_SHARED_CREDENTIALS_FILE": f"{tmp_path}/.aws/credentials"}
    assert ProfileKey("test", named).where == "profile test in ~/.aws/credentials"
    assert ProfileKey("test", {}).read() == HeldKeys(OLD)


NESTED = f"[test]\naws_access_key_id = {ID}\n  more\naws_secret_access_key = {SECRET}\n"
SPARE = "# mfa-session rotate: the other key, until this is done: AKIANEWNEWNEWNEWNEW2"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PLAIN + PLAIN, "can't be parsed"),
        (f"{PLAIN}AWS_ACCESS_KEY_ID = x\n", "can't be parsed"),
        (b"\xef\xbb\xbf" + PLAIN.encode(), "can't be parsed"),
        (PLAIN.encode() + b"# \xff\n", "can't be parsed"),
        (f"{PLAIN}s3 =\n  no\n", "can't be parsed"),
        (f"aws_access_key_id = {ID}\n", "can't be parsed"),
        (NESTED, "holds something else"),
        (PLAIN.replace(ID, f'"{ID}"'), "holds something else"),
        (PLAIN.replace(SECRET, f"{SECRET} # mine"), "holds something else"),
        (PLAIN.replace(ID, ""), "holds something else"),
        (PLAIN.replace(SECRET, "\u00e9"), "holds something else"),
        (PLAIN.replace("[test]", "[DEFAULT]") + "[test]\n", "has its key from another section"),
        (f"[DEFAULT]\naws_secret_access_key = x\n[test]\naws_access_key_id = {ID}\n", "from another section"),
        (f"[test]\naws_access_key_id = {ID}\n", "has aws_access_key_id, but not the other half"),
        (f"[test]\naws_secret_access_key = {SECRET}\n", "has aws_secret_access_key, but not the other half"),
        (PLAIN.replace("]\n", f"]\n{SPARE}\n"), "is damaged, or there twice"),
        (PLAIN.replace("]\n", f"]\n{SPARE[:-20]}no key\n"), "is damaged, or there twice"),
        (PLAIN.replace("]\n", f"]\n{SPARE} a b\n"), "is damaged, or there twice"),
        (PLAIN.replace("]\n", f"]\n{SPARE[:50]}\n"), "is damaged, or there twice"),
        (PLAIN.replace("]\n", f"]\n{SPARE} a\n{SPARE} a\n"), "is damaged, or there twice"),
        ("[other]\n", "has no access key"),
        ("[test]\nregion = x\n", "has no access key"),
        ("[test]\naws_access_key_id =\naws_secret_access_key =\n", "has no access key"),
        ("", "has no access key"),
    ],
)
def test_what_is_refused(tmp_path, data, said):
    found = Files(tmp_path, data)
    assert said in refusal(lambda: found.place().write(NEW, OLD), found.path).message
    assert said in refusal(lambda: found.place().remove(keep_backup=True), found.path).message
    if said == "has no access key":
        assert found.place().read() == HeldKeys(None)
    else:
        assert said in refusal(lambda: found.place().read(), found.path).message


def test_a_damaged_comment_is_named_by_its_line(tmp_path):
    found = Files(tmp_path, f"# a\n{PLAIN}{SPARE}\n")
    assert f"{found.path}:5: " in refusal(lambda: found.place().read(), found.path).message


def test_the_comment_of_another_profile_is_not_ours(tmp_path):
    found = Files(tmp_path / "files", f"[a]\n{SPARE} secret\n{PLAIN}[z]\n{SPARE} other\n")
    found.place().write(NEW, OLD)
    assert found.place().read() == HeldKeys(NEW, OLD)
    found.place().write(OLD, None)
    assert found.path.read_text() == f"[a]\n{SPARE} secret\n{PLAIN}[z]\n{SPARE} other\n"


def test_two_spellings_of_one_section(tmp_path):
    two = PLAIN.replace("[test]", "[profile test]") + PLAIN.replace("[test]", '[profile "test"]')
    found = Files(tmp_path, two, "config")
    assert "is there more than once" in refusal(lambda: found.place().read(), found.path).message


@pytest.mark.parametrize("swapped", [False, True])
def test_halves_in_two_files(tmp_path, swapped):
    here, there = PLAIN.splitlines()[1:][:: -1 if swapped else 1]
    found = Files(tmp_path, f"[test]\n{here}\n")
    config = Files(tmp_path, f"[profile test]\n{there}\n", "config")
    message = refusal(found.place, found.path).message
    assert "one half of its key there, and the other in" in message
    assert str(found.path) in message
    assert str(config.path) in message


@pytest.mark.parametrize(
    "key",
    [
        BaseKey(SECRET, ID),
        BaseKey(f"{ID}\n[a]", "x"),
        BaseKey(ID, "two\nlines"),
        BaseKey(ID, "two words"),
        BaseKey(ID, ""),
        BaseKey("", ""),
    ],
)
def test_what_is_no_key_is_not_stored(tmp_path, key):
    found = Files(tmp_path, PLAIN)
    for current, spare in ((key, None), (NEW, key)):
        error = refusal(lambda current=current, spare=spare: found.place().write(current, spare), found.path)
        assert "is not an access key" in error.message


def test_the_mode_and_a_symlink_stay(tmp_path):
    found = Files(tmp_path / "real", PLAIN)
    found.path.chmod(0o640)
    link = tmp_path / "credentials"
    link.symlink_to(found.path)
    place = ProfileKey("test", {"AWS_SHARED_CREDENTIALS_FILE": str(link), "AWS_CONFIG_FILE": os.devnull})
    assert place.where == f"profile test in {link}"
    place.write(NEW, OLD)
    assert place.read() == HeldKeys(NEW, OLD)
    assert link.is_symlink()
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o640


def test_a_backup_is_made_once_and_never_over_another(tmp_path):
    found = Files(tmp_path, PLAIN)
    found.path.chmod(0o644)
    first = tmp_path / "credentials.before-mfa-session"
    first.write_text("somebody's")
    kept = found.place().remove(keep_backup=True)
    assert kept == f"{first}-2"
    assert first.read_text() == "somebody's"
    assert (tmp_path / kept).read_text() == PLAIN
    assert stat.S_IMODE((tmp_path / kept).stat().st_mode) == 0o600
    found.path.write_text(PLAIN)  # as if it had been killed between the two
    assert found.place().remove(keep_backup=True) == kept
    assert found.path.read_text() == "[test]\n"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_key_behind_which_another_one_would_appear_is_not_taken_out(tmp_path):
    above = "[DEFAULT]\naws_access_key_id = AKIAABOVE00000000000\naws_secret_access_key = x\n"
    found = Files(tmp_path / "files", above + PLAIN)
    goes_there_and_back(found.place(), found.path)
    error = refusal(lambda: found.place().remove(keep_backup=True), found.path)
    assert "can't be changed safely" in error.message


def test_a_key_that_is_being_replaced_is_not_taken_out(tmp_path):
    found = Files(tmp_path, PLAIN)
    found.place().write(NEW, OLD)
    error = refusal(lambda: found.place().remove(keep_backup=True), found.path)
    assert "is being replaced" in error.message
    assert "finish that first: mfa-session rotate" in error.hints


def test_without_a_backup_that_is_safe_nothing_is_taken_out(tmp_path, monkeypatch):
    found = Files(tmp_path, PLAIN)

    def fail(*_: object) -> None:
        raise OSError(28, "No space")

    place = found.place()
    monkeypatch.setattr(os, "fsync", fail)
    message = refusal(lambda: place.remove(keep_backup=True), found.path).message
    assert "no copy of it can be made: No space" in message


def test_no_file_at_all(tmp_path):
    place = ProfileKey(
        "test", {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": str(tmp_path / "x")}
    )
    assert place.read() == HeldKeys(None)
    with pytest.raises(ConfigError, match="profile test has no access key"):
        place.write(NEW, None)
