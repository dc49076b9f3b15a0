"""The stand-in for `op` itself, run as the process that the other tests will run."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import time

import pytest
from standins import op_install, totp

pytestmark = pytest.mark.one_python

OTP = ("item", "get", "AWS test", "--otp")
REFERENCE = "op://Private/AWS test/one-time password?attribute=otp"
ERROR = re.compile(r"\[ERROR] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d (.*)\n", re.DOTALL)


@pytest.fixture
def op(tmp_path):
    return op_install.install(tmp_path / "bin dir", op_install.default_state())


def error(op, *args, **how):
    """The sentence of a call that must fail the usual way."""
    result = op.run(*args, **how)
    match = ERROR.fullmatch(result.stderr)
    assert match, result.stderr
    assert (result.returncode, result.stdout) == (1, "")
    return match[1]


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(at, code):
    assert totp.code(base64.b32encode(b"12345678901234567890").decode(), at) == code
    assert totp.step(at) == at // 30


@pytest.mark.parametrize("args", [OTP, ("--no-color", *OTP, "--vault=private"), ("read", REFERENCE)])
@pytest.mark.parametrize(
    "value", ["jbsw y3dp ehpk 3pxp", "otpauth://totp/x%40y?issuer=z&secret=JBSWY3DPEHPK3PXP"]
)
def test_a_code_is_the_one_of_now(op, args, value):
    op.state["items"][0]["fields"][-1]["value"] = value
    op.update(clock_offset=12345)
    before = time.time() + 12345
    got = op.run(*args).stdout
    assert got in {totp.code("JBSWY3DPEHPK3PXP", at) + "\n" for at in (before, time.time() + 12345)}


def test_json_carries_code_and_seed(op):
    field = json.loads(op.run(*OTP[:3], "--fields", "type=otp", "--format", "json").stdout)
    assert list(field) == ["id", "section", "type", "label", "value", "totp", "reference"]
    item = json.loads(op.run(*OTP[:3], OP_FORMAT="json").stdout)
    assert item["fields"][-1]["totp"].isdigit()
    assert len(json.loads(op.run(*OTP[:3], "--fields=username,password", "--format=json").stdout)) == 2
    assert isinstance(json.loads(op.run(*OTP, OP_FORMAT="json").stdout), str)


def test_concealed_fields_need_reveal_since_2_30(op):
    fields = ("item", "get", "aws TEST", "--fields", "label=access key id,label=secret access key")
    hidden = "[use 'op item get awstestitemaaaaaaaaaaaaaaa --reveal' to reveal]"
    assert op.run(*fields).stdout == f"AKIAIOSFODNN7EXAMPLE,{hidden}\n"
    assert (
        op.run(*fields, "--reveal").stdout
        == "AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
    )
    op.update(version="2.29.0")
    assert error(op, *fields, "--reveal") == "unknown flag: --reveal"
    assert "wJalr" in op.run(*fields).stdout
    op.update(quirks=["concealed_fields"])
    assert hidden in op.run(*fields).stdout


NO_ITEM = "Specify the item with its UUID, name, or domain."
NO_VAULT = "isn't a vault in this account. Specify the vault with its ID or name."
UNREADABLE = "could not read secret '{0}': "


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("item", "get", "x"), f'"x" isn\'t an item. {NO_ITEM}'),
        (("item", "get", "x", "--vault", "Work"), f'"x" isn\'t an item in the "Work" vault. {NO_ITEM}'),
        (("item", "get", "x", "--vault", "V"), f'"V" {NO_VAULT}'),
        (("item", "get", "AWS test", "--fields", "x"), '"x" isn\'t a field in the "AWS test" item'),
        (
            ("read", "op://Work/nope/f"),
            f'{UNREADABLE}could not get item Work/nope: "nope" isn\'t an item in the "Work" vault. {NO_ITEM}',
        ),
        (("read", "op://V/i/f"), f'{UNREADABLE}could not get item V/i: "V" {NO_VAULT}'),
        (
            ("read", "op://Private/AWS test/x"),
            f"{UNREADABLE}item 'Private/AWS test' does not have a field 'x'",
        ),
        (
            ("read", "op://a/b"),
            f"{UNREADABLE}invalid secret reference '{{0}}': too few '/': "
            "secret references should have at least vault, item and field specified",
        ),
        (
            ("read", "op://a/b (c)/d"),
            f"{UNREADABLE}invalid secret reference '{{0}}': invalid character in secret reference: '('",
        ),
        (("item", "share", "x"), 'unknown command "share" for "op item"'),
        (("environment", "list"), 'unknown command "environment" for "op"'),
        (("--otp", "item", "get", "x"), 'unknown command "get" for "op"'),
        (("item", "get", "x", "--bogus"), "unknown flag: --bogus"),
        (("read", "-x", "y"), "unknown shorthand flag: 'x' in -x"),
        (("item", "get", "x", "--vault"), "flag needs an argument: --vault"),
        (("item", "get", "--", "--otp"), f'"--otp" isn\'t an item. {NO_ITEM}'),
    ],
)
def test_errors_have_the_words_of_the_original(op, args, sentence):
    assert error(op, *args) == sentence.replace("{0}", args[-1])


def test_ambiguous_archived_and_without_otp(op):
    copy = {**op.state["items"][0], "id": "copy", "vault": op.state["vaults"][1]["id"], "fields": []}
    op.state["items"].append(copy)
    op.save()
    assert error(op, *OTP) == (
        'More than one item matches "AWS test". Try again and specify the item by its ID: '
        '\n\t* for the item "AWS test" in vault Private: awstestitemaaaaaaaaaaaaaaa'
        '\n\t* for the item "AWS test" in vault Work: copy'
    )
    assert error(op, *OTP, "--vault", "work") == '"AWS test" doesn\'t have a one-time password.'
    copy["state"] = "ARCHIVED"
    op.save()
    assert op.run(*OTP).returncode == 0
    assert "ARCHIVED" in op.run("item", "get", "copy", "--format=json").stdout
    assert "More than one" in error(op, *OTP, OP_INCLUDE_ARCHIVE="true")


def test_inject_fills_a_template_from_a_pipe(op):
    got = op.run(
        "inject",
        given=f'a={{{{ {REFERENCE} }}}} b=op://private/awstestitemaaaaaaaaaaaaaaa/username {{{{ "{{{{" }}}}',
    )
    assert re.fullmatch(r"a=\d{6} b=user@example.com \{\{\n", got.stdout), got
    assert error(op, "inject") == "expected data on stdin but none found"
    assert error(op, "inject", given="u={{ op://Private/AWS test/username }}\nx={{ op://a/b(/c }}") == (
        "parsing error at 2:14: invalid character: ("
    )
    assert error(op, "inject", given="op://Work/x/y") == (
        "could not resolve item UUID for item x: could not find item x in vault workvaultaaaaaaaaaaaaaaaaa"
    )
    assert "too few '/'" in error(op, "inject", given="# no op:// here")


@pytest.mark.parametrize("args", [OTP, ("read", REFERENCE), ("item", "list"), ("inject", "-i", "/dev/null")])
def test_an_open_pipe_on_stdin_hangs_it(op, args):
    reader, writer = os.pipe()
    with subprocess.Popen([op.program, *args], stdin=reader, stdout=subprocess.DEVNULL) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        os.close(writer)
        assert process.wait(10) == 0
    os.close(reader)


AUTH_WORDS = {
    "no_accounts": "error initializing client: ",
    "multi_account": "multiple accounts found. Use the --account flag or set the OP_ACCOUNT environment variable",
    "not_signed_in": "You are not currently signed in. Please run `op signin --help` for instructions",
    "session_expired": "session expired, sign in to create a new session",
    "app_down": "error initializing client: connecting to desktop app: read: connection reset",
    "app_timeout": "error initializing client: connecting to desktop app: connecting to desktop app timed out",
    "offline": "error initializing client: RequestDelegatedSession: cannot setup session. Please check the logs",
    "locked": "1Password app is locked. Please open 1Password, unlock it with your password, and then try again",
    "sa_deleted": "error initializing client: Authentication: (failed to auth.LookupAuth), Network: (failed to",
    "sa_malformed": "error initializing client: Validation: (failed to session.DecodeSACredentials), Server: (",
    "sa_429": "(429) Too Many Requests: You've reached the maximum number of this type of requests this service",
    "sa_needs_vault": "a vault query must be provided when this command is called by a service account",
    "config_owner": "Can't continue. We can't safely access \"/nonexistent/.config/op\" because it's not owned",
}


@pytest.mark.parametrize("mode", AUTH_WORDS)
def test_each_way_of_not_being_let_in(op, mode):
    op.update(auth={"mode": mode})
    assert error(op, *OTP).startswith(AUTH_WORDS[mode])
    assert (op.run("account", "list", "--format", "json").stdout == "[]\n") is (mode == "no_accounts")
    if mode not in ("sa_needs_vault", "config_owner"):
        assert error(op, "read", REFERENCE).startswith(
            f"could not read secret '{REFERENCE}': error initializing client: "
        )


def test_ways_to_be_let_in_after_all(op):
    op.update(auth={"mode": "app_timeout_once"})
    assert error(op, *OTP) == AUTH_WORDS["app_timeout"]
    assert op.run(*OTP).returncode == 0
    op.update(auth={"mode": "multi_account"})
    assert op.run(*OTP, OP_ACCOUNT="my.1password.com").returncode == 0
    assert error(op, *OTP, "--account", "other") == "no account found for filter other"
    op.update(auth={"mode": "sa_needs_vault"})
    assert op.run(*OTP, "--vault", "Private").returncode == 0
    op.update(auth={"mode": "error", "stderr": "any\n", "stdout": "thing", "exit": 9})
    answer = op.run(*OTP)
    assert (answer.stderr, answer.stdout, answer.returncode) == ("any\n", "thing", 9)


def test_a_service_account_token_shuts_out_the_desktop_account(op):
    op.update(
        auth={"mode": "prompt", "outcome": "hang"}, service_account={"token": "ops_x", "vaults": ["Work"]}
    )
    assert error(op, *OTP, "--vault", "Private", OP_SERVICE_ACCOUNT_TOKEN="ops_x") == f'"Private" {NO_VAULT}'
    assert error(op, *OTP, "--vault", "Work", OP_SERVICE_ACCOUNT_TOKEN="?") == AUTH_WORDS["sa_malformed"] + (
        "failed to DecodeSACredentials), illegal base64 data at input byte 12"
    )
    assert op.prompts == []
