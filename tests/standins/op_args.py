"""Command line of `op`, taken apart by the rules of Go's cobra and pflag."""

from __future__ import annotations

from op_run import OpError

GLOBAL = {
    "account": "text",
    "cache": "bool",
    "config": "text",
    "debug": "bool",
    "encoding": "text",
    "format": "text",
    "help": "bool",
    "iso-timestamps": "bool",
    "no-color": "bool",
    "session": "text",
}
COMMANDS: dict[tuple[str, ...], dict[str, str]] = {
    (): {"version": "bool"},
    ("account",): {},
    ("account", "list"): {},
    ("inject",): {"in-file": "text"},
    ("item",): {},
    ("item", "create"): {
        "category": "text",
        "dry-run": "bool",
        "tags": "list",
        "template": "text",
        "title": "text",
        "url": "text",
        "vault": "text",
    },
    ("item", "delete"): {"archive": "bool", "vault": "text"},
    ("item", "edit"): {
        "dry-run": "bool",
        "tags": "list",
        "template": "text",
        "title": "text",
        "url": "text",
        "vault": "text",
    },
    ("item", "get"): {
        "fields": "list",
        "include-archive": "bool",
        "otp": "bool",
        "reveal": "bool",
        "vault": "text",
    },
    ("item", "list"): {"categories": "list", "include-archive": "bool", "tags": "list", "vault": "text"},
    ("item", "template"): {},
    ("item", "template", "get"): {},
    ("read",): {"no-newline": "bool"},
    ("signin",): {"force": "bool", "raw": "bool"},
    ("vault",): {},
    ("vault", "get"): {},
    ("vault", "list"): {},
    ("whoami",): {},
}
SHORT = {"f": "force", "h": "help", "i": "in-file", "n": "no-newline", "v": "version"}
GROUPS = (("account",), ("item",), ("item", "template"), ("vault",))
ARGUMENTS = {
    ("item", "delete"): 1,
    ("item", "get"): 1,
    ("item", "template", "get"): 1,
    ("read",): 1,
    ("vault", "get"): 1,
}
AT_LEAST = {("item", "create"): 0, ("item", "edit"): 1}
TRUE, FALSE = ("1", "t", "T", "TRUE", "true", "True"), ("0", "f", "F", "FALSE", "false", "False")


def parse(
    argv: list[str], environ: dict[str, str], version: tuple[int, ...]
) -> tuple[tuple[str, ...], dict, list[str]]:
    """Command, options and positional arguments; OpError with cobra's own sentence for a wrong command line."""
    command, rest = _find_command(argv)
    known = GLOBAL | COMMANDS[command]
    if version < (2, 30):
        known.pop("reveal", None)
    options, args = _flags(rest, known, _defaults(environ))
    if options.get("help") or not command or command in GROUPS:
        if args and command:
            raise OpError(f'unknown command "{args[0]}" for "op {" ".join(command)}"')
        return ((), options, args)
    wanted = ARGUMENTS.get(command, 0)
    if command in AT_LEAST:
        if len(args) < AT_LEAST[command]:
            raise OpError(f"requires at least {AT_LEAST[command]} arg(s), only received {len(args)}")
    elif len(args) != wanted:
        if wanted == 0:
            raise OpError(f'unknown command "{args[0]}" for "op {" ".join(command)}"')
        raise OpError(f"accepts {wanted} arg(s), received {len(args)}")
    if options["format"] not in ("human-readable", "json"):
        raise OpError(
            f'invalid argument "{options["format"]}" for "--format" flag: unsupported output format'
        )
    return command, options, args


def _defaults(environ: dict[str, str]) -> dict:
    return {
        "account": environ.get("OP_ACCOUNT", ""),
        "debug": environ.get("OP_DEBUG", "") not in ("", *FALSE),
        "format": environ.get("OP_FORMAT") or "human-readable",
        "include-archive": environ.get("OP_INCLUDE_ARCHIVE") in TRUE,
        "categories": [],
        "fields": [],
        "tags": [],
    }


def _find_command(argv: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Cobra looks for the command knowing only the global flags, and takes any other flag's neighbour for its value."""
    command: tuple[str, ...] = ()
    rest = list(argv)
    while True:
        position = _first_word(rest)
        if position is None:
            return command, rest
        deeper = (*command, rest[position])
        if deeper not in COMMANDS:
            if not command:
                raise OpError(f'unknown command "{rest[position]}" for "op"')
            return command, rest
        command = deeper
        del rest[position]


def _first_word(words: list[str]) -> int | None:
    position = 0
    while position < len(words):
        word = words[position]
        if word == "--":
            return None
        if not word.startswith("-"):
            return position
        lonely = word[2:] if word.startswith("--") else SHORT.get(word[1:], "?") if len(word) == 2 else "help"
        takes_next = "=" not in word and (GLOBAL | COMMANDS[()]).get(lonely) != "bool"
        position += 2 if takes_next else 1
    return None


def _flags(words: list[str], known: dict[str, str], options: dict) -> tuple[dict, list[str]]:
    args: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return options, args + queue
        if word == "-" or not word.startswith("-"):
            args.append(word)
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if name not in known:
                raise OpError(f"unknown flag: --{name}")
            _set(options, known[name], name, value if equals else None, queue, f"--{name}")
        else:
            _shorthands(word, known, options, queue)
    return options, args


def _shorthands(word: str, known: dict[str, str], options: dict, queue: list[str]) -> None:
    for index, letter in enumerate(word[1:], 1):
        name = SHORT.get(letter)
        if name not in known:
            raise OpError(f"unknown shorthand flag: '{letter}' in {word}")
        tail = word[index + 1 :]
        explicit = tail.startswith("=")
        if explicit or known[name] != "bool":
            value = tail[1:] if explicit else tail or None
            _set(options, known[name], name, value, queue, f"'{letter}' in {word}")
            return
        options[name] = True


def _set(options: dict, kind: str, name: str, value: str | None, queue: list[str], shown: str) -> None:
    if kind == "bool":
        if value not in (None, *TRUE, *FALSE):
            reason = f'strconv.ParseBool: parsing "{value}": invalid syntax'
            raise OpError(f'invalid argument "{value}" for "--{name}" flag: {reason}')
        options[name] = value is None or value in TRUE
        return
    if value is None:
        if not queue:
            raise OpError(f"flag needs an argument: {shown}")
        value = queue.pop(0)
    if kind == "list":
        options[name] = options[name] + value.split(",")
    else:
        options[name] = value
