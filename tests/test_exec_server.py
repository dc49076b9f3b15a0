"""`exec --server`: what its command finds around it, what becomes of both when one of them ends, and how to get out of it."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import time
from pathlib import Path

import crowds
import pexpect
import pytest
from conftest import shell
from serve_life_runs import CLIENT, GONE, alive, folders, inside, soon, told
from serve_runs import all_abouts

pytestmark = pytest.mark.one_python

PERSON = {
    "AWS_PROFILE": "test-bootstrap",
    "AWS_DEFAULT_PROFILE": "x",
    "AWS_ACCESS_KEY_ID": "AKIASOMETHINGOLD0000",
    "AWS_SECRET_ACCESS_KEY": "old",
    "AWS_SESSION_TOKEN": "old",
    "AWS_SECURITY_TOKEN": "old",
    "AWS_VAULT": "x",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/old",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "old",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/old",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/old",
    "MINE": "kept",
}


def test_what_the_command_finds_around_it(runtime):
    environ = told(inside(runtime, "print(json.dumps(dict(os.environ)))", **PERSON))
    port = environ["MFA_SESSION_SERVER"]
    usual = runtime.env.keys() | {"MINE", "LC_CTYPE"}
    token_file = environ.pop("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    folder = f"{runtime.env['XDG_RUNTIME_DIR']}/mfa-session/server-{port}"
    assert re.fullmatch(rf"{folder}/token-test-[0-9a-f]{{12}}", token_file)
    assert {name: value for name, value in environ.items() if name not in usual} == {
        "AWSUME_PROFILE": "test",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "MFA_SESSION_ACCOUNT_ID": "111122223333",
        "MFA_SESSION_AWS_CREDENTIALS": "",
        "MFA_SESSION_PROFILE": "test",
        "MFA_SESSION_SERVER": port,
    }
    assert environ["MINE"] == "kept"


def test_its_core_files_are_its_own_affair(runtime):
    """Only what has a session in its memory must leave none."""
    limit = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (min(4096, limit[1]) if limit[1] >= 0 else 4096, limit[1]))
    try:
        code = "import resource; print(json.dumps(resource.getrlimit(resource.RLIMIT_CORE)))"
        assert told(inside(runtime, code)) == [*resource.getrlimit(resource.RLIMIT_CORE)]
        crowds.prompt(runtime, "hang", 0)
        starting = crowds.start(runtime, "exec", "--server", "prod", "--", "true")
        crowds.wait_for(lambda: runtime.op.prompts)
        assert "Max core file size        0 " in Path(f"/proc/{starting.pid}/limits").read_text()
        starting.terminate()
        crowds.ended(starting)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, limit)


def test_a_config_file_with_credentials_of_its_own_is_not_seen(runtime):
    """SDKs look there before they ask a server; all else in that file is the command's to see."""
    config = runtime.home / ".aws/config"
    usual, print_files = (
        config.read_text(),
        "print(json.dumps([os.environ.get(n) for n in ('AWS_CONFIG_FILE', 'MFA_SESSION_AWS_CONFIG')]))",
    )
    rivals = ("aws_access_key_id = AKIA\naws_secret_access_key = x\n", "credential_process = echo\n")
    for default in ("", "region = us-east-2\n", *rivals):
        config.write_text(f"{usual}[default]\n{default}")
        result = inside(runtime, print_files)
        note = "note: [default] in ~/.aws/config has credentials, which programs would prefer"
        if default in rivals:
            assert (told(result), note in result.stderr.replace(str(runtime.home), "~")) == (
                ["/dev/null", ""],
                True,
            )
        else:
            assert (told(result), "note" in result.stderr) == ([None, None], False), result.stderr
    own = runtime.write("own-config", f"[default]\n{rivals[0]}")
    result = inside(runtime, print_files, AWS_CONFIG_FILE=str(own))
    assert told(result) == ["/dev/null", str(own)]


def test_its_exit_code_and_what_is_left(runtime):
    runtime.export("test")
    for script, code in {
        "exit 0": 0,
        "exit 7": 7,
        "kill -TERM $$": -15,
        "kill -KILL $$": -9,
        "no-such": 127,
    }.items():
        result = runtime.run(
            "exec", "--server", "test", "--", "sh", "-c", f"echo $MFA_SESSION_SERVER; {script}"
        )
        ended = time.monotonic()
        assert result.returncode == code, result.stderr
        assert result.stdout.strip().isdigit()
        assert soon(lambda: folders(runtime) == [], GONE)
        assert time.monotonic() - ended < GONE
    assert len(runtime.aws.requests) == 2, "the session was kept"


def test_killed_in_the_middle_of_a_refresh(runtime):
    """`op` hangs, which somebody asks; and the command's own children know nothing of a server."""
    runtime.aws.lives(5, roles=False)
    code = "import time\ntry:\n os.wait()\nexcept ChildProcessError:\n print(get()[0], flush=True)\n"
    loop = "while True:\n  get(); time.sleep(0.05)"
    process = crowds.start(
        runtime, "exec", "--server", "test", "--", sys.executable, "-I", "-c", CLIENT + code + loop
    )
    assert process.stdout.readline() == "200\n"
    server = all_abouts(runtime)[0]["pid"]
    assert os.getpgid(server) != os.getpgid(process.pid)
    assert os.getsid(server) == os.getsid(process.pid), (
        "1Password's authorization is one of a terminal session"
    )
    crowds.prompt(runtime, "hang", 0)
    runtime.op.forget()
    assert soon(lambda: runtime.op.prompts)
    process.kill()
    process.communicate()
    began = time.monotonic()
    asking = runtime.op.prompts[0]["pid"]
    assert soon(lambda: not alive(server) and not alive(asking), GONE)
    assert time.monotonic() - began < GONE
    assert folders(runtime) == []


def test_ctrl_c_is_for_the_command_alone(runtime):
    code = """
import signal, time
got = []
def heard(*_):
    got.append(get()[0])
    os.write(1, f"int {got[-1]}\\n".encode())
signal.signal(signal.SIGINT, heard)
os.write(1, b"ready\\n")
while len(got) < 2:
    time.sleep(0.02)
print("then", get()[0])
"""
    child = pexpect.spawn(
        str(runtime.bin / "mfa-session"),
        ["exec", "--server", "test", "--", sys.executable, "-I", "-c", CLIENT + code],
        cwd=str(runtime.home),
        env=runtime.env,
        encoding="utf-8",
        timeout=30,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    child.expect_exact("ready")
    for _ in range(2):
        child.sendintr()
        child.expect_exact("int 200")
    child.expect_exact("then 200")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert soon(lambda: folders(runtime) == [], GONE)


def test_inside_it_the_person_is_who_they_were(runtime):
    """Our own commands see the AWS files, and a session of the usual kind is one."""
    own = runtime.write("own-credentials", (runtime.home / ".aws/credentials").read_text())
    (runtime.home / ".aws/credentials").unlink()
    script = """\
mfa-session export test --shell json >export.json || exit 1
mfa-session exec test -- env >exec.env || exit 1
mfa-session list >list.txt || exit 1
mfa-session serve --status >status.txt || exit 1
( . get_mfa_session.sh test && env >sourced.env; mfa_session_deactivate; env >after.env ) || exit 1
mfa-session exec --server test -- env >nested.env || exit 1
env >here.env
"""
    result = runtime.run(
        "exec", "--server", "test", "--", shell("bash"), "-c", script, AWS_SHARED_CREDENTIALS_FILE=str(own)
    )
    assert result.returncode == 0, result.stderr

    def environ(name: str) -> dict[str, str]:
        lines = (runtime.home / f"{name}.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    here = environ("here")
    assert (here["AWS_SHARED_CREDENTIALS_FILE"], here["MFA_SESSION_AWS_CREDENTIALS"]) == (
        "/dev/null",
        str(own),
    )
    assert json.loads((runtime.home / "export.json").read_text())["AccessKeyId"].startswith("ASIA")
    for name in ("exec", "sourced"):
        usual = environ(name)
        assert usual["AWS_ACCESS_KEY_ID"].startswith("ASIA")
        assert usual["AWS_SHARED_CREDENTIALS_FILE"] == str(own)
        assert not [
            one for one in usual if one.startswith(("AWS_CONTAINER", "MFA_SESSION_SERVER", "MFA_SESSION_AWS"))
        ]
    assert "test" in (runtime.home / "list.txt").read_text()
    assert f"port {here['MFA_SESSION_SERVER']} " in (runtime.home / "status.txt").read_text()
    after = environ("after")  # out of that session, and out of the one around it
    assert after["AWS_SHARED_CREDENTIALS_FILE"] == str(own)
    ours = ("AWS_CONTAINER", "MFA_SESSION_", "AWS_ACCESS", "AWS_SESSION")
    assert [name for name in after if name.startswith(ours)] == ["MFA_SESSION_STORE"]
    nested = environ("nested")
    assert nested["MFA_SESSION_SERVER"] != here["MFA_SESSION_SERVER"]
    assert nested["MFA_SESSION_AWS_CREDENTIALS"] == str(own)
    assert soon(lambda: folders(runtime) == [], GONE)
