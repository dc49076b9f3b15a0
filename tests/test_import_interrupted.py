"""`import`, killed with SIGKILL at every call that changes something, goes on where it was: nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import World
from import_runs import check_moved, items, prepare, works
from killed import changes, run_killed, states, tree

pytestmark = pytest.mark.one_python

WAYS = {
    "a file that is there": ("import", "test-bootstrap", "--backup"),
    "a new file": ("import", "test-bootstrap", "--mfa-serial", "SERIAL", "--op-item", "AWS test"),
}


# The calls are shared out, so that several processes can make the tests; both ways differ in the account's file alone.
SHARES = [*(("a file that is there", share) for share in range(2)), ("a new file", 0)]


def new_world(folder, aws, way) -> tuple[World, list[str]]:
    folder.mkdir()
    world = World(folder, aws)
    prepare(world)
    if way == "a new file":
        (world.home / "envs/.env.test").unlink()
    return world, [world.user.mfa_serial if word == "SERIAL" else word for word in WAYS[way]]


def state_of(world) -> dict[str, bytes]:
    """What is to be the same, interrupted or not; ids of items and of processes are not."""
    found = {path: data for path, data in tree(world.home).items() if "/state/" not in path}
    for item in items(world):
        found = {path: data.replace(item["id"].encode(), b"ITEM") for path, data in found.items()}
    return found


@pytest.mark.parametrize(("way", "share"), SHARES)
def test_it_goes_on_from_everywhere(tmp_path, aws, way, share):
    compiled, argv = new_world(tmp_path / "compiled", aws, way)
    assert compiled.run(*argv).returncode == 0
    first, argv = new_world(tmp_path / "whole", aws, way)
    file = ".config/mfa-session/.env.test" if way == "a new file" else "envs/.env.test"
    before = state_of(first).get(file, b"")
    listed = changes(first, argv)
    check_list(listed, way)
    whole = state_of(first)
    if way == "a new file":
        chosen = [at for at in listed if "/.config" in at.text]
    else:
        chosen = states(listed)[share :: len(SHARES) - 1]
    for at in chosen:
        print(at)  # shown where this fails
        world, argv = new_world(tmp_path / str(at.number), aws, way)
        run_killed(world, argv, at)
        assert state_of(world).get(file, b"") in (before, whole[file]), "half a file is an account's"
        there = world.user_lines == (world.home / ".aws/credentials").read_text()
        assert there or has_key(world), "the key is nowhere"
        result = world.run(*argv)
        assert result.returncode == 0, result.stderr
        found = state_of(world)
        # What nobody cleans up at once has no secret in it: a new file's draft, a temporary file before it is written to.
        assert {path: data for path, data in found.items() if not is_left_over(path, data)} == whole, str(at)
        check_moved(world)
        assert world.user.active
        assert world.aws.count("CreateAccessKey") == 0
        if at is chosen[-1]:
            assert works(world) == world.user.access_key_id


def is_left_over(path: str, data: bytes) -> bool:
    name = Path(path).name
    return name.startswith("..env.test.") or (not data and ".mfa-session-" in name)


def has_key(world) -> bool:
    return [
        field["value"]
        for item in items(world)
        for field in item["fields"]
        if field["label"] == "secret access key"
    ] == [world.user.secret_access_key]


def check_list(listed, way) -> None:
    """What the tests above are about is among the calls."""
    texts = [at.text for at in listed]
    wanted = [("vfork", ""), ("sendto", ""), ("rename", '/.aws/credentials")'), ("fsync", "/.aws>")]
    wanted += [("link", "before-mfa-session"), ("rename", '/envs/.env.test")')] if way != "a new file" else []
    wanted += (
        [("link", '/mfa-session/.env.test")'), ("mkdir", ".config/mfa-session")]
        if way == "a new file"
        else []
    )
    for call, end in wanted:
        assert any(text.startswith(call) and end in text for text in texts), (call, end, texts)
