"""The process of a server that goes on by itself: for `serve --detach`, and beside the command of `exec --server`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from typing import TYPE_CHECKING

from mfa_session import proc_apart, process, tty
from mfa_session.commands import serving_start
from mfa_session.serving import plan as plans
from mfa_session.serving.fetching import Fetcher
from mfa_session.serving.place import Place
from mfa_session.serving.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(_: Sequence[str]) -> int:
    """Serve what stdin says, until a signal comes, or the program ends that it is for."""
    process.hide()
    plan, files, folder = plans.read(sys.stdin.read())
    proc_apart.leave_parent()
    os.setpgid(0, 0)  # Ctrl-C in the command beside it is not for this one
    place = Place(folder, files["lock"])
    fetch = Fetcher(os.environ, _say)
    try:
        listening = socket.socket(fileno=files["socket"])
        asyncio.run(Server(plan, place, listening, fetch, _say).run(serving_start.say_ready))
    finally:
        place.remove()
        with contextlib.suppress(OSError):
            if not os.path.getsize(plan.log):
                os.unlink(plan.log)
    return 0


def _say(text: str) -> None:
    """Into the log, for people; a disk that is full must not cost them a session that they have approved."""
    with contextlib.suppress(OSError):
        print(time.strftime("%Y-%m-%d %H:%M:%S"), tty.printable(text), file=sys.stderr, flush=True)
