"""More of `aws_account_refusals`: profiles that get their credentials in a way that is not done here."""

from __future__ import annotations

from aws_account_plans import ALICE, ROLE
from aws_account_refusals import ROOT, Case

ELSEWHERE = {
    "SSO": Case(
        "dev",
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n"
        "sso_registration_scopes = sso:account:access\n\n[profile dev]\nsso_session = corp\n"
        "sso_account_id = 111122223333\nsso_role_name = dev\nregion = eu-west-1\n",
        "profile dev has sso_session, and SSO is not done here",
        "type: aws sso login --profile dev",
    ),
    "SSO as it was": Case(
        "Administrator-123456789012",
        "[profile Administrator-123456789012]\nsso_start_url=https://aws-sso-portal.awsapps.com/start\n"
        "sso_region=eu-west-1\nsso_account_id=123456789012\nsso_role_name=Administrator\n",
        "profile Administrator-123456789012 has sso_start_url, and SSO is not done here",
        "type: aws sso login --profile Administrator-123456789012",
    ),
    "SSO at the source": Case(
        "AnotherRole",
        f"[profile dev]\nsso_account_id=123456789012\nsso_role_name=Administrator\n\n[profile AnotherRole]\n"
        f"role_arn={ROLE}/AnotherRole\nsource_profile=dev\nmfa_serial = {ALICE}\n",
        "profile dev has sso_account_id, and SSO is not done here",
        "type: aws sso login --profile dev",
    ),
    "SSO beside a key": Case(
        "root",
        ROOT + "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n",
        "profile root has sso_session, and SSO is not done here",
        "type: aws sso login --profile root",
    ),
    "a web identity": Case(
        "ci",
        f"[profile ci]\nrole_arn = {ROLE}/ci\nweb_identity_token_file = /var/run/token\n",
        "profile ci has web_identity_token_file, and web identities are not done here",
        "type: export AWS_PROFILE=ci; AWS's own tools do that themselves",
    ),
    "a web identity on the way": Case(
        "target",
        f"[profile ci]\nrole_arn = {ROLE}/ci\nweb_identity_token_file = /var/run/token\n\n[profile target]\n"
        f"role_arn = {ROLE}/target\nsource_profile = ci\nmfa_serial = {ALICE}\n",
        "profile ci has web_identity_token_file, and web identities are not done here",
        "type: export AWS_PROFILE=ci; AWS's own tools do that themselves",
    ),
    "aws-vault's web identity": Case(
        "role2",
        f"[profile role2]\nrole_arn = {ROLE}/role2\nweb_identity_token_process = oidccli raw\n",
        "profile role2 has web_identity_token_process, and web identities are not done here",
        "type: export AWS_PROFILE=role2; AWS's own tools do that themselves",
    ),
    "a machine's role": Case(
        "ec2",
        f"[profile ec2]\nrole_arn = {ROLE}/ec2\ncredential_source = Ec2InstanceMetadata\nmfa_serial = {ALICE}\n",
        "profile ec2 has credential_source, and that is not done here",
        "write source_profile = NAME in place of it, of a profile that has an access key",
    ),
    "aws login": Case(
        "console",
        "[profile console]\nlogin_session = arn:aws:iam::111122223333:user/alice\nregion = us-east-1\n",
        "profile console has login_session, and that is not done here",
        "type: aws login --profile console",
    ),
    "another program": Case(
        "home",
        f"[profile home]\nmfa_serial = {ALICE}\ncredential_process = aws-vault export --format=json home\n",
        "profile home has credential_process, and what another program gives is no base key",
        "type: export AWS_PROFILE=home; AWS's own tools run it themselves\n"
        "or put an IAM user's key there: aws configure --profile home",
    ),
    "mfa-session": Case(
        "test-mfa",
        "[profile test-mfa]\n# written by mfa-session\nregion = eu-west-1\n"
        'credential_process = "/opt/bin/mfa-session-credentials" "/home/al ice/envs/.env.test" --\n',
        "profile test-mfa gets its sessions from mfa-session, for /home/al ice/envs/.env.test",
        'type: source get_mfa_session.sh --env-file "/home/al ice/envs/.env.test"',
    ),
    "mfa-session, in a role": Case(
        "deploy-mfa",
        '[profile deploy-mfa]\ncredential_process = "/opt/bin/mfa-session-credentials" "/home/a/.env.test"'
        ' "--role-arn=arn:aws:iam::111122223333:role/deploy" "--read-only" --\n',
        "profile deploy-mfa gets its sessions from mfa-session, for /home/a/.env.test",
        'type: source get_mfa_session.sh --env-file "/home/a/.env.test"'
        ' "--role-arn=arn:aws:iam::111122223333:role/deploy" --read-only',
    ),
    "mfa-session, for a profile": Case(
        "dev-mfa",
        '[profile dev-mfa]\ncredential_process = "/opt/bin/mfa-session-credentials" "/home/a/.aws/config"'
        ' "--aws-profile=dev" "--read-only" --\n',
        "profile dev-mfa gets its sessions from mfa-session, for profile dev",
        "type: source get_mfa_session.sh dev --read-only",
    ),
    "mfa-session at the source": Case(
        "deploy",
        "[profile test-mfa]\n"
        'credential_process = "/usr/bin/python3" "-I" "-S" "/opt/lib/mfa_session/ready.py" "/home/a/.env.test" --\n\n'
        f"[profile deploy]\nrole_arn = {ROLE}/deploy\nsource_profile = test-mfa\n",
        "profile test-mfa gets its sessions from mfa-session, for /home/a/.env.test",
        'type: source get_mfa_session.sh --env-file "/home/a/.env.test"',
    ),
}
