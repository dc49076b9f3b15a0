"""A window with a program in it, and what it shows there; and a credential server as `status` sees one."""

from __future__ import annotations

import contextlib
import copy
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import pexpect
import pyte
import pytest

from mfa_session import servers

WATCH = ("mfa-session", "status", "--watch")
HOSTILE = "evil\x1b[2J\x1b]0;owned\x07"


class _Screen(pyte.Screen):
    """With an alternate screen, which pyte has not."""

    _ALTERNATE = 1049

    def set_mode(self, *modes, **how):
        super().set_mode(*modes, **how)
        if self._ALTERNATE in modes and how.get("private"):
            self._saved = copy.deepcopy((self.buffer, self.cursor))
            self.erase_in_display(2)

    def reset_mode(self, *modes, **how):
        super().reset_mode(*modes, **how)
        if self._ALTERNATE in modes and how.get("private"):
            hidden = self.cursor.hidden
            self.buffer, self.cursor = self._saved
            self.cursor.hidden = hidden
            self.dirty.update(range(self.lines))


class Window:
    """`written` is what came, piece by piece, with the times; `screen` what it made of the window."""

    def __init__(
        self, world, *argv: str, lines: int = 20, columns: int = 90, ignore=(), **environ: str
    ) -> None:
        def prepare() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            for number in ignore:
                signal.signal(number, signal.SIG_IGN)

        env = world.env | {"TERM": "xterm-256color"} | environ
        size = {"dimensions": (lines, columns)}
        self.child = pexpect.spawn(
            argv[0], list(argv[1:]), cwd=world.home, env=env, preexec_fn=prepare, **size
        )
        self.screen = _Screen(columns, lines)
        self.written: list[tuple[float, bytes]] = []
        self._stream = pyte.ByteStream(self.screen)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()

    @property
    def raw(self) -> bytes:
        return b"".join(piece for _, piece in self.written)

    def row(self, title: str) -> str:
        """The line that begins with it, or an empty one."""
        return next((line for line in self.lines if line.startswith(f"{title} ")), "")

    def colours(self, title: str) -> dict[str, str]:
        """Of a session's row: what is written in which colour; `default` where it is the terminal's own."""
        y = next(number for number, line in enumerate(self.lines) if line.startswith(f"{title} "))
        found: dict[str, str] = {}
        for x in range(self.screen.columns):
            letter = self.screen.buffer[y][x]
            found[letter.fg] = found.get(letter.fg, "") + letter.data
        return found

    def until(self, condition, seconds: float = 15) -> None:
        """Read until it holds, and the rest of the same picture: a terminal may hand it over in parts."""
        limit = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < limit, self.text
            self.pump(0.02)
        while self.pump(0.1):
            assert time.monotonic() < limit, self.text

    def pump(self, seconds: float) -> bool:
        """Read what comes within this time; whether there was anything."""
        try:
            piece = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            time.sleep(seconds)
            return False
        self.written.append((time.time(), piece))
        self._stream.feed(piece)
        return True

    def resize(self, lines: int, columns: int) -> None:
        """As the window of a terminal: first it, and then the program hears of it."""
        self.screen.resize(lines, columns)
        self.child.setwinsize(lines, columns)

    def type(self, keys: str) -> None:
        self.child.send(keys)

    def ended(self) -> int:
        """Its exit code, or the negative number of the signal that ended it."""
        self.until(lambda: not self.child.isalive())
        self.child.close()
        return -self.child.signalstatus if self.child.signalstatus else self.child.exitstatus


class Served:
    """What a server on `port` has in its folder, from now on until the end of the test."""

    def __init__(self, world, port: int = 4711) -> None:
        self._port = port
        self.folder = Path(world.env["XDG_RUNTIME_DIR"], "mfa-session", f"server-{port}")
        self.folder.mkdir(mode=0o700, parents=True)
        self.folder.parent.chmod(0o700)
        self._lock = os.open(self.folder / servers.LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def serve(self, *addresses: servers.Served) -> None:
        server = servers.Server(str(self.folder), self._port, os.getpid(), served=addresses)
        new = self.folder / "about.new"
        new.write_text(servers.text(server))
        new.replace(self.folder / servers.ABOUT)

    def stop(self) -> None:
        """As if it had been killed: what it said of itself is still there."""
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._lock)


def address(account: str, seconds: int | None = None, key: str = "", **more) -> servers.Served:
    """One with this time left; with None it has no session."""
    return servers.Served(
        account,
        "444455556666",
        access_key_id=key or (f"ASIA{account.upper()}" if seconds is not None else ""),
        expires=int(time.time()) + seconds if seconds is not None else 0,
        url=f"http://127.0.0.1:4711/{account}",
        **more,
    )


def in_shell(account: str, seconds: int, key: str) -> dict[str, str]:
    """The environment of a shell in which it is live."""
    return {
        "AWS_ACCESS_KEY_ID": key,
        "MFA_SESSION_ACCESS_KEY_ID": key,
        "MFA_SESSION_PROFILE": account,
        "MFA_SESSION_ACCOUNT_ID": "111122223333",
        "MFA_SESSION_EXPIRES_EPOCH": str(int(time.time()) + seconds),
    }


@pytest.fixture
def served(runtime):
    server = Served(runtime)
    yield server
    server.close()


@pytest.fixture
def watch(runtime):
    windows = []

    def opened(*argv: str, **how):
        windows.append(Window(runtime, *(argv or WATCH), **how))
        return windows[-1]

    yield opened
    for window in windows:
        with contextlib.suppress(OSError):
            window.child.close(force=True)


class Pipe:
    """It, and what it has written into a pipe."""

    def __init__(self, world) -> None:
        self.process = subprocess.Popen(
            [str(world.bin / "mfa-session"), "status", "--watch"],
            cwd=world.home,
            env=world.env | {"TERM": "xterm-256color"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.set_blocking(self.process.stdout.fileno(), False)
        self.seen = ""

    def ticks(self) -> int:
        """Of a processor, a hundredth of a second each."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        return sum(map(int, text.rpartition(")")[2].split()[11:13]))

    def next(self, seconds: float = 10) -> list[str]:
        """The lines of the next picture."""
        limit, start = time.monotonic() + seconds, len(self.seen)
        while not self.seen[start:].endswith("\n"):
            assert time.monotonic() < limit, self.seen
            self.seen += (self.process.stdout.read() or b"").decode()
            time.sleep(0.02)
        return self.seen[start:].splitlines()


@pytest.fixture
def pipe(runtime):
    opened = Pipe(runtime)
    yield opened
    opened.process.kill()
    opened.process.wait()
