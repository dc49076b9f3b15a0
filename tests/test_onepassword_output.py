"""What `op` prints: what counts as a code, what does not, and the odd ways in which it comes."""

from __future__ import annotations

import os
import signal
import time

import pytest
from onepassword_runs import alive, argvs, asked, failure, otp_field, program
from standins import op_install

pytestmark = pytest.mark.one_python

NOT_CODES = {
    "five digits": "12345\n",
    "eight digits": "12345678\n",
    "nine digits": "123456789\n",
    "letters": "abcdef\n",
    "digits of another script": "١٢٣٤٥٦\n",
    "superscripts": "¹²³⁴⁵⁶\n",
    "blanks inside": "123 456\n",
    "a sign": "-12345\n",
    "two codes": "123456\n654321\n",
    "a remark behind it": "123456\nA new version is available.\n",
    "hidden": "[use 'op item get awstestitemaaaaaaaaaaaaaaa --reveal' to reveal]\n",
    "json": '{"totp": "123456"}\n',
    "not even text": "\udcff\udcfe\n",
}


@pytest.mark.parametrize("quirk", ["debug_lines", "huge_stderr", "crlf", "no_newline"])
@pytest.mark.parametrize("account", ["test", "prod"])
def test_a_code_is_found_however_it_comes(world, quirk, account):
    world.op.update(quirks=[quirk])
    assert world.export(account)["AccessKeyId"].startswith("ASIA")


def test_a_code_may_come_as_a_json_string(world):
    program(world, '#!/bin/sh\nOP_FORMAT=json\nexport OP_FORMAT\nexec real-op "$@" | tee "$HOME/printed"\n')
    world.export("test")
    assert (world.home / "printed").read_text().startswith('"')


@pytest.mark.parametrize("printed", NOT_CODES.values(), ids=NOT_CODES)
def test_anything_but_six_digits_is_refused_and_neither_shown_nor_sent(world, printed):
    (world.home / "printed").write_bytes(printed.encode("utf-8", "surrogateescape"))
    program(world, '#!/bin/sh\ncat "$HOME/printed"\n')
    failed = failure(world)
    why = "AWS takes codes of 6 digits" if printed == NOT_CODES["eight digits"] else "is not a one-time code"
    assert why in failed.message
    assert "6 digits" in failed.hints[0]
    assert printed.strip() not in failed.stderr
    assert world.aws.count("GetSessionToken") == 0


@pytest.mark.parametrize("account", ["test", "prod"])
@pytest.mark.parametrize("value", ["JBSWY3DPEHPK3PXP", "otpauth://totp/aws?secret=JBSWY3DPEHPK3PXP"])
def test_a_seed_in_place_of_the_code_is_never_shown(world, account, value):
    otp_field(world, f"AWS {account}")["value"] = value
    world.op.update(quirks=["otp_letters"])
    failed = failure(world, account)
    loud = world.run("export", account, "--debug")
    assert "not a one-time code" in failed.message
    assert (loud.returncode, loud.stdout) == (1, "")
    assert not any(part in failed.stderr + loud.stderr for part in ("JBSWY3DPEHPK3PXP", "otpauth"))
    assert world.aws.count("GetSessionToken") == 0


@pytest.mark.parametrize("account", ["test", "prod"])
def test_a_success_without_a_code_is_an_item_without_a_code(world, account):
    world.op.update(quirks=["otp_missing"])
    assert failure(world, account).message == f"the 1Password item 'AWS {account}' has no one-time password"


def test_a_success_with_nothing_but_blanks_is_none_either(world):
    program(world, "#!/bin/sh\nprintf ' \\n'\n")
    assert failure(world).message == "the 1Password item 'AWS test' has no one-time password"


@pytest.mark.parametrize(
    ("quirk", "words"),
    [
        ("exit0_error", "(500) Internal Server Error: An unexpected error occurred."),
        ("exit4_404", "(404) Not Found: The requested resource was not found."),
        ("exit2_panic", "op crashed: panic: runtime error: invalid memory address"),
    ],
)
@pytest.mark.parametrize("debug", [[], ["debug_lines"]], ids=["", "with debug lines"])
def test_odd_exits_are_failures_in_ops_own_words(world, quirk, words, debug):
    world.op.update(quirks=[quirk, *debug])
    result = world.run("export", "test")
    assert (result.returncode, result.stdout) == (1, "")
    assert words in result.stderr
    assert "DEBUG" not in result.stderr
    assert len(asked(world)) == 1


def test_a_daemon_that_op_leaves_behind_is_not_waited_for(world):
    world.op.update(quirks=["daemon_holds_stdout"], daemon_seconds=60)
    started = time.monotonic()
    world.export("test")
    took = time.monotonic() - started
    (daemon,) = (event["daemon"] for event in world.op.events if event["event"] == "daemon")
    still_there = alive(daemon)
    os.kill(daemon, signal.SIGTERM)
    assert still_there
    assert took < 20


@pytest.mark.parametrize("account", ["test", "prod"])
def test_windows_own_op_serves_where_there_is_no_other(world, account):
    world.op.update(quirks=["crlf"])
    windows = op_install.install(world.bin, world.op.state, name="op.exe")
    world.export(account)
    assert (len(asked(world)), len(windows.calls)) == (1, 0)  # both are there
    world.op.program.unlink()
    world.forget_codes()
    world.export(account)
    assert windows.calls[0]["argv"] == argvs(world)[0]


def test_op_is_missing(world):
    world.op.program.unlink()
    failed = failure(world)
    assert failed.message == "the 1Password CLI, op, is not installed, or not on PATH"
    assert "developer.1password.com" in failed.hints[0]


def test_an_op_that_may_not_be_run_is_passed_over(world):
    world.op.program.chmod(0o644)
    assert "is not installed, or not on PATH" in failure(world).message
    second = op_install.install(world.home, world.op.state)
    world.export("test", PATH=f"{world.bin}:{second.program.parent}:/usr/bin:/bin")
    assert len(second.calls) == 1


@pytest.mark.parametrize("text", ["#!/nowhere/sh\n", "\x7fELF, or rather not\n", ""])
def test_an_op_that_cannot_be_started(world, text):
    program(world, text)
    failed = failure(world)
    assert failed.message.startswith("the 1Password CLI, op, can't be started: ")
    assert failed.hints
