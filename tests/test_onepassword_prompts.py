"""The person before the prompt: asked once, told what for, and left alone as soon as it is of no use."""

from __future__ import annotations

import pytest
from onepassword_runs import Window, alive, argvs, asked, failure, program, start, wait_for

pytestmark = pytest.mark.one_python

OFFLINE = (
    "[ERROR] 2026/01/02 03:04:05 error initializing client: dial tcp: lookup my.1password.com: no such host\n"
)
STUBBORN = """\
#!/bin/sh
[ "$1" = account ] && exec real-op "$@"
trap '' TERM
echo $$ >"$HOME/pid"
while :; do sleep 0.2; done
"""


@pytest.mark.parametrize("account", ["test", "prod"])
@pytest.mark.parametrize(
    ("outcome", "words"), [("dismiss", "was dismissed"), ("timeout", "nobody answered the 1Password prompt")]
)
def test_a_prompt_that_is_not_approved_is_not_put_again(world, account, outcome, words):
    world.op.update(auth={"mode": "prompt", "outcome": outcome, "delay": 0.3})
    assert words in failure(world, account).message
    assert (len(world.op.prompts), len(asked(world))) == (1, 1)


def test_a_prompt_that_is_not_approved_is_not_put_again_in_a_terminal_either(world):
    world.op.update(auth={"mode": "prompt", "outcome": "dismiss"})
    window = Window(world, "prod")
    assert window.end() == 1
    assert "was dismissed" in window.shown
    assert (len(world.op.prompts), len(asked(world))) == (1, 1)


@pytest.mark.parametrize("account", ["test", "prod"])
def test_an_app_that_wakes_up_is_asked_once_more(world, account):
    world.op.update(auth={"mode": "app_timeout_once"})
    assert world.export(account)["AccessKeyId"].startswith("ASIA")
    first, second = argvs(world)
    assert first == second


@pytest.mark.parametrize("account", ["test", "prod"])
@pytest.mark.parametrize("auth", [{"mode": "app_timeout"}, {"mode": "error", "stderr": OFFLINE}])
def test_an_app_or_network_that_stays_away_is_asked_twice_and_no_more(world, account, auth):
    world.op.update(auth=auth)
    failure(world, account)
    first, second = argvs(world)
    assert first == second


def test_a_network_that_comes_back_is_enough(world):
    program(
        world,
        '#!/bin/sh\nif mkdir "$HOME/once" 2>/dev/null; then\n'
        f"echo '{OFFLINE.strip()}' >&2\nexit 1\nfi\n"
        'exec real-op "$@"\n',
    )
    world.export("test")
    assert len(asked(world)) == 1


def test_a_slow_answer_makes_it_say_what_to_approve(world):
    world.op.update(auth={"mode": "prompt", "delay": 4})
    result = world.run("export", "test")
    assert result.returncode == 0
    assert result.stderr.startswith("mfa-session: approve the 1Password prompt for test (111122223333)\n")
    assert (result.stderr.count("approve"), len(world.op.prompts)) == (1, 1)


def test_the_list_of_accounts_is_not_left_behind(world):
    world.op.update(auth={"mode": "prompt", "delay": 4}, account_list_latency=60)
    Window(world).session()
    (lists,) = (call for call in world.op.calls if call["argv"][:2] == ["account", "list"])
    wait_for(lambda: not alive(lists["pid"]), seconds=10)


def test_where_op_offers_to_add_an_account_it_is_stopped_and_the_terminal_put_right(world):
    world.op.update(auth={"mode": "no_accounts"})
    window = Window(world)
    window.see("Do you want to add an account manually now? [Y/n] ")
    window.see("mfa-session: op is not connected to any 1Password account")
    window.see("hint: ")
    assert window.end() == 1  # and the terminal, which op had in raw mode, is as it was
    assert window.file.read_text() == ""
    assert asked(world)[0]["exit"] == 143


WRONG_KEYS = {
    "deleted": "AWS does not know the base key ****0000",
    "mistyped": "the secret of the base key ****0000 is not the right one",
    "of another account": "belongs to account 999988887777, but",
}


@pytest.mark.parametrize(("wrong", "words"), WRONG_KEYS.items(), ids=WRONG_KEYS)
def test_nobody_is_kept_waiting_for_a_key_that_is_wrong(world, wrong, words):
    world.op.update(auth={"mode": "prompt", "delay": 60})
    world.aws.latency = 1  # the person sees the prompt first, however slow this machine is
    if wrong == "deleted":
        world.user.active = False
    elif wrong == "mistyped":
        world.account(AWS_ACCESS_KEY_ID=world.user.access_key_id, AWS_SECRET_ACCESS_KEY="x" * 40)
    else:
        world.aws.fault("GetCallerIdentity", "wrong_account")
    assert words in failure(world).message
    (call,) = asked(world)
    assert (call["exit"], len(world.op.prompts)) == (143, 1)
    assert call["ended"] - call["started"] < 10
    assert not alive(call["pid"])
    assert world.aws.count("GetSessionToken") == 0


def test_an_op_that_does_not_listen_is_killed(world):
    world.user.active = False
    world.aws.latency = 1  # op has begun by then
    program(world, STUBBORN)
    assert "AWS does not know the base key" in failure(world).message
    assert not alive(int((world.home / "pid").read_text()))


def test_ctrl_c_at_the_prompt_ends_both(world):
    world.op.update(auth={"mode": "prompt", "outcome": "hang"})
    window = Window(world)
    wait_for(lambda: world.op.prompts)
    window.typescript.sendintr()
    assert (window.end(), window.file.read_text()) == (130, "")
    (call,) = asked(world)
    wait_for(lambda: not alive(call["pid"]))


def test_ctrl_c_is_heard_where_op_is_not(world):
    world.op.update(auth={"mode": "prompt", "outcome": "hang"})
    with start(world, "export", "test") as running:
        wait_for(lambda: world.op.prompts)
        running.send_signal(2)
        output, _ = running.communicate(timeout=30)
    assert (running.returncode, output) == (130, "")
    (call,) = asked(world)
    wait_for(lambda: not alive(call["pid"]))
