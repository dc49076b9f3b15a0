"""`mfa-session policy`: the policy as a value, option by option; the same in Terraform and CloudFormation, as their own tools read it."""

from __future__ import annotations

import json
import re

import pytest
from aws_clients import terraform
from conftest import SCRIPTS

pytestmark = pytest.mark.one_python

STRICT = {
    "Sid": "DenyAllUnlessMfa",
    "Effect": "Deny",
    "NotAction": ["sts:GetSessionToken"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false", "aws:ViaAWSService": "false"}},
}
AGED = {
    "Sid": "DenyAllIfMfaIsOld",
    "Effect": "Deny",
    "NotAction": ["sts:GetSessionToken"],
    "Resource": "*",
    "Condition": {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "5400"}},
}
LIST = ["iam:GetUser", "iam:ListMFADevices"]
# Options, the statements without what the options leave open, and what that is beside GetSessionToken.
CASES = {
    "plain": ([], [STRICT], []),
    "list": (["--allow-list-mfa"], [STRICT], LIST),
    "direct": (["--direct-assume"], [STRICT], ["sts:AssumeRole"]),
    "aged": (["--max-age", "90m"], [STRICT, AGED], []),
    "all": (["--direct-assume", "--max-age", "5400", "--allow-list-mfa"], [STRICT, AGED], [*LIST, "sts:AssumeRole"]),
}  # fmt: skip


def expected(case: str) -> dict:
    _, statements, more = CASES[case]
    opened = [one | {"NotAction": [*one["NotAction"], *more]} for one in statements]
    return {"Version": "2012-10-17", "Statement": opened}


def printed(world, case: str, form: str) -> str:
    result = world.run("policy", "--format", form, *CASES[case][0])
    assert result.returncode == 0, result.stderr
    assert not world.aws.requests
    return result.stdout


@pytest.mark.parametrize("case", CASES)
def test_json(world, case):
    assert json.loads(printed(world, case, "json")) == expected(case)


def test_json_is_what_there_is_without_an_option_and_no_account_is_needed(world):
    for file in (*world.home.glob("envs/.env.*"), *world.home.glob(".aws/*")):
        file.unlink()
    result = world.run("policy")
    assert (json.loads(result.stdout), result.returncode) == (expected("plain"), 0)


def test_two_lines_say_what_it_does_and_what_it_leaves_open(world):
    said = {}
    for case, (args, *_) in CASES.items():
        lines = world.run("policy", *args).stderr.splitlines()
        does, leaves = (line.removeprefix("mfa-session: ") for line in lines)
        assert "without MFA" in does
        assert "never for a role" in does
        assert "GetCallerIdentity and GetSessionToken, which no policy can deny" in leaves
        said[case] = does, leaves
    assert {case for case in CASES if "iam:ListMFADevices" in said[case][1]} == {"list", "all"}
    assert {case for case in CASES if "1h30m after the code" in said[case][0]} == {"aged", "all"}
    assert "trust policy of every role has to demand MFA itself" in said["direct"][1]
    assert "demand MFA itself, and its age" in said["all"][1]
    assert not [case for case in ("plain", "list", "aged") if "AssumeRole" in said[case][1]]


@pytest.mark.parametrize("form", ["terraform", "cloudformation"])
def test_the_two_lines_are_the_same_for_each_form(world, form):
    for args, *_ in (CASES["plain"], CASES["all"]):
        formed = world.run("policy", "--format", form, *args).stderr
        assert formed == world.run("policy", *args).stderr


@pytest.mark.parametrize("args", [["--max-age", "14m"], ["--max-age", "37h"], ["--max-age", "soon"], ["--format", "hcl"], ["test"]])  # fmt: skip
def test_what_it_does_not_take_is_a_usage_error(world, args):
    result = world.run("policy", *args)
    assert (result.returncode, result.stdout) == (2, "")
    assert args[-1] in result.stderr


@pytest.mark.parametrize("args", [["--max-age", "15m"], ["--max-age", "36h"]])
def test_the_limits_themselves_are_taken(world, args):
    aged = json.loads(world.run("policy", *args).stdout)["Statement"][1]
    assert aged["Condition"]["NumericGreaterThan"]["aws:MultiFactorAuthAge"] in ("900", "129600")


class TestTerraform:
    @pytest.mark.parametrize("case", CASES)
    def test_a_parser_of_its_language_reads_one_policy_that_is_attached_to_nothing(self, world, case):
        import hcl2  # on the other Pythons there is none

        document = hcl2.loads(printed(world, case, "terraform"))
        (resource,) = document.pop("resource")
        assert set(document) <= {"__comments__"}
        (made,) = bare(resource)["aws_iam_policy"].values()
        assert made["name"] == "deny-all-unless-mfa"
        encoded = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", made["policy"], re.DOTALL)[1]
        assert bare(hcl2.loads(f"policy = {encoded}\n"))["policy"] == expected(case)

    def test_a_comment_says_where_it_goes(self, world):
        first, second, *_ = printed(world, "plain", "terraform").splitlines()
        assert re.match("# .* IAM user, or to a group .* never to a role", first)
        assert "# sessions of roles carry no MFA" in second

    @pytest.mark.timeout(400)
    def test_terraform_takes_each_as_it_stands_and_plans_the_same_policy(self, world):
        """Each is a module of its own. A plan of what is new asks AWS nothing, and shows the policy as it would be sent."""
        for case in CASES:
            world.write(f"{case}/main.tf", printed(world, case, "terraform"))
        program = terraform(
            world, PROVIDER + "".join(f'module "{c}" {{\n  source = "./{c}"\n}}\n' for c in CASES)
        )
        formatted = world.call([program, "fmt", "-check", "-diff", "-recursive"])
        assert (formatted.returncode, formatted.stdout) == (0, ""), formatted.stdout
        # A plan begins with what `validate` does, and fails where that would.
        planned = world.call([program, "plan", "-out=made"], timeout=110)
        assert f"{len(CASES)} to add" in planned.stdout, planned.stderr
        assert "Warning" not in planned.stdout
        assert not world.aws.requests
        modules = json.loads(world.call([program, "show", "-json", "made"]).stdout)["planned_values"][
            "root_module"
        ]
        policies = {
            module["address"].removeprefix("module."): json.loads(module["resources"][0]["values"]["policy"])
            for module in modules["child_modules"]
        }
        assert policies == {case: expected(case) for case in CASES}


PROVIDER = """
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "AKIAEXAMPLENOBODYS00"
  secret_key                  = "this-one-is-never-used"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
"""


class TestCloudFormation:
    @pytest.mark.parametrize("case", CASES)
    def test_one_policy_that_is_attached_to_nothing(self, world, case):
        import yaml  # the same

        template = yaml.safe_load(printed(world, case, "cloudformation"))
        assert set(template) == {"AWSTemplateFormatVersion", "Resources"}
        (made,) = template["Resources"].values()
        assert made["Type"] == "AWS::IAM::ManagedPolicy"
        properties = made["Properties"]
        assert properties["ManagedPolicyName"] == "deny-all-unless-mfa"
        assert properties["PolicyDocument"] == expected(case)
        assert not {"Users", "Groups", "Roles"} & set(properties)

    def test_a_comment_says_where_it_goes_and_what_the_stack_needs(self, world):
        comments = [x for x in printed(world, "plain", "cloudformation").splitlines() if x.startswith("#")]
        assert re.match("# .* IAM user, or to a group .* never to a role", comments[0])
        assert "CAPABILITY_NAMED_IAM" in comments[2]

    def test_its_linter_has_nothing_to_say(self, world):
        files = [world.write(f"{case}.yaml", printed(world, case, "cloudformation")) for case in CASES]
        said = world.call(
            [str(SCRIPTS / "cfn-lint"), "--non-zero-exit-code", "informational", *map(str, files)]
        )
        assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr


def bare(value: object) -> object:
    """What hcl2 read, without the quotes that it keeps around texts."""
    if isinstance(value, dict):
        return {bare(key): bare(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [bare(one) for one in value]
    quoted = isinstance(value, str) and value.startswith('"')
    return json.loads(value) if quoted else value
