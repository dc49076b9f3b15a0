"""The ways in which `op` fails, in words that say what to do.

Its exit codes tell nothing, so its texts are searched for what they have in common over the versions, in this order:
`connection reset`, say, also occurs inside `connecting to desktop app`.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """The first of KINDS with an anchor in the lower-cased text holds; {line}, {item} and {vault} stand in the words."""

    name: str
    anchors: tuple[str, ...]
    message: str
    hints: tuple[str, ...]


_APP = "open and unlock 1Password; in Settings > Developer turn on the integration with 1Password CLI"
_SETGID = "on Linux, op must be the packaged one: group onepassword-cli, with the setgid bit"
_LIST_ITEMS = "look for it: op item list"

KINDS = (
    Kind(
        "AUTH_DISMISSED",
        ("authorization prompt dismissed", "authorization was denied"),
        "the 1Password prompt was dismissed, or nobody answered it",
        ("run it again and approve the prompt",),
    ),
    Kind(
        "AUTH_TIMEOUT",
        ("authorization timeout", "authorization timed out", "authorization took too long"),
        "nobody answered the 1Password prompt",
        ("run it again and approve the prompt",),
    ),
    Kind(
        "RATE_LIMITED",
        ("(429)", "too many requests"),
        "1Password lets this service account make no more requests for now: {line}",
        ("wait as long as it says",),
    ),
    Kind(
        "SA_INVALID",
        (
            "service account deleted",
            "integration has been deleted",  # an archived item "has been deleted" too
            "decodesacredentials",
            "signin credentials are not compatible",
            "deserializeserviceaccountauthtoken",
        ),
        "1Password does not take the service account token in OP_SERVICE_ACCOUNT_TOKEN",
        ("make a new token, or use the desktop app: unset OP_SERVICE_ACCOUNT_TOKEN",),
    ),
    Kind(
        "MULTI_ACCOUNT",
        ("multiple accounts found",),
        "op knows several 1Password accounts, and not which one is meant",
        ("add a line to the account's file: OP_ACCOUNT=my.1password.com", "list them: op account list"),
    ),
    Kind(
        "NO_ACCOUNT",
        ("no accounts configured", "no account found for filter"),
        "op is not connected to any 1Password account",
        (_APP, "without the app: op account add"),
    ),
    Kind(
        "CONFIG_OWNER",
        ("because it's not owned by the current user",),
        "op's configuration belongs to another user",
        ("run this as yourself, not with sudo",),
    ),
    Kind(
        "APP_TRANSIENT",
        ("connecting to desktop app timed out", "read: context deadline exceeded"),
        "the 1Password app does not answer",
        ("open and unlock 1Password, then run it again",),
    ),
    Kind(
        "APP_UNREACHABLE",
        (
            "connecting to desktop app",
            "couldn't connect to the 1password desktop app",
            "app is locked",
            "requestdelegatedsession",
        ),
        "op can't reach the 1Password app, or the app is locked or offline",
        (_APP, _SETGID),
    ),
    Kind(
        "NOT_SIGNED_IN",
        (
            "not currently signed in",
            "not signed in",
            "session expired",
            "could not find session token",
            "no active session",
        ),
        "op is not signed in to 1Password",
        ("type: eval $(op signin)",),
    ),
    Kind(
        "UNAUTHORIZED",
        ("(401)", "401: unauthorized"),
        "1Password did not accept the password or token: {line}",
        ("run it again and check the password; a service account's token is in OP_SERVICE_ACCOUNT_TOKEN",),
    ),
    Kind("AMBIGUOUS", ("more than one item matches",), "several items in 1Password are called {item}", ()),
    Kind(
        "VAULT_REQUIRED",
        ("a vault query must be provided",),
        "a service account must be told the vault",
        ("add a line to the account's file: OP_VAULT=…",),
    ),
    Kind(
        "NO_OTP",
        (
            "have a one-time password",
            "no one-time password",
            "field 'one-time password'",
            '"one-time password" isn\'t a field',
        ),
        "the 1Password item {item} has no one-time password",
        ("edit the item, add a field of type one-time password, and put in the MFA device's setup key",),
    ),
    Kind(
        "VAULT_NOT_FOUND",
        ("isn't a vault",),
        "1Password has no vault {vault} in this account",
        ("list them: op vault list", "with several 1Password accounts: set OP_ACCOUNT in the account's file"),
    ),
    Kind(
        "FIELD_NOT_FOUND",
        ("does not have a field", "isn't a field"),
        "a reference names a field that its item does not have: {line}",
        ("look at its fields: op item get ITEM --vault VAULT",),
    ),
    Kind(
        "ITEM_NOT_FOUND",
        ("isn't an item", "could not find item", "could not resolve item"),
        "1Password has no such item, or does not show it to you: {line}",
        (_LIST_ITEMS,),
    ),
    Kind(
        "BAD_REFERENCE",
        ("invalid secret reference", "invalid character", "too few '/'", "parsing error"),
        "1Password can't read a reference: {line}",
        (
            "write op://vault/item/field, with ids for names that have other characters than letters, digits, -_. and space",
        ),
    ),
    Kind(
        "FORBIDDEN",
        ("(403)", "(101)", "have permission", "permission to"),
        "1Password does not let you do this: {line}",
        ("ask the owner of the vault for the right to read it",),
    ),
    Kind(
        "TOO_OLD",
        ("unknown flag", "unknown command"),
        "this op does not understand what it was asked: {line}",
        ("version 2.30 or later is needed; yours: op --version",),
    ),
    Kind(
        "NETWORK",
        (
            "dial tcp",
            "no such host",
            "i/o timeout",
            "connection refused",
            "connection reset",
            ": tls: ",
            "tls handshake",
            "x509",
        ),
        "op can't reach 1Password's server: {line}",
        ("check the network, and HTTPS_PROXY if you use one",),
    ),
    Kind("CRASH", ("panic:",), "op crashed: {line}", ("update it; yours: op --version",)),
)
