#!/bin/sh
# 41-resume.sh: a training that is killed, stopped, or runs out of disk goes on to the very same bytes.
. "${srcdir:-.}/tests/lib.sh"
has train predict runs || skip_all 'not built'

awk -v n=300 -v seed=11 -f "$srcdir/tests/toy.awk" > pairs.tsv
head -n 30 pairs.tsv > dev.tsv

# Dropout, shuffling, a schedule and early stopping, a checkpoint every moment. With go_by=exec the shell becomes train, so
# that a signal to the one reaches the other.
go_by=
usual='--epochs 30 --patience 3'
! sanitized || usual='--epochs 12 --patience 3' # which take minutes otherwise
length=$usual
# shellcheck disable=SC2086 # options are words
go() { # NAME OPTION...
    go_name=$1
    shift
    $go_by train pairs.tsv --dev dev.tsv --tokenizer word --hidden 24 --layers 2 --dropout 0.2 --dropout-attention 0.1 $length --lr 0.01 \
        --metric exact --eval-every 20 --checkpoint-every 15 --warmup 10 --rows 16 -q --keep-checkpoint --name "$go_name" -o "$go_name.heed" "$@"
}

# killed NAME SIGNAL DELAY OPTION...: from the change of its checkpoint on DELAY seconds. Succeeds when the signal found it alive.
killed() {
    killed_name=$1 killed_signal=$2 killed_delay=$3
    shift 3
    killed_before=$(stat -c %i.%Y "$killed_name.ckpt.heed" 2> /dev/null)
    (go_by='exec' && go "$killed_name" "$@" 2> said) &
    killed_pid=$!
    while test "$(stat -c %i.%Y "$killed_name.ckpt.heed" 2> /dev/null)" = "$killed_before"; do
        kill -0 $killed_pid 2> /dev/null || break
        sleep 0.01
    done
    sleep "$killed_delay"
    kill "-$killed_signal" $killed_pid 2> /dev/null
    killed_alive=$?
    killed_status=0
    wait $killed_pid 2> /dev/null || killed_status=$?
    return $killed_alive
}

begin=$(date +%s%N)
go whole || { echo 'Bail out! train fails'; exit 1; }
took=$((($(date +%s%N) - begin) / 1000000))

t_twice() { go twice && same whole.heed twice.heed; }
run t_twice 'R29 the same seed twice: the same bytes'

t_kill() {
    kills=0
    for share in 0.05 0.2 0.4; do
        delay=$(awk -v ms=$took -v share=$share 'BEGIN { print ms * share / 1000 }')
        killed "k$delay" KILL $delay && kills=$((kills + 1))
        go "k$delay" --resume && same whole.heed "k$delay.heed" || return 1
    done
    echo "$kills kills"
    test $kills -ge 2 && set -- .*.tmp.* && test ! -e "$1"
}
run t_kill 'R01 R27 killed at any moment and resumed: the same bytes'

t_copying() {
    go copying --copy on && ! cmp -s whole.heed copying.heed && killed copied KILL 0.1 --copy on && go copied --resume && same copying.heed copied.heed
}
run t_copying 'so does one that copies'

t_transformer() {
    for net in transformer transformer-rnn rnn-transformer; do
        go $net --net $net --heads 4 && killed k$net KILL 0.1 --net $net --heads 4 && go k$net --resume && same $net.heed k$net.heed || return 1
    done
}
run t_transformer 'so do a transformer and nets of which one half is one'

t_chain() {
    kills=0
    for i in 1 2 3 4; do
        test $i -eq 1 && option='' || option=--resume
        # shellcheck disable=SC2086 # one option or none
        killed chain KILL 0.03 $option && kills=$((kills + 1))
    done
    echo "$kills kills"
    go chain --resume && same whole.heed chain.heed && test $kills -ge 3
}
run t_chain 'R27 a chain of kills'

# strace holds the process in its fsync for a while, which is where the signal finds it.
signal_in_save() { # NAME SIGNAL
    strace -f -o trace -e trace=fsync -e inject=fsync:delay_enter=200000:when=1+ sh -c 'echo $$ > pid && exec "$@"' sh \
        train pairs.tsv --dev dev.tsv --tokenizer word --hidden 24 --layers 2 --dropout 0.2 --dropout-attention 0.1 \
        $usual --lr 0.01 --metric exact --eval-every 20 --checkpoint-every 15 --warmup 10 --rows 16 -q \
        --name "$1" --no-store -o "$1.heed" &
    tracer=$!
    for i in $(seq 500); do
        set -- "$1" "$2" ."$1"*.tmp.*
        test -e "$3" && test -e "$1.ckpt.heed" && break
        kill -0 $tracer || break
        sleep 0.01
    done
    kill "-$2" "$(cat pid)"
    save_status=0
    wait $tracer || save_status=$?
}
t_kill_in_save() {
    signal_in_save save KILL
    set -- .save*.tmp.*
    test -e "$1" || { echo 'no temporary was there'; return 1; }
    go save --resume && same whole.heed save.heed && set -- .save*.tmp.* && test ! -e "$1"
}
t_term_in_save() {
    signal_in_save softly TERM
    set -- .softly*.tmp.*
    echo "status $save_status" && test "$save_status" -eq 143 && test ! -e "$1" && go softly --resume && same whole.heed softly.heed
}
if command -v strace > /dev/null && strace -o /dev/null true 2> /dev/null; then
    run t_kill_in_save 'R01 R02 killed while it saves; the temporary is cleared away'
    run t_term_in_save 'R04 SIGTERM while it saves: the save is whole'
else
    skip 'no strace' 'R01 R02 killed while it saves; the temporary is cleared away'
    skip 'no strace' 'R04 SIGTERM while it saves: the save is whole'
fi

t_term() {
    killed term TERM 0.1 || { echo 'it had ended'; return 1; }
    test $killed_status -eq 143 && runs --csv > list && grep 'term' list | grep -q interrupted && go term --resume &&
        same whole.heed term.heed && runs --csv > list && cat list && test "$(grep -c ',term,' list)" -eq 1 &&
        grep ',term,' list | grep -q 'done'
}
run t_term 'R03 SIGTERM saves, is died of, and the run goes on as the same one'

t_second() {
    (go_by='exec' && go second 2> said) &
    pid=$!
    while ! test -e second.ckpt.heed; do
        kill -0 $pid || return 1
        sleep 0.01
    done
    kill -STOP $pid && kill -TERM $pid && kill -HUP $pid && kill -CONT $pid && status_got=0
    wait $pid || status_got=$?
    echo "status $status_got"
    case $status_got in 143 | 129) ;; *) return 1 ;; esac
    go second --resume && same whole.heed second.heed
}
run t_second 'R03 a second signal ends it at once, and nothing is lost'

t_finished() { cp whole.ckpt.heed f.ckpt.heed && cp whole.heed f.heed && go f --resume && same whole.heed f.heed; }
run t_finished 'resuming what is finished changes nothing'

# D13: a finished run of 60 steps is given 200. Whether that is done at once or killed on the way, the bytes are the same.
# The rate is that of a run of 200 from there on, and the note says so.
t_more() {
    length='--steps 60' && go more && cp more.heed m60.heed && cp more.ckpt.heed m60.ckpt.heed && length='--steps 200' &&
        go more --resume && peek more.ckpt.heed > shown && grep -q '^  trainer.step=200$' shown &&
        grep -q '^  train.steps=200$' shown && ! cmp -s m60.heed more.heed || return 1
    kills=0
    for delay in 0 0.03 0.1; do
        cp m60.heed part.heed && cp m60.ckpt.heed part.ckpt.heed && killed part KILL $delay --resume && kills=$((kills + 1))
        length='' && go part --resume && same more.heed part.heed && length='--steps 200' || return 1
    done
    echo "$kills kills"
    cp m60.heed part.heed && cp m60.ckpt.heed part.ckpt.heed &&
        train pairs.tsv --dev dev.tsv --resume --steps 200 --no-store -o part.heed 2> said && cat said &&
        grep -q '^train: 200 steps in all, not 60: from step 61 on rate (0.00[0-9]*, was 0.000[0-9]*) and dropout' said &&
        grep -q 'of a run of this length: linear to 0.0005 at step 200$' said &&
        same more.heed part.heed && test $kills -ge 1 &&
        fails 1 'step 200 is reached, 199 in all are asked for; a new run from its model: --init part.heed' \
            train pairs.tsv --dev dev.tsv --resume --steps 199 --no-store -q -o part.heed
}
run t_more 'D13 a finished run goes on to more steps, in the same bytes however often it is resumed'
length=$usual

t_more_else() {
    length='--epochs 30 --patience 3' && go patient && cp patient.heed e.heed && cp patient.ckpt.heed e.ckpt.heed && peek e.ckpt.heed > shown && grep 'trainer.*step' shown &&
        train pairs.tsv --dev dev.tsv --resume --no-store -o e.heed 2> said && cat said &&
        grep -q '3 evaluations without a better one; a larger --patience goes on' said && same patient.heed e.heed &&
        train pairs.tsv --dev dev.tsv --resume --no-store --patience 5 --checkpoint-every 50 -q -o e.heed &&
        peek e.ckpt.heed > shown2 && ! cmp -s shown shown2 && grep -q '^  train.patience=5$' shown2 &&
        train pairs.tsv --dev dev.tsv --tokenizer word --hidden 8 --steps 20 --keep-checkpoint -q --no-store -o t.heed &&
        train pairs.tsv --dev dev.tsv --resume --epochs 6 --no-store -q --eval-every 2000 -o t.heed && peek t.ckpt.heed > shown &&
        grep -q '^  train.steps=0$' shown && grep -q '^  train.epochs=6$' shown && grep -q '^  trainer.eval-every=2000$' shown &&
        train pairs.tsv --dev dev.tsv --resume --time 1.5 --no-store -o t.heed 2> said && cat said && grep -q 'steps in all, not' said &&
        peek t.ckpt.heed > shown && grep -q '^  train.epochs=0$' shown && grep -q '^  train.time=1.5$' shown &&
        fails 1 'is reached' train pairs.tsv --dev dev.tsv --resume --time 0.01 --no-store -q -o t.heed
}
run t_more_else 'D13 more patience, more time, more epochs'

# What goes no further says so; a run that is given ten times its steps is in its warm-up again.
t_said() {
    length='--steps 20' && go said_run && train pairs.tsv --dev dev.tsv --resume --no-store -o said_run.heed 2> said && cat said &&
        grep -q 'all 20 steps are done; larger --steps, --epochs or --time go on, to that length' said &&
        train pairs.tsv --dev dev.tsv --resume --steps 220 --no-store -o said_run.heed 2> said && cat said &&
        grep -q 'of a run of this length: linear to' said && go again && cp again.heed kept.heed &&
        fails 2 'lr 0.01 -> 0.003; to train on with these, in a run of its own: --init again.heed -o OTHER.heed in place of --resume' \
            train pairs.tsv --dev dev.tsv --resume --lr 3e-3 -q -o again.heed &&
        train pairs.tsv --dev dev.tsv --init again.heed --lr 3e-3 --steps 2 -q --no-store -o other.heed &&
        fails 2 'hidden 24 -> 8; a model keeps its shape: another one begins without --resume' \
            train pairs.tsv --dev dev.tsv --resume --hidden 8 -q -o again.heed &&
        fails 1 'train on with these in a run of its own: --init again.heed' train dev.tsv --dev dev.tsv --resume -q -o again.heed &&
        cp again.ckpt.heed away && rm again.ckpt.heed &&
        fails 1 'no checkpoint again.ckpt.heed (--keep-checkpoint leaves it when a training is done); to train on from the model, in a run of its own: --init again.heed' go again --resume &&
        rm again.heed && fails 1 'no checkpoint again.ckpt.heed; without --resume it begins' go again --resume &&
        cp away again.ckpt.heed && fails 1 'from its last weights, in a run of its own: --init again.ckpt.heed' go again --resume &&
        train pairs.tsv --dev dev.tsv --init again.ckpt.heed --steps 2 -q --no-store -o weights.heed && test -s weights.heed &&
        train pairs.tsv --dev none --tokenizer word --hidden 8 --steps 40 --warmup 100 --schedule rsqrt --keep-checkpoint -q --no-store -o slow.heed &&
        train pairs.tsv --dev none --resume --steps 600 --no-store -o slow.heed 2> said && cat said &&
        grep -q 'of a run of this length: warm-up to step 60, then rsqrt to 0.00[0-9]* at step 600$' said
}
run t_said 'a run that goes no further says which way does'
length=$usual

# --stats speaks of this session: what was done before it took no time of it.
t_stats() {
    train pairs.tsv --dev dev.tsv --resume --stats -o f.heed 2> said && cat said && grep -q '^train: 0 tokens/s, 0.0 GFLOP/s' said
}
run t_stats 'the speed of a resumed training is that of its own updates'

# stopped NAME CHANGE...: the middle of a training, its checkpoint altered.
stopped() {
    stopped_name=$1
    shift
    cp half.heed "$stopped_name.heed" && "$builddir/tests/alter" file "$@" < half.ckpt.heed > "$stopped_name.ckpt.heed"
}
t_other_age() {
    killed half TERM 0.1
    test -s half.heed || cp whole.heed half.heed
    stopped older meta pad-source '' meta train.loss-scale '' && go older --resume && same whole.heed older.heed &&
        stopped newer meta rotary on meta train.rotary on && go newer --resume && same whole.heed newer.heed &&
        stopped less meta train.warmup '' && fails 1 'metadata train.warmup is missing' go less --resume &&
        stopped other meta train.loss-scale '' && fails 2 'loss-scale 0 -> 2' go other --resume --loss-scale 2
}
run t_other_age 'a checkpoint older than an option, and one with an option from the future'

t_options() {
    cp whole.ckpt.heed o.ckpt.heed && cp whole.heed o.heed && cp o.ckpt.heed before &&
        fails 2 'made with other options: hidden 24 -> 8' train pairs.tsv --dev dev.tsv --resume --hidden 8 -q -o o.heed &&
        fails 2 'layers 2 -> 1, lr 0.01 -> 0.003' train pairs.tsv --dev dev.tsv --resume --layers 1 --lr 3e-3 -q -o o.heed &&
        fails 2 '--tokenizer char: that of o.ckpt.heed is word' train pairs.tsv --dev dev.tsv --resume --tokenizer char -q -o o.heed &&
        fails 2 'seed 1 -> 2' train pairs.tsv --dev dev.tsv --resume -s 2 -q -o o.heed &&
        fails 1 'the training data are not those of the checkpoint' train dev.tsv --dev dev.tsv --resume -q -o o.heed &&
        fails 1 'the dev pairs are not those of the checkpoint' train pairs.tsv --dev pairs.tsv --resume -q -o o.heed &&
        train pairs.tsv --dev dev.tsv --resume --hidden 24 --dropout 0.2 -q -o o.heed && same whole.heed o.heed &&
        cp before o.ckpt.heed && rm o.heed && fails 1 'the best model of step' train pairs.tsv --dev dev.tsv --resume -q -o o.heed &&
        same before o.ckpt.heed
}
run t_options 'R24 R26 other options, other data, other dev pairs, a model that is gone'

t_damaged() {
    head -c 3000 whole.ckpt.heed > d.ckpt.heed && cp whole.heed d.heed && fails 1 'd.ckpt.heed: ' go d --resume &&
        cp whole.heed d.ckpt.heed && fails 1 'd.ckpt.heed: ' go d --resume && same whole.heed d.heed
}
run t_damaged 'a damaged checkpoint, a model in its place'

# The limit holds the model and not its checkpoint, whether the shell counts by 512 or by 1024 bytes.
t_file_limit() {
    checkpoint=$(stat -c %s whole.ckpt.heed) && blocks=$((checkpoint * 9 / 10 / 1024)) &&
        (
            ulimit -f "$blocks"
            fails 1 'limit.ckpt.heed' go limit --no-store
        ) && test ! -e limit.ckpt.heed && set -- .limit*.tmp.* && test ! -e "$1"
}
run t_file_limit 'R07 no room for a checkpoint: one line, no temporary'

t_disk_full() {
    mkdir disk && mount -t tmpfs -o size=1600k tmpfs disk && cp pairs.tsv dev.tsv disk/ || return 1
    (
        cd disk || exit 1
        killed part KILL 0.05
        test -e part.ckpt.heed || exit 1
        cp part.ckpt.heed "$scratch/work/kept" && cp part.heed "$scratch/work/kept.heed" 2> /dev/null
        rm -f .part*.tmp.* # a save that the kill met: resuming would clear it away and make room
        dd if=/dev/zero of=filler bs=1k count=1600 2> /dev/null
        fails 1 'No space left on device' go part --resume --no-store || exit 1
        cmp part.ckpt.heed "$scratch/work/kept" || exit 1
        rm filler
        go part --resume --no-store && cmp part.heed ../whole.heed
    )
    full=$?
    umount disk
    return $full
}
if mkdir try && mount -t tmpfs -o size=64k tmpfs try 2> /dev/null; then
    umount try
    run t_disk_full 'R07 disk full: the last checkpoint stays and is gone on from'
else
    skip 'tmpfs cannot be mounted' 'R07 disk full: the last checkpoint stays and is gone on from'
fi

done_testing
