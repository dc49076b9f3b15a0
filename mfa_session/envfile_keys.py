"""The keys of an account's file, by their names alone."""

from __future__ import annotations

import re

from mfa_session import roles

# Each with its other names.
ALIASES = {
    "AWS_ACCOUNT_ID": ("ACCOUNT_ID",),
    "MFA_SERIAL": ("AWS_MFA_SERIAL", "MFA_ARN"),
    "MFA_DEVICE_NAME": (),
    "OP_ITEM": ("OP_VAULT_ITEM",),
    "OP_VAULT": (),
    "OP_ACCOUNT": (),
    "AWS_ACCESS_KEY_ID": (),
    "AWS_SECRET_ACCESS_KEY": (),
    "AWS_PROFILE": (),
    "AWS_REGION": ("AWS_DEFAULT_REGION",),
    "SESSION_DURATION": (),
    "OTP_SOURCE": (),
    "OTP_COMMAND": (),
    "YKMAN_ACCOUNT": (),
    **{name.upper(): () for name in roles.SETTINGS},
}
# What a mistake in their names would make more powerful must not be passed over.
LIMITS = {"SESSION_DURATION", *(name.upper() for name in roles.SETTINGS)}
KNOWN = [name for key, aliases in ALIASES.items() for name in (key, *aliases)]
# What would send the key and the code somewhere else, or show them to somebody on the way.
REDIRECTS = re.compile(r"AWS_ENDPOINT_URL(_.*)?|AWS_CA_BUNDLE|(HTTPS?|ALL|NO)_PROXY", re.IGNORECASE)
