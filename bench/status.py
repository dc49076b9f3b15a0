"""`mfa-session status --short`, which prompts run, against an interpreter that does nothing. At most 3 times it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import timing

RUNS = 40
ENV = {
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE00000WXYZ",
    "MFA_SESSION_ACCESS_KEY_ID": "ASIAEXAMPLE00000WXYZ",
    "MFA_SESSION_PROFILE": "test",
    "MFA_SESSION_ACCOUNT_ID": "111122223333",
    "MFA_SESSION_EXPIRES_EPOCH": str(int(time.time()) + 3600),
}


def main() -> None:
    program = str(Path(sys.executable).with_name("mfa-session"))
    found = timing.medians(
        {
            "python -I -c pass": [sys.executable, "-I", "-c", "pass"],
            "mfa-session status --short": [program, "status", "--short"],
            "mfa-session --version (for comparison: through click)": [program, "--version"],
        },
        ENV,
        RUNS,
    )
    base = found["python -I -c pass"]
    print(f"median of {RUNS}, in turns, Python {sys.version.split()[0]}")
    for name, seconds in found.items():
        print(f"  {seconds * 1000:6.1f} ms  {seconds / base:5.2f} x  {name}")


if __name__ == "__main__":
    main()
