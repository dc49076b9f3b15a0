"""The terminal as a screen that is drawn again and again: only what differs is written, and in the end it is as before."""

from __future__ import annotations

import contextlib
import curses
import locale
import os
import select
import signal
import sys
from typing import TYPE_CHECKING

from mfa_session import tty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from mfa_session.watching_layout import Line

_LEAVE = {ord("q"), ord("Q"), 27, 4}  # Esc, and Ctrl-D
_ESCAPE_DELAY = 50  # ms after which an Esc is no longer the beginning of a key's sequence
_COLOURS = {"live": curses.COLOR_GREEN, "due": curses.COLOR_YELLOW, "soon": curses.COLOR_RED}
_ASCII = str.maketrans("━╸─…", "==-~")


def is_able(environ: Mapping[str, str]) -> bool:
    """Whether the terminal that stdout is can do more than print lines."""
    if not sys.stdout.isatty():
        return False
    try:
        curses.setupterm(environ.get("TERM") or "unknown", sys.stdout.fileno())
    except curses.error:
        return False
    return bool(curses.tigetstr("cup") and curses.tigetstr("clear"))


class Screen:
    """Made by `opened`. Ctrl-Z and `fg` pause and resume it."""

    def __init__(
        self, window: curses.window, woken: int, wake: Callable[[], None], styles: Mapping[str, int]
    ) -> None:
        self._window = window
        self._woken = woken
        self._wake = wake
        self._styles = styles
        self._keys = [sys.stdin.fileno()] if sys.stdin.isatty() else []
        self._ascii = locale.nl_langinfo(locale.CODESET).upper() not in ("UTF-8", "UTF8")

    def size(self) -> tuple[int, int]:
        """Columns and lines, as they are now."""
        lines, columns = self._window.getmaxyx()
        with contextlib.suppress(OSError):  # the window has been closed
            now = os.get_terminal_size(sys.stdout.fileno())
            if now.lines and now.columns and (now.lines, now.columns) != (lines, columns):
                curses.resizeterm(now.lines, now.columns)
                self._window.clearok(True)  # what the terminal has made of it meanwhile, nobody knows
                return now.columns, now.lines
        return columns, lines

    def draw(self, lines: list[Line]) -> None:
        self._window.erase()
        for number, line in enumerate(lines):
            for column, text, style in line:
                shown = text.translate(_ASCII).encode("ascii", "replace").decode() if self._ascii else text
                with contextlib.suppress(curses.error):  # it has become smaller since
                    self._window.addstr(number, column, shown, self._styles.get(style, curses.A_NORMAL))
        self._window.refresh()

    def wait(self, seconds: float) -> bool:
        """Whether the person wants to leave; returns early if so, and if all has to be drawn again."""
        ready = select.select([self._woken, *self._keys], [], [], max(0.0, seconds))[0]
        if self._woken in ready:
            os.read(self._woken, 1024)
        if not set(self._keys) & set(ready):
            return False
        typed = list(iter(self._window.getch, curses.ERR))
        return not typed or bool(_LEAVE & set(typed))  # nothing to read: the terminal has gone

    def pause(self) -> None:
        with contextlib.suppress(curses.error):
            curses.endwin()

    def resume(self) -> None:
        self._window.clearok(True)
        self._wake()  # what is drawn next takes the terminal again, in the size that it has by then

    def modes_before(self) -> list[Any] | None:
        return None


@contextlib.contextmanager
def opened(environ: Mapping[str, str]) -> Iterator[Screen]:
    """The screen, until the block is left, by whatever: then the terminal is as it was."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)

    def awake() -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(wake, b"\0")

    before = signal.signal(signal.SIGWINCH, lambda *_: awake())
    try:
        with tty.stoppable(), _restored():
            screen = Screen(_started(), woken, awake, _styles(environ))
            tty.readers.append(screen)
            try:
                yield screen
            finally:
                tty.readers.remove(screen)
    finally:
        signal.signal(signal.SIGWINCH, before)
        os.close(woken)
        os.close(wake)


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(curses.error):  # not even begun
            curses.endwin()


def _started() -> curses.window:
    os.environ.setdefault("ESCDELAY", str(_ESCAPE_DELAY))
    window = curses.initscr()
    curses.noecho()
    curses.cbreak()
    window.keypad(True)
    window.nodelay(True)
    with contextlib.suppress(curses.error):  # one that can't be hidden
        curses.curs_set(0)
    return window


def _styles(environ: Mapping[str, str]) -> dict[str, int]:
    styles = {"strong": curses.A_BOLD, "faint": curses.A_DIM}
    if environ.get("NO_COLOR"):
        return styles | {"due": curses.A_BOLD, "soon": curses.A_BOLD, "expired": curses.A_BOLD}
    try:
        curses.start_color()
        curses.use_default_colors()
        for number, (style, colour) in enumerate(_COLOURS.items(), 1):
            curses.init_pair(number, colour, -1)
            styles[style] = curses.color_pair(number)
    except curses.error:  # one without
        return styles | {"due": curses.A_BOLD, "soon": curses.A_BOLD, "expired": curses.A_BOLD}
    return styles | {"expired": styles["soon"]}
