"""`mfa-session exec --server`: a command beside a credential server of its own, for programs that outlive a session."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

from mfa_session import accounts, formats, process, refreshing, sessions, tty, wiring_keys
from mfa_session.commands import serving_start
from mfa_session.serving import place as places
from mfa_session.serving import plan as plans
from mfa_session.serving.fetching import Fetcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from mfa_session.request import Limits, Wanted


def run(
    account: str | None, command: Sequence[str], env_file: str | None, wanted: Wanted, limits: Limits
) -> NoReturn:
    """Become the command, or without one the person's shell; the server ends with it. Raises MfaSessionError."""
    with_core_file = process.without_core_file()
    argv = list(command) or [os.environ.get("SHELL") or "/bin/sh"]
    process.find(argv[0], os.environ)  # before anybody is asked
    found = accounts.find(account, env_file, os.environ, accounts.here())
    wanted.scope = sessions.scope_of(found, wanted.scope, os.environ)
    again = shlex.join(["mfa-session", "exec", "--server", found.name, "--", *argv])
    wish = serving_start.wish(found, wanted, limits, env_file, again, os.environ)
    config = wiring_keys.rival_of_a_server(os.environ)
    with serving_start.listen(0, os.environ) as listening:
        plan = plans.Plan(listening.getsockname()[1], [wish], os.path.basename(argv[0]), os.getpid())
        place = places.make(plan.port, os.environ)
        try:
            session = serving_start.first(wish, Fetcher(os.environ, tty.notice, heard=True), place)
            plan.log = os.path.join(place.folder, "log")
            serving_start.start(plan, place, listening, os.environ, terminal=True)
        except BaseException:
            place.remove()
            raise
    if config:
        tty.notice(
            f"note: [default] in {config} has credentials, which programs would prefer: this one can't see that file"
        )
    leave = "" if command else "; to leave it, type: exit"
    tty.notice(f"{formats.live(session)}, and renewed by a server{leave}")
    way = refreshing.served(
        plan.port, plan.url(found.name), place.path(wish.token_name), bool(config), os.environ
    )
    around = formats.around(session.account, session.region)
    change = formats.without_keys(session, around | way, os.environ)
    sys.stdout.flush()
    with_core_file()
    process.become(argv, formats.applied(change, os.environ))
