"""A stand-in for the 1Password CLI, for tests and the demo; it is NOT `op` and knows no real secret.

Run as `python -I -S op.py ARGS` by the wrapper of `op_install`, which names the state file and the log.
"""

# pathlib is slow to import
# ruff: noqa: PTH100, PTH120, PTH123
from __future__ import annotations

import _signal as signal  # `signal` itself imports `enum`, which is slow
import os
import sys


class Killed(BaseException):
    """SIGTERM arrived: end as a program without a handler would, but log it and give the terminal back first."""


def _killed(_signum, _frame):
    raise Killed


def main() -> int:
    import op_args
    import op_commands
    import op_json
    import op_log
    import op_run

    log = op_log.Log(os.environ.pop("STANDIN_OP_LOG"))
    state_file = os.environ.pop("STANDIN_OP_STATE")
    code = 70
    try:
        log.start(sys.argv[1:])
        with open(state_file, encoding="utf-8") as file:
            state = op_json.loads(file.read())
        run = op_run.Run(state, state_file, log)
        try:
            run.command, run.options, run.args = op_args.parse(sys.argv[1:], run.environ, run.version)
            run.finish(op_commands.perform(run))
            code = 0
        except op_run.OpError as error:
            run.finish(error.stdout, error)
            code = 0 if run.misbehaves("exit0_error") else error.exit
    except KeyboardInterrupt:
        code = 130
    except Killed:
        code = 128 + signal.SIGTERM
        raise
    except Exception:  # noqa: BLE001 - a defect of the stand-in must look like one
        import traceback

        traceback.print_exc()
    finally:
        log.end(code)
    return code


if __name__ == "__main__":
    try:
        # A Go program dies of a closed pipe; Python would print a traceback.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, _killed)
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # -I leaves it out
        status = main()
    except KeyboardInterrupt:
        status = 130
    except Killed:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        status = 128 + signal.SIGTERM
    os._exit(status)  # no interpreter shutdown: it is slow, and a second Ctrl-C there prints a traceback
