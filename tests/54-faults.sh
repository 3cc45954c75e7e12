#!/bin/sh
# 54-faults.sh: each command with calls that fail once, in heed or in a library (tests/fault.c): it gives what it would
# have given, or one line and exit status 1. Files that were there stay good, none is left beside them, and no record of
# the store is lost unsaid.
#
# Of each kind of call in each command HEED_FAULTS (2) are tried, the first and the last among them;
# `make check TESTS=tests/54-faults.sh HEED_FAULTS=500` takes all up to 500 and some minutes.
. "${srcdir:-.}/tests/lib.sh"
has predict train || skip_all 'not built'
! sanitized || skip_all 'sanitizers have an allocator of their own'
${CC:-cc} -shared -fPIC -O1 -o fault.so "$srcdir/tests/fault.c" -ldl || { echo 'Bail out! fault.c does not build'; exit 1; }
limit=${HEED_FAULTS:-2}

# Each trial begins with a copy of the folder t.
mkdir t && cd t || exit 99
export HEED_STORE=store.db
awk -v n=100 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv && cut -f1 pairs.tsv | head -n 20 > text && cut -f2 pairs.tsv | head -n 20 > ref &&
    train -q --tokenizer sentencepiece:normalise=nmt --vocab-size 300 --hidden 4 --steps 2 --dev none -o m.heed pairs.tsv &&
    train -q --no-store --hidden 4 --steps 2 --dev none -o small.heed pairs.tsv &&
    vocab train -q --tokenizer word words pairs.tsv &&
    tokenize -q -m m.heed text > ids && batch-mask ids > batches && encode -m m.heed batches > memory &&
    decode -q -m m.heed --attention memory > attention && decode -q -m m.heed --hypotheses memory > hypotheses &&
    decode -q -m m.heed memory > lines &&
    evaluate -q --ref ref text > table && echo '{"record":"run","run":"00000000000000000000000000000001","kind":"train","at":"2026-01-01T00:00:00.000Z"}' > old.run ||
    { echo 'Bail out! nothing to try with'; exit 1; }
runs list --csv | wc -l > n_runs
cd .. || exit 99

kinds='malloc mmap thread getrandom open read write fsync truncate stat rename unlink dup lock eintr short'
tried=0

# trial FAULT COMMAND...: in a fresh copy of t, with what it says in `said` and its results in `got`.
trial() {
    trial_fault=$1
    shift
    rm -rf d && cp -r t d && cd d || return 1
    trial_status=0
    FAULT=$trial_fault FAULT_COUNT=$scratch/work/count LD_PRELOAD=$scratch/work/fault.so "$@" > ../got 2> ../said < /dev/null || trial_status=$?
    cd ..
}

# sound: what is in d is what was in t, or the new file that the command makes; stores open and say what was recorded.
sound() {
    ls -A d > left
    for sound_name in $(cat left); do
        case $sound_name in
        *.db-journal | *.heed.run) ;;
        .*.tmp.* | .*.lock) test "${trial_fault%:*}" = unlink || { echo "$sound_name is left"; return 1; } ;;
        *.db) (cd d && runs list --csv) > list 2> why || { cat why; return 1; } ;;
        "$made" | "${made%.heed}.ckpt.heed")
            case $sound_name in *.heed)
                (cd d && predict -q --no-store -m "$sound_name" text) > text.of 2> why || { cat why; return 1; }
                test "$(wc -l < text.of)" -eq 20 || return 1
                ;;
            esac
            ;;
        *) cmp "t/$sound_name" "d/$sound_name" || return 1 ;;
        esac
    done
}

# judged: status and lines are as they should be; a success has given what it gives undisturbed.
judged() {
    case $trial_status in
    0)
        cmp "want.$made" got || grep -q ': broken: ' got || return 1
        test "$made" = - || test -s "d/$made" || { echo "no $made"; return 1; }
        test "$recorded" = 0 || test "$(wc -l < list)" -eq $(($(cat t/n_runs) + recorded)) || grep -qE 'record|store' said || { echo 'the record is lost unsaid'; return 1; }
        ;;
    1) test "$(wc -l < said)" -eq 1 || { case $trial_fault in write*) test ! -s said ;; *) grep -q 'record' said ;; esac } ;;
    *) return 1 ;;
    esac
}

# numbers N: which of N calls are tried.
numbers() {
    awk -v n="$1" -v limit="$limit" 'BEGIN { for (i = 0; i < limit && i < n; i++) print n <= limit ? i + 1 : 1 + int(i * (n - 1) / (limit - 1)) }'
}

# faulty MADE RECORDED COMMAND...: MADE is the file that it makes (-: none), RECORDED how many runs it records.
faulty() {
    made=$1 recorded=$2
    shift 2
    trial none:0 "$@"
    cp got "want.$made"
    sound && judged && test "$trial_status" -eq 0 || { echo "undisturbed: exit status $trial_status: $*"; cat said; return 1; }
    for kind in $kinds; do
        trial "$kind:0" "$@"
        for n in $(numbers "$(cat count)"); do
            tried=$((tried + 1))
            trial "$kind:$n" "$@"
            sound > wrong 2>&1 && judged >> wrong 2>&1 && continue
            echo "$kind:$n: exit status $trial_status: $*"
            cat wrong said
            faults=$((faults + 1))
            test "$faults" -lt "${HEED_FAULTS_SHOWN:-1}" || return 1
        done
    done
    test "$faults" -eq 0
}
try() {
    try_what=$1
    shift
    faults=0
    the_try() { faulty "$@"; }
    eval "try_now() { the_try $*; }"
    run try_now "$try_what"
}

try 'tokenize' - 0 tokenize -q -m m.heed text
try 'batch-mask' - 0 batch-mask -q ids
try 'encode' - 0 encode -q -m m.heed batches
try 'decode' - 0 decode -q -m m.heed memory
try 'attend' - 0 attend -q -m m.heed attention
try 'detokenize' - 0 detokenize -q hypotheses
try 'predict' - 0 predict -q -j 2 -m m.heed text
try 'evaluate' - 1 evaluate -q --ref ref text
try 'peek' - 0 peek --values ids
try 'plot' - 0 plot --line 1 attention
try 'plot --svg' map.svg 0 plot --line 1 -o map.svg attention
try 'vocab train' - 0 vocab train --force --tokenizer word words pairs.tsv
try 'vocab export' - 0 vocab export words
try 'runs list' - 0 runs list
try 'runs import' - 1 runs import -q old.run
try 'plugins' - 0 plugins
try 'train' new.heed 1 train -q --tokenizer sentencepiece --vocab-size 300 --hidden 4 --steps 2 --dev none -o new.heed pairs.tsv
try 'train --force' small.heed 1 train -q --force --hidden 4 --steps 2 --dev none -o small.heed pairs.tsv
echo "# $tried calls failed"
done_testing
