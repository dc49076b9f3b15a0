"""What AWS refuses, in its own words, and what is made of them: a sentence that names the thing, and a hint."""

from __future__ import annotations

from pathlib import Path

import botocore.exceptions
import pytest

from mfa_session import model
from mfa_session.adapters import aws_errors
from mfa_session.errors import CodeRefused, KeyUnknown, MfaSessionError, NotAvailable
from mfa_session.model import Account, KeySpec, OpItem, OtpSource
from mfa_session.session import Session

pytestmark = pytest.mark.one_python

SERIAL = "arn:aws:iam::111122223333:mfa/alice"
ACCOUNT = Account(
    name="test",
    path=Path("/home/alice/envs/.env.test"),
    account_id="111122223333",
    mfa_serial=SERIAL,
    otp=OtpSource("op", OpItem("AWS test")),
    key=KeySpec(profiles=("test-bootstrap",)),
    region=None,
    duration=43200,
)
KEY_ID = "AKIAEXAMPLETEST00000"
MFA = "MultiFactorAuthentication failed"
USER = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/admin"
ROLE = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
LONG = "1 validation error detected: Value '999999' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600"
EXPIRED = (
    "Signature expired: 20220127T001427Z is now earlier than 20220127T014428Z (20220127T015928Z - 15 min.)"
)
EARLY = "Signature not yet current: 20220127T014500Z is still later than 20220127T012730Z (20220127T012230Z + 5 min.)"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
NOT_ACTIVE = (
    "STS is not activated in this region for account:111122223333. "
    "Your account administrator can activate STS in this region using the IAM Console."
)

# What AWS answers, and the words that have to be in the sentence and in its hints.
TABLE = [
    ("AccessDenied", 403, f"{MFA} with invalid MFA one time pass code. ", ["code", SERIAL], ["AWS test"]),
    ("AccessDenied", 403, f"{MFA}, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.", [SERIAL, "device"], ["MFA_SERIAL", ".env.test"]),
    ("AccessDenied", 403, f"{MFA}, must provide both MFA serial number and one time pass code.", ["serial", "code"], ["MFA_SERIAL"]),
    ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials", ["base key", "session"], ["AKIA"]),
    ("AccessDenied", 403, f"{USER} with an explicit deny in an identity-based policy", ["sts:AssumeRole", "explicit deny"], ["policies"]),
    ("AccessDenied", 403, f"{USER} because no identity-based policy allows the sts:AssumeRole action", ["sts:AssumeRole", "no identity-based policy"], ["policies"]),
    ("ValidationError", 400, LONG, ["12h"], ["SESSION_DURATION"]),
    ("ValidationError", 400, ROLE, ["12h", "role chaining"], ["SESSION_DURATION"]),
    ("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", ["12h"], ["SESSION_DURATION"]),
    ("InvalidClientTokenId", 403, "The security token included in the request is invalid.", ["base key", "0000", "deleted", "inactive"], ["eu-west-1"]),
    ("SignatureDoesNotMatch", 403, MISMATCH, ["secret", "0000"], ["copy it again"]),
    ("SignatureDoesNotMatch", 403, EXPIRED, ["clock", "1h45m behind"], ["set this machine's clock"]),
    ("SignatureDoesNotMatch", 403, EARLY, ["clock", "22m ahead"], ["set this machine's clock"]),
    ("ExpiredToken", 403, "The security token included in the request is expired", ["expired session"], ["AKIA"]),
    ("ExpiredToken", 400, "The security token included in the request is expired", ["expired session"], ["AKIA"]),
    ("RegionDisabledException", 403, NOT_ACTIVE, ["eu-west-1"], ["us-east-1"]),
    ("Throttling", 400, "Rate exceeded", ["too often"], ["wait"]),
    ("InternalFailure", 500, "The request processing has failed because of an unknown error, exception or failure.", ["500"], ["again"]),
    ("ServiceUnavailable", 503, "", ["503"], ["again"]),
    ("NobodyHasSeenThis", 400, "Something new.", ["NobodyHasSeenThis", "Something new"], ["AWS's own words"]),
]  # fmt: skip

ADMIN = "arn:aws:iam::111122223333:role/admin"
OF_ROLES = [
    ("AccessDenied", 403, USER, ["does not let", ADMIN], ["trust policy", "--external-id ID"]),
    ("AccessDenied", 403, f"{USER} with an explicit deny in an identity-based policy", ["explicit deny"], ["--direct"]),
    ("AccessDenied", 403, USER.replace("AssumeRole", "TagSession"), ["tags", ADMIN], ["sts:TagSession", "SESSION_TAGS"]),
    ("AccessDenied", 403, USER.replace("AssumeRole", "SetSourceIdentity"), ["source identity"], ["sts:SetSourceIdentity"]),
    ("ValidationError", 400, ROLE, ["1h", "taken from a session"], ["ROLE_DURATION in /home/alice/envs/.env.test", "--direct"]),
    ("ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", ["that long"], ["ROLE_DURATION", "maximum"]),
    ("ValidationError", 400, "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint", ["roleSessionName"], ["check"]),
    ("PackedPolicyTooLarge", 400, "Packed policy consumes 112% of allotted space, please use smaller policy.", ["too large", "112%"], ["shorten"]),
    ("MalformedPolicyDocument", 400, "Syntax errors in policy.", ["session policy", "Syntax errors"], ["--policy"]),
    ("InvalidClientTokenId", 403, "The security token included in the request is invalid.", ["no longer takes the session"], ["mfa-session clear test"]),
    ("ExpiredToken", 400, "The security token included in the request is expired", ["is over"], ["mfa-session clear test"]),
    ("AccessDenied", 403, f"{MFA} with invalid MFA one time pass code. ", ["refused the one-time code"], ["'AWS test'"]),
]  # fmt: skip
ROLE_SESSION = Session(
    account="test",
    account_id="111122223333",
    access_key_id="ASIAEXAMPLE",
    secret_access_key="",
    session_token="",
    expires=0,
    arn="arn:aws:iam::111122223333:user/alice",
)


def refused(
    code: str, text: str, status: int = 403, *, skew: float = 0.0, of_role: bool = False, **headers: str
) -> MfaSessionError:
    """What the program makes of an answer in the shape that botocore gives it."""
    number = "8b7418cb-18a8-11e7-b1f1-5b2cbd51aec3"
    response = {
        "Error": {"Type": "Sender", "Code": code, "Message": text},
        "ResponseMetadata": {
            "RequestId": number,
            "HTTPStatusCode": status,
            "HTTPHeaders": {"x-amzn-requestid": number, "content-type": "text/xml", **headers},
            "RetryAttempts": 0,
        },
    }
    role = (model.Role(ADMIN), ROLE_SESSION) if of_role else (None, None)
    return aws_errors.refused(response, ACCOUNT, KEY_ID, "eu-west-1", skew, *role)


@pytest.mark.parametrize(
    ("of_role", "code", "status", "text", "words", "hinted"),
    [*((False, *row) for row in TABLE), *((True, *row) for row in OF_ROLES)],
)
def test_a_refusal_is_a_sentence_and_a_hint(of_role, code, status, text, words, hinted):
    error = refused(code, text, status, of_role=of_role)
    assert error.exit_code == 1
    assert [word for word in words if word not in error.message] == []
    assert [word for word in hinted if word not in "\n".join(error.hints)] == []
    for line in (error.message, *error.hints):
        assert line.strip() == line == " ".join(line.split())
        assert "{" not in line
    assert not error.message.endswith(".")


def test_only_a_refused_code_is_worth_another_one():
    kinds = {(code, text): type(refused(code, text, status)) for code, status, text, *_ in TABLE}
    assert [text for (_, text), kind in kinds.items() if kind is CodeRefused] == [TABLE[0][2]]
    assert (
        kinds["InvalidClientTokenId", "The security token included in the request is invalid."] is KeyUnknown
    )
    for code in ("Throttling", "InternalFailure", "ServiceUnavailable"):
        assert next(kind for (named, _), kind in kinds.items() if named == code) is NotAvailable


def test_a_refused_code_and_a_wrong_clock_are_said_together():
    text = f"{MFA} with invalid MFA one time pass code. "
    assert "clock" not in "".join(refused("AccessDenied", text, skew=12).hints)
    assert "65 s ahead" in refused("AccessDenied", text, skew=65).hints[0]


def test_a_request_that_has_expired_tells_no_nonsense_about_the_clock():
    error = refused("RequestExpired", "Request has expired.", 400, date="Thu, 27 Jan 2022 01:59:28 GMT")
    assert "clock" in "\n".join((error.message, *error.hints))
    assert "clock is 0 s" not in error.message


CODE = "271828"
ECHOES = [
    f"1 validation error detected: Value '{CODE}' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6",
    f"1 validation error detected: Value '{CODE}' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\d]*",
    f"2 validation errors detected: Value '{CODE}' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6; Value '{CODE}' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\d]*",
]  # fmt: skip


@pytest.mark.parametrize("text", ECHOES)
@pytest.mark.parametrize("code", ["ValidationError", "InvalidParameterValue", "AccessDenied"])
def test_a_code_that_aws_repeats_is_not_shown(code, text):
    error = refused(code, text, 400)
    assert CODE not in repr((error, error.args, error.message, error.hints))
    assert "tokenCode" in error.message


def test_a_code_that_botocore_repeats_is_not_shown():
    report = f"Invalid type for parameter TokenCode, value: {CODE}, type: <class 'int'>, valid types: <class 'str'>"
    error = aws_errors.unreachable(botocore.exceptions.ParamValidationError(report=report), "here", {})
    assert CODE not in repr((error, error.args, error.message, error.hints))


@pytest.mark.parametrize("response", [
    {},
    {"Error": {}, "ResponseMetadata": {}},
    {"Error": {"Code": "403", "Message": "Forbidden"}, "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": {}}},
    {"body": {"h1": "Blocked"}, "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": {}}},
])  # fmt: skip
def test_an_answer_without_a_number_is_not_one_of_aws(response):
    error = aws_errors.refused(response, ACCOUNT, KEY_ID, "eu-west-1", 0.0)
    assert isinstance(error, NotAvailable)
    assert "not AWS" in error.message
    assert error.hints
