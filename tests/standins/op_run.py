"""What one call of the stand-in carries around: its state, its options, its way of writing."""

from __future__ import annotations

import os
import time

DEBUG_LINES = (
    "{clock}  | DEBUG   | Session delegation enabled\n{clock}  | DEBUG   | NM request: NmRequestAccounts\n"
)
READING = (("item", "get"), ("item", "list"), ("read",), ("inject",))


class OpError(Exception):
    """An error in the words of the real program; a `raw` one comes without prefix and newline."""

    def __init__(self, message: str, exit: int = 1, *, raw: bool = False, stdout: str = "") -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.exit = exit
        self.raw = raw
        self.stdout = stdout

    def inside(self, context: str) -> OpError:
        """The same error as a command reports it that was doing something larger."""
        return self if self.raw else OpError(context + self.message, self.exit)


class Run:
    def __init__(self, state: dict, state_file: str, log) -> None:
        self.state = state
        self.log = log
        self.state_file = state_file
        self.memory = state_file + ".memory"
        self.environ = dict(os.environ)
        self.command: tuple[str, ...] = ()
        self.options: dict = {"format": "human-readable"}
        self.args: list[str] = []
        self.service_account = False
        self.follows_a_write = False

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.state.get("version", "2.32.1").split("-")[0].split("."))

    @property
    def wants_json(self) -> bool:
        return self.options["format"] == "json"

    def quirk(self, name: str) -> bool:
        return name in self.state.get("quirks", [])

    def misbehaves(self, name: str) -> bool:
        """A quirk that concerns only the commands that read secrets."""
        return self.command in READING and self.quirk(name)

    def strikes(self, name: str) -> bool:
        """A quirk that may be told how often it comes: `name` each time, `name:2` the first two times."""
        import op_memory

        times = [one.partition(":")[2] for one in self.state.get("quirks", []) if one.startswith(name + ":")]
        facts = [f"quirk-{name}-{count}" for count in range(int(times[0]) if times else 0)]
        return self.quirk(name) or any(op_memory.first_time(self, fact) for fact in facts)

    def now(self) -> float:
        return time.time() + self.state.get("clock_offset", 0)

    def finish(self, output: str, error: OpError | None = None) -> None:
        """Hands over the result together with whatever the quirks add to it."""
        if self.quirk("debug_lines") or self.options.get("debug"):
            self.write(2, DEBUG_LINES.format(clock=time.strftime("%I:%M%p").lstrip("0")))
        if self.misbehaves("huge_stderr"):
            self.write(2, "the stand-in was told to say much on stderr\n" * 7000)  # 308 kB, no pipe holds it
        if self.misbehaves("daemon_holds_stdout"):
            self._leave_daemon()
        if error and error.raw:
            self.write(2, error.message)
        elif error:
            self.write(2, f"[ERROR] {time.strftime('%Y/%m/%d %H:%M:%S')} {error.message}\n")
        self.write(1, output[:-1] if self.quirk("no_newline") and output.endswith("\n") else output)

    def write(self, fd: int, text: str) -> None:
        if self.quirk("crlf"):
            text = text.replace("\n", "\r\n")
        data = text.encode("utf-8", "surrogateescape")
        while data:
            data = data[os.write(fd, data) :]

    def _leave_daemon(self) -> None:
        child = os.fork()
        if child:
            self.log.event("daemon", daemon=child)
            return
        import signal

        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # so that a test can end it
        os.setsid()
        os.close(0)
        time.sleep(self.state.get("daemon_seconds", 20))
        os._exit(0)
