"""`make try`: the whole job on this machine alone, with stand-ins for 1Password and AWS and nothing else made up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT / "tests")

from standins import op_install, sts  # noqa: E402 - they are found only now

TOUR = """\
step() {
  local command=$*
  set --  # a sourced file would take these for its own
  printf '\\n\\033[1m$ %s\\033[0m\\n' "$command"
  eval "$command"
}
say() { printf '\\n# %s\\n' "$*"; }

say 'Stand-ins for 1Password and AWS run on this machine: nothing leaves it, and no key here is a real one.'
say 'The neutered base key, on its own, may do nothing:'
step export AWS_PROFILE=test-bootstrap
step aws s3 ls
say 'One touch makes a session of it, in this very shell:'
failed=
step source get_mfa_session.sh || failed=1
step mfa-session status || failed=1
say 'Now every program has it:'
step aws sts get-caller-identity || failed=1
step aws s3 mb s3://hello || failed=1
step aws s3 ls || failed=1
say 'And back, as if nothing had been:'
step mfa_session_deactivate
step 'echo $AWS_PROFILE'
step aws s3 ls
say 'The session is kept, so that whoever asks next needs no touch: one command,'
step mfa-session exec test -- aws s3 ls || failed=1
say 'a role, here one that may only read,'
step mfa-session exec test --role-arn arn:aws:iam::111122223333:role/deploy --read-only -- aws s3 ls || failed=1
step mfa-session exec test --role-arn arn:aws:iam::111122223333:role/deploy --read-only -- aws s3 rb s3://hello
say 'or any program, through a profile:'
step mfa-session configure test --profile work --yes || failed=1
step AWS_PROFILE=work aws s3 ls || failed=1
"""
END = """\
exit "${failed:-0}"
"""
STAY = """\
say 'This shell is yours to try it: source get_mfa_session.sh, mfa-session --help; exit ends it and removes everything.'
PS1='(stand-ins) $ '
"""
ACCOUNT = """\
AWS_ACCOUNT_ID={user.account_id}
MFA_SERIAL={user.mfa_serial}
OP_ITEM="AWS test"
OP_VAULT=Private
"""
PROFILE = """\
[test-bootstrap]
aws_access_key_id = {user.access_key_id}
aws_secret_access_key = {user.secret_access_key}
region = us-east-1
"""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="mfa-session-try-") as folder, sts.AwsStandIn() as aws:
        home = Path(folder)
        user = aws.users[0]
        aws.roles.append(sts.Role(arn=f"arn:aws:iam::{user.account_id}:role/deploy", trusted=(user.arn,)))
        _write(home / ".aws/credentials", PROFILE.format(user=user))
        _write(home / "envs/.env.test", ACCOUNT.format(user=user))
        _write(home / "tour.sh", TOUR + END)
        _write(home / "tour-and-stay.sh", TOUR + STAY)
        (home / "bin").mkdir()
        state = op_install.default_state(seed=user.seed) | {"auth": {"mode": "touch", "delay": 1.5}}
        op_install.install(home / "bin", state)
        environ = {
            "HOME": folder,
            "PATH": os.pathsep.join(
                [str(home / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "TERM": os.environ.get("TERM", "dumb"),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_PAGER": "",
            "HISTFILE": "/dev/null",
        }
        bash = shutil.which("bash")
        if bash is None:
            print("make try needs bash", file=sys.stderr)
            return 1
        stay = sys.stdin.isatty() and sys.stdout.isatty()
        argv = [bash, "--noprofile", "--rcfile", "tour-and-stay.sh", "-i"] if stay else [bash, "tour.sh"]
        status = subprocess.run(argv, cwd=home, env=environ, check=False).returncode
        forget = ["mfa-session", "clear", "test"]
        subprocess.run(forget, cwd=home, env=environ, stdout=subprocess.DEVNULL, check=False)
        return 0 if stay else status


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


if __name__ == "__main__":
    sys.exit(main())
