"""A secret is in the product on stdout, and nowhere else: no message, log, argv, traceback, repr or file."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import conftest
import pytest
from role_runs import ADMIN, DEPLOY, role

from mfa_session import importing, model, session, users
from mfa_session.serving import answers, plan
from mfa_session.serving import order as orders

LITERAL = "literal/+secret/of/nobody/at/all/00000000"


def literal(world):
    world.user.secret_access_key = LITERAL
    world.account(AWS_ACCESS_KEY_ID=world.user.access_key_id, AWS_SECRET_ACCESS_KEY=LITERAL)


def nothing(world):
    pass


def fault(action, kind):
    return lambda world: world.aws.fault(action, kind, 9)


def op(**state):
    return lambda world: world.op.update(**state)


def wrong_secret(world):
    world.aws.users[0].secret_access_key = "something/else/entirely"


def in_role(world):
    role(world)
    world.account(ROLE_ARN=DEPLOY)


def in_role_with(kind):
    def prepare(world):
        in_role(world)
        world.aws.fault("AssumeRole", kind, 9)

    return prepare


# What goes well and what goes wrong, each in its own way through the program.
STORIES = {
    "works": ("test", nothing),
    "works with a literal key": ("test", literal),
    "works with references": ("prod", nothing),
    "works in a role": ("test", in_role),
    "a role with garbage": ("test", in_role_with("garbage")),
    "a role without credentials": ("test", in_role_with("no_credentials")),
    "a role that hangs up": ("test", in_role_with("drop_after")),
    "wrong secret": ("test", wrong_secret),
    "refused": ("test", fault("GetSessionToken", "500")),
    "garbage": ("test", fault("GetSessionToken", "garbage")),
    "a proxy's page": ("test", fault("GetCallerIdentity", "html")),
    "hung up": ("test", fault("GetSessionToken", "drop_after")),
    "no credentials": ("test", fault("GetSessionToken", "no_credentials")),
    "dismissed": ("test", op(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})),
    "the seed in place of a code": ("test", op(quirks=["otp_letters"])),
    "debug lines": ("prod", op(quirks=["debug_lines"])),
    "another account": ("test", fault("GetCallerIdentity", "wrong_account")),
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("debug", [pytest.param((), marks=pytest.mark.one_python), ("--debug",)])
def test_nothing_said_holds_a_secret(world, story, debug):
    account, prepare = STORIES[story]
    prepare(world)
    result = world.run("export", account, *debug)
    assert (result.returncode == 0) == story.startswith(("works", "debug")), result.stderr
    secrets = [*world.secrets, LITERAL]
    for secret in secrets:
        assert secret not in result.stderr
        assert secret not in world.op.log_file.read_text()
    if result.returncode:
        assert result.stdout == ""
        assert "Traceback" not in result.stderr or debug


def test_no_code_is_said_either(world):
    """AWS repeats a code that it refuses: here, by a stand-in that takes none."""
    world.aws.fault("GetSessionToken", "500", 9)
    result = world.run("export", "--debug", "test")
    from standins import totp

    now = time.time()
    for offset in (-60, -30, 0, 30):
        assert totp.code(world.user.seed, now + offset) not in result.stderr


@pytest.mark.parametrize("account", ["test", "prod"])
def test_nothing_is_left_on_disk(world, account):
    before = {path: path.read_bytes() for path in world.home.rglob("*") if path.is_file()}
    world.export(account)
    after = {path: path.read_bytes() for path in world.home.rglob("*") if path.is_file()}
    (noted,) = after.keys() - before.keys()  # which step's code has been used, and nothing else
    assert set(json.loads(after.pop(noted))) == {"step"}
    assert after == before


@contextlib.contextmanager
def watched(world):
    """What another program of the machine sees of all that runs meanwhile: arguments and environments, as a set."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("needs /proc: run it on Linux")
    seen: set[bytes] = set()
    over = threading.Event()

    def watch():
        while not over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    environ, argv = ((process / name).read_bytes() for name in ("environ", "cmdline"))
                except OSError:
                    continue
                if str(world.home).encode() in environ + argv:
                    seen.update((environ, argv))
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def test_no_argv_and_no_environment_of_a_child_holds_a_secret(world):
    world.op.update(auth={"mode": "prompt", "delay": 0.7, "outcome": "approve"})
    with watched(world) as seen:
        world.export("test")
        world.export("prod")
    everything = b"\n".join(seen)
    assert b"item\0get\0AWS test\0--otp" in everything, "the watcher saw op"
    assert b"inject" in everything
    for secret in world.secrets:
        assert secret.encode() not in everything


@pytest.mark.one_python
@conftest.kernel_only
def test_nor_does_what_passes_a_kept_session_on(shared):
    script = [str(shared.bin / "mfa-session-credentials"), str(shared.home / "envs/.env.test")]
    with watched(shared) as seen:
        for _ in range(2000):  # each is over in milliseconds, and may not be seen
            assert shared.call(script).returncode == 0
            if any(b"keyctl\0pipe" in data for data in seen.copy()):
                break
    everything = b"\n".join(seen)
    assert b"keyctl\0pipe" in everything, "the watcher saw keyctl"
    for secret in shared.secrets:
        assert secret.encode() not in everything


COMMANDS = [
    ("warm", "test", "prod"),
    ("list",),
    ("status", "--all"),
    ("status", "--all", "--json"),
    ("configure", "test", "--profile", "work"),
    ("configure", "test", "--profile", "work", "--remove"),
    ("exec", "test", "--", "true"),
    ("exec", "test", "--", "no-such-program"),
    ("export", "test", "--min-ttl", "13h"),
    ("credential-process", "nosuch"),
    ("login", "test", "--stdout"),
    ("exec", "test", "--role-arn", DEPLOY, "--read-only", "--", "true"),
    ("warm", "test", "--role-arn", DEPLOY, "--refresh"),
    ("export", "test", "--role-arn", ADMIN),  # there is no such role
    ("export", "--refreshing", "prod", "--otp", "123456"),  # no keys, though they are code for a shell
    ("configure", "test", "--role-arn", DEPLOY, "--profile", "work"),
    ("policy", "--format", "terraform"),
    (
        "init",
        "new",
        "--profile",
        "test-bootstrap",
        "--otp-source",
        "prompt",
        "--mfa-serial",
        "GAHT12345678",
        "--no-session",
    ),
    ("doctor", "test", "--deep"),
    ("doctor", "test", "prod", "--json"),
    ("rotate", "test", "--dry-run"),
    ("import", "test-bootstrap", "--dry-run"),
    ("import", "test-bootstrap", "--vault", "Work"),
    ("rotate", "new", "--yes"),  # it has no key any more
    ("clear", "test"),
    ("clear", "prod"),
]


@pytest.mark.one_python
def test_no_other_command_says_one_and_no_file_on_a_disk_holds_one(shared):
    role(shared)
    said = []
    for command in COMMANDS:
        result = shared.run(*command, MFA_SESSION_DEBUG="1")
        assert result.returncode != 3, result.stderr
        said.append(result.stdout + result.stderr)
    minted = shared.aws._world.sessions.values()
    secrets = [*shared.secrets, *(session.token for session in minted)]
    assert len(minted) == 5, "two of users, two of a role, and one that the doctor got without MFA"
    assert "op://Work/AWS test base key of alice" in (shared.home / "envs/.env.test").read_text()
    credentials = shared.home / ".aws/credentials"
    files = [file for file in shared.home.rglob("*") if file.is_file() and file != credentials]
    for secret in secrets:
        assert not [text for text in said if secret in text]
        assert not [file for file in files if secret.encode() in file.read_bytes()]


@pytest.mark.parametrize("shared", ["runtime"], indirect=True)
def test_what_is_kept_in_memory_is_the_owners_alone(shared):
    """For the kernel's, see tests/test_kernel_keyring_users.py."""
    shared.run("warm", "test")
    for path in Path(shared.env["XDG_RUNTIME_DIR"]).rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_repr_shows_no_secret():
    order = orders.Order("a", "path", policy=LITERAL, otp="123456", kept={"a": (LITERAL, 0.0)})
    values = [
        model.BaseKey("AKIAEXAMPLE", LITERAL),
        model.KeySpec("AKIAEXAMPLE", LITERAL),
        session.Session(
            account="a",
            account_id="1",
            access_key_id="ASIAEXAMPLE",
            secret_access_key=LITERAL,
            session_token=LITERAL + "token",
            expires=0,
        ),
        model.Answer("123456", {"op://a/b/c": LITERAL}),
        model.HeldKeys(model.BaseKey("AKIAEXAMPLE", LITERAL), model.BaseKey("AKIAEXAMPLE", LITERAL)),
        importing.Job(model.BaseKey("AKIAEXAMPLE", LITERAL), users.Identity("1", "arn", 0), None),
        answers.Request(b"GET", b"/a", b"host", LITERAL.encode(), bool),
        answers.Answer(200, LITERAL.encode()),
        plan.Wish(order, "way", LITERAL, None, {"a": (LITERAL, 0.0)}),
        plan.Plan(1, [plan.Wish(order, "way", LITERAL)]),
    ]
    for value in values:
        assert LITERAL not in repr(value)
        assert "123456" not in repr(value)


def test_a_bug_says_so_and_shows_no_secret(world):
    """The only exit with status 3; `--debug` shows the trace. A real one, in an AWS SDK that has been broken."""
    broken = world.write("broken/boto3/session.py", "raise ZeroDivisionError('of the SDK')\n")
    (broken.parent / "__init__.py").write_text("")
    environ = {"PYTHONPATH": str(broken.parent.parent)}
    result = world.run("export", "test", **environ)
    assert (result.returncode, result.stdout) == (3, "")
    assert "this is a bug: ZeroDivisionError" in result.stderr
    assert "Traceback" not in result.stderr
    assert "of the SDK" in world.run("export", "test", MFA_SESSION_DEBUG="1", **environ).stderr


def test_home_and_network_are_out_of_reach(world):
    """The failure names itself, so that a test that reaches for either is found at once."""
    look = "import pathlib, sys; sys.exit(str(pathlib.Path.home()))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=False).stderr
    assert "forgot-to-choose-a-home" in said
    del world.env["AWS_ENDPOINT_URL"]
    result = world.run("export", "test")
    assert result.returncode == 1
    assert "tests-must-not-reach-the-network.invalid" in result.stderr
    import socket

    with pytest.raises(AssertionError, match="reached for the network"):
        socket.create_connection(("192.0.2.1", 80), 1)
