"""Lengths of time as people write and read them."""

from __future__ import annotations

SHORTEST = 15 * 60  # both limits are those of AWS STS GetSessionToken for an IAM user
LONGEST = 36 * 3600


def parse(text: str, shortest: int = SHORTEST, longest: int = LONGEST) -> int:
    """Seconds of `12h`, `90m`, `1h30m` or `3600`; raises ValueError with a sentence, also outside of the two limits."""
    import re  # `status` needs this module, and not this function

    found = re.fullmatch(r"(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s?)?", text.strip().lower(), re.ASCII)
    if not found or not any(found.groups()):
        raise ValueError(f"{text!r} is not a duration: write 12h, 90m or 3600")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if not shortest <= total <= longest:
        raise ValueError(f"{text!r} is out of range: AWS gives 15m to {brief(longest)}")
    return total


def brief(seconds: float) -> str:
    """`11h42m`, `12h`, `42m`, `30s`: to the nearest minute, below one minute in seconds."""
    if seconds < 60:
        return f"{max(0, int(seconds))}s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{minutes}m" if not hours else f"{hours}h{minutes:02}m" if minutes else f"{hours}h"
