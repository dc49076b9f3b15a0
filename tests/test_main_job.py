"""The main job, end to end: the real program, the real SDK, the strict stand-ins."""

from __future__ import annotations

import boto3
import onepassword_runs


def caller(session: dict, world) -> dict:
    client = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=world.aws.url,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    return client.get_caller_identity()


def test_a_code_from_op_becomes_a_session(world):
    session = world.export("test")
    assert session["AccessKeyId"].startswith("ASIA")
    assert caller(session, world)["Account"] == "111122223333"
    assert onepassword_runs.argvs(world) == [["item", "get", "AWS test", "--otp"]]
