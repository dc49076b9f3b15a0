"""click's completion for bash, zsh and fish, in words that arrive as they are called and that no shell executes."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from click import shell_completion
from click.shell_completion import CompletionItem

from mfa_session.commands import completion_scripts

if TYPE_CHECKING:
    from collections.abc import Iterator

    Item = CompletionItem[Any]

_SHIMS = {"get_mfa_session.sh", "get_mfa_session.fish"}  # what is typed behind them is handed to `export`
_PLAIN = r"[^\w@%+=:,./-]"  # in a word of bash, all else stands behind a backslash


class _Line(shell_completion.ShellComplete):
    """COMP_WORDS is the line up to the cursor, as typed."""

    incomplete = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        *words, self.incomplete = split(os.environ.get("COMP_WORDS", ""))[0]
        # In front of the program may stand assignments, or others that run it.
        for number, word in enumerate(words):
            name = os.path.basename(word.rstrip(")"))  # in fish it is (command -s get_mfa_session.fish)
            if name == self.prog_name:
                return words[number + 1 :], self.incomplete
            if name in _SHIMS and {"source", "."} & set(words[:number]):
                return ["export", *words[number + 1 :]], self.incomplete
        return words[1:], self.incomplete

    def get_completions(self, args: list[str], incomplete: str) -> list[Item]:
        found: list[Item]
        if "exec" in args[:2] and "--" in args:
            found = list(_run(args[args.index("--") + 1 :], incomplete))
        else:
            found = super().get_completions(args, incomplete)
        return [item for item in found if item.value.isprintable()]

    @property
    def option(self) -> str:
        """The `--name=` that is typed; where it is, what is offered is its value."""
        name, equals, _ = self.incomplete.partition("=")
        return name + equals if equals and name.startswith("--") else ""


class Bash(_Line):
    name = "bash"
    source_template = completion_scripts.BASH

    def format_completion(self, item: Item) -> str:
        if item.type != "plain":
            return item.type
        text = os.environ.get("COMP_TEXT", self.incomplete)
        (*_, before), quote = split(os.environ.get("COMP_WORDS", "").removesuffix(text))
        word = self.option + item.value
        quoted = _bash_quoted(word[len(before) :], quote) if word.startswith(before) else None
        return "" if quoted is None else f"plain,{quoted}"


class Zsh(_Line):
    name = "zsh"
    source_template = completion_scripts.ZSH

    def format_completion(self, item: Item) -> str:
        value, text = item.value, item.help or ""
        if text:  # then it comes through _describe, where a colon ends the value
            value, text = re.sub(r"([\\:])", r"\\\1", value), text.replace("\\", "\\\\")
        return f"{item.type}\n{value}\n{text}"


class Fish(_Line):
    name = "fish"
    source_template = completion_scripts.FISH

    def format_completion(self, item: Item) -> str:
        value = self.option + item.value if item.type == "plain" else ""
        return f"{item.type},{value}\t{item.help or ''}".rstrip("\t")


SHELLS: dict[str, type[_Line]] = {shell.name: shell for shell in (Bash, Zsh, Fish)}


def register() -> None:
    """In the place of click's own."""
    for shell in SHELLS.values():
        shell_completion.add_completion_class(shell)


def split(line: str) -> tuple[list[str], str]:
    """The words of a line, as shells take them, the last of which is begun, or empty; and the quote that is open in it."""
    words, begun, quote, escaped = [""], False, "", False
    for char in line:
        if escaped:  # in "…" a backslash counts only before what is special there
            words[-1] += f"\\{char}" if quote and char not in '$`"\\' else char
            escaped = False
        elif char == "\\" and quote != "'":
            begun = escaped = True
        elif quote:
            words[-1] += char if char != quote else ""
            quote = quote if char != quote else ""
        elif char in "'\"":
            begun, quote = True, char
        elif not char.isspace():
            begun = True
            words[-1] += char
        elif begun:
            begun = False
            words.append("")
    return words, quote


def _bash_quoted(text: str, quote: str) -> str | None:
    """As it is typed behind an open quote, or behind none; None where it can't be."""
    if quote == "'":
        return None if "'" in text else text
    if quote:  # history expansion does not heed a backslash there
        return None if "!" in text else re.sub(r'([$`"\\])', r"\\\1", text)
    return re.sub(f"({_PLAIN})", r"\\\1", text)


def _run(words: list[str], incomplete: str) -> Iterator[Item]:
    """What `exec` is to run: a program in PATH; and what stands behind one may well be a file."""
    if words or "/" in incomplete:
        yield CompletionItem(incomplete, type="file")
        return
    names: set[str] = set()
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        try:
            there = os.listdir(folder or ".")
        except OSError:
            continue
        names |= {name for name in there if name.startswith(incomplete) and _runs(folder, name)}
    yield from map(CompletionItem, sorted(names))


def _runs(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    return os.access(path, os.X_OK) and not os.path.isdir(path)
