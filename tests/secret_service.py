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
# It starts nothing by itself: not a second keyring for whoever asks too early, nor what would ask a person.
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={home}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@contextlib.contextmanager
def running() -> Iterator[dict[str, str]]:
    """The environment that leads to it; both daemons are gone afterwards, also where the tests are killed."""
    bus, keyring = path_of("dbus-daemon", "dbus"), path_of("gnome-keyring-daemon", "gnome-keyring")
    with contextlib.ExitStack() as ending:
        # Not pytest's folder: the names of sockets have to be short.
        home = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="secrets-")))
        runtime = home / "run"
        runtime.mkdir(mode=0o700)
        config = home / "bus.conf"
        config.write_text(BUS.format(home=home))
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
            # Once in a while it takes the file it is just making for a locked one, and the next one opens it.
            for _ in range(5):
                with _daemon([keyring, "--unlock", "--components=secrets", "--foreground"], env) as process:
                    process.stdin.write("a password")
                    process.stdin.close()
                    if _is_unlocked(env):
                        yield env
                        return
            raise AssertionError("the Secret Service has not come up")


@contextlib.contextmanager
def _daemon(words: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        words,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests, which end it in their own time
        preexec_fn=_end_with_the_tests,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _end_with_the_tests() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _is_unlocked(env: dict[str, str]) -> bool:
    """As soon as it answers so; whether it does within some seconds."""
    words = [
        path_of("dbus-send", "dbus"),
        "--session",
        "--print-reply",
        "--dest=org.freedesktop.secrets",
        "/org/freedesktop/secrets/collection/login",
        "org.freedesktop.DBus.Properties.Get",
        "string:org.freedesktop.Secret.Collection",
        "string:Locked",
    ]
    for _ in range(50):
        time.sleep(0.05)
        answer = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        if "boolean false" in answer.stdout:
            return True
    return False
