"""What a server is to serve: made by the command that a person types, and handed to the server's process through a pipe."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

from mfa_session import servers
from mfa_session import session as sessions
from mfa_session.serving import order as orders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.serving.order import Kept, Order
    from mfa_session.session import Session

_LONGEST = 200  # characters of an account in the name of a file, which may have 255
HOST = "127.0.0.1"  # SDKs take credentials over plain HTTP from a literal loopback address, and some from no name


@dataclasses.dataclass(slots=True)
class Wish:
    """One account: how to get its sessions, the first one if there is one, and by which `token` clients get it.

    `way` is what a person types where there is none. `region` is the account's, or empty. `mark` tells it from another account of the same name. For `kept`, see
    `Order`.
    """

    order: Order
    way: str
    token: str = dataclasses.field(default="", repr=False)
    session: Session | None = None
    kept: Kept = dataclasses.field(default_factory=dict, repr=False)
    mark: str = ""
    region: str = ""

    @property
    def token_name(self) -> str:
        """That of the file with its token: where another account is served at this address later, programs find none."""
        return f"token-{quote(self.order.name, safe='')[:_LONGEST]}-{self.mark}"


@dataclasses.dataclass(slots=True)
class Plan:
    """`command` is what it is started for, and `until_pid` its process; of `serve` they are empty. `log` is a path, or empty."""

    port: int
    wishes: list[Wish]
    command: str = ""
    until_pid: int = 0
    log: str = ""

    def url(self, account: str) -> str:
        return f"http://{HOST}:{self.port}/{quote(account, safe='')}"

    def described(self, folder: str, served: tuple[servers.Served, ...]) -> servers.Server:
        return servers.Server(folder, self.port, os.getpid(), self.command, self.log, served)


def mark(*parts: str) -> str:
    """Short, and for the name of a file."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:12]


def text(plan: Plan, files: Mapping[str, int], folder: str) -> str:
    """For the server's process, which has these files open. There are secrets in it."""
    facts = dataclasses.asdict(dataclasses.replace(plan, wishes=[]))
    facts["wishes"] = [
        {
            "order": dataclasses.asdict(wish.order),
            "way": wish.way,
            "mark": wish.mark,
            "region": wish.region,
            "token": wish.token,
            "session": wish.session.text() if wish.session else None,
            "kept": wish.kept,
        }
        for wish in plan.wishes
    ]
    return json.dumps({"plan": facts, "files": files, "folder": folder})


def read(data: str) -> tuple[Plan, dict[str, int], str]:
    """What `text` was made of."""
    whole = json.loads(data)
    facts = whole["plan"]
    facts["wishes"] = [
        Wish(
            orders.made(one["order"]),
            one["way"],
            one["token"],
            sessions.read(one["session"]),
            {name: (put, expires) for name, (put, expires) in one["kept"].items()},
            one["mark"],
            one["region"],
        )
        for one in facts["wishes"]
    ]
    return Plan(**facts), whole["files"], whole["folder"]
