"""Whatever is in an AWS config file: a profile of ours goes in and out, and nothing else in it changes by a byte."""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from pathlib import Path

import botocore.exceptions
import hypothesis
import pytest
from aws_config_runs import PROGRAM, File
from hypothesis import strategies as st

from mfa_session.adapters import aws_config_words
from mfa_session.errors import ConfigError

pytestmark = pytest.mark.one_python

hypothesis.configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir(), "hypothesis-of-mfa-session"))
always_the_same = hypothesis.settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=200,
    suppress_health_check=list(hypothesis.HealthCheck),
)

# Files as people and programs leave them behind: most of them botocore can read, some it can't.
word = st.text("`abcXYZ019-_./é€ #;=:[]%$\"'\\", min_size=1, max_size=12)
space = st.sampled_from(["", "", "", " ", "\t", "    "])
comment = st.builds("{}{}{}".format, space, st.sampled_from("#;"), word)
blank = st.sampled_from(["", "", " ", "\t", "\f"])
more = st.one_of(blank, comment, st.builds("    \t {}".format, word))
value = st.one_of(
    st.builds("{}{}".format, st.sampled_from([" = ", "=", ": ", " ="]), word),
    st.builds(" =\n  a = {}\n  # b\n\n  c={}".format, word, word),
    st.builds(" = a{}\n{}".format, word, st.lists(more, min_size=1, max_size=3).map("\n".join)),
)
key = st.sampled_from(["region", "Output", "s3", "role_arn", "a b", "credential_process", "é"])
title = st.sampled_from(
    [
        "[default]",
        "[DEFAULT]",
        "[preview]",
        "[sso-session s]",
        "[services s]",
        "[a]b]",
        "[x] # y]",
        "[profile x y]",
    ]
)
names = st.sampled_from(["a", "b-c", "'d e'", '"f g"', "é", "'", "TEST", "test-bootstrap", "tes"])
header = st.one_of(title, st.builds("{}[profile {}]".format, space, names))
options = st.dictionaries(key, value, max_size=4).map(
    lambda found: [name + rest for name, rest in found.items()]
)
section = st.tuples(header, options, st.lists(st.one_of(comment, blank), max_size=3))
end = st.sampled_from(["\n", "\n", "\r\n", "\r"])


@st.composite
def files(draw) -> bytes:
    lines = draw(st.lists(st.one_of(comment, blank), max_size=2))
    for top, middle, rest in draw(st.lists(section, max_size=5, unique_by=lambda one: one[0].strip())):
        lines += [top, *middle, *rest]
    newline = draw(end)
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))
    return (text.replace("\n", newline) + draw(st.sampled_from(["", "", "\n", "\r"]))).encode()


junk = st.one_of(
    st.binary(max_size=60),
    st.text("[]=#; \t\r\nab:\"'\\%", max_size=60).map(lambda text: ("[default]\n" + text).encode()),
)


def readable(file: File) -> dict | None:
    try:
        return file.read()
    except botocore.exceptions.ConfigParseError:
        return None


@always_the_same
@hypothesis.given(st.one_of(files(), files(), junk))
def test_in_and_out_again(data):
    file = File(data)
    before = readable(file)
    if before is None:
        with pytest.raises(ConfigError, match="can't be parsed"):
            file.add()
        assert file.data == data
        return
    try:
        file.add()
    except ConfigError as error:
        assert "profile test has role_arn" in error.message
        assert b"[DEFAULT]" in data, "it holds in every section"
        assert file.data == data
        return
    assert file.data.startswith(data), "it goes to the end"
    after = file.read()
    ours = after["profiles"].pop("test")
    assert after == before
    assert shlex.split(ours["credential_process"]) == [*PROGRAM, "--"]
    assert ours["region"] == "eu-west-1"
    assert not file.entry().adding(PROGRAM, "eu-west-1").lines, "once is enough"
    file.remove()
    assert file.data == data


@hypothesis.settings(always_the_same, max_examples=100)
@hypothesis.given(files(), section, files())
def test_what_others_write_around_it_stays(above, own, below):
    """Above it, in it, and below it; or it is refused, and nothing at all has changed."""
    file = File(above)
    hypothesis.assume(readable(file) is not None and b"[DEFAULT]" not in above + below)
    file.add()
    prefix, block = above, file.data[len(above) :]
    own_lines = "".join(f"{line}\n" for line in (*own[1], *own[2])).encode()
    file.put(prefix + block + own_lines + below)
    hypothesis.assume(readable(file) is not None)
    whole, before = file.data, file.read()
    assert before["profiles"]["test"]["region"] == "eu-west-1" or b"egion" in own_lines
    for change in (lambda: file.add(region="us-east-1"), file.remove):
        try:
            change()
        except ConfigError as error:
            assert re.search("safely|has role_arn|not written by", error.message)
            assert file.data == whole
            return
        after = file.read()
        ours = after["profiles"].pop("test", {})
        assert after == before | {"profiles": {k: v for k, v in before["profiles"].items() if k != "test"}}
        assert own_lines + below in file.data
        assert file.data.startswith(above)
        whole = file.data
    assert "credential_process" not in ours
    assert b"written by mfa-session" not in whole
    assert bool(ours) == (b"[profile test]" in whole)


@always_the_same
@hypothesis.given(
    st.lists(st.one_of(word, word, st.text(max_size=3)).map("/".__add__), min_size=1, max_size=4)
)
def test_words_mean_the_same_to_all(words):
    try:
        line = aws_config_words.line(words)
    except ConfigError as error:
        assert re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "".join(words)), error
        return
    assert shlex.split(line) == [*words, "--"]
    shown = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, check=True).stdout
    assert shown.decode() == "".join(f"{word}\n" for word in [*words, "--"])
    assert not re.search(r"\s[#;]", line), "there Go, Rust and JavaScript would end it"
    assert line[-1] not in "'\"", "there Go would take it for the end of what begins with one"
    assert line == line.strip()
