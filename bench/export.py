"""What `mfa-session export` adds to what a person can't be spared: `op`, and one round trip to STS. At most 0.25 s.

The stand-in for `op` takes 1.0 s, and that for STS 100 ms a request; both say when they were asked, so the parts show.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import timing
import world
from standins import sts

RUNS = 10
OP, STS = 1.0, 0.1
PARTS = ("until op starts", "op", "from op's end to STS", "STS", "from STS's answer to the end")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sts.AwsStandIn(latency=STS) as aws:
        home = Path(folder)
        op, env = world.make(home, aws, op_latency=OP)
        program = str(Path(sys.executable).with_name("mfa-session"))
        rows = []
        for _ in range(RUNS + 1):
            op.clear()
            aws.requests.clear()
            aws.forget_codes()
            shutil.rmtree(home / ".local", ignore_errors=True)
            start = time.time()
            timing.once([program, "export", "test"], env)
            rows.append(_parts(start, time.time(), op.calls[0], aws.requests))
    rows = rows[1:]  # the first one fills the caches of the disk
    totals = [sum(row) for row in rows]
    print(f"mfa-session export, median of {RUNS}, op takes {OP} s and STS {STS * 1000:.0f} ms a request")
    for name, values in zip(PARTS, zip(*rows, strict=True), strict=True):
        print(f"  {statistics.median(values):6.3f} s  {name}")
    total = statistics.median(totals)
    print(
        f"  {total:6.3f} s  in all: {total - OP - STS:.3f} s more than op and one round trip ({OP + STS} s)"
    )
    print(f"  {total / (OP + STS):6.2f} x  those two")


def _parts(start: float, end: float, call: dict, requests: list) -> tuple[float, ...]:
    asked = next(request.time for request in requests if request.action == "GetSessionToken")
    return (
        call["started"] - start,
        call["ended"] - call["started"],
        asked - call["ended"],
        STS,
        end - asked - STS,
    )


if __name__ == "__main__":
    main()
