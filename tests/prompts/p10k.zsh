# ~/.zshrc, below the line that sources ~/.p10k.zsh
zmodload zsh/datetime

function prompt_mfa_session() {
  emulate -L zsh
  [[ -n $MFA_SESSION_PROFILE && $MFA_SESSION_ACCESS_KEY_ID == $AWS_ACCESS_KEY_ID ]] || return 0
  local text=$MFA_SESSION_PROFILE${MFA_SESSION_ROLE_ARN:+ as ${MFA_SESSION_ROLE_ARN##*/}} state=RENEWED color=3
  if [[ $MFA_SESSION_EXPIRES_EPOCH == <1-> ]]; then
    local -i left='MFA_SESSION_EXPIRES_EPOCH - EPOCHSECONDS' minutes
    (( minutes = (left + 30) / 60 ))
    if (( left <= 0 )); then
      text+=' expired' state=EXPIRED color=1
    else
      (( left < 16 * 60 )) && state=DUE color=9 || state=LIVE
      (( minutes < 60 )) && text+=" ${minutes}m" || text+=" $((minutes / 60))h${(l:2::0:)$((minutes % 60))}m"
    fi
  else
    text+=' ↻'  # by AWS_PROFILE or a server, each program renews it
  fi
  p10k segment -s $state -f $color -t "${text//\%/%%}"
}

# In place of `aws`, which shows the account alone. Colours: POWERLEVEL9K_MFA_SESSION_{LIVE,DUE,EXPIRED,RENEWED}_FOREGROUND.
POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS=(mfa_session ${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS:#(aws|mfa_session)})
