"""A session that is kept: who gets it, when it is renewed, what never brings it back, and how it is forgotten."""

from __future__ import annotations

import json
import os
import re
import sys
import time

import onepassword_runs
import pexpect
import pytest
from conftest import ROOT, kernel_only

from mfa_session import accounts, envfile, request, sessions
from mfa_session.adapters.runtime_file import RuntimeFile
from mfa_session.errors import ConfigError


def minted(world) -> int:
    return world.aws.count("GetSessionToken")


def answered(world, *words: str, **environ: str) -> str:
    """The key id in what credential-process answers."""
    result = world.run("credential-process", *words, **environ)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["AccessKeyId"]


def ready_made(world) -> str:
    """The key id that a configured profile gets."""
    small = [sys.executable, "-I", "-S", str(ROOT / "mfa_session/ready.py")]
    result = world.call([*small, str(world.home / "envs/.env.test")])
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["AccessKeyId"]


def key_id(world, *words: str, **environ: str) -> str:
    return world.export(*words, **environ)["AccessKeyId"]


def test_one_touch_serves_every_command(shared):
    first = shared.export("test")
    assert shared.export("test") == first
    assert answered(shared, "test") == first["AccessKeyId"]
    assert answered(shared, "--env-file", "envs/.env.test") == first["AccessKeyId"]
    inside = shared.run("exec", "test", "--", "/usr/bin/env").stdout
    assert f"AWS_ACCESS_KEY_ID={first['AccessKeyId']}\n" in inside
    assert "AWS_REGION=eu-west-1\n" in inside
    assert shared.run("warm", "test").returncode == 0
    assert minted(shared) == 1
    assert len(onepassword_runs.asked(shared)) == 1


@pytest.mark.one_python
def test_each_account_has_its_own(shared):
    assert key_id(shared, "test") != key_id(shared, "prod")
    assert minted(shared) == 2
    assert "AWS_REGION=us-east-1\n" in shared.run("exec", "prod", "--", "/usr/bin/env").stdout


def test_refresh_mints_and_all_get_the_new_one(shared):
    old = key_id(shared, "test")
    assert ready_made(shared) == old
    shared.forget_codes()
    new = key_id(shared, "test", "--refresh")
    assert new != old
    for words in (["test"], ["--env-file", str(shared.home / "envs/.env.test")]):
        assert answered(shared, *words) == new
    assert ready_made(shared) == new
    assert minted(shared) == 2


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("words", "mints"),
    [
        ((), False),
        (("--min-ttl", "50m"), False),
        (("--min-ttl", "2h", "--duration", "3h"), True),
        (("--duration", "30m"), False),
        (("--duration", "1h"), False),
        (("--duration", "2h"), True),
    ],
)
def test_what_is_good_enough(shared, words, mints):
    shared.account(SESSION_DURATION="1h")
    shared.export("test")
    shared.forget_codes()
    shared.export("test", *words)
    assert minted(shared) == 1 + mints
    shared.export("test")
    assert minted(shared) == 1 + mints, "what was asked for once serves those who ask for less"


def test_more_left_than_there_will_be_is_refused(shared):
    result = shared.run("export", "test", "--min-ttl", "13h")
    assert (result.returncode, result.stdout) == (1, "")
    assert "a session of 12h can't have 13h left" in result.stderr
    assert "--duration 13h" in result.stderr
    assert minted(shared) == 0


CHANGES = {
    "a comment": lambda path: path.write_text(path.read_text() + "# \n"),
    "the item": lambda path: path.write_text(path.read_text().replace("AWS test", "aws TEST")),
    "the duration": lambda path: path.write_text(path.read_text() + "SESSION_DURATION=11h\n"),
    "a region": lambda path: path.write_text(path.read_text() + "AWS_REGION=eu-west-2\n"),
    "in place, of the same size": lambda path: in_place(path),
}


def in_place(path) -> None:
    """A change that only the time of change betrays."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(b"AWS test", b"AWS TEST"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_ino) == (before.st_size, before.st_ino)


@pytest.mark.one_python
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_accounts_file_never_brings_the_old_session_back(shared, change):
    path = shared.home / "envs/.env.test"
    old = key_id(shared, "test")
    configured = ["credential-process", "--env-file", str(path)]
    assert json.loads(shared.run(*configured).stdout)["AccessKeyId"] == old
    time.sleep(0.06)
    shared.forget_codes()
    CHANGES[change](path)
    for words in (configured, ["export", "test", "--shell", "json"]):
        assert json.loads(shared.run(*words).stdout)["AccessKeyId"] != old
    assert minted(shared) == 2


def test_a_file_is_read_when_a_later_change_of_it_would_show(tmp_path, monkeypatch):
    """Within one tick of the clock it can be written twice; a session of the first text must not serve the second."""
    path = tmp_path / ".env.test"
    path.write_text("")

    def load(*_):
        raise ConfigError(f"{time.time() - path.stat().st_ctime > 0.04}")

    monkeypatch.setattr(envfile, "load", load)
    environ = {"HOME": str(tmp_path), "MFA_SESSION_STORE": "none"}
    with pytest.raises(ConfigError, match="True"):
        sessions.get(accounts.Found("test", str(path)), request.Wanted(), "export test", environ)


@pytest.mark.one_python
def test_a_file_that_was_only_touched_costs_no_touch(shared):
    old = key_id(shared, "test")
    (shared.home / "envs/.env.test").touch()
    assert key_id(shared, "test") == old


@pytest.mark.one_python
@pytest.mark.parametrize(
    "environ", [{"AWS_ENDPOINT_URL_STS": "{url}"}, {"AWS_ENDPOINT_URL": "{url}/"}], ids=["of sts", "of all"]
)
def test_another_endpoint_is_another_session(shared, environ):
    old = key_id(shared, "test")
    shared.forget_codes()
    assert key_id(shared, "test", **{k: v.format(url=shared.aws.url) for k, v in environ.items()}) != old


@pytest.mark.one_python
def test_another_base_key_is_another_session(shared):
    old = key_id(shared, "test")
    shared.forget_codes()
    credentials = shared.home / ".aws/credentials"
    shared.user.access_key_id = "AKIAEXAMPLETEST00009"
    credentials.write_text(credentials.read_text().replace("AKIAEXAMPLETEST00000", "AKIAEXAMPLETEST00009"))
    assert key_id(shared, "test") != old


@pytest.mark.one_python
@pytest.mark.parametrize("path", ["~/.aws/credentials", "$HOME/.aws/credentials", "${HOME}/.aws/credentials"])
def test_another_base_key_is_seen_wherever_botocore_looks_for_it(shared, path):
    shared.env["AWS_SHARED_CREDENTIALS_FILE"] = path
    test_another_base_key_is_another_session(shared)


def test_a_path_that_is_not_utf_8_costs_no_more_touches(shared):
    folder = shared.home / os.fsdecode(b"\xff")
    folder.mkdir()
    file = str((shared.home / "envs/.env.test").rename(folder / ".env.test"))
    assert key_id(shared, "--env-file", file) == key_id(shared, "--env-file", file)
    assert minted(shared) == 1
    for encoding in ("utf-8:strict", "ascii:strict"):
        listed = shared.call(
            [str(shared.bin / "mfa-session"), "list"], cwd=folder, PYTHONIOENCODING=encoding, PYTHONUTF8="1"
        )
        assert listed.returncode == 0, listed.stderr
        assert "12h left" in listed.stdout


@pytest.mark.one_python
def test_what_the_file_takes_from_the_environment_counts(shared):
    shared.account(OP_ITEM="${ITEM:-AWS test}")
    old = key_id(shared, "test")
    assert key_id(shared, "test") == old
    shared.forget_codes()
    assert key_id(shared, "test", ITEM="aws test") != old
    assert key_id(shared, "test") == old


@kernel_only
@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{}",
        "mfa-session session 1\n",
        "mfa-session session 1\nexpires=4000000000\nduration=43200\n",
        "of another time\n{old}",
        "{old}expires=soon\n",
    ],
)
def test_a_damaged_entry_is_a_miss(shared, damage):
    from mfa_session.adapters.kernel_keyring import KernelKeyring

    keyring = KernelKeyring()
    shared.export("test")
    ours = [name for name in keyring.names() if str(shared.home) in name + (keyring.get(name) or "")]
    assert len(ours) == 2
    for name in ours:
        keyring.put(name, damage.replace("{old}", keyring.get(name) or "") or "\0", 60)
    shared.forget_codes()
    shared.export("test")
    assert minted(shared) == 2
    shared.export("test")
    assert minted(shared) == 2


@pytest.mark.one_python
def test_a_session_that_is_short_is_renewed_and_serves_where_nobody_is_there(shared):
    shared.aws.fault("GetSessionToken", "short_session", 1)
    old = key_id(shared, "test")
    shared.forget_codes()
    assert answered(shared, "test", "--no-prompt") == old
    shared.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})
    refused = shared.run("credential-process", "test")
    assert json.loads(refused.stdout)["AccessKeyId"] == old, refused.stderr
    assert "not renewed: the session of test has" in refused.stderr
    asked = len(onepassword_runs.asked(shared))
    assert answered(shared, "test") == old
    assert len(onepassword_runs.asked(shared)) == asked, "who has just said no is not asked by each request"
    assert shared.run("export", "test", "--refresh").returncode == 1
    shared.op.update(auth={"mode": "ok"})
    assert key_id(shared, "test") != old


@pytest.mark.one_python
def test_a_wish_that_nobody_can_grant_is_not_a_no(shared):
    """Neither to those who wait, nor to who asks next."""
    shared.aws.fault("GetSessionToken", "short_session", 1)
    old = key_id(shared, "test")
    shared.forget_codes()
    assert shared.run("export", "test", "--min-ttl", "13h").returncode == 1
    assert answered(shared, "test") != old


def test_no_prompt_without_a_session_says_what_to_type(shared):
    for result in (
        shared.run("credential-process", "test", "--no-prompt"),
        shared.run("credential-process", "test", MFA_SESSION_PROMPT="never"),
    ):
        assert (result.returncode, result.stdout) == (4, "")
        assert "hint: type: source get_mfa_session.sh test" in result.stderr
    assert onepassword_runs.asked(shared) == []


def test_list_status_and_clear(shared):
    old = shared.export("test")["AccessKeyId"]
    assert ready_made(shared) == old
    shared.account("broken", OP_ITEM=None)
    listed = shared.run("list")
    assert listed.returncode == 0
    lines = {line.split()[0]: line for line in listed.stdout.splitlines()}
    assert "12h left" in lines["test"]
    assert lines["test"].endswith("~/envs/.env.test")
    assert "no session" in lines["prod"]
    assert "can't be used" in lines["broken"]
    assert "OP_ITEM is missing" in listed.stderr
    status = shared.run("status", "--all")
    assert status.returncode == 0
    assert re.search(r"^  test +111122223333  \*{4}", status.stdout, re.MULTILINE)
    document = json.loads(shared.run("status", "--all", "--json").stdout)
    ours = [one for one in document["stored"] if one["access_key_id"] in shared.aws._world.sessions]
    assert [one["account"] for one in ours] == ["test"]
    assert document["shell"]["live"] is False
    assert shared.run("clear", "prod").stdout == "0 sessions forgotten\n"
    assert shared.run("clear", "test").stdout == "1 session forgotten\n"
    assert "no session" in {line.split()[0]: line for line in shared.run("list").stdout.splitlines()}["test"]
    shared.forget_codes()
    assert ready_made(shared) != old
    assert minted(shared) == 2
    assert len(onepassword_runs.asked(shared)) == 2


@pytest.mark.parametrize("shared", ["runtime"], indirect=True)
def test_clear_all(shared):
    """Not in the kernel's, where a developer's own may lie."""
    shared.run("warm", "test", "prod")
    result = shared.run("clear", "--all", MFA_SESSION_PROFILE="test")
    assert result.stdout == "2 sessions forgotten\n"
    assert "still in this shell" in result.stderr
    assert "mfa_session_deactivate" in result.stderr
    shared.forget_codes()
    old = ready_made(shared)
    place = RuntimeFile(f"{shared.env['XDG_RUNTIME_DIR']}/mfa-session")
    assert [place.drop(name) for name in place.names() if ":session:" in name] == [True]
    assert ready_made(shared) == old, "what is ready-made does not need the session itself"
    assert shared.run("clear", "--all").stdout == "0 sessions forgotten\n"
    assert place.names() == []
    assert shared.run("status", "--all").returncode == 1


@pytest.mark.one_python
@pytest.mark.parametrize("shared", ["runtime"], indirect=True)
def test_clear_forgets_what_has_no_file_any_more(shared):
    shared.export("test")
    (shared.home / "envs/.env.test").unlink()
    assert shared.run("clear", "test").stdout == "1 session forgotten\n"
    assert RuntimeFile(f"{shared.env['XDG_RUNTIME_DIR']}/mfa-session").names() == []
    again = shared.run("clear", "test")
    assert (again.returncode, again.stdout) == (1, ""), "which may as well be a slip of the finger"
    assert "mfa-session clear --all" in again.stderr


def test_warm_asks_once_for_several(shared):
    shared.op.update(auth={"mode": "prompt", "delay": 0.2, "outcome": "approve"})
    seen, status = pexpect.run(  # 1Password authorizes a terminal
        "mfa-session warm test prod", cwd=shared.home, env=shared.env, encoding="utf-8", withexitstatus=True
    )
    assert status == 0, seen
    assert [line.split()[0] for line in seen.splitlines() if "live until" in line] == ["test", "prod"]
    assert len(shared.op.prompts) == 1
    assert minted(shared) == 2


@pytest.mark.one_python
def test_warm_goes_on_after_a_failure(shared):
    result = shared.run("warm", "nosuch", "prod")
    assert result.returncode == 1
    assert "no file .env.nosuch" in result.stderr
    assert result.stdout.startswith("prod is live until")


@pytest.mark.one_python
@pytest.mark.parametrize("chosen", ["floppy", "keychain"])
def test_a_store_that_is_not_there(world, chosen):
    world.env["MFA_SESSION_STORE"] = chosen
    result = world.run("export", "test", "--shell", "json", DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
    if chosen == "floppy":
        assert (result.returncode, result.stdout) == (1, "")
        assert "it can be kernel, keychain, runtime or none" in result.stderr
        return
    assert json.loads(result.stdout)["Version"] == 1, result.stderr
    assert "note: this session is not shared" in result.stderr
