"""Roles: taken from the one MFA session, kept, renewed without a touch, narrowed, and refused with the reason."""

from __future__ import annotations

import json
import sys
import time

import crowds
import onepassword_runs
import pytest
from conftest import either_store
from role_runs import ADMIN, DEPLOY, assumed, inside, role

from mfa_session import accounts, identity, store, wiring
from mfa_session.errors import NotAvailable
from mfa_session.session import Session

pytestmark = pytest.mark.one_python

TEN = [f"arn:aws:iam::111122223333:role/r{number}" for number in range(10)]


def minted(world) -> int:
    return world.aws.count("GetSessionToken")


def touches(world) -> int:
    return len(onepassword_runs.asked(world))


def test_a_role_by_its_option_and_by_its_key(shared):
    role(shared)
    by_option = inside(shared, "test", "--role-arn", DEPLOY)
    assert by_option["MFA_SESSION_ROLE_ARN"] == DEPLOY
    assert assumed(shared) == [
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": DEPLOY,
            "RoleSessionName": "alice",
            "DurationSeconds": "3600",
        }
    ]
    shared.account("deploy", ROLE_ARN=DEPLOY, AWS_PROFILE="test-bootstrap")
    by_key = inside(shared, "deploy")
    assert by_key["MFA_SESSION_ROLE_ARN"] == DEPLOY
    assert "MFA_SESSION_SCOPE" not in by_key
    assert minted(shared) == touches(shared) == 1


def test_a_role_is_kept_like_any_session(shared):
    role(shared)
    first = inside(shared, "test", "--role-arn", DEPLOY)["AWS_ACCESS_KEY_ID"]
    assert inside(shared, "test", f"--role-arn={DEPLOY}")["AWS_ACCESS_KEY_ID"] == first
    assert shared.export("test", "--role-arn", DEPLOY)["AccessKeyId"] == first
    assert inside(shared, "test")["AWS_ACCESS_KEY_ID"] != first
    assert len(assumed(shared)) == minted(shared) == 1


def test_a_role_of_another_account_says_so(shared):
    """AccountId decides where some SDKs send a request of DynamoDB."""
    role(shared, ADMIN)
    assert shared.export("test", "--role-arn", ADMIN)["AccountId"] == "444455556666"
    assert inside(shared, "test", "--role-arn", ADMIN)["MFA_SESSION_ACCOUNT_ID"] == "444455556666"


SETTINGS = {
    "role_session_name": ("deployer@work", {"RoleSessionName": "deployer@work"}),
    "external_id": ("acme-42", {"ExternalId": "acme-42"}),
    "role_duration": ("30m", {"DurationSeconds": "1800"}),
    "source_identity": ("alice@example.com", {"SourceIdentity": "alice@example.com"}),
    "session_tags": (
        "Project=web, Team=data",
        {
            "Tags.member.1.Key": "Project",
            "Tags.member.1.Value": "web",
            "Tags.member.2.Key": "Team",
            "Tags.member.2.Value": "data",
        },
    ),
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("how", ["key", "option"])
def test_each_setting_reaches_aws(world, setting, how):
    role(world, external_id="acme-42" if setting == "external_id" else None)
    value, params = SETTINGS[setting]
    if how == "key":
        world.account(ROLE_ARN=DEPLOY, **{setting.upper(): f"'{value}'"})
        inside(world, "test")
    else:
        inside(world, "test", "--role-arn", DEPLOY, "--" + setting.replace("_", "-"), value)
    assert assumed(world)[0].items() >= params.items()


def test_transitive_tags_and_an_option_that_takes_a_key_back(world):
    role(world)
    world.account(ROLE_ARN=DEPLOY, SESSION_TAGS="A=1,B=2", TRANSITIVE_TAGS="B", EXTERNAL_ID="theirs")
    inside(world, "test", "--external-id", "")
    assert assumed(world)[0]["TransitiveTagKeys.member.1"] == "B"
    assert "ExternalId" not in assumed(world)[0]
    assert "MFA_SESSION_ROLE_ARN" not in inside(world, "test", "--role-arn", "")


def test_ten_roles_at_once_one_touch(shared):
    crowds.prompt(shared)
    for arn in TEN:
        role(shared, arn)
    crowds.room_in_this_step()
    started = [crowds.start(shared, "export", "test", "--shell", "json", f"--role-arn={arn}") for arn in TEN]
    ends = [crowds.ended(process) for process in started]
    assert [code for code, *_ in ends] == [0] * 10, ends
    assert len({json.loads(out)["AccessKeyId"] for _, out, _ in ends}) == 10
    assert sorted(params["RoleArn"] for params in assumed(shared)) == sorted(TEN)
    assert (minted(shared), touches(shared)) == (1, 1)


@either_store
def test_ten_files_for_ten_roles_one_touch(shared):
    crowds.prompt(shared)
    for number, arn in enumerate(TEN):
        role(shared, arn)
        shared.account(f"r{number}", ROLE_ARN=arn, AWS_PROFILE="test-bootstrap")
    crowds.room_in_this_step()
    ends = [
        crowds.ended(process)
        for process in [crowds.start(shared, "exec", f"r{n}", "--", "/bin/true") for n in range(10)]
    ]
    assert [code for code, *_ in ends] == [0] * 10, ends
    assert (minted(shared), touches(shared), len(assumed(shared))) == (1, 1, 10)


@either_store
def test_a_no_counts_for_all_ten(shared):
    crowds.prompt(shared, "dismiss")
    for arn in TEN:
        role(shared, arn)
    started = [crowds.start(shared, "export", "test", f"--role-arn={arn}") for arn in TEN]
    ends = [crowds.ended(process) for process in started]
    assert [(code, out) for code, out, _ in ends] == [(1, "")] * 10, ends
    assert touches(shared) < 10, "those who were waiting for the answer share it"


def test_twenty_who_want_the_same_role_take_it_once(shared):
    role(shared)
    started = [
        crowds.start(shared, "exec", "test", "--role-arn", DEPLOY, "--", "/bin/true") for _ in range(20)
    ]
    assert [crowds.ended(process)[0] for process in started] == [0] * 20
    assert (minted(shared), touches(shared), len(assumed(shared))) == (1, 1, 1)


def test_a_role_is_renewed_without_a_touch(shared):
    role(shared)
    shared.aws.fault("AssumeRole", "short_session")
    first = inside(shared, "test", "--role-arn", DEPLOY)["AWS_ACCESS_KEY_ID"]
    second = inside(shared, "test", "--role-arn", DEPLOY)["AWS_ACCESS_KEY_ID"]
    assert second != first, "with ten minutes left it is due"
    assert inside(shared, "test", "--role-arn", DEPLOY, "--refresh")["AWS_ACCESS_KEY_ID"] != second
    assert (touches(shared), len(assumed(shared))) == (1, 3)


def test_an_old_mfa_session_is_good_enough_for_a_role(shared):
    """A role's session lives on when the one that it was taken from is over."""
    role(shared)
    shared.aws.fault("GetSessionToken", "short_session")
    inside(shared, "test")
    inside(shared, "test", "--role-arn", DEPLOY)
    assert touches(shared) == 1


def test_an_edited_file_brings_neither_old_role_nor_a_touch(shared):
    role(shared)
    path = shared.account("deploy", ROLE_ARN=DEPLOY, AWS_PROFILE="test-bootstrap")
    first = inside(shared, "deploy")["AWS_ACCESS_KEY_ID"]
    time.sleep(0.06)
    path.write_text(path.read_text() + "# a comment\n")
    assert inside(shared, "deploy")["AWS_ACCESS_KEY_ID"] != first
    assert touches(shared) == 1


def test_no_prompt_still_takes_roles_from_what_is_kept(shared):
    role(shared)
    words = ["credential-process", "test", "--no-prompt", f"--role-arn={DEPLOY}"]
    nothing = shared.run(*words)
    assert (nothing.returncode, nothing.stdout) == (4, "")
    assert "nobody is to be asked" in nothing.stderr
    inside(shared, "test")
    assert json.loads(shared.run(*words).stdout)["AccessKeyId"].startswith("ASIA")
    assert touches(shared) == 1


def test_a_longer_wish_is_said_and_cut(world):
    role(world, max_duration=43200)
    result = world.run("exec", "test", "--role-arn", DEPLOY, "--role-duration", "4h", "--", "/bin/true")
    assert result.returncode == 0
    assert "note: deploy is given for 1h, not 4h: AWS gives no more" in result.stderr
    assert "--direct" in result.stderr
    assert assumed(world)[0]["DurationSeconds"] == "3600"


def test_direct_asks_with_the_base_key_and_the_code(shared):
    shared.user.policy = "direct"
    role(shared, max_duration=43200)
    words = ("test", "--role-arn", DEPLOY, "--role-duration", "11h", "--direct")
    first = inside(shared, *words)
    (asked,) = assumed(shared)
    assert (asked["DurationSeconds"], asked["SerialNumber"]) == ("39600", shared.user.mfa_serial)
    assert asked["RoleSessionName"] == "alice"
    assert inside(shared, *words)["AWS_ACCESS_KEY_ID"] == first["AWS_ACCESS_KEY_ID"]
    assert (minted(shared), touches(shared)) == (0, 1)
    assert int(first["MFA_SESSION_EXPIRES_EPOCH"]) > time.time() + 10 * 3600


def test_direct_with_a_policy_that_denies_it(world):
    role(world)
    failed = world.run("export", "test", "--role-arn", DEPLOY, "--direct")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "explicit deny" in failed.stderr
    assert "has to except sts:AssumeRole for --direct" in failed.stderr


def test_longer_than_the_role_is_given_for(world):
    world.user.policy = "direct"
    role(world)
    failed = world.run("export", "test", "--role-arn", DEPLOY, "--direct", "--role-duration", "2h")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "raise the role's maximum session duration" in failed.stderr


def test_what_aws_does_not_give(world):
    """It never says why."""
    role(world, external_id="acme-42")
    failed = world.run("export", "test", "--role-arn", DEPLOY)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert f"AWS does not let arn:aws:iam::111122223333:user/alice assume {DEPLOY}" in failed.stderr
    assert "--external-id ID" in failed.stderr


def test_a_session_that_aws_no_longer_takes(shared):
    role(shared)
    inside(shared, "test")
    shared.aws.expire_sessions()
    failed = shared.run("export", "test", "--role-arn", DEPLOY)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "mfa-session clear test" in failed.stderr
    shared.run("clear", "test")
    shared.forget_codes()
    inside(shared, "test", "--role-arn", DEPLOY)


def test_clear_forgets_the_roles_too(shared):
    role(shared)
    inside(shared, "test", "--role-arn", DEPLOY)
    assert shared.run("clear", "test").stdout == "2 sessions forgotten\n"
    shared.forget_codes()
    inside(shared, "test", "--role-arn", DEPLOY)
    assert touches(shared) == 2


class Small:
    """A place with as little room as the kernel's keyring has for an ordinary user: 20,000 bytes, names included."""

    where = "a small place"

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.texts.get(name)

    def put(self, name: str, text: str, seconds: int) -> None:  # noqa: ARG002 - the port has it
        others = sum(len(key + value) for key, value in self.texts.items() if key != name)
        if others + len(name + text) > 20_000:
            raise NotAvailable("full")
        self.texts[name] = text

    def drop(self, name: str) -> bool:
        return self.texts.pop(name, None) is not None

    def names(self) -> list[str]:
        return list(self.texts)


def test_a_full_keyring_keeps_the_session_that_needs_a_touch():
    said = []
    kept = store.Store(Small(), said.append)

    def session(number: int) -> Session:
        return Session(
            account="test",
            account_id="111122223333",
            access_key_id=f"ASIA{number}",
            secret_access_key="s" * 40,
            session_token="t" * 1000,
            expires=int(time.time()) + 3600,
        )

    found = accounts.Found("test", "/home/alice/.env.test")
    kept.keep("mfa", session(0), "device")
    for number in range(1, 40):
        kept.keep(f"{identity.ROLE}{number}", session(number))
        kept.make_ready(f" {found.path} {number}", found, session(number))
        assert kept.of_device("device").access_key_id == "ASIA0"
        assert kept.of_key(f"{identity.ROLE}{number}"), "the newest is there, whatever had to go for it"
    assert said == []


def test_status_and_list_know_of_the_role(shared):
    role(shared)
    shared.account("deploy", ROLE_ARN=DEPLOY, AWS_PROFILE="test-bootstrap")
    environ = inside(shared, "deploy")
    said = shared.run("status", **{k: v for k, v in environ.items() if k.startswith(("AWS", "MFA"))})
    assert said.stdout.splitlines()[:2] == ["account  deploy (111122223333)", f"role     {DEPLOY}"]
    short = shared.run(
        "status", "--short", **{k: v for k, v in environ.items() if k.startswith(("AWS", "MFA"))}
    )
    assert short.stdout.startswith("deploy as deploy ")
    (row,) = [line for line in shared.run("list").stdout.splitlines() if line.startswith("deploy")]
    assert "1h left" in row or "60m left" in row


NARROW = {
    "policy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}',
}


def test_what_is_narrowed_stays_narrow_when_it_is_renewed_here(shared):
    role(shared)
    environ = inside(shared, "test", "--role-arn", DEPLOY, "--read-only")
    again = inside(shared, **{k: v for k, v in environ.items() if k.startswith("MFA_SESSION_")})
    assert again["AWS_ACCESS_KEY_ID"] == environ["AWS_ACCESS_KEY_ID"]
    status = shared.run("status", "--all", **environ)
    assert f"role     {DEPLOY} (read-only)" in status.stdout
    assert "  test as deploy (read-only)  " in status.stdout
    named = inside(shared, "test", **{k: v for k, v in environ.items() if k.startswith("MFA_SESSION_")})
    assert "MFA_SESSION_ROLE_ARN" not in named


@either_store
@pytest.mark.parametrize("narrow", ["--read-only", "--policy", "--policy-arn"])
def test_a_real_client_is_held_to_it(shared, narrow):
    role(shared)
    policy = shared.write("policy.json", NARROW["policy"])
    words = {
        "--read-only": ["--read-only"],
        "--policy": ["--policy", str(policy)],
        "--policy-arn": ["--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
    }[narrow]
    script = "import boto3; s3 = boto3.client('s3'); s3.list_buckets(); print('read'); s3.create_bucket(Bucket='b', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})"
    result = shared.run("exec", "test", "--role-arn", DEPLOY, *words, "--", sys.executable, "-c", script)
    assert result.stdout == "read\n", result.stderr
    assert "no session policy allows the s3:CreateBucket action" in result.stderr


def test_an_edited_policy_is_another_session(shared):
    role(shared)
    policy = shared.write("policy.json", NARROW["policy"])
    words = ("test", "--role-arn", DEPLOY, "--policy", str(policy))
    first = inside(shared, *words)["AWS_ACCESS_KEY_ID"]
    assert inside(shared, *words)["AWS_ACCESS_KEY_ID"] == first
    policy.write_text(NARROW["policy"].replace("ListAllMyBuckets", "GetObject"))
    assert inside(shared, *words)["AWS_ACCESS_KEY_ID"] != first


# What an attack has found: each of these once gave more, waited for itself, or blamed the wrong one.


def test_one_more_option_in_this_shell_keeps_what_was_narrowed(shared):
    role(shared)
    environ = inside(shared, "test", "--role-arn", DEPLOY, "--read-only")
    here = {name: value for name, value in environ.items() if name.startswith("MFA_SESSION_")}
    again = inside(shared, "--role-session-name", "other", **here)
    assert again["MFA_SESSION_SCOPE"].split("\t") == [
        f"--role-arn={DEPLOY}",
        "--role-session-name=other",
        "--read-only",
    ]
    assert "PolicyArns.member.1.arn" in assumed(shared)[-1]
    shared.run("configure", "--profile", "work", **here)
    assert "--read-only" in (shared.home / ".aws/config").read_text()


@pytest.mark.parametrize("scope", ["--future=x", "--role-arn=\x01"])
def test_a_scope_that_can_not_be_read_is_not_taken_for_none(shared, scope):
    result = shared.run("export", MFA_SESSION_PROFILE="test", MFA_SESSION_SCOPE=scope)
    assert (result.returncode, result.stdout) == (1, "")
    assert "it is not known how narrow the session here is" in result.stderr
    assert "source get_mfa_session.sh test" in result.stderr


def test_the_same_role_twice_in_a_chain_does_not_wait_for_itself(shared):
    role(shared, requires_mfa=False)
    shared.write(
        ".aws/config",
        f"[profile test-bootstrap]\nmfa_serial = {shared.user.mfa_serial}\nmfa_session_op_item = AWS test\n"
        f"[profile one]\nsource_profile = test-bootstrap\nrole_arn = {DEPLOY}\n"
        f"[profile two]\nsource_profile = one\nrole_arn = {DEPLOY}\n",
    )
    started = time.monotonic()
    inside(shared, "two")
    assert time.monotonic() - started < 20
    assert [params["RoleArn"] for params in assumed(shared)] == [DEPLOY, DEPLOY]


@either_store
def test_a_wrong_external_id_is_nobody_elses_failure(shared):
    crowds.prompt(shared, delay=2)
    role(shared, external_id="acme-42")
    words = ["export", "test", f"--role-arn={DEPLOY}"]
    wrong = crowds.start(shared, *words, "--external-id", "wrong")
    crowds.wait_for(lambda: touches(shared) == 1)
    right = crowds.start(shared, *words, "--external-id", "acme-42")
    assert crowds.ended(wrong)[0] == 1
    code, _, said = crowds.ended(right)
    assert code == 0, said


@either_store
def test_a_refused_direct_way_is_nobody_elses_failure(shared):
    crowds.prompt(shared, delay=2)
    role(shared)
    crowds.room_in_this_step()
    direct = crowds.start(shared, "export", "test", f"--role-arn={DEPLOY}", "--direct")
    crowds.wait_for(lambda: touches(shared) == 1)
    plain = crowds.start(shared, "export", "test")
    assert crowds.ended(direct)[0] == 1
    code, _, said = crowds.ended(plain)
    assert code == 0, said


def test_after_a_no_programs_get_what_is_left_of_each_role(shared):
    for arn in TEN[:3]:
        role(shared, arn)
        shared.aws.fault("AssumeRole", "short_session")
        inside(shared, "test", "--role-arn", arn)
    kept = wiring.store(shared.env)
    own = {key for key, one in kept.sessions().items() if str(shared.home) in one.path and not one.role}
    assert kept.clear(own) == 1
    asked = touches(shared)
    crowds.prompt(shared, "dismiss", 0.1)
    for arn in TEN[:3]:
        result = shared.run("credential-process", "test", f"--role-arn={arn}")
        assert result.returncode == 0, result.stderr
    assert touches(shared) == asked + 1


def test_a_role_says_whose_it_is(shared):
    """A file that came with a checkout may name a role of anybody."""
    role(shared, ADMIN)
    said = shared.run("exec", "test", "--role-arn", ADMIN, "--", "/bin/true").stderr
    assert "test as Admin in 444455556666 is live until" in said


@either_store
def test_a_policy_may_come_through_a_pipe(shared):
    role(shared)
    policy = shared.write("policy.json", NARROW["policy"])
    script = f'exec mfa-session exec test --role-arn {DEPLOY} --policy <(cat "$1") -- /bin/true'
    result = shared.call(["/bin/bash", "-c", script, "bash", str(policy)])
    assert result.returncode == 0, result.stderr
    assert "ListAllMyBuckets" in assumed(shared)[0]["Policy"]


def test_a_file_of_any_name_makes_one_row(world):
    (world.home / "envs" / ".env.\x1b[2J\nforged").write_text("MFA_SERIAL=x\n")
    shown = world.run("list").stdout
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 3


def test_clear_also_forgets_what_the_role_would_be_taken_from(shared):
    role(shared)
    shared.account("deploy", ROLE_ARN=DEPLOY, AWS_PROFILE="test-bootstrap")
    inside(shared, "test")
    inside(shared, "deploy")
    assert touches(shared) == 1
    shared.run("clear", "deploy")
    shared.forget_codes()
    inside(shared, "deploy")
    assert touches(shared) == 2
