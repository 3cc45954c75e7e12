#!/bin/sh
# 63-completion.sh: completion for bash, as bash calls it.
. "${srcdir:-.}/tests/lib.sh"
command -v bash > /dev/null || skip_all 'no bash here'
script=$builddir/docs/heed.bash
test -f "$script" || skip_all 'not built'

# completed WORD...: what bash is offered for the last word, a line each.
completed() {
    bash -c '. "$0" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _heed && printf "%s\n" "${COMPREPLY[@]}"' "$script" "$@"
}
# offers WANT WORD...: exactly these words.
offers() {
    want=$1
    shift
    completed "$@" | tr '\n' ' ' | sed 's/ $//' > got && test "$(cat got)" = "$want" && return
    echo "wanted '$want', got '$(cat got)': $*" && return 1
}

t_options() {
    offers '--src --src-tokenizer --src-eos' train --src && offers '--help' /usr/bin/predict -m x --he && offers --hidden heed train -o x --hid &&
        offers '' train --nonsense
}
t_words() {
    offers 'plain bahdanau luong luong-feed' train --decoder '' && offers 'luong luong-feed' train --decoder = lu &&
        offers 'auto on off' heed train --joint = && offers 'before' predict --mark b
}
t_files() { offers '' train --init '' && offers '' train pairs && offers '' predict -m '' && offers '' vocab train ''; }
t_commands() {
    completed heed '' | sort > got && { heed | sed -n 's/^  \([a-z-]*\)  .*/\1/p' && echo help; } | sort > want && same want got &&
        offers predict heed pre
}
# As the commands themselves name them.
t_verbs() {
    for command in runs vocab; do
        $command nonsense 2> said || :
        completed $command '' | tr '\n' ' ' | sed 's/ $//; s/ /, /g' > got && grep -qF "is none of $(cat got)" said || { cat got said && return 1; }
        completed heed $command '' > again && completed $command '' > got && same got again || return
    done
}
# Every long option of every command, but those that -h hides.
t_all() {
    for command in $(heed | sed -n 's/^  \([a-z-]*\)  .*/\1/p'); do
        completed "$command" -- | sort > got && test "$(wc -l < got)" -ge 10 &&
            $command --help | grep -o '^  \(-., \|    \)--[a-z0-9-]*' | sed 's/.*--/--/' | sort > want && test -z "$(comm -23 got want)" || return
    done
}
t_names() {
    bash -c '. "$0" && complete -p heed' "$script" > got && grep -q -e '-F _heed heed' got && bash -n "$script"
}

run t_options 'names of options'
run t_words 'words of a choice'
run t_files 'files, where nothing else is known'
run t_commands 'commands of heed'
run t_verbs 'verbs, as the commands know them'
run t_all 'options of every command'
run t_names 'it is sourced, and set for heed'
done_testing
