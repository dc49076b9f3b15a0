"""Every way to a session that is kept, against an interpreter that does nothing, in one run.

| by the line of a configured profile, with keyctl    | at most 0.5 x python -I -S -c pass |
| the same without                                    | at most 1.8 x python -I -S -c pass |
| mfa-session exec -- true, mfa-session export        | at most 2.5 x python -I -c pass    |
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import timing
import world
from standins import sts

import mfa_session.ready

RUNS = 40
BARE, USUAL = "python -I -S -c pass", "python -I -c pass"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sts.AwsStandIn() as aws:
        home = Path(folder)
        _, env = world.make(home, aws, store="kernel")
        program, file = str(world.BIN / "mfa-session"), str(home / ".env.test")
        in_role = [f"--role-arn={world.role(aws)}"]
        candidates = {
            BARE: [sys.executable, "-I", "-S", "-c", "pass"],
            USUAL: [sys.executable, "-I", "-c", "pass"],
            "credential_process, with keyctl": [str(world.BIN / "mfa-session-credentials"), file],
            "credential_process, without": [sys.executable, "-I", "-S", mfa_session.ready.__file__, file],
            "credential_process of a role, with keyctl": [
                str(world.BIN / "mfa-session-credentials"),
                file,
                *in_role,
                "--",
            ],
            "mfa-session exec test -- true": [program, "exec", "test", "--", "true"],
            "mfa-session exec test --role-arn ARN -- true": [program, "exec", "test", *in_role, "--", "true"],
            "mfa-session export test": [program, "export", "test"],
        }
        try:
            for words in ([], in_role):
                argv = [program, "credential-process", "--env-file", file, *words]
                subprocess.run(argv, env=env, capture_output=True, check=True)
            found = timing.medians(candidates, env, RUNS)
        finally:
            subprocess.run([program, "clear", "test"], env=env, capture_output=True, check=True)
        assert aws.count("GetSessionToken") == aws.count("AssumeRole") == 1, (
            "nothing was measured but what is warm"
        )
    print(f"median of {RUNS}, in turns, Python {sys.version.split()[0]}")
    for name, seconds in found.items():
        base = USUAL if name.startswith("mfa-session") or name == USUAL else BARE
        print(
            f"  {seconds * 1000:6.1f} ms  {seconds / found[base]:5.2f} x {base.removesuffix(' -c pass')}  {name}"
        )


if __name__ == "__main__":
    main()
