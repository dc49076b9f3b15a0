"""A shell, or a command, without keys: what it has in their place, by which each program gets a session and renews it.

That is AWS_PROFILE with a profile of ours, or the address of a credential server. Where a profile is in a config file of
ours, AWS_CONFIG_FILE names it, and AWS_CONFIG what AWS_CONFIG_FILE named before; where a server's command must not find
other credentials, the files' variables name NOTHING, and AWS_CONFIG and AWS_CREDENTIALS what they named before. For us,
and all that leaves such a shell, those hold.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes half as long as starting Python
if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

PROFILE = "MFA_SESSION_REFRESHING"
AWS_CONFIG = "MFA_SESSION_AWS_CONFIG"
AWS_CREDENTIALS = "MFA_SESSION_AWS_CREDENTIALS"
SERVER = "MFA_SESSION_SERVER"  # its port
NOTHING = "/dev/null"
_FILES = {"AWS_CONFIG_FILE": AWS_CONFIG, "AWS_SHARED_CREDENTIALS_FILE": AWS_CREDENTIALS}
SUFFIX = ".mfa-session-config"  # of a config file of ours


def profile(environ: Mapping[str, str]) -> str | None:
    """The profile by which programs renew their session in this shell."""
    named = environ.get(PROFILE)
    return named if named and environ.get("AWS_PROFILE") in (named, None) else None


def server(environ: Mapping[str, str]) -> str | None:
    """The address of the server by which programs get their session here."""
    url = environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    return url if url and environ.get(SERVER) and not environ.get("AWS_ACCESS_KEY_ID") else None


def leave(environ: MutableMapping[str, str]) -> None:
    """Take this program out of it, so that AWS_PROFILE and AWS_CONFIG_FILE are those of the person."""
    if profile(environ):
        environ.pop("AWS_PROFILE", None)
    before = environ.get(AWS_CONFIG) if environ.get("AWS_CONFIG_FILE", "").endswith(SUFFIX) else None
    if before and before == _usual(environ):
        environ.pop("AWS_CONFIG_FILE", None)
    elif before:
        environ["AWS_CONFIG_FILE"] = before
    for name, noted in _FILES.items():
        if environ.get(name) == NOTHING and noted in environ:
            if environ[noted]:
                environ[name] = environ[noted]
            else:
                del environ[name]


def entered(name: str, config: str | None, environ: Mapping[str, str]) -> dict[str, str | None]:
    """The change of a shell to this profile, which is in the file `config` of ours, or in the person's own."""
    change: dict[str, str | None] = {"AWS_PROFILE": name, PROFILE: name}
    if config:
        before = environ.get("AWS_CONFIG_FILE") or _usual(environ)
        change |= {"AWS_CONFIG_FILE": config, AWS_CONFIG: before}
    return change


def served(
    port: int, url: str, token_file: str, config: bool, environ: Mapping[str, str]
) -> dict[str, str | None]:
    """The change for programs that are to ask a server.

    SDKs look into the AWS files first, so that no credentials file is seen there, and with `config` no config file.
    """
    change: dict[str, str | None] = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token_file,
        SERVER: str(port),
    }
    for name, noted in _FILES.items():
        if config or name != "AWS_CONFIG_FILE":
            change |= {name: NOTHING, noted: environ.get(name, "")}
    return change


def files(environ: Mapping[str, str]) -> dict[str, str | None]:
    """What sets the AWS files' variables back, in a shell where they may be ours; `leave` has been here before."""
    return {name: environ.get(name) for name, noted in _FILES.items() if noted in environ}


def _usual(environ: Mapping[str, str]) -> str:
    return f"{environ.get('HOME', '')}/.aws/config"
