"""The lines of an account's file about the AWS profile with its key, when the key goes into 1Password."""

from __future__ import annotations

import pytest

from mfa_session import envfile_edit
from mfa_session.envfile_lines import EnvText

pytestmark = pytest.mark.one_python

REFERENCES = ("op://Cloud/AWS test/access key id", "op://Cloud/AWS test/secret access key")
ABOUT = "# The base key is in this AWS profile.\nAWS_PROFILE={}\n"


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (f"A=1\n\n{ABOUT}", "A=1\n\n"),
        (f"A=1\n\n{ABOUT}\nB=2\n", "A=1\n\nB=2\n"),
        (f"{ABOUT}B=2", "B=2\n"),
        (f"A=1\n{ABOUT}"[:-1], "A=1\n"),
        (f"\ufeffA=1\n{ABOUT}".replace("\n", "\r\n"), "\ufeffA=1\r\n"),
        (f"{ABOUT}{ABOUT}", None),
        (f"A='\n{ABOUT}'\n", None),
        (f"{ABOUT}B=$AWS_PROFILE\n", None),
        (f"AWS_PROFILE=other\n{ABOUT}", None),
        (ABOUT.replace("}", "} # mine"), None),
        (ABOUT.replace("this", "that"), None),
        (ABOUT.replace("{}", "other"), None),
    ],
)
def test_lines_about_the_profile_go(tmp_path, data, left):
    """Those of `init`, once, and if no more hangs on them: else they stay, and the note says so."""
    for profile, written in (("x-bootstrap", "x-bootstrap"), ("my key", '"my key"')):
        text = data.replace("{}", written)
        path = tmp_path / ".env.test"
        path.write_bytes(text.encode())
        assert (envfile_edit.lines_about(path, profile) == ()) == (left is None)
        assert envfile_edit.lines_about(path, None) == ()
        assert envfile_edit.with_references(path, *REFERENCES, None, "note", profile)
        after = path.read_bytes().decode()
        assert after.startswith((text if left is None else left) + "# note")
        assert ("above is not used" in after) == (
            left is None and EnvText(path, path.read_bytes()).value("AWS_PROFILE") is not None
        )
