"""Whether the 1Password CLI is there, which it is, and the accounts it knows: none of that asks anybody anything."""

from __future__ import annotations

import json
import re
import shutil
import time
from typing import TYPE_CHECKING

from mfa_session import proc
from mfa_session.adapters import onepassword_calls
from mfa_session.adapters import onepassword_errors as errors
from mfa_session.adapters import onepassword_signin as accounts
from mfa_session.errors import NotAvailable

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = 3


class Presence:
    """See checks_ports.Presence. Two calls of `op`, on their way from the start; raises MfaSessionError without one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        program = shutil.which("op", path=environ.get("PATH")) or shutil.which(
            "op.exe", path=environ.get("PATH")
        )
        if program is None:
            raise errors.missing()
        env = onepassword_calls.environment(environ)
        self._started = time.monotonic()
        try:
            self._version = proc.Running([program, "--version"], env)
            self._listing = accounts.listing(program, env)
        except OSError as error:
            raise errors.missing(error.strerror) from None

    def version(self) -> tuple[int, ...]:
        found = re.match(r"(\d+)\.(\d+)\.(\d+)", self._ended(self._version, "op --version").stdout.strip())
        return tuple(map(int, found.groups())) if found else ()

    def accounts(self) -> list[dict[str, str]]:
        result = self._ended(self._listing, "op account list")
        if result.status == 0:
            try:
                found = json.loads(result.stdout or "[]")
            except ValueError:
                found = None
            if isinstance(found, list):
                return found
        raise errors.explain(result, None)

    def _ended(self, running: proc.Running, what: str) -> proc.Result:
        elapsed = time.monotonic() - self._started
        try:
            return running.wait(max(0.2, _SECONDS - elapsed))
        except proc.TimedOut:
            raise NotAvailable(
                f"{what} gives no answer", "is the 1Password app in trouble? quit it, and open it again"
            ) from None
