"""Secret references, `op://vault/item[/section]/field[?attribute=otp]`, alone and in the templates of `op inject`."""

from __future__ import annotations

import re

import op_lookup
from op_run import OpError, Run

ALLOWED = re.compile(r"[A-Za-z0-9_. /-]")
ATTRIBUTES = ("value", "type", "id", "purpose", "otp", "totp")
# A literal in braces, a reference in braces, and a bare one; the bare form skips blanks after op:// and
# looks into comments too, as the original does.
TEMPLATE = re.compile(
    r'\{\{\s*"(?P<literal>(?:\\.|[^"\\])*)"\s*\}\}'
    r"|\{\{(?P<enclosed>[^{}]*)\}\}"
    r"|op://[ \t]*(?P<bare>[A-Za-z0-9_./-]*(?:\?[A-Za-z-]+=[A-Za-z]+)?)"
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


class Reference:
    """A reference taken apart; OpError with the parser's own words if it cannot be."""

    def __init__(self, text: str) -> None:
        wrong = f"invalid secret reference '{text}': "
        if not text.lower().startswith("op://"):
            raise OpError(wrong + "secret references must start with 'op://'")
        self.text = text
        path, _, query = text[len("op://") :].partition("?")
        for character in path:
            if not ALLOWED.match(character):
                raise OpError(f"{wrong}invalid character in secret reference: '{character}'")
        parts = path.split("/")
        if len(parts) < 3 or not all(parts[:3]):
            raise OpError(
                f"{wrong}too few '/': secret references should have at least vault, item and field specified"
            )
        if len(parts) > 4:
            raise OpError(
                f"{wrong}too many '/': secret references can have vault, item, section and field only"
            )
        self.vault, self.item, self.field = parts[0], parts[1], parts[-1]
        self.section = parts[2] if len(parts) == 4 else None
        key, _, value = query.partition("=")
        self.attribute = value.lower() if key in ("attribute", "attr") else "value"
        if self.attribute not in ATTRIBUTES:
            raise OpError(f"{wrong}unknown attribute '{value}'")

    @property
    def place(self) -> str:
        return f"{self.vault}/{self.item}"


def secret(run: Run, reference: Reference, item: dict) -> str:
    """The text that the reference stands for in this item."""
    candidates = op_lookup.field(item, reference.section, reference.field)
    if not candidates:
        raise OpError(f"item '{reference.place}' does not have a field '{reference.field}'")
    if len(candidates) > 1:  # the real wording is not on record
        raise OpError(f"item '{reference.place}' has more than one field '{reference.field}'")
    field = candidates[0]
    if reference.attribute not in ("otp", "totp"):
        return field.get(reference.attribute, "")
    if field["type"] != "OTP":  # the real wording is not on record
        raise OpError(
            f"field '{reference.field}' of item '{reference.place}' does not have a one-time password"
        )
    code = op_lookup.one_time_password(run, field)
    if code is None and not run.quirk("otp_missing"):
        raise OpError(op_lookup.UNUSABLE_SEED)
    return code or ""


def read(run: Run, reference: Reference) -> str:
    """For `op read`, with its nesting of errors."""
    context = f"could not read secret '{reference.text}': "
    try:
        item = op_lookup.item(run, reference.item, reference.vault)
    except OpError as error:
        raise error.inside(f"{context}could not get item {reference.place}: ") from None
    try:
        return secret(run, reference, item)
    except OpError as error:
        raise error.inside(context) from None


def fill(run: Run, template: str) -> str:
    """For `op inject`: the template with every reference replaced, or the error of the first bad one."""

    def replace(match: re.Match) -> str:
        if match["literal"] is not None:
            return match["literal"].replace('\\"', '"')
        if match["enclosed"] is not None:
            _check_enclosed(match, template)
            return _injected(run, Reference(match["enclosed"].strip()))
        return _injected(run, Reference("op://" + match["bare"]))

    return TEMPLATE.sub(replace, CONTROL.sub("", template))


def _injected(run: Run, reference: Reference) -> str:
    inside = op_lookup.vault(run, reference.vault)
    try:
        item = op_lookup.item(run, reference.item, reference.vault)
    except OpError as error:
        context = f"could not resolve item UUID for item {reference.item}: "
        if "isn't an item" not in error.message:
            raise error.inside(context) from None
        raise OpError(f"{context}could not find item {reference.item} in vault {inside['id']}") from None
    return secret(run, reference, item)


def _check_enclosed(match: re.Match, template: str) -> None:
    """The tokenizer of templates complains by position, before any reference is looked at."""
    content = match["enclosed"]
    blanks = len(content) - len(content.lstrip())
    start = match.start("enclosed") + blanks
    content = content.strip()
    path = content[5:].partition("?")[0] if content.lower().startswith("op://") else ""
    wrong = next((5 + index for index, letter in enumerate(path) if not ALLOWED.match(letter)), None)
    if not path:
        wrong = 0
    if wrong is not None:
        before = template[: start + wrong]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise OpError(f"parsing error at {line}:{column}: invalid character: {content[wrong : wrong + 1]}")
