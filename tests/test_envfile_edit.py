"""The base key in an account's own file, replaced, or fetched from 1Password from now on: nothing else in it changes."""

from __future__ import annotations

import stat

import hypothesis
import pytest
from hypothesis import strategies as st
from place_runs import MARK, NEW, OLD, always_the_same, goes_there_and_back, refusal

from mfa_session import dotenv_file, envfile_edit
from mfa_session.envfile_edit import EnvfileKey
from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey, HeldKeys

pytestmark = pytest.mark.one_python

ID, SECRET = OLD.access_key_id, OLD.secret_access_key
PLAIN = f"AWS_ACCESS_KEY_ID={ID}\nAWS_SECRET_ACCESS_KEY={SECRET}\n"
REFERENCES = ("op://Cloud/AWS test/access key id", "op://Cloud/AWS test/secret access key")


def place(folder, data: str | bytes) -> EnvfileKey:
    path = folder / "$HOME of ~x" / ".env.test"  # taken as it stands
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return EnvfileKey(path)


def values(path, **environ: str) -> dict[str, str]:
    found = dotenv_file.parse(dotenv_file.text(path), path, environ)
    return {name: entry.value for name, entry in found.items()}


word = st.text("abcXYZ019-_./é€ #;=:\\", max_size=10)
name = st.sampled_from(["OP_ITEM", "MFA_SERIAL", "AWS_PROFILE", "ä", "x.y"])
blank = st.sampled_from(["", "", " ", "\t", "\f", "\v", "\u2028"])
note = st.one_of(blank, st.builds("{}#{}".format, blank, word))
start = st.sampled_from(["", "", "", "export ", " export  ", "  ", "\t"])
equal = st.sampled_from(["=", "=", " = ", "=  ", "\t="])
end = st.sampled_from(["", "", " ", "\t", " # why", "\t#", " #'"])
other = st.one_of(
    note,
    st.builds("{}{}{}{}".format, start, name, equal, word),
    st.builds("{}{}='{}'{}".format, start, name, word.filter(lambda text: "\\" not in text), end),
    st.builds('{}{}="{}\n{}"'.format, start, name, *[word.filter(lambda text: "\\" not in text)] * 2),
    st.just(f"OP_VAULT='\nAWS_ACCESS_KEY_ID=nested\n{MARK.decode()}x\n'"),
    st.just("AWS_REGION=${HOME}/${NONE:-x}$NOWHERE"),
)


@st.composite
def own(draw, key: str, value: str) -> str:
    mark = draw(st.sampled_from(["", "", "'", '"']))
    key = draw(st.sampled_from([key, key, f"'{key}'"]))
    return f"{draw(start)}{key}{draw(equal)}{mark}{value}{mark}{draw(end)}"


@st.composite
def files(draw) -> bytes:
    lines = draw(st.lists(other, max_size=4))
    lines += [draw(own("AWS_ACCESS_KEY_ID", ID)), draw(own("AWS_SECRET_ACCESS_KEY", SECRET))]
    text = "\n".join(draw(st.permutations(lines))) + draw(st.sampled_from(["", "\n", "\n\n", "\n "]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))
    return (draw(st.sampled_from(["", "", "\ufeff"])) + text).encode()


class _Everything(dict):
    def get(self, name, *_):
        return f"<{name}>"


@always_the_same
@hypothesis.given(files())
def test_whatever_is_in_the_file(tmp_path_factory, data):
    found = place(tmp_path_factory.mktemp("any"), data)
    try:
        before = dotenv_file.parse(dotenv_file.text(found.path), found.path, _Everything())
    except ConfigError as error:
        assert refusal(lambda: found.write(NEW, OLD), found.path).message == error.message
        return
    hypothesis.event("changed")
    goes_there_and_back(found, found.path)
    found.write(NEW, OLD)
    after = dotenv_file.parse(dotenv_file.text(found.path), found.path, _Everything())
    meant = {"AWS_ACCESS_KEY_ID": NEW.access_key_id, "AWS_SECRET_ACCESS_KEY": NEW.secret_access_key}
    assert {k: v.value for k, v in after.items()} == {k: v.value for k, v in before.items()} | meant


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN[:-1],
        PLAIN.replace("\n", "\r\n"),
        f"\n\n  export AWS_ACCESS_KEY_ID = '{ID}' # the key\nAWS_SECRET_ACCESS_KEY=\"{SECRET}\"#x",
        f"AWS_SECRET_ACCESS_KEY={SECRET}\n\n# AWS_ACCESS_KEY_ID=no\n\n\t\nAWS_ACCESS_KEY_ID={ID}",
        f"A='\nAWS_ACCESS_KEY_ID=nested\n'\n{PLAIN}B=$A\n",
        f"# one\r\n{PLAIN}",
        f"A=1\n\n{PLAIN}".replace("\n", "\r"),
    ],
)
def test_forms_of_it(tmp_path, data):
    found = place(tmp_path, data)
    assert found.where == str(found.path)
    goes_there_and_back(found, found.path)


@pytest.mark.parametrize("mark", ["", "'", '"'])
def test_the_quotes_stay(tmp_path, mark):
    found = place(tmp_path, PLAIN.replace(SECRET, f"{mark}{SECRET}{mark} # mine"))
    found.write(NEW, None)
    assert found.path.read_text() == (
        f"AWS_ACCESS_KEY_ID={NEW.access_key_id}\nAWS_SECRET_ACCESS_KEY={mark}{NEW.secret_access_key}{mark} # mine\n"
    )


SPARE = "# mfa-session rotate: the other key, until this is done: AKIANEWNEWNEWNEWNEW2"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PLAIN + PLAIN, "AWS_ACCESS_KEY_ID is there more than once"),
        (f"{PLAIN}AWS_SECRET_ACCESS_KEY=\n", "but not the other half|is there more than once"),
        (f"AWS_ACCESS_KEY_ID={ID}\n", "AWS_SECRET_ACCESS_KEY is missing, but not the other half"),
        (f"AWS_SECRET_ACCESS_KEY={SECRET}\n", "AWS_ACCESS_KEY_ID is missing, but not the other half"),
        (PLAIN.replace(SECRET, ""), "not an access key and its secret"),
        (PLAIN.replace(ID, "op://a/b/c"), "not an access key and its secret"),
        (PLAIN.replace(SECRET, "op://a/b/c"), "not an access key and its secret"),
        (PLAIN.replace(SECRET, "'two words'"), "not an access key and its secret"),
        (PLAIN.replace(SECRET, f"' {SECRET}'"), "not an access key and its secret"),
        (f"A={ID}\n" + PLAIN.replace(f"={ID}", "=$A"), "can't be changed safely"),
        (PLAIN.replace(SECRET, f'"{SECRET}\\\\"'), "can't be changed safely"),
        (PLAIN.replace(SECRET, "a\\$b"), "can't be changed safely"),
        (f"{PLAIN}OP_ITEM=of $AWS_ACCESS_KEY_ID\n", "can't be changed safely"),
        (f"{SPARE}\n{PLAIN}", "is damaged, or there twice"),
        (f"{SPARE} x\n{PLAIN}{SPARE} x\n", "is damaged, or there twice"),
        (f"{PLAIN}nonsense\n", "nonsense has no value"),
        (PLAIN.encode() + b"# \xff", "is not a UTF-8 text"),
        ("OP_ITEM=x\n", "has no access key of its own"),
        ("AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=''\n", "has no access key of its own"),
        ("", "has no access key of its own"),
    ],
)
def test_what_is_refused(tmp_path, data, said):
    found = place(tmp_path, data)
    message = refusal(lambda: found.write(NEW, OLD), found.path).message
    assert any(one in message for one in said.split("|")), message
    if "of its own" in said:
        assert found.read() == HeldKeys(None)


@pytest.mark.parametrize("secret", ["a'b", 'a"b', "a\\\\b", "$HOME", "a\\"])
def test_a_secret_that_its_quotes_would_change(tmp_path, secret):
    """AWS makes none of these: it goes in unchanged or not at all."""
    for mark in ("'", '"', ""):
        found = place(tmp_path, PLAIN.replace(SECRET, f"{mark}{SECRET}{mark}"))
        key = BaseKey(NEW.access_key_id, secret)
        try:
            found.write(key, OLD)
        except ConfigError as error:
            assert secret not in error.message.removeprefix(str(found.path))
            assert found.read() == HeldKeys(OLD)
        else:
            assert found.read() == HeldKeys(key, OLD)


@pytest.mark.parametrize(
    "key", [BaseKey(SECRET, ID), BaseKey(ID, "a\nB=1"), BaseKey(ID, "a b"), BaseKey(ID, "")]
)
def test_what_is_no_key_is_not_stored(tmp_path, key):
    found = place(tmp_path, PLAIN)
    for current, spare in ((key, None), (NEW, key)):
        error = refusal(lambda current=current, spare=spare: found.write(current, spare), found.path)
        assert "is not an access key" in error.message


def test_a_damaged_comment_is_named_by_its_line(tmp_path):
    found = place(tmp_path, f"# a\r\n\r\nA=1\r\n\r\n{SPARE}\r\n{PLAIN}")
    assert f"{found.path}:5: " in refusal(lambda: found.read(), found.path).message


def test_the_mode_stays(tmp_path):
    found = place(tmp_path, PLAIN)
    found.path.chmod(0o640)
    found.write(NEW, OLD)
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o640


def test_a_file_that_is_gone(tmp_path):
    found = place(tmp_path, PLAIN)
    found.path.unlink()
    with pytest.raises(ConfigError, match="is not there"):
        found.read()


@pytest.mark.parametrize(
    "data", ["A=1\n", "A=1", "A=1 # b", "", "A=1\r\n# c\r\n", "A=1\r\nB=2", "\ufeffA='x'"]
)
@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_references_go_to_the_end(tmp_path, data, region):
    path = place(tmp_path, data).path
    path.chmod(0o644)
    before = values(path)
    assert envfile_edit.with_references(path, *REFERENCES, region, note="by mfa-session import")
    new = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), REFERENCES, strict=True))
    assert values(path) == before | new | ({"AWS_REGION": region} if region else {})
    after = path.read_bytes()
    assert after.startswith(data.encode())
    assert (b"\r\n" in data.encode()) == (b"\r\n" in after[len(data.encode()) :])
    assert after.decode().splitlines()[len(data.splitlines()) :][:2] == [
        "# by mfa-session import",
        f'AWS_ACCESS_KEY_ID="{REFERENCES[0]}"',
    ]
    assert after.endswith(b"\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert not envfile_edit.with_references(path, *REFERENCES, region), "once is enough"
    assert path.read_bytes() == after


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_and_a_profile_that_are_there_stay(tmp_path, name):
    path = place(tmp_path, f"{name}=us-east-1\nAWS_PROFILE=x\nAWS_ACCESS_KEY_ID=\n").path
    assert envfile_edit.with_references(path, "op://v/i/a", "op://v/i/b", "eu-west-1")
    assert path.read_text() == (
        f"{name}=us-east-1\nAWS_PROFILE=x\nAWS_ACCESS_KEY_ID=\n"
        "AWS_ACCESS_KEY_ID=op://v/i/a\nAWS_SECRET_ACCESS_KEY=op://v/i/b\n"
    )


@pytest.mark.parametrize(
    ("data", "references", "said"),
    [
        (PLAIN, REFERENCES, "has another base key"),
        (f"AWS_ACCESS_KEY_ID={REFERENCES[0]}\n", REFERENCES, "has another base key"),
        ("A=1\nB='open\n", REFERENCES, "not KEY=value"),
        ("A=1\n", ("op://$HOME/a/b", REFERENCES[1]), "can't be changed safely"),
        ("A=1\n", ('op://a "b"/a/b', REFERENCES[1]), "can't be changed safely"),
        ("A=1\n", ("op://a/b/c\nB=1", REFERENCES[1]), "can't be changed safely"),
    ],
)
def test_references_that_are_refused(tmp_path, data, references, said):
    path = place(tmp_path, data).path
    change = lambda: envfile_edit.with_references(path, *references, "eu-west-1")  # noqa: E731
    assert said in refusal(change, path).message
