"""What `init` offers to choose from at a terminal: items, keys, devices, and other ways to a code."""

from __future__ import annotations

import time

import pytest
from import_runs import item_of
from init_runs import account
from init_talks import ITEM, KEY, PICK, Talk, asked_for_nothing_yet
from standins import totp, ykman

pytestmark = pytest.mark.one_python


@pytest.fixture
def project(world):
    return asked_for_nothing_yet(world)


def test_a_long_list_is_narrowed_by_typing(world, project):
    state = world.op.state
    for number in range(30):
        state["items"].append(
            state["items"][2] | {"id": f"{number:02}" + "b" * 24, "title": f"Shop {number}"}
        )
    odd = state["items"][0] | {"id": "odditemaaaaaaaaaaaaaaaaaaa", "title": "Kõik: $5 'a'"}
    state["items"] += [odd, odd | {"id": "twinaaaaaaaaaaaaaaaaaaaaaa", "title": "shop 7"}]
    world.op.save()
    talk = Talk(world, "test", "--yes", "--no-session", "--mfa-serial", world.user.mfa_serial)
    talk.say(PICK, "")
    talk.see(ITEM)
    offered = talk.see("and 21 more: type a part of the name, or * for all")
    assert "none of these: I type the code each time" in offered
    assert offered.count("Shop") == 10
    assert "Visa" not in offered
    talk.say(PICK, "shop 2")
    narrowed = talk.say(PICK, "*")
    assert narrowed.count("Shop 2") == 11
    talk.see("and 21 more")
    talk.say(PICK, "õik")
    assert talk.end() == 0
    assert account(project / "envs/.env.test").otp.op.item == odd["id"]


def test_codes_from_elsewhere(world, project):
    ykman.Installed(world.bin, world.user.seed, "AWS:alice")
    told = ("--profile", "test-bootstrap", "--mfa-serial", world.user.mfa_serial, "--no-session", "--yes")
    talk = Talk(world, "a", *told)
    talk.see("none of these: the code is on a YubiKey")
    talk.say(PICK, "none of these: the")
    assert talk.end() == 0
    assert account(project / "envs/.env.a").otp.kind == "ykman"
    world.op.program.unlink()
    talk = Talk(world, "b", *told)
    talk.see("where does the one-time code come from?")
    talk.say(PICK, "I type")
    assert talk.end() == 0
    (world.bin / "ykman").unlink()
    talk = Talk(world, "c", *[word for word in told if word != "--no-session"])
    talk.say("one-time code for c (111122223333): ", totp.code(world.user.seed, time.time()))
    assert talk.end() == 0
    assert "c is ready: live until" in talk.shown
    assert "note: 1Password's program, op, is not installed here, so that codes are typed" in talk.shown
    assert [account(project / f"envs/.env.{name}").otp.kind for name in "bc"] == ["prompt"] * 2


def test_a_key_in_1password(world, project):
    talk = Talk(world, "prod", "--mfa-serial", world.aws.users[1].mfa_serial, "--region", "us-east-1")
    talk.see("none of these: it is in 1Password")
    talk.say(PICK, "2")
    talk.say("where its id is, as op://VAULT/ITEM/FIELD: ", "AKIAEXAMPLE")
    talk.see("a reference begins with op://")
    talk.say("op://VAULT/ITEM/FIELD: ", "op://Work/AWS prod/access key id")
    talk.say("where its secret is [op://Work/AWS prod/secret access key]: ", "")
    talk.say(PICK, "")
    talk.say("[Y/n] ", "")
    assert talk.end() == 0
    found = account(project / "envs/.env.prod")
    assert found.key.references == (
        "op://Work/AWS prod/access key id",
        "op://Work/AWS prod/secret access key",
    )
    assert found.otp.op.item == "AWS prod", "what the account is called stands first"
    assert not any(secret in talk.shown for secret in world.secrets)


@pytest.mark.usefixtures("project")
def test_nobody_has_a_key(world):
    (world.home / ".aws/credentials").unlink()
    talk = Talk(world, "test")
    assert talk.end() == 1
    assert "mfa-session: no AWS profile has an access key of a user's own" in talk.shown
    assert "type: aws configure --profile test-bootstrap" in talk.shown


def test_several_profiles_and_devices(world, project):
    credentials = (world.home / ".aws/credentials").read_text()
    key = credentials.partition("\n")[2]
    world.write(
        ".aws/credentials",
        f"[first]\n{key}[session]\n{key}aws_session_token = x\n[empty]\n{credentials}[last]\n{key}",
    )
    world.user.policy = "list-mfa"
    world.user.mfa_devices = ["GAHT12345678", world.user.mfa_serial]
    (world.home / ".aws/config").unlink()
    talk = Talk(world, "test", "--yes", "--no-session", "--op-item", "'AWS test'", "--region", "none")
    talk.see(KEY)
    offered = talk.say("number or name [2]: ", "")
    assert [line.split()[-1] for line in offered.split("\x1b")[0].strip().splitlines()] == [
        "first",
        "test-bootstrap",
        "last",
        "1Password",
    ]
    talk.see("which MFA device?")
    talk.say(PICK, "2")
    assert talk.end() == 0
    found = account(project / "envs/.env.test")
    assert (found.key.profiles, found.mfa_serial) == (("test-bootstrap",), world.user.mfa_serial)


def test_an_item_with_a_base_key_is_no_likely_answer(world, project):
    """It comes last, and where there is no other, an empty line does not mean it."""
    ours = item_of(title="AWS test base key of alice", tags=["aws", "mfa-session"])
    world.op.update(items=[ours, *world.op.state["items"]])
    told = ("--profile", "test-bootstrap", "--mfa-serial", world.user.mfa_serial, "--no-session", "--yes")
    talk = Talk(world, "test", *told)
    talk.see(ITEM)
    offered = [line.split("  ")[-1].strip() for line in talk.see(PICK).strip().splitlines()]
    assert offered[0] == "AWS test (Private)"
    assert offered[-2:] == ["AWS test base key of alice (Work)", "none of these: I type the code each time"]
    talk.child.sendline("")
    assert talk.end() == 0
    world.op.update(items=[ours])
    talk = Talk(world, "b", *told)
    talk.say("number or name [2]: ", "")
    assert talk.end() == 0
    assert account(project / "envs/.env.b").otp.kind == "prompt"
