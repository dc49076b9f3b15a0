"""The manual page says what the program has, all of it and nothing else, and renders everywhere without a complaint."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import shutil
import subprocess

import click
import man_page
import programs
import pytest
from conftest import ROOT

from mfa_session.cli import cli

pytestmark = pytest.mark.one_python
EVERYWHERE = "Every command"
SHIM = "get_mfa_session.sh"
COMMANDS = {name: command for name, command in cli.commands.items() if not command.hidden}


def context_of(command: click.Command) -> click.Context:
    """As the program makes it, so that -h is there, too."""
    program = click.Context(cli, **cli.context_settings)
    return program if command is cli else click.Context(command, parent=program)


def shown(command: click.Command) -> dict[str, click.Option]:
    """The options that --help shows, by each of their names."""
    context = context_of(command)
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    return {name: option for option in options for name in (*option.opts, *option.secondary_opts)}


def explained(name: str) -> dict[str, str]:
    """What the page has of a command: its own items, those that it refers to, and those of every command."""
    own = man_page.subsections("COMMANDS")[name]
    shared = man_page.subsections("OPTIONS")
    items = man_page.options(shared[EVERYWHERE])
    del items["--version"]
    for part in [own, *(shared[title] for title in man_page.referred(own))]:
        more = man_page.options(part)
        assert not items.keys() & more.keys(), f"{name}: explained twice"
        items |= more
    return items


def test_every_command_has_its_section_and_no_other_has():
    assert set(man_page.subsections("COMMANDS")) == {SHIM, *COMMANDS}
    assert set(man_page.options(man_page.subsections("OPTIONS")[EVERYWHERE])) == set(shown(cli))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_and_no_other(name):
    options, items = shown(COMMANDS[name]), explained(name)
    assert set(items) == set(options)
    for option, value in items.items():
        kind = options[option]
        if kind.is_flag:
            assert not value, option
        elif isinstance(kind.type, click.Choice):
            assert value == "Cm " + " | ".join(kind.type.choices), option
        else:
            assert value == f"Ar {kind.make_metavar(context_of(COMMANDS[name]))}", option


def test_nothing_is_mentioned_that_is_not_there():
    there = {name for command in (cli, *COMMANDS.values()) for name in shown(command)}
    assert man_page.mentioned(man_page.text()) <= there
    parts = man_page.subsections("COMMANDS") | {"the page": man_page.text()}
    titles = {*parts, *man_page.subsections("OPTIONS")}
    for part in parts.values():
        assert man_page.referred(part) <= titles


def test_the_examples_are_what_the_program_takes():
    ours = [
        words for words in map(shlex.split, man_page.typed()) if words[0] == "mfa-session" or SHIM in words
    ]
    assert len(ours) > 10
    for _, name, *words in ours:
        command = COMMANDS["export" if name == SHIM else name]
        for end in ("--", ">"):
            words = words[: words.index(end)] if end in words else words
        command.make_context(name, words)  # a usage error for what it does not take


def test_what_the_readme_has_tables_of_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^### (.+)$", readme, flags=re.MULTILINE)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    rows = re.findall(
        r"^\| ([^|]+) \|", told["The account's file, `.env.NAME`"] + told["The variables"], re.MULTILINE
    )
    keys = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)", re.sub(r"\(.*?\)", "", row))}
    assert {"MFA_SERIAL", "MFA_SESSION_STORE"} < keys
    written = re.search(r"^Set: .*?\n\n", told["The variables"], re.MULTILINE | re.DOTALL)[0]
    written += told["The environment of AWS tools"]
    names = {
        name if name[0] != "_" else f"MFA_SESSION{name}"
        for name in re.findall(r"`(_?[A-Z][A-Z_]+)`", written)
    }
    assert {"MFA_SESSION_EXPIRES_EPOCH", "HTTPS_PROXY"} < names
    page = set(re.findall(r"\b[A-Z][A-Z_]+\b", man_page.text()))
    assert keys | names <= page
    codes = set(re.findall(r"\b\d+\b", told["Exit codes"].split("###")[0]))
    assert (
        set(
            re.findall(
                r"\d+", " ".join(re.findall(r"^\.It (.*)", man_page.section("EXIT STATUS"), re.MULTILINE))
            )
        )
        == codes
    )


def test_mandoc_and_groff_have_nothing_to_say():
    mandoc = programs.path_of("mandoc", "mandoc")
    checks = [[mandoc, "-T", "lint", "-W", "warning"]]
    if groff := shutil.which("groff"):
        checks.append([groff, "-mdoc", "-Tutf8", "-ww", "-z"])
    for check in checks:
        done = subprocess.run(
            [*check, man_page.PAGE], capture_output=True, text=True, check=False, timeout=30
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = subprocess.run(
        [mandoc, "-T", "ascii", man_page.PAGE], capture_output=True, text=True, check=True, timeout=30
    )
    plain = re.sub(".\b", "", page.stdout)
    assert "mfa-session exec [option ...] [ACCOUNT] [-- command ...]" in plain
    assert max(map(len, plain.splitlines())) <= 80


def test_it_is_installed_beside_the_program():
    files = importlib.metadata.files("mfa-session") or []
    assert [file.name for file in files if "/share/man/man1/" in f"/{file}" and file.locate().is_file()] == [
        man_page.PAGE.name
    ]
