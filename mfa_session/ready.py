"""The answer of credential_process where it is ready-made: `python -I -S ready.py FILE [OPTION]... --`, without keyctl.

Whatever is not ready, `mfa-session credential-process` does. SDKs wait for this one, so it imports next to nothing.
"""

import os
import sys


def main() -> None:
    sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    from mfa_session import identity, refreshing, wiring
    from mfa_session.errors import MfaSessionError

    file, *options = sys.argv[1:]
    refreshing.leave(os.environ)
    if options[:1] and options[0].startswith("--aws-profile="):
        os.environ["AWS_CONFIG_FILE"] = file  # the profile is in there, whatever is around
    answer = None
    try:
        place, name = wiring.place(os.environ), identity.of_file(file, os.environ)
        line = " ".join(options).removesuffix("--")
        answer = place.get(f"{identity.READY}{name}{line}") if place and name else None
    except MfaSessionError:  # the program itself has the words for it
        pass
    if answer:
        os.write(1, answer.encode())
        return
    rest = ["credential-process", "--env-file", file, *options]
    program = os.path.join(os.path.dirname(sys.executable), "mfa-session")
    if os.path.exists(program):
        os.execv(program, [program, *rest])
    os.execvp("mfa-session", ["mfa-session", *rest])  # pip install --user puts it elsewhere


if __name__ == "__main__":
    main()
