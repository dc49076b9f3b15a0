"""An account's file, checked before anybody is asked for anything."""

from __future__ import annotations

import dataclasses

import pytest

from mfa_session import accounts, envfile
from mfa_session.errors import ConfigError

USUAL = {
    "AWS_ACCOUNT_ID": "111122223333",
    "MFA_SERIAL": "arn:aws:iam::111122223333:mfa/alice",
    "OP_ITEM": "AWS test",
}
SECRET = "not/a+real/secret/of/anyone/anywhere/000"


def load(tmp_path, named_by_profile=None, mode=0o600, **keys):
    path = tmp_path / ".env.test"
    lines = USUAL | keys
    path.write_text("".join(f"{key}={value}\n" for key, value in lines.items() if value is not None))
    path.chmod(mode)
    return envfile.load(accounts.Found("test", path, named_by_profile), {})


def test_what_an_account_is(tmp_path):
    account = load(tmp_path, OP_VAULT="Private", OP_ACCOUNT="my.1password.com", AWS_REGION="eu-west-1")
    assert account.label == "test (111122223333)"
    assert account.mfa_serial == "arn:aws:iam::111122223333:mfa/alice"
    assert (account.otp.op.item, account.otp.op.vault, account.otp.op.account) == (
        "AWS test",
        "Private",
        "my.1password.com",
    )
    assert (account.region, account.duration, account.warnings) == ("eu-west-1", 12 * 3600, ())


@pytest.mark.parametrize(
    ("alias", "key"),
    [
        ("ACCOUNT_ID", "AWS_ACCOUNT_ID"),
        ("AWS_MFA_SERIAL", "MFA_SERIAL"),
        ("MFA_ARN", "MFA_SERIAL"),
        ("OP_VAULT_ITEM", "OP_ITEM"),
    ],
)
def test_aliases(tmp_path, alias, key):
    accounts = load(tmp_path, **{key: None, alias: USUAL[key]}), load(tmp_path)
    same, usual = (dataclasses.replace(account, text_hash="") for account in accounts)
    assert same == usual


def test_the_alias_of_the_region(tmp_path):
    assert load(tmp_path, AWS_DEFAULT_REGION="eu-west-1").region == "eu-west-1"


@pytest.mark.parametrize(
    "serial",
    [
        "arn:aws-cn:iam::111122223333:mfa/alice",
        "arn:aws-us-gov:iam::111122223333:mfa/path/al.ice@example.com",
        "arn:aws-iso-b:iam::111122223333:mfa/a_b+c=d,e",
        "GAHT12345678",
    ],
)
def test_serials_of_every_kind(tmp_path, serial):
    assert load(tmp_path, MFA_SERIAL=serial).mfa_serial == serial


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_a_device_name_is_enough(tmp_path, region, partition):
    account = load(tmp_path, MFA_SERIAL=None, MFA_DEVICE_NAME="alice", AWS_REGION=region)
    assert account.mfa_serial == f"arn:{partition}:iam::111122223333:mfa/alice"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12h", 43200), ("90m", 5400), ("3600", 3600), ("1h30m", 5400), ("15m", 900), ("36H", 129600)],
)
def test_durations(tmp_path, text, seconds):
    assert load(tmp_path, SESSION_DURATION=text).duration == seconds


def test_where_the_base_key_is(tmp_path):
    assert load(tmp_path).key.profiles == ("test-bootstrap", "test")
    assert load(tmp_path, named_by_profile="work").key.profiles == ("work", "test-bootstrap", "test")
    assert load(tmp_path, named_by_profile="work", AWS_PROFILE="mine").key.profiles == ("mine",)
    key = load(tmp_path, AWS_ACCESS_KEY_ID="op://V/I/id", AWS_SECRET_ACCESS_KEY=SECRET).key
    assert key.references == ("op://V/I/id",)
    assert key.profiles == ()
    assert SECRET not in repr(key)


def test_a_literal_secret_that_others_can_read_is_warned_about(tmp_path):
    literal = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLETEST00000", "AWS_SECRET_ACCESS_KEY": SECRET}
    (warning,) = load(tmp_path, mode=0o644, **literal).warnings
    assert warning.endswith(f"type chmod 600 {tmp_path}/.env.test")
    assert load(tmp_path, mode=0o600, **literal).warnings == ()
    reference = literal | {"AWS_SECRET_ACCESS_KEY": "op://V/I/secret"}
    assert load(tmp_path, mode=0o644, **reference).warnings == ()


def test_an_unknown_key_is_a_warning_with_the_nearest_known_name(tmp_path):
    (warning,) = load(tmp_path, OP_ITM="x").warnings
    assert warning == f"{tmp_path}/.env.test:4: OP_ITM is not a key of this file, did you mean OP_ITEM?"
    assert load(tmp_path, TF_VAR_x="1").warnings[0].endswith("TF_VAR_x is not a key of this file")


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "no_proxy",
    ],
)
def test_the_file_can_not_redirect_requests(tmp_path, name):
    with pytest.raises(ConfigError, match=f":4: {name} is refused") as error:
        load(tmp_path, **{name: "http://127.0.0.1:1"})
    assert error.value.hints


@pytest.mark.parametrize(
    ("keys", "said", "hint"),
    [
        ({"AWS_ACCOUNT_ID": None}, "AWS_ACCOUNT_ID is missing", "AWS_ACCOUNT_ID=111122223333"),
        ({"MFA_SERIAL": None}, "MFA_SERIAL is missing", "MFA_SERIAL=arn:aws:iam::111122223333:mfa/NAME"),
        ({"OP_ITEM": None}, "OP_ITEM is missing", "OP_ITEM=AWS test"),
        ({"OP_ITEM": ""}, "OP_ITEM is missing", "OP_ITEM="),
        ({"AWS_ACCOUNT_ID": "11112222333"}, "'11112222333' is not an account id", ""),
        ({"AWS_ACCOUNT_ID": "١١١١٢٢٢٢٣٣٣٣"}, "is not an account id", ""),
        ({"AWS_ACCOUNT_ID": "444455556666"}, "belongs to account 111122223333", ""),
        ({"ACCOUNT_ID": "444455556666"}, "ACCOUNT_ID contradicts AWS_ACCOUNT_ID", ""),
        ({"MFA_SERIAL": "arn:aws:iam::111122223333:u2f/user/alice/k"}, "is a FIDO key", "virtual MFA device"),
        ({"MFA_SERIAL": "arn:aws:iam::111122223333:user/alice"}, "ARN of the user", ":mfa/alice"),
        ({"MFA_SERIAL": "arn:aws:iam::1111:mfa/alice"}, "is not the serial", ":mfa/NAME"),
        ({"MFA_SERIAL": "short"}, "is not the serial", ""),
        ({"AWS_REGION": "cn-north-1"}, "is in partition aws, but AWS_REGION cn-north-1 is in aws-cn", ""),
        ({"AWS_REGION": "Frankfurt"}, "'Frankfurt' is not the name of a region", "eu-west-1"),
        ({"SESSION_DURATION": "10m"}, "'10m' is out of range", ""),
        ({"SESSION_DURATION": "37h"}, "'37h' is out of range", ""),
        ({"SESSION_DURATION": "a day"}, "'a day' is not a duration", ""),
        ({"AWS_ACCESS_KEY_ID": "AKIAEXAMPLETEST00000"}, "AWS_SECRET_ACCESS_KEY is missing", "add AWS_SECRET"),
        ({"AWS_SECRET_ACCESS_KEY": SECRET}, "AWS_ACCESS_KEY_ID is missing", "take AWS_SECRET_ACCESS_KEY out"),
        (
            {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE000000000", "AWS_SECRET_ACCESS_KEY": SECRET},
            "belongs to a session",
            "AKIA",
        ),
        (
            {"AWS_ACCESS_KEY_ID": "op://V/I", "AWS_SECRET_ACCESS_KEY": SECRET},
            "op://V/I is not a reference",
            "op://vault",
        ),
        (
            {"AWS_ACCESS_KEY_ID": "op://V/I(1)/f", "AWS_SECRET_ACCESS_KEY": SECRET},
            "is not a reference",
            "by id",
        ),
        ({"MFA_SERIAL": "op://V/I/serial"}, "can't be an op:// reference", "write the value itself"),
        ({"OP_ITEM": "-"}, "standard input", "id"),
        ({"OP_ITEM": '"a\nb"'}, "control character", ""),
    ],
)
def test_bad_input_gets_a_sentence_of_its_own(tmp_path, keys, said, hint):
    with pytest.raises(ConfigError) as error:
        load(tmp_path, **keys)
    assert said in error.value.message
    assert error.value.message.startswith(str(tmp_path))
    assert hint in " ".join(error.value.hints)
    assert SECRET not in str(error.value) + repr(error.value) + " ".join(error.value.hints)


def test_nobody_is_asked_for_a_touch_over_a_bad_file(world):
    world.account(SESSION_DURATION="1m")
    result = world.run("export", "test")
    assert (result.returncode, result.stdout) == (1, "")
    assert "SESSION_DURATION: '1m' is out of range" in result.stderr
    assert world.op.calls == []
    assert world.aws.requests == []


def test_warnings_do_not_stop_it(world):
    world.account(OP_ITM="x", SESSION_DURATION="30m")
    result = world.run("export", "test")
    assert result.returncode == 0
    assert "warning" in result.stderr
    assert "did you mean OP_ITEM?" in result.stderr
    assert "last 15 minutes" in result.stderr
    assert "botocore" in result.stderr


def test_a_missing_key_that_was_mistyped_is_pointed_at(tmp_path):
    with pytest.raises(ConfigError, match="MFA_SERIAL is missing") as error:
        load(tmp_path, MFA_SERIAL=None, MFA_SERAIL="arn:aws:iam::111122223333:mfa/alice")
    assert error.value.hints[0] == "line 3 has MFA_SERAIL: is that meant?"


@pytest.mark.parametrize("written", ["OP://V/I/id", '"{{ op://V/I/id }}"', "{{op://V/I/id}}"])
def test_a_reference_in_the_other_spellings_that_op_takes(tmp_path, written):
    key = load(tmp_path, AWS_ACCESS_KEY_ID=written, AWS_SECRET_ACCESS_KEY="op://V/I/secret").key
    assert key.references == ("op://V/I/id", "op://V/I/secret")


def test_a_device_and_a_serial_that_contradict_each_other(tmp_path):
    assert load(tmp_path, MFA_DEVICE_NAME="alice").mfa_serial.endswith("/alice")
    with pytest.raises(ConfigError, match="MFA_DEVICE_NAME contradicts the serial"):
        load(tmp_path, MFA_DEVICE_NAME="bob")
    with pytest.raises(ConfigError, match="MFA_DEVICE_NAME is more than a name"):
        load(tmp_path, MFA_SERIAL=None, MFA_DEVICE_NAME=USUAL["MFA_SERIAL"])


def test_swapped_halves_are_noticed_and_the_secret_is_not_shown(tmp_path):
    with pytest.raises(ConfigError, match="is not the id of an access key") as error:
        load(tmp_path, AWS_ACCESS_KEY_ID=SECRET, AWS_SECRET_ACCESS_KEY="AKIAEXAMPLETEST00000")
    assert SECRET not in str(error.value)
