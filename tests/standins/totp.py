"""One-time codes of RFC 6238 (SHA-1, 6 digits, 30 seconds), shared by the stand-ins for `op` and for STS."""

from __future__ import annotations

PERIOD = 30
DIGITS = 6
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BLOCK = 64  # bytes that SHA-1 takes at a time


def step(at: float) -> int:
    """Number of the 30-second window that the Unix time `at` falls into."""
    return int(at // PERIOD)


def code(seed_base32: str, at: float) -> str:
    """The code that an authenticator holding this seed shows at the Unix time `at`; ValueError for a broken seed."""
    key = _key("".join(seed_base32.split()).upper().rstrip("="))
    if not key:
        raise ValueError("empty seed")
    digest = _hmac_sha1(key, step(at).to_bytes(8, "big"))
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


# The stand-in for `op` is started for each code, and `base64`, `hmac` and `hashlib` would take longer than all the rest of it.
def _key(seed: str) -> bytes:
    if len(seed) % 8 in (1, 3, 6):  # of no whole number of bytes
        raise ValueError("a seed of a wrong length")
    number = 0
    for letter in seed:
        number = number << 5 | BASE32.index(letter)
    spare = len(seed) * 5 % 8
    return (number >> spare).to_bytes(len(seed) * 5 // 8, "big")


def _hmac_sha1(key: bytes, message: bytes) -> bytes:
    import _sha1

    key = (_sha1.sha1(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    inner = _sha1.sha1(bytes(byte ^ 0x36 for byte in key) + message).digest()
    return _sha1.sha1(bytes(byte ^ 0x5C for byte in key) + inner).digest()
