"""Questions whose answers are no secret. Each is erased once answered: what has become of it, its asker says.

The terminal keeps its modes, and lines that were typed ahead stay in its queue, for the questions that follow.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import textwrap
from typing import TYPE_CHECKING

from mfa_session import tty
from mfa_session.errors import Denied, NeedsTerminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LINES = 15  # of a list; a longer one is narrowed down by typing
_WRAPPED = 2  # lines that a long answer may go on for


def ask(question: str, default: str = "", check: Callable[[str], str | None] = lambda _: None) -> str:
    """The line that is typed, stripped, or the `default` for an empty one; `check` says what is wrong with it.

    Raises Denied on Ctrl-D, NeedsTerminal without a terminal. For the main thread, as `choose` is.
    """
    wrong = None
    while True:
        shown = f"{question}{f' [{default}]' if default else ''}: "
        answer = _line([*([wrong] if wrong else []), shown]) or default
        wrong = check(answer)
        if not wrong:
            return answer


def choose(question: str, options: Sequence[str], default: int = 0, wrong: str = "") -> int:
    """The index of the chosen one: by its number, by its beginning, or by any part of it that no other has.

    `wrong` is said first: what was the matter with the answer before. Raises as `ask` does.
    """
    left = list(range(len(options)))
    while True:
        first = default if default in left else left[0]
        number = left.index(first) + 1
        if number > _LINES:
            number, first = 1, left[0]
        rows = [f"{n:>4}  {options[index]}" for n, index in enumerate(left[:_LINES], 1)]
        if len(left) > _LINES:
            rows.append(f"      and {len(left) - _LINES} more: type a part of the name, or * for all")
        answer = _line([*([wrong] if wrong else []), question, *rows, f"number or name [{number}]: "])
        if not answer:
            return first
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= min(len(left), _LINES):
            return left[int(answer) - 1]
        meant = list(range(len(options))) if answer == "*" else _meant(answer, options)
        if len(meant) == 1:
            return meant[0]
        wrong = "" if meant else f"there is no {answer!r} among them"
        left = meant or left


def _meant(answer: str, options: Sequence[str]) -> list[int]:
    """Those that are called so, else that begin so, else that have it anywhere."""
    wanted = answer.casefold()
    names = [option.casefold() for option in options]
    ways: list[Callable[[str], bool]] = [wanted.__eq__, lambda n: n.startswith(wanted), lambda n: wanted in n]
    for is_meant in ways:
        if found := [index for index, name in enumerate(names) if is_meant(name)]:
            return found
    return []


def _rows(line: str, width: int) -> list[str]:
    """A line of text, wrapped; of a list's one, which is set in, a single row with its beginning and its end."""
    if line.startswith(" "):
        return [line if len(line) <= width else f"{line[: width // 2]}…{line[width // 2 - width + 1 :]}"]
    rows = textwrap.wrap(line, width, break_on_hyphens=False) or [""]
    return [*rows[:-1], rows[-1] + " " * line.endswith(" ")]


def _line(lines: Sequence[str]) -> str:
    """What is typed behind the last of these lines, all of which are then erased."""
    if not tty.there():
        raise NeedsTerminal(f"no terminal to ask on: {lines[-1].strip()}")
    with tty.alone():
        terminal = tty.opened()
        try:
            shown = [row for line in lines for row in _rows(tty.printable(line), _width(terminal) - 2)]
            # Room first: what scrolled afterwards would not be found again at the place that is remembered here.
            room = len(shown) - 1 + _WRAPPED
            text = "\r" + "\n" * room + f"\033[{room}A\0337" + "\n".join(shown)
            with _shown_again(lambda: _write(terminal, text)):
                _write(terminal, text)
                return _read(terminal).strip()
        finally:
            _write(terminal, "\0338\r\033[J")
            os.close(terminal)


@contextlib.contextmanager
def _shown_again(show: Callable[[], None]) -> Iterator[None]:
    """After Ctrl-Z and `fg`, when the shell has written between."""
    before = signal.signal(signal.SIGCONT, lambda *_: show())
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, before)


def _read(terminal: int) -> str:
    typed = b""
    while not typed.endswith(b"\n"):
        select.select([terminal], [], [])
        try:
            part = os.read(terminal, 4096)
        except BlockingIOError:  # another program has taken it
            continue
        except OSError:  # the window was closed
            part = b""
        if not part:
            raise Denied("nothing was written", "run it again; each question has an option, too: see --help")
        typed += part
    return typed.decode(errors="replace")


def _width(terminal: int) -> int:
    with contextlib.suppress(OSError):
        return max(os.get_terminal_size(terminal).columns, 20)
    return 80


def _write(terminal: int, text: str) -> None:
    data = text.encode()
    with contextlib.suppress(OSError):  # a window that was closed is noticed when it is read
        while data:
            select.select([], [terminal], [])
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(terminal, data) :]
