"""A shell that asks a server: `source get_mfa_session.sh --server`, in each kind of shell, and the way back."""

from __future__ import annotations

import pytest
import shell_family
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
    assert "mfa-session: no server has test (~/envs/.env.test)\n" in result.stderr
    assert "mfa-session: hint: type: mfa-session serve test --detach\n" in result.stderr
    with serve(runtime):
        result = runtime.run("export", "--server", "test", "--shell", "json")
        assert (result.returncode, result.stdout) == (1, "")
        for option in ("--refresh", "--read-only", "--refreshing", "--duration=1h"):
            result = runtime.run("export", "--server", "test", option)
            assert (result.returncode, result.stdout) == (2, ""), option
    # That of one command is not for others.
    inside = runtime.run("exec", "test", "--server", "--", "mfa-session", "export", "--server", "test")
    assert (inside.returncode, inside.stdout) == (1, "")
