"""A new account's file: its text, the folder it belongs in, and the writing of it, which never replaces anything."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import accounts, envfile, whole_file
from mfa_session.errors import ConfigError, MfaSessionError
from mfa_session.unversioned import ignore as ignore
from mfa_session.unversioned import ignored as ignored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mfa_session.model import Account, OtpSource

IN_PROFILE = "The base key is in this AWS profile."
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_WITH_BLANKS = re.compile(r"[\w@%+=:,./ -]+", re.ASCII)
# What errors say of an account's file, where there is none yet and options of `init` have said it.
_OF_INIT = {
    "the account's file has none, and ": "",
    "or add AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the account's file, as op:// references": (
        "or name another: --profile PROFILE; or, where it is in 1Password: --key-references ID SECRET"
    ),
    "set OP_ACCOUNT in the account's file": "name one: --op-account ACCOUNT",
    "add a line to the account's file: OP_ACCOUNT=": "name one: --op-account ",
    "add a line to the account's file: OP_VAULT=…": "name it: --op-vault VAULT",
    "list them: op vault list": "list them: op vault list; and name one: --op-vault VAULT",
    "look for it: op item list": "look for it: op item list; and name it: --op-item ITEM",
    "the fields the account's file refers to": "the fields that --key-references names",
    "one of them is, in the account's file: ": "one of them is: ",
}
_CANDIDATE = re.compile(r"OP_VAULT=(.*) and OP_ITEM=(\S+)")


class Draft(NamedTuple):
    """What an account's file is to say; `references` are those of the base key's id and secret, instead of `profile`."""

    account_id: str
    mfa_serial: str
    otp: OtpSource
    profile: str | None = None
    references: tuple[str, str] | None = None
    region: str | None = None
    duration: str | None = None
    role_arn: str | None = None


class Wishes(NamedTuple):
    """What is known of a new account before AWS, 1Password or a person is asked; None is for what is not."""

    profile: str | None = None
    references: tuple[str, str] | None = None
    op_item: str | None = None
    op_vault: str | None = None
    op_account: str | None = None
    otp_source: str | None = None
    ykman_account: str | None = None
    mfa_serial: str | None = None
    account_id: str | None = None
    region: str | None = None
    duration: str | None = None
    role_arn: str | None = None


def text(draft: Draft, name: str) -> str:
    """The file of the account `name`; `envfile` reads the same out of it, if all values are printable and stripped."""
    otp, op = draft.otp, draft.otp.op
    source = [("OTP_SOURCE", otp.kind)] if otp.kind != "op" else []
    if otp.kind == "ykman" and otp.name not in ("", draft.mfa_serial):
        source.append(("YKMAN_ACCOUNT", otp.name))
    if otp.kind == "command":
        source.append(("OTP_COMMAND", otp.command))
    if op:
        source += [("OP_ITEM", op.item), ("OP_VAULT", op.vault or ""), ("OP_ACCOUNT", op.account or "")]
    halves = zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), draft.references or (), strict=False)
    key = list(halves) or [("AWS_PROFILE", draft.profile or "")]
    blocks = [
        ("", [("AWS_ACCOUNT_ID", draft.account_id), ("MFA_SERIAL", draft.mfa_serial)]),
        ("The one-time code of that device.", source),
        ("The base key is in 1Password." if draft.references else IN_PROFILE, key),
        ("", [("AWS_REGION", draft.region or "")]),
        ("How long a session lasts.", [("SESSION_DURATION", draft.duration or "")]),
        ("The role that is taken from the session.", [("ROLE_ARN", draft.role_arn or "")]),
    ]
    lines = [f"# The account {name}; to load its session, type: source get_mfa_session.sh {name}"]
    for comment, pairs in blocks:
        if given := [f"{variable}={quoted(value)}" for variable, value in pairs if value]:
            lines += ["", f"# {comment}", *given] if comment else ["", *given]
    return "\n".join(lines) + "\n"


def quoted(value: str) -> str:
    """As `op run` reads it too: escapes, of which its documentation says little, only where nothing else does."""
    if _PLAIN.fullmatch(value):
        return value
    if not _WITH_BLANKS.fullmatch(value) and not re.search(r"['\\]", value):
        return f"'{value}'"  # nothing is replaced in there
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return '"{}"'.format(escaped.replace("$", "\\$"))


def checked(draft: Draft, name: str, command: str = "init") -> Account:
    """The account that the file would describe; raises ConfigError for what would be wrong in it.

    `command` is the one whose options say so.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f".env.{name}")
        path.write_text(text(draft, name), encoding="utf-8")
        try:
            return envfile.load(accounts.Found(name, str(path), own=True), {})
        except ConfigError as error:
            said = re.sub(r"^(:[0-9]+)?: ", "", error.message.removeprefix(str(path)))
            hints = error.hints or (f"type: mfa-session {command} --help",)
            raise ConfigError(f"this would not be an account: {said}", *hints) from None


@contextlib.contextmanager
def in_options(words: Mapping[str, str] = _OF_INIT) -> Iterator[None]:
    """Errors name options, those of `init` if nothing else is said, and not the lines of a file that is not there yet."""

    def said(text: str) -> str:
        for line, option in words.items():
            text = text.replace(line, option)
        return _CANDIDATE.sub(lambda found: f"--op-vault {shlex.quote(found[1])} --op-item {found[2]}", text)

    try:
        yield
    except MfaSessionError as error:
        error.message = said(error.message)
        error.hints = tuple(map(said, error.hints))
        raise


def name_is_wrong(name: str) -> str | None:
    """Why no account can be called so, as the end of a sentence that begins with the name."""
    if not re.fullmatch(r"[^\W_][\w.@+-]*", name):
        return "can't be the name of an account: it has letters, digits, - _ . @ +, and begins with one of the first two"
    if name.endswith((".example", ".sample", ".template")):
        return "is the name of an example, which is no account"
    if account := name.removesuffix("-bootstrap").removesuffix(name):
        return f"is what the AWS profile of account {account} is called: name the account"
    return None


def folder(environ: Mapping[str, str], here: str) -> str:
    """Where a new file goes: `envs/` of the project we are in, else the person's own folder, which holds everywhere.

    $MFA_SESSION_ENV_DIR comes before both. Home is no project, though its dotfiles may be in git: what was written
    there would hold in each folder below, but be found in none elsewhere.
    """
    own = accounts.own_folders(environ, here)
    if environ.get("MFA_SESSION_ENV_DIR"):
        return own[0]
    home = os.path.realpath(environ.get("HOME") or "/")
    around = [path for path in accounts.folders(environ, here) if path not in own]
    found = [path for path in around if os.path.basename(path) == "envs" and os.path.isdir(path)]
    root = next((path for path in around if os.path.exists(os.path.join(path, ".git"))), None)
    if root and os.path.realpath(root) != home:
        return found[0] if found else os.path.join(root, "envs")
    local = os.path.join(here, "envs")
    return local if local in found or not own else own[-1]


def write_new(path: str, text: str) -> None:
    """Make the file, readable by its owner alone; raises ConfigError, also where there is one already.

    It is there as a whole or not at all, and on the disk once this returns.
    """
    if not whole_file.create(Path(path), text.encode()):
        raise exists(path)


def exists(path: str) -> ConfigError:
    return ConfigError(
        "is there already, and is left as it is",
        f"to see whether all is well with it, type: mfa-session doctor {accounts.name_of(path)}",
        "edit it, or move it away; or choose another name or folder (--dir)",
        path=whole_file.shown(path),
    )
