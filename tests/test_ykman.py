"""A code from a YubiKey: touched only when it wants to be, and each way of going wrong says what to type."""

from __future__ import annotations

import signal
import time

import pytest
from code_runs import failure
from onepassword_runs import Window, alive, start, wait_for
from standins import ykman as standin

from mfa_session import errors
from mfa_session.adapters import ykman

pytestmark = pytest.mark.one_python

TOUCH = "mfa-session: touch your YubiKey for test (111122223333)"


@pytest.fixture
def key(world):
    """A YubiKey with the account that `test` needs, called after the serial of the device."""
    world.account(OTP_SOURCE="ykman", OP_ITEM=None)
    return standin.install(world.bin, world.user.seed, f"AWS:{world.user.mfa_serial}")


def refused(world) -> errors.MfaSessionError:
    """What the adapter alone says."""
    with pytest.raises(errors.MfaSessionError) as caught:
        ykman.Ykman(world.user.mfa_serial, "test", world.env).ask().answer()
    return caught.value


def test_a_code_from_the_key_makes_a_session(world, key):
    world.export("test")
    (call,) = key.calls
    assert call["argv"] == ["oath", "accounts", "code", "--single", world.user.mfa_serial]
    assert "MFA_SESSION_IS_ASKING" in call["env"]
    assert not [name for name in call["env"] if name.startswith("AWS_")]
    assert not world.op.calls


def test_the_file_may_name_the_account(world, key):
    key.key["accounts"]["Other:alice"] = {"seed": world.user.seed[::-1], "touch": False, "digits": 6}
    key.key["accounts"]["-x"] = {"seed": world.user.seed, "touch": False, "digits": 6}
    key.save()
    world.account(OTP_SOURCE="ykman", OP_ITEM=None, YKMAN_ACCOUNT="-x")
    world.export("test")


@pytest.mark.parametrize("delay", [2, 0])
def test_a_touch_is_asked_for_only_while_it_is_waited_for(world, key, delay):
    account = key.key["accounts"][f"AWS:{world.user.mfa_serial}"]
    account["touch"], key.touch = bool(delay), delay
    key.save()
    result = world.run("export", "test")
    assert result.returncode == 0
    assert result.stderr.count("touch your YubiKey") == (1 if delay else result.stderr.count(TOUCH))
    if delay:
        assert result.stderr.startswith(f"{TOUCH}\n")


def several(key):
    key.keys.append({**key.key, "serial": 7654321})


def ambiguous(key):
    (name,) = key.key["accounts"]
    key.key["accounts"][f"{name}-old"] = key.key["accounts"][name]
    key.key["accounts"][f"my {name}"] = key.key["accounts"].pop(name)


def other_account(key):
    key.key["accounts"] = {"GitHub:alice": {"seed": "GEZDGNBVGY3TQOJQ", "touch": False, "digits": 6}}


def eight(key):
    for account in key.key["accounts"].values():
        account["digits"] = 8


def change(**changes):
    return lambda key: key.key.update(changes)


FAULTS = {
    "no key": (lambda key: key.keys.clear(), "no YubiKey is plugged in", "plug it in"),
    "several keys": (several, "several YubiKeys are plugged in", "leave only the one"),
    "another account": (
        other_account,
        "the YubiKey has no account that matches 'arn:",
        "list them: ykman oath",
    ),
    "several accounts": (ambiguous, "several accounts on the YubiKey match 'arn:", "write the whole name"),
    "password": (change(password="sesame"), "protected by a password", "once: ykman oath access remember"),
    "no pcscd": (lambda key: setattr(key, "service", False), "smart card service", "systemctl start pcscd"),
    "held": (change(held=True), "another program may have it", "gpgconf --kill scdaemon"),
    "no oath": (change(oath=False), "OATH is switched off", "ykman config usb --enable OATH"),
    "8 digits": (eight, "is no code of 6 digits", "ykman oath accounts add NAME"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_one_sentence_and_something_to_type(world, key, fault):
    break_it, message, hint = FAULTS[fault]
    break_it(key)
    key.save()
    error = refused(world)
    assert message in error.message
    assert hint in error.hints[0]
    assert error.typing_helps is (fault in {"no key", "no pcscd", "held"})


def test_a_remembered_password_is_none(world, key):
    key.key.update(password="sesame", remembered=True)
    key.save()
    world.export("test")


def test_it_can_not_ask_for_a_password_on_the_terminal_either(world, key):
    key.key.update(password="sesame")
    key.save()
    window = Window(world)
    assert window.end() == 1
    assert "ykman oath access remember" in window.shown
    assert not key.calls[0]["tty"]


def test_nobody_waits_for_ever(world, key, monkeypatch):
    monkeypatch.setattr(ykman, "_LIMIT", 0.3)
    key.program.write_text("#!/bin/sh\nexec sleep 60\n")
    error = refused(world)
    assert (error.message, error.typing_helps) == ("ykman did not answer within 0.3 s", True)


def test_where_ykman_is_not_installed(world, key):
    key.program.unlink()
    failed = failure(world)
    assert "ykman, is not installed" in failed.message
    assert failed.hints[0].startswith("install it: pipx install yubikey-manager")


PRINTING = """\
#!/bin/sh
echo '{}' >&2
exit {}
"""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ERROR: Touch account timed out!", "nobody touched the YubiKey in time"),
        ("ERROR: Something new", "ykman failed, and says: Something new"),
        ('Usage: ykman oath\n\nError: No such command "accounts".', "this ykman does not understand"),
        ("Enter the password:\nAborted!", "protected by a password"),
        ("Touch your YubiKey...", "ykman failed, and says: nothing"),
    ],
)
def test_other_words_of_its_versions(world, key, said, words):
    key.program.write_text(PRINTING.format(said, 1))
    assert words in refused(world).message


def test_ended_by_a_signal(world, key):
    key.program.write_text("#!/bin/sh\nkill -KILL $$\n")
    assert refused(world).message == "ykman was ended by signal 9"


def test_a_wrong_base_key_ends_it_and_the_light_goes_out(world, key):
    key.key["accounts"][f"AWS:{world.user.mfa_serial}"]["touch"], key.touch = True, 14
    key.save()
    world.user.active = False
    world.aws.latency = 0.5
    started = time.monotonic()
    assert "AWS does not know the base key" in failure(world).message
    assert time.monotonic() - started < 10
    assert not alive(key.calls[0]["pid"])


def test_ctrl_c_ends_it_though_it_has_no_terminal(world, key):
    key.key["accounts"][f"AWS:{world.user.mfa_serial}"]["touch"], key.touch = True, 14
    key.save()
    with start(world, "export", "test") as running:
        wait_for(lambda: key.calls)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
    wait_for(lambda: not alive(key.calls[0]["pid"]))
