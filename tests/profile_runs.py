"""What the tests of real clients share that get their sessions through a profile."""

from __future__ import annotations

import shlex
import sys

import onepassword_runs
from aws_clients import seen
from aws_config_runs import profiles
from conftest import SCRIPTS

AWS_CLI = str(SCRIPTS / "aws")
WHO_AM_I = [AWS_CLI, "sts", "get-caller-identity"]
ASK_AWS = "import boto3; boto3.client('sts').get_caller_identity()"
BOTO3 = [sys.executable, "-c", ASK_AWS]
PROVIDERS = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
""" + "".join(
    f"""
provider "aws" {{
  alias  = "{alias}"
  region = "{region}"
}}
data "aws_caller_identity" "{alias}" {{
  provider = aws.{alias}
}}
output "{alias}" {{
  value = data.aws_caller_identity.{alias}.arn
}}
"""
    for alias, region in (("here", "eu-west-1"), ("there", "us-east-1"), ("elsewhere", "ap-south-1"))
)


def configured(world, account: str = "test", *words: str, **environ: str) -> None:
    """From now on AWS_PROFILE names the profile, and nothing else in the environment is of AWS."""
    done = world.run("configure", account, "--profile", "work", *words, **environ)
    assert done.returncode == 0, done.stderr
    world.env |= {"AWS_PROFILE": "work", "AWS_PAGER": ""}


def line(world) -> list[str]:
    """The words of the profile's credential_process."""
    return shlex.split(profiles(world.home / ".aws/config")["work"]["credential_process"])


def works(world, argv: list[str], **environ: str) -> str:
    result = world.call(argv, timeout=110, **environ)
    assert result.returncode == 0, result.stderr
    return result.stdout


def assert_one_touch(world) -> None:
    """One call of op and one code, and then nobody has ever used the neutered key."""
    assert len(onepassword_runs.asked(world)) == 1
    assert world.aws.count("GetSessionToken") == 1
    assert {(kind, status) for _, kind, status in seen(world)} == {("ASIA", 200)}
