"""The codes of an account on a YubiKey, through its command line program `ykman`, version 4 or later.

An account may want the key to be touched: it blinks for 15 seconds then, and ykman waits. Its exit codes tell nothing,
so what it prints is searched for what its versions have in common, in this order.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import proc, tty
from mfa_session.errors import MfaSessionError, NotAvailable
from mfa_session.model import ASKING, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LIMIT = 60  # seconds
_SLOW = 0.5  # seconds after which it is worth saying that the key waits for a touch
_PREFIX = re.compile(r"^(error|warning): *", re.IGNORECASE)


class _Kind(NamedTuple):
    anchors: tuple[str, ...]
    message: str
    hints: tuple[str, ...]
    typing_helps: bool = False


_TOUCH = _Kind(
    ("touch account timed out",), "nobody touched the YubiKey in time", ("run it again, and touch it",), True
)
_KINDS = (
    _TOUCH,
    _Kind(
        ("multiple yubikeys", "use --device"),
        "several YubiKeys are plugged in",
        ("leave only the one with {name!r} in, and run it again",),
    ),
    _Kind(
        ("multiple matches",),
        "several accounts on the YubiKey match {name!r}",
        (
            "write the whole name, as `ykman oath accounts list` shows it: YKMAN_ACCOUNT=… in the account's file",
        ),
    ),
    _Kind(
        ("no matching account",),
        "the YubiKey has no account that matches {name!r}",
        ("list them: ykman oath accounts list", "say which one: YKMAN_ACCOUNT=… in the account's file"),
    ),
    _Kind(
        ("authentication to the yubikey failed", "enter the password", "aborted!"),
        "the codes on this YubiKey are protected by a password that ykman does not know",
        ("let it remember the password, once: ykman oath access remember",),
    ),
    _Kind(
        ("pc/sc not available", "pcsc not available"),
        "ykman can't use the smart card service",
        ("start it: sudo systemctl start pcscd",),
        True,
    ),
    _Kind(("no yubikey",), "no YubiKey is plugged in", ("plug it in, and run it again",), True),
    _Kind(
        ("failed to connect", "failed connecting"),
        "ykman can't open the YubiKey: another program may have it",
        ("end GnuPG's hold on it: gpgconf --kill scdaemon", "or plug it in anew"),
        True,
    ),
    _Kind(
        ("not enabled or not available", "usb interfaces"),
        "OATH is switched off on this YubiKey",
        ("switch it on: ykman config usb --enable OATH",),
    ),
    _Kind(
        ("no such command", "no such option"),
        "this ykman does not understand what it was asked",
        ("version 4 or later is needed; yours: ykman --version",),
    ),
)


class Ykman:
    """The codes of the account that `name` matches; `announce` is given what the person has to do, once it is slow."""

    def __init__(self, name: str, label: str, environ: Mapping[str, str]) -> None:
        self.name = name
        self.label = label
        self.announce: Callable[[str], None] = tty.notice
        self.env = {n: v for n, v in environ.items() if not n.startswith("AWS_")} | {ASKING: "1"}

    def ask(self, references: tuple[str, ...] = ()) -> _Asking:
        assert not references  # noqa: S101 - a YubiKey has nothing but codes
        return _Asking(self)


class _Asking:
    def __init__(self, source: Ykman) -> None:
        self._source = source
        self._announce = source.announce
        self._taken_back = False
        name = source.name
        argv = [
            "ykman",
            "oath",
            "accounts",
            "code",
            "--single",
            *(["--"] if name.startswith("-") else []),
            name,
        ]
        argv[0] = shutil.which("ykman", path=source.env.get("PATH")) or argv[0]
        try:
            # Where a password is missing, it takes a line of its input for one, or else asks on the terminal: it gets
            # an empty line, and no terminal.
            self._running = proc.Running(argv, source.env, stdin="\n", apart=True)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            why = "is not installed, or not on PATH" if missing else f"can't be started: {error.strerror}"
            raise _helped(
                NotAvailable(
                    f"the YubiKey Manager's program, ykman, {why}",
                    "install it: pipx install yubikey-manager, or brew install ykman",
                )
            ) from None

    def answer(self) -> Answer:
        try:
            result = self._running.wait(_LIMIT, self._tell, _SLOW)
        except proc.TimedOut:
            raise _helped(NotAvailable(f"ykman did not answer within {_LIMIT} s", *_TOUCH.hints)) from None
        if self._taken_back:
            raise MfaSessionError("the YubiKey is no longer asked")
        if result.status != 0:
            raise _explain(result, self._source.name)
        code = result.stdout.strip()
        if not re.fullmatch(r"[0-9]{6}", code):
            raise MfaSessionError(
                f"what the YubiKey gives for {self._source.name!r} is no code of 6 digits",
                "add the account anew, with the MFA device's setup key: ykman oath accounts add NAME --touch",
            )
        return Answer(code)

    def cancel(self) -> None:
        self._taken_back = True
        self._running.stop()

    def _tell(self) -> None:
        if not self._taken_back:
            self._announce(f"touch your YubiKey for {self._source.label}")


def _explain(result: proc.Result, name: str) -> MfaSessionError:
    lines = [_PREFIX.sub("", line.strip()) for line in result.stderr.splitlines() if line.strip()]
    said = " ".join(lines).lower()
    for kind in _KINDS:
        if any(anchor in said for anchor in kind.anchors):
            words = [text.format(name=name) for text in (kind.message, *kind.hints)]
            error = (NotAvailable if kind.typing_helps else MfaSessionError)(*words)
            return _helped(error) if kind.typing_helps else error
    if result.status < 0:
        return MfaSessionError(f"ykman was ended by signal {-result.status}", "run it again")
    line = next((one for one in lines if not one.lower().startswith("touch your")), "nothing")
    return MfaSessionError(
        f"ykman failed, and says: {line[:300]}",
        f"to see it alone, type: ykman oath accounts code --single {name!r}",
    )


def _helped(error: MfaSessionError) -> MfaSessionError:
    error.typing_helps = True
    return error
