"""The categories of items, and JSON or assignments on their way to become an item."""

from __future__ import annotations

import re

from op_run import OpError

TYPES = (
    "STRING", "CONCEALED", "OTP", "MENU", "URL", "EMAIL", "DATE", "MONTH_YEAR", "PHONE", "ADDRESS", "REFERENCE", "FILE",
)  # fmt: skip
NOTES = {"id": "notesPlain", "type": "STRING", "purpose": "NOTES", "label": "notesPlain"}
USERNAME = {"id": "username", "type": "STRING", "purpose": "USERNAME", "label": "username"}
PASSWORD = {"id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password"}
BUILT_IN: dict[str, list[dict]] = {
    "API_CREDENTIAL": [
        NOTES,
        {"id": "username", "type": "STRING", "label": "username"},
        {"id": "credential", "type": "CONCEALED", "label": "credential"},
        {"id": "type", "type": "MENU", "label": "type"},
        {"id": "filename", "type": "STRING", "label": "filename"},
        {"id": "validFrom", "type": "DATE", "label": "valid from"},
        {"id": "expires", "type": "DATE", "label": "expires"},
        {"id": "hostname", "type": "STRING", "label": "hostname"},
    ],
    "LOGIN": [USERNAME, PASSWORD, NOTES],
    "PASSWORD": [PASSWORD, NOTES],
    "SECURE_NOTE": [NOTES],
}
INVALID = (
    "Validation: (validateVaultItem failed to Validate), Couldn't validate the item: "
    '"[ItemValidator] has found 1 errors, 0 warnings: \\nErrors:{{1. {}}}"'
)
NOT_JSON = "unable to process line 1: invalid JSON in piped input"
SHAPES = {"text": "STRING", "password": "CONCEALED", "monthyear": "MONTH_YEAR"}
ASSIGNMENT = re.compile(
    r"(?:(?P<section>[^.=\[]+)\.)?(?P<label>[^=\[]+)(?:\[(?P<type>\w+)\])?=(?P<value>.*)", re.DOTALL
)


def category(name: str) -> str:
    """Its name in JSON; the words for one that is not known are not on record."""
    known = name.upper().replace(" ", "_")
    if known not in BUILT_IN:
        raise OpError(f'"{name}" isn\'t an item category')
    return known


def template(name: str) -> dict:
    known = category(name)
    return {"title": "", "category": known, "fields": [{**one, "value": ""} for one in BUILT_IN[known]]}


def complete(fields: list[dict], of: str) -> None:
    """Add the category's own fields, empty."""
    there = [one["id"] for one in fields]
    fields += [dict(one) for one in BUILT_IN[of] if one["id"] not in there]


def custom(field: dict, of: str) -> bool:
    return field.get("id") not in [one["id"] for one in BUILT_IN.get(of, [])]


def new_id() -> str:
    import secrets

    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(26))


def parse(given: object, of: str) -> dict:
    """Title, tags, urls, sections and fields of the JSON, complete; OpError where the program finds it wrong."""
    if not isinstance(given, dict) or not isinstance(given.get("fields", []), list):
        raise OpError(NOT_JSON)
    sections = {one["id"]: dict(one) for one in given.get("sections") or []}
    fields = [_field(one, sections) for one in given.get("fields", [])]
    if of == "PASSWORD" and not any(one.get("purpose") == "PASSWORD" and one.get("value") for one in fields):
        raise OpError(INVALID.format("Password item requires ps value"))
    item = {name: given[name] for name in ("title", "tags", "urls", "favorite") if given.get(name)}
    return item | {"sections": list(sections.values()), "fields": fields}


def _field(given: object, sections: dict[str, dict]) -> dict:
    if not isinstance(given, dict):
        raise OpError(NOT_JSON)
    if given.get("type") not in TYPES:
        raise OpError(INVALID.format(f"unknown field type {given.get('type')}"))
    field = {"id": given.get("id") or new_id()}
    if given.get("section"):
        place = given["section"]
        field["section"] = sections.setdefault(place["id"], {**place})
    field |= {"type": given["type"]}
    if given.get("purpose"):
        if given["purpose"] not in ("USERNAME", "PASSWORD", "NOTES"):
            raise OpError(INVALID.format(f"unknown purpose {given['purpose']}"))
        field["purpose"] = given["purpose"]
    field["label"] = given.get("label", "")
    kept = ("value", "entropy", "password_details")
    return field | {name: given[name] for name in kept if given.get(name) not in (None, "")}


def assign(item: dict, assignments: list[str]) -> None:
    """Carry out `[section.]field[[type]]=value` on the item."""
    for text in assignments:
        match = ASSIGNMENT.fullmatch(text)
        if match is None:
            raise OpError(f'invalid assignment statement "{text.partition("=")[0]}"')
        section, label, kind = match["section"], match["label"], match["type"] or ""
        found = [
            one
            for one in item["fields"]
            if label.casefold() in (one["id"].casefold(), one["label"].casefold())
            and (section is None or one.get("section", {}).get("label", "").casefold() == section.casefold())
        ]
        if kind == "delete":
            item["fields"] = [one for one in item["fields"] if one not in found]
        elif found:
            found[0]["value"] = match["value"]
        else:
            place = {"section": {"id": new_id(), "label": section}} if section else {}
            shape = SHAPES.get(kind.lower(), kind.upper() or "STRING")
            new = {"label": label, "type": shape, "value": match["value"], **place}
            item["fields"].append(_field(new, {}))
