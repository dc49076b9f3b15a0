"""The process of a credential server: what other processes of this user, other users, and the disk get of it."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import crowds
import pytest
from programs import path_of
from role_runs import ADMIN, DEPLOY, role
from serve_life_runs import detached, kill, soon
from serve_runs import all_abouts, serve

pytestmark = [
    pytest.mark.one_python,
    pytest.mark.skipif(sys.platform != "linux", reason="what Linux tells of processes"),
]

BOB = 61_002  # nobody's
# As this user, and without the powers of root, who may look into every process.
ORDINARY = ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
# Whoever declares itself open to all, and is not hidden, can be looked into, whatever Yama says.
OPEN = "import ctypes, time; ctypes.CDLL(None).prctl(0x59616d61, -1, 0, 0, 0); print('ready', flush=True); time.sleep(60)"
LOOK = """\
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
for name in ("environ", "mem", "maps", "auxv"):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            name == "mem" or file.read()
        print(name)
    except PermissionError:
        pass
if libc.ptrace(16, pid, None, None) == 0:  # PTRACE_ATTACH
    print("attached")
    os.waitpid(pid, 0x40000000)
"""
AS_ANOTHER = """\
import encodings.idna, os, socket, sys
port, uid = map(int, sys.argv[1:])
token = sys.stdin.read()
if uid:
    os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
with socket.create_connection(("127.0.0.1", port), 10) as connection:
    request = f"GET /test HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nAuthorization: {token}\\r\\nConnection: close\\r\\n\\r\\n"
    connection.sendall(request.encode())
    print(b"".join(iter(lambda: connection.recv(65536), b"")).decode())
"""


def ordinary(*words: object) -> list[str]:
    before = [path_of("setpriv", "util-linux"), *ORDINARY] if os.geteuid() == 0 else []
    return [*before, *map(str, words)]


def seen_of(pid: int) -> list[str]:
    """What an ordinary process of this user can see of another one."""
    looked = subprocess.run(
        ordinary(sys.executable, "-I", "-c", LOOK, pid),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr
    return looked.stdout.split()


def test_no_other_process_of_this_user_looks_into_it(runtime):
    open_one = subprocess.Popen(ordinary(sys.executable, "-I", "-c", OPEN), stdout=subprocess.PIPE, text=True)
    assert open_one.stdout.readline() == "ready\n"
    assert seen_of(open_one.pid) == ["environ", "mem", "maps", "auxv", "attached"], (
        "else this test proves nothing"
    )
    open_one.kill()
    open_one.communicate()

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # what a person who wants core files has
    crowds.prompt(runtime, "hang", 0)
    program = ordinary(runtime.bin / "mfa-session")
    how = {"cwd": runtime.home, "env": runtime.env, "stderr": subprocess.DEVNULL}
    # While it asks for the first session; the one that fetches has the base key, and the code.
    asking = subprocess.Popen([*program, "serve", "test"], **how)
    try:
        assert soon(lambda: runtime.op.prompts)
        fetching = parent_of(runtime.op.prompts[0]["pid"])
        assert parent_of(fetching) == asking.pid
        assert [seen_of(asking.pid), seen_of(fetching)] == [[], []]
    finally:
        asking.terminate()
        assert asking.wait(20) == 128 + 15

    crowds.prompt(runtime, delay=0)
    here = subprocess.Popen([*program, "serve", "test"], **how)
    subprocess.run([*program, "serve", "test", "--detach"], **how, stdout=subprocess.DEVNULL, check=True)
    beside = subprocess.Popen([*program, "exec", "--server", "test", "--", "sleep", "60"], **how)
    assert soon(lambda: len(all_abouts(runtime)) == 3)
    pids = [about["pid"] for about in all_abouts(runtime)]
    try:
        assert here.pid in pids
        for pid in pids:
            assert seen_of(pid) == []
            limit = re.search(
                "^Max core file size +([0-9]+)", Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE
            )
            assert limit[1] == "0"
    finally:
        beside.kill()
        for pid in pids:
            kill(pid, 15)
        assert [here.wait(20), beside.wait(20)] == [0, -9]


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look into its processes: run this test as root")
def test_its_secrets_are_in_its_memory_and_nowhere_else(runtime):
    """In the middle of a refresh, in which another process has them, too."""
    role(runtime)
    shell = {"AWS_ACCESS_KEY_ID": "AKIAOFTHESHELL000000", "AWS_SESSION_TOKEN": "of-the-shell"}
    with serve(runtime, "test", "prod") as server, detached(runtime, "test", **shell) as (other, _):
        assert [server.get("/prod")[0], other.get()[0]] == [200] * 2
        assert soon(lambda: server.get(f"/test?role={DEPLOY}")[0] == 200)
        runtime.aws.fault("AssumeRole", "hang", 9)
        assert [one.get(f"/test?role={ADMIN}")[0] for one in (server, other)] == [503] * 2
        assert soon(lambda: runtime.aws.count("AssumeRole") > 1)
        tokens = [server.token("test"), server.token("prod"), other.token()]
        hidden = [*runtime.secrets, *tokens, *shell.values()]
        store = re.compile("[0-9a-f]{64}")  # the store's own files, which are in memory
        places = {
            path: path.read_bytes()
            for folder in (runtime.home, Path(runtime.env["XDG_RUNTIME_DIR"]))
            for path in folder.rglob("*")
            if path.is_file() and not store.fullmatch(path.name)
        }
        found = sorted(
            str(path) for path, data in places.items() if any(one.encode() in data for one in hidden)
        )
        assert found == sorted(
            [
                str(runtime.home / ".aws/credentials"),
                *(str(server.token_file(account)) for account in ("test", "prod")),
                str(other.token_file()),
            ]
        )
        assert {path.name for path in server.folder.iterdir()} == {
            "about",
            "lock",
            *(server.token_file(account).name for account in ("test", "prod")),
        }
        assert {path.name for path in other.folder.iterdir()} == {"about", "lock", other.token_file().name}
        told = processes_of(runtime)
        assert {server.process.pid, other.about["pid"]} < told.keys()
        assert len(told) >= 4, "the servers, and those that fetch for them"
        assert [pid for pid, data in told.items() if any(one.encode() in data for one in hidden)] == []
        log = Path(other.about["log"]).read_text()
        code, said = server.stop()
    assert code == 0
    assert not [one for one in hidden if one in said + log]


def processes_of(world) -> dict[int, bytes]:
    """Of those that have this world around them: their arguments, and their environment."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environ, words = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"HOME={world.home}".encode() in environ:
            found[int(folder.name)] = environ + words
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user: run this test as root")
def test_another_user_gets_nothing_though_the_token_is_right(runtime):
    def answer(uid: int) -> str:
        words = [sys.executable, "-I", "-c", AS_ANOTHER, str(server.port), str(uid)]
        asked = subprocess.run(
            words, input=server.token(), capture_output=True, text=True, timeout=30, check=False
        )
        assert asked.returncode == 0, asked.stderr
        return asked.stdout

    with serve(runtime) as server:
        assert answer(0).startswith("HTTP/1.1 200 ")
        refused = answer(BOB)
        assert refused.startswith("HTTP/1.1 403 ")
        assert "there is no such account here, or its token has not come along" in refused
        assert "SecretAccessKey" not in refused
        assert answer(0).startswith("HTTP/1.1 200 ")
