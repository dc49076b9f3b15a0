"""A change of environment as statements of one shell, with the function that undoes it.

POSIX shells (bash, zsh, ksh93, mksh, dash, busybox) share one text:
- inside '…' nothing is special; a single quote is written '\\''. Always quoted: zsh expands a bare `=ls`.
- \\export and \\unset, since an alias on either would be handed the secrets.
fish:
- inside '…' only \\\\ and \\' are special.
- `set -e` without -g erases a universal variable for good, so that one stays visible; of a missing one it returns 4.
"""

from __future__ import annotations

import os

from mfa_session import refreshing
from mfa_session.errors import MfaSessionError

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Change = Mapping[str, str | None]  # None: unset


_COMMON = ("bash", "zsh", "fish", "ksh", "ksh93", "mksh", "dash", "sh")  # as processes are called


class Shell:
    """`define` is for the undo, and only where this shell has none yet: it then still leads back to the true originals.

    `restore` puts the variables of AWS's files back where they have come to be ours since then; a person's own are left alone.
    """

    def __init__(
        self,
        begin: str,
        export: Callable[[str, str], str],
        unset: Callable[[str], str],
        define: str,
        restore: str,
        end: str,
    ) -> None:
        self.begin = begin
        self.export = export
        self.unset = unset
        self.define = define
        self.restore = restore
        self.end = end


def _posix_quote(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _fish_quote(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _posix_seen(name: str, noted: str) -> str:
    """A file of AWS's is seen again that was hidden for a server's sake."""
    return f"""\
if [ "${{{name}-}}" = {refreshing.NOTHING} ] && [ "${{{noted}+set}}" ]; then
\\export {name}="${noted}"
[ "${noted}" ] || \\unset {name}
fi"""


def _fish_seen(name: str, noted: str) -> str:
    return f"""\
if test "${name}" = {refreshing.NOTHING}; and set -q {noted}
set -gx {name} "${noted}"
test -n "${noted}"; or set -eg {name}
end"""


POSIX = Shell(
    # Some shells stop at the first readonly variable, and would be left with half a session.
    begin="""\
if ! (\\unset {names}) 2>/dev/null; then
echo 'mfa-session: a variable that has to change is readonly in this shell, so nothing was changed' >&2
echo 'mfa-session: hint: to see which, type: readonly -p' >&2
false
else
""",
    export=lambda name, value: f"\\export {name}={_posix_quote(value)}",
    unset=lambda name: f"\\unset {name}",
    define="""\
if ! command -v mfa_session_deactivate >/dev/null 2>&1; then
mfa_session_deactivate() {{
{restore}
{undo}
\\unset -f mfa_session_deactivate
}}
fi
""",
    restore=f"""\
case ${{AWS_CONFIG_FILE-}}:${{{refreshing.AWS_CONFIG}-}} in
*{refreshing.SUFFIX}:"${{HOME-}}/.aws/config") \\unset AWS_CONFIG_FILE ;;
*{refreshing.SUFFIX}:?*) \\export AWS_CONFIG_FILE="${refreshing.AWS_CONFIG}" ;;
esac
{_posix_seen("AWS_CONFIG_FILE", refreshing.AWS_CONFIG)}
{_posix_seen("AWS_SHARED_CREDENTIALS_FILE", refreshing.AWS_CREDENTIALS)}""",
    end="fi\n",
)

FISH = Shell(
    begin="",
    export=lambda name, value: f"set -gx {name} {_fish_quote(value)}",
    unset=lambda name: f"set -eg {name}",
    define="""\
if not functions -q mfa_session_deactivate
function mfa_session_deactivate --description 'put the environment back as it was before mfa-session'
{restore}
{undo}
functions -e mfa_session_deactivate
true
end
end
""",
    restore=f"""\
if string match -q -- '*{refreshing.SUFFIX}' "$AWS_CONFIG_FILE"; and set -q {refreshing.AWS_CONFIG}
if test "${refreshing.AWS_CONFIG}" = "$HOME/.aws/config"
set -eg AWS_CONFIG_FILE
else
set -gx AWS_CONFIG_FILE "${refreshing.AWS_CONFIG}"
end
end
{_fish_seen("AWS_CONFIG_FILE", refreshing.AWS_CONFIG)}
{_fish_seen("AWS_SHARED_CREDENTIALS_FILE", refreshing.AWS_CREDENTIALS)}""",
    end="""\
set -qU AWS_PROFILE; and echo 'mfa-session: warning: AWS_PROFILE is universal and stays: type: set -eU AWS_PROFILE' >&2
true
""",
)

SHELLS = {"sh": POSIX, "bash": POSIX, "zsh": POSIX, "fish": FISH}


def activate(shell: Shell, change: Change, undo: Change) -> str:
    """Statements that make `change`, and define `mfa_session_deactivate`, which makes `undo` and then is gone."""
    begin = shell.begin.format(names=" ".join(sorted(change)))
    return (
        begin
        + shell.define.format(restore=shell.restore, undo=_statements(shell, undo))
        + _statements(shell, change)
        + "\n"
        + shell.end
    )


def _statements(shell: Shell, change: Change) -> str:
    return "\n".join(_statement(shell, name, change[name]) for name in sorted(change))


def _statement(shell: Shell, name: str, value: str | None) -> str:
    letters = name.replace("_", "A")
    if not (letters.isascii() and letters.isalnum() and letters.isupper() and not letters[0].isdigit()):
        raise ValueError(name)  # names are never quoted, so they must not need it
    if value is None:
        return shell.unset(name)
    if "\0" in value:
        raise MfaSessionError(f"{name} has a NUL character, which no environment can carry")
    return shell.export(name, value)


def to_source(words: str, environ: Mapping[str, str]) -> str:
    """What a person types in their shell to load a session; `words` go behind it.

    fish's `source` does not look through PATH.
    """
    shim = "(command -s get_mfa_session.fish)" if calling(environ) == "fish" else "get_mfa_session.sh"
    return f"source {shim} {words}".rstrip()


def calling(environ: Mapping[str, str]) -> str:
    """The name of the shell this is typed in: that of the process that has started this one, else SHELL says it, or ''."""
    try:
        with open(f"/proc/{os.getppid()}/comm", encoding="utf-8", errors="replace") as file:
            shell = file.read().strip()
    except OSError:
        shell = ""
    return shell if shell in _COMMON else (environ.get("SHELL") or "").rpartition("/")[2]
