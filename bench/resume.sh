#!/bin/sh
# resume.sh: a training with dropout, shuffling, schedule and early stopping is killed with SIGKILL again and again and resumed:
# 15 times after its first checkpoint (each resumed and left to end), a chain of 5 in one training, one of them while
# it saves. Each must end in the bytes of the undisturbed training, and the store must show that at most one
# checkpoint interval was done twice for each kill. The store learns of a step once a second, so the way from checkpoint to
# checkpoint must be longer.
. "$(dirname "$0")/lib.sh"
fresh
corpus=$srcdir/examples/en-fr
head -n 2000 "$corpus/train.tsv" > pairs.tsv
head -n 100 "$corpus/dev.tsv" > dev.tsv
interval=80

# Becomes the training, so that what is started with & and killed is the training and not a shell before it.
start() { # NAME OPTIONS...
    name=$1
    shift
    exec train pairs.tsv --dev dev.tsv --tokenizer word --hidden 256 --dropout 0.2 --epochs 16 --patience 8 --eval-every 30 \
        --checkpoint-every $interval -q --name "$name" -o "$name.heed" "$@" 2>> "$name.said"
}

go() {
    (start "$@")
}

# Starts the training, waits for its checkpoint to change, then kills it DELAY seconds later. Fails when it had ended by itself.
kill_after() { # NAME DELAY OPTIONS...
    name=$1 delay=$2
    shift 2
    before=$(stat -c %Y.%i "$name.ckpt.heed" 2> /dev/null || :)
    start "$name" "$@" &
    pid=$!
    while test "$(stat -c %Y.%i "$name.ckpt.heed" 2> /dev/null || :)" = "$before"; do
        kill -0 $pid 2> /dev/null || break
        sleep 0.02
    done
    sleep "$delay"
    kill -9 $pid 2> /dev/null || { wait $pid || :; return 1; }
    wait $pid 2> /dev/null || :
}

# Kills while the temporary of a save stands in the folder.
kill_in_save() { # NAME OPTIONS...
    name=$1
    shift
    start "$name" "$@" &
    pid=$!
    seen=0
    while kill -0 $pid 2> /dev/null; do
        set -- ."$name"*.tmp.*
        test -e "$1" || continue
        kill -9 $pid 2> /dev/null && seen=1
        break
    done
    wait $pid 2> /dev/null || :
    test $seen -eq 1
}

go whole
sum=$(sha256sum < whole.heed)
wall=$(query "SELECT wall_s FROM run WHERE name = 'whole'")
row resume-wall "$wall" s 'the undisturbed training'

kills=0 equal=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
    # spread over the training; one that ended before is done again and killed earlier
    delay=$(awk -v w="$wall" -v i=$i 'BEGIN { printf "%.2f", w * 0.8 * (i - 1) / 15 }')
    until kill_after "one$i" "$delay"; do
        rm -f "one$i".*
        delay=$(awk -v d="$delay" 'BEGIN { printf "%.2f", d * 0.7 }')
    done
    kills=$((kills + 1))
    go "one$i" --resume
    test "$(sha256sum < "one$i.heed")" != "$sum" || equal=$((equal + 1))
done
row resume-single "$equal" of-15 'killed once after the first checkpoint, same bytes'

resume='' chain=0
for i in 1 2 3 4; do
    # shellcheck disable=SC2086 # none or one option
    if kill_after chain 0.7 $resume; then
        chain=$((chain + 1))
    fi
    resume=--resume
done
in_save=0
if kill_in_save chain --resume; then
    in_save=1
fi
go chain --resume
test "$(sha256sum < chain.heed)" = "$sum" && same=1 || same=0
row resume-chain "$same" of-1 "killed $chain times and $in_save time while saving, same bytes"

redone=$(query "SELECT coalesce(max(redone), 0) FROM v_redone")
count=$(query "SELECT count(*) FROM v_redone")
row resume-kills "$((kills + chain + in_save))" kills 'SIGKILL'
row resume-redone "$redone" steps "done twice for one kill at most, of $count resumptions; a checkpoint every $interval"
test $equal -eq 15 && test "$same" -eq 1 && test "$redone" -le $interval && test $((kills + chain + in_save)) -ge 20
