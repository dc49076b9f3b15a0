"""Forbids system calls for real, as the default profiles of containers do."""

from __future__ import annotations

import ctypes
import os
import struct

KEYS = {"x86_64": (248, 249, 250), "aarch64": (217, 218, 219)}  # add_key, request_key, keyctl
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000


class Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid(calls: tuple[int, ...], errno: int) -> None:
    """In this process and its children, for good: each of these calls fails with `errno`."""
    instructions = [
        struct.pack("HBBI", LOAD, 0, 0, 0)
    ]  # the call's number comes first in struct seccomp_data
    for index, number in enumerate(calls):
        instructions.append(struct.pack("HBBI", JUMP_IF_EQUAL, len(calls) - index, 0, number))
    instructions += [struct.pack("HBBI", RETURN, 0, 0, verdict) for verdict in (ALLOW, ERRNO | errno)]
    program = Filter(len(instructions), b"".join(instructions))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    for words in (
        (PR_SET_NO_NEW_PRIVS, 1, None, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0),
    ):
        if prctl(*words):
            raise OSError(ctypes.get_errno(), "prctl")


def forbid_keys(errno: int) -> None:
    forbid(KEYS[os.uname().machine], errno)
