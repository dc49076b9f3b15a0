"""A shell without keys: AWS_PROFILE names a profile there, by which each program gets a session and renews it.

Where that profile is in a config file of ours, AWS_CONFIG_FILE names it, and AWS_CONFIG what AWS_CONFIG_FILE named before:
for us, and all that leaves such a shell, that one holds.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

PROFILE = "MFA_SESSION_REFRESHING"
AWS_CONFIG = "MFA_SESSION_AWS_CONFIG"
SUFFIX = ".mfa-session-config"  # of a config file of ours


def profile(environ: Mapping[str, str]) -> str | None:
    """The profile by which programs renew their session in this shell."""
    named = environ.get(PROFILE)
    return named if named and environ.get("AWS_PROFILE") in (named, None) else None


def leave(environ: MutableMapping[str, str]) -> None:
    """Take this program out of it, so that AWS_PROFILE and AWS_CONFIG_FILE are those of the person."""
    if profile(environ):
        environ.pop("AWS_PROFILE", None)
    before = environ.get(AWS_CONFIG) if environ.get("AWS_CONFIG_FILE", "").endswith(SUFFIX) else None
    if before and before == _usual(environ):
        environ.pop("AWS_CONFIG_FILE", None)
    elif before:
        environ["AWS_CONFIG_FILE"] = before


def entered(name: str, config: str | None, environ: Mapping[str, str]) -> dict[str, str | None]:
    """The change of a shell to this profile, which is in the file `config` of ours, or in the person's own."""
    change: dict[str, str | None] = {"AWS_PROFILE": name, PROFILE: name}
    if config:
        before = environ.get("AWS_CONFIG_FILE") or _usual(environ)
        change |= {"AWS_CONFIG_FILE": config, AWS_CONFIG: before}
    return change


def config_file(environ: Mapping[str, str]) -> dict[str, str | None]:
    """What sets AWS_CONFIG_FILE back, in a shell whose variable may be ours; `leave` has been here before."""
    return {"AWS_CONFIG_FILE": environ.get("AWS_CONFIG_FILE")}


def _usual(environ: Mapping[str, str]) -> str:
    return f"{environ.get('HOME', '')}/.aws/config"
