"""The answer of credential_process where it is ready-made: `python -I -S ready.py ENV-FILE`, for where there is no keyctl.

Whatever is not ready, `mfa-session credential-process` does. SDKs wait for this one, so it imports next to nothing.
"""

import os
import sys


def main() -> None:
    sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    from mfa_session import identity, wiring
    from mfa_session.errors import MfaSessionError

    answer = None
    try:
        place, name = wiring.place(os.environ), identity.of_file(sys.argv[1], os.environ)
        answer = place.get(identity.READY + name) if place and name else None
    except MfaSessionError:  # the program itself has the words for it
        pass
    if answer:
        os.write(1, answer.encode())
        return
    rest = ["credential-process", "--env-file", sys.argv[1]]
    program = os.path.join(os.path.dirname(sys.executable), "mfa-session")
    if os.path.exists(program):
        os.execv(program, [program, *rest])
    os.execvp("mfa-session", ["mfa-session", *rest])  # pip install --user puts it elsewhere


if __name__ == "__main__":
    main()
