#!/bin/sh
# cli.sh: the harness every command shares, through tests/tool: the command line, messages, descriptors,
# endings.
. "${srcdir:-.}/tests/lib.sh"

PATH=$builddir/tests:$PATH
# "heed " where commands are called so, --disable-bare-names.
heed=$(tool --help | sed -n 's/^Usage: \(heed \)*tool .*/\1/p')

t_defaults() {
    tool -q > got && printf '%s\n' count=3 size=4096 rate=0.5 fast=off mode=show output= item= \
        secret=0 'verbose=0 quiet=1' > want && same want got
}
t_forms() {
    tool -qc5 --size=1M --rate 0.25 -f --item a --item=b -o x -vv -- -z > got &&
        printf '%s\n' 'count=5 (given)' 'size=1048576 (given)' 'rate=0.25 (given)' \
            'fast=on (given)' mode=show 'output=x (given)' 'item=a,b (given)' secret=0 \
            'operand -z' 'verbose=2 quiet=1' > want && same want got
}
t_dash_operand() { tool -q - > got && grep -qx 'operand -' got; }
t_grouped() { tool -fqc 7 > got && grep -qx 'count=7 (given)' got && grep -qx 'fast=on (given)' got; }
t_switch_off() { tool -q --fast=off > got && grep -qx 'fast=off (given)' got; }

t_unknown() { fails 2 'did you mean --count?' tool --cuont 4 && fails 2 "try '${heed}tool --help'" tool --zzz; }
t_unknown_letter() { fails 2 'unknown option -z' tool -z; }
t_unknown_bytes() { fails 2 'unknown option -' tool "-$(printf '\377')"; }
t_abbreviated() {
    tool -q --cou 5 --si=1M --fa > got && grep -qx 'count=5 (given)' got && grep -qx 'size=1048576 (given)' got &&
        grep -qx 'fast=on (given)' got && fails 2 'option --s is ambiguous: --size, --secret, --stats, --store' tool --s &&
        fails 2 'option --count: value missing' tool --cou && fails 2 'option --count given twice' tool --count 1 --cou 2 &&
        fails 2 'unknown option --' tool --=3 && fails 2 'unknown option --counts' tool --counts 3
}
t_options_file() {
    printf '%s\r\n' '# a comment' '' 'count 5   # how many' '--size=1M' 'rate = 0.25' 'fast' '-o x#y' '	item "b # c "' \
        "item 'd'" > opts && tool -q --options opts --rate 0.5 > got && printf '%s\n' 'count=5 (given)' 'size=1048576 (given)' \
        'rate=0.5 (given)' 'fast=on (given)' mode=show 'output=x#y (given)' 'item=b # c ,d (given)' secret=0 \
        'verbose=0 quiet=1' > want && same want got
}
# The command line wins wherever it stands, a later file over an earlier; lists are one source's.
t_options_files() {
    printf 'count 5\nitem a\nsecret 1\n' > one && printf 'count 6\nitem b\n' > two &&
        tool -q --options one --options two > got && grep -qx 'count=6 (given)' got && grep -qx 'item=b (given)' got &&
        grep -qx 'secret=1 (given)' got && tool -q --item c --options one --count 7 > got && grep -qx 'count=7 (given)' got &&
        grep -qx 'item=c (given)' got
}
t_options_wrong() {
    bad() { printf "$1" > opts && fails 2 "opts:2: $2" tool --options opts; }
    bad '\ncount many\n' "option --count: 'many' is no whole number" && bad '\ncuont 3\n' 'unknown option --cuont; did you mean --count' &&
        bad 'count 1\ncount 2\n' 'option --count given twice' && bad '\ncount\n' 'option --count: value missing' &&
        bad '\nhelp\n' 'option --help belongs on the command line' && bad '\noptions other\n' 'option --options belongs on' &&
        bad '\nitem "a\n' 'option item: a quote is not closed' && bad '\n= 3\n' 'want NAME VALUE' && bad '\ncou\000nt 3\n' 'holds a NUL' &&
        bad '\n-z 3\n' 'unknown option --z' && fails 1 'option --options: cannot open none: No such file' tool --options none &&
        fails 1 'cannot read .: Is a directory' tool --options . && fails 2 'standard input is for data' tool --options -
}
t_missing() { fails 2 'option --count: value missing' tool --count && fails 2 'value missing' tool -c; }
t_range() { fails 2 'option --count: 101 not in [1, 100]' tool -c 101; }
t_number() {
    for number in 12abc '' ' 5' 1e3 99999999999999999999 0x5 +5; do
        fails 2 'no whole number' tool --count="$number" || return
    done
}
t_repeated() { fails 2 'option --count given twice' tool -c 1 --count 2; }
t_operands() { fails 2 "unexpected operand 'c'" tool a b c; }
t_choice() { fails 2 'not one of show|copy' tool -m dance && fails 2 'did you mean flood?' tool -m folod; }

t_failure() {
    fails 1 'tool: thing a\x0ab is broken' tool -m fail > got && echo 'a result before the failure' > want && same want got
}
t_upstream() { status 1 tool -m upstream 2> err && test ! -s err; }
t_memory() { fails 1 'out of memory' tool -m memory; }
t_notes() { tool > /dev/null 2> err && printf 'tool: a note\ntool: warning: a warning with an escape \\x1b[31m\n' > want && same want err; }

t_stray() { tool -m stray > got 2> err && echo data > want && same want got && grep -qx stray err; }
t_closed_stdin() { fails 1 '<stdin>' tool -m copy <&-; }
t_closed_stdout() { fails 1 'cannot write <stdout>: Bad file descriptor' tool -q >&-; }
t_closed_stderr() { status 1 tool -m fail 2>&- > got && grep -q result got; }
t_full() { fails 1 'No space left on device' tool -q > /dev/full; }
# 8 blocks of 512 or 1024 bytes, by the shell; what was written is there.
t_limit() {
    (ulimit -f 8 && fails 1 'cannot write <stdout>: File too large' tool -m flood > limited) && test -s limited
}
t_full_help() {
    fails 1 'No space left on device' tool --help > /dev/full && fails 1 'No space left' tool --version > /dev/full
}

# The left side's status comes through a file, since a pipe's is that of its last command.
t_sigpipe() {
    { s=0; tool -m flood 2> err || s=$?; echo "$s" > got; } | head -c 10 > /dev/null
    echo 141 > want && same want got && test ! -s err
}
t_sigpipe_ignored() {
    (trap '' PIPE; { s=0; tool -m flood 2> err || s=$?; echo "$s" > got; } | head -c 10 > /dev/null)
    echo 1 > want && same want got && test "$(wc -l < err)" -eq 1 && grep -q 'Broken pipe' err
}

# ready_then SIGNAL PID: waits for the note "ready" in err, then sends the signal.
ready_then() {
    tries=0
    until grep -q ready err; do
        tries=$((tries + 1))
        test "$tries" -lt 500 || return 1
        sleep 0.02
    done
    kill -s "$1" "$2"
}
t_signal() {
    for signal in INT:130 TERM:143 HUP:129; do
        rm -rf folder && mkdir folder && : > err || return
        env --default-signal=INT tool -m commit -o folder/out 2> err & # a shell's background ignores SIGINT
        pid=$!
        ready_then "${signal%:*}" "$pid" || return
        test -n "$(ls -A folder)" || echo 'temporary already gone'
        status "${signal#*:}" wait "$pid" || return
        test -z "$(ls -A folder)" || { ls -A folder; return 1; }
    done
}
t_catch() {
    : > err
    tool -m catch > got 2> err &
    pid=$!
    ready_then TERM "$pid" && status 143 wait "$pid" && echo 'caught 15' > want && same want got
}

t_help() {
    tool --help > got && head -n 1 got | grep -qx "Usage: ${heed}tool \[-m MODE\] \[FILE...\]" &&
        grep -qF -e '-c, --count=N' got && grep -qF 'how many (default 3; [1, 100])' got &&
        grep -qF 'any number of times' got && grep -q -e --secret got &&
        test "$(awk 'length > 79' got | wc -l)" -eq 0
}
t_short_help() {
    tool -h > got && head -n 1 got | grep -qx "Usage: ${heed}tool \[-m MODE\] \[FILE...\]" && grep -qF -e '--count=N' got &&
        ! grep -q secret got && grep -qx "${heed}tool --help tells all." got && tool -qh > grouped && same got grouped &&
        tool --help=short > long && same got long
}
# One screen each, with an example, and for heed itself.
t_screens() {
    for program in "$builddir"/cli/*; do
        name=${program##*/}
        case $name in *.*) continue ;; esac
        { test -x "$program" && test -f "$program"; } || continue
        "$program" -h > got && test "$(wc -l < got)" -le 24 && grep -qx 'Examples:' got &&
            test "$(sed '/^Examples/,$d' got | awk 'length > 79' | wc -l)" -eq 0 || { echo "$name"; return 1; }
        "$program" -V > got && "$program" --version > long && same got long || { echo "$name"; return 1; }
    done
}
t_man() { tool --help=man > got.1 && grep -q secret got.1 && grep -qF '\&.The second' got.1; }
t_man_lint() { tool --help=man > tool.1 && mandoc -Tlint tool.1 > lint; cat lint; test ! -s lint; }
t_version() {
    tool --version > got && head -n 1 got | grep -qE '^tool \(heed\) [0-9]+\.[0-9]+\.[0-9]+$' &&
        grep -qE '^compiler: (gcc|clang) [0-9]+\.' got && grep -qx 'licence: MIT' got && tool -V > short && same got short
}
t_help_wins() { tool --help --zzz > help && test -s help; }

t_heed_lists() { heed > got && grep -q '^  tokenize' got; }
t_heed_runs() {
    mkdir -p exec && ln -sf "$builddir/tests/tool" exec/tool &&
        HEED_EXEC_PATH=$PWD/exec heed tool -q --fast > got && grep -qx 'fast=on (given)' got &&
        HEED_EXEC_PATH=$PWD/exec heed help tool > got && grep -q "^Usage: ${heed}tool" got
}
t_heed_exec_path() { test "$(HEED_EXEC_PATH=/a/b heed --exec-path)" = /a/b; }
t_heed_unknown() { fails 2 "no command 'tokenise', did you mean tokenize" heed tokenise && fails 2 'no command' heed ../x &&
    fails 2 "no command 'hlep', did you mean help" heed hlep && fails 2 "did you mean predict" heed preditc; }
t_plugin_unknown() {
    printf 'a\tb\nc\td\n' > pairs && fails 1 'not found' train --no-store --score mpl -o x.heed pairs && grep -q 'did you mean mlp?' "$scratch/stderr" &&
        fails 1 'did you mean word?' train --no-store --tokenizer wrod -o x.heed pairs && fails 2 'did you mean bleu?' train --metric blue -o x.heed pairs
}
t_verb_unknown() { fails 2 'did you mean list?' runs lsit && fails 2 'did you mean train?' vocab trian x; }
t_heed_nowhere() {
    fails 2 "no command ''" heed '' && (HEED_EXEC_PATH=$PWD/none && export HEED_EXEC_PATH && fails 1 'none/tokenize: No such file' heed tokenize)
}
t_heed_pipe() {
    mkdir -p exec && ln -sf "$builddir/tests/tool" exec/tool
    { s=0; HEED_EXEC_PATH=$PWD/exec heed tool -m flood 2> err || s=$?; echo "$s" > got; } | head -c 10 > /dev/null
    echo 141 > want && same want got
}
t_summaries() {
    heed | sed -n 's/^  \([a-z-]*\)  *\(.*\)/\1 \2/p' > listed && test -s listed || return
    for program in "$builddir"/cli/*; do
        name=${program##*/}
        case $name in *.* | heed) continue ;; esac
        { test -x "$program" && test -f "$program"; } || continue
        grep -qxF "$name $("$program" --help=summary)" listed ||
            { echo "heed lists: $(grep "^$name " listed); $name says: $("$program" --help=summary)"; return 1; }
    done
}

run t_defaults 'defaults'
run t_forms 'every form of an option'
run t_dash_operand 'a dash is an operand'
run t_grouped 'grouped switches with a value at the end'
run t_switch_off 'a switch can be turned off'
run t_unknown 'an unknown option is answered with the nearest'
run t_unknown_letter 'an unknown letter'
run t_unknown_bytes 'an option of foreign bytes'
run t_abbreviated 'a long name may be cut where what is left names one'
run t_options_file 'options from a file, in every form'
run t_options_files 'options of files: the command line holds, then the last file'
run t_options_wrong 'what is wrong in a file of options is told with its line'
run t_missing 'a missing value'
run t_range 'a value out of range'
run t_number 'O07 numbers that are none'
run t_repeated 'an option given twice'
run t_operands 'too many operands'
run t_choice 'a word that is no choice'
run t_failure 'a failure is one line, and what came before it is written'
run t_upstream 'a reason told upstream is not told again'
run t_memory 'out of memory is one line and status 1'
run t_notes 'notes and warnings are escaped'
run t_stray 'what libraries print on stdout stays out of the data'
run t_closed_stdin 'closed standard input'
run t_closed_stdout 'closed standard output'
run t_closed_stderr 'closed standard error'
run t_full 'a full disk is noticed'
run t_limit 'O03 a limit of file size is a full disk, not a silent end'
run t_full_help 'a full disk is noticed by --help and --version'
run t_sigpipe 'a reader that leaves ends us by SIGPIPE, silently'
run t_sigpipe_ignored 'with SIGPIPE ignored it is one line and status 1'
run t_signal 'a signal removes temporaries and is passed on'
run t_catch 'a command may finish its work before it dies of a signal'
run t_help 'help: usage, defaults, ranges, within 79 columns'
run t_short_help '-h: the options most used'
run t_screens '-h of every command fits a screen; -V is --version'
run t_man 'man page out of the same rows'
if command -v mandoc > /dev/null; then
    run t_man_lint 'man page passes mandoc -Tlint'
else
    skip 'no mandoc here' 'man page passes mandoc -Tlint'
fi
run t_version 'version'
run t_help_wins 'help is answered at once'
run t_heed_lists 'heed lists the commands'
run t_heed_runs 'heed runs a command, and heed help tells about it'
run t_heed_exec_path 'heed --exec-path'
run t_heed_unknown 'heed names the nearest command'
run t_plugin_unknown 'so are plugins and words of a choice'
run t_verb_unknown 'a misspelt verb is answered with the nearest'
run t_heed_nowhere 'heed: a command without a name, a folder without commands'
run t_heed_pipe 'what heed runs dies of SIGPIPE as if run itself'
run t_summaries 'heed lists every command with its own summary'
t_kernels() {
    HEED_KERNELS=portable predict --version | grep -q '^kernels portable' && HEED_KERNELS='' predict --version | grep -q '^kernels ' &&
        HEED_KERNELS=no predict --kernels portable --version | grep -q '^kernels portable' && ! HEED_KERNELS=no predict --version 2> said && grep -q HEED_KERNELS said
}
run t_kernels '$HEED_KERNELS is the kernel set where --kernels does not say one'
done_testing
