"""Which session a command's options ask for, beyond what its account says: a role, and how much less than the role may do.

A warm command needs this, so it imports nothing; `roles` checks the values when a session has to be minted.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Iterable

# In the order in which they are written, so that the same wish always has the same words.
VALUES = (
    "--role-arn",
    "--role-session-name",
    "--external-id",
    "--role-duration",
    "--source-identity",
    "--session-tags",
    "--transitive-tags",
    "--policy",
    "--policy-arn",
)
FLAGS = ("--read-only", "--direct")
_SHORT = 400  # characters


class Scope:
    """`words` are options as they would be typed, each with its value behind `=`; --policy has an absolute path."""

    __slots__ = ("_policy", "words")

    def __init__(self, words: Iterable[str] = (), policy: bytes | None = None) -> None:
        """`policy` is the text of --policy's file, where that has been read. Raises ValueError for a word that is none of these, or not printable."""
        names = (*VALUES, *FLAGS)
        self.words = tuple(words)
        for word in self.words:
            name = word.partition("=")[0]
            if name not in names:
                raise ValueError(f"{name} is no option of roles")
            if not word.isprintable():
                raise ValueError(f"{name} has a line break or another control character in it")
        self.words = tuple(sorted(self.words, key=lambda word: names.index(word.partition("=")[0])))
        self._policy = policy

    def __bool__(self) -> bool:
        return bool(self.words)

    def all(self, name: str) -> list[str]:
        """The values of this option."""
        return [word.partition("=")[2] for word in self.words if word.partition("=")[0] == name]

    def get(self, name: str) -> str | None:
        return next(reversed(self.all(name)), None)

    def over(self, before: Scope) -> Scope:
        """This, and of what was asked for before it what it says nothing of."""
        ours = {word.partition("=")[0] for word in self.words}
        return Scope([*self.words, *(word for word in before.words if word.partition("=")[0] not in ours)])

    def policy(self) -> bytes | None:
        """What is in the file of --policy, read once: it may be a pipe, and may change. Raises OSError."""
        path = self.get("--policy")
        if path is not None and self._policy is None:
            with open(path, "rb") as file:
                self._policy = file.read()
        return self._policy

    @property
    def key(self) -> str:
        """For the name of what is kept: empty where nothing is asked for. A policy file's text counts too. Raises OSError."""
        short, policy = written(self), self.policy()
        if len(short) < _SHORT and policy is None:
            return short
        import hashlib  # takes longer than all the rest here

        return hashlib.sha256(short.encode(errors="surrogateescape") + b"\0" + (policy or b"")).hexdigest()[
            :32
        ]

    @property
    def line(self) -> str | None:
        """The words as a script sees them that joins its arguments; None where that would not be unambiguous."""
        if self.all("--policy") or any(" " in word for word in self.words):
            return None
        return "".join(f"{word} " for word in self.words)


def written(scope: Scope) -> str:
    """For an environment variable: what is not printable is in none of the words."""
    return "\t".join(scope.words)


def read(text: str | None) -> Scope:
    """What `written` has made of one; raises ValueError."""
    return Scope(word for word in (text or "").split("\t") if word)
