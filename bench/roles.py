"""Roles: what one costs beyond AWS's own answer where the session is kept, and ten at once with nothing kept."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import world
from standins import sts

LATENCY, RUNS, ROLES = 0.1, 10, 10  # seconds a request of STS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sts.AwsStandIn(latency=LATENCY) as aws:
        home = Path(folder)
        op, env = world.make(home, aws, op_latency=1.0, store="kernel")
        program = str(world.BIN / "mfa-session")
        arns = [world.role(aws, f"r{number}") for number in range(ROLES)]

        def exports(*wanted: str) -> float:
            start = time.perf_counter()
            argv = [program, "export", "test", "--shell", "json"]
            crowd = [
                subprocess.Popen(
                    [*argv, f"--role-arn={arn}"],
                    env=env,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                for arn in wanted
            ]
            assert not any(process.wait() for process in crowd)
            return time.perf_counter() - start

        def bare() -> float:
            start = time.perf_counter()
            subprocess.run([sys.executable, "-I", "-c", "import boto3"], check=True)
            return time.perf_counter() - start

        try:
            cold = exports(*arns)
            print(f"op takes 1 s and STS {LATENCY * 1000:.0f} ms a request")
            print(
                f"  {ROLES} roles at once, nothing kept: {len(op.calls)} op, {aws.count('GetSessionToken')} GetSessionToken,"
                f" {aws.count('AssumeRole')} AssumeRole; {cold:.2f} s"
            )
            one, imported = [], []
            for _ in range(RUNS):
                one.append(_refreshed(program, arns[0], env))
                imported.append(bare())
            median, base = statistics.median(one), statistics.median(imported)
            print(
                f"  a role of a kept session: {median:.3f} s, of which {LATENCY:.3f} s are AWS's;"
                f" the rest is {(median - LATENCY) / base:.2f} x python -I -c 'import boto3' (median of {RUNS})"
            )
        finally:
            subprocess.run([program, "clear", "test"], env=env, capture_output=True, check=True)


def _refreshed(program: str, arn: str, env: dict[str, str]) -> float:
    start = time.perf_counter()
    argv = [program, "export", "test", "--refresh", f"--role-arn={arn}"]
    subprocess.run(argv, env=env, capture_output=True, check=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
