"""Ways to a code put together: asked at once, answered once, taken back together."""

from __future__ import annotations

import threading
import time

import pytest
from code_runs import failure
from onepassword_runs import Window, alive, asked, wait_for
from standins import totp
from standins import ykman as standin

from mfa_session import codes, errors, race, tty
from mfa_session.model import Answer

pytestmark = pytest.mark.one_python


class Source:
    """Answers after `seconds` with `code`, or with the error that it is; keeps what it was asked."""

    def __init__(self, code="111111", seconds: float = 0) -> None:
        self.code, self.seconds = code, seconds
        self.announce = tty.notice
        self.asked: list[tuple[str, ...]] = []
        self.over = threading.Event()
        self.began = 0.0

    def ask(self, references=()):
        self.asked.append(references)
        self.began = time.monotonic()
        self.references = references
        return self

    def answer(self) -> Answer:
        if self.over.wait(max(0, self.began + self.seconds - time.monotonic())):
            raise errors.MfaSessionError("taken back")
        if isinstance(self.code, Exception):
            raise self.code
        return Answer(self.code, {name: f"value of {name}" for name in self.references})

    def cancel(self) -> None:
        self.over.set()


def helped(message: str) -> errors.MfaSessionError:
    error = errors.NotAvailable(message)
    error.typing_helps = True
    return error


def test_a_given_code_is_good_for_one_question():
    given = codes.Given(" 123 456 ")
    assert given.ask().answer().code == "123456"
    with pytest.raises(errors.MfaSessionError, match="can't be used again") as caught:
        given.ask()
    assert caught.value.hints
    assert "123456" not in repr(vars(caught.value))


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345x", "\N{FULLWIDTH DIGIT ONE}23456"])
def test_what_is_no_code_is_refused_at_once_and_not_shown(text):
    with pytest.raises(errors.MfaSessionError, match="what --otp gives is no one-time code") as caught:
        codes.Given(text)
    assert not text or text not in caught.value.message


def test_values_and_code_are_asked_for_at_once():
    values, code = Source("no code", seconds=0.4), Source("222222", seconds=0.4)
    split = codes.Split(values, code)
    started = time.monotonic()
    answer = split.ask(("op://a/b/c",)).answer()
    assert time.monotonic() - started < 0.75
    assert (answer.code, answer.values) == ("222222", {"op://a/b/c": "value of op://a/b/c"})
    assert (values.asked, code.asked) == ([("op://a/b/c",)], [()])


def test_without_references_only_the_code_is_asked_for():
    values, code = Source(), Source("222222")
    assert codes.Split(values, code).ask().answer().code == "222222"
    assert not values.asked


@pytest.mark.parametrize("failing", ["values", "code"])
def test_where_one_fails_the_other_is_taken_back(failing):
    wrong, waiting = Source(errors.MfaSessionError("wrong"), seconds=0.1), Source(seconds=60)
    both = (wrong, waiting) if failing == "values" else (waiting, wrong)
    with pytest.raises(errors.MfaSessionError, match="wrong"):
        codes.Split(*both).ask(("op://a/b/c",)).answer()
    assert waiting.over.is_set()


def test_where_the_code_can_not_even_be_asked_for_the_values_are_taken_back():
    used = codes.Given("123456")
    used.ask()
    values = Source()
    with pytest.raises(errors.MfaSessionError, match="can't be used again"):
        codes.Split(values, used).ask(("op://a/b/c",))
    assert values.over.is_set()


def test_both_are_taken_back_from_outside():
    values, code = Source(seconds=60), Source(seconds=60)
    asking = codes.Split(values, code).ask(("op://a/b/c",))
    threading.Timer(0.1, asking.cancel).start()
    with pytest.raises(errors.MfaSessionError, match="taken back"):
        asking.answer()
    assert values.over.is_set()
    assert code.over.is_set()


@pytest.fixture
def no_terminal(monkeypatch):
    """These tests may be run in one, and would wait for it."""

    def opened():
        raise errors.NeedsTerminal("none")

    monkeypatch.setattr(tty, "opened", opened)


@pytest.mark.usefixtures("no_terminal")
def test_without_a_terminal_the_source_is_on_its_own(capsys):
    assert race.OrTyped(Source("222222"), "test").ask().answer().code == "222222"
    for error in (helped("not there"), errors.MfaSessionError("wrong")):
        with pytest.raises(errors.MfaSessionError) as caught:
            race.OrTyped(Source(error), "test").ask().answer()
        assert caught.value is error
    assert capsys.readouterr().err == ""
    with pytest.raises(errors.NeedsTerminal, match="no terminal to type the code for test on"):
        codes.Typed("test").ask()


@pytest.mark.usefixtures("no_terminal")
def test_what_a_source_announces_is_said_as_it_is(capsys):
    source = Source()
    race.OrTyped(source, "test").ask()
    source.announce("do something")
    assert capsys.readouterr().err == "mfa-session: do something\n"
    race.OrTyped(source, "test").ask(("op://a/b/c",))
    assert source.announce is tty.notice


def on_a_key(world, **keys):
    """`prod`, whose key is in 1Password, with its codes on a YubiKey."""
    prod = world.aws.users[1]
    world.account(
        "prod",
        **{
            "AWS_ACCOUNT_ID": prod.account_id,
            "MFA_SERIAL": prod.mfa_serial,
            "AWS_ACCESS_KEY_ID": "op://Work/AWS prod/access key id",
            "AWS_SECRET_ACCESS_KEY": "op://Work/AWS prod/secret access key",
            "OP_ITEM": None,
            "OTP_SOURCE": "ykman",
        }
        | keys,
    )
    return standin.install(world.bin, prod.seed, f"AWS:{prod.mfa_serial}")


def test_the_key_from_1password_and_the_code_from_a_yubikey(world):
    key = on_a_key(world)
    world.export("prod")
    (call,) = asked(world)
    assert call["argv"] == ["inject"]
    assert len(key.calls) == 1


def test_the_key_from_1password_and_the_code_typed(world):
    on_a_key(world, OTP_SOURCE="prompt")
    world.op.update(auth={"mode": "prompt", "outcome": "approve", "delay": 0.5})
    window = Window(world, "prod")
    window.see("one-time code for prod (444455556666): ")
    window.type(totp.code(world.aws.users[1].seed, time.time()))
    window.session()


def test_a_dismissed_1password_ends_ykman_too(world):
    key = on_a_key(world)
    key.key["accounts"][f"AWS:{world.aws.users[1].mfa_serial}"]["touch"], key.touch = True, 14
    key.save()
    world.op.update(auth={"mode": "prompt", "outcome": "dismiss", "delay": 1})
    result = world.run("export", "prod")
    assert result.returncode == 1
    assert "was dismissed" in result.stderr
    wait_for(lambda: not alive(key.calls[0]["pid"]))


def test_otp_gives_the_code_and_nobody_is_asked(world):
    world.op.update(auth={"mode": "prompt", "outcome": "hang"})
    code = totp.code(world.user.seed, time.time())
    world.export("test", "--otp", code)
    assert not world.op.calls


def test_otp_with_the_key_in_1password(world):
    world.export("prod", "--otp", totp.code(world.aws.users[1].seed, time.time()))
    (call,) = asked(world)
    assert call["argv"] == ["inject"]


def test_otp_that_is_no_code(world):
    result = world.run("export", "test", "--otp", "12345")
    assert result.returncode in (1, 2)
    assert "6 digits" in result.stderr
    assert world.aws.count("GetSessionToken") == 0


def test_otp_source_takes_the_place_of_the_files(world):
    key = standin.install(world.bin, world.user.seed, world.user.mfa_serial)
    world.export("test", "--otp-source", "ykman")
    assert (len(key.calls), world.op.calls) == (1, [])


def test_no_prompt_offers_no_typing(world):
    world.op.update(auth={"mode": "prompt", "outcome": "dismiss"})
    window = Window(world, "test --no-prompt")
    assert window.end() == 1
    assert "was dismissed" in window.shown
    assert "one-time code for" not in window.shown
    assert "was dismissed" in failure(world, "--no-prompt").message
