"""`mfa-session policy`: the policy that makes a base key worth nothing without MFA."""

from __future__ import annotations

from mfa_session import neutering, tty


def run(form: str, *, allow_list_mfa: bool, direct_assume: bool, max_age: int | None) -> int:
    """Print it as one of `neutering.FORMS`, and say on stderr what it does and what it leaves open."""
    options = neutering.Options(allow_list_mfa, direct_assume, max_age)
    print(neutering.FORMS[form](neutering.policy(options)), end="", flush=True)
    for line in neutering.in_words(options):
        tty.notice(line)
    return 0
