"""Programs that tests need beside the shells, and where they come from."""

from __future__ import annotations

import os
import shutil

import pytest


def path_of(program: str, package: str) -> str:
    """Its path. Where it is missing: a failure in CI, a skip that says what to install elsewhere."""
    path = shutil.which(program)
    if path is None:
        message = f"{program} is not installed: apt-get install {package}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path
