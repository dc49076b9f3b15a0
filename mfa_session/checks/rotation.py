"""A rotation of the base key that was begun, and is not finished."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from mfa_session import rotation_ports
from mfa_session.errors import ConfigError
from mfa_session.findings import Finding, of_error
from mfa_session.rotation_journal import Journal
from mfa_session.users import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mfa_session.accounts import Found

_SUBJECT = "rotation"


class Unfinished(NamedTuple):
    """`keys` are the ids of the access keys that are known to belong to it."""

    findings: list[Finding]
    keys: tuple[str, ...] = ()


def check(found: Found, environ: Mapping[str, str]) -> Unfinished:
    if not environ.get("HOME") and not environ.get("XDG_STATE_HOME"):
        return Unfinished([])  # where nothing can be noted, none is begun
    try:
        facts = Journal(found, environ).facts
    except ConfigError as error:
        why = "how far the rotation is, is not known, and none can be begun"
        return Unfinished([of_error(_SUBJECT, error)._replace(why=why)])
    if facts is None:
        return Unfinished([])
    to = f" to {masked(facts.new)}" if facts.new else ""
    what = f"a rotation from {masked(facts.old)}{to} was interrupted"
    why = "if it is not running elsewhere: until it is finished, there may be two keys, and import is refused"
    hints = rotation_ports.ways(f"mfa-session rotate {shlex.quote(found.name)}")
    keys = tuple(filter(None, (facts.old, facts.new)))
    return Unfinished([Finding("yellow", _SUBJECT, what, why, hints)], keys)
