"""What tests/prompts/ has for starship, powerlevel10k and oh-my-posh, in the shells that it is for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import shell
from programs import path_of
from role_runs import DEPLOY, inside, role

from mfa_session import formats

try:
    import tomllib
except ImportError:  # Python 3.10, where pytest brings the same under its first name
    import tomli as tomllib

PROMPTS = Path(__file__).parent / "prompts"
STARSHIP, P10K, OH_MY_POSH = (PROMPTS / name for name in ("starship.toml", "p10k.zsh", "oh-my-posh.json"))
pytestmark = pytest.mark.one_python
kept = pytest.mark.parametrize("shared", ["runtime"], indirect=True)

# `p10k` says what it was given, and the clock stands still where a second would matter.
IN_ZSH = """\
p10k() {{ print -r -- "${{(@q-)@}}" }}
POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(status aws time)
source {snippet}
source {snippet}
show() {{ print -rn -- "$1: "; prompt_mfa_session || print -r -- "status $?"; print }}
print -r -- "elements: $POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS"
show before
(setopt no_unset; show strict)
source get_mfa_session.sh test || exit
show live
(AWS_ACCESS_KEY_ID=ASIAOFANOTHERTOOL; show replaced)
(unset AWS_ACCESS_KEY_ID; show removed)
left() {{ local -h EPOCHSECONDS=1000; local MFA_SESSION_EXPIRES_EPOCH=$((1000 + $1)); show $1 }}
for seconds in 36000 3570 3569 960 959 60 0 -100; do left $seconds; done
(setopt ksh_arrays sh_word_split sh_glob; show options)
MFA_SESSION_PROFILE='100%F $(date) `date`' show hostile
source get_mfa_session.sh test --role-arn {role} || exit
show role
source get_mfa_session.sh test --refreshing || exit
show refreshing
mfa_session_deactivate
show after
"""


@kept
def test_powerlevel10k_has_a_segment(shared):
    role(shared)
    script = IN_ZSH.format(snippet=P10K, role=DEPLOY)
    told = shared.call([shell("zsh"), "-f", "-c", script])
    assert told.returncode == 0, told.stderr
    shown = dict(line.split(": ", 1) for line in told.stdout.splitlines() if line)
    twelve = re.compile(r"(12h00m|11h59m)")
    shown |= {name: twelve.sub("12h", shown[name]) for name in ("live", "options", "hostile")}
    shown["role"] = re.sub("1h00m|59m", "1h", shown["role"])
    assert shown == {
        "elements": "mfa_session status time",
        "before": "",
        "strict": "",
        "live": "segment -s LIVE -f 3 -t 'test 12h'",
        "replaced": "",
        "removed": "",
        "36000": "segment -s LIVE -f 3 -t 'test 10h00m'",
        "3570": "segment -s LIVE -f 3 -t 'test 1h00m'",
        "3569": "segment -s LIVE -f 3 -t 'test 59m'",
        "960": "segment -s LIVE -f 3 -t 'test 16m'",
        "959": "segment -s DUE -f 9 -t 'test 16m'",
        "60": "segment -s DUE -f 9 -t 'test 1m'",
        "0": "segment -s EXPIRED -f 1 -t 'test expired'",
        "-100": "segment -s EXPIRED -f 1 -t 'test expired'",
        "options": "segment -s LIVE -f 3 -t 'test 12h'",
        "hostile": "segment -s LIVE -f 3 -t '100%%F $(date) `date` 12h'",
        "role": "segment -s LIVE -f 3 -t 'test as deploy 1h'",
        "refreshing": "segment -s RENEWED -f 3 -t 'test ↻'",
        "after": "",
    }


def test_that_segment_starts_no_process(tmp_path):
    traced = tmp_path / "traced"
    script = f"p10k() {{ print -r -- $@ }}; source {P10K}; prompt_mfa_session"
    left = {"MFA_SESSION_PROFILE": "test", "MFA_SESSION_EXPIRES_EPOCH": "99999999999"}
    strace = [path_of("strace", "strace"), "-f", "-o", str(traced), "-e", "trace=process"]
    told = subprocess.run(
        [*strace, shell("zsh"), "-f", "-c", script],
        env=left | {"MFA_SESSION_ROLE_ARN": DEPLOY},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert "test as deploy" in told.stdout, told.stderr
    calls = traced.read_text(encoding="utf-8")
    assert calls.count("execve(") == 1
    assert not re.search(r"\b(v?fork|clone3?)\(", calls), calls


@kept
def test_starship_shows_the_account_the_role_and_the_time(shared):
    """What each part says; where starship is installed, also what it makes of both."""
    role(shared)
    module = tomllib.loads(STARSHIP.read_text(encoding="utf-8"))["custom"]["mfa_session"]
    shells = {
        "none": (None, None, None),
        "keys": (["test"], r"^aws test \(eu-west-1\) \[(12h0m0s|11h59m\d+s)\] $", None),
        "role": (
            ["test", "--role-arn", DEPLOY],
            r"^aws test \(eu-west-1\) \[(1h0m0s|59m\d+s)\] as deploy $",
            "as deploy",
        ),
        "refreshing": (["test", "--refreshing"], r"^aws test \(eu-west-1\) ↻ $", "↻"),
    }
    starship = shutil.which("starship")
    environs = {
        name: shared.env if words is None else entered(shared, *words)
        for name, (words, _, _) in shells.items()
    }
    for name, (_, line, ours) in shells.items():
        assert said(module, environs[name]) == ours, name
        if starship:
            assert re.match(line or "^$", rendered(starship, environs[name])), name
    assert said(module, environs["role"] | {"AWS_ACCESS_KEY_ID": "ASIAOFANOTHERTOOL"}) is None
    of_a_server = inside(shared, "test", "--server", "--role-arn", DEPLOY)
    assert said(module, of_a_server) == "aws test as deploy ↻"
    if starship:
        assert rendered(starship, of_a_server) == "aws test as deploy ↻ "
        expired = environs["keys"] | {"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}
        assert rendered(starship, expired) == "aws test (eu-west-1) [expired] "


def entered(world, *words: str) -> dict[str, str]:
    """The environment of a shell that has sourced the shim with these words."""
    script = 'source get_mfa_session.sh "$@" && env -0'
    told = world.call([shell("bash"), "-c", script, "bash", *words])
    assert told.returncode == 0, told.stderr
    return dict(one.split("=", 1) for one in told.stdout.rstrip("\0").split("\0"))


def said(module: dict, environ: dict[str, str]) -> str | None:
    """As starship runs a custom module: each text on the standard input of its shell; None where it is not shown."""

    def run(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            module["shell"], input=text, env=environ, capture_output=True, text=True, check=False, timeout=30
        )

    if run(module["when"]).returncode:
        return None
    told = run(module["command"])
    assert told.returncode == 0, told.stderr
    assert not told.stderr
    return told.stdout.strip()


def rendered(starship: str, environ: dict[str, str]) -> str:
    """Both modules in a row, with no colours."""
    shown = ""
    for name in ("aws", "custom.mfa_session"):
        told = subprocess.run(
            [starship, "module", name],
            env=environ | {"STARSHIP_CONFIG": str(STARSHIP), "STARSHIP_LOG": "warn"},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert not told.stderr, told.stderr
        shown += told.stdout
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


AWS_OPTIONS = {"format", "symbol", "style", "expiration_symbol"}
AWS_VARIABLES = {"symbol", "style", "profile", "region", "duration"}
CUSTOM_OPTIONS = {"when", "command", "shell", "style", "format"}
OH_MY_POSH_WORDS = {"if", "else", "end", "and", "eq", "lt", "le", "base", "printf"} | {
    "sub",
    "add",
    "div",
    "mod",
}
OH_MY_POSH_WORDS |= {"int64", "unixEpoch"}


def test_they_name_what_there_is():
    options = tomllib.loads(STARSHIP.read_text(encoding="utf-8"))
    assert set(options) == {"aws", "custom"}
    assert set(options["aws"]) == AWS_OPTIONS
    assert set(options["custom"]["mfa_session"]) == CUSTOM_OPTIONS
    assert set(re.findall(r"\$(\w+)", options["aws"]["format"])) == AWS_VARIABLES
    assert set(re.findall(r"\$(\w+)", options["custom"]["mfa_session"]["format"])) == {"output", "style"}
    segment = json.loads(OH_MY_POSH.read_text(encoding="utf-8"))
    assert set(segment) == {"type", "style", "foreground", "foreground_templates", "template"}
    for template in [segment["template"], *segment["foreground_templates"]]:
        opened = re.findall(r"{{ (if|end|else)\b", template)
        assert opened.count("if") == opened.count("end")
        assert template.count("{{") == template.count("}}")
        words = set(re.findall(r"(?<![\w.$\"%])[a-z]\w*(?= )", " ".join(re.findall(r"{{(.*?)}}", template))))
        assert words <= OH_MY_POSH_WORDS
    for file in (STARSHIP, P10K, OH_MY_POSH):
        text = file.read_text(encoding="utf-8")
        named = set(
            re.findall(
                r"\b(?:MFA_SESSION|AWS|AWSUME)_[A-Z_]+\b", text.replace("POWERLEVEL9K_MFA_SESSION", "")
            )
        )
        assert named, file
        assert named <= set(formats.MANAGED), file


def test_readme_quotes_them():
    readme = (PROMPTS.parents[1] / "README.md").read_text(encoding="utf-8")
    for file in PROMPTS.iterdir():
        assert f"\n{file.read_text(encoding='utf-8').rstrip()}\n```" in readme, file.name
