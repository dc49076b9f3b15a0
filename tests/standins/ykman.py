"""A stand-in for the YubiKey Manager's program, `ykman` 5, for tests; it is NOT `ykman` and knows no real secret.

`install` puts it on a PATH. Of its commands it knows the one that is used: `ykman oath accounts code`.
"""

# pathlib is slow to import
# ruff: noqa: PTH100, PTH120, PTH123
from __future__ import annotations

import json
import os
import sys
import time

NONE_THERE = 0.3  # seconds; the real one looks for 2.5 s before it says that there is no key
USAGE = """\
Usage: ykman oath accounts code [OPTIONS] [QUERY]
Try 'ykman oath accounts code -h' for help.

Error: {}
"""
SEVERAL = "Error: Multiple matches, make the query more specific.\n\n"


class Failed(Exception):
    """It ends with this on stderr."""


class Installed:
    """`keys` are the YubiKeys that are plugged in; a change of them counts from the next call on, by `save`."""

    def __init__(self, folder, seed: str, name: str) -> None:
        self.state_file, self.log_file = folder / "ykman.json", folder / "ykman.log"
        self.program = folder / "ykman"
        here = os.path.abspath(__file__)
        files = f"STANDIN_YKMAN='{self.state_file}' STANDIN_YKMAN_LOG='{self.log_file}'"
        self.program.write_text(f"#!/bin/sh\n{files} exec {sys.executable} -I -S '{here}' \"$@\"\n")
        self.program.chmod(0o755)
        self.key = {"serial": 1234567, "password": None, "remembered": False, "oath": True, "held": False}
        self.key["accounts"] = {name: {"seed": seed, "touch": False, "digits": 6}}
        self.keys = [self.key]
        self.touch = 0.0  # seconds until the person touches it; they never do where that is 15 or more
        self.service = True  # the one for smart cards, pcscd
        self.save()

    def save(self) -> None:
        state = {"keys": self.keys, "touch": self.touch, "service": self.service}
        self.state_file.write_text(json.dumps(state))

    @property
    def calls(self) -> list[dict]:
        if not self.log_file.exists():
            return []
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


def install(folder, seed: str, name: str) -> Installed:
    """One key with one account, of this name and seed, that no touch is needed for."""
    return Installed(folder, seed, name)


def _parse(words: list[str]) -> tuple[int | None, str, bool]:
    """The key's serial, the query and whether a single code is wanted; as click reads them."""
    words, device, single, queries = list(words), None, False, []
    if "--device" in words:  # may stand anywhere
        at = words.index("--device")
        device = int(words[at + 1])
        del words[at : at + 2]
    for command in ("oath", "accounts", "code"):
        if not words or words.pop(0) != command:
            raise SystemExit(f"the stand-in for ykman knows no such command: {command} was expected")
    literal = False
    for word in words:
        if literal or not word.startswith("-") or word == "-":
            queries.append(word)
        elif word == "--":
            literal = True
        elif word in ("-s", "--single"):
            single = True
        else:
            _usage(f"No such option: {word}")
    if len(queries) > 1:
        _usage(f"Got unexpected extra argument ({queries[1]})")
    return device, queries[0] if queries else "", single


def _usage(why: str) -> None:
    sys.stderr.write(USAGE.format(why))
    raise SystemExit(2)


def _key(state: dict, device: int | None) -> dict:
    if not state["service"]:
        sys.stderr.write("WARNING: PC/SC not available. Smart card (CCID) protocols will not function.\n")
    keys = [key for key in state["keys"] if device in (None, key["serial"])]
    if device is not None and not keys:
        raise Failed(
            f"Failed connecting to a YubiKey with serial: {device}.\n"
            "Make sure the application has the required permissions."
        )
    if not keys:
        time.sleep(NONE_THERE)
        raise Failed("No YubiKey detected!")
    if len(keys) > 1:
        sys.stderr.write("Multiple YubiKeys detected:\n")
        for key in keys:
            sys.stderr.write(f"- YubiKey 5C NFC (5.4.3) [OTP+FIDO+CCID] Serial: {key['serial']}\n")
        raise Failed("Use --device SERIAL to specify which one to use.")
    if not state["service"] or keys[0]["held"]:
        raise Failed("Failed to connect to YubiKey.")
    if not keys[0]["oath"]:
        raise Failed(
            "The functionality required for this command is not enabled or not available on this YubiKey."
        )
    return keys[0]


def _unlock(key: dict) -> None:
    if key["password"] is None or key["remembered"]:
        return
    line = "" if sys.stdin.isatty() else sys.stdin.readline()
    if not line:
        import getpass

        sys.stderr.write("Enter the password:")
        try:
            line = getpass.getpass(" ") + "\n"
        except EOFError:
            sys.stderr.write("\nAborted!\n")
            raise SystemExit(1) from None
    if line.rstrip("\n") != key["password"]:
        raise Failed("Authentication to the YubiKey failed. Wrong password?")


def _hits(accounts: dict, query: str) -> list[str]:
    if query in accounts:
        return [query]
    return [name for name in accounts if query.lower() in name.lower()]


def _code(account: dict, touch: float) -> str:
    if account["touch"]:
        sys.stderr.write("Touch your YubiKey...\n")
        sys.stderr.flush()
        time.sleep(min(touch, 15))
        if touch >= 15:
            raise Failed("Touch account timed out!")
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # -I leaves it out
    import totp

    return totp.code(account["seed"], time.time()).zfill(account["digits"])


def main() -> None:
    with open(os.environ.pop("STANDIN_YKMAN"), encoding="utf-8") as file:
        state = json.load(file)
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        terminal = True
    except OSError:
        terminal = False
    call = {"argv": sys.argv[1:], "pid": os.getpid(), "env": sorted(set(os.environ) - {"STANDIN_YKMAN_LOG"})}
    with open(os.environ.pop("STANDIN_YKMAN_LOG"), "a", encoding="utf-8") as log:
        log.write(json.dumps({**call, "tty": terminal}) + "\n")
    device, query, single = _parse(sys.argv[1:])
    try:
        key = _key(state, device)
        _unlock(key)
        accounts = key["accounts"]
        names = _hits(accounts, query)
        if len(names) == 1:
            code = _code(accounts[names[0]], state["touch"])
            print(code if single else f"{names[0]}  {code}")
        elif not single:
            for name in sorted(names):
                shown = "[Requires Touch]" if accounts[name]["touch"] else _code(accounts[name], 0)
                print(f"{name}  {shown}")
        elif names:
            sys.stderr.write(SEVERAL + "".join(f"{name}\n" for name in names))
            raise SystemExit(1)
        else:
            raise Failed("No matching account found.")
    except Failed as error:
        sys.stderr.write(f"ERROR: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
