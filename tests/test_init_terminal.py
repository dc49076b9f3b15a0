"""`init` at a terminal: a conversation that is erased as it goes, and can be broken off at each question."""

from __future__ import annotations

import time

import pytest
from init_runs import account, ignored, written
from init_talks import DEVICE, ITEM, KEY, NAME, PICK, REGION, WRITE, Talk, asked_for_nothing_yet
from onepassword_runs import asked
from standins import totp
from test_terminal import PROMPT, wait_for
from test_terminal import Window as Shell

pytestmark = pytest.mark.one_python


@pytest.fixture
def project(world):
    return asked_for_nothing_yet(world)


def test_the_whole_conversation(world, project):
    (world.home / ".aws/config").unlink()
    talk = Talk(world)
    talk.say(NAME, "")
    assert "1  test-bootstrap" in talk.say(KEY, "") + talk.see(PICK)
    talk.say(DEVICE, "")
    talk.see(ITEM)
    offered = talk.see(PICK)
    assert [line.split("  ")[-1].strip() for line in offered.strip().splitlines()] == [
        "AWS test (Private)",
        "AWS console (Private)",
        "AWS prod (Work)",
        "none of these: I type the code each time",
    ]
    talk.child.sendline("1")
    talk.say(REGION, "eu-west-1")
    shown = talk.see(WRITE)
    assert "  AWS_REGION=eu-west-1\r\n" in shown
    assert "envs/.gitignore gets the line /.env.test" in shown
    assert written(world) == []
    talk.child.sendline("")
    assert talk.end() == 0
    assert "mfa-session: test is ready: live until" in talk.shown
    found = account(project / "envs/.env.test")
    assert (found.region, found.otp.op.item, found.otp.op.vault) == ("eu-west-1", "AWS test", "Private")
    assert (found.key.profiles, found.mfa_serial) == (("test-bootstrap",), world.user.mfa_serial)
    assert ignored(project / "envs/.env.test")
    calls = [call["argv"] for call in asked(world)]
    assert sum("list" in argv for argv in calls) == 1
    assert not any("AWS prod" in " ".join(argv) for argv in calls)
    for question in (NAME, KEY, DEVICE, ITEM, REGION, PICK):
        assert question not in talk.left
    assert "mfa-session: the code is that of AWS test in the vault Private" in talk.left
    assert not any(secret in talk.shown for secret in world.secrets)


def test_answers_that_are_none(world, project):
    (world.home / ".aws/config").unlink()
    talk = Talk(world)
    talk.say(NAME, "a/b")
    talk.see("'a/b' can't be the name of an account")
    talk.say(NAME, "shop")
    talk.say(PICK, "7")
    talk.see("there is no '7' among them")
    talk.say(PICK, "TEST")
    talk.say(DEVICE, "arn:aws:iam::111122223333:user/alice")
    talk.see("that is the ARN of the user, not of the MFA device")
    talk.say(DEVICE, "arn:aws:iam::444455556666:mfa/alice")
    talk.see("that belongs to account 444455556666, but the base key to 111122223333")
    talk.say(DEVICE, "")
    talk.say(PICK, "aws con")
    talk.see("AWS console has no one-time password")
    talk.say(PICK, "AWS")
    assert "none of these" not in talk.see(PICK), "narrowed to those that begin so"
    talk.child.sendline("aws t")
    talk.say(REGION, "europe")
    talk.see("'europe' is not the name of a region")
    talk.say(REGION, "cn-north-1")
    talk.see("cn-north-1 is in partition aws-cn, the account in aws")
    talk.say(REGION, "")
    talk.say("[Y/n] ", "y")
    assert talk.end() == 0
    found = account(project / "envs/.env.shop")
    assert (found.region, found.otp.op.item) == (None, "AWS test")


@pytest.mark.parametrize(("key", "status"), [("\x03", 130), ("\x04", 1)], ids=["Ctrl-C", "Ctrl-D"])
def test_each_question_can_be_the_last(world, project, key, status):
    """One that is broken off while it is asked has changed nothing; nor has one that is half answered."""
    (world.home / ".aws/config").unlink()
    questions = [(NAME, "test"), (PICK, ""), (DEVICE, ""), (PICK, "1"), (REGION, ""), (WRITE, "")]
    before = sorted(path.name for path in project.iterdir())
    for number in range(len(questions)):
        talk = Talk(world)
        for question, answer in questions[:number]:
            talk.say(question, answer)
        talk.see(questions[number][0])
        talk.child.send(key)
        assert talk.end() == status, talk.shown
        assert ("nothing was written" in talk.shown) == (status == 1)
        assert not any(question in talk.left for question, _ in questions[:-1])
        for name in ("before", "after"):
            (project / name).unlink()
        assert (written(world), sorted(path.name for path in project.iterdir())) == ([], before)
    assert world.aws.count("GetSessionToken") == 0


def test_no_is_no(world, project):
    told = (
        "test",
        "--profile",
        "test-bootstrap",
        "--otp-source",
        "prompt",
        "--mfa-serial",
        world.user.mfa_serial,
    )
    for answer in ("n", "what"):
        talk = Talk(world, *told)
        talk.say(WRITE, answer)
        assert talk.end() == 1
        assert "mfa-session: nothing was written" in talk.shown
        assert written(world) == []
    talk = Talk(world, *told, "--yes", "--no-session")
    assert talk.end() == 0
    assert "?" not in talk.shown
    assert written(world) == ["project/envs/.env.test", "project/envs/.gitignore"]
    assert (project / "envs").is_dir()


@pytest.mark.usefixtures("project")
def test_what_is_typed_ahead_counts(world):
    talk = Talk(world, "test", "--yes", "--no-session")
    talk.see(PICK)
    talk.child.send("1\n\nAWS test\n")
    assert talk.end() == 0
    assert account(world.home / "project/envs/.env.test").otp.op.item == "AWS test"


def test_stopped_and_continued(world, project):
    shell = Shell(world, "bash")
    shell.do("cd project")
    shell.type(f"mfa-session init test --mfa-serial {world.user.mfa_serial} --no-session --yes")
    shell.expect(PICK)
    shell.child.send("9")
    shell.child.sendcontrol("z")
    shell.expect("Stopped")
    shell.expect(PROMPT)
    shell.type("fg")
    shell.expect(KEY)
    shell.expect(PICK)
    shell.type("1")
    shell.expect(ITEM)
    shell.expect(PICK)
    shell.type("")
    shell.expect("type: mfa-session doctor test")
    shell.expect(PROMPT)
    shell.close()
    assert account(project / "envs/.env.test").otp.op.item == "AWS test"


@pytest.mark.usefixtures("project")
def test_ctrl_c_while_its_session_is_waited_for(world):
    """The file is whole, and stays."""
    told = ("--profile", "test-bootstrap", "--op-item", "'AWS test'", "--mfa-serial", world.user.mfa_serial)
    talk = Talk(world, "test", *told)
    talk.see(WRITE)
    before = len(asked(world))
    world.op.update(auth={"mode": "prompt", "outcome": "hang"})
    talk.child.sendline("")
    talk.see("approve the 1Password prompt")
    wait_for(lambda: len(asked(world)) > before)
    talk.child.sendintr()
    assert talk.end() == 130
    assert account(world.home / "project/envs/.env.test").otp.op.item == "AWS test"


@pytest.mark.usefixtures("project")
def test_in_a_narrow_window_each_question_has_its_end(world):
    (world.home / ".aws/config").unlink()
    item = world.op.state["items"][0] | {"id": "longitemaaaaaaaaaaaaaaaaaa", "title": f"AWS {'test ' * 20}"}
    world.op.update(items=[*world.op.state["items"], item])
    talk = Talk(world, "test", "--profile", "test-bootstrap", "--no-session", "--yes", columns=60)
    device = talk.say("[arn:aws:iam::111122223333:mfa/alice]: ", "arn:aws:iam::444455556666:mfa/alice")
    wrong = talk.say("[arn:aws:iam::111122223333:mfa/alice]: ", "")
    said = " ".join(wrong.rpartition("\x1b7")[2].split())
    assert said.startswith(
        "that belongs to account 444455556666, but the base key to 111122223333 the ARN or"
    )
    offered = talk.say(PICK, "")
    rows = [line.strip() for line in offered.splitlines()]
    assert "AWS test (Private)" in rows[-5]
    assert any("…" in row and row.endswith("(Private)") for row in rows), rows
    shown = [part.rpartition("\x1b7")[2] for part in (device, wrong, offered)]
    assert all(len(row) < 60 for part in shown for row in part.splitlines())
    talk.say(REGION, "")
    assert talk.end() == 0
    assert "the ARN or" not in talk.left


@pytest.mark.usefixtures("project")
def test_who_dismisses_the_prompt_types_the_code(world):
    """Above the question, nobody is told to run it again."""
    told = ("--profile", "test-bootstrap", "--op-item", "'AWS test'", "--mfa-serial", world.user.mfa_serial)
    talk = Talk(world, "test", *told)
    talk.see(WRITE)
    world.op.update(auth={"mode": "prompt", "delay": 0, "outcome": "dismiss"})
    talk.child.sendline("")
    talk.see("the 1Password prompt was dismissed, or nobody answered it")
    between = talk.say("one-time code for test (111122223333): ", totp.code(world.user.seed, time.time()))
    assert "hint" not in between
    assert talk.end() == 0
    assert "test is ready: live until" in talk.shown
