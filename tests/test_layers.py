"""Who may import whom. A lower layer never imports a higher one; adapters of different vendors never meet."""

from __future__ import annotations

import ast
from pathlib import Path

import mfa_session

PACKAGE = Path(mfa_session.__file__).parent
LAYERS = [
    {"__main__", "apart", "ready"},
    {"cli", "usual"},
    {"cli_completion", "cli_serving", "cli_setup"},
    {"cli_complete", "cli_options"},
    {"commands"},
    {"checks", "findings"},
    {"initiating"},
    {"initiating_answers", "initiating_codes"},
    {"rotating"},
    {"serving"},
    {"sessions"},
    {"federating", "minting"},
    {"import_ports"},
    {"errand", "import_target"},
    {"wiring", "wiring_checks", "wiring_codes", "wiring_keys"},
    {"broker", "codes", "importing", "race", "rotation", "rotation_new_key", "tty_watch"},
    {"watching_layout"},
    {"watching"},
    {
        "accounts",
        "console_csv",
        "drafting",
        "envfile",
        "envfile_edit",
        "envfile_keys",
        "envfile_lines",
        "dotenv_file",
        "identity",
        "narrowing",
        "rotation_journal",
        "servers",
        "store",
        "turns",
        "adapters",
    },
    {
        "handover",
        "memory_place",
        "peers",
        "proc",
        "proc_apart",
        "process",
        "stray_files",
        "tty",
        "tty_code",
        "tty_modes",
        "tty_questions",
        "unversioned",
        "whole_file",
    },
    {"shells", "formats"},
    {"refreshing"},
    {
        "checks_ports",
        "durations",
        "model",
        "neutering",
        "request",
        "roles",
        "rotation_ports",
        "scope",
        "serials",
        "session",
        "spare_line",
        "users",
        "verdicts",
    },
    {"errors"},
]
DEPTH = {room: depth for depth, layer in enumerate(LAYERS) for room in layer}
SPAWNERS = {"subprocess", "pexpect", "pty", "webbrowser"}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def test_each_module_imports_only_what_is_below_it():
    for path in MODULES:
        here = path.relative_to(PACKAGE).parts
        for name in imports(path):
            if not name.startswith("mfa_session."):
                continue
            there = tuple(name.split(".")[1:])
            if here[0] == there[0] == "adapters":
                assert there[1].split("_")[0] == path.stem.split("_")[0], f"{path.name} imports {name}"
                continue
            assert room(there) in DEPTH, f"{name} is in no layer"
            assert DEPTH[room(there)] >= DEPTH[room(here)], f"{path.name} imports {name}"
            assert there[0] != "adapters" or room(here).startswith("wiring"), f"{path.name} imports {name}"


def test_one_door_for_each_power():
    for path in MODULES:
        names = {name.split(".")[0] for name in imports(path)}
        assert not names & SPAWNERS or path.name in {"proc.py", "proc_apart.py"}, path
        assert not names & {"getpass", "termios"} or path.name in {"tty.py", "tty_modes.py"}, path
        assert "curses" not in names or path.name == "tty_watch.py", path
        assert '/dev/tty"' not in path.read_text(encoding="utf-8") or path.name == "tty.py", path
        becomes_another = "os.execv" in path.read_text(encoding="utf-8")
        assert not becomes_another or path.name in {"process.py", "ready.py"}, path
        assert not names & {"boto3", "botocore"} or path.name.startswith("aws"), path
