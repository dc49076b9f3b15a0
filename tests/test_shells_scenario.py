"""The real shim in every shell: what it does to the shell that sources it, and that it leaves nothing behind."""

from __future__ import annotations

import dataclasses
import re
import shutil

import conftest
import pytest
import shell_family
from shell_family import DUMP, FISH, every_shell

pytestmark = pytest.mark.one_python

# A folder that no quoting was made for, and variables as no session would leave them.
HOSTILE_FOLDER = 'it\'s $x `y` "ü"; *'
BEFORE = {
    "AWS_PROFILE": "test-bootstrap",
    "AWS_REGION": "",
    "AWS_DEFAULT_PROFILE": 'it\'s "a" \\ profile\n of \udcff $(touch pwned)\\',  # \udcff: a byte that is not UTF-8
    "AWS_SECURITY_TOKEN": "stale",
}
# The aliases would be handed the secrets, and print them.
POSIX_STORY = """\
{expand_aliases}
alias export='printf leaked:%s' unset='printf leaked:%s'
{strict}
set -o noclobber
IFS=/e
trap 'printf interrupted' INT
rc=0
listing() {{ set; set +o; alias; trap; {functions} }}
listing >listing.before
{dump} before
{test}
{dump} test
{prod}
{dump} prod
{lenient}
{nosuch} || rc=$?
{strict}
{dump} failed
mfa_session_deactivate
{dump} after
printf '%s\\n' "$rc" "$#" "$@"
rc=0
listing >listing.after
"""
FISH_STORY = """\
set rc 0
function listing; set; functions; end
listing >listing.before
{dump} before
{test}; or exit 1
{dump} test
{prod}; or exit 1
{dump} prod
{nosuch}; or set rc $status
{dump} failed
mfa_session_deactivate; or exit 1
{dump} after
printf '%s\\n' $rc (count $argv) $argv
set rc 0
listing >listing.after
"""
RESTLESS = re.compile(
    r"(RANDOM|SRANDOM|SECONDS|EPOCH\w*|_|KSH_MATCH|BASH_\w+|LINENO|PIPESTATUS|TTYIDLE|CMD_DURATION)[= ]"
)
FAILURES = """\
{broken} || printf '%s\\n' {status}
cp dismissing.json "$OP_STATE"
{test} || printf '%s\\n' {status}
cp approving.json "$OP_STATE"
{test} || printf '%s\\n' {status}
{option} || printf '%s\\n' {status}
{dump} after
"""
GONE = "{gone} mfa_session_deactivate >/dev/null 2>&1 || printf '%s\\n' gone\n"


@pytest.fixture
def world(tmp_path, aws):
    """A world whose home, working folder and PATH have a hostile name, and whose shims are those of this checkout."""
    folder = tmp_path / HOSTILE_FOLDER
    folder.mkdir()
    world = conftest.World(folder, aws)
    shell_family.link_shims(world.bin)
    return world


def fill(shell, text: str, **words: str) -> str:
    sourced = {name: shell.source('"$SHIM"', name) for name in ("test", "prod", "nosuch", "broken")}
    words |= {"dump": DUMP, "option": shell.source('"$SHIM"', "--no-such-option")}
    words |= (
        {"gone": "functions -q", "status": "$status"}
        if shell.fish
        else {"gone": "command -v", "status": "$?"}
    )
    return text.format(**sourced, **words)


def people_only(stderr: str) -> bool:
    return all(line.startswith("mfa-session: ") for line in stderr.splitlines())


@every_shell
def test_two_accounts_a_failure_and_back_leave_the_shell_as_it_was(shell, world):
    story = fill(
        shell,
        (FISH_STORY if shell.fish else POSIX_STORY) + GONE,
        expand_aliases="shopt -s expand_aliases" if shell.program == "bash" else "",
        strict="set -eu",
        lenient="" if shell.dot_may_fail_under_e else "set +e",
        functions="" if shell.program in ("dash", "busybox") else "typeset -f;",
    )
    result = shell.run(story, world.home, world.env | BEFORE, "one", "two  words", "", shim=world.bin)
    assert (result.returncode, result.stdout) == (0, "1\n3\none\ntwo  words\n\ngone\n"), result.stderr
    assert people_only(result.stderr)
    assert not list(world.home.rglob("pwned"))
    before, test, prod, failed, after = (
        shell_family.dumped(world.home / name) for name in ("before", "test", "prod", "failed", "after")
    )
    assert owner(test, world) is world.aws.users[0]
    assert owner(prod, world) is world.aws.users[1]
    assert (test["AWS_REGION"], prod["AWS_REGION"]) == ("eu-west-1", "us-east-1")
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"):
        assert name not in test.keys() | prod.keys()
    for environ in (test, prod):
        assert unmanaged(environ) == unmanaged(before)
    assert failed == prod
    assert after == before
    assert BEFORE.items() <= after.items()
    assert listing(world, "listing.after") == listing(world, "listing.before")


def owner(environ: dict[str, str], world):
    """The user whose session it is, told by AWS's own memory."""
    session = world.aws._world.sessions[environ["AWS_ACCESS_KEY_ID"]]
    assert (environ["AWS_SECRET_ACCESS_KEY"], environ["AWS_SESSION_TOKEN"]) == (
        session.secret_access_key,
        session.token,
    )
    return session.user


def unmanaged(environ: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(("AWS", "MFA_SESSION_"))}


def listing(world, name: str) -> list[str]:
    lines = (world.home / name).read_text(encoding="utf-8", errors="replace").splitlines()
    assert len(lines) > 10
    return [line for line in lines if not RESTLESS.match(line)]


@every_shell
def test_a_failure_at_any_stage_gives_its_status_and_changes_nothing(shell, world):
    world.account("broken", MFA_SERIAL=None)
    world.write("approving.json", world.op.state_file.read_text())
    world.op.update(auth={"mode": "prompt", "outcome": "dismiss"})
    world.write("dismissing.json", world.op.state_file.read_text())
    world.aws.fault("GetSessionToken", "region_disabled")
    story = fill(shell, f"{'' if shell.fish else 'set -u'}\n{{dump}} before\n{FAILURES}{GONE}")
    env = world.env | BEFORE | {"OP_STATE": str(world.op.state_file)}
    result = shell.run(story, world.home, env, shim=world.bin)
    assert result.stdout == "1\n1\n1\n2\ngone\n", result.stderr
    assert people_only(result.stderr)
    for words in ("MFA_SERIAL", "prompt was dismissed", "switched off", "no such option"):
        assert words in result.stderr
    assert shell_family.dumped(world.home / "after") == shell_family.dumped(world.home / "before")


@every_shell
def test_a_child_shell_takes_its_own_session_and_ends_with_none(shell, world):
    child = world.write("child", fill(shell, "{prod}\n{dump} prod\nmfa_session_deactivate\n{dump} child\n"))
    story = fill(
        shell, '{test}\n"$CHILD_SHELL" {options} child\n{dump} parent\n', options=" ".join(shell.options)
    )
    env = world.env | BEFORE | {"CHILD_SHELL": shell.argv()[0]}
    result = shell.run(story, child.parent, env, shim=world.bin)
    assert result.returncode == 0, result.stderr
    assert owner(shell_family.dumped(world.home / "prod"), world) is world.aws.users[1]
    assert owner(shell_family.dumped(world.home / "parent"), world) is world.aws.users[0]
    left = shell_family.dumped(world.home / "child")
    own = {name for name in left if name.startswith(("AWS", "MFA_SESSION_"))}
    assert own == {"AWS_ENDPOINT_URL", "MFA_SESSION_STORE"}, "what the world sets"


@every_shell
def test_the_shim_is_found_through_path_and_its_help_is_for_people_only(shell, world):
    name = f"(command -s {shell.shim})" if shell.fish else shell.shim
    story = fill(
        shell, f"{{dump}} before\n{{help}}\n{{dump}} after\n{GONE}", help=shell.source(name, "--help")
    )
    result = shell.run(story, world.home, world.env | BEFORE)
    assert (result.returncode, result.stdout) == (0, "gone\n"), result.stderr
    assert "Usage: mfa-session export" in result.stderr
    assert shell_family.dumped(world.home / "after") == shell_family.dumped(world.home / "before")


@every_shell
def test_a_checkout_needs_no_path_where_the_shell_can_tell_whence_it_sources(shell, world):
    checkout = world.home / "checkout"
    shutil.copytree(shell_family.SHIMS, checkout / "shell")
    for folder, found in ((checkout / ".venv/bin", "checkout"), (world.home / "elsewhere", "path")):
        folder.mkdir(parents=True)
        program = folder / "mfa-session"
        program.write_text(f"#!/bin/sh\necho \"printf '%s\\n' '{found}' '$*'\"\n")
        program.chmod(0o755)
    env = world.env | {"PATH": f"{world.home / 'elsewhere'}:/usr/bin:/bin"}
    result = shell.run(shell.source(f"shell/{shell.shim}", "prod"), checkout, env)
    language = "fish" if shell.fish else "sh"
    found = "checkout" if shell.knows_the_file else "path"
    assert result.stdout == f"{found}\nexport prod --shell {language}\n", result.stderr


@every_shell
def test_without_the_program_it_says_so_in_a_sentence(shell, world):
    lonely = shutil.copytree(shell_family.SHIMS, world.home / "lonely")
    story = fill(shell, f"{{dump}} before\n{{test}}; printf '%s\\n' {{status}}\n{{dump}} after\n{GONE}")
    result = shell.run(story, world.home, world.env | BEFORE | {"PATH": "/usr/bin:/bin"}, shim=lonely)
    assert result.stdout == "127\ngone\n", result.stderr
    assert shell_family.dumped(world.home / "after") == shell_family.dumped(world.home / "before")
    assert "mfa-session: the program mfa-session is not on PATH\n" in result.stderr
    assert people_only(result.stderr)


@every_shell
def test_executed_instead_of_sourced_it_says_so(shell, world):
    shim = str(world.bin / shell.shim)
    for argv in (shell.argv(shim), shell.argv(shim, "prod"), [shim], ["env", shell.shim, "prod"]):
        result = world.call(argv)
        assert (result.returncode, result.stdout) == (2, "")
        assert "must be sourced" in result.stderr
    assert world.op.calls == []


def test_a_universal_variable_of_fish_is_not_erased_for_good(world):
    fish = dataclasses.replace(FISH, options=())
    story = "set -Ux AWS_PROFILE test-bootstrap\n{test}\nmfa_session_deactivate\nset -qU AWS_PROFILE; and echo kept"
    result = fish.run(fill(fish, story), world.home, world.env, shim=world.bin)
    assert (result.returncode, result.stdout) == (0, "kept\n"), result.stderr
    assert "mfa-session: warning: AWS_PROFILE is universal" in result.stderr
