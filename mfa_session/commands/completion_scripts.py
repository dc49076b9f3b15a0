"""How bash, zsh and fish ask for completions, and what they do with each that comes.

They hand over the line up to the cursor as it is typed. click's own scripts hand over words: bash has split those at each
`=` and `:`, an empty one is lost, and what comes back is inserted as it is, to be executed by the next Enter.

Behind `source get_mfa_session.sh` they ask the same; behind whatever else is sourced, all goes on as it did before.
"""

from __future__ import annotations

# $2 is the text that what comes back replaces: behind the last colon, `=` or opening quote. A path with a colon or `=` in it
# is several words here, so it is put together again, and looked for in the line.
# Where somebody has a completion of `source` already, that one stays.
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

    %(complete_func)s_of_source() {
        local word path=
        COMPREPLY=()
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
            path+=$word
            if [[ /${path%%[\\"\\']} == */get_mfa_session.sh \\
                && ${COMP_LINE:0:COMP_POINT} == *[[:space:]]"$path"[[:space:]]* ]]; then
                compopt +o bashdefault +o default -o nosort
                %(complete_func)s "$@"
                return
            fi
        done
    }
    complete -p source >/dev/null 2>&1 || complete -o bashdefault -o default -F %(complete_func)s_of_source source
    complete -p . >/dev/null 2>&1 || complete -o bashdefault -o default -F %(complete_func)s_of_source .
fi
"""

# Saved as `_mfa-session` in a folder of fpath, the first line makes compinit load it when it is needed: all of it then is
# the body of that function, at the first Tab and at each that follows. What is wrapped stands in compinit's own table.
ZSH = """\
#compdef %(prog_name)s source .

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

%(complete_func)s_of_source() {
    if (( CURRENT > 2 )) && [[ ${${(Q)words[2]}:t} == get_mfa_session.sh ]]; then
        %(complete_func)s
    else
        eval "$1"
    fi
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
    case $service in
        (source|.) %(complete_func)s_of_source _source ;;
        (*) %(complete_func)s "$@" ;;
    esac
elif (( $+functions[compdef] )); then
    compdef %(complete_func)s %(prog_name)s
    () {
        local name
        for name in source .; do
            if (( ! $+_comps )); then  # this compdef only notes it, for a compinit that is to come
                compdef '%(complete_func)s_of_source _source' $name
            elif [[ ${_comps[$name]-} != %(complete_func)s_of_source\\ * ]]; then
                _comps[$name]="%(complete_func)s_of_source ${(q)${_comps[$name]:-_default}}"
            fi
        done
    }
else
    echo 'mfa-session: completion needs compinit' >&2
    echo 'mfa-session: hint: put this before it: autoload -Uz compinit && compinit' >&2
fi
"""

# `complete` only adds, and adds once more each time. What fish itself has for `source`, files, is still offered.
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

functions --query %(complete_func)s_of_source
or complete --no-files --command source --condition %(complete_func)s_of_source --arguments '(%(complete_func)s)'

function %(complete_func)s_of_source
    set -l words (commandline -opc)
    string match -qr -- '(^|/|\\s)get_mfa_session\\.fish\\)?$' "$words[2]"
end
"""
