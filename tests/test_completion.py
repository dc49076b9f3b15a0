"""Tab, in real shells: what is offered, and that it arrives as one word and is never executed."""

from __future__ import annotations

import shlex
import string

import completion_runs as runs
import pytest
from conftest import shell

from mfa_session.cli import cli

pytestmark = pytest.mark.one_python

SHELLS = ["bash", "zsh", "fish"]
HOSTILE = [
    "my account",
    "it's",
    "a$HOME",
    'q"q',
    "b\\s",
    "$(touch HACKED)",
    "`touch HACKED`",
    "semi;touch HACKED",
]
ODD = ["c:d", "x,y", "tail,", "*", "ünï", "ex!1"]
KEY = "aws_access_key_id = AKIAEXAMPLE0000TEST0\naws_secret_access_key = nothing/of/anybody/at/all/00000000000000\n"


@pytest.fixture
def home(world):
    """Accounts with every kind of name, one that is an AWS profile, and others that hold the key of one."""
    for name in (*HOSTILE, *ODD):
        world.account(name)
    base = "mfa_serial = arn:aws:iam::111122223333:mfa/alice\nsource_profile = test-bootstrap\n"
    config = f"[profile vaulted]\n{base}[profile prod-bootstrap]\n{base}[profile other]\nregion = eu-west-1\n"
    world.write(".aws/config", config)
    credentials = world.home / ".aws/credentials"
    world.write(".aws/credentials", f"{credentials.read_text()}[new-bootstrap]\n{KEY}")
    world.write("some file", "")
    (world.home / "dir one").mkdir()
    yield world
    assert not list(world.home.rglob("HACKED")), "a name was executed"
    assert not world.aws.requests
    assert not world.op.calls


# What is typed, and the words that come of it; those of `exec` in the forms that are quoted differently.
TYPED = {
    "expo": ["export"],
    "export te": ["export", "test"],
    "export --shell=js": ["export", "--shell=json"],
    'exec "my': ["exec", "my account"],
    "exec my\\ ac": ["exec", "my account"],
    'exec "it': ["exec", "it's"],
    'exec "a': ["exec", "a$HOME"],
    'exec "b\\s': ["exec", "b\\s"],
    "exec c:": ["exec", "c:d"],
    "exec x": ["exec", "x,y"],
    "exec ex": ["exec", "ex!1"],
    "exec \\$": ["exec", "$(touch HACKED)"],
    "exec '`": ["exec", "`touch HACKED`"],
    "exec \\*": ["exec", "*"],
    "exec --env-file=./so": ["exec", "--env-file=./some file"],
    "exec test ": ["exec", "test", "--"],
    "exec -- mfa-session-cr": ["exec", "--", "mfa-session-credentials"],
    "exec test -- ls so": ["exec", "test", "--", "ls", "some file"],
    "warm test vau": ["warm", "test", "vaulted"],
}


@pytest.mark.parametrize("name", SHELLS)
def test_tab(home, name):
    with runs.typing(name, home) as keys:
        assert {typed: keys.words(typed) for typed in TYPED} == TYPED
        folder = keys.words("init --dir=di")
        assert [word.rstrip("/") for word in folder] == ["init", "--dir=dir one"]
        if name != "bash":
            keys.shows("exec t", r"est[^\r\n]*~/envs/\.env\.test")


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("bash", ["source <(command mfa-session completion)", "set -o nounset"]),
        ("zsh", ["fpath=(~/functions $fpath)", runs.COMPINIT]),
        ("fish", []),
    ],
)
def test_other_ways_to_install_it(world, name, load):
    folder = {"zsh": "functions/_", "fish": ".config/fish/completions/"}.get(name, "other/")
    suffix = ".fish" if name == "fish" else ""
    script = world.run("completion", name).stdout
    world.write(f"{folder}mfa-session{suffix}", script)
    with runs.typing(name, world, load) as keys:
        assert keys.words("exec te") == ["exec", "test"]
        assert keys.words("exec pro") == ["exec", "prod"]


def test_punctuation_arrives_in_bash(world):
    """What is offered behind no quote, and behind either, is a word of that name."""
    signs = string.punctuation.replace("/", "")
    names = [f"n{sign}z" for sign in signs]
    for name in names:
        world.account(name)
    missing = {"": "", '"': "!", "'": "'"}
    for quote, lost in missing.items():
        done = runs.ask(world, "bash", f"exec {quote}n", COMP_TEXT="n")
        assert (done.returncode, done.stderr) == (0, "")
        words = [line.partition(",")[2] for line in done.stdout.splitlines() if line]
        script = "printf '%s\\n' " + " ".join(f"{quote}{word}{quote}" for word in words)
        come = world.call([shell("bash"), "-c", script]).stdout.splitlines()
        assert sorted(come) == sorted(name for name in names if name[1] not in lost)


EVERYWHERE = ["prod", "test", "vaulted"]
OFFERED = {
    "import ": ["new-bootstrap", "test-bootstrap"],
    "init ": ["new"],
    "init --profile ": ["new-bootstrap", "test-bootstrap"],
    "configure --profile ": ["new-bootstrap", "other", "prod-bootstrap", "test-bootstrap", "vaulted"],
    "configure --profile=va": ["--profile=vaulted"],
    "credential-process --aws-profile ": ["prod-bootstrap", "vaulted"],
    "import --account ": EVERYWHERE,
    "warm test ": ["prod", "vaulted"],
    "--debug export pro": ["prod"],
    "export --otp-source y": ["ykman"],
    "export --role-arn ": [],
    "completion ": ["bash", "fish", "zsh"],
    "export --env-file ": ["file"],
    "exec --policy=x": ["file"],
    "import --from-csv x": ["file"],
    "init --dir x": ["dir"],
    "exec -- ": ["a program"],
    "exec test -- ": ["a program"],
    "exec -- ./x": ["file"],
    "exec test -- terraform ": ["file"],
    "export -- --": [],
    "'": [],
}


def test_what_is_offered(home):
    for path in (home.home / "envs").iterdir():
        if path.name not in (".env.test", ".env.prod"):
            path.unlink()
    for folder in ("programs", "programs/a folder"):
        (home.home / folder).mkdir()
    (home.home / "programs/a program").symlink_to("/bin/true")
    home.write("programs/no program", "")
    path = {"PATH": f"{home.home}/programs:relative:/nonexistent:"}
    got = {}
    for line in OFFERED:
        with_path = path if line in ("exec -- ", "exec test -- ") else {}
        got[line] = sorted(runs.offered(home, line, **with_path))
    assert got == OFFERED | {"'": sorted(cli.commands)}
    for line in (
        "FOO=1 ~/bin/mfa-session export pro",
        "env FOO=1 mfa-session export pro",
        "alias export pro",
    ):
        assert runs.offered(home, "", COMP_WORDS=line) == ["prod"]
    assert set(runs.offered(home, "export -")) >= {"--shell", "--env-file", "--role-arn"}
    home.account("-dash")
    assert "-dash" not in runs.offered(home, "export ") + runs.offered(home, "export -d"), (
        "it is taken for an option"
    )


TAKES_ACCOUNTS = [
    name
    for name, command in cli.commands.items()
    if name != "init"
    and {"account", "accounts"}
    & {one.name for one in command.params if one.nargs != 0 and one.param_type_name == "argument"}
]


def test_each_command_completes_accounts(world):
    assert {"exec", "warm", "doctor", "rotate"} <= set(TAKES_ACCOUNTS)
    assert [runs.offered(world, f"{name} tes") for name in TAKES_ACCOUNTS] == [["test"]] * len(TAKES_ACCOUNTS)


def test_where_things_are_broken(world):
    """There is less to offer, and not a word about it; nothing is written, and AWS's SDK is not even loaded."""
    world.write("envs/.env.nonsense", "MFA_SERIAL=x\nwhat?\n")
    world.write("envs/.env.bytes", "").write_bytes(b"MFA_\xff\0=\n")
    world.write("envs/.env.locked", "MFA_SERIAL=x\n", mode=0)
    (world.home / "envs/.env.folder").mkdir()
    for name in (b"new\nline", b"tab\tname", b"\xff", b"\x1b[31m"):
        with open(bytes(world.home / "envs") + b"/.env." + name, "wb") as file:  # noqa: PTH123 - bytes
            file.write(b"MFA_SERIAL=x\n")
    world.write(".aws/config", "[profile x\nnonsense\n")
    before = {path: path.lstat().st_mtime_ns for path in world.home.rglob("*")}
    for name in SHELLS:
        done = runs.ask(world, name, "exec ")
        assert (done.returncode, done.stderr) == (0, "")
        assert "\x1b" not in done.stdout
    names = set(runs.offered(world, "exec "))
    assert names - {"locked"} == {"test", "prod", "nonsense", "bytes"}  # root reads what is locked
    assert runs.offered(world, "import ") == []
    assert {path: path.lstat().st_mtime_ns for path in world.home.rglob("*")} == before
    imported = runs.ask(world, "fish", "exec ", PYTHONPROFILEIMPORTTIME="1").stderr
    assert "mfa_session.wiring" in imported
    assert "boto3" not in imported
    assert not world.aws.requests
    assert not world.op.calls


@pytest.mark.parametrize("name", SHELLS)
def test_the_shell_is_found_out(world, name):
    """And no other program is started to print it."""
    marker = world.home / "started"
    world.write("fake/bash", f"#!/bin/sh\ntouch {shlex.quote(str(marker))}\n", mode=0o700)
    path = f"{world.home}/fake:{world.env['PATH']}"
    without = world.call([shell(name), "-c", "mfa-session completion; true"], PATH=path, SHELL="/bin/sh")
    assert without.stdout == world.run("completion", name, PATH=path).stdout != ""
    assert without.stderr == ""
    assert not marker.exists()


def test_shells_that_it_is_not_for(world):
    for login, said in (
        ("/bin/tcsh", "there is no completion for tcsh"),
        ("", "can't find out which shell this is"),
    ):
        done = world.run("completion", SHELL=login)
        assert (done.returncode, done.stdout) == (1, "")
        hint = "name one of bash, zsh, fish: mfa-session completion bash"
        assert done.stderr == f"mfa-session: {said}\nmfa-session: hint: {hint}\n"
    assert world.run("completion", "tcsh").returncode == 2
    old = world.run("completion", "bash").stdout.replace("BASH_VERSINFO[0] * 100", "3 * 100")
    done = world.call([shell("bash"), "-c", f"{old}\ncomplete -p"])
    assert done.stderr.startswith("mfa-session: completion needs bash 4.4 or later, and this is ")
    assert "mfa-session" not in done.stdout
    done = world.call([shell("zsh"), "-f", "-c", world.run("completion", "zsh").stdout])
    assert done.stderr.splitlines()[0] == "mfa-session: completion needs compinit"
