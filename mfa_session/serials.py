"""What an MFA device's serial number can be, and what is often taken for it."""

from __future__ import annotations

import re

_ARN = re.compile(r"arn:(aws[\w-]*):iam::([0-9]{12}):mfa/[\w+=,.@/-]+", re.ASCII)
_HARDWARE = re.compile(r"[\w+=/,.@-]{9,256}", re.ASCII)
_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


def partition(region: str | None) -> str:
    return next((name for start, name in _PARTITIONS.items() if (region or "").startswith(start)), "aws")


def arn(account_id: str, region: str | None, device: str = "NAME") -> str:
    """Of a virtual device."""
    return f"arn:{partition(region)}:iam::{account_id}:mfa/{device}"


def account_id(serial: str) -> str | None:
    """The account that the serial names; that of a hardware device names none."""
    known = _ARN.fullmatch(serial)
    return known[2] if known else None


def check(serial: str, account_id: str, region: str | None) -> None:
    """Raises ValueError with a sentence, and hints, where this can't be the serial of a device in that account."""
    if ":u2f/" in serial:
        raise ValueError(
            "is a FIDO key or passkey: it gives no code, and AWS wants one for a session",
            "add a virtual MFA device to this user (AWS allows eight) and name that",
        )
    if ":user/" in serial:
        hint = f"the device's is like {serial.replace(':user/', ':mfa/')}"
        raise ValueError("is the ARN of the user, not of the MFA device", hint)
    known = _ARN.fullmatch(serial)
    if not known and (serial.startswith("arn:") or not _HARDWARE.fullmatch(serial)):
        like = arn(account_id or "111122223333", region)
        hint = f"write {like}, or the number on a hardware device"
        raise ValueError(f"{serial!r} is not the serial of an MFA device", hint)
    if known and known[2] != account_id:
        raise ValueError(f"belongs to account {known[2]}, but AWS_ACCOUNT_ID is {account_id}")
    if known and region and known[1] != partition(region):
        raise ValueError(f"is in partition {known[1]}, but AWS_REGION {region} is in {partition(region)}")
