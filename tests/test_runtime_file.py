"""Files in the runtime folder: who can open them, what becomes of them, and a file system that takes no more."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from conftest import ROOT

from mfa_session.adapters.runtime_file import RuntimeFile

if sys.platform != "linux":
    pytest.skip("only Linux has a runtime folder in memory", allow_module_level=True)

SECRET = "wJalrXUtnFEMI/K7MDENG/nobody's+secret"
NAME = "mfa-session:test"
IMPORTS = f"""\
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from mfa_session.adapters.runtime_file import RuntimeFile
from mfa_session.errors import NotAvailable
store = RuntimeFile(sys.argv[1] + "/mfa-session")
"""


@pytest.fixture
def runtime():
    """In the place of XDG_RUNTIME_DIR."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def folder(runtime):
    return runtime / "mfa-session"


@pytest.fixture
def store(folder):
    return RuntimeFile(str(folder))


def in_a_namespace(mount: str, code: str, runtime: Path) -> list[str]:
    """The lines Python code says that sees another file system at `runtime`, on which nobody else can see anything."""
    script = f'mount {mount} none "$1" && chmod 700 "$1" && exec "$2" -c "$3" "$1"'
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    result = subprocess.run(
        [*words, runtime, sys.executable, IMPORTS + code], capture_output=True, text=True, check=False
    )
    if any(line.startswith(("unshare:", "mount:")) for line in result.stderr.splitlines()):
        pytest.skip(f"user namespaces are not allowed here: {result.stderr.strip()}")
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_only_the_owner_can_open_anything(store, folder, umask):
    before = os.umask(umask)
    try:
        store.put(NAME, SECRET, 60)
        store.put("mfa-session:other", SECRET, 60)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600] * 2
    assert not any("test" in path.name for path in folder.iterdir())


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_file_systems_in_memory_will_do(runtime, kind):
    code = f"store.put({NAME!r}, 'kept', 60); print(store.get({NAME!r}), store.names())"
    assert in_a_namespace(f"-t {kind}", code, runtime) == [f"kept ['{NAME}']"]


def test_a_full_file_system_keeps_what_it_has(runtime):
    code = f"""\
kept = []
try:
    for number in range(100):
        store.put(f"mfa-session:{{number}}", "x" * 3000, 60)
        kept.append(f"mfa-session:{{number}}")
except NotAvailable as error:
    print(error.message.removeprefix(sys.argv[1]))
try:
    store.put(kept[0], {SECRET!r} * 2000, 60)
except NotAvailable as error:
    print(error.message.removeprefix(sys.argv[1]))
files = os.listdir(sys.argv[1] + "/mfa-session")
print(len(kept) > 5, len(files) == len(kept), sorted(store.names()) == sorted(kept))
print(all(store.get(name) == "x" * 3000 for name in kept))
"""
    said = in_a_namespace("-t tmpfs -o size=64k", code, runtime)
    assert said == ["/mfa-session is full", "/mfa-session is full", "True True True", "True"]


def test_what_can_only_be_read_is_not_written(runtime):
    code = """\
store.put("mfa-session:kept", "kept", 60)
assert os.system(f"mount -o remount,ro none {sys.argv[1]}") == 0
for use in (lambda: store.put("mfa-session:kept", "new", 60), lambda: store.drop("mfa-session:kept")):
    try:
        print("no error", use())
    except NotAvailable as error:
        print(error.message.removeprefix(sys.argv[1]))
print(store.get("mfa-session:kept"), store.names())
"""
    refusal = "/mfa-session can't be used: Read-only file system"
    assert in_a_namespace("-t tmpfs", code, runtime) == [refusal, refusal, "kept ['mfa-session:kept']"]


@pytest.mark.parametrize("sweep", [lambda store: store.put("mfa-session:new", "x", 60), RuntimeFile.names])
def test_what_is_over_is_removed_and_what_is_not_ours_stays(store, folder, sweep):
    store.put(NAME, SECRET, 1)
    (over,) = folder.iterdir()
    left_by_a_killed_process = folder / (over.name + ".0123456789abcdef")
    left_by_a_killed_process.write_bytes(over.read_bytes())
    lock = folder / "lock"
    lock.write_text("somebody else's")
    time.sleep(1.1)
    sweep(store)
    assert not over.exists()
    assert not left_by_a_killed_process.exists()
    assert lock.read_text() == "somebody else's"


def test_a_half_written_file_is_not_listed(store, folder):
    store.put(NAME, SECRET, 60)
    (path,) = folder.iterdir()
    (folder / (path.name + ".0123456789abcdef")).write_bytes(path.read_bytes())
    assert store.names() == [NAME]


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(store, folder, runtime):
    store.put(NAME, SECRET, 60)
    (path,) = folder.iterdir()
    target = runtime / "target"
    path.rename(target)
    path.symlink_to(target)
    assert store.get(NAME) is None
    store.put(NAME, "new", 60)
    assert store.get(NAME) == "new"
    assert SECRET in target.read_text()


def test_whoever_reads_sees_the_old_text_or_the_new_one(store):
    texts = {letter * 100_000 for letter in "abc"}
    store.put(NAME, "a" * 100_000, 60)
    over = threading.Event()

    def write():
        while not over.is_set():
            for text in texts:
                store.put(NAME, text, 60)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert {store.get(NAME) for _ in range(500)} <= texts
    finally:
        over.set()
        writer.join()


def test_what_is_over_is_removed_by_nobody_once_it_has_been_replaced(store, folder, runtime):
    """Other processes sweep while this one puts: under the lock, or now and then a new text would go with an old one."""
    loop = "print(flush=True)\nwhile True: store.names()"
    words = [sys.executable, "-c", IMPORTS + loop, runtime]
    store.put(NAME, "so that there is a folder", 60)
    sweepers = [subprocess.Popen(words, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for sweeper in sweepers:
            sweeper.stdout.readline()
        for number in range(1000):
            store.put(NAME, "over", -1)
            store.put(NAME, str(number), 60)
            assert store.get(NAME) == str(number)
    finally:
        for sweeper in sweepers:
            sweeper.kill()
            sweeper.communicate()
    assert len(list(folder.iterdir())) == 1


def test_to_read_needs_few_imports(store, runtime):
    """A prompt may wait for it."""
    store.put(NAME, SECRET, 60)
    slow = "pathlib typing re json dataclasses contextlib tempfile ctypes fcntl subprocess"
    code = f"print(store.get({NAME!r}), set({slow!r}.split()) & set(sys.modules))"
    words = [sys.executable, "-I", "-S", "-c", IMPORTS + code, runtime]
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.stdout == f"{SECRET} set()\n", result.stderr
