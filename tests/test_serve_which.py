"""Which account a server has, where names are alike; which part of it; and what to type where there is no session of it."""

from __future__ import annotations

import re
import shutil

import pytest
from crowds import prompt
from role_runs import DEPLOY, role
from serve_runs import serve

pytestmark = pytest.mark.one_python


def exported(world, *words: str, **environ: str):
    return world.run("export", "--server", *words, **environ)


def test_another_account_of_the_same_name_is_another(runtime):
    """What a server has is of the file that it was started with; a folder that is entered later may have its own."""
    other = runtime.home / "other"
    other.mkdir()
    shutil.copy(runtime.account(), other / ".env.test")
    there = [str(runtime.bin / "mfa-session")]
    with serve(runtime) as server:
        here = exported(runtime, "test")
        assert f"127.0.0.1:{server.port}/test" in here.stdout
        refused = runtime.call([*there, "export", "--server", "test"], cwd=other)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert (
            f"no server has test of ~/other/.env.test; that on port {server.port} is of ~/envs/.env.test\n"
            in refused.stderr
        )
        with serve(runtime, before=["env", "-C", str(other)]) as second:
            assert "served on port" not in second.stop()[1]
        with serve(runtime) as third:
            assert f"note: test is served on port {server.port} already" in third.stop()[1]
        forgotten = runtime.call([*there, "clear", "test"], cwd=other)
        assert "memory of the server" not in forgotten.stderr
        assert "memory of the server" in runtime.run("clear", "test").stderr


def test_a_narrowed_shell_is_not_widened_by_a_server(runtime):
    role(runtime)
    narrow = {"MFA_SESSION_PROFILE": "test", "MFA_SESSION_SCOPE": f"--role-arn={DEPLOY}\t--read-only"}
    with serve(runtime) as whole:
        refused = exported(runtime, **narrow)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "what is served of test is not as narrow as the session of this shell" in refused.stderr
        assert "name the account: source get_mfa_session.sh --server test\n" in refused.stderr
        with serve(runtime, "--port", "0", **narrow) as part:
            for words, environ, server in (
                ([], narrow, part),
                (["test"], narrow, whole),
                (["test"], {}, whole),
            ):
                given = exported(runtime, *words, **environ)
                assert f"127.0.0.1:{server.port}/test'" in given.stdout, given.stderr
                assert ("MFA_SESSION_SCOPE='--role" in given.stdout) == (server is part)


def test_an_address_with_another_account_behind_it_leads_nowhere(runtime):
    """A shell, or a program, has it from before; what answers there now is not what its MFA_SESSION_ACCOUNT_ID says."""
    other = runtime.home / "other"
    other.mkdir()
    shutil.copy(runtime.account(), other / ".env.test")
    with serve(runtime) as server:
        port, file = server.port, server.token_file()
        server.stop()
    role(runtime)
    narrow = {"MFA_SESSION_PROFILE": "test", "MFA_SESSION_SCOPE": f"--role-arn={DEPLOY}"}
    elsewhere = {"before": ["env", "-C", str(other)]}
    for how in (elsewhere, narrow, {}):
        with serve(runtime, *([] if how is narrow else ["test"]), "--port", str(port), **how) as server:
            assert file.exists() == (not how)
            assert server.get()[0] == 200


def test_a_file_that_means_another_role_by_now(runtime):
    role(runtime)
    file = runtime.account()
    with serve(runtime) as server:
        assert exported(runtime, "test").returncode == 0
        file.write_text(file.read_text() + "# no change\n")
        assert exported(runtime, "test").returncode == 0
        file.write_text(file.read_text() + f"ROLE_ARN={DEPLOY}\n")
        refused = exported(runtime, "test")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert f"~/envs/.env.test has changed since test is served on port {server.port}\n" in refused.stderr
        again = f"mfa-session serve test --port {server.port} --detach"
        typed = f"mfa-session serve --stop --port {server.port} && {again}"
        assert f"to have it served as it is now, type: {typed}\n" in refused.stderr


def test_a_code_for_what_asks_nobody(runtime):
    with serve(runtime):
        for words in (["--otp", "123456"], ["--otp-source", "prompt"]):
            refused = exported(runtime, "test", *words)
            assert (refused.returncode, refused.stdout) == (2, "")
            assert "leave the other options out" in refused.stderr


@pytest.mark.parametrize("store", ["runtime", "none"])
def test_what_to_type_brings_a_session(runtime, store):
    """With no store, what `warm` gets would be nowhere; so the server is started again."""
    prompt(runtime, "dismiss", 0.1)
    with serve(runtime, MFA_SESSION_STORE=store) as server:
        _, _, body = server.get()
        way = re.search("type: ([^(]*[a-z])", body["message"])[1]
        expected = (
            "mfa-session serve --stop && mfa-session serve test"
            if store == "none"
            else "mfa-session warm test"
        )
        assert way.endswith(expected)
        _, said = server.stop()
        assert f"type: {way}\n" in said


def test_a_role_of_an_account_that_is_found_from_its_folder_alone(runtime):
    """Who reads what to type may be anywhere."""
    role(runtime)
    prompt(runtime, "dismiss", 0.1)
    project = runtime.home / "project"
    project.mkdir()
    shutil.move(runtime.account(), project / ".env.test")
    narrow = {"MFA_SESSION_PROFILE": "test", "MFA_SESSION_SCOPE": f"--role-arn={DEPLOY}"}
    with serve(runtime, "--port", "0", before=["env", "-C", str(project)], **narrow) as server:
        message = server.get()[2]["message"]
        asks = runtime.call([str(runtime.bin / "mfa-session"), "export", "--server"], cwd=project, **narrow)
        way = f"type: cd {project} && mfa-session warm test --role-arn={DEPLOY}"
        assert f"which has no session of test just now\nmfa-session: hint: {way}\n" in asks.stderr
        assert "AWS_DEFAULT_REGION='eu-west-1'" in asks.stdout
        assert way in runtime.run("serve", "--status").stdout
    assert way in message
