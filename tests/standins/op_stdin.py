"""Standard input as the program sees it: a pipe is read whether it is wanted or not, and nothing else counts as input."""

from __future__ import annotations

import os

from op_run import OpError, Run


def drain(run: Run) -> None:
    """The known trap: an open pipe on stdin is read to its end by commands that have no use for it."""
    if run.log.stdin == "fifo":
        read_all(0)


def item_id(run: Run) -> str:
    import json

    if run.log.stdin != "fifo":
        raise OpError("expected data on stdin but none found")
    try:
        found = json.loads(read_all(0))
        return (found[0] if isinstance(found, list) else found)["id"]
    except (ValueError, LookupError, TypeError):
        raise OpError("invalid JSON provided") from None


def template(run: Run) -> str:
    path = run.options.get("in-file")
    if path in (None, "/dev/stdin"):
        if run.log.stdin != "fifo":
            raise OpError("expected data on stdin but none found")
        return read_all(0).decode()
    drain(run)
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is slow to import
            return file.read()
    except OSError as error:
        raise OpError(f"open {path}: {error.strerror.lower()}") from None


def read_all(fd: int) -> bytes:
    parts = []
    while part := os.read(fd, 65536):
        parts.append(part)
    return b"".join(parts)


def json_in_pipe() -> object:
    """What comes through the pipe on stdin."""
    import json

    try:
        return json.loads(read_all(0))
    except ValueError:
        raise OpError("unable to process line 1: invalid JSON in piped input") from None
