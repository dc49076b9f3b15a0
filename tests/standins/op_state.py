"""The state file: written whole, by one at a time, by tests and by the stand-in itself."""

# pathlib is slow to import
# ruff: noqa: PTH105, PTH123
from __future__ import annotations

import contextlib
import fcntl
import json
import os


def load(path: str) -> dict:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


@contextlib.contextmanager
def locked(path: str):
    """Nobody else writes meanwhile; readers are not kept out, and see the old file or the new one."""
    with open(path + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def replace(path: str, state: dict) -> None:
    part = f"{path}.{os.getpid()}"
    with open(part, "w", encoding="utf-8") as file:
        json.dump(state, file, indent=2)
    os.replace(part, path)


@contextlib.contextmanager
def changing(path: str):
    """The state as it is now, which is stored as it is at the end, unless that raises."""
    with locked(path):
        state = load(path)
        yield state
        replace(path, state)


def merge(mine: dict, base: dict, stored: dict) -> None:
    """Take over into `mine` which items the stand-in has written since `base`; what a test has changed since wins."""
    before, now = ({one["id"]: one for one in state["items"]} for state in (base, stored))
    here = {one["id"]: one for one in mine["items"]}
    for ident, item in now.items():
        if item == before.get(ident):
            continue
        if ident not in here:
            mine["items"].append(item)
        elif here[ident] == before.get(ident):
            here[ident].clear()
            here[ident].update(item)
    gone = {ident for ident in before if ident not in now and here.get(ident) == before[ident]}
    mine["items"][:] = [one for one in mine["items"] if one["id"] not in gone]
