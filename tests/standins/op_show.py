"""Items and fields as `op` prints them."""

from __future__ import annotations

import op_json
import op_lookup
from op_run import Run  # noqa: TC002 - `typing` is slow to import

ENVELOPE = (
    "id", "title", "favorite", "tags", "state", "version", "vault", "category", "last_edited_by", "created_at",
    "updated_at", "additional_information", "urls",
)  # fmt: skip
FIELD = (
    "id",
    "section",
    "type",
    "purpose",
    "label",
    "value",
    "totp",
    "reference",
    "entropy",
    "password_details",
)


def as_json(value: object) -> str:
    return op_json.pretty(value) + "\n"


def field(run: Run, item: dict, shown: dict) -> dict:
    """A field with the keys that the program computes, in its order."""
    known = {"reference": op_lookup.reference_to(run, item, shown), **shown}
    if shown["type"] == "OTP":
        known["totp"] = op_lookup.one_time_password(run, shown)
    return {name: known[name] for name in FIELD if known.get(name) is not None}


def overview(run: Run, item: dict) -> dict:
    """What `item list` tells about an item."""
    vaults = {vault["id"]: vault for vault in run.state["vaults"]}
    known = {**item, "vault": {name: vaults[item["vault"]][name] for name in ("id", "name")}}
    return {name: known[name] for name in ENVELOPE if name in known}


def whole(run: Run, item: dict) -> dict:
    sections = {one["id"]: one for one in item.get("sections", [])}
    for one in item["fields"]:
        if "section" in one:
            sections.setdefault(one["section"]["id"], one["section"])
    answer = overview(run, item)
    if sections:
        answer["sections"] = list(sections.values())
    answer["fields"] = [field(run, item, one) for one in item["fields"]]
    return {**answer, "files": item["files"]} if item.get("files") else answer


def vault(run: Run, shown: dict) -> dict:
    own = shown["name"] in ("Private", "Personal", "Employee")
    count = sum(one["vault"] == shown["id"] for one in run.state["items"])
    about = {"id": shown["id"], "name": shown["name"], "content_version": 1, "items": count}
    return {**about, "type": "PERSONAL" if own else "USER_CREATED"}


def value(run: Run, item: dict, shown: dict) -> str:
    """A field's value for people: since 2.30 a sentence stands in its place, unless `--reveal` is given."""
    hides = run.version >= (2, 30) or run.quirk("concealed_fields")
    if hides and shown["type"] in ("CONCEALED", "OTP") and not run.options.get("reveal"):
        return f"[use 'op item get {item['id']} --reveal' to reveal]"
    return shown.get("value", "")


def csv(values: list[str]) -> str:
    quoted = ['"' + one.replace('"', '""') + '"' if set(one) & set(',"\n') else one for one in values]
    return ",".join(quoted) + "\n"


def table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["    ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "".join(line.rstrip() + "\n" for line in lines)
