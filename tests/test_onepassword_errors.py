"""What `op` prints when it fails, as the real program has been seen to print it, and what each text is taken for."""

from __future__ import annotations

import pytest
from onepassword_texts import NO_ACCOUNTS, RATE, SIGNS, TEXTS

from mfa_session.adapters.onepassword_errors import explain
from mfa_session.adapters.onepassword_kinds import KINDS
from mfa_session.model import OpItem
from mfa_session.proc import Result

pytestmark = pytest.mark.one_python

ITEM = OpItem("AWS test", "Private")
STAMP = "[ERROR] 2026/01/02 03:04:05 "
READ = "could not read secret 'op://Work/AWS prod/one-time password?attribute=otp': "
PLUGIN = "could not run plugin AWS CLI: failed to provision credentials, encountered error(s):\n"
DEBUG = "3:04AM  | DEBUG   | Session delegation enabled\n3:04AM  | DEBUG   | NM request: NmRequestAccounts\n"
MORE = "\n\tmore of it\n\n * and more\n"

FORMS = {
    "as it prints it": lambda text: Result(1, "", f"{STAMP}{text}\n"),
    "exit 2": lambda text: Result(2, "", f"{STAMP}{text}\n"),
    "exit 4": lambda text: Result(4, "", f"{STAMP}{text}\n"),
    "exit 9": lambda text: Result(9, "", f"{STAMP}{text}\n"),
    "exit 0": lambda text: Result(0, "", f"{STAMP}{text}\n"),
    "no newline": lambda text: Result(1, "", STAMP + text),
    "no time": lambda text: Result(1, "", f"[ERROR] {text}\n"),
    "no prefix": lambda text: Result(1, "", f"{text}\n"),
    "another prefix": lambda text: Result(1, "", f"(ERROR) {text}\n"),
    "a third prefix": lambda text: Result(1, "", f"ERROR: {text}\n"),
    "in capitals": lambda text: Result(1, "", f"{STAMP}{text.upper()}\n"),
    "of the client": lambda text: Result(1, "", f"{STAMP}error initializing client: {text}\n"),
    "of read": lambda text: Result(1, "", f"{STAMP}{READ}error initializing client: {text}\n"),
    "of an older read": lambda text: Result(1, "", f"{STAMP}could not read secret op://V/I/F: {text}\n"),
    "of an item": lambda text: Result(1, "", f"{STAMP}{READ}could not get item Work/AWS prod: {text}\n"),
    "of a plugin": lambda text: Result(1, "", f"{STAMP}{PLUGIN}{text}\n"),
    "more lines": lambda text: Result(1, "", f"{STAMP}{text}{MORE}"),
    "behind blank lines": lambda text: Result(1, "", f"\n\n{STAMP}{text}\n"),
    "behind debug lines": lambda text: Result(1, "", f"{DEBUG}{STAMP}{text}\n"),
    "of Windows": lambda text: Result(1, "", f"{STAMP}{text}\n".replace("\n", "\r\n")),
    "on stdout": lambda text: Result(1, f"{STAMP}{text}\n", ""),
    "on stdout, exit 0": lambda text: Result(0, f"{STAMP}{text}\n", ""),
    "on stdout, no time": lambda text: Result(1, f"[ERROR] {text}\n", "\n"),
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in TEXTS for text in TEXTS[kind]])
def test_a_text_is_known_in_every_form_that_it_comes_in(kind, text):
    kinds = {form: explain(make(text), ITEM).kind for form, make in FORMS.items()}
    assert kinds == dict.fromkeys(FORMS, kind)


@pytest.mark.parametrize("kind", SIGNS)
def test_one_sign_of_a_kind_is_enough(kind):
    for sign in SIGNS[kind]:
        for text in (sign, sign.upper(), f"this op says it in a new way: {sign}, and then goes on"):
            assert explain(Result(1, "", f"{STAMP}{text}\n"), ITEM).kind == kind


def test_each_kind_is_here():
    assert {kind.name for kind in KINDS} | {"UNKNOWN"} == set(TEXTS) == set(SIGNS)


@pytest.mark.parametrize("kind", TEXTS)
def test_each_kind_says_what_to_do(kind):
    error = explain(FORMS["as it prints it"](TEXTS[kind][0]), ITEM)
    assert error.hints
    assert all([error.message.strip(), *(hint.strip() for hint in error.hints)])


@pytest.mark.parametrize("form", FORMS)
def test_an_unknown_text_is_shown_in_ops_own_words(form):
    for text in TEXTS["UNKNOWN"]:
        message = explain(FORMS[form](text), ITEM).message
        # Of several lines, it is the first that is shown.
        assert (PLUGIN.strip() if form == "of a plugin" else text).lower() in message.lower()
        assert not any(noise in message for noise in ("[ERROR]", "03:04", "DEBUG"))


@pytest.mark.parametrize("status", [0, 1, 2, 4])
@pytest.mark.parametrize("before", ["", READ, f"{STAMP}{READ}", STAMP])
def test_an_empty_cause_means_no_account(before, status):
    # What is left of the question about an account when nobody can be asked, or somebody said no.
    assert explain(Result(status, "", f"{before}error initializing client: \n"), None).kind == "NO_ACCOUNT"
    assert explain(Result(status, "", NO_ACCOUNTS), None).kind == "NO_ACCOUNT"


@pytest.mark.parametrize("stderr", ["", "\n", " \n\n", DEBUG, DEBUG.replace("\n", "\r\n")])
def test_nothing_said_means_no_account_or_with_exit_0_no_code(stderr):
    assert explain(Result(1, "", stderr), ITEM).kind == "NO_ACCOUNT"
    assert explain(Result(2, " \n", stderr), ITEM).kind == "NO_ACCOUNT"
    assert explain(Result(0, "\n", stderr), ITEM).kind == "NO_OTP"


def test_stdout_counts_only_where_stderr_is_empty_and_only_its_error_lines():
    said = f"{STAMP}authorization timeout\n"
    assert explain(Result(1, said, f"{STAMP}authorization prompt dismissed\n"), None).kind == "AUTH_DISMISSED"
    assert explain(Result(1, f"some text\n{said}", ""), None).kind == "AUTH_TIMEOUT"
    assert explain(Result(1, "authorization timeout\n", ""), None).kind == "NO_ACCOUNT"


def test_a_limit_says_until_when():
    for until in ("59 minutes", "23 hours and 59 minutes"):
        error = explain(Result(1, "", f"{STAMP}{RATE.format('account', until)}\n"), ITEM)
        assert f"Please retry in {until}" in error.message


def test_the_candidates_for_an_ambiguous_name_are_listed():
    for end in ("\n", "\r\n"):
        text = end.join([STAMP + TEXTS["AMBIGUOUS"][0].replace("\n", end), ""])
        error = explain(Result(1, "", text), OpItem("Delete Me"))
        assert "Delete Me" in error.message
        for hint, ident in zip(
            error.hints, ("vwyt5in4gempt67i7d2mpao6c4", "dmm2ybtxxjlxtv23puevxw5ydy"), strict=True
        ):
            assert f"OP_VAULT=Test Data and OP_ITEM={ident}" in hint


def test_the_message_names_the_item_and_the_vault():
    assert "'AWS test'" in explain(Result(0, "", ""), ITEM).message
    vault = '"Private" isn\'t a vault in this account. Specify the vault with its ID or name.'
    assert "Private" in explain(Result(1, "", STAMP + vault), ITEM).message
    lost = TEXTS["ITEM_NOT_FOUND"][0]
    assert lost in explain(Result(1, "", STAMP + lost), ITEM).message


def test_a_signal_is_not_taken_for_a_text():
    error = explain(Result(-9, "", f"{STAMP}authorization timeout"), ITEM)
    assert (error.kind, error.hints) == ("KILLED", ("run it again",))
    assert "signal 9" in error.message
