# bash completion for heed and its commands. Below this stand _heed_know(), which the build makes of every command's own
# option rows (--help=completion), and the names that are completed.

# What is being completed is the value of this option, where it is one's.
_heed_option() {
    if [[ $cur == = ]]; then
        option=$prev cur=
    elif [[ $prev == = && $COMP_CWORD -ge 3 ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    else
        option=$prev
    fi
}

_heed() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} name=${COMP_WORDS[0]##*/} first=1
    local option options words verbs word
    COMPREPLY=()
    if [[ $name == heed ]]; then
        while [[ $first -lt $COMP_CWORD && ${COMP_WORDS[first]} == -* ]]; do first=$((first + 1)); done
        if [[ $first -lt $COMP_CWORD ]]; then
            name=${COMP_WORDS[first]}
            first=$((first + 1))
        fi
    fi
    _heed_know "$name" || return
    _heed_option
    for word in $words; do
        if [[ $word == "$option="* ]]; then
            word=${word#*=}
            mapfile -t COMPREPLY < <(compgen -W "${word//|/ }" -- "$cur")
            return
        fi
    done
    [[ " $options " != *" $option= "* ]] || return # a file, a number, a name
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${options//=/}" -- "$cur")
    elif [[ $COMP_CWORD -eq $first && $verbs ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
    fi
}
