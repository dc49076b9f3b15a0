"""What runs as a process of its own, beside the one that a person has started: `python -I apart.py fetch`, or `serve`.

What it is to do comes through its standard input, since there are secrets in it.
"""

import os
import sys


def main() -> None:
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    import mfa_session  # noqa: F401 - this very copy, be there another; all else is where Python looks for it

    del sys.path[0]
    from mfa_session import __main__ as program

    if sys.argv[1:] == ["fetch"]:
        from mfa_session.commands import fetch

        program.main(fetch.run)
    from mfa_session.commands import serve_apart

    program.main(serve_apart.run)


if __name__ == "__main__":
    main()
