"""What the tests of real AWS clients share: the clients that are installed for them, and what AWS saw of each."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).parent / "node"
# The tests have taken HOME away from everything that they start; what is installed for them lies in the real one.
HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
CACHE = HOME / ".cache/mfa-session-tests"


def seen(world, service: str = "") -> list[tuple[str, str, int]]:
    """What AWS was asked, of this service or of any, by what kind of key, and its answer; without the tool's own requests."""
    kinds = {user.access_key_id: "neutered key" for user in world.aws.users}
    return [
        (request.action, kinds.get(request.access_key_id, request.access_key_id[:4]), request.status)
        for request in world.aws.requests
        if service in ("", request.service) and "mfa-session" not in request.user_agent
    ]


@functools.cache
def node_modules() -> Path:
    """Node's AWS SDK, installed once for each version of the lock file; no network is needed after that."""
    npm = shutil.which("npm")
    if not shutil.which("node") or not npm:
        pytest.skip("node or npm is not installed")
    files = [NODE / "package.json", NODE / "package-lock.json"]
    version = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    folder = CACHE / f"node-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run in several processes
        if not (folder / "installed").exists():
            for file in files:
                shutil.copy(file, folder)
            _npm_ci(npm, folder)
            (folder / "installed").touch()
    return folder / "node_modules"


def _npm_ci(npm: str, folder: Path) -> None:
    quick = [
        "--prefer-offline",
        "--fetch-retries=1",
        "--fetch-retry-mintimeout=1000",
        "--fetch-timeout=30000",
    ]
    argv = [npm, "ci", "--engine-strict", "--ignore-scripts", "--no-audit", "--no-fund", *quick]
    try:
        result = subprocess.run(
            argv,
            cwd=folder,
            env=os.environ | {"HOME": str(HOME)},
            capture_output=True,
            text=True,
            timeout=240,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install Node's AWS SDK in four minutes")
    if result.returncode:
        said = [line for line in result.stderr.splitlines() if line.startswith("npm error")]
        pytest.skip(f"npm could not install Node's AWS SDK: {' '.join(said[:2])}")


def terraform(world, configuration: str) -> str:
    """The program, in a home with this configuration that is ready to be planned and applied."""
    program, plugins = shutil.which("terraform"), _plugins()
    if program is None:
        pytest.skip("terraform is not installed")
    if plugins is None:
        pytest.skip(
            "no folder of plugins with Terraform's AWS provider was found; TF_PLUGIN_DIR may name one"
        )
    world.env |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "NO_COLOR": "1"}
    world.env["GOGC"] = (
        "400"  # each provider is a process of its own, whose start is a sixth quicker with less tidying
    )
    world.write("main.tf", configuration)
    result = world.call([program, "init", f"-plugin-dir={plugins}"], timeout=110)
    assert result.returncode == 0, result.stderr
    return program


def _plugins() -> Path | None:
    named = os.environ.get("TF_PLUGIN_DIR")
    places = [
        *([Path(named)] if named else []),
        HOME / ".terraform.d/plugins",
        Path("/usr/share/terraform/plugins"),
        Path("/usr/local/share/terraform/plugins"),
        *sorted(Path("/opt").glob("*")),
    ]
    unpacked = "*/hashicorp/aws/*/*/terraform-provider-aws*"
    return next((place for place in places if next(place.glob(unpacked), None)), None)
