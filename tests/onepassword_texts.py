"""What `op` has been seen to print when it fails, by what it has to be taken for; without prefix and nesting.

`tls` and `permission` are here as names of items and vaults, too: `op` repeats names, and they must mislead nobody.
"""

from __future__ import annotations

RATE = (
    "(429) Too Many Requests: You've reached the maximum number of this type of requests this {} is allowed to make. "
    "Please retry in {} or try other requests."
)
SERVICE_ACCOUNT = (
    "Validation: (failed to session.DecodeSACredentials), Server: (failed to DecodeSACredentials), "
)
POST = 'authenticating with the server: Post "https://my.1password.com/api/v3/auth/start": '
ITEM_HELP = "Specify the item with its UUID, name, or domain."
VAULT_HELP = "Specify the vault with its ID or name."
NO_ACCOUNTS = """\
No accounts configured for use with 1Password CLI.

You can either:
 - Turn on the 1Password desktop app integration to sign in with the accounts you've added to the app: https://developer.1password.com/docs/cli/app-integration/ for details.
 - Add an account manually with 'op account add' and sign in by entering your password on the command line. See 'op account add --help' for details.
 - Authenticate using a 1Password service account by setting the 'OP_SERVICE_ACCOUNT_TOKEN' environment variable to your service account token. Learn more: https://developer.1password.com/docs/service-accounts/\x20
 - Use 1Password CLI with a Connect server by setting the 'OP_CONNECT_HOST' and 'OP_CONNECT_TOKEN' environment variables to your Connect host and token, respectively. Learn more: https://developer.1password.com/docs/connect/

Do you want to add an account manually now? [Y/n]\x20"""

# What the texts of a kind have in common; each of these is enough by itself.
SIGNS = {
    "AUTH_DISMISSED": ["authorization prompt dismissed", "authorization was denied"],
    "AUTH_TIMEOUT": ["authorization timeout", "authorization timed out", "authorization took too long"],
    "RATE_LIMITED": ["(429)", "too many requests"],
    "SA_INVALID": [
        "service account deleted",
        "integration has been deleted",
        "decodesacredentials",
        "signin credentials are not compatible",
        "deserializeserviceaccountauthtoken",
    ],
    "MULTI_ACCOUNT": ["multiple accounts found"],
    "NO_ACCOUNT": ["no accounts configured", "no account found for filter"],
    "CONFIG_OWNER": ["because it's not owned by the current user"],
    "APP_TRANSIENT": ["connecting to desktop app timed out", "read: context deadline exceeded"],
    "APP_UNREACHABLE": [
        "connecting to desktop app",
        "couldn't connect to the 1password desktop app",
        "app is locked",
        "requestdelegatedsession",
    ],
    "NOT_SIGNED_IN": [
        "not currently signed in",
        "not signed in",
        "session expired",
        "could not find session token",
        "no active session",
    ],
    "UNAUTHORIZED": ["(401)", "401: unauthorized"],
    "AMBIGUOUS": ["more than one item matches"],
    "VAULT_REQUIRED": ["a vault query must be provided"],
    "NO_OTP": [
        "doesn't have a one-time password",
        "does not have a one-time password",
        "no one-time password",
    ],
    "VAULT_NOT_FOUND": ["isn't a vault"],
    "FIELD_NOT_FOUND": ["does not have a field", "isn't a field"],
    "ITEM_NOT_FOUND": ["isn't an item", "could not find item", "could not resolve item"],
    "BAD_REFERENCE": ["invalid secret reference", "invalid character", "too few '/'", "parsing error"],
    "FORBIDDEN": ["(403)", "(101)", "you do not have permission", "no permission to read it"],
    "TOO_OLD": ["unknown flag", "unknown command"],
    "NETWORK": [
        "dial tcp",
        "no such host",
        "i/o timeout",
        "connection refused",
        "connection reset",
        "remote error: tls: bad certificate",
        "tls handshake timeout",
        "x509",
    ],
    "CRASH": ["panic:"],
    "UNKNOWN": ["nothing of all that"],
}
TEXTS = {
    "AUTH_DISMISSED": [
        "authorization prompt dismissed, please try again",
        "authorization was denied",
    ],
    "AUTH_TIMEOUT": [
        "authorization timeout",
        "authorization timed out",
        "authorization took too long",
    ],
    "RATE_LIMITED": [
        RATE.format("service account", "59 minutes"),
        RATE.format("1Password account", "23 hours and 59 minutes"),
    ],
    "SA_INVALID": [
        "Authentication: (failed to auth.LookupAuth), Network: (failed to request.DoUnencrypted), Server: (403) "
        "(Forbidden (Service Account Deleted)), The Service Account used in this integration has been deleted.",
        "The Service Account used in this integration has been deleted.",
        SERVICE_ACCOUNT + "illegal base64 data at input byte 12",
        SERVICE_ACCOUNT + "invalid credentials provided",
        SERVICE_ACCOUNT + "unexpected end of JSON input",
        SERVICE_ACCOUNT + "failed to DeserializeServiceAccountAuthToken, unrecognized auth type",
        "failed to DeserializeServiceAccountAuthToken, unrecognized auth type",
        "Signin credentials are not compatible with the provided user auth from server",
    ],
    "MULTI_ACCOUNT": [
        "multiple accounts found. Use the --account flag or set the OP_ACCOUNT environment variable to select an account.",
    ],
    "NO_ACCOUNT": [
        NO_ACCOUNTS,
        "No accounts configured for use with 1Password CLI.",
        "no account found for filter ",
        "no account found for filter AAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
    "CONFIG_OWNER": [
        "Can't continue. We can't safely access \"/home/x/.config/op\" because it's not owned by the current user. "
        "Change the owner or logged in user and try again.",
    ],
    "APP_TRANSIENT": [
        "connecting to desktop app timed out",
        "connecting to desktop app: connecting to desktop app timed out",
        "read: context deadline exceeded",
        "connecting to desktop app: read: context deadline exceeded",
    ],
    "APP_UNREACHABLE": [
        "connecting to desktop app: read: connection reset",
        "connecting to desktop app: read: connection reset by peer",
        "connecting to desktop app: 1Password CLI couldn't connect to the 1Password desktop app. "
        "To fix this, update the 1Password app, then try again.",
        "1Password CLI couldn't connect to the 1Password desktop app.",
        "1Password app is locked. Please open 1Password, unlock it with your password, and then try again",
        "RequestDelegatedSession: cannot setup session. Please check the logs of the 1Password app.",
    ],
    "NOT_SIGNED_IN": [
        "You are not currently signed in. Please run `op signin --help` for instructions",
        "account is not signed in",
        "session expired, sign in to create a new session",
        "could not find session token for account my",
        "no active session found for account my",
    ],
    "UNAUTHORIZED": [  # what `op signin` says of a wrong password, and reading of a service account's token
        "Authentication: DB: 401: Unauthorized",
        "(401) Unauthorized: You aren't authorized to perform this action.",
    ],
    "AMBIGUOUS": [
        'More than one item matches "Delete Me". Try again and specify the item by its ID: \n'
        '\t* for the item "Delete Me" in vault Test Data: vwyt5in4gempt67i7d2mpao6c4\n'
        '\t* for the item "Delete Me" in vault Test Data: dmm2ybtxxjlxtv23puevxw5ydy',
    ],
    "VAULT_REQUIRED": [
        "a vault query must be provided when this command is called by a service account",
    ],
    "NO_OTP": [
        '"AWS test" doesn\'t have a one-time password.',
        '"AWS test" does not have a one-time password',
        '"AWS test" has no one-time password',
        "item 'Work/AWS prod' does not have a field 'one-time password'",
        "item 'permission/tls' does not have a field 'one-time password'",
        '"one-time password" isn\'t a field in the "AWS test" item',
    ],
    "VAULT_NOT_FOUND": [
        f'"Work" isn\'t a vault in this account. {VAULT_HELP}',
        f'"permission" isn\'t a vault in this account. {VAULT_HELP}',
        f'"tls" isn\'t a vault in this account. {VAULT_HELP}',
    ],
    "FIELD_NOT_FOUND": [
        "item 'Work/AWS prod' does not have a field 'nope'",
        "item 'Work/AWS prod' does not have a field 'one-time password 2'",
        "item 'Work/tls' does not have a field 'permission'",
        '"nope" isn\'t a field in the "AWS test" item',
        '"tls" isn\'t a field in the "permission" item',
        '"nope" isn\'t a field in the "one-time password" item',
    ],
    "ITEM_NOT_FOUND": [
        f'"AWS test" isn\'t an item. {ITEM_HELP}',
        f'"AWS test" isn\'t an item in the "Private" vault. {ITEM_HELP}',
        f'"permission" isn\'t an item in the "tls" vault. {ITEM_HELP}',
        f'"tls" isn\'t an item. {ITEM_HELP}',
        "could not find item MyItem in vault MyVault, because it has been deleted or archived.",
        "could not resolve item UUID for item AWS: could not find item AWS in vault workvaultaaaaaaaaaaaaaaaaa",
        "could not resolve item UUID for item tls: could not find item tls in vault permission",
    ],
    "BAD_REFERENCE": [
        "invalid secret reference 'op://Work/AWS': too few '/': secret references should have at least vault, item and "
        "field specified",
        "invalid secret reference 'op://Work/AWS (old)/key': invalid character in secret reference: '('",
        "invalid secret reference 'op://permission/tls': too few '/'",
        "parsing error at 1:24: invalid character: (",
    ],
    "FORBIDDEN": [
        "(403) Forbidden: You aren't authorized to access this resource.",
        "(101) You do not have permission to perform this action",
        "You do not have permission to perform this action",
    ],
    "TOO_OLD": [
        "unknown flag: --otp",
        'unknown command "item" for "op"',
    ],
    "NETWORK": [
        "dial tcp: lookup my.1password.com: no such host",
        POST + "dial tcp: lookup my.1password.com: no such host",
        POST + "dial tcp 192.0.2.1:443: i/o timeout",
        POST + "dial tcp 192.0.2.1:443: connect: connection refused",
        POST + "read tcp 192.0.2.2:4711->192.0.2.1:443: read: connection reset by peer",
        POST + "remote error: tls: handshake failure",
        POST + "net/http: TLS handshake timeout",
        POST + "x509: certificate signed by unknown authority",
        POST + "proxyconnect tcp: connection refused",
    ],
    "CRASH": [
        "panic: runtime error: invalid memory address or nil pointer dereference\n\n"
        "goroutine 1 [running]:\nmain.main()",
    ],
    "UNKNOWN": [  # no kind is on record for these, and a guess would cost more than op's own words
        "(400) Bad Request: The structure of request was invalid.",
        "(404) Not Found: The requested resource was not found.",
        "(500) Internal Server Error: An unexpected error occurred.",
        POST + "EOF",
        "interactive IO not available",
        "service account token set, but not authenticated yet",
        'invalid argument "5q" for "--expires-in" flag: strconv.ParseInt: parsing "5q": invalid syntax',
        "accepts 1 arg(s), received 2",
        "expected data on stdin but none found",
        "cannot create an item from template and stdin at the same time",
        "cannot edit an item from template and stdin at the same time",
        "unable to process line 1: invalid JSON in piped input",
        "invalid JSON provided",
        "provide the item category with '--category' flag",
        "Validation: (validateVaultItem failed to Validate), Couldn't validate the item: "
        '"[ItemValidator] has found 1 errors, 0 warnings: \\nErrors:{1. Password item requires ps value}"',
        "unable to generate the one-time password",
        "could not get item Work/tls: (404) Not Found: The requested resource was not found.",
        "could not get item Work/permission: (404) Not Found: The requested resource was not found.",
        'the item "permission" is of a category that is not supported',
        "something that nobody has seen yet {0} {line} %s",
    ],
}
