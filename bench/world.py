"""A home with one account, and stand-ins for `op` and AWS, for what is measured here."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from standins import op_install, sts

BIN = Path(sys.executable).parent


def role(aws: sts.AwsStandIn, name: str = "deploy") -> str:
    """The ARN of a role that the user may assume."""
    arn = f"arn:aws:iam::{aws.users[0].account_id}:role/{name}"
    aws.roles.append(sts.Role(arn=arn, trusted=(aws.users[0].arn,)))
    return arn


def make(
    home: Path, aws: sts.AwsStandIn, op_latency: float = 0.0, store: str = "none"
) -> tuple[op_install.OpStandIn, dict[str, str]]:
    """The stand-in for `op`, and the environment to run programs in."""
    user = aws.users[0]
    (home / ".env.test").write_text(
        f"AWS_ACCOUNT_ID={user.account_id}\nMFA_SERIAL={user.mfa_serial}\nOP_ITEM=AWS test\nAWS_REGION=us-east-1\n"
        f"AWS_ACCESS_KEY_ID={user.access_key_id}\nAWS_SECRET_ACCESS_KEY={user.secret_access_key}\n"
    )
    (home / ".env.test").chmod(0o600)
    (home / "bin").mkdir()
    op = op_install.install(home / "bin", op_install.default_state(seed=user.seed) | {"latency": op_latency})
    env = {
        "HOME": str(home),
        "PATH": f"{home}/bin:{BIN}:/usr/bin:/bin",
        "MFA_SESSION_ENV_DIR": str(home),
        "MFA_SESSION_STORE": store,
        "AWS_ENDPOINT_URL": aws.url,
    }
    return op, env
