#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2034,SC3028  # words for other shells are evaluated only by those
# Leaves an AWS session in the shell that sources this:  source get_mfa_session.sh [ACCOUNT]
# One text for bash (3.2 on), zsh, ksh93, mksh, dash and busybox. It leaves nothing behind but what
# mfa-session prints: the variables, and the function mfa_session_deactivate.

# Only zsh changes $0 in a sourced file, and only zsh says in a variable how the file is being run.
case "${ZSH_EVAL_CONTEXT-}:$0" in
  *file*:*) ;;
  toplevel:* | *:get_mfa_session.sh | */get_mfa_session.sh)
    echo "mfa-session: this has to change your shell, so it must be sourced" >&2
    echo "mfa-session: hint: type: source get_mfa_session.sh" >&2
    exit 2
    ;;
esac

# zsh is interrupted along with the program it waits for, and which status it has then is a matter of luck. So there
# this file is sourced once more, in a function that looks away meanwhile and gives the traps back when it ends.
case "${ZSH_EVAL_CONTEXT-}" in
  '' | *:eval:shfunc:file) ;;
  *)
    eval '() { setopt localoptions localtraps globalexport; trap "" INT; . "${(%):-%x}"; }' '"$@"'
    return
    ;;
esac

# Nothing is printed on stdout unless all has gone well; a failure is evaluated as its own status.
# The parentheses keep every variable of the search for the program out of the shell.
eval "$(
  here=${BASH_SOURCE-}
  [ -z "${ZSH_VERSION-}" ] || { eval 'here=${(%):-%x}' && trap : INT; }
  [ -z "${KSH_VERSION-}" ] || here=$(eval 'printf %s "${.sh.file}"' 2>/dev/null) || here=
  case $here in
    (*/*) here=${here%/*} ;;  # the first parenthesis is for bash 3.2, which counts them
    (*) here= ;;
  esac
  program=mfa-session
  for beside in "$here/mfa-session" "$here/../.venv/bin/mfa-session"; do
    if [ -n "$here" ] && [ -x "$beside" ] && [ ! -d "$beside" ]; then
      program=$beside
      break
    fi
  done
  if command -v "$program" >/dev/null 2>&1; then
    command "$program" export "$@" --shell sh || echo "return $?"
  else
    echo "mfa-session: the program mfa-session is not on PATH" >&2
    echo "mfa-session: hint: in its checkout, type: pipx install ." >&2
    echo "return 127"
  fi
)"
