"""The kernel keyring: from which session a key can be used, for how long, and what stays of it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import keyctl_runs
import pytest
from keyctl_runs import IMPORTS, keyctl, said

if sys.platform != "linux":
    pytest.skip("only Linux has a kernel keyring", allow_module_level=True)

from mfa_session.adapters.kernel_keyring import KernelKeyring

SECRET = "wJalrXUtnFEMI/K7MDENG/nobody's+secret"
in_another_session = pytest.mark.parametrize(
    "before", [(), ("keyctl", "session", "-")], ids=["same session keyring", "one without the user keyring"]
)


@pytest.fixture(autouse=True)
def _allowed():
    keyctl_runs.skip_where_forbidden()


@pytest.fixture
def store():
    return KernelKeyring()


@pytest.fixture
def name(store):
    name = f"mfa-session:test-{uuid.uuid4()}"
    yield name
    store.drop(name)


def seconds_left(name: str) -> str:
    """What /proc/keys says: `perm`, or the time in its largest unit."""
    key = int(keyctl_runs.serial(name))
    (line,) = (line for line in Path("/proc/keys").read_text().splitlines() if line.startswith(f"{key:08x} "))
    return line.split()[3]


def wait_for(true) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it has not come true in 10 seconds")


@in_another_session
def test_a_key_is_its_owners_alone_and_has_an_end(store, name, before):
    said(f"KernelKeyring().put(name, {SECRET!r}, 60)", name, before=before)
    kind, uid, _, permissions, description = keyctl("rdescribe", keyctl_runs.serial(name)).split(";", 4)
    assert (kind, uid, permissions, description) == ("user", str(os.geteuid()), "001b0000", name)
    assert seconds_left(name) in {"1m", "59s", "58s", "57s", "56s"}
    assert store.get(name) == SECRET


@in_another_session
def test_any_session_of_the_same_user_uses_what_another_has_put(store, name, before):
    store.put(name, SECRET, 60)
    code = "s = KernelKeyring(); print(s.get(name), name in s.names())\ns.put(name, 'theirs', 60); print(s.get(name))"
    assert said(code, name, before=before) == f"{SECRET} True\ntheirs\n"
    assert store.get(name) == "theirs"
    code = "s = KernelKeyring(); print(s.drop(name), s.get(name), name in s.names(), s.drop(name))"
    assert said(code, name, before=before) == "True None False False\n"
    assert store.get(name) is None


@pytest.mark.one_python
@in_another_session
def test_any_session_sees_that_its_time_is_over(store, name, before):
    said("KernelKeyring().put(name, 'soon gone', 1)", name, before=before)
    time.sleep(1.2)
    assert (store.get(name), name in store.names()) == (None, False)
    code = "s = KernelKeyring(); print(s.get(name), name in s.names(), s.drop(name))"
    assert said(code, name, before=before) == "None False False\n"


def test_nothing_stays_behind_in_the_keyring_of_the_process(store, name):
    """What was replaced or dropped is freed by the kernel a moment later, if nothing links it any more."""
    for text in (SECRET, "again", "and again"):
        store.put(name, text, 60)
    assert keyctl_runs.serial(name) in keyctl("rlist", "@u").split()
    wait_for(lambda: Path("/proc/keys").read_text().count(name) == 1)
    store.drop(name)
    wait_for(lambda: name not in Path("/proc/keys").read_text())


def test_what_is_not_ours_is_neither_seen_nor_touched(store, name):
    other = name.replace("mfa-session:", "other-")
    key = keyctl("padd", "user", other, "@u", stdin=b"theirs")
    kept = keyctl("padd", "logon", name + ":x", "@u", stdin=b"not for reading")
    try:
        store.put(name, SECRET, 60)
        assert [one for one in store.names() if name in one or one == other] == [name]
        store.drop(name)
        assert keyctl("pipe", key) == "theirs"
        assert {key, kept} <= set(keyctl("rlist", "@u").split())
    finally:
        keyctl("unlink", key, "@u")
        keyctl("unlink", kept, "@u")


@pytest.mark.skipif(
    os.geteuid() != 0, reason="takes more keys than an ordinary user may have: run it as root"
)
def test_a_key_is_never_seen_without_its_end(name):
    """A process that puts again and again, and one that looks at every key the moment it is in the user keyring."""
    loop = "s = KernelKeyring()\nfor n in range(4000): s.put(f'{name}.{n % 8}', 'x', 60)"
    writer = subprocess.Popen([sys.executable, "-c", IMPORTS + loop, name])
    syscall, ring = ctypes.CDLL(None).syscall, (ctypes.c_int32 * 4096)()
    seen, without = set(), []
    while writer.poll() is None:
        size = syscall(250 if os.uname().machine == "x86_64" else 219, 11, -4, ring, ctypes.sizeof(ring))
        linked = {f"{key:08x}" for key in ring[: size // 4]} - seen
        lines = Path("/proc/keys").read_text().splitlines() if linked else []
        ours = [line.split() for line in lines if line[:8] in linked and name in line]
        seen |= linked
        without += [words for words in ours if words[3] == "perm" or not words[4].endswith("b0000")]
    for number in range(8):
        KernelKeyring().drop(f"{name}.{number}")
    assert writer.returncode == 0
    assert len(seen) > 50
    assert without == []


def test_a_child_that_was_forked_uses_it_too(store, name):
    child = os.fork()
    if child == 0:
        try:
            store.put(name, SECRET, 60)
            os._exit(store.get(name) != SECRET)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert store.get(name) == SECRET
