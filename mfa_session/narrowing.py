"""What options change of an account: another role, or the same one with less of what it may do."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from mfa_session import roles
from mfa_session.errors import MfaSessionError
from mfa_session.model import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from mfa_session.model import Account
    from mfa_session.scope import Scope

READ_ONLY = "arn:{}:iam::aws:policy/ReadOnlyAccess"
_POLICIES = ("--policy", "--policy-arn", "--read-only")


def narrowed(account: Account, scope: Scope, *, federated: bool = False) -> Account:
    """The account as the options want it; raises MfaSessionError, also where they make no sense together.

    `federated`: policies are of use without a role, too.
    """
    role = dataclasses.replace(account.role, **_settings(scope), **_policies(scope, account))
    changed = dataclasses.replace(account, role=role, direct=scope.get("--direct") is not None)
    options = [word.partition("=")[0] for word in scope.words if word != "--role-arn="]
    options = [option for option in options if not (federated and option in _POLICIES)]
    if not role.arn and options:
        raise _needs_a_role(account, options[0])
    if changed.direct and len(changed.roles) != 1:
        raise MfaSessionError(
            f"--direct can't be used for {account.name}: its role is taken from another role",
            "leave --direct out; each of a chain of roles lasts 1h at most",
        )
    try:
        roles.check(role)
    except ValueError as error:
        raise _wrong("--transitive-tags", error) from None
    try:
        roles.check_policies(role)
    except ValueError as error:
        raise MfaSessionError(*error.args) from None
    _check_partition(changed)
    return changed


def _check_partition(account: Account) -> None:
    serial = account.mfa_serial.split(":")
    for role in account.roles:
        if serial[0] == "arn" and role.arn.split(":")[1] != serial[1]:
            raise MfaSessionError(
                f"{role.arn} is not in the partition of {account.mfa_serial}, and no role can be taken from another",
                f"correct {account.where('ROLE_ARN')}, or the ARN behind --role-arn",
            )


def _settings(scope: Scope) -> dict[str, Any]:
    found = {}
    for name, (field, read) in roles.SETTINGS.items():
        option = "--" + name.replace("_", "-")
        value = scope.get(option)
        if value is not None:  # an empty one takes away what the account says
            found[field] = _read(option, read, value) if value else getattr(Role(), field)
    return found


def _policies(scope: Scope, account: Account) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if scope.get("--read-only") is not None and (scope.get("--policy") or scope.get("--policy-arn")):
        raise MfaSessionError(
            "--read-only can't go with another policy: AWS gives what either of them allows",
            "leave --read-only out, or the other one",
        )
    if path := scope.get("--policy"):
        try:
            text = (scope.policy() or b"").decode("utf-8-sig")
        except UnicodeDecodeError:
            raise MfaSessionError(f"{path}: is not UTF-8 text", "a policy is JSON") from None
        except OSError as error:
            raise MfaSessionError(
                f"{path}: can't be read: {error.strerror}", "--policy takes the path of a JSON file"
            ) from None
        found["policy"] = _read(path, roles.policy, text)
    arns = [_read("--policy-arn", roles.policy_arn, arn) for arn in scope.all("--policy-arn")]
    if scope.get("--read-only") is not None:
        where = scope.get("--role-arn") or account.role.arn or account.mfa_serial
        arns.append(READ_ONLY.format(where.split(":")[1] if where.startswith("arn:") else "aws"))
    return found | ({"policy_arns": tuple(dict.fromkeys(arns))} if arns else {})


def _needs_a_role(account: Account, option: str) -> MfaSessionError:
    why = {
        "--direct": "it is a way to assume one",
        "--policy": "AWS narrows the sessions of roles (AssumeRole), not a user's own (GetSessionToken)",
    }
    reason = why["--policy"] if option in _POLICIES else why.get(option, "")
    return MfaSessionError(
        f"{option} needs a role, and {account.name} has none{': ' if reason else ''}{reason}",
        f"add --role-arn ARN, or {account.where('ROLE_ARN')}",
    )


def _read(name: str, read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise _wrong(name, error) from None


def _wrong(name: str, error: ValueError) -> MfaSessionError:
    sentence, *hints = error.args
    colon = ":" if sentence[0] in "'\"" else ""
    return MfaSessionError(f"{name}{colon} {sentence}", *hints)
