"""What `status --watch` makes of sessions, and where it puts that in windows of all sizes; no terminal is needed for it."""

from __future__ import annotations

import pytest

from mfa_session import servers, session, watching, watching_layout

pytestmark = pytest.mark.one_python

NOW = 1_800_000_000


def row(title: str, left: int, **more) -> watching.Row:
    """One that is served."""
    facts = {"account_id": "111122223333", "access_key_id": f"ASIA{title}", "places": ("port 4711",)} | more
    return watching.Row(facts.pop("name", title), title, expires=NOW + left, **facts)


def test_a_session_in_several_places_is_one():
    kept = session.Session(
        account="test",
        account_id="111122223333",
        access_key_id="ASIATEST",
        secret_access_key="",
        session_token="",
        expires=NOW + 900,
        duration=900,
    )
    other = servers.Served("test", "111122223333", access_key_id="ASIATEST", expires=NOW + 900, asking=True)
    idle = servers.Served("idle")
    memory = watching.Memory()
    rows = memory.merged(
        NOW,
        [
            watching.row(idle, "port 1", "1 a"),
            watching.row(idle, "port 2", "2 a"),
            watching.row(kept, "kept"),
            watching.row(other, "port 1"),
            watching.row(other, "port 1"),
        ],
    )
    assert [(one.title, one.where) for one in rows] == [
        ("idle", "port 1"),
        ("idle", "port 2"),
        ("test", "kept, port 1"),
    ]
    assert (rows[2].full, rows[2].margin, rows[2].asking) == (900, 450, True)
    assert rows[2].state(NOW) == "live", "one of a quarter of an hour is not due from its beginning"
    assert memory.merged(NOW + 300, [watching.row(other, "port 1")])[0].full == 900, "it is still known"


def test_a_log_says_minutes_at_most_once_a_minute():
    log, said = watching.Log(), []
    for second in range(400):
        rows = [row("test", 7200)]
        if second >= 130:
            rows.append(row("brief", 160))
        said += [(second, len(news))] if (news := log.news(NOW + second, rows)) else []
    # at 160 the second one has expired; then each minute the first has one less
    assert said == [(0, 1), (60, 1), (120, 1), (130, 2), (160, 2), (220, 2), (280, 2), (340, 2)]


def test_whatever_the_window_nothing_is_outside_of_it():
    rows = [
        row("a" * 70, 43200, full=43200, places=("in this shell", "kept", "port 4711")),
        row("日本語" * 9, 600, trouble="t" * 300),
        row("e" + "\u0301" * 40, 100, asking=True),
        row("gone", -100),
        row("idle", -NOW, access_key_id=""),
    ]
    for width in range(1, 220):
        for height in (1, 2, 3, 5, 6, 9, 40):
            for shown in (rows, rows[:1], []):
                lines = watching_layout.picture(NOW, shown, width, height)
                assert len(lines) <= height, (width, height)
                for line in lines:
                    end = 0
                    for column, text, _ in sorted(line):
                        assert column >= end, (width, height, line)
                        end = column + watching_layout.columns(text)
                    assert end < max(width, 2), (width, height, line)
    assert len(watching_layout.fitted("e" + "\u0301" * 40, 5)) == 5


def test_who_is_waited_for_is_not_hidden():
    rows = [row(f"a{number}", 7200) for number in range(9)] + [row("waits", 7200, asking=True)]
    for width, height in ((90, 5), (60, 5), (30, 4), (20, 3), (20, 2)):
        lines = watching_layout.picture(NOW, rows, width, height)
        text = " ".join(text for _, text, _ in lines[0])
        assert "waits" in text, (width, height)
        assert "asking" in text, (width, height)
        assert lines[-1][0][1] == f"and {len(rows) - height + 1} more"


def test_a_bar_has_something_to_see_until_the_end():
    assert watching_layout.bar(43200, 43200, 10) == "━" * 10
    assert watching_layout.bar(21600, 43200, 10) == "━" * 5
    assert watching_layout.bar(23000, 43200, 10) == "━" * 5 + "╸"
    assert watching_layout.bar(1, 43200, 10) == "╸"
    assert watching_layout.bar(0, 43200, 10) == watching_layout.bar(-5, 0, 10) == ""
    assert watching_layout.bar(99, 0, 10) == "━" * 10


def test_of_where_it_is_a_part_is_better_than_nothing():
    rows = [row("test", 43200, places=("in this shell", "kept", "port 4711"))]
    for width, where in ((70, "in this shell, kept, port 4711"), (45, "in this shell, kept,…"), (30, None)):
        (line,) = watching_layout.picture(NOW, rows, width, 1)
        assert [text for _, text, _ in line if text.startswith("in")] == ([where] if where else [])
