"""JSON by the half of `json` that is written in C: the other half imports `re`, which takes as long as a whole call of `op`."""

from __future__ import annotations

import _json


class _Reading:
    """What the scanner asks for; these are the settings of json.loads."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def loads(text: str) -> object:
    """Raises ValueError where that is no JSON, or more than one value."""
    text = text.strip()
    try:
        value, end = _json.make_scanner(_Reading)(text, 0)
    except StopIteration:
        raise ValueError("no JSON") from None
    if end != len(text):
        raise ValueError(f"not only JSON: it ends at {end}")
    return value


def dumps(value: object) -> str:
    """In one line, of ASCII alone."""
    encode = _json.make_encoder(
        None, _unknown, _json.encode_basestring_ascii, None, ": ", ", ", False, False, True
    )
    return "".join(encode(value, 0))


def pretty(value: object, margin: str = "") -> str:
    """In a line for each value, of all letters, as `op` prints it."""
    inner = margin + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{pretty(name)}: {pretty(one, inner)}" for name, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    if isinstance(value, (list, tuple)) and value:
        return "[\n" + ",\n".join(inner + pretty(one, inner) for one in value) + f"\n{margin}]"
    return _json.encode_basestring(value) if isinstance(value, str) else dumps(value)


def _unknown(value: object) -> object:
    raise TypeError(f"{type(value).__name__} has no JSON")
