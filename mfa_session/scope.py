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

    __slots__ = ("words",)

    def __init__(self, words: Iterable[str] = ()) -> None:
        """Words of other options are left out; raises ValueError for one that is not printable."""
        names = (*VALUES, *FLAGS)
        ours = [word for word in words if word.partition("=")[0] in names]
        if strange := next((word for word in ours if not word.isprintable()), None):
            raise ValueError(
                f"{strange.partition('=')[0]} has a line break or another control character in it"
            )
        self.words = tuple(sorted(ours, key=lambda word: names.index(word.partition("=")[0])))

    def __bool__(self) -> bool:
        return bool(self.words)

    def all(self, name: str) -> list[str]:
        """The values of this option."""
        return [word.partition("=")[2] for word in self.words if word.partition("=")[0] == name]

    def get(self, name: str) -> str | None:
        return next(reversed(self.all(name)), None)

    @property
    def key(self) -> str:
        """For the name of what is kept: empty where nothing is asked for. A policy file's text counts too. Raises OSError."""
        short = written(self)
        if len(short) < _SHORT and not self.all("--policy"):
            return short
        import hashlib  # takes longer than all the rest here

        whole = hashlib.sha256("\n".join(self.words).encode(errors="surrogateescape"))
        for path in self.all("--policy"):
            with open(path, "rb") as file:
                whole.update(b"\0" + file.read())
        return whole.hexdigest()[:32]

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
    return Scope((text or "").split("\t"))
