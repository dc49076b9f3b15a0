"""Real clients in a shell that has sourced the shim: each calls AWS as the session, and never as the neutered key.

AWS_PROFILE=test-bootstrap was set before, and its key may do nothing without MFA: what AWS sees is the proof.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from aws_clients import NODE, node_modules, seen, terraform
from conftest import SCRIPTS, shell

pytestmark = pytest.mark.one_python

if TYPE_CHECKING:
    import subprocess

SCRIPT = """
client() {{ {client}; }}
export AWS_PROFILE=test-bootstrap
source get_mfa_session.sh || exit 99
client
echo "in the session: $?"
mfa_session_deactivate
client
echo "without it: $?"
"""
BOTO3 = """
import boto3
boto3.client("sts").get_caller_identity()
boto3.client("s3").list_buckets()
"""
TERRAFORM = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  s3_use_path_style = true
}
data "aws_caller_identity" "me" {}
resource "aws_s3_bucket" "hello" {
  bucket = "hello-${data.aws_caller_identity.me.account_id}"
}
"""


def in_bash(world, client: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the client in the session, then without it."""
    result = world.call(
        [shell("bash"), "--noprofile", "--norc", "-c", SCRIPT.format(client=client)],
        timeout=110,
        AWS_PAGER="",
        **environ,
    )
    assert "in the session: 0\n" in result.stdout, result.stderr
    assert "without it: 0\n" not in result.stdout
    assert "without it: " in result.stdout, result.stderr
    return result


WHO = [("GetCallerIdentity", "ASIA", 200), ("GetCallerIdentity", "neutered key", 200)]
BUCKETS = [("ListAllMyBuckets", "ASIA", 200), ("ListAllMyBuckets", "neutered key", 403)]


def test_boto3(world):
    result = in_bash(world, f"{shlex.quote(sys.executable)} -c {shlex.quote(BOTO3)}")
    assert "AccessDenied" in result.stderr
    assert (seen(world, "sts"), seen(world, "s3")) == (WHO, BUCKETS)


def test_aws_cli(world):
    aws = shlex.quote(str(SCRIPTS / "aws"))
    result = in_bash(world, f"{aws} sts get-caller-identity && {aws} s3 mb s3://hello && {aws} s3 ls")
    assert result.stdout.count("arn:aws:iam::111122223333:user/alice") == 2
    assert "make_bucket: hello\n" in result.stdout
    assert "AccessDenied" in result.stderr
    assert seen(world, "sts") == WHO
    created = [("CreateBucket", "ASIA", 200), ("ListAllMyBuckets", "ASIA", 200)]
    assert seen(world, "s3") == [*created, ("CreateBucket", "neutered key", 403)]


@pytest.mark.timeout(400)
def test_nodes_sdk(world):
    """Where a profile and keys are both set, it takes the profile: so none may be left."""
    modules = str(node_modules())
    script = shlex.join([shutil.which("node"), str(NODE / "buckets.cjs")])
    result = in_bash(world, script, NODE_PATH=modules)
    assert "AccessDenied" in result.stderr
    assert "Multiple credential sources" not in result.stderr
    assert (seen(world, "sts"), seen(world, "s3")) == (WHO, BUCKETS)


@pytest.mark.timeout(400)
def test_terraform(world):
    result = in_bash(world, f"{shlex.quote(terraform(world, TERRAFORM))} apply -auto-approve")
    assert "Apply complete! Resources: 1 added" in result.stdout
    requests = seen(world, "s3")
    assert ("CreateBucket", "ASIA", 200) in requests
    assert {kind for _, kind, status in requests if status == 403} == {"neutered key"}
    assert {kind for _, kind, status in requests if status == 200} == {"ASIA"}
    assert set(seen(world, "sts")) == set(WHO)
