"""`mfa-session credential-process`: one JSON object for the AWS SDKs, by their contract.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html: nothing but the object on stdout, no
secret on stderr. Go's SDK waits for a minute and JavaScript's never closes stdin, so this ends before, and reads none.
"""

from __future__ import annotations

import os
import sys

from mfa_session import accounts, formats, process, request, sessions
from mfa_session.errors import MfaSessionError, NotAvailable

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from mfa_session.scope import Scope

_SECONDS = 54


def run(account: str | None, env_file: str | None, profile: str | None, scope: Scope, *, prompt: bool) -> int:
    """Print the object; raises MfaSessionError."""
    process.without_core_file()
    # The caller's own profile and keys say nothing of the account that its config file names here.
    environ = formats.outside(os.environ)
    if environ.get("MFA_SESSION_IS_ASKING"):  # model.ASKING, which is not worth its import here
        raise MfaSessionError(
            "credential-process was started by what it has started itself to ask for a code",
            "let op, or whatever stands for it, run without AWS_PROFILE",
        )
    if not account and not env_file and not profile:
        raise MfaSessionError(
            "credential-process needs the name of an account",
            "to see which there are, type: mfa-session list",
            "to have a profile that names one, type: mfa-session configure NAME",
        )
    if profile and env_file:  # the profile is in there, whatever is around
        environ["AWS_CONFIG_FILE"] = os.path.join(accounts.here(), env_file)
    found = accounts.find(account, env_file, environ, accounts.here(), profile)
    never = environ.get("MFA_SESSION_PROMPT") == "never"
    limits = request.Limits(_SECONDS - 1, prompt=prompt and not never, again=False, typing=False)

    def late() -> MfaSessionError:
        from mfa_session import shells  # only to say it

        return NotAvailable(
            f"no session for {found.name} within {_SECONDS} seconds, and SDKs don't wait longer",
            f"type: {shells.to_source(found.name, os.environ)}",
        )

    with process.within(_SECONDS, late):
        wanted = request.Wanted(scope=scope)
        session, _ = sessions.get(
            found, wanted, f"credential-process {found.name}", environ, limits, ready=True
        )
    sys.stdout.write(formats.credential_process(session))
    sys.stdout.flush()
    return 0
