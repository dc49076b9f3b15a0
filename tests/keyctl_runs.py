"""The kernel keyring as keyctl(1) sees it, which knows nothing of ours."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest
import seccomp
from conftest import ROOT
from programs import path_of

from mfa_session.adapters.kernel_keyring import KernelKeyring

IMPORTS = f"""\
import ctypes, os, sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from mfa_session.adapters.kernel_keyring import KernelKeyring
from mfa_session.errors import NotAvailable
import seccomp
name = sys.argv[1]
"""


def keyctl(*words: str, stdin: bytes = b"") -> str:
    """What it says, in possession of every key, however this session was made; raises CalledProcessError."""
    program = path_of("keyctl", "keyutils")
    result = subprocess.run(
        [program, *words], input=stdin, capture_output=True, check=True, preexec_fn=_with_the_user_keyring
    )
    return result.stdout.decode().strip()


def _with_the_user_keyring() -> None:
    """A session keyring of its own, for this process alone, and in it a link to the user keyring."""
    syscall, number = ctypes.CDLL(None).syscall, seccomp.KEYS[os.uname().machine][2]
    syscall(number, 1, None)
    syscall(number, 8, -4, -3)


def serial(name: str) -> str:
    return keyctl("search", "@u", "user", name)


def skip_where_forbidden() -> None:
    """By keyctl's word and not by that of the adapter, whose bugs must not lead to skipped tests."""
    try:
        keyctl("describe", "@u")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the kernel keyring can't be used here: {error.stderr.decode().strip()}")


def said(code: str, name: str, *, before: tuple[str, ...] = ()) -> str:
    """What Python code says that has a process of its own; `before` is a command that runs it."""
    words = [*before, sys.executable, "-c", IMPORTS + code, name]
    result = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def tidy(home: str) -> None:
    """Forget what a test has kept that had this home: the kernel lets a person have few keys, and they need them."""
    keyring = KernelKeyring()
    texts = {name: keyring.get(name) or "" for name in keyring.names()}
    ours = {name for name, text in texts.items() if home in name or home in text}
    led = {name for name, text in texts.items() if f"mfa-session:session:{text}" in ours}
    for name in ours | led:
        keyring.drop(name)
