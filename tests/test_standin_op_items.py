"""The stand-in for `op` as one that writes: what it takes, what it stores, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from standin_op_runs import (
    CREATE,
    EDIT,
    GET,
    NEW,
    NO_CATEGORY,
    create,
    error,
    got,
    labels,
    op,
    with_file_on_stdin,
)

__all__ = ["op"]  # the fixture
pytestmark = pytest.mark.one_python


def test_an_item_is_created_from_a_pipe_and_is_there(op):
    made = got(create(op))
    ids = [made["id"], *(one["id"] for one in made["fields"] if one["label"] in ("access key id", "secret"))]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[a-z0-9]{26}", one) for one in ids)
    assert made["vault"]["name"] == "Work"
    assert made["sections"] == [{"id": "s1", "label": "AWS"}]
    assert labels(made) == ["notesPlain", "access key id", "secret"]
    assert got(op.run("item", "get", made["id"], "--format", "json")) == made
    assert op.run("read", "op://Work/Key/AWS/secret").stdout == "s/+\n"
    assert "s/+" not in json.dumps([call["argv"] for call in op.calls])


def test_a_dry_run_stores_nothing(op):
    assert got(op.run(*CREATE, "--dry-run", given=json.dumps(NEW)))["title"] == "Key"
    assert got(op.run(*EDIT, "--dry-run", "--title", "Other"))["title"] == "Other"
    assert (op.stored("Key"), len(op.stored("AWS test"))) == ([], 1)


def test_options_and_assignments_make_an_item_too_and_are_seen(op):
    made = got(
        op.run(
            "item", "create", "--category=login", "--title", "T", "--tags", "a,b", "--format=json",
            "username=me", "AWS.secret[password]=hush",
        )
    )  # fmt: skip
    assert (made["vault"]["name"], made["tags"]) == ("Private", ["a", "b"])
    (field,) = (one for one in made["fields"] if one["label"] == "secret")
    assert (field["type"], field["value"], field["section"]["label"]) == ("CONCEALED", "hush", "AWS")
    changed = got(op.run("item", "edit", "T", "AWS.secret[delete]=", "username=you", "--format=json"))
    assert (labels(changed), changed["version"]) == (["username"], 2)
    assert "AWS.secret[password]=hush" in op.calls[0]["argv"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"category": None}, NO_CATEGORY),
        ({"category": "PASSWORD"}, "1. Password item requires ps value"),
        ({"category": "SHIP"}, '"SHIP" isn\'t an item category'),
        ({"fields": "all"}, "invalid JSON in piped input"),
        ({"fields": ["one"]}, "invalid JSON in piped input"),
        ({"fields": [{"type": "SECRET", "label": "x"}]}, "unknown field type SECRET"),
        ({"fields": [{"type": "STRING", "purpose": "FUN", "label": "x"}]}, "unknown purpose FUN"),
    ],
)
def test_what_is_no_item_is_refused(op, changes, words):
    assert words in error(create(op, **changes))
    assert op.stored("Key") == []


def test_only_a_pipe_is_an_input(op):
    for result in (op.run(*CREATE), with_file_on_stdin(op, *CREATE)):
        assert error(result) == NO_CATEGORY
    made = got(with_file_on_stdin(op, *CREATE, "--category", "API Credential", "--title", "Key"))
    assert labels(made) == []
    before = op.stored("AWS test")
    assert with_file_on_stdin(op, *EDIT).returncode == 0
    assert op.stored("AWS test") == before
    wrong = "unable to process line 1: invalid JSON in piped input"
    assert error(op.run(*EDIT, "username=me", given="")) == wrong
    assert error(op.run(*CREATE, given="{")) == wrong
    both = "cannot {} an item from template and stdin at the same time"
    assert error(op.run(*CREATE, "--template", "/x", given="{}")) == both.format("create")
    assert error(op.run(*EDIT, "--template", "/x", given="{}")) == both.format("edit")


def test_an_open_pipe_is_read_to_its_end(op):
    reader, writer = os.pipe()
    with subprocess.Popen([op.program, *EDIT], stdin=reader, stderr=subprocess.DEVNULL) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        os.close(writer)
        assert process.wait(10) == 1
    os.close(reader)


def test_an_edit_by_json_replaces_the_item_and_its_own_json_changes_nothing(op):
    op.state["items"][0]["tags"] = ["t"]
    op.save()
    (before,) = op.stored("AWS test")
    whole = got(op.run(*GET))
    (otp,) = (one for one in whole["fields"] if one["type"] == "OTP")
    assert {"id", "section", "value", "totp"} < set(otp)
    again = got(op.run(*EDIT, given=json.dumps(whole)))
    (after,) = op.stored("AWS test")
    computed = ("version", "updated_at", "sections", "additional_information")
    assert {**after, **dict.fromkeys(computed)} == {**before, **dict.fromkeys(computed)}
    assert (after["version"], again["version"]) == (2, 2)
    assert after["updated_at"] > before["updated_at"]
    del whole["tags"], whole["fields"][2:]
    left = got(op.run(*EDIT, given=json.dumps(whole)))
    assert (left.get("tags"), labels(left)) == (None, ["username", "password"])
    assert left["id"] == before["id"]


def test_the_list_can_be_narrowed_and_shows_no_fields(op):
    got(create(op))
    got(create(op, title="Other", tags=["more"]))

    def listed(*args):
        return [one["title"] for one in got(op.run("item", "list", "--format=json", *args))]

    assert listed() == ["AWS test", "Key", "Other"]
    assert listed("--tags", "aws") == ["Key"]
    assert listed("--tags", "aws,more") == ["Key", "Other"]
    assert listed("--categories", "login,Secure Note") == ["AWS test"]
    assert listed("--categories", "API Credential", "--vault", "work", "--tags", "aws") == ["Key"]
    shown = op.run("item", "list", "--format", "json").stdout
    assert not any(word in shown for word in ("fields", "AKIA", "one-time", "totp", "sections"))


def test_vaults_templates_and_deletion(op):
    vaults = got(op.run("vault", "list", "--format", "json"))
    assert [(one["name"], one["type"], one["items"]) for one in vaults] == [
        ("Private", "PERSONAL", 1),
        ("Work", "USER_CREATED", 0),
    ]
    assert got(op.run("vault", "get", "work", "--format", "json")) == vaults[1]
    assert "Private" in op.run("vault", "list").stdout
    template = got(op.run("item", "template", "get", "API Credential"))
    names = "notesPlain,username,credential,type,filename,validFrom,expires,hostname"
    assert ",".join(one["id"] for one in template["fields"]) == names
    assert "isn't an item category" in error(op.run("item", "template", "get", "Ship"))
    assert op.run("item", "delete", "AWS test", "--archive").stdout == ""
    assert op.stored("AWS test")[0]["state"] == "ARCHIVED"
    assert op.run("item", "delete", "awstestitemaaaaaaaaaaaaaaa").returncode == 0
    assert op.stored("AWS test") == []
    assert "isn't an item" in error(op.run(*EDIT, "--title", "x"))
    assert error(op.run("item", "edit")) == "requires at least 1 arg(s), only received 0"


def test_calls_at_the_same_time_lose_nothing(op):
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: create(op, title=f"Key {number}"), range(12)))
        results += pool.map(lambda _: op.run(*EDIT, "--title", "AWS test"), range(6))
    assert {result.returncode for result in results} == {0}, [
        result.stderr for result in results if result.returncode
    ]
    assert all(len(op.stored(f"Key {number}")) == 1 for number in range(12))
    assert op.stored("AWS test")[0]["version"] == 7


def test_what_a_test_changes_and_what_the_program_writes_both_last(op):
    got(create(op))
    got(op.run(*EDIT, "--tags", "new"))
    op.state["items"][0]["title"] = "Renamed"  # wins
    op.update(latency=0)
    assert (len(op.stored("Key")), op.stored("Renamed")[0].get("tags")) == (1, None)
    op.run("item", "edit", "Key", "--title", "Key 2")
    op.run("item", "delete", "Renamed")
    op.save()
    assert [one["title"] for one in op.state["items"]] == ["Key 2"]
