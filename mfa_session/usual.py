"""What warm commands are given most of the time, read without click: importing that takes longer than all the rest."""

from __future__ import annotations

from mfa_session import scope

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Iterator

_SHELLS = {"sh", "bash", "zsh", "fish", "json", "dotenv"}
_OPTIONS = {
    "export": ("--shell", "--env-file"),
    "exec": ("--env-file",),
    "credential-process": ("--env-file", "--aws-profile"),
}
_OF_ROLES = tuple(name for name in scope.VALUES if name not in ("--policy", "--policy-arn"))


class Given:
    """A command with its account, and what stands behind its options."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.values: dict[str, str] = {}
        self.scope: list[str] = []

    def add(self, name: str, value: str) -> bool:
        """Whether it is something usual, and the first of its name."""
        if name in self.values or value[:1] in ("", "-") or not value.isprintable():
            return False
        self.values[name] = value
        if name in _OF_ROLES:
            self.scope.append(f"{name}={value}")
        return name in (*_OPTIONS[self.command], *_OF_ROLES, "ACCOUNT")


def read(arguments: list[str]) -> Given | None:
    """None where there is anything unusual: click reads, and explains, all the rest."""
    if not arguments or arguments[0] not in _OPTIONS:
        return None
    given = Given(arguments[0])
    words = iter(arguments[1:])
    for word in words:
        if word == "--":  # what `configure` ends a line with
            return given if next(words, None) is None else None
        if word in scope.FLAGS:
            given.scope.append(word)
        elif not given.add(*_named(word, words)):
            return None
    return given if given.values.get("--shell", "sh") in _SHELLS else None


def _named(word: str, words: Iterator[str]) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not word.startswith("-"):
        return "ACCOUNT", word
    return name, value if equals else next(words, "")


def run(given: Given, command: list[str]) -> int:
    """`command` is what stands behind `--`."""
    from mfa_session import request

    account, env_file = given.values.get("ACCOUNT"), given.values.get("--env-file")
    asked = scope.Scope(given.scope)
    if given.command == "credential-process":
        from mfa_session.commands import credential_process

        profile = given.values.get("--aws-profile")
        return credential_process.run(account, env_file, profile, asked, prompt=True)
    wanted, limits = request.Wanted(scope=asked), request.Limits()
    if given.command == "exec":
        from mfa_session.commands import exec as execution

        return execution.run(account, command, env_file, wanted, limits)
    from mfa_session.commands import export

    return export.run(account, given.values.get("--shell", "sh"), env_file, wanted, limits)
