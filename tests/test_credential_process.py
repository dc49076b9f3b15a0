"""The contract of credential_process, towards the SDKs that run it: what is printed, what is read, and how long it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import onepassword_runs
import pytest
from conftest import ROOT, kernel_only
from programs import path_of

from mfa_session import identity
from mfa_session.adapters.kernel_keyring import KernelKeyring

STALE = {
    "AWS_ACCESS_KEY_ID": "AKIASTALE00000000000",
    "AWS_SECRET_ACCESS_KEY": "stale",
    "AWS_SESSION_TOKEN": "stale",
    "AWS_SECURITY_TOKEN": "stale",
    "AWS_PROFILE": "prod",
    "AWS_DEFAULT_PROFILE": "prod",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent",
    "MFA_SESSION_PROFILE": "prod",
}
READY = [sys.executable, "-I", "-S", str(ROOT / "mfa_session/ready.py")]


def test_one_object_and_nothing_else(shared):
    result = shared.run("credential-process", "test")
    assert result.stdout.count("\n") == 1
    answer = json.loads(result.stdout)
    assert set(answer) == {
        "Version",
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
        "AccountId",
    }
    assert answer["Version"] == 1
    assert answer["AccountId"] == "111122223333"
    left = datetime.strptime(answer["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert 0 < left.timestamp() - time.time() <= 12 * 3600
    for secret in shared.secrets:
        assert secret not in result.stderr


@pytest.mark.one_python
def test_what_is_inherited_names_nothing(shared):
    """The caller's profile is the one that runs this, and its keys are what it wants to replace."""
    shared.account(OP_ITEM="${AWS_PROFILE:-AWS test}")
    answer = shared.run("credential-process", "test", **STALE)
    assert json.loads(answer.stdout)["AccountId"] == "111122223333", answer.stderr
    without = shared.run("credential-process", **STALE)
    assert (without.returncode, without.stdout) == (1, "")
    assert "needs the name of an account" in without.stderr
    assert "type: mfa-session list" in without.stderr


def test_stdin_is_not_read(shared):
    """Node keeps it open for ever: here, with something to read in it."""
    reading, writing = os.pipe()
    os.write(writing, b"nonsense\n")
    argv = [shared.bin / "mfa-session", "credential-process", "test"]
    result = subprocess.run(
        argv, cwd=shared.home, env=shared.env, stdin=reading, capture_output=True, timeout=30
    )
    assert json.loads(result.stdout)["Version"] == 1
    assert os.read(reading, 100) == b"nonsense\n"


@pytest.mark.one_python
def test_a_circle_is_seen(shared):
    """`op` may be a wrapper which itself needs AWS, by the profile that has just asked."""
    path = shared.home / "envs/.env.test"
    itself = shared.op.program.rename(f"{shared.op.program}-itself")
    shared.op.program.write_text(
        f'#!/bin/sh\nmfa-session credential-process --env-file "{path}" >&2 || exit 9\nexec {itself} "$@"\n'
    )
    shared.op.program.chmod(0o755)
    began = time.monotonic()
    result = shared.run("credential-process", "test")
    assert (result.returncode, result.stdout) == (1, "")
    assert time.monotonic() - began < 10
    assert onepassword_runs.asked(shared) == []


def test_a_failure_is_explained_in_a_line_that_says_what_to_type(shared):
    shared.op.update(auth={"mode": "not_signed_in", "password": "open sesame"})
    result = shared.run("credential-process", "test")
    assert (result.returncode, result.stdout) == (4, "")
    assert "mfa-session: " in result.stderr.splitlines()[0]
    assert "hint: type: " in result.stderr


# On each Python, for all that are of the kernel only.
@pytest.mark.parametrize("shared", ["kernel"], indirect=True)
def test_the_script_takes_it_out_of_the_kernel_without_python(shared):
    path_of("keyctl", "keyutils")
    script = str(shared.bin / "mfa-session-credentials")
    cold = shared.call([script, str(shared.home / "envs/.env.test")])
    (shared.bin / "mfa-session").unlink()  # from here on, there is nothing else to run
    warm = shared.call([script, str(shared.home / "envs/.env.test")])
    assert (warm.returncode, warm.stderr) == (0, "")
    assert warm.stdout == cold.stdout
    assert json.loads(warm.stdout)["AccessKeyId"].startswith("ASIA")


def test_the_small_file_takes_it_without_the_rest(shared):
    path = str(shared.home / "envs/.env.test")
    cold = shared.call([*READY, path])
    assert cold.returncode == 0, cold.stderr
    trace = shared.call([*READY[:1], "-X", "importtime", *READY[1:], path])
    assert trace.stdout == cold.stdout
    imported = {line.split("|")[-1].strip() for line in trace.stderr.splitlines()}
    assert "mfa_session.identity" in imported
    assert not imported & {
        "click",
        "json",
        "re",
        "typing",
        "dataclasses",
        "mfa_session.broker",
        "mfa_session.envfile",
    }


HOSTILE = [
    "a b",
    "it's",
    'say "hi"',
    "$HOME",
    "`id`",
    "back\\slash",
    "%s%n",
    "-n",
    "tab\there",
    "ünï",
    "a;b",
    "*",
]


@kernel_only
@pytest.mark.parametrize("name", HOSTILE)
def test_script_and_program_agree_on_the_name_of_any_file(shared, name):
    """What one has put there, the other finds: so there is no second mint, and no Python."""
    folder = shared.home / name
    folder.mkdir()
    shared.account(AWS_PROFILE="test-bootstrap")
    path = (shared.home / "envs/.env.test").rename(folder / f".env.{name if name.isprintable() else 'x'}")
    script = str(shared.bin / "mfa-session-credentials")
    cold = shared.call([script, str(path)])
    assert cold.returncode == 0, cold.stderr
    (shared.bin / "mfa-session").unlink()
    warm = shared.call([script, str(path)], LC_ALL="de_DE.UTF-8", LC_NUMERIC="de_DE.UTF-8", TZ="Asia/Kolkata")
    if name.isprintable():
        assert warm.stdout == cold.stdout, warm.stderr
    else:
        assert warm.returncode != 0, "such a name is read each time"


@kernel_only
@pytest.mark.parametrize("where", ["config", "credentials", "endpoint", "file"])
def test_the_script_misses_after_any_change(shared, where):
    path = shared.home / "envs/.env.test"
    script = str(shared.bin / "mfa-session-credentials")
    first = shared.call([script, str(path)])
    (shared.bin / "mfa-session").unlink()
    assert shared.call([script, str(path)]).stdout == first.stdout
    environ = {}
    if where == "endpoint":
        environ = {"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}
    else:
        changed = path if where == "file" else shared.home / ".aws" / where
        changed.write_text(changed.read_text())
    result = shared.call([script, str(path)], **environ)
    assert result.returncode in (126, 127)
    assert result.stdout == ""


@kernel_only
def test_a_link_to_the_file_is_followed(shared):
    shared.account(AWS_PROFILE="test-bootstrap")
    link = shared.home / "link.env"
    link.symlink_to(shared.home / "envs/.env.test")
    script = str(shared.bin / "mfa-session-credentials")
    first = json.loads(shared.call([script, str(link)]).stdout)
    shared.forget_codes()
    time.sleep(0.06)
    with (shared.home / "envs/.env.test").open("a") as file:
        file.write("# changed\n")
    assert json.loads(shared.call([script, str(link)]).stdout) != first


@kernel_only
def test_the_script_finds_it_from_any_session(shared):
    """One of systemd, say, does not link the user keyring."""
    keyctl, script = path_of("keyctl", "keyutils"), str(shared.bin / "mfa-session-credentials")
    path = str(shared.home / "envs/.env.test")
    cold = shared.call([script, path])
    (shared.bin / "mfa-session").unlink()
    assert shared.call([keyctl, "session", "-", script, path]).stdout == cold.stdout
    elsewhere = shared.call([script, path], MFA_SESSION_STORE="none")
    assert (elsewhere.returncode, elsewhere.stdout) == (127, ""), "it was to look nowhere"


@kernel_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user: run this test as root")
def test_the_script_takes_no_key_of_another_user(shared):
    """Who sees a keyctl run knows the name that it looks for."""
    keyctl, script = path_of("keyctl", "keyutils"), str(shared.bin / "mfa-session-credentials")
    path = str(shared.home / "envs/.env.test")
    shared.call([script, path])
    (name,) = [name for name in KernelKeyring().names() if name.startswith(identity.READY) and path in name]
    KernelKeyring().drop(name)
    (shared.bin / "mfa-session").unlink()
    theirs = 'id=$("$0" add user "$1" EVIL @u) && "$0" setperm $id 0x3f3f3f3f && exec sleep 60'
    bob = {"user": 61_003, "group": 61_003, "extra_groups": []}
    other = subprocess.Popen(["sh", "-c", theirs, keyctl, name], **bob)
    try:
        end = time.monotonic() + 10
        while name not in Path("/proc/keys").read_text():
            assert time.monotonic() < end
            time.sleep(0.05)
        result = shared.call([script, path])
    finally:
        other.kill()
        other.wait()
        subprocess.run([keyctl, "clear", "@u"], check=True, **bob)  # else each run takes some of bob's quota
    assert (result.returncode, result.stdout) == (127, "")
