"""AWS profiles as accounts: what each of a table of config files means, or what is said against it."""

from __future__ import annotations

import itertools

import aws_account_elsewhere as elsewhere
import aws_account_plans as plans
import aws_account_refusals as refusals
import aws_account_vaults as vaults
import pytest

from mfa_session import accounts, durations, wiring
from mfa_session.adapters import aws_account
from mfa_session.errors import ConfigError

PLANS = plans.CLI | vaults.VAULT | vaults.CODES
REFUSALS = refusals.WAYS | elsewhere.ELSEWHERE | refusals.VALUES
MINE = "/opt/bin/mfa-session-credentials"
SERIAL = f"mfa_serial = {plans.ALICE}\n"


@pytest.fixture
def put(tmp_path):
    """Writes both files; returns the environment that names them."""

    def put(config: str, keys: tuple[str, ...] = ("root",), more: str = "") -> dict[str, str]:
        held = "".join(
            f"[{name}]\naws_access_key_id = AKIAEXAMPLE{n:09}\naws_secret_access_key = not/a+secret\n"
            for n, name in enumerate(keys)
        )
        (tmp_path / "config").write_text(config, encoding="utf-8")
        (tmp_path / "credentials").write_text(held + more, encoding="utf-8")
        return {
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
            "HOME": str(tmp_path),
        }

    return put


def found(name: str, environ: dict[str, str]) -> accounts.Found:
    return accounts.Found(name, environ["AWS_CONFIG_FILE"], profile=name, own=True)


def load(name: str, environ: dict[str, str]):
    return aws_account.load(name, found(name, environ), environ)


def refused(call, *args) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        call(*args)
    return caught.value


def plan(account) -> str:
    """The account on one line: whose key, which device, where, which code, which roles."""
    otp = account.otp
    op = otp.op and ", ".join(filter(None, (otp.op.item, otp.op.vault, otp.op.account)))
    ways = {"op": op, "command": otp.command, "prompt": ""}
    first, *others = sorted(ways, key=lambda kind: kind != otp.kind)
    code = first + (f" ({ways[first]})" if ways[first] else "")
    code += "".join(f" or {kind} ({ways[kind]})" for kind in others if ways[kind])
    region = f"in {account.region}" if account.region else ""
    parts = [f"key {' '.join(account.key.profiles)}", account.mfa_serial, region, f"code {code}"]
    return " / ".join([*filter(None, parts), *map(role_plan, account.roles)])


def role_plan(role) -> str:
    _, partition, _, _, account_id, name = role.arn.split(":")
    words = ["role", "" if partition == "aws" else partition, f"{account_id}/{name.removeprefix('role/')}"]
    words += [f"as {role.session_name}"] if role.session_name else []
    words += [f"ext={role.external_id}"] if role.external_id else []
    words += [f"by {role.source_identity}"] if role.source_identity else []
    words += [durations.brief(role.duration)] if role.duration else []
    words += ["tags " + ",".join(f"{key}={value}" for key, value in role.tags)] if role.tags else []
    words += ["on " + ",".join(role.transitive)] if role.transitive else []
    return " ".join(filter(None, words))


@pytest.mark.parametrize("case", PLANS.values(), ids=PLANS)
def test_what_a_profile_means(put, case):
    environ = put(case.text, case.keys, case.more)
    account = load(case.profile, environ)
    assert plan(account) == case.plan
    assert (account.name, account.profile) == (case.profile, case.profile)
    assert str(account.path) == environ["AWS_CONFIG_FILE"]
    serial = account.mfa_serial
    assert account.account_id == (serial.split(":")[4] if serial.startswith("arn:") else "")
    assert account.otp.name == serial, "ykman's name, should an option choose it"
    assert (account.duration, account.warnings, bool(account.through)) == (43200, (), len(account.roles) > 1)
    assert case.profile in aws_account.names(environ)


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_what_is_said_against_one(put, case):
    environ = put(case.text, more=case.more)
    error = refused(load, case.profile, environ)
    assert error.message == f"{environ['AWS_CONFIG_FILE']}: {case.said}"
    assert "\n".join(error.hints) == case.hint
    assert case.profile not in aws_account.names(environ)


def test_the_table_is_long_enough():
    assert len(PLANS) + len(REFUSALS) >= 30
    for one, other in itertools.combinations(PLANS.values(), 2):
        assert (one.text, one.profile, one.more) != (other.text, other.profile, other.more)


def test_no_such_profile(put):
    environ = put("[other]\nmfa_serial = x\n[sso-session dev]\n[services dev]\n")
    assert load("other", environ) is None
    assert load("dev", environ) is None


@pytest.mark.parametrize("broken", [b"[half\n", b"[profile root]\nmfa_serial\n", b"[profile \xff]\n"])
@pytest.mark.parametrize("file", ["config", "credentials"])
def test_a_file_that_can_not_be_parsed(put, tmp_path, file, broken):
    environ = put(f"[profile root]\n{SERIAL}")
    (tmp_path / file).write_bytes(broken)
    error = refused(load, "root", environ)
    assert error.message == f"{tmp_path / file}: a line in this AWS config file can't be parsed"
    assert error.hints
    assert aws_account.names(environ) == []


def test_what_is_an_account_is_listed_beside_what_is_none(put):
    sso = elsewhere.ELSEWHERE["SSO"].text
    assert aws_account.names(put(vaults.PARENT + sso)) == ["order-dev", "order-staging-admin", "root"]


def test_settings_that_nobody_reads(put):
    environ = put(f"[profile root]\n{SERIAL}mfa_session_op_itme = AWS test\nparent_profile = x\n")
    itme, parent = load("root", environ).warnings
    assert (
        itme == "profile root has mfa_session_op_itme, which means nothing: did you mean mfa_session_op_item?"
    )
    assert "include_profile" in parent


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (f'"{MINE}" "/home/alice/.env.test" --', "/home/alice/.env.test"),
        (f'"{MINE}" \'/it\'"\'"\'s "here"/.env.test\' --', '/it\'s "here"/.env.test'),
        ('"/py" "-I" "-S" "/lib/mfa_session/ready.py" "/e/.env.a" --', "/e/.env.a"),
        ("mfa-session-credentials /e/.env.a", "/e/.env.a"),
        (MINE, None),
        ("/opt/bin/other /opt/bin/mfa-session-credentials /e/.env.a", None),
        ("/py -I -S /tmp/ready.py /e/.env.a", None),
        ("/py -I -S", None),
        ("/py -X -S /lib/mfa_session/ready.py /e/.env.a", None),
        ("half 'a quote", None),
    ],
)
def test_a_profile_of_our_own(put, command, path):
    environ = put(f"[profile test-mfa]\ncredential_process = {command}\n[profile root]\n")
    assert aws_account.ours("test-mfa", environ) == path
    assert aws_account.ours("root", environ) is None
    assert aws_account.ours("nowhere", environ) is None
    assert ("get_mfa_session.sh" in refused(load, "test-mfa", environ).hints[0]) == bool(path)


def test_what_a_profile_of_our_own_wants_more_than_a_file(put):
    environ = put(elsewhere.ELSEWHERE["mfa-session, in a role"].text)
    assert aws_account.ours("deploy-mfa", environ) is None


def test_neither_a_file_nor_a_profile(put):
    environ = put("")
    asked = accounts.Found(
        "test-bootstrap", environ["AWS_CONFIG_FILE"], "test-bootstrap", profile="test-bootstrap"
    )
    error = refused(wiring.account, asked, environ)
    assert error.message == "no file .env.test for account test-bootstrap (from AWS_PROFILE)"
    assert "/.config/mfa-session" in error.hints[0]


def test_a_profile_that_holds_no_more_than_a_key(put):
    environ = put("[profile test-bootstrap]\nregion = eu-west-1\n", ("test-bootstrap",))
    asked = accounts.Found(
        "test-bootstrap", environ["AWS_CONFIG_FILE"], "test-bootstrap", profile="test-bootstrap"
    )
    error = refused(wiring.account, asked, environ)
    assert (
        "the AWS profile test-bootstrap has no mfa_serial, and there is no file .env.test for"
        in error.message
    )
    assert error.hints[0] == "add mfa_serial = arn:aws:iam::ACCOUNT:mfa/NAME to profile test-bootstrap"
    assert error.hints[1].startswith("looked in ")
    assert "/.config/mfa-session" in error.hints[1]


def test_what_is_wrong_with_a_profile_is_said_as_it_is(put):
    case = elsewhere.ELSEWHERE["SSO"]
    environ = put(case.text)
    assert refused(wiring.account, found(case.profile, environ), environ).message.endswith(case.said)
    case = plans.CLI["a user's own"]
    environ = put(case.text, case.keys)
    assert plan(wiring.account(found(case.profile, environ), environ)) == case.plan
