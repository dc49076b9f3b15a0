"""The answers of AWS IAM: the caller's own access keys and MFA devices, and what a policy would say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from standins import iam_keys, iam_params, iam_simulation, sts_denials
from standins.sts_errors import Refusal, request_id
from standins.sts_http import Reply
from standins.sts_minting import iso

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.iam_access_key import AccessKey
    from standins.sts_people import Caller, User
    from standins.sts_world import World

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
WHOSE = "Must specify userName when calling with non-User credentials"


@dataclass(frozen=True)
class Ask:
    params: dict[str, str]
    caller: Caller
    world: World

    @property
    def key_id(self) -> str:
        return self.params["AccessKeyId"]

    def user(self) -> User:
        """The one that is named, or the caller; nobody can do anything about anybody else's keys here."""
        name = self.params.get("UserName")
        if self.caller.role:
            return self._named(name)
        own = self.world.keys.current(self.caller.user)
        if name is not None and (own.root or own.name != name):
            raise no_such_user(name)
        return own

    def _named(self, name: str | None) -> User:
        if name is None:
            raise Refusal("ValidationError", WHOSE, 400)
        for user in self.world.users:
            if (user.account_id, user.name, user.root) == (self.caller.account_id, name, False):
                return user
        raise no_such_user(name)

    def resource(self, action: str) -> str:
        """What a denial says that the action was about."""
        if action == "SimulatePrincipalPolicy":
            return self.params.get("PolicySourceArn", "")
        return f"user {self.params.get('UserName', self.caller.user.name)}"


def answer(action: str, params: dict[str, str], caller: Caller, world: World) -> Reply:
    """The reply to an authenticated request for one of `ACTIONS`; refuses what AWS refuses."""
    ask = Ask(params, caller, world)
    sts_denials.check(caller, f"iam:{action}", ask.resource(action))
    iam_params.check(action, params)
    result = ACTIONS[action](ask)
    number = request_id()
    inner = f"<{action}Result>{result}</{action}Result>" if result else ""
    text = (
        f'<{action}Response xmlns="{NAMESPACE}">{inner}'
        f"<ResponseMetadata><RequestId>{number}</RequestId></ResponseMetadata></{action}Response>"
    )
    return Reply(200, text.encode(), [("Content-Type", "text/xml"), ("x-amzn-RequestId", number)])


def no_such_user(name: str) -> Refusal:
    return Refusal("NoSuchEntity", f"The user with name {name} cannot be found.", 404)


def _create(ask: Ask) -> str:
    user = ask.user()
    key = ask.world.keys.create(user)
    secret = f"<SecretAccessKey>{key.secret}</SecretAccessKey>"
    return f"<AccessKey>{_key(user, key)}{secret}</AccessKey>"


def _list(ask: Ask) -> str:
    user = ask.user()
    shown, more = iam_params.page(ask.params, ask.world.keys.listed(user))
    members = "".join(f"<member>{_key(user, key)}</member>" for key in shown)
    return f"{_name(user)}<AccessKeyMetadata>{members}</AccessKeyMetadata>{more}"


def _update(ask: Ask) -> str:
    ask.world.keys.set_active(ask.user(), ask.key_id, active=ask.params["Status"] == "Active")
    return ""


def _delete(ask: Ask) -> str:
    ask.world.keys.delete(ask.user(), ask.key_id)
    return ""


def _last_used(ask: Ask) -> str:
    found = ask.world.keys.find(ask.key_id)
    if not found or found[0].account_id != ask.caller.account_id:
        raise iam_keys.no_such_key(ask.key_id)
    use = ask.world.keys.uses.get(ask.key_id)
    date = f"<LastUsedDate>{iso(use.at)}</LastUsedDate>" if use else ""
    service, region = (escape(use.service), escape(use.region)) if use else ("N/A", "N/A")
    where = f"<ServiceName>{service}</ServiceName><Region>{region}</Region>"
    return f"{_name(found[0])}<AccessKeyLastUsed>{date}{where}</AccessKeyLastUsed>"


def _get_user(ask: Ask) -> str:
    user = ask.user()
    who = f"<Path>/</Path>{_name(user)}<UserId>{user.user_id}</UserId><Arn>{escape(user.arn)}</Arn>"
    return f"<User>{who}<CreateDate>{iso(ask.world.keys.born(user))}</CreateDate></User>"


def _devices(ask: Ask) -> str:
    user = ask.user()
    serials = [user.mfa_serial] if user.mfa_devices is None else user.mfa_devices
    shown, more = iam_params.page(ask.params, serials)
    date = f"<EnableDate>{iso(ask.world.keys.born(user))}</EnableDate>"
    members = "".join(
        f"<member>{_name(user)}<SerialNumber>{escape(serial)}</SerialNumber>{date}</member>"
        for serial in shown
    )
    return f"<MFADevices>{members}</MFADevices>{more}"


def _simulate(ask: Ask) -> str:
    arn = ask.params["PolicySourceArn"]
    own = ask.world.keys.current(ask.caller.user)
    if ask.caller.role or own.root or arn != own.arn:
        raise no_such_user(arn.rpartition("/")[2])
    return iam_simulation.simulate(ask.params, own)


def _key(user: User, key: AccessKey) -> str:
    made = iso(key.created or 0)
    number = f"<AccessKeyId>{key.id}</AccessKeyId><Status>{key.status}</Status>"
    return f"{_name(user)}{number}<CreateDate>{made}</CreateDate>"


def _name(user: User) -> str:
    return "" if user.root else f"<UserName>{escape(user.name)}</UserName>"


ACTIONS: dict[str, Callable[[Ask], str]] = {
    "CreateAccessKey": _create,
    "DeleteAccessKey": _delete,
    "GetAccessKeyLastUsed": _last_used,
    "GetUser": _get_user,
    "ListAccessKeys": _list,
    "ListMFADevices": _devices,
    "SimulatePrincipalPolicy": _simulate,
    "UpdateAccessKey": _update,
}
