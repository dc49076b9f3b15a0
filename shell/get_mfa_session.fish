#!/usr/bin/env fish
# Leaves an AWS session in the fish that sources this:  source (command -s get_mfa_session.fish) [ACCOUNT]
# It leaves nothing behind but what mfa-session prints: the variables, and the function mfa_session_deactivate.

if not status stack-trace | string length -q
    echo "mfa-session: this has to change your shell, so it must be sourced" >&2
    echo "mfa-session: hint: type: source (command -s get_mfa_session.fish)" >&2
    exit 2
end

begin
    set -l program mfa-session
    set -l here (string replace -rf '/[^/]*$' '' -- (status current-filename))
    for beside in $here/mfa-session $here/../.venv/bin/mfa-session
        if test -x $beside -a ! -d $beside
            set program $beside
            break
        end
    end
    if not command -q $program
        echo "mfa-session: the program mfa-session is not on PATH" >&2
        echo "mfa-session: hint: in its checkout, type: pipx install ." >&2
        return 127
    end
    set -l statements (command $program export $argv --shell fish)
    or return
    string join \n -- $statements | source
end
