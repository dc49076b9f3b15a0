"""Everything the stand-in says to a person: the approval, the password, the question about an account."""

from __future__ import annotations

import contextlib
import os
import termios
import time

import op_memory
from op_run import OpError, Run

TOUCH = b"stand-in 1Password (not the real one): press Enter in place of the fingerprint\n"
DISMISSED = "error initializing client: authorization prompt dismissed, please try again"
TIMEOUT = "error initializing client: authorization timeout"
NO_TERMINAL = "interactive IO not available"
NO_ACCOUNTS = """\
No accounts configured for use with 1Password CLI.

You can either:
 - Turn on the 1Password desktop app integration to sign in with the accounts you've added to the app: \
https://developer.1password.com/docs/cli/app-integration/ for details.
 - Add an account manually with 'op account add' and sign in by entering your password on the command line. \
See 'op account add --help' for details.
 - Authenticate using a 1Password service account by setting the 'OP_SERVICE_ACCOUNT_TOKEN' environment variable \
to your service account token. Learn more: https://developer.1password.com/docs/service-accounts/\u0020
 - Use 1Password CLI with a Connect server by setting the 'OP_CONNECT_HOST' and 'OP_CONNECT_TOKEN' environment \
variables to your Connect host and token, respectively. Learn more: https://developer.1password.com/docs/connect/

Do you want to add an account manually now? [Y/n]\u0020"""


def approve(run: Run, account: dict) -> None:
    """Shows the prompt unless this terminal session has one approved already; OpError if the person declines."""
    if op_memory.authorised(run, account):
        return
    auth = run.state["auth"]
    run.log.event("prompt", mode=auth["mode"], session=op_memory.terminal_session())
    terminal = _open() if auth["mode"] == "touch" else None
    if terminal is not None:
        _wait_for_enter(terminal)
    else:
        _wait_for_outcome(auth.get("outcome", "approve"), auth.get("delay", 0))
    op_memory.authorise(run, account)


def _wait_for_outcome(outcome: str, delay: float) -> None:
    time.sleep(delay)
    while outcome == "hang":
        time.sleep(3600)
    if outcome == "dismiss":
        raise OpError(DISMISSED)
    if outcome == "timeout":
        raise OpError(TIMEOUT)


def _wait_for_enter(terminal: int) -> None:
    before = _without_echo(terminal)
    try:
        os.write(terminal, TOUCH)
        if not _line(terminal).endswith(b"\n"):
            raise OpError(DISMISSED)
    finally:
        # The demo shares the person's terminal, so this one is put right even when we are killed.
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        os.close(terminal)


def ask_password(run: Run, prompt: str) -> str:
    terminal = _open()
    if terminal is None:
        raise OpError(NO_TERMINAL)
    run.log.event("password")
    before = _without_echo(terminal)
    with _restored(terminal, before):
        os.write(terminal, prompt.encode())
        given = _line(terminal)
        os.write(terminal, b"\n")
    return given.rstrip(b"\n").decode()


def offer_account() -> None:
    """Asks whether to add an account and waits, for ever if need be; returns on 'n' or where nobody can be asked."""
    import tty

    terminal = _open()
    if terminal is None:
        return
    before = termios.tcgetattr(terminal)
    os.write(terminal, NO_ACCOUNTS.encode())
    with _restored(terminal, before):
        tty.setraw(terminal)
        while True:
            key = os.read(terminal, 1)
            if key in (b"n", b"N", b""):
                os.write(terminal, b"\r\n")
                return
            if key == b"\x03":
                raise KeyboardInterrupt
            if key in (b"y", b"Y", b"\r"):
                os.write(terminal, b"\r\nEnter your sign-in address (example.1password.com): ")


@contextlib.contextmanager
def _restored(terminal: int, before: list):
    """Puts the terminal right, but not after SIGTERM: the real program would not have had the time either."""
    try:
        yield
    except (Exception, KeyboardInterrupt):
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        raise
    termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _open() -> int | None:
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None


def _without_echo(terminal: int) -> list:
    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
    return before


def _line(terminal: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(terminal, 1024)
        if not part:
            break
        line += part
    return line
