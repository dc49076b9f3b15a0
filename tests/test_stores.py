"""The contract of the stores of secrets, with the real thing behind each of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path

import keyctl_runs
import pytest
import secret_service
from keyctl_runs import keyctl

pytest.register_assert_rewrite("store_contract")

from store_contract import Contract  # noqa: E402  # only now, so that what fails in there is explained too

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="these stores are Linux's; the Keychain asks people"
)


class TestKernelKeyring(Contract):
    is_small = os.geteuid() != 0

    @pytest.fixture
    def source(self):
        keyctl_runs.skip_where_forbidden()
        return "from mfa_session.adapters.kernel_keyring import KernelKeyring\nstore = KernelKeyring()"

    def damages(self):
        def gone(name: str):
            keyctl("invalidate", keyctl_runs.serial(name))

        def somebody_elses(*words: str):
            def instead(name: str):
                gone(name)
                key = keyctl("padd", "user", name, "@u", stdin=b"\xff\xfe")
                if words:
                    keyctl(words[0], key, *words[1:])

            return instead

        return [gone, somebody_elses(), somebody_elses("revoke"), somebody_elses("setperm", "0")]


class TestRuntimeFile(Contract):
    @pytest.fixture
    def source(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as runtime:
            self.folder = Path(runtime, "mfa-session")
            yield f"from mfa_session.adapters.runtime_file import RuntimeFile as Store\nstore = Store('{self.folder}')"

    def damages(self):
        def changed(change):
            def damage(name: str) -> None:
                change(self.folder / hashlib.sha256(name.encode()).hexdigest())

            return damage

        def other_kind(make):
            return changed(lambda path: (path.unlink(), make(path)))

        def edited(edit):
            return changed(lambda path: path.write_bytes(edit(path.read_bytes())))

        def head(number: int, word: bytes):
            def edit(data: bytes) -> bytes:
                first, _, rest = data.partition(b"\n")
                words = first.split(b" ")
                words[number] = word
                return b" ".join(words) + b"\n" + rest

            return edited(edit)

        return [
            edited(lambda _: b""),
            edited(lambda _: b"\n\n\n"),
            edited(lambda _: b"\xff\xfe\0"),
            edited(lambda data: data[:-1]),
            edited(lambda data: data + b"x"),
            edited(lambda data: data.partition(b"\n")[0]),
            edited(lambda data: data.replace(b":test-", b":tset-")),
            edited(lambda data: data[:-1] + b"\xff"),
            head(0, b"other"),
            head(1, b"nan"),
            head(1, b"tomorrow"),
            head(2, b"-1"),
            head(3, b"9" * 5000),
            other_kind(lambda path: path.symlink_to("/proc/self/environ")),
            other_kind(os.mkfifo),
        ]


@pytest.fixture
def service():
    """One for each test: of GNOME Keyring 42, one that had served for longer has aborted now and then."""
    with secret_service.running() as env:
        yield env


@pytest.mark.one_python
class TestOsKeyring(Contract):
    @pytest.fixture
    def source(self, service, tmp_path, monkeypatch):
        for variable in ("DBUS_SESSION_BUS_ADDRESS", "HOME"):
            monkeypatch.setenv(variable, service[variable])
        lock = str(tmp_path / "lock")
        return f"from mfa_session.adapters.os_keyring import OsKeyring\nstore = OsKeyring({lock!r})"

    def damages(self):
        def item(text: bytes):
            return lambda _: self.overwrite(text)

        def entry(text: str):
            return lambda name: self.overwrite(f'{{"{name}": {text}}}'.encode())

        texts = [
            "",
            "not JSON",
            "[]",
            '"text"',
            "null",
            "17",
            "[" * 100_000,
            '{"a": 1}',
            '{"a": [1, "b", 3]}',
        ]
        entries = ["null", "[]", '["9999999999", "text"]', "[9999999999, 7]", '[NaN, "text"]', "[9999999999]"]
        return [*(item(text.encode()) for text in texts), item(b"\xff\xfe"), *map(entry, entries)]

    def overwrite(self, text: bytes) -> None:
        import secretstorage  # which there is only for Linux

        with contextlib.closing(secretstorage.dbus_init()) as connection:
            collection = secretstorage.get_default_collection(connection)
            (item,) = collection.search_items({"service": "mfa-session"})  # one, however many names it holds
            item.set_secret(text)
