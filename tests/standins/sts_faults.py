"""What can go wrong between a client and AWS, on demand and a counted number of times."""

from __future__ import annotations

import dataclasses
import re
import threading
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from standins.sts_errors import EXPIRED, Refusal
from standins.sts_http import Reply
from standins.sts_minting import iso

if TYPE_CHECKING:
    from standins.sts_world import World

FAILED = "The request processing has failed because of an unknown error, exception or failure."
NOT_ACTIVATED = (
    "STS is not activated in this region for account:{account}. "
    "Your account administrator can activate STS in this region using the IAM Console."
)
REFUSALS = {
    "500": ("InternalFailure", FAILED, 500),
    "503": ("ServiceUnavailable", "Service is unavailable. Please try again later.", 503),
    "throttle": ("Throttling", "Rate exceeded", 400),
    "region_disabled": ("RegionDisabledException", NOT_ACTIVATED, 403),
}
PAGES = {
    "html": (200, b"<!DOCTYPE html><html><body>Please sign in to the network</body></html>"),
    "html_403": (403, b"<!DOCTYPE html><html><body>Blocked by the web filter</body></html>"),
}
SILENT = {"drop_before", "hang"}  # no answer, and nothing was processed
# Processed in full, so that a code is used up; then the answer is spoilt.
ALTERED = {"drop_after", "wrong_account", "garbage", "no_credentials", "expired_session", "short_session"}
KINDS = {*REFUSALS, *PAGES, *SILENT, *ALTERED}
WRONG_ACCOUNT = "999988887777"


class Faults:
    def __init__(self) -> None:
        self._waiting: dict[str, deque[str]] = defaultdict(deque)
        self._lock = threading.Lock()

    def add(self, action: str, kind: str, times: int) -> None:
        if kind not in KINDS:
            raise ValueError(f"no such fault: {kind!r}; there are {', '.join(sorted(KINDS))}")
        with self._lock:
            self._waiting[action].extend([kind] * times)

    def take(self, action: str) -> str:
        """The next fault for this action, or for any ("*"); "" where none is due."""
        with self._lock:
            queue = self._waiting[action] or self._waiting["*"]
            return queue.popleft() if queue else ""

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()


def before(kind: str, account_id: str) -> Reply | None:
    """The answer to a request that never reaches AWS's own processing; None where it does."""
    if kind in REFUSALS:
        code, message, status = REFUSALS[kind]
        raise Refusal(code, message.format(account=account_id), status)
    if kind in PAGES:
        status, page = PAGES[kind]
        return Reply(status, page, [("Content-Type", "text/html; charset=utf-8")], error=kind)
    return None


def after(kind: str, reply: Reply, world: World, account_id: str, now: float) -> Reply | None:
    """What the client gets to see of a good reply; None where that is nothing."""
    if kind == "drop_after":
        return None
    if kind == "wrong_account":
        body = reply.body.replace(account_id.encode(), WRONG_ACCOUNT.encode())
        # A role may be of another account than who assumes it.
        return _with(
            reply, re.sub(rb"(<Arn>arn:[\w-]+:\w+::)\d{12}(?=:)", rb"\g<1>" + WRONG_ACCOUNT.encode(), body)
        )
    if kind == "garbage":
        return _with(reply, reply.body[: len(reply.body) // 2])
    if kind == "no_credentials":
        return _with(reply, re.sub(rb"<Credentials>.*</Credentials>", b"", reply.body, flags=re.DOTALL))
    if kind == "expired_session":
        return _until(reply, world, now - 60)
    if kind == "short_session":
        return _until(reply, world, now + 600)
    return reply


def _until(reply: Reply, world: World, expires: float) -> Reply:
    minted = re.search(rb"<AccessKeyId>(ASIA\w+)<", reply.body)
    if not minted:
        raise Refusal("ExpiredToken", EXPIRED)
    session = world.sessions[minted[1].decode()]
    session.expires = expires
    stamp = f"<Expiration>{iso(session.expires)}<".encode()
    return _with(reply, re.sub(rb"<Expiration>[^<]*<", stamp, reply.body))


def _with(reply: Reply, body: bytes) -> Reply:
    return dataclasses.replace(reply, body=body)
