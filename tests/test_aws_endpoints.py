"""Which address is asked, in every partition, when no endpoint is set: seen by a proxy, behind which AWS is the stand-in."""

from __future__ import annotations

import pytest
from standins.aws_proxy import Proxy

# Partition of the serial, AWS_REGION in the account's file, AWS_REGION in the shell, and the host of STS.
HOSTS = [
    ("aws", "eu-west-1", "", "sts.eu-west-1.amazonaws.com"),
    ("aws", "ap-southeast-5", "us-east-1", "sts.ap-southeast-5.amazonaws.com"),
    ("aws", None, "", "sts.us-east-1.amazonaws.com"),
    ("aws", None, "eu-central-1", "sts.eu-central-1.amazonaws.com"),
    ("aws", None, "cn-north-1", "sts.us-east-1.amazonaws.com"),
    ("aws", None, "no-such-region", "sts.us-east-1.amazonaws.com"),
    ("aws-cn", "cn-northwest-1", "", "sts.cn-northwest-1.amazonaws.com.cn"),
    ("aws-cn", None, "eu-west-1", "sts.cn-north-1.amazonaws.com.cn"),
    ("aws-us-gov", "us-gov-east-1", "", "sts.us-gov-east-1.amazonaws.com"),
    ("aws-us-gov", None, "", "sts.us-gov-west-1.amazonaws.com"),
    ("aws-eusc", None, "", "sts.eusc-de-east-1.amazonaws.eu"),
    ("aws-iso", None, "", "sts.us-iso-east-1.c2s.ic.gov"),
    ("aws-iso", "us-iso-west-1", "", "sts.us-iso-west-1.c2s.ic.gov"),
    ("aws-iso-b", None, "", "sts.us-isob-east-1.sc2s.sgov.gov"),
    ("aws-iso-e", None, "", "sts.eu-isoe-west-1.cloud.adc-e.uk"),
    ("aws-iso-f", None, "", "sts.us-isof-south-1.csp.hci.ic.gov"),
]


@pytest.fixture
def proxy(world, tmp_path):
    """On the way to every address that is not this machine's own; the account's key is in its file, not in a profile."""
    del world.env["AWS_ENDPOINT_URL"]
    with Proxy(tmp_path, world.aws) as proxy:
        world.env |= {"HTTPS_PROXY": proxy.url, "AWS_CA_BUNDLE": str(proxy.ca)}
        yield proxy


def account(world, **keys: str | None) -> None:
    key = {
        "AWS_ACCESS_KEY_ID": world.user.access_key_id,
        "AWS_SECRET_ACCESS_KEY": world.user.secret_access_key,
    }
    world.account(MFA_SERIAL=world.user.mfa_serial, **key, **keys)


@pytest.mark.one_python
@pytest.mark.parametrize(("partition", "region", "around", "host"), HOSTS)
def test_sts_is_asked_in_the_accounts_region_and_partition(world, proxy, partition, region, around, host):
    world.user.partition = partition
    world.user.mfa_serial = f"arn:{partition}:iam::{world.user.account_id}:mfa/alice"
    account(world, AWS_REGION=region)
    world.export("test", **({"AWS_REGION": around} if around else {}))
    assert proxy.asked == [f"{host}:443"]


@pytest.mark.one_python
def test_a_hardware_device_has_no_partition(world, proxy):
    world.user.mfa_serial = "GAHT12345678"
    account(world)
    world.export("test", AWS_DEFAULT_REGION="cn-north-1")
    assert proxy.asked == ["sts.cn-north-1.amazonaws.com.cn:443"]


def test_the_region_of_the_profile_counts_where_the_file_has_none(world, proxy):
    world.export("test", AWS_REGION="us-west-2")
    assert proxy.asked == ["sts.eu-west-1.amazonaws.com:443"]


@pytest.mark.one_python
def test_settings_of_the_environment_hold(world, proxy):
    account(world, AWS_REGION="us-east-2")
    world.export("test", AWS_USE_FIPS_ENDPOINT="true")
    assert proxy.asked == ["sts-fips.us-east-2.amazonaws.com:443"]


@pytest.mark.one_python
def test_a_host_that_the_proxy_is_not_for_is_asked_directly(world, proxy):
    world.export("test", AWS_ENDPOINT_URL_STS=world.aws.url, HTTP_PROXY=proxy.url, NO_PROXY="127.0.0.1")
    assert proxy.asked == []
