"""Runs a command. The only place that turns an exception into words and an exit code."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys

from mfa_session import refreshing, tty, usual
from mfa_session.errors import MfaSessionError

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

_STATUS_OPTIONS = {"--json": "as_json", "--short": "short"}


class _Ended(BaseException):
    """SIGTERM or SIGHUP has come: what runs is unwound, so that `op` does not outlive it."""


def main(work: Callable[[list[str]], int] | None = None) -> NoReturn:
    """Run the command line, or `work` in its place, and end."""
    _have_all_streams()
    refreshing.leave(os.environ)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it, also for what `exec` becomes
            signal.signal(number, _end)
    code = command(sys.argv[1:], work)
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    try:
        sys.stdout.flush()
    except OSError:  # whoever was reading has gone
        code = code or 1
    os._exit(code)  # dismantling the AWS SDK in an orderly way takes longer than all that follows its answer


def command(arguments: list[str], work: Callable[[list[str]], int] | None = None) -> int:
    """Run it, or `work` in its place, and return the exit code; whatever goes wrong has then been said."""
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    debug = "--debug" in ours or bool(os.environ.get("MFA_SESSION_DEBUG"))
    try:
        return (work or _run)(arguments)
    except KeyboardInterrupt:
        return 130
    except _Ended as ended:
        return 128 + int(ended.args[0])
    except MfaSessionError as error:
        if debug:
            _show_trace()
        tty.explain(error)
        return error.exit_code
    except OSError as error:
        if debug:
            _show_trace()
        if not isinstance(error, BrokenPipeError):  # the reader who has gone, as `head` does, needs no words
            tty.notice(f"can't go on: {error.strerror or type(error).__name__}")
            tty.notice("hint: is the disk full, or the output closed?")
        return 1
    except Exception as error:  # noqa: BLE001 - whatever else it is, it is ours
        if debug:
            _show_trace()
        tty.notice(f"this is a bug: {type(error).__name__}; nothing was changed in this shell")
        tty.notice("hint: run it again with --debug, or MFA_SESSION_DEBUG=1, and report what it shows")
        return 3


def _have_all_streams() -> None:
    """Python prints to stdout what should go to a stderr that is closed; and stdout is code, which shells evaluate."""
    for number in (0, 1, 2):
        with contextlib.suppress(OSError):
            os.fstat(number)
            continue
        os.open(
            os.devnull, os.O_RDONLY if number == 1 else os.O_RDWR
        )  # the lowest free one; writing to 1 must fail
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a path need not be of its encoding, nor of any


def _end(number: int, _: object) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)
    raise _Ended(number)


def _run(arguments: list[str]) -> int:
    # Prompts and SDKs run this all the time, and importing click takes longer than all the rest of it.
    if arguments[:1] == ["status"] and set(arguments[1:]) <= _STATUS_OPTIONS.keys():
        from mfa_session.commands import status

        return status.run(**{_STATUS_OPTIONS[option]: True for option in arguments[1:]})
    command: list[str] | None = None
    if "exec" in arguments[:2] and "--" in arguments:  # what comes behind is not ours to read
        cut = arguments.index("--")
        arguments, command = arguments[:cut], arguments[cut + 1 :]
    if (given := usual.read(arguments)) is not None:
        return usual.run(given, command or [])
    import click

    from mfa_session.cli import cli

    try:
        return int(cli.main(arguments, prog_name="mfa-session", standalone_mode=False, obj=command) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.UsageError as error:
        tty.notice(error.format_message()[:1].lower() + error.format_message()[1:].rstrip("."))
        asked = error.ctx.command_path if error.ctx else "mfa-session"
        tty.notice(f"hint: type: {asked} --help")
        return 2
    except click.Abort:
        return 130


def _show_trace() -> None:
    import re
    import traceback

    kind, error, frames = sys.exc_info()
    last = "".join(traceback.format_exception_only(kind, error))
    if not isinstance(
        error, MfaSessionError
    ):  # in others' words there may be anything, a body of AWS's answer say
        last = re.sub(r"[A-Za-z0-9+/=_-]{20,}|[0-9]{6,}", "\N{HORIZONTAL ELLIPSIS}", last)
    print(tty.printable("".join(traceback.format_tb(frames)) + last), end="", file=sys.stderr)


if __name__ == "__main__":
    main()
