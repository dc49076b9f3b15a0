"""A base key in 1Password: both halves and the code by one approval, in as few calls as can be, and never the seed."""

from __future__ import annotations

import re

import pytest
from onepassword_runs import Window, argvs, asked, failure, item, otp_field, program

pytestmark = pytest.mark.one_python

KEY_ID, SECRET = "op://Work/AWS prod/access key id", "op://Work/AWS prod/secret access key"
CODE = "op://Work/AWS prod/one-time password?attribute=otp"
INJECT = ["inject"]
OTP = ["item", "get", "AWS prod", "--otp"]
RECORDER = """\
#!/bin/sh
if [ "$1" = inject ]; then
    [ -p /dev/stdin ] || echo "not a pipe" >>"$HOME/templates"
    tee -a "$HOME/templates" | real-op "$@"
else
    exec real-op "$@"
fi
"""


@pytest.fixture(autouse=True)
def templates(world):
    """What is fed to `op inject`, line by line; whatever a test of this file does, the seed is never asked for."""
    program(world, RECORDER)
    yield lambda: (world.home / "templates").read_text().splitlines()
    for call in asked(world):
        assert call["argv"][0] == "inject" or "--otp" in call["argv"]
        assert not {"--format", "--fields", "--reveal", "--debug"} & set(call["argv"])
    for line in (world.home / "templates").read_text().splitlines():
        reference = re.fullmatch(r"\{\{ (op://[^{}]+) \}\}", line)
        assert reference, line
        assert "one-time" not in reference[1] or reference[1].endswith("/one-time password?attribute=otp")


def prod(world, **keys):
    """Write the account `prod` again; None leaves a key out."""
    usual = {
        "AWS_ACCOUNT_ID": "444455556666",
        "MFA_SERIAL": world.aws.users[1].mfa_serial,
        "OP_ITEM": "AWS prod",
        "OP_VAULT": "Work",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }
    world.account("prod", **(usual | keys))


def used_key(world):
    """The base key that AWS has been shown."""
    return {request.access_key_id for request in world.aws.requests if request.action == "GetSessionToken"}


def test_one_call_and_one_prompt_bring_everything(world, templates):
    world.op.update(auth={"mode": "prompt"})
    assert world.export("prod")["AccessKeyId"].startswith("ASIA")
    assert (argvs(world), len(world.op.prompts)) == ([INJECT], 1)
    assert templates() == [f"{{{{ {reference} }}}}" for reference in (KEY_ID, SECRET, CODE)]
    assert used_key(world) == {world.aws.users[1].access_key_id}


def test_the_1password_account_is_named_in_every_call(world):
    prod(world, OP_ACCOUNT="my.1password.com")
    world.export("prod")
    assert argvs(world) == [["inject", "--account", "my.1password.com"]]


@pytest.mark.parametrize(
    ("title", "vault"),
    [("AWS prod", None), ("AWS prod (old)", "Work"), ("Zugang für AWS", "Work"), ("-AWS/prod", "Work")],
)
def test_where_no_reference_can_name_the_item_two_calls_share_a_prompt(world, templates, title, vault):
    item(world, "AWS prod")["title"] = title
    world.op.update(auth={"mode": "prompt"})
    half = "op://Work/awsproditemaaaaaaaaaaaaaaa/"
    halves = {
        "AWS_ACCESS_KEY_ID": half + "access key id",
        "AWS_SECRET_ACCESS_KEY": half + "secret access key",
    }
    prod(world, OP_ITEM=title, OP_VAULT=vault, **halves)
    assert Window(world, "prod").session()["AccessKeyId"].startswith("ASIA")
    first, second = argvs(world)
    assert (first, second[:2]) == (INJECT, ["item", "get"])
    assert {title, "--otp", *(["--vault", vault] if vault else [])} < set(second)
    assert len(templates()) == 2
    assert len(world.op.prompts) == 1


@pytest.mark.parametrize("auth", [{"mode": "ok"}, {"mode": "prompt"}])
def test_a_code_under_another_label_is_found_all_the_same(world, auth):
    otp_field(world, "AWS prod")["label"] = "MFA of alice"
    world.op.update(auth=auth)
    assert Window(world, "prod").session()["AccessKeyId"].startswith("ASIA")
    assert argvs(world) == [INJECT, INJECT, [*OTP, "--vault", "Work"]]
    assert len(world.op.prompts) == (auth["mode"] == "prompt")


def test_an_item_without_a_code_is_named(world):
    item(world, "AWS prod")["fields"].remove(otp_field(world, "AWS prod"))
    world.op.update(auth={"mode": "prompt"})
    window = Window(world, "prod")
    assert window.end() == 1
    assert "the 1Password item 'AWS prod' has no one-time password" in window.shown
    assert len(world.op.prompts) == 1


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("op://Work/AWS prod/secret", "item 'Work/AWS prod' does not have a field 'secret'"),
        ("op://Work/AWS prod/more/secret", "item 'Work/AWS prod' does not have a field 'secret'"),
        ("op://Work/AWS/secret access key", "could not find item AWS in vault"),
        ("op://Nowhere/AWS prod/secret access key", "Nowhere"),
    ],
)
def test_a_reference_to_what_is_not_there_is_named(world, reference, words):
    prod(world, AWS_SECRET_ACCESS_KEY=reference)
    failed = failure(world, "prod")
    assert words in failed.message
    assert failed.hints
    assert world.aws.count("GetSessionToken") == 0


def test_a_reference_that_could_mean_two_items_is_named(world):
    key = item(world, "AWS prod") | {"title": "Keys"}
    world.op.state["items"] += [key | {"id": letter * 26} for letter in "kl"]
    world.op.save()
    prod(world, AWS_SECRET_ACCESS_KEY="op://Work/Keys/secret access key")
    failed = failure(world, "prod")
    assert "Keys" in failed.message
    assert all(letter * 26 in "\n".join(failed.hints) for letter in "kl")


@pytest.mark.parametrize("value", [None, "", "two\nlines"])
@pytest.mark.parametrize("label", ["access key id", "secret access key"])
def test_a_field_that_is_not_one_line_of_text_is_no_half_of_a_key(world, label, value):
    field = next(one for one in item(world, "AWS prod")["fields"] if one["label"] == label)
    field.pop("value") if value is None else field.update(value=value)
    world.op.save()
    assert "op did not give one line for each reference" in failure(world, "prod").message
    assert world.aws.requests == []


@pytest.mark.parametrize("half", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_one_half_may_be_a_reference_and_the_other_a_literal(world, templates, half):
    user = world.aws.users[1]
    literal = {"AWS_ACCESS_KEY_ID": user.access_key_id, "AWS_SECRET_ACCESS_KEY": user.secret_access_key}
    prod(world, **{half: literal[half]})
    world.export("prod")
    assert (argvs(world), len(templates())) == ([INJECT], 2)
    assert used_key(world) == {user.access_key_id}


def test_references_of_another_item_and_a_section(world):
    item(world, "AWS prod")["fields"] = [otp_field(world, "AWS prod")]
    keys = item(world, "AWS test") | {"id": "k" * 26, "title": "keys.of-all_accounts"}
    world.op.state["items"].append(keys)
    world.op.save()
    place = "op://private/keys.of-all_accounts/aws/"
    prod(world, AWS_ACCESS_KEY_ID=place + "Access Key ID", AWS_SECRET_ACCESS_KEY=place + "secret access key")
    failure(world, "prod")  # for AWS, it is the key of the other account
    assert argvs(world) == [INJECT]


def test_a_wrong_key_from_1password_is_found_before_the_code_is_sent(world):
    world.aws.users[1].active = False
    assert "does not know the base key ****0000" in failure(world, "prod").message
    assert (world.aws.count("GetCallerIdentity"), world.aws.count("GetSessionToken")) == (1, 0)
