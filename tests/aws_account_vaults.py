"""More of `aws_account_plans`: the forms that aws-vault documents, and where the code comes from."""

from __future__ import annotations

from aws_account_plans import ALICE, ROLE, Case

MIXIN = f"""\
; The "common" profile here operates as a "config fragment" rather than a profile
[profile common]
region=eu-west-1
mfa_serial={ALICE}
source_profile = root

[profile root]
include_profile = common

[profile order-dev]
include_profile = common
role_arn={ROLE}/developers
"""
PARENT = f"""\
; The "root" profile here operates as a profile, a config fragment as well as a source_profile
[profile root]
region=eu-west-1
mfa_serial={ALICE}
source_profile = root

[profile order-dev]
include_profile = root
role_arn={ROLE}/developers

[profile order-staging-admin]
include_profile = root
role_arn={ROLE}/administrators
"""
CHAIN = f"""\
[profile read-only]
mfa_serial = {ALICE}

[profile intermediary]
source_profile = read-only
role_arn = {ROLE}/intermediary

[profile target]
source_profile = intermediary
role_arn = arn:aws:iam::444455556666:role/target
"""

VAULT = {
    "mixin style": Case(
        "order-dev", MIXIN, f"key root / {ALICE} / in eu-west-1 / code prompt / role 111122223333/developers"
    ),
    "mixin style, the one with the key": Case(
        "root", MIXIN, f"key root / {ALICE} / in eu-west-1 / code prompt"
    ),
    "parent style": Case(
        "order-staging-admin",
        PARENT,
        f"key root / {ALICE} / in eu-west-1 / code prompt / role 111122223333/administrators",
    ),
    "parent style, the parent": Case("root", PARENT, f"key root / {ALICE} / in eu-west-1 / code prompt"),
    "MFA at the source, as in version 4": Case(
        "admin-b",
        f"[profile read-only]\nmfa_serial = {ALICE}\n\n[profile admin-a]\nsource_profile = read-only\n"
        f"role_arn = {ROLE}/admin-access\n\n[profile admin-b]\nsource_profile = read-only\n"
        "role_arn = arn:aws:iam::987654321987:role/admin-access\n",
        f"key read-only / {ALICE} / code prompt / role 987654321987/admin-access",
        keys=("read-only",),
    ),
    "MFA in each profile, as since version 5": Case(
        "role2",
        f"[profile tom]\nmfa_serial = {ALICE}\n\n[profile role1]\nsource_profile = tom\nmfa_serial = {ALICE}\n"
        f"role_arn = {ROLE}/role1\n\n[profile role2]\nsource_profile = tom\nmfa_serial = {ALICE}\n"
        "role_arn = arn:aws:iam::333333333333:role/role2\n",
        f"key tom / {ALICE} / code prompt / role 333333333333/role2",
        keys=("tom",),
    ),
    "a chain of roles": Case(
        "target",
        CHAIN,
        f"key read-only / {ALICE} / code prompt / role 111122223333/intermediary / role 444455556666/target",
        keys=("read-only",),
    ),
    "tags that go along the chain": Case(
        "target",
        f"[profile root]\nregion=eu-west-1\nmfa_serial={ALICE}\n\n[profile order-dev]\nsource_profile = root\n"
        f"role_arn={ROLE}/developers\nsession_tags = key1=value1, key2=value 2,key3=\n"
        "transitive_session_tags = key1, key2\nrole_session_name = first\n\n"
        f"[profile target]\nsource_profile = order-dev\nrole_arn={ROLE}/target\nsession_tags = key4=a=b\n",
        f"key root / {ALICE} / in eu-west-1 / code prompt"
        " / role 111122223333/developers as first tags key1=value1,key2=value 2,key3= on key1,key2"
        " / role 111122223333/target tags key4=a=b",
    ),
    "source identity": Case(
        "order-dev",
        f"[profile root]\nmfa_serial={ALICE}\n\n[profile order-dev]\nsource_profile = root\n"
        f"role_arn={ROLE}/developers\nsource_identity=your_user_name\n",
        f"key root / {ALICE} / code prompt / role 111122223333/developers by your_user_name",
    ),
    "mfa_process": Case(
        "foo",
        f"[profile foo]\nmfa_serial={ALICE}\nmfa_process=pass otp my_aws_mfa\n",
        f"key foo / {ALICE} / code command (pass otp my_aws_mfa)",
        keys=("foo",),
    ),
    "mfa_process with the shell's quotes": Case(
        "foo",
        f'[profile foo]\nmfa_serial={ALICE}\nmfa_process="/opt/my codes/totp" --for "aws test"\n',
        f'key foo / {ALICE} / code command ("/opt/my codes/totp" --for "aws test")',
        keys=("foo",),
    ),
    "included from what is included, the nearest first": Case(
        "dev",
        f"[profile all]\nmfa_serial = {ALICE}\nregion = us-east-1\nduration_seconds = 900\nexternal_id = far\n"
        "source_profile = root\n\n[profile team]\ninclude_profile = all\nregion = eu-west-1\nexternal_id = near\n\n"
        f"[profile dev]\ninclude_profile = team\nregion = eu-north-1\nrole_arn = {ROLE}/dev\n\n[profile root]\n",
        f"key root / {ALICE} / in eu-north-1 / code prompt / role 111122223333/dev ext=near 15m",
    ),
    "a key that is not included": Case(
        "dev",
        f"[profile other]\nmfa_serial = {ALICE}\n\n[profile dev]\ninclude_profile = other\nsource_profile = root\n",
        f"key root / {ALICE} / code prompt",
        keys=("other", "root"),
    ),
    "a role that is included": Case(
        "dev-eu",
        f"[profile root]\nmfa_serial = {ALICE}\n\n[profile dev]\nsource_profile = root\nrole_arn = {ROLE}/dev\n"
        "role_session_name = alice\n\n[profile dev-eu]\ninclude_profile = dev\nregion = eu-west-1\n",
        f"key root / {ALICE} / in eu-west-1 / code prompt / role 111122223333/dev as alice",
    ),
    "a source that only passes on": Case(
        "deploy",
        f"[profile work]\nsource_profile = root\nregion = eu-west-1\n\n[profile root]\nmfa_serial = {ALICE}\n\n"
        f"[profile deploy]\nsource_profile = work\nrole_arn = {ROLE}/deploy\n",
        f"key root / {ALICE} / in eu-west-1 / code prompt / role 111122223333/deploy",
    ),
}

CODES = {
    "1Password": Case(
        "root",
        f"[profile root]\nmfa_serial = {ALICE}\nmfa_session_op_item = AWS test\nmfa_session_op_vault = Work\n"
        "mfa_session_op_account = my.1password.com\n",
        f"key root / {ALICE} / code op (AWS test, Work, my.1password.com)",
    ),
    "1Password, said at the source": Case(
        "target",
        CHAIN.replace("[profile intermediary]", "mfa_session_op_item = AWS test\n\n[profile intermediary]"),
        f"key read-only / {ALICE} / code op (AWS test)"
        " / role 111122223333/intermediary / role 444455556666/target",
        keys=("read-only",),
    ),
    "1Password before mfa_process": Case(
        "root",
        f"[profile root]\nmfa_process = pass otp aws\nmfa_serial = {ALICE}\nmfa_session_op_item = AWS test\n",
        f"key root / {ALICE} / code op (AWS test) or command (pass otp aws)",
    ),
    "but the nearer one before that": Case(
        "deploy",
        f"[profile root]\nmfa_serial = {ALICE}\nmfa_session_op_item = AWS test\n\n[profile deploy]\n"
        f"source_profile = root\nrole_arn = {ROLE}/deploy\nmfa_process = pass otp aws\n",
        f"key root / {ALICE} / code command (pass otp aws) or op (AWS test) / role 111122223333/deploy",
    ),
    "a nearer device": Case(
        "deploy",
        f"[profile root]\nmfa_serial = arn:aws:iam::111122223333:mfa/phone\n\n[profile deploy]\n"
        f"source_profile = root\nrole_arn = {ROLE}/deploy\nmfa_serial = {ALICE}\n",
        f"key root / {ALICE} / code prompt / role 111122223333/deploy",
    ),
}
