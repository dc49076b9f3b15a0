"""A file that holds a base key, for a test, and what is independent of the code that changes it."""

from __future__ import annotations

import codecs
import re
import tempfile
from pathlib import Path

import hypothesis

from mfa_session.errors import ConfigError
from mfa_session.model import BaseKey

MARK = b"# mfa-session rotate: "
# Like those of AWS; no half is a part of another.
OLD = BaseKey("AKIAOLDOLDOLDOLDOLD1", "old/+Old0old0OLD0old0old0Old0old0OLD0old")
NEW = BaseKey("AKIANEWNEWNEWNEWNEW2", "new+/New1new1NEW1new1new1New1new1NEW1new")

hypothesis.configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir(), "hypothesis-of-mfa-session"))
always_the_same = hypothesis.settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def exchanged(data: bytes, old: BaseKey = OLD, new: BaseKey = NEW) -> bytes:
    """The file with each half of a key, wherever it stands, replaced."""
    for before, after in zip(halves(old), halves(new), strict=True):
        data = data.replace(before, after)
    return data


def halves(key: BaseKey) -> tuple[bytes, bytes]:
    return key.access_key_id.encode(), key.secret_access_key.encode()


def lines(data: bytes) -> list[bytes]:
    """With their ends, whichever these are."""
    return re.findall(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", data)


def without(data: bytes, *words: bytes) -> bytes:
    """Without the lines that have one of these words; a byte order mark is of no line."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    data = data[len(mark) :]
    return mark + b"".join(line for line in lines(data) if not any(word in line for word in words))


def goes_there_and_back(place, path: Path) -> None:
    """Another key goes in, with the old one beside it and without, and then the old one again."""
    first = path.read_bytes()
    place.write(OLD, NEW)
    both = path.read_bytes()
    assert without(both, *halves(NEW)) == first
    (line,) = [line for line in lines(both) if halves(NEW)[0] in line]
    assert halves(OLD)[0] in lines(both)[lines(both).index(line) + 1], "right above the id's line"
    assert line.removeprefix(codecs.BOM_UTF8).startswith(MARK)
    assert halves(NEW)[1] in line
    assert re.findall(rb"\r\n|\n|\r", line) == re.findall(rb"\r\n|\n|\r", first)[:1], "as the lines around it"
    place.write(NEW, OLD)
    assert without(path.read_bytes(), *halves(OLD)) == exchanged(first)
    held = place.read()
    assert (held.current, held.spare) == (NEW, OLD)
    place.write(NEW, None)
    assert path.read_bytes() == exchanged(first)
    held = place.read()
    assert (held.current, held.spare) == (NEW, None)
    place.write(OLD, None)
    assert path.read_bytes() == first
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def refusal(change, path: Path) -> ConfigError:
    """What is said; nothing has been changed, and the sentence tells no secret."""
    before, there = path.read_bytes(), sorted(path.parent.iterdir())
    try:
        change()
    except ConfigError as error:
        assert path.read_bytes() == before
        assert sorted(path.parent.iterdir()) == there
        for key in (OLD, NEW):
            assert key.secret_access_key not in f"{error} {error.hints}"
        return error
    raise AssertionError(path.read_bytes())
