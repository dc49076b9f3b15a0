"""The desktop's keyring: one item for everything, and a sentence wherever it can't be used."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import subprocess
import sys
import time

import pytest
import secret_service
from conftest import ROOT

from mfa_session.adapters.os_keyring import OsKeyring
from mfa_session.errors import NotAvailable

if sys.platform != "linux":
    pytest.skip("the Keychain asks a person, and there is none in a test", allow_module_level=True)

import secretstorage

pytestmark = pytest.mark.one_python

SECRET = "wJalrXUtnFEMI/K7MDENG/nobody's+secret"
NAME = "mfa-session:test"


@pytest.fixture
def service(monkeypatch):
    """One for each test, since some of them lock it."""
    with secret_service.running() as env:
        for variable in ("DBUS_SESSION_BUS_ADDRESS", "HOME"):
            monkeypatch.setenv(variable, env[variable])
        yield env


@contextlib.contextmanager
def collection():
    with contextlib.closing(secretstorage.dbus_init()) as connection:
        yield secretstorage.get_default_collection(connection)


def items() -> list[tuple[dict, dict]]:
    """Attributes and content of each item there is."""
    with collection() as all_of_it:
        return [(item.get_attributes(), json.loads(item.get_secret())) for item in all_of_it.get_all_items()]


def said(code: str, **environ: str) -> str:
    """By a process that fails to make a store, or to use it."""
    program = f"""\
import sys
from mfa_session.errors import NotAvailable
from mfa_session.adapters import os_keyring
try:
    {code}
except NotAvailable as error:
    assert error.__suppress_context__
    print(error.message, *error.hints, sep="\\n")
"""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | environ
    words = [sys.executable, "-c", program]
    result = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.usefixtures("service")
def test_everything_is_in_one_item_and_what_is_over_goes_when_it_is_written():
    store = OsKeyring()
    store.put("mfa-session:over", "soon", 1)
    store.put(NAME, SECRET, 60)
    time.sleep(1.1)
    store.put("mfa-session:other", "x", 60)
    ((attributes, content),) = items()
    assert attributes["service"] == "mfa-session"
    assert attributes["username"] == pwd.getpwuid(os.geteuid()).pw_name
    assert {name: text for name, (_, text) in content.items()} == {NAME: SECRET, "mfa-session:other": "x"}
    assert all(abs(expires - time.time() - 60) < 30 for expires, _ in content.values())


@pytest.mark.usefixtures("service")
def test_when_the_last_one_is_dropped_no_item_is_left():
    store = OsKeyring()
    store.put(NAME, SECRET, 60)
    assert store.drop(NAME)
    assert items() == []
    assert (store.get(NAME), store.drop(NAME), store.names()) == (None, False, [])


@pytest.mark.usefixtures("service")
def test_somebody_elses_item_of_the_same_name_is_in_no_ones_way():
    attributes = {"service": "mfa-session", "username": pwd.getpwuid(os.geteuid()).pw_name}
    with collection() as all_of_it:
        all_of_it.create_item("another program's", attributes, b"\xff\xfe not ours")
    store = OsKeyring()
    assert (store.get(NAME), store.names(), store.drop(NAME)) == (None, [], False)
    store.put(NAME, SECRET, 60)
    assert (store.get(NAME), store.names()) == (SECRET, [NAME])


@pytest.mark.usefixtures("service")
def test_a_locked_keyring_is_a_sentence_with_nothing_secret():
    store = OsKeyring()
    store.put(NAME, SECRET, 60)
    with collection() as all_of_it:
        all_of_it.lock()
    uses = [
        lambda: store.get(NAME),
        lambda: store.put(NAME, SECRET, 60),
        store.names,
        lambda: store.drop(NAME),
    ]
    for use in uses:
        with pytest.raises(NotAvailable, match="the Secret Service can't be used") as caught:
            use()
        assert SECRET not in f"{caught.value!r} {caught.value.hints}"
        assert caught.value.hints


def test_a_keyring_that_goes_away_is_a_sentence(monkeypatch):
    with secret_service.running() as env:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", env["DBUS_SESSION_BUS_ADDRESS"])
        store = OsKeyring()
        store.put(NAME, SECRET, 60)
    with pytest.raises(NotAvailable, match="the Secret Service can't be used"):
        store.get(NAME)


@pytest.mark.parametrize(
    "address", [None, "", "nonsense", "unix:path=/nonexistent/bus", "tcp:host=127.0.0.1,port=1"]
)
def test_without_a_bus_that_is_said(address):
    environ = {} if address is None else {"DBUS_SESSION_BUS_ADDRESS": address}
    sentence, hint = said("os_keyring.OsKeyring()", **environ).splitlines()
    assert sentence.startswith("the Secret Service can't be used: ")
    assert hint == "it needs a desktop session, and to be unlocked there"


def test_without_the_package_what_to_install_is_said():
    for package in ("keyring", "secretstorage"):
        code = f"sys.modules[{package!r}] = None; os_keyring.OsKeyring()"
        sentence, hint = said(code).splitlines()
        assert sentence == "the package keyring is not installed"
        assert hint == "type: pipx inject mfa-session keyring"


def test_the_package_is_loaded_only_when_it_is_needed():
    assert said("print('keyring' in sys.modules)") == "False\n"


@pytest.mark.usefixtures("service")
def test_a_lock_that_cant_be_had_is_a_sentence(tmp_path):
    store = OsKeyring(str(tmp_path / "gone/lock"))
    assert store.get(NAME) is None
    with pytest.raises(NotAvailable, match="gone/lock can't be opened: No such file or directory"):
        store.put(NAME, SECRET, 60)
    with_lock = OsKeyring(str(tmp_path / "lock"))
    with_lock.put(NAME, SECRET, 60)
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
