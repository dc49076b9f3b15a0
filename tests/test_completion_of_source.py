"""Tab behind `source get_mfa_session.sh`, in real shells; and behind everything else that is sourced, as it was."""

from __future__ import annotations

import io
import re
from pathlib import Path

import completion_runs as runs
import pytest
from conftest import World, shell

pytestmark = pytest.mark.one_python

LOAD = runs.LOAD | {"bash": [*runs.LOAD["bash"], "set -o nounset"]}
SHOW = {"sh": "printf '<%s>' {} \"$@\"; echo\n", "fish": "printf '<%s>' {} $argv; echo\n"}
COLON = "a:b=c"  # bash takes it for five words

# What is typed, where {} is the name of the script; and what is run, with which words.
TYPED = {
    "source {} te": ["session", "test"],
    "source scripts/{} te": ["session", "test"],
    ". ~/scripts/{} te": ["session", "test"],
    f"source {COLON}/{{}} te": ["session", "test"],
    'source "my scripts/{}" te': ["session", "test"],
    "source my\\ scripts/{} te": ["session", "test"],
    "source {} my": ["session", "my account"],
    "source {} --refreshi": ["session", "--refreshing"],
    "source {} --server prod --role-a": ["session", "--server", "prod", "--role-arn"],
    "source {} --server te": ["session", "--server", "test"],
    "source {} --otp-source y": ["session", "--otp-source", "ykman"],
    "source {} --otp-source=y": ["session", "--otp-source=ykman"],
    "source {} prod --env-file so": ["session", "prod", "--env-file", "some file"],
    "source oth": ["other"],
    "source doct": ["doctors"],
    "source my\\ scripts/ge": ["session"],
    "source ./other so": ["other", "some file"],
    "source ./other scripts/{} so": ["other", "scripts/{}", "some file"],
    ". ./other zzz": ["other", "zzz"],
}


@pytest.fixture
def home(world):
    world.account("my account")
    world.write("some file", "")
    world.env["PATH"] = f"{world.home}/scripts:{world.env['PATH']}"
    yield world
    assert not world.aws.requests
    assert not world.op.calls


def script(name: str, home: World) -> str:
    """The name of the one of this shell. It and one more say what is run, and with which words."""
    suffix = "fish" if name == "fish" else "sh"
    for folder in ("scripts", "my scripts", COLON):
        home.write(f"{folder}/get_mfa_session.{suffix}", SHOW[suffix].format("session"), mode=0o700)
    for other in ("other", "doctors"):
        home.write(other, SHOW[suffix].format(other))
    return f"get_mfa_session.{suffix}"


def comes(keys: runs.Keys, line: str) -> list[str]:
    """What is run, and with which words, by what Tab and then Enter make of the line."""
    keys.child.send(f"{line}\t\r")
    keys.child.expect(r"<([^\r\n]*)>\r\n")
    return keys.child.match[1].split("><")


@pytest.mark.parametrize("name", runs.ARGV)
def test_tab(home, name):
    ours = script(name, home)
    typed = {line.format(ours): [word.format(ours) for word in words] for line, words in TYPED.items()}
    if name == "fish":  # does not look through PATH; and still offers files, too
        typed = {line: words for line, words in typed.items() if not re.match(r"source get", line)}
        line = f"source (command -s {ours})"
        typed |= {
            f"{line} te": ["session", "test"],
            f"{line} --otp-source y": ["session", "--otp-source", "ykman"],
        }
    else:
        typed[f"source {ours} so"] = ["session", "so"]
    with runs.typing(name, home, LOAD[name]) as keys:
        keys.child.logfile_read = log = io.StringIO()
        assert {line: comes(keys, line) for line in typed} == typed
        assert not re.search(r"\b(bash|zsh|fish|compopt|compgen|mfa-session|_mfa\w+): ", log.getvalue())


THEIRS = {
    "zsh": [
        runs.COMPINIT,
        "theirs() { (( CURRENT > 2 )) || compadd ./other }; compdef theirs source",
        "compdef '_wanted -x files expl their compadd ./other' .",
        *runs.LOAD["zsh"][1:] * 2,
    ],
    "fish": ["complete -c source -xa ./other", *runs.LOAD["fish"] * 2],
}


ONCE = {
    "zsh": ('"$_comps[source]"', "_mfa_session_completion_of_source theirs"),
    "fish": ("(complete -c source | string match -r '.*_mfa_session_completion.*' | count)", "1"),
}


@pytest.mark.parametrize("name", THEIRS)
def test_what_somebody_else_completes_it_by(home, name):
    """Is asked as ever; and what completes these words stands there once, however often it is loaded."""
    ours = script(name, home)
    home.write("odd", "")
    begun = "./oth" if name == "fish" else "./o"  # fish itself knows both, whatever else does
    with runs.typing(name, home, THEIRS[name]) as keys:
        for word in ("source", "."):
            assert comes(keys, f"{word} {begun}") == ["other"]
            assert comes(keys, f"{word} scripts/{ours} te") == ["session", "test"]
        assert comes(keys, f"printf '<%s>\\n' {ONCE[name][0]}") == [ONCE[name][1]]


def test_in_bash_what_somebody_else_has_stays(home):
    theirs = "complete -W 'a b' source"
    done = home.call([shell("bash"), "-c", f"{theirs}; {LOAD['bash'][0]}; complete -p source ."])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == theirs
    assert "_mfa_session_completion" in done.stdout.splitlines()[1]


LATER = [
    'compdef() { noted+=("${(j: :)${(q)@}}") }',
    runs.LOAD["zsh"][1],
    "unfunction compdef",
    runs.COMPINIT,
    'for one in $noted; do eval "compdef $one"; done',
]


@pytest.mark.parametrize(
    ("name", "file", "load"),
    [
        ("zsh", "functions/_mfa-session", ["fpath=(~/functions $fpath)", runs.COMPINIT]),
        ("zsh", "unused", LATER),
        ("fish", ".config/fish/conf.d/mfa-session.fish", []),
    ],
)
def test_other_ways_to_install_it(home, name, file, load):
    home.write(file, home.run("completion", name).stdout)
    ours = script(name, home)
    with runs.typing(name, home, load) as keys:
        for word in ("source", "."):
            assert comes(keys, f"{word} scripts/{ours} te") == ["session", "test"]
            assert comes(keys, f"{word} ./oth") == ["other"]
        assert keys.words("export te") == ["export", "test"]


NAMES = {"bash": "compgen -v", "zsh": "print -l ${(ko)parameters}", "fish": "set --names"}


@pytest.mark.parametrize("name", runs.ARGV)
def test_no_variable_is_left(home, name):
    """Neither by loading it nor by Tab, behind this script or another."""
    ours = script(name, home)
    load = LOAD[name]
    with runs.typing(name, home, [*load[:-1], f"mfa-session; {NAMES[name]} >before", load[-1]]) as keys:
        comes(keys, f"source scripts/{ours} te")
        comes(keys, "source ./oth")
        keys.child.sendline(f"{NAMES[name]} >after; printf 'do%s\\n' ne")
        keys.child.expect("done\r\n")
    before, after = (set(Path(home.home / file).read_text().split()) for file in ("before", "after"))
    assert "HOME" in before
    assert {one for one in after - before if "_comp" not in one} == set()


LINES = ["", "te", "--", "--otp-source ", "--otp-source=y", "test --role-arn ", "--env-file x", "test x"]


def test_it_is_what_export_offers(home):
    for line in LINES:
        for typed in (
            "source get_mfa_session.sh",
            ". '/a b/get_mfa_session.sh'",
            "FOO=1 source ~/get_mfa_session.fish",
            "source (command -s get_mfa_session.fish)",
        ):
            asked = runs.offered(home, "", COMP_WORDS=f"{typed} {line}")
            assert asked == runs.offered(home, f"export {line}")
    assert runs.offered(home, "", COMP_WORDS="alias exec -- cat get_mfa_session.sh x") == ["file"]
    assert runs.offered(home, "exec -- . get_mfa_session.sh x") == ["file"]
