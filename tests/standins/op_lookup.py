"""Finding vaults, items and fields in the state, and the words for not finding them."""

from __future__ import annotations

from op_run import OpError, Run

UNUSABLE_SEED = "unable to generate the one-time password"  # the real wording is not on record


def vaults(run: Run) -> list[dict]:
    """The vaults this caller may see; a service account may be confined to some."""
    allowed = run.state.get("service_account", {}).get("vaults") if run.service_account else None
    return [vault for vault in run.state["vaults"] if allowed is None or vault["name"] in allowed]


def vault(run: Run, query: str) -> dict:
    for one in vaults(run):
        if one["id"] == query or _same(one["name"], query):
            return one
    raise OpError(f'"{query}" isn\'t a vault in this account. Specify the vault with its ID or name.')


def items(run: Run, inside: dict | None, *, archived: bool) -> list[dict]:
    ids = [one["id"] for one in ([inside] if inside else vaults(run))]
    return [
        item
        for item in run.state["items"]
        if item["vault"] in ids and (archived or item.get("state") != "ARCHIVED")
    ]


def item(run: Run, query: str, vault_query: str | None) -> dict:
    """The one item of that ID (archived or not) or title; OpError if there is none or there are several."""
    inside = vault(run, vault_query) if vault_query else None
    archived = run.options.get("include-archive", False)
    found = [one for one in items(run, inside, archived=True) if one["id"] == query]
    found = found or [one for one in items(run, inside, archived=archived) if _same(one["title"], query)]
    if len(found) == 1:
        return found[0]
    if found:
        names = {one["id"]: one["name"] for one in vaults(run)}
        lines = [
            f'\n\t* for the item "{one["title"]}" in vault {names[one["vault"]]}: {one["id"]}'
            for one in found
        ]
        ask = f'More than one item matches "{query}". Try again and specify the item by its ID: '
        raise OpError(ask + "".join(lines))
    where = f' in the "{vault_query}" vault' if vault_query else ""
    raise OpError(f'"{query}" isn\'t an item{where}. Specify the item with its UUID, name, or domain.')


def fields(found: dict, queries: list[str]) -> list[dict]:
    """Fields of the item for `--fields label=a,type=otp,b`, in the order asked for."""
    chosen: list[dict] = []
    for query in queries:
        kind, equals, wanted = query.partition("=")
        if equals and kind in ("label", "type"):
            matches = [one for one in found["fields"] if _same(one.get(kind, ""), wanted)]
        else:
            wanted = query
            matches = [one for one in found["fields"] if wanted == one["id"] or _same(one["label"], wanted)]
        if not matches:
            raise OpError(f'"{wanted}" isn\'t a field in the "{found["title"]}" item')
        chosen += matches
    return chosen


def field(found: dict, section: str | None, query: str) -> list[dict]:
    """Candidates for a secret reference's field; without a section the fields outside of any come first."""
    matches = [one for one in found["fields"] if query == one["id"] or _same(one["label"], query)]
    if section is not None:
        return [one for one in matches if _in_section(one, section)]
    return [one for one in matches if "section" not in one] or matches


def one_time_password(run: Run, field: dict) -> str | None:
    """The code of now, what a quirk makes of it, or None where none can be computed."""
    import totp

    seed = field.get("value", "")
    if run.quirk("otp_missing"):
        return None
    if run.quirk("otp_letters"):
        return seed if seed.startswith("otpauth:") else f"otpauth://totp/stand-in?secret={seed}"
    if "secret=" in seed:
        import re  # slow, and most seeds stand alone

        if inside := re.search(r"[?&]secret=([^&]*)", seed):
            seed = inside[1]
    try:
        return totp.code(seed, run.now())
    except ValueError:
        return None


def reference_to(run: Run, found: dict, field: dict) -> str:
    names = {one["id"]: one["name"] for one in run.state["vaults"]}
    section = field.get("section")
    middle = f"/{section.get('label') or section['id']}" if section else ""
    return f"op://{names[found['vault']]}/{found['title']}{middle}/{field['label'] or field['id']}"


def _in_section(field: dict, query: str) -> bool:
    section = field.get("section", {})
    return query == section.get("id") or _same(section.get("label", ""), query)


def _same(name: str, query: str) -> bool:
    return name.casefold() == query.casefold()
