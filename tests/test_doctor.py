"""`doctor` against prepared worlds: each with one thing that is wrong, or looks so, and the verdict that it must give."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import pytest
from doctor_runs import doctor, wake

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.one_python

CSV = "a/secret/that/is/not/a+right+one/00000000"


class Case(NamedTuple):
    name: str
    prepare: Callable
    args: tuple[str, ...]
    level: str
    subject: str
    phrase: str


def policy(form: str) -> Callable:
    def prepare(world) -> None:
        world.user.policy = form
        if form in ("bool", "null", "open", "one-deny", "allow-bool-if-exists", "not-s3"):
            wake(world)

    return prepare


def root(world) -> None:
    world.user.root = True
    world.user.policy = "open"
    wake(world)


def clock(seconds: float) -> Callable:
    def prepare(world) -> None:
        world.aws.clock_offset = -seconds

    return prepare


def wrong_account(world) -> None:
    world.account(
        AWS_ACCOUNT_ID="999988887777", MFA_SERIAL="arn:aws:iam::999988887777:mfa/alice", OP_ITEM="AWS test"
    )


def deleted_key(world) -> None:
    world.user.active = False


def wrong_secret(world) -> None:
    world.write(
        ".aws/credentials",
        f"[test-bootstrap]\naws_access_key_id = {world.user.access_key_id}\naws_secret_access_key = {CSV}\n",
    )


def halves_mixed_up(world) -> None:
    key_id, secret = world.user.access_key_id, world.user.secret_access_key
    world.write(
        ".aws/credentials",
        f"[test-bootstrap]\naws_access_key_id = {secret}\naws_secret_access_key = {key_id}\n",
    )


def key_of_a_session(world) -> None:
    world.write(
        ".aws/credentials",
        "[test-bootstrap]\naws_access_key_id = ASIAEXAMPLETEST00000\naws_secret_access_key = x\n",
    )


def no_key(world) -> None:
    (world.home / ".aws/credentials").unlink()


def other_partition(world) -> None:
    world.write(".aws/config", "[profile test-bootstrap]\nregion = cn-north-1\n")


def no_region(world) -> None:
    (world.home / ".aws/config").unlink()


def device_of_another_name(world) -> None:
    world.account(MFA_SERIAL="arn:aws:iam::111122223333:mfa/phone")


def role(world) -> None:
    world.account(ROLE_ARN="arn:aws:iam::111122223333:role/deploy")


def misspelt(world) -> None:
    world.account(SESSION_DURATOIN="1h")


def unknown_key(world) -> None:
    world.account(OP_VALUT="Private")


def command_in_a_checkout(world) -> None:
    world.account(OTP_SOURCE="command", OTP_COMMAND="true")


def nothing(world) -> None:
    pass


NEUTERED, KEY = "neutered", "base key"
CASES = [
    Case("strict", nothing, (), "ok", NEUTERED, "iam, dynamodb, ec2, s3 name an explicit deny"),
    Case(
        "strict, deep",
        nothing,
        ("--deep",),
        "ok",
        NEUTERED,
        "the base key is neutered, and so is a session without MFA",
    ),
    Case("list-mfa", policy("list-mfa"), (), "ok", NEUTERED, "name an explicit deny"),
    Case(
        "a Deny with Bool",
        policy("bool"),
        (),
        "red",
        NEUTERED,
        "without MFA it may do iam:ListUsers, dynamodb",
    ),
    Case("a Deny with Null", policy("null"), (), "ok", NEUTERED, "name an explicit deny"),
    Case(
        "a Deny with Null, deep",
        policy("null"),
        ("--deep",),
        "red",
        NEUTERED,
        "a session without MFA gets in",
    ),
    Case(
        "an Allow with BoolIfExists",
        policy("allow-bool-if-exists"),
        (),
        "red",
        NEUTERED,
        "the base key is not neutered",
    ),
    Case("no guard at all", policy("open"), (), "red", NEUTERED, "AWS answered it"),
    Case("powerless", policy("powerless"), (), "yellow", NEUTERED, "the next Allow opens it"),
    Case("an SCP", policy("scp"), (), "yellow", NEUTERED, "in a service control policy"),
    Case("a boundary", policy("boundary"), (), "yellow", NEUTERED, "in a permissions boundary"),
    Case(
        "an unrelated Deny", policy("one-deny"), (), "red", NEUTERED, "though a policy denies iam:ListUsers"
    ),
    Case("a hole in NotAction", policy("not-s3"), (), "red", NEUTERED, "it may do s3:ListAllMyBuckets"),
    Case("root's key", root, (), "red", KEY, "the root user's"),
    Case("a role", role, (), "ok", KEY, "user/alice"),
    Case("another account", wrong_account, (), "red", KEY, "to account 111122223333, not 999988887777"),
    Case("a deleted key", deleted_key, (), "red", KEY, "AWS does not know the base key ****0000"),
    Case("a wrong secret", wrong_secret, (), "red", KEY, "the secret of the base key ****0000"),
    Case("mixed up", halves_mixed_up, (), "red", "account", "something else than the id of an access key"),
    Case("a session's key", key_of_a_session, (), "red", "account", "sessions can't get sessions"),
    Case("no key", no_key, (), "red", "account", "has no access key"),
    Case(
        "another partition", other_partition, (), "red", "region", "region cn-north-1 is in partition aws-cn"
    ),
    Case("no region", no_region, (), "note", "region", "names one"),
    Case(
        "another name", device_of_another_name, (), "note", "device", "called phone, and the key's user alice"
    ),
    Case("a limit misspelt", misspelt, (), "red", "account", "did you mean SESSION_DURATION?"),
    Case("a key misspelt", unknown_key, (), "yellow", "file", "did you mean OP_VAULT?"),
    Case("a command", command_in_a_checkout, (), "red", "account", "OTP_COMMAND is a program to run"),
    Case("clock, 5 minutes fast", clock(300), (), "red", "clock", "5m ahead"),
    Case("clock, 2 minutes slow", clock(-100), (), "yellow", "clock", "s behind"),
    Case("clock, 40 seconds fast", clock(45), (), "note", "clock", "ahead"),
    Case("clock, off by hours", clock(7200), (), "red", KEY, "AWS refuses requests from this machine"),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_prepared_world(world, case):
    if case.subject != "region":
        world.account()
    case.prepare(world)
    seen = doctor(world, "test", *case.args)
    assert seen.says(case.level, case.subject, case.phrase), seen.findings
    assert seen.status == (case.level == "red")
    worst = {(level, subject) for level, subject in seen.bad()}
    if case.level in ("ok", "note"):
        assert not worst
    else:
        assert (case.level, case.subject) in worst


def test_each_finding_that_is_not_well_says_why_and_what_to_type(world):
    world.user.policy = "powerless"
    world.account(OP_VALUT="Private")
    seen = doctor(
        world, "test", AWS_SECURITY_TOKEN="old", AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="eu-west-2"
    )
    bad = [one for one in seen.findings if one["level"] in ("red", "yellow")]
    assert len(bad) == 4
    assert all(one["why"] for one in bad)
    assert all(one["hints"] for one in bad)


def test_a_key_in_1password_is_not_looked_at_without_a_touch(world):
    world.op.update(auth={"mode": "touch"})
    seen = doctor(world, "prod")
    assert seen.status == 0
    for subject in ("base key", "neutered", "code", "user"):
        assert seen.level(subject) == ["skipped"], subject
        assert seen.says("skipped", subject, "add --otp")
    assert seen.says("note", "factors", "in one item of 1Password")
    assert seen.level("clock") == ["skipped"]
    assert world.aws.requests == []


def test_every_account_that_has_a_file_where_none_is_named(world):
    world.account("broken", AWS_ACCOUNT_ID="12")
    seen = doctor(world)
    assert {one["account"] for one in seen.findings} == {None, "broken", "prod", "test"}
    assert seen.says("red", "account", "not an account id of 12 digits")
    assert seen.level("neutered", "test") == ["ok"]
    assert seen.status == 1


@pytest.mark.parametrize(
    ("environ", "meant"),
    [
        ({"AWS_PROFILE": "test-bootstrap"}, "test"),
        ({"AWS_PROFILE": "prod"}, "prod"),
        ({"MFA_SESSION_PROFILE": "prod"}, "prod"),
        ({"AWS_PROFILE": "work"}, "test"),
        ({"AWS_PROFILE": "nowhere"}, "nowhere"),
    ],
)
def test_the_account_of_this_shell_where_none_is_named(world, environ, meant):
    if environ == {"AWS_PROFILE": "work"}:
        assert world.run("configure", "test", "--profile", "work").returncode == 0
    seen = doctor(world, **environ)
    assert {one["account"] for one in seen.findings} == {None, meant}
    assert seen.says("red", "account", "no file .env.nowhere") == (meant == "nowhere")


def test_without_any_account_the_machine_is_looked_at(world):
    for file in (world.home / "envs").iterdir():
        file.unlink()
    seen = doctor(world)
    assert {one["account"] for one in seen.findings} == {None}
    assert seen.says("note", "accounts", "mfa-session init NAME")
    assert seen.level("1password") == ["ok"]
    assert world.aws.requests == []


def test_two_accounts_are_told_apart(world):
    world.aws.users.append(
        dataclasses.replace(
            world.user,
            name="bob",
            access_key_id="AKIAEXAMPLEBOB000000",
            secret_access_key="bobs/+secret/of/nobody/at/all/0000000000",
            mfa_serial="arn:aws:iam::111122223333:mfa/bob",
            policy="powerless",
        )
    )
    world.account(
        "bob",
        MFA_SERIAL="arn:aws:iam::111122223333:mfa/bob",
        AWS_ACCESS_KEY_ID="AKIAEXAMPLEBOB000000",
        AWS_SECRET_ACCESS_KEY="bobs/+secret/of/nobody/at/all/0000000000",
    )
    seen = doctor(world, "bob", "test", "bob")
    assert seen.level("neutered", "bob") == ["yellow"]
    assert seen.level("neutered", "test") == ["ok"]
    assert seen.level("key's place", "bob") == ["yellow"]
    assert seen.level("key's place", "test") == ["note"]
    assert world.aws.count("GetSessionToken") == 0


def test_a_session_without_mfa_is_asked_for_only_where_that_was_wanted(world):
    doctor(world, "test")
    assert world.aws.count("GetSessionToken") == 0
    doctor(world, "test", "--deep")
    assert world.aws.count("GetSessionToken") == 1
    world.aws.fault("GetSessionToken", "throttle", 9)
    seen = doctor(world, "test", "--deep")
    assert seen.level("neutered") == ["ok"]
    assert seen.says("skipped", "without mfa", "AWS is asked too often")


def test_wrong_usage(world):
    result = world.run("doctor", "--depe")
    assert (result.returncode, result.stdout) == (2, "")
