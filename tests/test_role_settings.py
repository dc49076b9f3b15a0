"""What AWS takes for a role, checked before anybody is asked: names, tags, policies, and what makes no sense together."""

from __future__ import annotations

import json

import onepassword_runs
import pytest
from role_runs import DEPLOY

from mfa_session import roles, scope, usual
from mfa_session.model import Role

GOOD = {
    roles.arn: [DEPLOY, "arn:aws-cn:iam::111122223333:role/a/path/Name+=,.@-_"],
    roles.session_name: ["ab", "a" * 64, "alice+x=y,z.@-_"],
    roles.external_id: ["42", "a:b/c@d", "x" * 1224],
    roles.source_identity: ["al", "alice@example.com"],
    roles.duration: ["15m", "12h", "3600"],
    roles.tags: ["A=", "Größe=1 m", "k=v,k2=v2", "a" * 128 + "=" + "b" * 256, "a=b=c", "x:y/z=+-@_."],
    roles.policy_arn: [
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws-us-gov:iam::111122223333:policy/a/b",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    ],
}
BAD = [
    (roles.arn, "deploy", "is not the ARN of a role"),
    (roles.arn, "arn:aws:iam::1111:role/x", "is not the ARN of a role"),
    (roles.arn, "arn:aws:iam::111122223333:user/x", "is not the ARN of a role"),
    (roles.arn, "arn:aws:sts::111122223333:assumed-role/x/y", "is not the ARN of a role"),
    (roles.session_name, "a", "can't be the name of a role session"),
    (roles.session_name, "a" * 65, "can't be the name of a role session"),
    (roles.session_name, "alice smith", "can't be the name of a role session"),
    (roles.session_name, "ålice", "can't be the name of a role session"),
    (roles.external_id, "x", "can't be an external id"),
    (roles.external_id, "x" * 1225, "can't be an external id"),
    (roles.external_id, "a b", "can't be an external id"),
    (roles.source_identity, "aws:me", "which AWS keeps for itself"),
    (roles.source_identity, "a/b", "can't be a source identity"),
    (roles.duration, "14m", "out of range: AWS gives 15m to 12h"),
    (roles.duration, "13h", "out of range: AWS gives 15m to 12h"),
    (roles.duration, "soon", "is not a duration"),
    (roles.tags, "Project", "is not a list of tags"),
    (roles.tags, "=x", "is not a list of tags"),
    (roles.tags, "a=1,,b=2", "is not a list of tags"),
    (roles.tags, ",".join(f"k{n}=v" for n in range(51)), "51 tags, and AWS takes 50"),
    (roles.tags, "a" * 129 + "=x", "a tag key of 129 characters"),
    (roles.tags, "a=" + "x" * 257, "a tag value of 257 characters"),
    (roles.tags, "Team=a,team=b", "the tag Team twice"),
    (roles.tags, "aws:x=1", "which AWS keeps for itself"),
    (roles.tags, "AWS:x=1", "which AWS keeps for itself"),
    (roles.tags, "a=b;c", "has ';' in a tag"),
    (roles.policy, "{", "is not JSON"),
    (roles.policy, "[]", "is not an IAM policy"),
    (roles.policy, '{"Version": "2012-10-17"}', "has no Statement"),
    (roles.policy, json.dumps({"Statement": ["x" * 2048]}), "and AWS takes 2048"),
    (roles.policy_arn, "ReadOnlyAccess", "is not the ARN of a policy"),
]


@pytest.mark.parametrize(
    ("read", "value"), [(read, value) for read, values in GOOD.items() for value in values]
)
def test_what_aws_takes(read, value):
    assert read(value)


@pytest.mark.parametrize(("read", "value", "said"), BAD)
def test_what_aws_does_not_take(read, value, said):
    with pytest.raises(ValueError) as caught:
        read(value)
    sentence, hint = caught.value.args
    assert said in sentence
    assert hint


def test_a_policy_goes_without_its_blanks():
    wide = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:Get*"] * 100}]}, indent=8)
    assert len(wide) > 2048
    assert len(roles.policy(wide)) < 1200


def test_what_makes_no_sense_together():
    with pytest.raises(ValueError, match="names b, which is none of the session's tags"):
        roles.check(Role(tags=(("a", ""),), transitive=("a", "b")))
    roles.check_policies(Role(policy="x" * 2000, policy_arns=("y" * 48,)))
    with pytest.raises(ValueError, match="2049 characters together"):
        roles.check_policies(Role(policy="x" * 2000, policy_arns=("y" * 49,)))
    with pytest.raises(ValueError, match="11 policy ARNs"):
        roles.check_policies(Role(policy_arns=("y",) * 11))


AWS_POLICY = "arn:aws:iam::aws:policy/P"
OPTIONS = [
    (["--role-arn", "deploy"], "--role-arn: 'deploy' is not the ARN of a role"),
    (["--external-id", "acme-42"], "--external-id needs a role, and test has none"),
    (["--read-only"], "AWS narrows the sessions of roles (AssumeRole), not a user's own (GetSessionToken)"),
    (["--policy", "/nonexistent"], "/nonexistent: can't be read"),
    (["--policy-arn", AWS_POLICY], "AWS narrows the sessions of roles"),
    (["--role-arn", DEPLOY, "--policy", ""], "--policy takes the path of one file"),
    (["--role-arn", DEPLOY, "--policy", "{policy}", "--policy", "{policy}"], "--policy takes the path of one file"),
    (["--role-arn", DEPLOY, "--policy-arn", ""], "--policy-arn: '' is not the ARN of a policy"),
    (["--role-arn", DEPLOY, "--policy", "{policy}", "--read-only"], "--read-only can't go with another policy"),
    (["--role-arn", DEPLOY, "--policy-arn", AWS_POLICY, "--read-only"], "--read-only can't go with another policy"),
    (["--direct"], "--direct needs a role"),
    (["--role-arn", "", "--read-only"], "--read-only needs a role"),
    (["--role-arn", DEPLOY, "--policy", "{policy}"], "is not JSON"),
    (["--role-arn", DEPLOY, "--transitive-tags", "a"], "--transitive-tags names a, which is none"),
    (["--role-arn", DEPLOY, *[w for n in range(11) for w in ("--policy-arn", f"{AWS_POLICY}{n}")]], "11 policy ARNs"),
    (["--role-arn", DEPLOY.replace("aws", "aws-cn")], "is not in the partition of arn:aws:iam::111122223333:mfa/alice"),
    (["--role-arn", DEPLOY, "--session-tags", "a=\x07"], "has a line break or another control character"),
    (["--role-arn", DEPLOY, "--min-ttl", "2h"], "a session of 1h can't have 2h left"),
    (["--otp-source", "command"], "--otp-source command needs to know more of test"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), OPTIONS)
@pytest.mark.one_python
def test_an_option_is_checked_before_anybody_is_asked(world, words, said):
    policy = world.write("policy.json", "not JSON")
    result = world.run("export", "test", *[word.format(policy=policy) for word in words])
    assert result.returncode in (1, 2)
    assert result.stdout == ""
    assert said in result.stderr
    assert "mfa-session: hint: " in result.stderr
    assert onepassword_runs.asked(world) == []
    assert world.aws.requests == []


KEYS = [
    ({"ROLE_ARN": "deploy"}, "ROLE_ARN: 'deploy' is not the ARN of a role"),
    ({"ROLE_DURATION": "13h"}, "ROLE_DURATION: '13h' is out of range"),
    ({"SESSION_TAGS": "x"}, "SESSION_TAGS: 'x' is not a list of tags"),
    ({"TRANSITIVE_TAGS": "x"}, "TRANSITIVE_TAGS names x, which is none of the session's tags"),
    ({"SOURCE_IDENTITY": "aws:x"}, "SOURCE_IDENTITY: 'aws:x' begins with aws:"),
    ({"OTP_SOURCE": "sms"}, "OTP_SOURCE: 'sms' is no source of codes"),
    ({"OTP_SOURCE": "command"}, "OTP_COMMAND is missing"),
    ({"OP_ITEM": None}, "OTP_SOURCE=ykman, command or prompt"),
    ({"OP_ITEM": None, "OTP_COMMAND": "pass otp"}, "OTP_COMMAND counts only with its source"),
    ({"OP_ITEM": None, "YKMAN_ACCOUNT": "aws"}, "add a line: OTP_SOURCE=ykman"),
    ({"ROLEARN": DEPLOY}, "ROLEARN is not a key of this file, did you mean ROLE_ARN?"),
    ({"SESION_DURATION": "1h"}, "did you mean SESSION_DURATION?"),
]


@pytest.mark.parametrize(("keys", "said"), KEYS)
@pytest.mark.one_python
def test_a_key_of_the_file_is_named_with_its_line(world, keys, said):
    path = world.account(**keys)
    result = world.run("export", "test")
    assert (result.returncode, result.stdout) == (1, "")
    assert said in result.stderr
    assert str(path) in result.stderr
    assert world.aws.requests == []


def test_a_command_in_a_file_that_may_be_anybodys_is_not_run(world):
    """`git clone`, `cd`, `source get_mfa_session.sh` must not run what the repository says."""
    world.account(OTP_SOURCE="command", OTP_COMMAND=f"'touch {world.home}/pwned'")
    result = world.run("export", "test")
    assert (result.returncode, result.stdout) == (1, "")
    assert "OTP_COMMAND is a program to run, and this file may have come with a checkout" in result.stderr
    assert "~/.config/mfa-session/" in result.stderr
    assert not (world.home / "pwned").exists()


def test_the_same_wish_has_the_same_words():
    one = scope.Scope(["--read-only", "--role-arn=x", "--policy-arn=b", "--policy-arn=a"])
    two = scope.Scope(["--policy-arn=b", "--policy-arn=a", "--role-arn=x", "--read-only"])
    assert one.words == two.words == ("--role-arn=x", "--policy-arn=b", "--policy-arn=a", "--read-only")
    assert one.key == two.key != scope.Scope(["--role-arn=x"]).key
    assert scope.read(scope.written(one)).words == one.words
    assert scope.Scope().key == scope.written(scope.Scope()) == ""
    over = scope.Scope(["--policy-arn=c", "--role-duration=30m"]).over(one)
    assert over.words == ("--role-arn=x", "--role-duration=30m", "--policy-arn=c", "--read-only")


@pytest.mark.parametrize("word", ["--shell=sh", "--future-narrowing=x", "--role-arn=\x01"])
def test_a_word_that_means_nothing_is_not_passed_over(word):
    """Another version may have narrowed a session by it."""
    with pytest.raises(ValueError, match="--"):
        scope.read(word)


@pytest.mark.parametrize(
    "words", [["--session-tags=a=x --read-only"], ["--policy=/p"], ["--role-arn=x", "--session-tags=a=b c"]]
)
def test_words_that_a_script_could_take_for_others_are_not_looked_for(words):
    assert scope.Scope(words).line is None


@pytest.mark.parametrize(
    ("words", "values", "of_role"),
    [
        (["export", "test"], {"ACCOUNT": "test"}, []),
        (["exec", "test", "--role-arn", DEPLOY, "--read-only"], None, [f"--role-arn={DEPLOY}", "--read-only"]),
        (["credential-process", "--env-file", "/x", f"--role-arn={DEPLOY}", "--"], None, [f"--role-arn={DEPLOY}"]),
        (["credential-process", "--env-file", "/x", "--aws-profile=dev", "--"], {"--env-file": "/x", "--aws-profile": "dev"}, []),
    ],
)  # fmt: skip
def test_the_usual_is_read_without_click(words, values, of_role):
    given = usual.read(words)
    assert given is not None
    assert values is None or given.values == values
    assert given.scope == of_role


@pytest.mark.parametrize(
    "words",
    [
        ["export", "a", "b"], ["export", "--role-arn"], ["export", "--role-arn", ""], ["export", "--role-arn="],
        ["export", "--role-arn", "--read-only"], ["export", f"--role-arn={DEPLOY}", f"--role-arn={DEPLOY}"],
        ["export", "--policy", "x"], ["export", "--refresh"], ["exec", "--shell", "sh"], ["export", "--", "x"],
        ["status"], [], ["export", "a\nb"], ["export", "--shell", "tcsh"], ["export", "-h"],
    ],
)  # fmt: skip
def test_all_else_is_left_to_click(words):
    assert usual.read(words) is None
