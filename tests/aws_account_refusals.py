"""AWS config files that lead to no session: asked profile, text, what is said of it, what to type."""

from __future__ import annotations

from typing import NamedTuple

from aws_account_plans import ALICE, ROLE


class Case(NamedTuple):
    """Profile root holds a key, in the credentials file."""

    profile: str
    text: str
    said: str
    hint: str
    more: str = ""


ROOT = f"[profile root]\nmfa_serial = {ALICE}\n\n"
WORK = f"[profile work]\nmfa_serial = {ALICE}\n"


def deploy(*lines: str) -> str:
    return "\n".join(
        [ROOT + "[profile deploy]", "source_profile = root", f"role_arn = {ROLE}/deploy", *lines, ""]
    )


def set_(key: str, value: str = "VALUE", profile: str = "deploy") -> str:
    return f"correct it: aws configure set {key} {value} --profile {profile}"


WAYS = {
    "a circle of sources": Case(
        "a",
        f"[profile x]\nsource_profile = a\nrole_arn = {ROLE}/x\n[profile a]\nsource_profile = b\nrole_arn = {ROLE}/a\n"
        f"[profile b]\nsource_profile = a\nrole_arn = {ROLE}/b\n",
        "source_profile goes round in a circle: a -> b -> a",
        "take source_profile out of one of these profiles",
    ),
    "a circle further on": Case(
        "x",
        f"[profile x]\nsource_profile = a\nrole_arn = {ROLE}/x\n[profile a]\nsource_profile = b\nrole_arn = {ROLE}/a\n"
        f"[profile b]\nsource_profile = a\nrole_arn = {ROLE}/b\n",
        "source_profile goes round in a circle: a -> b -> a",
        "take source_profile out of one of these profiles",
    ),
    "a circle of what is included": Case(
        "a",
        "[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = c\n[profile c]\ninclude_profile = a\n",
        "include_profile goes round in a circle: a -> b -> c -> a",
        "take include_profile out of one of these profiles",
    ),
    "including itself": Case(
        "root",
        ROOT + "include_profile = root\n",
        "include_profile goes round in a circle: root -> root",
        "take include_profile out of one of these profiles",
    ),
    "a source that is not there": Case(
        "deploy",
        f"[profile deploy]\nsource_profile = rooot\nrole_arn = {ROLE}/deploy\n",
        "source_profile of profile deploy names rooot, and there is no such profile",
        set_("source_profile", "root"),
    ),
    "a chain without an end": Case(
        "c30",
        ROOT
        + "".join(
            f"[profile c{n}]\nsource_profile = {f'c{n - 1}' if n else 'root'}\nrole_arn = {ROLE}/r{n}\n"
            for n in range(31)
        ),
        "profile c30 stands on more than 20 others",
        "leave some of them out",
    ),
    "an included one that is not there": Case(
        "my dev",
        "[profile 'my dev']\ninclude_profile = common\n",
        "include_profile of profile my dev names common, and there is no such profile",
        set_("include_profile", "NAME", '"my dev"'),
    ),
    "a base without a key": Case(
        "deploy",
        f"{WORK}\n[profile deploy]\nsource_profile = work\nrole_arn = {ROLE}/deploy\n",
        "the access key of profile work is missing",
        "type: aws configure --profile work",
    ),
    "its own source without a key": Case(
        "work",
        WORK + f"source_profile = work\nrole_arn = {ROLE}/deploy\n",
        "the access key of profile work is missing",
        "type: aws configure --profile work",
    ),
    "half a key": Case(
        "work",
        WORK,
        "aws_secret_access_key of profile work is missing",
        "type: aws configure --profile work",
        more="[work]\naws_access_key_id = AKIAEXAMPLEHALF00000\n",
    ),
    "half a key, and a source": Case(
        "work",
        WORK + "source_profile = root\n",
        "aws_access_key_id of profile work is missing",
        "type: aws configure --profile work",
        more="[work]\naws_secret_access_key = not/a+secret\n",
    ),
    "an included key": Case(
        "order-dev",
        ROOT + f"[profile order-dev]\ninclude_profile = root\nrole_arn = {ROLE}/developers\n",
        "the access key of profile order-dev is missing",
        "type: aws configure --profile order-dev\n"
        "or to use that of root: aws configure set source_profile root --profile order-dev",
    ),
    "a role of the source that nobody asked for": Case(
        "dev-eu",
        deploy() + "\n[profile dev-eu]\nsource_profile = deploy\nregion = eu-west-1\n",
        "profile dev-eu has no role_arn, and its source profile deploy takes a role",
        "name that one: mfa-session export deploy\n"
        "or add the role: aws configure set role_arn ARN --profile dev-eu",
    ),
}

VALUES = {
    "no device": Case(
        "deploy",
        f"[profile root]\nregion = cn-north-1\n[profile deploy]\nsource_profile = root\nrole_arn = {ROLE}/deploy\n",
        "the AWS profile deploy has no mfa_serial",
        "add mfa_serial = arn:aws-cn:iam::ACCOUNT:mfa/NAME to profile deploy",
    ),
    "a passkey": Case(
        "root",
        "[profile root]\nmfa_serial = arn:aws:iam::111122223333:u2f/user/alice/key-ABC\n",
        "mfa_serial of profile root is a FIDO key or passkey: it gives no code, and AWS wants one for a session",
        "add a virtual MFA device to this user (AWS allows eight) and name that",
    ),
    "the user": Case(
        "deploy",
        deploy("mfa_serial = arn:aws:iam::111122223333:user/alice"),
        "mfa_serial of profile deploy is the ARN of the user, not of the MFA device",
        "the device's is like arn:aws:iam::111122223333:mfa/alice",
    ),
    "a comment behind a value": Case(
        "root",
        "[profile root]\nmfa_serial = GAHT12345678 # mine\n",
        "mfa_serial of profile root: 'GAHT12345678 # mine' is not the serial of an MFA device",
        "write arn:aws:iam::111122223333:mfa/NAME, or the number on a hardware device",
    ),
    "quotes": Case(
        "deploy",
        deploy('role_session_name = "alice"'),
        "role_session_name of profile deploy has quotes, which are a part of the value there",
        "write role_session_name = alice",
    ),
    "two lines": Case(
        "deploy",
        deploy("external_id = one", "  two"),
        "external_id of profile deploy has a line break or another control character in its value",
        set_("external_id"),
    ),
    "a region of other people": Case(
        "deploy",
        deploy("region = us-gov-west-1"),
        "mfa_serial of profile root is in partition aws, but region us-gov-west-1 is in aws-us-gov",
        "correct one of them: aws configure set region NAME --profile deploy",
    ),
    "no ARN of a role": Case(
        "root",
        ROOT + "role_arn = deploy\n",
        "role_arn of profile root: 'deploy' is not the ARN of a role",
        "it is like arn:aws:iam::111122223333:role/NAME",
    ),
    "a role on the way": Case(
        "target",
        deploy("role_session_name = a b")
        + f"[profile target]\nsource_profile = deploy\nrole_arn = {ROLE}/t\n",
        "role_session_name of profile deploy: 'a b' can't be the name of a role session",
        "AWS takes 2 to 64 of letters, digits and _+=,.@-",
    ),
    "too long": Case(
        "deploy",
        deploy("duration_seconds = 43201"),
        "duration_seconds of profile deploy: '43201' is out of range: AWS gives 15m to 12h",
        "write 1h, say",
    ),
    "no tags": Case(
        "deploy",
        deploy("session_tags = key1,key2"),
        "session_tags of profile deploy: 'key1,key2' is not a list of tags",
        "write them like Project=web,Team=data",
    ),
    "a tag that is not there": Case(
        "deploy",
        deploy("session_tags = key1=value1", "transitive_session_tags = key1,key2"),
        "transitive_session_tags of profile deploy: names key2, which is none of the session's tags",
        "add key2=VALUE to those",
    ),
    "an included value": Case(
        "dev",
        deploy("source_identity = aws:me") + "[profile dev]\ninclude_profile = deploy\n",
        "source_identity of profile deploy: 'aws:me' begins with aws:, which AWS keeps for itself",
        "choose another name",
    ),
    "standard input for an item": Case(
        "root",
        ROOT + "mfa_session_op_item = -\n",
        "mfa_session_op_item of profile root: '-' means standard input to op",
        "write the item's name or id",
    ),
    "a reference for an item": Case(
        "root",
        ROOT + "mfa_session_op_item = op://Work/AWS test\n",
        "mfa_session_op_item of profile root can't be an op:// reference: it is no secret",
        "write the item's name or id",
    ),
}
