"""A shell that asks a server: `source get_mfa_session.sh --server`, in each kind of shell, and the way back."""

from __future__ import annotations

import json

import pytest
import shell_family
from crowds import prompt
from serve_runs import serve

pytestmark = pytest.mark.one_python

STORY = """\
{dump} before
{server}
{dump} inside
{keys}
{dump} keys
{server}
{refreshing}
{dump} refreshing
{server}
mfa_session_deactivate
{dump} after
"""
TOLD = [shell for shell in shell_family.FAMILY if shell.name in ("bash", "zsh", "ksh", "dash", "fish")]
RIVAL = "[default]\naws_access_key_id = AKIAEXAMPLERIVAL0000\naws_secret_access_key = of/nobody\n"
FILES = ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")


def tell(world, shell, **environ: str) -> dict[str, dict[str, str]]:
    """The environments that the story has saved."""
    shell_family.link_shims(world.bin)
    ways = {"server": ["--server", "test"], "refreshing": ["--refreshing", "test"], "keys": ["test"]}
    words = {name: shell.source('"$SHIM"', *way) for name, way in ways.items()}
    story = STORY.format(dump=shell_family.DUMP, **words)
    told = shell.run(story, world.home, world.env | environ, shim=world.bin)
    assert told.returncode == 0, told.stderr
    saved = ("before", "inside", "keys", "refreshing", "after")
    return {file: shell_family.dumped(world.home / file) for file in saved}


@pytest.mark.parametrize("shell", TOLD, ids=lambda shell: shell.name)
def test_no_keys_and_back(runtime, shell):
    """Whether AWS's files are named or not, and whether their [default] would get in the way or not."""
    own = {
        "AWS_SHARED_CREDENTIALS_FILE": str(runtime.home / ".aws/credentials"),
        "AWS_CONFIG_FILE": str(
            runtime.write("elsewhere/config", "[profile test-bootstrap]\nregion = eu-west-1\n")
        ),
        "AWS_PROFILE": "test-bootstrap",
    }
    config = runtime.home / ".aws/config"
    with serve(runtime) as server:
        for environ, hidden in ((own, FILES[:1]), ({}, FILES)):
            if not environ:
                config.write_text(config.read_text() + RIVAL)
            saved = tell(runtime, shell, **environ)
            assert saved["after"] == saved["before"]
            inside = saved["inside"]
            assert [name for name in FILES if inside.get(name) == "/dev/null"] == [*hidden]
            assert inside["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == f"http://127.0.0.1:{server.port}/test"
            assert inside["AWS_REGION"] == inside["AWS_DEFAULT_REGION"] == "eu-west-1"
            assert not {"AWS_PROFILE", "AWS_ACCESS_KEY_ID"} & inside.keys()
            assert [secret for secret in runtime.secrets if secret in "".join(inside.values())] == []
            assert {name: saved["keys"].get(name) for name in FILES} == {
                name: saved["before"].get(name) for name in FILES
            }
            assert saved["keys"]["AWS_ACCESS_KEY_ID"].startswith("ASIA")
            assert saved["refreshing"]["AWS_PROFILE"] == "test"
            assert saved["refreshing"].get(FILES[0]) == saved["before"].get(FILES[0])
            for name in ("keys", "refreshing"):
                assert not [
                    name for name in saved[name] if "CONTAINER" in name or name == "MFA_SESSION_SERVER"
                ]


def test_what_can_not_be(runtime):
    result = runtime.run("export", "--server", "test")
    assert (result.returncode, result.stdout) == (1, "")
    assert "mfa-session: no server has test of ~/envs/.env.test\n" in result.stderr
    assert "mfa-session: hint: type: mfa-session serve test --detach\n" in result.stderr
    unknown = runtime.run("export", "--server", "tset")
    assert "hint: is test meant?\n" in unknown.stderr
    with serve(runtime):
        result = runtime.run("export", "--server", "test", "--shell", "json")
        assert (result.returncode, result.stdout) == (1, "")
        for option in ("--refresh", "--read-only", "--refreshing", "--duration=1h"):
            result = runtime.run("export", "--server", "test", option)
            assert (result.returncode, result.stdout) == (2, ""), option
    # That of one command is not for others.
    inside = runtime.run("exec", "test", "--server", "--", "mfa-session", "export", "--server", "test")
    assert (inside.returncode, inside.stdout) == (1, "")


def test_what_is_said_in_such_a_shell(runtime):
    """That all is well, or what to type; whether it is in a script, or asked for."""
    prompt(runtime, "dismiss", 0.1)
    script = """\
. get_mfa_session.sh --server test
mfa-session status
mfa-session doctor test --json >empty
mfa-session serve --stop >&2
mfa-session status
mfa-session doctor test --json >over
"""
    with serve(runtime) as server:
        shell_family.link_shims(runtime.bin)
        said = runtime.call(["/bin/bash", "-c", script])
    port = server.port
    assert said.stdout == ""
    assert f"the server of this shell, on port {port}, has no session of test just now" in said.stderr
    assert "&& mfa-session warm test\n" in said.stderr
    assert f"the server of this shell, on port {port}, has ended" in said.stderr
    again = f"type: mfa-session serve test --port {port} --detach"
    assert f"hint: to start it again, {again}\n" in said.stderr
    findings = [of_shell(runtime.home / name) for name in ("empty", "over")]
    assert "ended" not in findings[0]
    assert "the server of this shell has ended" in findings[1]
    assert again in findings[1]
    for text in findings:
        assert "AWS_CONTAINER" not in text


def of_shell(path) -> str:
    """What doctor has found in the variables of a shell."""
    return json.dumps([one for one in json.loads(path.read_text()) if one["subject"] == "shell"])
