"""The way from an AWS profile to the access key it stands on, through what is included and the source profiles.

Where aws-vault and the AWS CLI read a file differently, the CLI is right: it reads the same profiles beside us.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from mfa_session.adapters import aws_elsewhere, aws_profile
from mfa_session.adapters.aws_config_words import typed
from mfa_session.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 20  # source profiles, one behind the other
KEY = ("aws_access_key_id", "aws_secret_access_key")


class Section(NamedTuple):
    """What stands under one header, in both files together; an empty setting counts as none."""

    profile: str
    settings: Mapping[str, str]


class Setting(NamedTuple):
    key: str
    value: str
    profile: str  # whose section it stands in, which may be an included one


class Link(NamedTuple):
    """A profile on the way: `sections` are its own and those that it includes, nearest first."""

    name: str
    sections: tuple[Section, ...]

    def get(self, key: str) -> Setting | None:
        """As aws-vault has it, everything is inherited through include_profile, role_arn and source_profile too."""
        return first(self.sections, key)

    @property
    def has_key(self) -> bool:
        """A key is not inherited: aws-vault keeps it under the profile's own name, too."""
        return any(self.sections[0].settings.get(half) for half in KEY)


def first(sections: tuple[Section, ...], key: str) -> Setting | None:
    return next((Setting(key, s.settings[key], s.profile) for s in sections if key in s.settings), None)


class Profiles:
    """Those of AWS's config and credentials files; errors name `path`, the config file. Raises ConfigError."""

    def __init__(self, path: str, environ: Mapping[str, str]) -> None:
        self.path = path
        read = aws_profile.profiles(environ)  # both files are one thing, read in one way
        self._settings = {
            # What is indented under a setting (`s3 =`) is a dict.
            name: {k: v.strip() for k, v in settings.items() if isinstance(v, str) and v.strip()}
            for name, settings in read.items()
        }

    def __contains__(self, name: str) -> bool:
        return name in self._settings

    @property
    def names(self) -> list[str]:
        return sorted(self._settings)

    def link(self, name: str) -> Link:
        """The profile with all that it includes; raises ConfigError where that has no end, or is not there.

        aws-vault passes over an included profile that is missing; what was to be inherited would then be, too.
        """
        sections = [Section(name, self._settings[name])]
        while included := sections[-1].settings.get("include_profile"):
            sections.append(
                Section(included, self._settings[self._next("include_profile", sections, included)])
            )
        return Link(name, tuple(sections))

    def chain(self, name: str) -> tuple[Link, ...]:
        """From this profile to the one whose own key counts, whether or not it has one; raises ConfigError."""
        links = [self.link(name)]
        while source := self._source(links):
            if len(links) > _LONGEST:
                raise self.error(
                    f"profile {name} stands on more than {_LONGEST} others", "leave some of them out"
                )
            links.append(self.link(self._next("source_profile", links, source)))
        for link in links:
            if said := aws_elsewhere.refusal(link, is_asked=link is links[0], is_base=link is links[-1]):
                raise self.error(*said)
        return tuple(links)

    def _source(self, links: list[Link]) -> str | None:
        """The profile that the last one takes its credentials from; None where it is its own source.

        A source that has a key is used with that, whatever role it names: the CLI and the SDKs have it so. aws-vault
        would take the role too. Of a profile that was asked for, a role's source counts more than a key beside it;
        with aws-vault, less. One without a role passes on what its source has, as only aws-vault does.
        """
        last = links[-1]
        source = last.get("source_profile")
        # One that names itself (or inherits that, in aws-vault's parent style) has its own key.
        if source is None or source.value == last.name:
            return None
        return source.value if not last.has_key or (len(links) == 1 and last.get("role_arn")) else None

    def _next(self, key: str, before: list[Section] | list[Link], name: str) -> str:
        """The same name, once it is known to lead on."""
        names = [one[0] for one in before]
        if name in names:
            way = " -> ".join([*names[names.index(name) :], name])
            raise self.error(
                f"{key} goes round in a circle: {way}", f"take {key} out of one of these profiles"
            )
        if name not in self:
            near = difflib.get_close_matches(name, self.names, n=1) or ["NAME"]
            raise self.error(
                f"{key} of profile {names[-1]} names {name}, and there is no such profile",
                f"correct it: aws configure set {key} {typed(near[0])} --profile {typed(names[-1])}",
            )
        return name

    def error(self, message: str, *hints: str) -> ConfigError:
        return ConfigError(message, *hints, path=self.path)
