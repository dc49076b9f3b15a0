"""The commands of the stand-in; each takes the call and returns what goes to stdout."""

from __future__ import annotations

import os
import time

import op_auth
import op_lookup
import op_show
from op_run import OpError, Run

HELP = """\
This is a stand-in for the 1Password CLI, made for the tests and the demo of mfa-session.
It is NOT the real `op`: it is connected to nothing and knows only the invented items of a state file.

Usage:  op [command] [flags]

Commands:
  account list    List the accounts of the state file
  inject          Fill in the secret references of a template
  item get        Get an item, some of its fields or its one-time password
  item list       List the items
  read            Read a secret reference
  signin          Sign in
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
    _drain_stdin(run)
    try:
        op_auth.authorise(run)
    except OpError as error:
        nested = error.message.startswith(op_auth.CLIENT)
        raise error.inside(context if nested else context + op_auth.CLIENT) from None
    _reach_server(run)
    return op_reference.read(run, reference) + ("" if run.options.get("no-newline") else "\n")


def inject(run: Run) -> str:
    import op_reference

    template = _template(run)
    _open_vaults(run)
    return op_reference.fill(run, template) + "\n"


def item_get(run: Run) -> str:
    query = run.args[0]
    if query == "-":
        query = _id_on_stdin(run)
    else:
        _drain_stdin(run)
    _open_vaults(run)
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
    _drain_stdin(run)
    _open_vaults(run)
    inside = op_lookup.vault(run, run.options["vault"]) if run.options.get("vault") else None
    items = op_lookup.items(run, inside, archived=run.options.get("include-archive", False))
    shown = [op_show.overview(run, one) for one in items]
    if run.wants_json:
        return op_show.as_json(shown)
    rows = [(one["id"], one["title"], one["vault"]["name"]) for one in shown]
    return op_show.table([("ID", "TITLE", "VAULT"), *rows])


def _open_vaults(run: Run) -> None:
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


def _drain_stdin(run: Run) -> None:
    """The known trap: an open pipe on stdin is read to its end by commands that have no use for it."""
    if run.log.stdin == "fifo":
        _read_all(0)


def _id_on_stdin(run: Run) -> str:
    import json

    if run.log.stdin != "fifo":
        raise OpError("expected data on stdin but none found")
    try:
        found = json.loads(_read_all(0))
        return (found[0] if isinstance(found, list) else found)["id"]
    except (ValueError, LookupError, TypeError):
        raise OpError("invalid JSON provided") from None


def _template(run: Run) -> str:
    path = run.options.get("in-file")
    if path in (None, "/dev/stdin"):
        if run.log.stdin != "fifo":
            raise OpError("expected data on stdin but none found")
        return _read_all(0).decode()
    _drain_stdin(run)
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is slow to import
            return file.read()
    except OSError as error:
        raise OpError(f"open {path}: {error.strerror.lower()}") from None


def _read_all(fd: int) -> bytes:
    parts = []
    while part := os.read(fd, 65536):
        parts.append(part)
    return b"".join(parts)


TABLE = {
    (): help_or_version,
    ("account", "list"): account_list,
    ("inject",): inject,
    ("item", "get"): item_get,
    ("item", "list"): item_list,
    ("read",): read,
    ("signin",): op_auth.sign_in,
    ("whoami",): whoami,
}
