"""Fifty cold `credential-process` at once: one `op`, one GetSessionToken, fifty equal answers.

How long all of it takes is given as a ratio to one alone, in the same run.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

import world
from standins import op_install, sts

CROWD, RUNS = 50, 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sts.AwsStandIn(latency=0.1) as aws:
        home = Path(folder)
        op, env = world.make(home, aws, op_latency=1.0, store="kernel")
        program = str(world.BIN / "mfa-session")
        argv = [program, "credential-process", "--env-file", str(home / ".env.test")]
        print(f"{CROWD} at once, {RUNS} times; op takes 1 s and STS 100 ms a request")
        for _ in range(RUNS):
            alone, _ = _time(1, argv, env)
            _forget(home, program, env, op, aws)
            together, results = _time(CROWD, argv, env)
            failures = sum(code != 0 for code, _ in results)
            answers = {answer for _, answer in results}
            print(
                f"  {len(op.calls)} op, {aws.count('GetSessionToken')} GetSessionToken, {len(answers)} different"
                f" answers, {failures} failures; {together:.2f} s, {together / alone:.2f} x one alone"
            )
            _forget(home, program, env, op, aws)


def _time(count: int, argv: list[str], env: dict[str, str]) -> tuple[float, list[tuple[int, bytes]]]:
    start = time.perf_counter()
    crowd = [
        subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # in an editor, say, there is no terminal
        )
        for _ in range(count)
    ]
    answers = [process.communicate()[0] for process in crowd]
    return time.perf_counter() - start, [(p.returncode, a) for p, a in zip(crowd, answers, strict=True)]


def _forget(
    home: Path, program: str, env: dict[str, str], op: op_install.OpStandIn, aws: sts.AwsStandIn
) -> None:
    subprocess.run([program, "clear", "test"], env=env, capture_output=True, check=True)
    for note in home.rglob("device-*"):
        note.unlink()
    op.clear()
    aws.requests.clear()
    aws.forget_codes()


if __name__ == "__main__":
    main()
