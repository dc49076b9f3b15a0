"""Items of 1Password: looked for, made once and no more, and read; whoever is interrupted finds what is there."""

from __future__ import annotations

import signal
import subprocess

import pexpect
import pytest
from onepassword_items_runs import KEY, OLD, ROOT, SPARE, driver, failure, place, wait_for

from mfa_session.adapters import onepassword_writing
from mfa_session.adapters.onepassword_items import KeyInItem

__all__ = ["place"]  # the fixture
pytestmark = pytest.mark.one_python

OFFLINE = "echo '[ERROR] 2026/01/02 03:04:05 dial tcp: lookup my.1password.com: no such host' >&2; exit 1"


def test_the_list_is_narrowed_by_vault_and_by_all_of_the_tags(place):
    place.add("Both", tags=["aws", "mfa-session"])
    place.add("One", tags=["aws"])
    place.add("Old", tags=["aws", "mfa-session"], state="ARCHIVED")
    items = place.items("my.1password.com", OP_INCLUDE_ARCHIVE="true")
    assert [one.title for one in items.list()] == ["AWS test", "Both", "One"]
    assert [one.title for one in items.list("work")] == ["Both", "One"]
    (both,) = items.list(tags=("aws", "mfa-session"))
    assert (both.vault, both.vault_id, both.category) == ("Work", "workvaultaaaaaaaaaaaaaaaaa", "LOGIN")
    assert (both.tags, both.updated) == (("aws", "mfa-session"), "2024-01-01T12:00:00Z")
    assert len(place.calls("--account", "my.1password.com")) == 3
    assert [call["op_env"] for call in place.op.calls] == [{"OP_CACHE": "false"}] * 3


def test_whether_an_item_has_a_code_is_found_out_without_its_seed(place):
    place.add("-None", fields=place.test_item["fields"][:4])
    items = place.items()
    assert [items.has_code("AWS test"), items.has_code("-None", "Work")] == [True, False]
    assert "isn't an item" in failure(items.has_code, "Nothing").message
    assert all("--otp" in call["argv"] and "json" not in call["argv"] for call in place.op.calls)


def test_a_new_item_has_the_key_and_what_it_takes_to_find_it(place):
    made = place.items().create(" AWS prod-1_a.b ", "Work", KEY, notes="hm\n" * 4000)
    assert (made.title, made.vault, made.vault_id) == ("AWS prod-1_a.b", "Work", "workvaultaaaaaaaaaaaaaaaaa")
    assert made.references == (
        "op://Work/AWS prod-1_a.b/access key id",
        "op://Work/AWS prod-1_a.b/secret access key",
    )
    assert [place.value(one) for one in made.references] == [KEY.access_key_id, KEY.secret_access_key]
    (item,) = place.op.stored("AWS prod-1_a.b")
    assert (item["id"], item["category"], item["tags"]) == (made.id, "API_CREDENTIAL", ["aws", "mfa-session"])
    filled = {one["label"]: (one["type"], one["value"]) for one in item["fields"] if "value" in one}
    assert filled == {
        "notesPlain": ("STRING", "hm\n" * 4000),
        "access key id": ("STRING", KEY.access_key_id),
        "secret access key": ("CONCEALED", KEY.secret_access_key),
    }
    assert place.items().read(made.id, made.vault_id) == KeyInItem(KEY, None)
    assert (len(place.calls("create")), place.calls("edit")) == (1, [])


@pytest.mark.parametrize("odd", ["title", "vault", "the same title", "the same vault"])
def test_where_names_do_not_lead_to_the_item_ids_do(place, odd):
    vault, title = "Work", "AWS (prod)" if odd == "title" else "AWS test"
    if odd == "vault":
        place.op.state["vaults"][1]["name"] = vault = "Büro"
    elif odd == "the same title":
        place.add("aws TEST")
    elif odd == "the same vault":
        place.op.state["vaults"].append({"id": "v" * 26, "name": "work"})
        place.add("Another", vault="work")
    place.op.save()
    made = place.items().create(title, vault, KEY)
    assert made.references[1] == f"op://workvaultaaaaaaaaaaaaaaaaa/{made.id}/secret access key"
    assert place.value(made.references[1]) == KEY.secret_access_key


def test_a_new_item_that_is_lost_is_made_again_once(place):
    place.op.update(quirks=["write_lost:1"])
    made = place.items().create("New", None, KEY)
    assert ([one["id"] for one in place.op.stored("New")], made.vault) == ([made.id], "Private")
    place.op.update(quirks=["write_lost"])
    error = failure(place.items().create, "Newer", None, KEY)
    assert error.message == "op said twice that it had made the 1Password item 'Newer', and it has not"
    assert (len(place.calls("create")), place.op.stored("Newer")) == (4, [])


@pytest.mark.parametrize("stored", [True, False])
def test_a_line_that_breaks_makes_no_second_item(place, stored):
    """It is the same error whether the item has been stored by then or not."""
    first = 'real-op "$@" >/dev/null;' if stored else ""
    place.first(
        f'case "$*" in *create*) if mkdir "$HOME/once" 2>/dev/null; then {first} {OFFLINE}; fi ;; esac'
    )
    made = place.items().create("New", "Work", KEY)
    assert [one["id"] for one in place.op.stored("New")] == [made.id]
    assert place.items().read(made.id, made.vault_id).current == KEY


def test_fields_that_are_dropped_are_put_in_afterwards_or_missed(place):
    place.op.update(quirks=["fields_dropped:1"])
    made = place.items().create("New", "Work", KEY, "notes")
    assert place.items().read(made.id, made.vault_id).current == KEY
    assert (len(place.calls("create")), len(place.op.stored("New"))) == (1, 1)
    place.op.update(quirks=["fields_dropped"])
    error = failure(place.items().create, "Newer", "Work", KEY)
    assert error.message.endswith("as it was sent; what differs: access key id, secret access key")
    assert (len(place.op.stored("Newer")), len(place.calls("create"))) == (1, 2)


def test_a_vault_that_is_busy_is_tried_again_and_makes_one_item(place, monkeypatch):
    monkeypatch.setattr(onepassword_writing, "PAUSES", (0.01,) * 4)
    busy = "echo '[ERROR] 2026/01/02 03:04:05 (409) Conflict: busy' >&2; exit 1"
    place.first(
        f'case "$*" in *create*) [ $(grep -c "^create$" "$HOME/seen") -gt 4 ] || {{ {busy}; }} ;; esac'
    )
    made = place.items().create("New", "Work", KEY)
    assert [one["id"] for one in place.op.stored("New")] == [made.id]
    place.first(f'case "$*" in *create*) {busy} ;; esac')
    (place.home / "seen").unlink()
    assert "(409)" in failure(place.items().create, "Newer", "Work", KEY).message
    assert (place.home / "seen").read_text().split("\n").count("create") == 5


def test_a_vault_that_is_only_read_is_said_to_be_one(place):
    place.op.update(quirks=["read_only_vault"])
    error = failure(place.items().create, "New", "Work", KEY)
    assert "1Password does not let you do this: (101) You do not have permission" in error.message
    assert "the right to write in it" in error.hints[0]
    account = {"token": "ops_x"}
    place.op.update(quirks=[], service_account=account)
    items = place.items(OP_SERVICE_ACCOUNT_TOKEN="ops_x")
    assert "must be told the vault" in failure(items.create, "New", None, KEY).message
    assert "(101)" in failure(items.create, "New", "Private", KEY).message
    assert items.create("New", "Work", KEY).vault == "Work"


@pytest.mark.parametrize(("quirk", "there"), [("killed_before_write", 0), ("killed_after_write", 1)])
def test_who_is_killed_while_writing_finds_what_is_there(place, quirk, there):
    place.op.update(quirks=[quirk + ":1"])
    killed = subprocess.run(
        driver(place, ("create", "New", "Work", KEY)), env=place.env, cwd=ROOT, start_new_session=True
    )
    assert killed.returncode == -signal.SIGKILL
    wait_for(lambda: place.calls("create")[0]["ended"])
    items = place.items()
    found = items.find("New", "work")
    assert len(found) == there
    if not found:
        found = [items.create("New", "Work", KEY)]
    assert items.find("New", None) == items.find("New", "workvaultaaaaaaaaaaaaaaaaa") == found
    assert (items.find("new", None), items.find("New", "Private")) == ([], [])
    assert items.read(found[0].id, found[0].vault_id) == KeyInItem(KEY, None)
    place.op.update(quirks=[quirk + ":1"])
    killed = subprocess.run(
        driver(place, ("write", found[0].id, found[0].vault_id, KEY, SPARE)), env=place.env, cwd=ROOT
    )
    assert killed.returncode == -signal.SIGKILL
    wait_for(lambda: place.calls("edit")[0]["ended"])
    assert items.read(found[0].id, found[0].vault_id) == KeyInItem(KEY, SPARE if there else None)


def test_one_approval_serves_all_that_is_done_in_a_terminal(place):
    place.op.update(auth={"mode": "prompt", "delay": 2}, quirks=["slow_write"], write_seconds=1.5)
    vault = "workvaultaaaaaaaaaaaaaaaaa"
    ident = place.add("AWS prod")["id"]
    steps = [
        ("list",),
        ("has_code", "AWS prod", "Work"),
        ("create", "New", "Work", KEY),
        ("write", ident, vault, KEY, SPARE),
        ("read", ident, vault),
    ]
    program, *args = driver(place, *steps)
    window = pexpect.spawn(program, args, env=place.env, cwd=str(ROOT), encoding="utf-8", timeout=60)
    shown = window.read()
    assert shown.count("mfa-session: approve the 1Password prompt for test (111122223333)") == 1, shown
    assert shown.count("BaseKey(access_key_id='AKIAEXAMPLENEWKEY00") == 2
    assert "secret_access_key" not in shown.replace("secret access key", "")
    assert (len(place.op.prompts), len(place.op.calls) > 10) == (1, True)


def test_a_prompt_that_is_dismissed_is_not_put_again(place):
    place.op.update(auth={"mode": "prompt", "outcome": "dismiss"})
    for call in (place.items().create, place.items().find):
        failure(call, *("New", "Work", KEY)[: 3 if call.__name__ == "create" else 2])
    assert (len(place.op.prompts), len(place.op.calls)) == (2, 2)


def test_an_answer_that_is_not_json_is_not_shown(place):
    place.first(f"echo '{OLD.secret_access_key} {{'; exit 0")
    items = place.items()
    for call in (items.list, lambda: items.read("x", "y"), lambda: items.create("x", "y", KEY)):
        assert failure(call).message == "op printed something else than it was asked for"
    place.first("echo '{}'; exit 0")
    for call in (items.list, lambda: items.read("x", "y")):
        assert failure(call).message == "op printed something else than it was asked for"
    (place.bin / "op").unlink()
    assert "is not installed" in failure(place.items).message


@pytest.mark.parametrize("before", [0, 240])
def test_what_op_repeats_of_a_secret_is_not_shown(place, before):
    """Behind 240 letters, what is shown of its words ends within the secret."""
    said = f"[ERROR] no item: {'N' * before}${{given##*label}}"
    place.first(f'case "$*" in *create*) read -r given; echo "{said}" >&2; exit 1 ;; esac')
    error = failure(place.items().create, "New", "Work", KEY)
    assert error.message.startswith(f"op failed, and says: no item: {'N' * before}")
    assert "secret access key" in error.message
    assert KEY.secret_access_key[:4] not in error.message
