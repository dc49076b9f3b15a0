"""What a hint says to type is what works in the shell that it is read in."""

from __future__ import annotations

import pytest
from conftest import shell

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize("name", ["bash", "zsh", "fish", "ksh", "mksh", "dash"])
@pytest.mark.parametrize("login", ["/bin/bash", "/usr/bin/fish"])
def test_a_hint_can_be_typed(world, name, login):
    """Whatever the login shell is. What follows keeps the shell from becoming the program itself."""
    result = world.call([shell(name), "-c", "mfa-session status; true"], SHELL=login)
    (hint,) = [line for line in result.stderr.splitlines() if "hint: type: " in line]
    typed = hint.partition("hint: type: ")[2]
    assert typed == (
        "source (command -s get_mfa_session.fish)" if name == "fish" else "source get_mfa_session.sh"
    )
    if name in ("bash", "zsh", "fish"):
        run = world.call([shell(name), "-c", f"{typed} test\nmfa-session status"], SHELL=login)
        assert run.returncode == 0, run.stderr
        assert "account  test (111122223333)" in run.stdout


def test_elsewhere_the_login_shell_says_it(world):
    assert (
        "hint: type: source (command -s get_mfa_session.fish)"
        in world.run("status", SHELL="/usr/bin/fish").stderr
    )
    assert "hint: type: source get_mfa_session.sh" in world.run("status").stderr
