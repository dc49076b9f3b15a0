"""What every store of secrets does: the tests that each adapter's class inherits."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid

import pytest
from conftest import ROOT

SECRET = "wJalrXUtnFEMI/K7MDENG/nobody's+secret"
LONG = "sëssion ☂ 🔑\n\0" * 200  # 3 kB and more
ODD_NAMES = {
    "spaces and quotes": " a 'b' \"c\" \\ $HOME ;%:* \n\t",
    "unicode": "Zürich 東京 🔑",
    "not UTF-8": os.fsdecode(b"caf\xe9\xff"),
    "long": "n" * 1000,
    "nothing": "",
}


class Contract:
    """`source` is the Python code that makes `store`, here and in other processes; of one that `is_small` little is asked at once."""

    is_small = False

    @pytest.fixture
    def store(self, source):
        return self.another(source)

    @pytest.fixture
    def named(self, store):
        """Names of this test alone, dropped afterwards: a developer's own sessions may be in the same place."""
        mine, names = f"mfa-session:test-{uuid.uuid4()}:", []

        def name(text: str = "") -> str:
            names.append(mine + text)
            return names[-1]

        yield name
        for one in names:
            store.drop(one)

    def another(self, source):
        scope = {}
        exec(source, scope)
        return scope["store"]

    def process(self, source: str, code: str, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", f"import sys\n{source}\n{code}", *args],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def said(self, source: str, code: str, *args: str) -> str:
        process = self.process(source, code, *args)
        stdout, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return stdout

    def test_what_was_put_is_there_until_it_is_dropped(self, store, named):
        name = named()
        assert (store.get(name), store.drop(name), name in store.names()) == (None, False, False)
        store.put(name, SECRET, 60)
        assert (store.get(name), name in store.names()) == (SECRET, True)
        assert store.drop(name) is True
        assert (store.get(name), store.drop(name), name in store.names()) == (None, False, False)

    def test_a_name_has_one_text(self, store, named):
        name = named()
        for text in (SECRET, LONG, "short"):
            store.put(name, text, 60)
            assert store.get(name) == text
        assert store.names().count(name) == 1
        assert store.drop(name)
        assert store.get(name) is None

    def test_names_that_begin_alike_are_different(self, store, named):
        texts = {named(text): text for text in ("a", "a ", "ab", "A")}
        for name, text in texts.items():
            store.put(name, text, 60)
        assert {name: store.get(name) for name in texts} == texts
        assert set(texts) <= set(store.names())

    def test_it_is_gone_when_its_time_is_over(self, store, named):
        soon = {named(f"over {seconds}"): seconds for seconds in (1, 0, -5)}
        stays, renewed = named("stays"), named("renewed")
        store.put(stays, SECRET, 60)
        for name, seconds in soon.items():
            store.put(name, "replaced by what is over before it", 60)
            store.put(name, SECRET, seconds)
        store.put(renewed, "soon replaced", 1)
        store.put(renewed, SECRET, 60)
        time.sleep(1.2)
        assert [store.get(name) for name in soon] == [None] * 3
        assert not set(soon) & set(store.names())
        assert [store.drop(name) for name in soon] == [False] * 3
        assert (store.get(stays), store.get(renewed)) == (SECRET, SECRET)
        assert {stays, renewed} <= set(store.names())
        for name in soon:
            store.put(name, "again", 60)
            assert store.get(name) == "again"

    def test_it_stays_as_long_as_was_said(self, store, named):
        name, started = named(), time.monotonic()
        store.put(name, SECRET, 3)
        while (now := time.monotonic() - started) < 1.7:
            assert store.get(name) == SECRET, now
            time.sleep(0.2)

    @pytest.mark.parametrize("odd", ODD_NAMES.values(), ids=ODD_NAMES)
    def test_any_name_will_do(self, store, named, odd):
        name = named(odd)
        store.put(name, SECRET, 60)
        assert store.get(name) == SECRET
        assert name in store.names()
        assert store.drop(name)
        assert name not in store.names()

    def test_any_text_will_do(self, store, named):
        name = named()
        store.put(name, LONG, 60)
        assert store.get(name) == LONG

    def test_it_is_the_same_for_another_instance_and_another_process(self, source, store, named):
        here, there = named("here"), named("there")
        store.put(here, SECRET, 60)
        assert self.another(source).get(here) == SECRET
        code = "print(store.get(sys.argv[1])); store.put(sys.argv[2], 'theirs', 60); print(store.drop(sys.argv[1]))"
        assert self.said(source, code, here, there) == f"{SECRET}\nTrue\n"
        assert (store.get(here), store.get(there)) == (None, "theirs")

    def test_what_is_damaged_or_not_ours_is_a_miss(self, store, named):
        for number, damage in enumerate(self.damages()):
            name = named(str(number))
            store.put(name, SECRET, 60)
            damage(name)
            assert store.get(name) is None, number
            store.put(name, LONG, 60)
            assert store.get(name) == LONG, number
            assert name in store.names(), number
            if self.is_small:
                store.drop(name)

    def test_many_at_once_lose_nothing(self, source, store, named):
        names = [[named(f"{process}.{number}") for number in range(4)] for process in range(8)]
        code = "print(flush=True); sys.stdin.readline()\nfor name in sys.argv[1:]: store.put(name, 'of ' + name, 60)"
        processes = [self.process(source, code, *some) for some in names]
        for process in processes:
            process.stdout.readline()
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=60)
        assert [process.returncode for process in processes] == [0] * 8
        everything = [name for some in names for name in some]
        assert {name: store.get(name) for name in everything} == {name: f"of {name}" for name in everything}
        assert set(everything) <= set(store.names())

    def test_it_is_not_in_what_a_debugger_shows(self, store, named):
        name = named()
        store.put(name, SECRET, 60)
        store.get(name)
        assert SECRET not in f"{store!r} {vars(store)!r}"

    def test_it_has_words_for_where_it_is(self, store):
        assert store.where.startswith("the ")
