"""AWS profiles as accounts, from end to end: what the real program asks of AWS for a part of the table of config files."""

from __future__ import annotations

import re
import time
from typing import NamedTuple

import aws_account_plans as plans
import aws_account_vaults as vaults
import pytest
from aws_runs import explained
from standins import sts

pytestmark = pytest.mark.one_python

CASES = plans.CLI | vaults.VAULT | vaults.CODES
ALICE = f"device {plans.ALICE} 43200"


class Run(NamedTuple):
    """What AWS is asked, in order; of a role: session name, seconds, and what else was sent."""

    case: str
    asked: list[str]


RUNS = [
    Run("a user's own", [ALICE]),
    Run(
        "all that a role can have",
        [ALICE, "role 111122223333:team/deploy alice@example.com 3600 ExternalId=Unique/Id:42"],
    ),
    Run("across accounts, from default", [ALICE, "role 444455556666:OrganizationAccountAccessRole alice 3600"]),
    Run("a profile that is its own source", [ALICE, "role 111122223333:deploy alice 3600"]),
    Run("a source counts more than an own key", [ALICE, "role 111122223333:deploy alice 3600"]),
    Run("a source's key counts more than its role", [ALICE, "role 111122223333:Administrator alice 3600"]),
    Run("all in the credentials file", [ALICE, "role 111122223333:deploy alice 3600"]),
    Run("a hardware device", ["device GAHT12345678 43200", "role 111122223333:ops alice 3600"]),
    Run("mixin style", [ALICE, "role 111122223333:developers alice 3600"]),
    Run("parent style, the parent", [ALICE]),
    Run(
        "a chain of roles",
        [ALICE, "role 111122223333:intermediary alice 3600", "role 444455556666:target alice 3600"],
    ),
    Run(
        "tags that go along the chain",
        [
            ALICE,
            "role 111122223333:developers first 3600 Tags=key1=value1,key2=value 2,key3="
            " TransitiveTagKeys=key1,key2",
            "role 111122223333:target first 3600 Tags=key4=a=b",
        ],
    ),
    Run("source identity", [ALICE, "role 111122223333:developers alice 3600 SourceIdentity=your_user_name"]),
    Run(
        "included from what is included, the nearest first",
        [ALICE, "role 111122223333:dev alice 900 ExternalId=near"],
    ),
    Run("1Password, said at the source", [
        ALICE, "role 111122223333:intermediary alice 3600", "role 444455556666:target alice 3600"
    ]),
]  # fmt: skip


def settle(world, case: plans.Case) -> None:
    """Puts the files there, with the code in 1Password, and makes AWS know the base key and the roles."""
    base, serial = re.match(r"key (.+?) / (.+?) / ", case.plan).groups()
    world.user.mfa_serial = serial
    item = "" if "mfa_session_op" in case.text else "mfa_session_op_item = AWS test\n"
    keys = dict.fromkeys(case.keys, ("AKIAEXAMPLENOBODYS00", "nobody/s"))
    keys[base] = (world.user.access_key_id, world.user.secret_access_key)
    parts = {
        name: f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
        for name, (key, secret) in keys.items()
    }
    parts[base] += item
    world.write(".aws/config", case.text)
    world.write(".aws/credentials", case.more + "".join(f"[{name}]\n{part}" for name, part in parts.items()))
    trusted = world.user.arn
    for account_id, name in re.findall(r" / role (\d+)/([^ ]+)", case.plan):
        external_id = next(iter(re.findall(r"ext=(\S+)", case.plan)), None)
        role = sts.Role(f"arn:aws:iam::{account_id}:role/{name}", (trusted,), external_id=external_id)
        # Only the first one can see that the user has used a code.
        role.requires_mfa = trusted == world.user.arn
        world.aws.roles.append(role)
        trusted = role.arn


def asked(world) -> list[str]:
    """What AWS was asked for, without what is asked before a person is."""
    return [said(r.action, dict(r.params)) for r in world.aws.requests if r.action != "GetCallerIdentity"]


def said(action: str, params: dict[str, str]) -> str:
    seconds = params.pop("DurationSeconds")
    if action == "GetSessionToken":
        return f"device {params.pop('SerialNumber')} {seconds}"
    arn, name = params.pop("RoleArn").split(":"), params.pop("RoleSessionName")
    words = ["role", f"{arn[4]}:{arn[5].removeprefix('role/')}", name, seconds]
    lists: dict[str, list[str]] = {}
    for key in sorted(params):
        if member := re.fullmatch(r"(Tags|TransitiveTagKeys)\.member\.(\d+)(?:\.Key)?", key):
            value = params.get(f"{key.removesuffix('.Key')}.Value")
            lists.setdefault(member[1], []).append(params[key] if value is None else f"{params[key]}={value}")
        elif not key.endswith(".Value") and key not in ("Action", "Version"):
            lists[key] = [params[key]]
    return " ".join([*words, *(f"{key}={','.join(values)}" for key, values in lists.items())])


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.case)
def test_what_aws_is_asked(world, run):
    case = CASES[run.case]
    settle(world, case)
    session = world.export(case.profile)
    assert asked(world) == run.asked
    assert world.aws.requests[0].access_key_id == world.user.access_key_id
    held = world.aws._world.sessions[session["AccessKeyId"]]
    assert (held.role.arn if held.role else None) == (world.aws.roles[-1].arn if world.aws.roles else None)


def test_aws_profile_names_one_too(world):
    settle(world, CASES["mixin style"])
    world.export(AWS_PROFILE="order-dev")
    assert asked(world) == [ALICE, "role 111122223333:developers alice 3600"]


def test_the_region_is_that_of_the_profile(world):
    settle(world, CASES["mixin style"])
    result = world.run("export", "order-dev", "--shell", "dotenv")
    assert "AWS_REGION=eu-west-1\n" in result.stdout, result.stderr


def test_a_file_of_the_same_name_counts_more(world):
    settle(world, CASES["mixin style"])
    world.account("order-dev", AWS_PROFILE="root")
    world.export("order-dev")
    assert asked(world) == [ALICE]


def test_both_files_may_be_elsewhere(world):
    settle(world, CASES["all in the credentials file"])
    for name in ("config", "credentials"):
        (world.home / ".aws" / name).rename(world.home / name)
    world.export("deploy", AWS_CONFIG_FILE="~/config", AWS_SHARED_CREDENTIALS_FILE="~/credentials")
    assert asked(world) == [ALICE, "role 111122223333:deploy alice 3600"]


def test_mfa_process_as_aws_vault_documents_it(world):
    settle(world, CASES["a user's own"])
    path = world.home / ".aws/credentials"
    text = path.read_text().replace(
        "mfa_session_op_item = AWS test", 'mfa_process=op item get "AWS test" --otp'
    )
    path.write_text(text)
    world.export("alice")
    assert asked(world) == [ALICE]
    assert len(world.op.calls) == 1


@pytest.mark.parametrize(
    ("config", "said", "hint"),
    [
        ("[profile dev]\nsso_session = corp\n", "profile dev has sso_session, and SSO", "aws sso login --profile dev"),
        ("[profile dev]\nregion = x\n", "has no mfa_serial, and there is no file .env.dev for account dev", "add mfa_"),
        ("[profile other]\n", "no file .env.dev for account dev (from AWS_PROFILE)", "looked in "),
        ("[profile dev]\nsource_profile = de\n", "names de, and there is no such profile", "aws configure set"),
        ("[half\n", "a line in this AWS config file can't be parsed", "aws configure list"),
    ],
)  # fmt: skip
def test_nobody_is_asked_about_what_leads_nowhere(world, config, said, hint):
    world.write(".aws/config", config)
    started = time.time()
    failed = explained(world, world.run("export", AWS_PROFILE="dev"), started)
    assert said in failed.message
    assert hint in failed.hints
    assert not world.op.calls
    assert not world.aws.requests
