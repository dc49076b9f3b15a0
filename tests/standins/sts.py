"""A strict stand-in for AWS on loopback: STS and most of IAM done here, all else by moto behind a policy check.

Also a program, for the demo: `python tests/standins/sts.py --port 4599 --users users.json`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import signal
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING

if __name__ == "__main__":
    # As a program, the import path begins with this folder, where `standins` itself cannot be found.
    sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

from standins import (
    gateway,
    iam_actions,
    iam_hooks,
    iam_keys,
    signin,
    sigv4,
    sts_actions,
    sts_denials,
    sts_errors,
    sts_faults,
    sts_http,
    sts_log,
    sts_names,
)
from standins.sts_world import Role, User, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.iam_access_key import AccessKey
    from standins.sts_http import Received, Reply

HANG = 60.0
TORN = {"drop_after", "garbage"}  # of the faults that spoil an answer, those that any answer can have
DEMO_USER = User(
    account_id="111122223333",
    name="alice",
    access_key_id="AKIAEXAMPLETEST00000",
    secret_access_key="not/a+real/secret/of/anyone/anywhere/000",
    mfa_serial="arn:aws:iam::111122223333:mfa/alice",
    seed="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
)


class AwsStandIn(iam_keys.Consistency):
    """`latency` (seconds a request), `clock_offset` (seconds), `users` and `roles` may be changed at any time.

    So may what `Consistency` has: how late IAM is.
    """

    def __init__(
        self,
        users: list[User] | None = None,
        now: Callable[[], float] = time.time,
        latency: float = 0.0,
        port: int = 0,
        roles: list[Role] | None = None,
    ) -> None:
        self.users = [dataclasses.replace(DEMO_USER)] if users is None else users
        self.roles = [] if roles is None else roles
        self.latency = latency
        self.clock_offset = 0.0
        self.requests: list[sts_log.Request] = []
        self.bugs: list[str] = []  # tracebacks of the stand-in itself; a test that meets one should show it
        self._now = now
        self._port = port
        self._world = World(self.users, self.roles, self, self.clock)
        self._signin = signin.SignIn(self._world)
        self.signins = self._signin.log
        self._faults = sts_faults.Faults()
        self._hooks = iam_hooks.Hooks()
        self._gateway = gateway.Gateway()
        self._stopping = threading.Event()
        self._server: sts_http.Server | None = None

    def start(self) -> AwsStandIn:
        """Listens; after a `stop` it comes back under the same URL."""
        self._stopping.clear()
        self._server = sts_http.Server(self._port, self._serve, self.clock)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._stopping.set()
        if self._server:
            self._server.close_all()
            self._server = None
        self._gateway.stop()

    def __enter__(self) -> AwsStandIn:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def clock(self) -> float:
        return self._now() + self.clock_offset

    def fault(self, action: str, kind: str, times: int = 1) -> None:
        """Let the next requests of this action ("*": of any) go wrong in the way of `sts_faults.KINDS`."""
        self._faults.add(action, kind, times)

    def lives(self, seconds: float, *, roles: bool) -> None:
        """From now on, sessions of roles (else of users) last no longer, whatever was asked for: AWS gives none so short."""
        self._world.lifetimes[roles] = seconds

    def clear_faults(self) -> None:
        self._faults.clear()

    def after(self, action: str, call: Callable[[], object]) -> None:
        """Have this called, once, when a request of this action has been processed and nothing was answered yet."""
        self._hooks.add(action, call)

    def keys_of(self, user: User) -> list[AccessKey]:
        """As things are, whatever IAM's calls would show; the oldest first."""
        return self._world.keys.of(user)

    @property
    def key_secrets(self) -> list[str]:
        """Of every access key that there is or ever was."""
        return self._world.keys.secrets

    def count(self, action: str) -> int:
        return sum(request.action == action for request in self.requests)

    def expire_sessions(self) -> None:
        """Every session minted so far is over, whatever its Expiration said."""
        for session in list(self._world.sessions.values()):
            session.expires = 0.0

    def forget_codes(self) -> None:
        """Accept codes that were used before; for tests that need several sessions within one step."""
        self._world.used_steps.clear()

    def _serve(self, received: Received) -> Reply | None:
        """The answer to one request, or None to hang up."""
        if signin.is_for(received):
            return self._sign_in(received)
        claimed = sigv4.read(received)
        unsigned = isinstance(claimed, sts_errors.Refusal)
        service, key = ("", "") if unsigned else (claimed.service, claimed.access_key_id)
        entry = sts_log.entry(received, sts_names.action(received, service), service, key, self.clock())
        self.requests.append(entry)
        if self._stopping.wait(self.latency):
            return None
        entry.fault = self._faults.take(entry.action)
        try:
            reply = self._answer(claimed, received, entry)
        except sts_errors.Refusal as error:
            reply = None if entry.fault == "drop_after" else sts_errors.render(error, received, service)
        except Exception:  # noqa: BLE001 - a bug must reach the test, not a log that nobody reads
            self.bugs.append(traceback.format_exc())
            bug = sts_errors.Refusal("InternalFailure", f"a bug of the stand-in: {self.bugs[-1]}", 500)
            reply = sts_errors.render(bug, received, service)
        if reply:
            entry.status, entry.error = reply.status, reply.error
        return reply

    def _sign_in(self, received: Received) -> Reply | None:
        """The console's host: no API of AWS, so `requests` does not know of it. Faults go by its action too."""
        fault = self._faults.take(self._signin.note(received))
        if self._stopping.wait(HANG if fault == "hang" else self.latency) or fault in sts_faults.SILENT:
            return None
        try:
            reply = sts_faults.before(fault, "") or self._signin.answer(received, self.clock())
            return sts_faults.after(fault, reply, self._world, "", self.clock()) if fault in TORN else reply
        except sts_errors.Refusal as error:
            return sts_errors.render(error, received, "")
        except Exception:
            self.bugs.append(traceback.format_exc())
            raise

    def _answer(
        self, claimed: sigv4.Claim | sts_errors.Refusal, received: Received, entry: sts_log.Request
    ) -> Reply | None:
        if entry.fault == "hang":
            self._stopping.wait(HANG)
        if entry.fault in sts_faults.SILENT:
            return None
        account_id = self._world.account_of(entry.access_key_id)
        if early := sts_faults.before(entry.fault, account_id):
            return early
        if isinstance(claimed, sts_errors.Refusal):
            raise claimed
        caller = sigv4.authenticate(claimed, received, self._world, self.clock())
        if caller.key:
            self._world.keys.uses[caller.key.id] = iam_keys.Use(self.clock(), claimed.service, claimed.region)
        if claimed.service == "sts":
            reply = sts_actions.answer(entry.action, received.params(), caller, self._world, self.clock())
        elif claimed.service == "iam" and entry.action in iam_actions.ACTIONS:
            reply = iam_actions.answer(entry.action, received.params(), caller, self._world)
        else:
            sts_denials.check(caller, sts_names.permission(claimed.service, entry.action))
            reply = self._gateway.forward(received, account_id)
        self._hooks.run(entry.action)
        return sts_faults.after(entry.fault, reply, self._world, account_id, self.clock())


def main() -> int:
    parser = argparse.ArgumentParser(description="A stand-in for AWS, for tests and demos; it is not AWS.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default): any free one")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--users", type=pathlib.Path, help="a JSON list of objects with the fields of User")
    parser.add_argument("--roles", type=pathlib.Path, help="a JSON list of objects with the fields of Role")
    parser.add_argument("--fault", action="append", default=[], metavar="ACTION:KIND[:TIMES]")
    args = parser.parse_args()
    users = [User(**fields) for fields in json.loads(args.users.read_text())] if args.users else None
    roles = [Role(**fields) for fields in json.loads(args.roles.read_text())] if args.roles else None
    aws = AwsStandIn(users, roles=roles, latency=args.latency, port=args.port)
    for fault in args.fault:
        action, kind, times = (fault + ":1").split(":")[:3]
        aws.fault(action, kind, int(times))
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with aws:
        print(aws.url)
        print("this is a stand-in for AWS: it knows no real account and reaches no network", flush=True)
        over.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
