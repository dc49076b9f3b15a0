"""The kernel keyring: other users, an ordinary user's quota, and where its calls are forbidden."""

from __future__ import annotations

import errno
import os
import sys
import uuid

import keyctl_runs
import pytest
from keyctl_runs import said

if sys.platform != "linux":
    pytest.skip("only Linux has a kernel keyring", allow_module_level=True)

from mfa_session.adapters.kernel_keyring import KernelKeyring

pytestmark = pytest.mark.one_python

SECRET = "wJalrXUtnFEMI/K7MDENG/nobody's+secret"
ALICE, BOB = 61_001, 61_002  # nobody's, and so is what lies in their keyrings
# To become another user is left to the program itself: that one need not be able to read Python, or this checkout.
BECOME = "os.setgroups([]); os.setresgid({0}, {0}, {0}); os.setresuid({0}, {0}, {0})\n"
as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user: run this test as root"
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


@as_root
def test_another_user_can_neither_read_it_nor_see_it(store, name):
    store.put(name, SECRET, 60)
    key = keyctl_runs.serial(name)
    code = f"""\
{BECOME.format(BOB)}
store = KernelKeyring()
print(store.get(name), store.names(), store.drop(name), name in open("/proc/keys").read(), flush=True)
os.execv("/bin/sh", ["sh", "-c", "for what in pipe describe revoke; do keyctl $what {key} 2>&1; done; true"])
"""
    lines = said(code, name).splitlines()
    assert lines[0] == "None [] False False"
    assert len(lines[1:]) == 3
    assert all(line.endswith(": Permission denied") for line in lines[1:]), lines
    assert store.get(name) == SECRET


@as_root
def test_another_user_with_the_same_session_keyring_cant_read_it(name):
    """`sudo -u bob` may leave alice's session keyring as it is, and that links her user keyring."""
    code = f"""\
os.setgroups([]); os.setresgid({ALICE}, {ALICE}, {ALICE}); os.setresuid({ALICE}, {ALICE}, 0)
store = KernelKeyring()
store._control(1, None)  # a session keyring of her own, with a link to her user keyring, as from PAM
store._control(8, -4, -3)
store.put(name, {SECRET!r}, 60)
print(store.get(name) == {SECRET!r}, flush=True)
if os.fork() == 0:
    os.setresuid(0, 0, 0)
    os.setresuid({BOB}, {BOB}, {BOB})
    os.execv("/bin/sh", ["sh", "-c", "keyctl pipe %user:$1 2>&1", "sh", name])
os.wait()
store.drop(name)
"""
    assert said(code, name).splitlines() == ["True", f"Can't find 'user:{name}'"]


@as_root
def test_each_user_has_a_store_of_their_own(store, name):
    store.put(name, SECRET, 60)
    put = "s = KernelKeyring(); s.put(name, 'of another', 60); print(s.get(name), s.names() == [name])"
    assert said(BECOME.format(BOB) + put, name) == "of another True\n"
    assert store.get(name) == SECRET
    assert said(BECOME.format(BOB) + "print(KernelKeyring().drop(name))", name) == "True\n"
    assert store.get(name) == SECRET


@as_root
def test_a_full_keyring_keeps_what_it_has(name):
    """An ordinary user's keys may hold 20,000 bytes together."""
    code = f"""\
{BECOME.format(ALICE)}
store = KernelKeyring()
kept = []
try:
    for number in range(1000):
        store.put(f"{{name}}.{{number}}", "x" * 1500, 60)
        kept.append(f"{{name}}.{{number}}")
except NotAvailable as error:
    print(error.message, error.hints)
try:
    store.put(kept[0], {SECRET!r} * 1000, 60)
except NotAvailable as error:
    print("x" * 9 in repr(error) or {SECRET!r} in repr(error))
print(len(kept) > 5, all(store.get(one) == "x" * 1500 for one in kept), sorted(store.names()) == sorted(kept))
print(all([store.drop(one) for one in kept]), store.names())
store.put(name, "there is room again", 60)
print(store.get(name), store.drop(name))
"""
    lines = said(code, name).splitlines()
    assert lines[0].startswith("the kernel keyring is full ('")
    assert lines[1:] == ["False", "True True True", "True []", "there is room again True"]


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_where_the_calls_are_forbidden_that_is_said(name, error, when):
    forbid = f"seccomp.forbid_keys({error})"
    code = f"""\
if "{when}" == "before":
    {forbid}
    uses = [KernelKeyring]
else:
    store = KernelKeyring()
    {forbid}
    uses = [lambda: store.get(name), lambda: store.put(name, {SECRET!r}, 60), lambda: store.drop(name), store.names]
for use in uses:
    try:
        print("no error", use())
    except NotAvailable as error:
        print({SECRET!r} in repr(error), error.message)
"""
    lines = said(code, name).splitlines()
    assert len(lines) == (1 if when == "before" else 4)
    assert all(line.startswith("False the kernel keyring is not to be used here: ") for line in lines), lines


@as_root
def test_sessions_that_are_renewed_stay_shared_where_there_is_little_room():
    """What is replaced gives its room back only a moment later; and a copy that finds none is nobody's business."""
    code = f"""\
import time
from mfa_session.accounts import Found
from mfa_session.session import Session
from mfa_session.store import Store
import contextlib, json, mfa_session.formats
{BECOME.format(BOB)}
place = KernelKeyring()
lost = []
for turn in range(4):
    store = Store(place, lambda error: lost.append(error.message))
    for number in range(4):
        found = Found(f"a{{number}}", f"/home/bob/of/some/project/envs/.env.a{{number}}")
        session = Session(account=found.name, account_id="111122223333", access_key_id=f"ASIA{{turn}}{{number}}",
            secret_access_key="x" * 40, session_token="x" * 1000, expires=int(time.time()) + 43200, path=found.path)
        store.keep(str(number), session)
        store.link(f"  {{found.path}} 1;", found, str(number), session)
        store.make_ready(f"mfa-session:ready:  {{found.path}} 1;", found, session)
        if store.of_key(str(number)).access_key_id != session.access_key_id:
            lost.append(f"{{turn}} {{number}}")
for kept in place.names():
    place.drop(kept)
print(lost)
"""
    assert said(code, "") == "[]\n"
