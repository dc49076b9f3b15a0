"""AWS config files as people have them, and what each means: asked profile, text, profiles with a key, the plan."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """`keys` are profiles of the credentials file that hold one; `more` is what else stands there."""

    profile: str
    text: str
    plan: str
    keys: tuple[str, ...] = ("root",)
    more: str = ""


ALICE = "arn:aws:iam::111122223333:mfa/alice"
ROLE = "arn:aws:iam::111122223333:role"

# The AWS CLI's user guide and topic config-vars, and what people make of them.
CLI = {
    "a user's own": Case(
        "alice",
        f"[profile alice]\nregion = eu-west-1\noutput = json\nmfa_serial = {ALICE}\n",
        f"key alice / {ALICE} / in eu-west-1 / code prompt",
        keys=("alice",),
    ),
    "the guide's role with MFA": Case(
        "role-with-mfa",
        "[profile role-with-mfa]\nregion = us-west-2\nrole_arn = arn:aws:iam::128716708097:role/cli-role\n"
        "source_profile = cli-user\nmfa_serial = arn:aws:iam::128716708097:mfa/cli-user\n\n"
        "[profile cli-user]\nregion = us-west-2\noutput = json\n",
        "key cli-user / arn:aws:iam::128716708097:mfa/cli-user / in us-west-2 / code prompt / role 128716708097/cli-role",
        keys=("cli-user",),
    ),
    "all that a role can have": Case(
        "deploy",
        f"[default]\n\n[profile deploy]\nrole_arn = {ROLE}/team/deploy\nsource_profile = default\n"
        f"mfa_serial = {ALICE}\nrole_session_name = alice@example.com\nexternal_id = Unique/Id:42\n"
        "duration_seconds = 7200\nregion = eu-central-1\n",
        f"key default / {ALICE} / in eu-central-1 / code prompt"
        " / role 111122223333/team/deploy as alice@example.com ext=Unique/Id:42 2h",
        keys=("default",),
    ),
    "across accounts, from default": Case(
        "audit",
        f"[default]\nregion = us-east-1\nmfa_serial = {ALICE}\n\n"
        "[profile audit]\nrole_arn = arn:aws:iam::444455556666:role/OrganizationAccountAccessRole\n"
        "source_profile = default\n",
        f"key default / {ALICE} / in us-east-1 / code prompt / role 444455556666/OrganizationAccountAccessRole",
        keys=("default",),
    ),
    "a profile that is its own source": Case(
        "root",
        f"[profile root]\nrole_arn = {ROLE}/deploy\nsource_profile = root\nmfa_serial = {ALICE}\n",
        f"key root / {ALICE} / code prompt / role 111122223333/deploy",
    ),
    "a role beside its own key": Case(
        "root",
        f"[profile root]\nrole_arn = {ROLE}/deploy\nmfa_serial = {ALICE}\n",
        f"key root / {ALICE} / code prompt / role 111122223333/deploy",
    ),
    "a source counts more than an own key": Case(
        "work",
        f"[profile work]\nrole_arn = {ROLE}/deploy\nsource_profile = root\nmfa_serial = {ALICE}\n",
        f"key root / {ALICE} / code prompt / role 111122223333/deploy",
        keys=("work", "root"),
    ),
    "but not without a role": Case(
        "work",
        f"[profile work]\nsource_profile = root\nmfa_serial = {ALICE}\n",
        f"key work / {ALICE} / code prompt",
        keys=("work", "root"),
    ),
    "a source's key counts more than its role": Case(
        "work-admin",
        f"[profile work]\nmfa_serial = {ALICE}\nrole_arn = {ROLE}/ReadOnly\ncredential_source = Environment\n\n"
        f"[profile work-admin]\nrole_arn = {ROLE}/Administrator\nsource_profile = work\n",
        f"key work / {ALICE} / code prompt / role 111122223333/Administrator",
        keys=("work",),
    ),
    "and more than its own source": Case(
        "work-admin",
        f"[profile work]\nmfa_serial = {ALICE}\nrole_arn = {ROLE}/ReadOnly\nsource_profile = root\n\n"
        f"[profile work-admin]\nrole_arn = {ROLE}/Administrator\nsource_profile = work\n",
        f"key work / {ALICE} / code prompt / role 111122223333/Administrator",
        keys=("root", "work"),
    ),
    "the key in the config file": Case(
        "deploy",
        "[profile root]\naws_access_key_id = AKIAEXAMPLECONFIG000\naws_secret_access_key = not/a+secret\n"
        f"mfa_serial = {ALICE}\n\n[profile deploy]\nsource_profile = root\nrole_arn = {ROLE}/deploy\n",
        f"key root / {ALICE} / code prompt / role 111122223333/deploy",
        keys=(),
    ),
    "all in the credentials file": Case(
        "deploy",
        "",
        f"key root / {ALICE} / in eu-west-3 / code prompt / role 111122223333/deploy",
        more=f"[deploy]\nrole_arn = {ROLE}/deploy\nsource_profile = root\nmfa_serial = {ALICE}\nregion = eu-west-3\n",
    ),
    "the credentials file counts more": Case(
        "root",
        "[profile root]\nmfa_serial = arn:aws:iam::111122223333:mfa/old\nregion = us-east-1\n",
        f"key root / {ALICE} / in us-east-1 / code prompt",
        keys=(),
        more="[root]\naws_access_key_id = AKIAEXAMPLECREDS0000\naws_secret_access_key = not/a+secret\n"
        f"mfa_serial = {ALICE}\n",
    ),
    "a hardware device": Case(
        "ops",
        f"[profile root]\n[profile ops]\nsource_profile = root\nrole_arn = {ROLE}/ops\nmfa_serial = GAHT12345678\n"
        "region = us-gov-east-1\n",
        "key root / GAHT12345678 / in us-gov-east-1 / code prompt / role 111122223333/ops",
    ),
    "GovCloud": Case(
        "gov-admin",
        "[profile gov]\nregion = us-gov-west-1\nmfa_serial = arn:aws-us-gov:iam::111122223333:mfa/alice\n\n"
        "[profile gov-admin]\nrole_arn = arn:aws-us-gov:iam::444455556666:role/admin\nsource_profile = gov\n",
        "key gov / arn:aws-us-gov:iam::111122223333:mfa/alice / in us-gov-west-1 / code prompt"
        " / role aws-us-gov 444455556666/admin",
        keys=("gov",),
    ),
    "China": Case(
        "cn",
        "[profile cn]\nmfa_serial = arn:aws-cn:iam::111122223333:mfa/alice\n",
        "key cn / arn:aws-cn:iam::111122223333:mfa/alice / code prompt",
        keys=("cn",),
    ),
    "all that else stands in such a file": Case(
        "Data Team",
        f"[default]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = 20\n  role_arn = {ROLE}/not-this\n\n"
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n\n"
        "[profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n\n"
        "[services local]\ndynamodb =\n  endpoint_url = http://localhost:8000\n\n[plugins]\ncli_legacy_plugin_path = /x\n\n"
        f"# a comment\n[profile 'Data Team']\nRole_ARN={ROLE}/data\nSOURCE_PROFILE : default\n"
        f"  ; another\nservices = local\ns3 =\n  addressing_style = path\nMfa_Serial= {ALICE}\n",
        f"key default / {ALICE} / in us-east-1 / code prompt / role 111122223333/data",
        keys=("default",),
    ),
    "SSO that a role with a source does not use": Case(
        "deploy",
        f"[profile root]\nmfa_serial = {ALICE}\n\n[profile deploy]\nsource_profile = root\nrole_arn = {ROLE}/deploy\n"
        "sso_session = corp\nsso_account_id = 111122223333\ncredential_process = /usr/bin/other\n",
        f"key root / {ALICE} / code prompt / role 111122223333/deploy",
    ),
    "settings that are empty": Case(
        "deploy",
        f"[profile root]\nmfa_serial = {ALICE}\nsso_session =\nrole_arn =\n\n[profile deploy]\nsource_profile = root\n"
        f"role_arn = {ROLE}/deploy\nexternal_id =\nmfa_serial =\ncredential_source =\nregion =\n",
        f"key root / {ALICE} / code prompt / role 111122223333/deploy",
    ),
    "the length of a role's session, and no role": Case(
        "root",
        f"[profile root]\nmfa_serial = {ALICE}\nduration_seconds = 43201\nexternal_id = !\n",
        f"key root / {ALICE} / code prompt",
    ),
}
