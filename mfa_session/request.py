"""What a command asks for: which session is good enough, and how far it goes to get one. Warm commands need this."""

from __future__ import annotations

from mfa_session.scope import Scope

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from mfa_session.errors import MfaSessionError
    from mfa_session.session import Session


class TimeIsUp(BaseException):
    """For a handler of SIGALRM to raise: not an error of any part, so that none explains it, and all unwind."""

    def __init__(self, why: MfaSessionError) -> None:
        self.why = why


class Wanted:
    """Which session is good enough: `min_ttl` and `duration` are in seconds, None for what the account's file says.

    `duration` is that of the MFA session, also where `scope` asks for a role.
    """

    def __init__(
        self,
        *,
        refresh: bool = False,
        min_ttl: int | None = None,
        duration: int | None = None,
        scope: Scope | None = None,
    ) -> None:
        self.refresh = refresh
        self.min_ttl = min_ttl
        self.duration = duration
        self.scope = scope or Scope()

    def accepts(self, session: Session) -> bool:
        least = session.margin if self.min_ttl is None else self.min_ttl
        return session.left >= least and (bool(session.role) or session.duration >= (self.duration or 0))

    @property
    def is_usual(self) -> bool:
        """Nothing was asked for by name: then a session that lives is better than none."""
        return not self.refresh and self.min_ttl is None and self.duration is None


class Limits:
    """How far a command goes to get a session.

    `seconds` to wait for others; whether a person may be asked at all (`prompt`), and whether `again` soon after they did
    not answer or said no; whether they may type the code where its source is slow or fails (`typing`); whether a session
    that is too short is better than none (`spare`). For `pause` seconds after anybody has said no, nobody is asked. `otp` is
    a code that was given, and `otp_source` where to get one, whatever the account says.
    """

    def __init__(
        self,
        seconds: float = 120,
        *,
        prompt: bool = True,
        again: bool = True,
        typing: bool = True,
        spare: bool = True,
        pause: float = 0,
        otp: str | None = None,
        otp_source: str | None = None,
    ) -> None:
        self.seconds = seconds
        self.prompt = prompt
        self.again = again
        self.typing = typing
        self.spare = spare
        self.pause = pause
        self.otp = otp
        self.otp_source = otp_source
