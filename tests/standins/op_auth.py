"""Who may read: the states of `state["auth"]`, each with the words of the real program."""

from __future__ import annotations

import time

import op_memory
from op_run import OpError, Run

CLIENT = "error initializing client: "
SIGNED_OUT = "account is not signed in"
NEEDS_VAULT = "a vault query must be provided when this command is called by a service account"
NEED_A_VAULT = (("item", "get"), ("item", "create"), ("item", "edit"), ("item", "delete"))
UNAUTHORIZED = "(401) Unauthorized: You aren't authorized to perform this action."
MALFORMED_TOKEN = (
    CLIENT + "Validation: (failed to session.DecodeSACredentials), Server: (failed to DecodeSACredentials), "
    "illegal base64 data at input byte 12"
)
FAILURES = {
    "app_down": f"{CLIENT}connecting to desktop app: read: connection reset",
    "app_timeout": f"{CLIENT}connecting to desktop app: connecting to desktop app timed out",
    "offline": f"{CLIENT}RequestDelegatedSession: cannot setup session. Please check the logs of the 1Password app.",
    "locked": "1Password app is locked. Please open 1Password, unlock it with your password, and then try again",
    "sa_deleted": f"{CLIENT}Authentication: (failed to auth.LookupAuth), Network: (failed to "
    "request.DoUnencrypted), Server: (403) (Forbidden (Service Account Deleted)), "
    "The Service Account used in this integration has been deleted.",
    "sa_malformed": MALFORMED_TOKEN,
    "sa_429": "(429) Too Many Requests: You've reached the maximum number of this type of requests this service "
    "account is allowed to make. Please retry in 59 minutes or try other requests.",
}
NO_TOKEN = {
    "not_signed_in": "You are not currently signed in. Please run `op signin --help` for instructions",
    "session_expired": "session expired, sign in to create a new session",
}
SEVERAL_ACCOUNTS = "multiple accounts found. Use the --account flag or set the OP_ACCOUNT environment variable to select an account."
EVAL_HINT = """\
# This command is meant to be used with your shell's eval function.
# Run 'eval $(op signin)' to sign in to your 1Password account.
# Use the --raw flag to only output the session token.
"""


def mode(run: Run) -> str:
    return run.state.get("auth", {}).get("mode", "ok")


def check_config(run: Run) -> None:
    """Every command that opens the configuration refuses somebody else's, the account list included."""
    if mode(run) == "config_owner":
        folder = run.environ.get("OP_CONFIG_DIR") or run.environ.get("HOME", "") + "/.config/op"
        raise OpError(
            f"Can't continue. We can't safely access \"{folder}\" because it's not owned by the current user. "
            "Change the owner or logged in user and try again."
        )


def accounts(run: Run) -> list[dict]:
    if mode(run) == "no_accounts":
        return []
    known = [dict(account) for account in run.state["accounts"]]
    if mode(run) in NO_TOKEN:  # a shorthand is the mark of an account that was added by hand
        for account in known:
            account.setdefault("shorthand", account["url"].removeprefix("https://").partition(".")[0])
    return known


def account(run: Run) -> dict:
    """The account that this call is about, by `--account`, OP_ACCOUNT or for want of another one."""
    wanted = run.options["account"]
    for one in accounts(run):
        address = one["url"].removeprefix("https://")
        known = [one.get(name) for name in ("email", "user_uuid", "account_uuid", "shorthand")]
        if not wanted or wanted.removeprefix("https://") == address or wanted in known:
            return one
    raise OpError(f"no account found for filter {wanted}")


def authorise(run: Run) -> None:
    """Returns when secrets may be read, asks the person where the state says so, or raises OpError."""
    _fail_if_told(run)
    now = mode(run)
    if now == "sa_needs_vault" or run.environ.get("OP_SERVICE_ACCOUNT_TOKEN"):
        _service_account(run)
    elif now == "no_accounts":
        import op_terminal

        op_terminal.offer_account()
        raise OpError(CLIENT)  # the cause is empty in the original too
    elif now == "multi_account" and not run.options["account"]:
        raise OpError(SEVERAL_ACCOUNTS)
    elif now in NO_TOKEN:
        if not op_memory.has_token(run, now, account(run)):
            raise OpError(NO_TOKEN[now])
    elif now in ("prompt", "touch"):
        import op_terminal

        op_terminal.approve(run, account(run))
    elif now in ("ok", "app_timeout_once", "multi_account"):
        account(run)
    else:
        raise ValueError(f"the stand-in knows no auth mode {now!r}")


def _fail_if_told(run: Run) -> None:
    auth, now = run.state.get("auth", {}), mode(run)
    if now == "error":
        raise OpError(auth.get("stderr", ""), auth.get("exit", 1), raw=True, stdout=auth.get("stdout", ""))
    if now == "app_timeout_once" and op_memory.first_time(run, "app-timeout"):
        now = "app_timeout"
    if now in FAILURES:
        time.sleep(auth.get("delay", 0))
        raise OpError(FAILURES[now])


def _service_account(run: Run) -> None:
    """A token shuts out the desktop account: nothing is asked, and only the token's vaults are there."""
    token = run.state.get("service_account", {}).get("token")
    if mode(run) != "sa_needs_vault" and run.environ["OP_SERVICE_ACCOUNT_TOKEN"] != token:
        raise OpError(MALFORMED_TOKEN)
    run.service_account = True
    op_memory.first_time(run, "service-account")
    if run.command in NEED_A_VAULT and not run.options.get("vault"):
        raise OpError(NEEDS_VAULT)


def who_am_i(run: Run) -> dict:
    """Never asks, and so denies an app account that this terminal has not yet been authorised for."""
    now = mode(run)
    if now == "sa_needs_vault" or run.environ.get("OP_SERVICE_ACCOUNT_TOKEN"):
        if not op_memory.seen(run, "service-account"):
            raise OpError("service account token set, but not authenticated yet")
        shown = {name: run.state["accounts"][0][name] for name in ("url", "user_uuid", "account_uuid")}
        return {**shown, "user_type": "SERVICE_ACCOUNT"}
    found = account(run)
    if now in ("ok", "multi_account", "app_timeout_once"):
        allowed = True
    elif now in NO_TOKEN:
        allowed = op_memory.has_token(run, now, found)
    else:
        allowed = now in ("prompt", "touch") and op_memory.authorised(run, found)
    if not allowed:
        raise OpError(SIGNED_OUT)
    return {name: found[name] for name in ("url", "email", "user_uuid", "account_uuid")}


def sign_in(run: Run) -> str:
    """What `op signin` prints: nothing with the app, a session token (or its export) for a manual account."""
    if mode(run) not in NO_TOKEN:
        authorise(run)
        return ""
    import op_terminal

    found = account(run)
    address = found["url"].removeprefix("https://")
    given = op_terminal.ask_password(run, f"Enter the password for {found['email']} at {address}: ")
    if given != run.state["auth"]["password"]:
        raise OpError(UNAUTHORIZED)
    token = op_memory.new_token(run, mode(run))
    if run.options.get("raw"):
        return token + "\n"
    return f'export OP_SESSION_{found["user_uuid"]}="{token}"\n{EVAL_HINT}'
