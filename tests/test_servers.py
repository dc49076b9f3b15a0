"""The folders of servers, as whoever looks at them finds them: damaged ones, dead ones, and what is none."""

from __future__ import annotations

import fcntl
import json
import os
import time

import pytest

from mfa_session import servers
from mfa_session.serving import place as places

pytestmark = pytest.mark.one_python

SOUND = servers.Server(
    "", 4711, 1, "make", "/log", (servers.Served("test", account_id="111122223333", expires=5),)
)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "mfa-session" / "server-4711"
    made.mkdir(parents=True)
    return made


def test_what_a_server_says_of_itself_or_nothing(folder):
    """Whatever is in that file: `status` and programs that look for a server go on."""
    about, whole = folder / "about", json.loads(servers.text(SOUND))
    about.write_text(json.dumps(whole))
    assert servers.text(servers.read(str(folder))) == servers.text(SOUND)
    (served,) = whole["served"]
    damaged = [
        *({**whole, "port": port} for port in ("4711", None, True, 4711.0)),
        *({**whole, "command": value} for value in (None, ["make"])),
        *({**whole, "served": [{**served, "expires": value}]} for value in ("5", None, True)),
        *({**whole, "served": [served, {**served, "asking": value}]} for value in (0, "no")),
        *({**whole, "served": value} for value in ("x", None, [None], [[]])),
        {**whole, "more": 1},
        {name: value for name, value in whole.items() if name != "pid"},
    ]
    for text in ["", "{", "\0", "[]", "5", "null", *map(json.dumps, damaged)]:
        about.write_text(text)
        assert servers.read(str(folder)) is None, text
    about.write_bytes(b"\xff")
    assert servers.read(str(folder)) is None
    elsewhere = folder.parent / "elsewhere"
    about.rename(elsewhere)
    elsewhere.write_text(json.dumps(whole))
    about.symlink_to(elsewhere)
    assert servers.read(str(folder)) is None
    about.unlink()
    os.mkfifo(about)
    assert servers.read(str(folder)) is None


def test_whose_an_address_is(tmp_path):
    """A config file has many accounts, and an account of the same name may be in another file."""
    (tmp_path / "config").touch()
    (tmp_path / "link").symlink_to("config")
    one = servers.Served("test", path=str(tmp_path / "config"))
    asked = [("test", "config"), ("test", "link"), ("other", "config"), ("test", "elsewhere")]
    assert [one.is_of(name, str(tmp_path / file)) for name, file in asked] == [True, True, False, False]


def test_who_stands_in_the_way_is_waited_for_and_not_for_ever(folder, monkeypatch):
    """Two who make their folders at once take turns; one that has been stopped in the middle must not stop all others."""
    environ = {"XDG_RUNTIME_DIR": str(folder.parents[1])}
    assert [one.port for one in places.sweep(environ)] == [4711]
    with (folder.parent / "servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        monkeypatch.setattr(places, "_SECONDS", 0.5)
        began = time.monotonic()
        place = places.make(4711, environ)
        assert 0.4 < time.monotonic() - began < 10
    assert servers.is_held(place.folder)
    os.close(place.lock)


def test_of_a_dead_one_nothing_is_taken_over(folder):
    (folder / "token-test").write_text("known to somebody")
    place = places.make(4711, {"XDG_RUNTIME_DIR": str(folder.parents[1])})
    assert [one.name for one in folder.iterdir()] == ["lock"]
    os.close(place.lock)


def test_those_that_live_by_their_ports(folder):
    environ = {"XDG_RUNTIME_DIR": str(folder.parents[1])}
    for name in ("server-10", "server-9", "server-", "server-x", "server-٣", "server--1", "4711", "device-1"):
        (folder.parent / name).mkdir()
    assert [path.rpartition("/")[2] for path in servers.folders(environ)] == [
        "server-9",
        "server-10",
        "server-4711",
    ]
    for number in (9, 10, 4711):
        (folder.parent / f"server-{number}" / "about").write_text(servers.text(SOUND))
    with (folder / "lock").open("w") as lock:
        assert servers.running(environ) == []
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert servers.running(environ) == [], "others who are just looking"
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert [one.folder for one in servers.running(environ)] == [str(folder)]
        (folder.parent / "server-9" / "lock").symlink_to(folder / "lock")
        assert [one.folder for one in servers.running(environ)] == [str(folder)], (
            "a link is no lock of its own"
        )
    assert servers.running(environ) == []
