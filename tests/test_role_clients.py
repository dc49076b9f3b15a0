"""Real clients in a role, through a profile: one touch, one session of the user, one of the role, whoever asks."""

from __future__ import annotations

import shutil

import pytest
from aws_clients import NODE, node_modules, seen, terraform
from conftest import ROOT, either_store, kernel_only
from profile_runs import BOTO3, PROVIDERS, WHO_AM_I, configured, line, works
from profile_runs import assert_one_touch as assert_one_touch_of_the_user
from role_runs import ADMIN, DEPLOY, assumed, role

pytestmark = pytest.mark.one_python

ARN = "arn:aws:sts::111122223333:assumed-role/deploy/alice"
CONFIG = """
[profile dev]
source_profile = test-bootstrap
role_arn = {role}
mfa_serial = {serial}
mfa_session_op_item = AWS test
region = eu-west-1
"""


def assert_one_touch(world) -> None:
    assert_one_touch_of_the_user(world)
    assert len(assumed(world)) == 1


@pytest.mark.parametrize("argv", [BOTO3, WHO_AM_I], ids=["boto3", "aws-cli"])
def test_python(shared, argv):
    role(shared)
    configured(shared, "test", "--role-arn", DEPLOY)
    for _ in range(2):
        works(shared, argv)
        assert_one_touch(shared)
    assert ARN in works(shared, WHO_AM_I)


@kernel_only
def test_what_is_ready_made_needs_no_python(shared):
    """Neither of a role by option, nor of one by file, nor of an account that is a profile."""
    role(shared)
    role(shared, ADMIN)
    shared.account("admin", ROLE_ARN=ADMIN, AWS_PROFILE="test-bootstrap")
    shared.write(".aws/config", CONFIG.format(role=DEPLOY, serial=shared.user.mfa_serial))
    alone = shutil.copy(ROOT / "shell/mfa-session-credentials", shared.home)  # no mfa-session is beside it
    answers = set()
    for words in (["test", "--role-arn", DEPLOY, "--role-session-name", "ab"], ["admin"], ["dev"]):
        configured(shared, *words)
        argv = line(shared)
        answer = works(shared, argv)
        assert works(shared, [str(alone), *argv[1:]]) == answer
        answers.add(answer)
        shared.run("configure", words[0], "--profile", "work", "--remove")
        shared.env.pop("AWS_PROFILE")
    assert len(answers) == 3
    assert shared.aws.count("GetSessionToken") == 1


def test_a_profile_for_a_profile(shared):
    """`dev` is the account, as aws-vault has it; programs get it through `work`."""
    role(shared)
    shared.write(".aws/config", CONFIG.format(role=DEPLOY, serial=shared.user.mfa_serial))
    configured(shared, "dev")
    assert ARN in works(shared, WHO_AM_I)
    assert_one_touch(shared)
    assert "--aws-profile=dev" in line(shared)


@kernel_only
@pytest.mark.timeout(400)
def test_nodes_sdk(shared):
    modules = str(node_modules())
    role(shared)
    configured(shared, "test", "--role-arn", DEPLOY)
    assert works(shared, [shutil.which("node"), str(NODE / "buckets.cjs")], NODE_PATH=modules)
    assert_one_touch(shared)


@kernel_only
@pytest.mark.timeout(400)
def test_terraform_with_three_providers(shared):
    program = terraform(shared, PROVIDERS)
    role(shared)
    configured(shared, "test", "--role-arn", DEPLOY)
    assert works(shared, [program, "plan"]).count(ARN) == 3
    assert_one_touch(shared)


@either_store
def test_a_client_is_held_to_what_a_profile_is_narrowed_to(shared):
    role(shared)
    configured(shared, "test", "--role-arn", DEPLOY, "--read-only")
    cli = WHO_AM_I[0]
    works(shared, [cli, "s3api", "list-buckets"])
    refused = shared.call([cli, "s3api", "create-bucket", "--bucket", "b", "--region", "us-east-1"])
    assert refused.returncode != 0
    assert "no session policy allows the s3:CreateBucket action" in refused.stderr
    assert {kind for _, kind, _ in seen(shared)} == {"ASIA"}
