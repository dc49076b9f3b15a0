"""Real clients in a shell that has sourced the shim: each calls AWS as the session, and never as the neutered key.

AWS_PROFILE=test-bootstrap was set before, and its key may do nothing without MFA: what AWS sees is the proof.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SCRIPTS, shell

NODE = Path(__file__).parent / "node"
# The tests have taken HOME away from everything that they start; what is installed for them lies in the real one.
HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)
CACHE = HOME / ".cache/mfa-session-tests"

SCRIPT = """
client() {{ {client}; }}
export AWS_PROFILE=test-bootstrap
source get_mfa_session.sh || exit 99
client
echo "in the session: $?"
mfa_session_deactivate
client
echo "without it: $?"
"""
BOTO3 = """
import boto3
boto3.client("sts").get_caller_identity()
boto3.client("s3").list_buckets()
"""
TERRAFORM = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  s3_use_path_style = true
}
data "aws_caller_identity" "me" {}
resource "aws_s3_bucket" "hello" {
  bucket = "hello-${data.aws_caller_identity.me.account_id}"
}
"""


def in_bash(world, client: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the client in the session, then without it."""
    result = world.call(
        [shell("bash"), "--noprofile", "--norc", "-c", SCRIPT.format(client=client)],
        timeout=110,
        AWS_PAGER="",
        **environ,
    )
    assert "in the session: 0\n" in result.stdout, result.stderr
    assert "without it: 0\n" not in result.stdout
    assert "without it: " in result.stdout, result.stderr
    return result


def seen(world, service: str) -> list[tuple[str, str, int]]:
    """What AWS was asked of this service, by what kind of key, and its answer; without the tool's own requests."""
    kinds = {world.user.access_key_id: "neutered key"}
    return [
        (request.action, kinds.get(request.access_key_id, request.access_key_id[:4]), request.status)
        for request in world.aws.requests
        if request.service == service and "mfa-session" not in request.user_agent
    ]


WHO = [("GetCallerIdentity", "ASIA", 200), ("GetCallerIdentity", "neutered key", 200)]
BUCKETS = [("ListAllMyBuckets", "ASIA", 200), ("ListAllMyBuckets", "neutered key", 403)]


def test_boto3(world):
    result = in_bash(world, f"{shlex.quote(sys.executable)} -c {shlex.quote(BOTO3)}")
    assert "AccessDenied" in result.stderr
    assert (seen(world, "sts"), seen(world, "s3")) == (WHO, BUCKETS)


def test_aws_cli(world):
    aws = shlex.quote(str(SCRIPTS / "aws"))
    result = in_bash(world, f"{aws} sts get-caller-identity && {aws} s3 mb s3://hello && {aws} s3 ls")
    assert result.stdout.count("arn:aws:iam::111122223333:user/alice") == 2
    assert "make_bucket: hello\n" in result.stdout
    assert "AccessDenied" in result.stderr
    assert seen(world, "sts") == WHO
    created = [("CreateBucket", "ASIA", 200), ("ListAllMyBuckets", "ASIA", 200)]
    assert seen(world, "s3") == [*created, ("CreateBucket", "neutered key", 403)]


@pytest.mark.timeout(400)
def test_nodes_sdk(world, node_modules):
    """Where a profile and keys are both set, it takes the profile: so none may be left."""
    script = shlex.join([shutil.which("node"), str(NODE / "buckets.cjs")])
    result = in_bash(world, script, NODE_PATH=str(node_modules))
    assert "AccessDenied" in result.stderr
    assert "Multiple credential sources" not in result.stderr
    assert (seen(world, "sts"), seen(world, "s3")) == (WHO, BUCKETS)


@pytest.mark.timeout(400)
def test_terraform(world, terraform):
    result = in_bash(world, f"{terraform} apply -auto-approve")
    assert "Apply complete! Resources: 1 added" in result.stdout
    requests = seen(world, "s3")
    assert ("CreateBucket", "ASIA", 200) in requests
    assert {kind for _, kind, status in requests if status == 403} == {"neutered key"}
    assert {kind for _, kind, status in requests if status == 200} == {"ASIA"}
    assert set(seen(world, "sts")) == set(WHO)


@pytest.fixture(scope="session")
def node_modules():
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


@pytest.fixture
def terraform(world):
    """The command, in a folder with a configuration of one bucket that is ready to be applied."""
    program, plugins = shutil.which("terraform"), _plugins()
    if program is None:
        pytest.skip("terraform is not installed")
    if plugins is None:
        pytest.skip(
            "no folder of plugins with Terraform's AWS provider was found; TF_PLUGIN_DIR may name one"
        )
    world.env |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "NO_COLOR": "1"}
    world.write("main.tf", TERRAFORM)
    result = world.call([program, "init", f"-plugin-dir={plugins}"], timeout=110)
    assert result.returncode == 0, result.stderr
    return shlex.quote(program)


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
