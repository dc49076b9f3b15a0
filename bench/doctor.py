"""doctor: what a look at one account costs, beside what loading the AWS SDK does. It is to stay under 5 s."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import timing
import world
from standins import sts

LATENCY, RUNS = 0.1, 10  # seconds a request of AWS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sts.AwsStandIn(latency=LATENCY) as aws:
        _, env = world.make(Path(folder), aws)
        program = str(world.BIN / "mfa-session")
        sdk = "python -I -c 'import boto3'"
        candidates = {
            sdk: [sys.executable, "-I", "-c", "import boto3"],
            "doctor test": [program, "doctor", "test"],
            "doctor test --deep": [program, "doctor", "test", "--deep"],
        }
        found = timing.medians(candidates, env, RUNS)
        print(f"median of {RUNS}, in turns; AWS takes {LATENCY * 1000:.0f} ms a request")
        for name, seconds in found.items():
            print(f"  {seconds:.3f} s  {seconds / found[sdk]:.2f} x import boto3  {name}")


if __name__ == "__main__":
    main()
