"""One JSON line per event of a call, appended in a single write so that concurrent calls do not mix."""

from __future__ import annotations

import os
import stat
import time

import op_json

TOKENS = ("OP_SESSION", "OP_SERVICE_ACCOUNT_TOKEN", "OP_CONNECT_TOKEN")
KINDS = {stat.S_IFIFO: "fifo", stat.S_IFCHR: "chr", stat.S_IFREG: "reg", stat.S_IFSOCK: "sock"}


class Log:
    def __init__(self, path: str) -> None:
        self.path = path
        self.argv: list[str] = []
        self.started = time.time()
        # Looked at before any file of ours can take the place of a closed descriptor.
        self.stdin = stdin_kind()
        for fd in (0, 1, 2):  # as the Go runtime does, so that a file opened later is not mistaken for stdout
            if not _mode(fd):
                os.open(os.devnull, os.O_RDWR)

    def start(self, argv: list[str]) -> None:
        self.argv = argv
        names = sorted(os.environ)
        op = {name: _shown(name) for name in names if name.startswith("OP_")}
        self._append(
            {
                "event": "start",
                "argv": argv,
                "started": self.started,
                "ppid": os.getppid(),
                "sid": os.getsid(0),
                "op_env": op,
                "aws_env": [name for name in names if name.startswith("AWS_")],
                "env": names,
                "isatty": [os.isatty(fd) for fd in (0, 1, 2)],
                "stdin": self.stdin,
                "tty": has_terminal(),
            }
        )

    def event(self, name: str, **details: object) -> None:
        self._append({"event": name, "at": time.time(), **details})

    def end(self, code: int) -> None:
        self._append(
            {"event": "end", "argv": self.argv, "started": self.started, "ended": time.time(), "exit": code}
        )

    def _append(self, entry: dict) -> None:
        line = op_json.dumps({"pid": os.getpid(), **entry}) + "\n"
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(fd, line.encode())
        finally:
            os.close(fd)


def stdin_kind() -> str:
    mode = _mode(0)
    return KINDS.get(stat.S_IFMT(mode), "other") if mode else "closed"


def has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _mode(fd: int) -> int:
    try:
        return os.fstat(fd).st_mode
    except OSError:
        return 0


def _shown(name: str) -> str:
    return "set" if name.startswith(TOKENS) else os.environ[name]
