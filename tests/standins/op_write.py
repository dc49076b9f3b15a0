"""The commands that write items, with the ways in which a write goes wrong.

The sentences for a conflict, for an unknown category, type or purpose, and for a wrong assignment are not on record.
"""

# pathlib is slow to import
# ruff: noqa: PTH110, PTH116, PTH118, PTH123
from __future__ import annotations

import os
import signal
import time

import op_commands
import op_lookup
import op_memory
import op_show
import op_state
import op_stdin
import op_template
from op_run import OpError, Run

NO_CATEGORY = "provide the item category with '--category' flag"
FORBIDDEN = "(101) You do not have permission to perform this action"
CONFLICT = "(409) Conflict: Internal server conflict, please try again."
PERSONAL = ("Private", "Personal", "Employee")
TWO_TEMPLATES = "cannot {} an item from template and stdin at the same time"


def template_get(run: Run) -> str:
    op_stdin.drain(run)
    return op_show.as_json(op_template.template(run.args[0]))


def create(run: Run) -> str:
    given, assignments = _given(run, run.args)
    if given is None and not run.options.get("category"):
        raise OpError(NO_CATEGORY)
    named = given.get("category") if isinstance(given, dict) else None
    if not (named or run.options.get("category")):
        raise OpError(NO_CATEGORY)
    category = op_template.category(run.options.get("category") or named)
    parsed = op_template.parse(given or {"title": run.options.get("title") or category.title()}, category)
    op_template.complete(parsed["fields"], category)
    op_template.assign(parsed, assignments)
    op_commands.open_vaults(run)
    vault = _vault(run, given)
    stamp = _stamp()
    about = {
        "version": 1,
        "vault": vault["id"],
        "category": category,
        "created_at": stamp,
        "updated_at": stamp,
    }
    item = {"id": op_template.new_id(), "title": "", **about, **parsed, **_flags(run)}
    if run.strikes("fields_dropped"):
        item["fields"] = [one for one in item["fields"] if not op_template.custom(one, category)]

    def store(state: dict) -> None:
        state["items"].append(item)

    _store(run, vault, item, store)
    return _shown(run, item)


def edit(run: Run) -> str:
    query, *args = run.args
    given, assignments = _given(run, args)
    op_commands.open_vaults(run)
    run.state = op_state.load(run.state_file)
    old = op_lookup.item(run, query, run.options.get("vault"))
    vault = op_lookup.vault(run, old["vault"])
    _refuse(run, vault)
    if _conflicts(run, old["id"]):
        raise OpError(CONFLICT)
    if given is None and not assignments and not _flags(run):
        return _shown(run, old)
    kept = {name: old[name] for name in ("id", "title", "vault", "category", "created_at")}
    drops = run.strikes("fields_dropped")
    made: dict = {}

    def store(state: dict) -> None:
        now = next(one for one in state["items"] if one["id"] == old["id"])
        new = {**now} if given is None else {**kept, **op_template.parse(given, old["category"])}
        op_template.assign(new, assignments)
        if drops:
            new["fields"] = [one for one in new["fields"] if not op_template.custom(one, old["category"])]
        made.update({**new, **_flags(run), "version": now.get("version", 1) + 1, "updated_at": _stamp()})
        now.clear()
        now.update(made)

    _store(run, vault, old, store)
    return _shown(run, made)


def delete(run: Run) -> str:
    op_stdin.drain(run)
    op_commands.open_vaults(run)
    run.state = op_state.load(run.state_file)
    item = op_lookup.item(run, run.args[0], run.options.get("vault"))

    def store(state: dict) -> None:
        if run.options.get("archive"):
            next(one for one in state["items"] if one["id"] == item["id"])["state"] = "ARCHIVED"
        else:
            state["items"][:] = [one for one in state["items"] if one["id"] != item["id"]]

    _refuse(run, op_lookup.vault(run, item["vault"]))
    with op_state.changing(run.state_file) as state:
        store(state)
    return ""


def another_hand(run: Run, ident: str) -> None:
    """Somebody else changes the item just now."""
    with op_state.changing(run.state_file) as state:
        item = next(one for one in state["items"] if one["id"] == ident)
        item["version"] = item.get("version", 1) + 1
        new = {"id": op_template.new_id(), "type": "STRING", "label": "note", "value": "of another hand"}
        item["fields"].append(new)


def _given(run: Run, args: list[str]) -> tuple[object, list[str]]:
    """The JSON that was given, if any, and the assignments; only a pipe counts, and a pipe always does."""
    words = [one for one in args if one != "-"]
    if run.options.get("template"):
        if run.log.stdin == "fifo":
            raise OpError(TWO_TEMPLATES.format(run.command[1]))
        return op_state.load(run.options["template"]), words
    return (op_stdin.json_in_pipe() if run.log.stdin == "fifo" else None), words


def _flags(run: Run) -> dict:
    told = {"title": run.options.get("title"), "tags": run.options["tags"]}
    urls = [{"primary": True, "href": run.options["url"]}] if run.options.get("url") else None
    return {name: value for name, value in (told | {"urls": urls}).items() if value}


def _vault(run: Run, given: object) -> dict:
    inside = (given.get("vault") or {}).get("id") if isinstance(given, dict) else None
    wanted = run.options.get("vault") or inside
    vaults = op_lookup.vaults(run)
    own = [one for one in vaults if one["name"] in PERSONAL] or vaults
    vault = op_lookup.vault(run, wanted) if wanted else own[0]
    _refuse(run, vault)
    return vault


def _refuse(run: Run, vault: dict) -> None:
    forbidden = run.service_account and vault["name"] in PERSONAL
    if forbidden or vault.get("read_only") or run.strikes("read_only_vault"):
        raise OpError(FORBIDDEN)


def _store(run: Run, vault: dict, item: dict, store) -> None:
    """Do it, or go wrong as the quirks have it; of a dry run there is only the answer."""
    if run.options.get("dry-run"):
        store({"items": [dict(item)]})
        return
    if run.quirk("slow_write"):
        time.sleep(run.state.get("write_seconds", 3))
    if run.strikes("killed_before_write"):
        _kill_parent(run)
        raise OpError("interrupted")
    lost = run.strikes("write_lost")
    with op_state.changing(run.state_file) as state:
        store({"items": [dict(one) for one in [*state["items"], item]]} if lost else state)
    run.log.event("write", item=item["id"], vault=vault["id"], lost=lost)
    _note_write(run, item["id"])
    if run.strikes("killed_after_write"):
        _kill_parent(run)


def _kill_parent(run: Run) -> None:
    """The program that waits for this one is no more; whatever is printed now, nobody hears it."""
    os.kill(os.getppid(), signal.SIGKILL)
    run.log.event("killed the parent")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (1, 2):
        os.dup2(nowhere, fd)


def _note_write(run: Run, ident: str) -> None:
    op_memory.first_time(run, "just-written")
    path = os.path.join(run.memory, "written-" + ident)
    with open(path, "w", encoding="ascii") as file:
        file.write(str(time.time()))


def _conflicts(run: Run, ident: str) -> bool:
    """Too soon after a write: as the very next call, within `conflict_seconds`, or as often as the quirk says."""
    path = os.path.join(run.memory, "written-" + ident)
    age = time.time() - os.stat(path).st_mtime if os.path.exists(path) else float("inf")
    next_call = run.quirk("write_409") and run.follows_a_write
    seconds = run.state.get("conflict_seconds", 0)
    return (
        next_call
        or (seconds > 0 and age < seconds)  # written just now, by another, its age may be negative
        or (not run.quirk("write_409") and run.strikes("write_409"))
    )


def _shown(run: Run, item: dict) -> str:
    whole = op_show.whole(run, item)
    if run.wants_json:
        return op_show.as_json(whole)
    rows = [("ID:", whole["id"]), ("Title:", whole["title"]), ("Vault:", whole["vault"]["name"])]
    return op_show.table(rows)


def _stamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
