"""One-time codes of RFC 6238 (SHA-1, 6 digits, 30 seconds), shared by the stand-ins for `op` and for STS."""

from __future__ import annotations

PERIOD = 30
DIGITS = 6


def step(at: float) -> int:
    """Number of the 30-second window that the Unix time `at` falls into."""
    return int(at // PERIOD)


def code(seed_base32: str, at: float) -> str:
    """The code that an authenticator holding this seed shows at the Unix time `at`; ValueError for a broken seed."""
    # Imported here because the stand-in for `op` loads this module on calls that need no code.
    import base64
    import hmac

    seed = "".join(seed_base32.split()).upper().rstrip("=")
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    if not key:
        raise ValueError("empty seed")
    digest = hmac.digest(key, step(at).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)
