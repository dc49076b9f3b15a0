"""How bash, zsh and fish ask for completions, and what they do with each that comes.

They hand over the line up to the cursor as it is typed. click's own scripts hand over words: bash has split those at each
`=` and `:`, an empty one is lost, and what comes back is inserted as it is, to be executed by the next Enter.
"""

from __future__ import annotations

# $2 is the text that what comes back replaces: behind the last colon, `=` or opening quote.
BASH = """\
if (( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404 )); then
    echo "mfa-session: completion needs bash 4.4 or later, and this is $BASH_VERSION" >&2
    echo "mfa-session: hint: install a newer bash, or use zsh or fish" >&2
else
    %(complete_func)s() {
        local item
        COMPREPLY=()
        while IFS= read -r item; do
            case $item in
                plain,*) COMPREPLY+=("${item#*,}") ;;
                dir) compopt -o dirnames ;;
                file) compopt -o default ;;
            esac
        done <<< "$(env %(complete_var)s=bash_complete COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_TEXT="$2" \\
            %(prog_name)s 2>/dev/null)"
    }
    complete -o nosort -F %(complete_func)s %(prog_name)s
fi
"""

# Saved as `_mfa-session` in a folder of fpath, the first line makes compinit load it when it is needed: all of it then is
# the body of that function, at the first Tab and at each that follows.
ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a plain described
    local kind value text found=1
    local line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$IPREFIX$PREFIX"
    compset -P '--*='
    while IFS= read -r kind && IFS= read -r value && IFS= read -r text; do
        case $kind in
            plain) if [[ -n $text ]]; then described+=("$value:$text"); else plain+=("$value"); fi ;;
            dir) _files -/ && found=0 ;;
            file) _files && found=0 ;;
        esac
    done < <(env %(complete_var)s=zsh_complete COMP_WORDS="$line" %(prog_name)s 2>/dev/null)
    (( $#described )) && _describe -V %(prog_name)s described && found=0
    (( $#plain )) && compadd -V plain -a plain && found=0
    return found
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
    %(complete_func)s "$@"
elif (( $+functions[compdef] )); then
    compdef %(complete_func)s %(prog_name)s
else
    echo 'mfa-session: completion needs compinit' >&2
    echo 'mfa-session: hint: put this before it: autoload -Uz compinit && compinit' >&2
fi
"""

FISH = """\
function %(complete_func)s
    set -l line (commandline -cp | string collect)
    set -l token (commandline -ct)
    set -l option (string match -r -- '^--[^=]*=' $token)
    set -l path (string replace -r -- '^--[^=]*=' '' $token)
    for item in (env %(complete_var)s=fish_complete COMP_WORDS="$line" %(prog_name)s 2>/dev/null)
        set -l parts (string split -m 1 , -- $item)
        switch $parts[1]
            case plain
                printf '%%s\\n' $parts[2]
            case dir
                printf "$option%%s\\n" (complete -C "mfa-session-path $path" | string match -r '^[^\\t]*/(?:\\t.*)?$')
            case file
                printf "$option%%s\\n" (complete -C "mfa-session-path $path")
        end
    end
end

complete --no-files --command %(prog_name)s --arguments '(%(complete_func)s)'
"""
