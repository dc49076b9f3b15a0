"""The console's federation endpoint: a session goes in, a link that signs a browser in comes out."""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from standins.sts_http import Reply

if TYPE_CHECKING:
    from standins.sts_http import Received
    from standins.sts_people import Session
    from standins.sts_world import World

# The host of a partition's sign-in, and that of its console; either may have a region before it.
HOSTS = {
    "aws": ("signin.aws.amazon.com", "console.aws.amazon.com"),
    "aws-cn": ("signin.amazonaws.cn", "console.amazonaws.cn"),
    "aws-us-gov": ("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
}
LASTS = 15 * 60


class Bad(Exception):
    """AWS gives no reason with its 400, and neither does the stand-in: a client must not come to need one."""


class SignIn:
    """`log` has (host, action, method, destination) of each request, and never a session or a token."""

    def __init__(self, world: World) -> None:
        self.log: list[tuple[str, str, str, str]] = []
        self._world = world
        self._tokens: dict[str, tuple[str, float]] = {}

    def note(self, received: Received) -> str:
        """Write the request down; the action that it asks for."""
        params = received.params()
        action = params.get("Action", "")
        self.log.append((_host(received), action, received.method, params.get("Destination", "")))
        return action

    def answer(self, received: Received, now: float) -> Reply:
        host, params = _host(received), received.params()
        try:
            if urlsplit(received.target).path != "/federation" or received.method not in ("GET", "POST"):
                raise Bad
            if params.get("Action") == "getSigninToken":
                return self._token(host, params, now)
            if params.get("Action") == "login":
                return self._login(host, params, now)
            raise Bad
        except Bad:
            page = b"<!DOCTYPE html><html><body><h1>400 Bad Request</h1></body></html>"
            return Reply(400, page, [("Content-Type", "text/html; charset=utf-8")], error="400")

    def _token(self, host: str, params: dict[str, str], now: float) -> Reply:
        session = self._session(params.get("Session", ""), now)
        _check_session(session, partition_of(host), params.get("SessionDuration"))
        # AWS's have no "/", "+" and "="; these do, because they are what breaks bad quoting.
        token = "/+" + base64.b64encode(secrets.token_bytes(301)).decode()
        self._tokens[token] = (host, min(now + LASTS, session.expires))
        body = json.dumps({"SigninToken": token}).encode()
        return Reply(200, body, [("Content-Type", "application/json"), ("Cache-Control", "no-store")])

    def _session(self, text: str, now: float) -> Session:
        """The live session whose three parts these are, and no fourth."""
        try:
            given: Any = json.loads(text)
        except ValueError:
            raise Bad from None
        names = {"sessionId", "sessionKey", "sessionToken"}
        if not isinstance(given, dict) or set(given) != names:
            raise Bad
        session = self._world.sessions.get(str(given["sessionId"]))
        if session is None or session.expires <= now:
            raise Bad
        right = session.secret_access_key + " " + session.token
        if not hmac.compare_digest(right.encode(), f"{given['sessionKey']} {given['sessionToken']}".encode()):
            raise Bad
        return session

    def _login(self, host: str, params: dict[str, str], now: float) -> Reply:
        try:
            url = urlsplit(params.get("Destination", ""))
        except ValueError:
            raise Bad from None
        console = HOSTS[partition_of(host)][1]
        if (
            url.scheme != "https"
            or not f".{url.hostname}".endswith("." + console)
            or url.username is not None
        ):
            raise Bad
        # Once used or tried at another host, it is gone: whether AWS lets it travel between regions is not known.
        issued_at, expires = self._tokens.pop(params.get("SigninToken", ""), ("", 0.0))
        if issued_at != host or expires <= now:
            raise Bad
        return Reply(302, b"", [("Location", params["Destination"])])


def partition_of(host: str) -> str:
    """ "" for a host that is no sign-in of AWS."""
    for partition, (signin, _) in HOSTS.items():
        if re.fullmatch(r"([a-z]+(-[a-z]+)+-\d+\.)?" + re.escape(signin), host):
            return partition
    return ""


def is_for(received: Received) -> bool:
    return bool(partition_of(_host(received)))


def _check_session(session: Session, partition: str, duration: str | None) -> None:
    if not session.role and not session.federated:
        raise Bad  # GetSessionToken's, which the console does not take
    if session.user.partition != partition:
        raise Bad
    if duration is not None:
        # The time of a federated session and of a chained role is what it is; asking for one is an error.
        if session.federated or session.chained:
            raise Bad
        if not re.fullmatch(r"\d{1,6}", duration, re.ASCII) or not 900 <= int(duration) <= 43200:
            raise Bad


def _host(received: Received) -> str:
    return received.header("Host").partition(":")[0].lower()
