"""The commands of the stand-in; each takes the call and returns what goes to stdout."""

from __future__ import annotations

import time

import op_auth
import op_lookup
import op_memory
import op_show
import op_stdin
from op_run import OpError, Run

HELP = """\
This is a stand-in for the 1Password CLI, made for the tests and the demo of mfa-session.
It is NOT the real `op`: it is connected to nothing and knows only the invented items of a state file.

Usage:  op [command] [flags]

Commands:
  account list    List the accounts of the state file
  inject          Fill in the secret references of a template
  item create     Create an item from JSON in a pipe, or from assignments
  item delete     Delete an item, or put it into the archive
  item edit       Replace an item by JSON in a pipe, or change it by assignments
  item get        Get an item, some of its fields or its one-time password
  item list       List the items
  item template get   Get the template of a category
  read            Read a secret reference
  signin          Sign in
  vault get       Get a vault
  vault list      List the vaults
  whoami          Show the account that is signed in

Flags:
      --account account   Choose an account
      --cache             Accepted and ignored
      --config directory  Accepted and ignored
      --debug             Print DEBUG lines on stderr
      --encoding type     Accepted and ignored
      --format string     "human-readable" or "json"
  -h, --help              Show this text
      --iso-timestamps    Accepted and ignored
      --no-color          Accepted and ignored
      --session token     Use this session token
  -v, --version           Show the version that is played
"""


def perform(run: Run) -> str:
    if run.command:
        op_auth.check_config(run)
    if run.command != ("account", "list"):
        run.follows_a_write = op_memory.forget(run, "just-written")
    return TABLE[run.command](run)


def help_or_version(run: Run) -> str:
    wants_version = run.options.get("version") and not run.options.get("help")
    return run.state.get("version", "2.32.1") + "\n" if wants_version else HELP


def account_list(run: Run) -> str:
    time.sleep(run.state.get("account_list_latency", 0))
    found = op_auth.accounts(run)
    if run.wants_json:
        return op_show.as_json(found)
    rows = [(one["url"].removeprefix("https://"), one["email"], one["user_uuid"]) for one in found]
    return op_show.table([("URL", "EMAIL", "USER ID"), *rows]) if rows else ""


def whoami(run: Run) -> str:
    found = op_auth.who_am_i(run)
    if run.wants_json:
        return op_show.as_json(found)
    labels = {"url": "URL:", "email": "Email:", "user_uuid": "User ID:", "user_type": "User Type:"}
    return "".join(f"{label:<14}{found[name]}\n" for name, label in labels.items() if name in found)


def read(run: Run) -> str:
    import op_reference

    context = f"could not read secret '{run.args[0]}': "
    try:
        reference = op_reference.Reference(run.args[0])
    except OpError as error:
        raise error.inside(context) from None
    op_stdin.drain(run)
    try:
        op_auth.authorise(run)
    except OpError as error:
        nested = error.message.startswith(op_auth.CLIENT)
        raise error.inside(context if nested else context + op_auth.CLIENT) from None
    _reach_server(run)
    return op_reference.read(run, reference) + ("" if run.options.get("no-newline") else "\n")


def inject(run: Run) -> str:
    import op_reference

    template = op_stdin.template(run)
    open_vaults(run)
    return op_reference.fill(run, template) + "\n"


def item_get(run: Run) -> str:
    query = run.args[0]
    if query == "-":
        query = op_stdin.item_id(run)
    else:
        op_stdin.drain(run)
    open_vaults(run)
    item = op_lookup.item(run, query, run.options.get("vault"))
    if run.options.get("otp"):
        return _item_otp(run, item)
    if run.options["fields"]:
        fields = op_lookup.fields(item, run.options["fields"])
        if not run.wants_json:
            return op_show.csv([op_show.value(run, item, one) for one in fields])
        shown = [op_show.field(run, item, one) for one in fields]
        return op_show.as_json(shown if len(shown) > 1 else shown[0])
    whole = op_show.whole(run, item)
    if run.strikes("another_hand"):
        import op_write

        op_write.another_hand(run, item["id"])
    if run.wants_json:
        return op_show.as_json(whole)
    head = [("ID:", whole["id"]), ("Title:", whole["title"]), ("Fields:", "")]
    body = [(f"  {one['label']}:", op_show.value(run, item, one)) for one in item["fields"] if "value" in one]
    return op_show.table(head + body)


def _item_otp(run: Run, item: dict) -> str:
    fields = [one for one in item["fields"] if one["type"] == "OTP"]
    if not fields:
        raise OpError(f'"{item["title"]}" doesn\'t have a one-time password.')
    code = op_lookup.one_time_password(run, fields[0])
    if code is None:
        if run.quirk("otp_missing"):
            return ""
        raise OpError(op_lookup.UNUSABLE_SEED)
    return op_show.as_json(code) if run.wants_json else code + "\n"


def item_list(run: Run) -> str:
    op_stdin.drain(run)
    open_vaults(run)
    inside = op_lookup.vault(run, run.options["vault"]) if run.options.get("vault") else None
    items = op_lookup.items(run, inside, archived=run.options.get("include-archive", False))
    shown = [op_show.overview(run, one) for one in items if _wanted(run, one)]
    if run.wants_json:
        return op_show.as_json(shown)
    rows = [(one["id"], one["title"], one["vault"]["name"]) for one in shown]
    return op_show.table([("ID", "TITLE", "VAULT"), *rows])


def _wanted(run: Run, item: dict) -> bool:
    """Whether it has one of the tags and is of one of the categories that were asked for."""
    tags, categories = run.options["tags"], [_category(one) for one in run.options["categories"]]
    return (not tags or any(one in item.get("tags", []) for one in tags)) and (
        not categories or _category(item["category"]) in categories
    )


def _category(name: str) -> str:
    return name.upper().replace(" ", "_")


def vault_get(run: Run) -> str:
    op_stdin.drain(run)
    open_vaults(run)
    return _vaults_as_asked(run, [op_lookup.vault(run, run.args[0])], alone=True)


def vault_list(run: Run) -> str:
    op_stdin.drain(run)
    open_vaults(run)
    return _vaults_as_asked(run, op_lookup.vaults(run))


def _vaults_as_asked(run: Run, vaults: list[dict], *, alone: bool = False) -> str:
    if run.wants_json:
        found = [op_show.vault(run, one) for one in vaults]
        return op_show.as_json(found[0] if alone else found)
    return op_show.table([("ID", "NAME"), *((one["id"], one["name"]) for one in vaults)])


def open_vaults(run: Run) -> None:
    op_auth.authorise(run)
    _reach_server(run)


def _reach_server(run: Run) -> None:
    """What every reading command pays for: the network, and a server that may be ill."""
    time.sleep(run.state.get("latency", 0))
    if run.misbehaves("exit0_error"):
        raise OpError("(500) Internal Server Error: An unexpected error occurred.")
    if run.misbehaves("exit4_404"):
        raise OpError("(404) Not Found: The requested resource was not found.", 4)
    if run.misbehaves("exit2_panic"):
        trace = "\n\ngoroutine 1 [running]:\nmain.main()\n"
        raise OpError(
            "panic: runtime error: invalid memory address or nil pointer dereference" + trace, 2, raw=True
        )


def _writing(name: str):
    """A command of op_write, which those that only read need not import."""

    def perform(run: Run) -> str:
        import op_write

        return getattr(op_write, name)(run)

    return perform


TABLE = {
    (): help_or_version,
    ("account", "list"): account_list,
    ("inject",): inject,
    ("item", "create"): _writing("create"),
    ("item", "delete"): _writing("delete"),
    ("item", "edit"): _writing("edit"),
    ("item", "get"): item_get,
    ("item", "list"): item_list,
    ("item", "template", "get"): _writing("template_get"),
    ("read",): read,
    ("signin",): op_auth.sign_in,
    ("vault", "get"): vault_get,
    ("vault", "list"): vault_list,
    ("whoami",): whoami,
}
