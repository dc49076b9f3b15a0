"""A real Secret Service, unlocked: GNOME Keyring on a D-Bus and in a home of its own, with no desktop to ask anybody."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from programs import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PR_SET_PDEATHSIG = 1


@contextlib.contextmanager
def running() -> Iterator[dict[str, str]]:
    """The environment that leads to it; both daemons are gone afterwards, also where the tests are killed."""
    bus, keyring = path_of("dbus-daemon", "dbus"), path_of("gnome-keyring-daemon", "gnome-keyring")
    with contextlib.ExitStack() as ending:
        # Not pytest's folder: the names of sockets have to be short.
        home = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="secrets-")))
        runtime = home / "run"
        runtime.mkdir(mode=0o700)
        # No DISPLAY, since a keyring that is locked must say so here and not ask.
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}
        words = [
            bus,
            "--session",
            "--nofork",
            "--nosyslog",
            "--print-address=1",
            f"--address=unix:dir={home}",
        ]
        with _daemon(words, env) as process:
            env["DBUS_SESSION_BUS_ADDRESS"] = process.stdout.readline().strip()
            with _daemon([keyring, "--unlock", "--components=secrets", "--foreground"], env) as process:
                process.stdin.write("a password")
                process.stdin.close()
                _wait_for_it(env)
                yield env


@contextlib.contextmanager
def _daemon(words: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    log = Path(env["HOME"], Path(words[0]).name).with_suffix(".log")
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            words,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests, which end it in their own time
            preexec_fn=_end_with_the_tests,
        ) as process,
    ):
        try:
            yield process
        finally:
            ended = process.poll()
            assert ended is None, f"{words[0]} has ended by itself ({ended}): {log.read_text()[-500:]}"
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _end_with_the_tests() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_for_it(env: dict[str, str]) -> None:
    """The bus is asked first: it would start a second keyring, a locked one, for whoever speaks to it too early."""
    for _ in range(200):
        there = _asked(env, "DBus", "/", "DBus.NameHasOwner", "org.freedesktop.secrets")
        login = ("secrets", "/org/freedesktop/secrets/collection/login", "DBus.Properties.Get")
        if there and _asked(env, *login, "org.freedesktop.Secret.Collection", "Locked") is False:
            return
        time.sleep(0.05)
    raise AssertionError("the Secret Service has not come up")


def _asked(env: dict[str, str], name: str, path: str, method: str, *words: str) -> bool | None:
    prefix = "org.freedesktop."
    command = [path_of("dbus-send", "dbus"), "--session", "--print-reply", f"--dest={prefix}{name}", path]
    command += [prefix + method, *(f"string:{word}" for word in words)]
    answer = subprocess.run(command, env=env, capture_output=True, text=True, check=False).stdout
    return True if "boolean true" in answer else False if "boolean false" in answer else None
