#!/bin/sh
# 37-tensorboard.sh: curves and outputs of runs as event files, which tests/read_events.c reads by itself.
. "${srcdir:-.}/tests/lib.sh"
has train runs || skip_all 'not built'
read_events() { "$builddir/tests/read_events" "$@"; }

awk -v n=60 -v seed=3 -f "$srcdir/tests/toy.awk" > all && head -n 9 all > dev.tsv && tail -n 50 all > pairs.tsv
train -q --dev dev.tsv --tokenizer word --hidden 8 --steps 100 --eval-every 50 --dev-samples 2 --name a/b -o m.heed pairs.tsv || exit 1

t_values() {
    runs export --tensorboard tb a/b > path && test "$(cat path)" = "$(echo tb/a_b-1/events.out.tfevents.*)" && read_events "$(cat path)" > events &&
        grep -v ' |' events | sort > values &&
        runs sql "SELECT printf('%d %s/%s %.6g', step, split, metric.name, value) FROM metric ORDER BY 1" --csv | tail -n +2 | sort > rows &&
        test "$(wc -l < rows)" -gt 8 && awk 'NR == FNR { v[$1, $2] = $3; n++; next }
            !(($1, $2) in v) || ($3 - v[$1, $2]) ^ 2 > 1e-9 * $3 ^ 2 { print; bad = 1 } END { exit bad || n != FNR }' rows values
}
run t_values 'every metric of the store is a value, with checksums that are right'

t_texts() {
    grep ' |' events > texts && runs sql "SELECT step || ' dev/line ' || line || ' [3] [2] |source |' || source || ' |reference |' || reference || ' |output |' || output
        FROM v_dev_output ORDER BY step, line" --csv | tail -n +2 | tr -d '"' | same - texts && test "$(wc -l < texts)" -eq 4
}
run t_texts 'outputs on dev are tables of texts'

# The newest training without a name; the same bytes again; a byte that is another one is seen.
t_again() {
    cp "$(cat path)" before && runs export --tensorboard tb > again && same path again && same before "$(cat path)" &&
        printf X | dd of=before bs=1 seek=200 conv=notrunc 2> said && status 1 read_events before
}
run t_again 'the same bytes again'

# As it goes on the same comes, by the same steps; a stop and the rest are a file each.
t_live() {
    train -q --dev dev.tsv --tokenizer word --hidden 8 --steps 100 --eval-every 50 --dev-samples 2 --tensorboard live -o live.heed --checkpoint-every 50 --stop 50 pairs.tsv &&
        train -q --dev dev.tsv --resume --tensorboard live -o live.heed pairs.tsv && cat live/live.heed-*/events.out.tfevents.* > /dev/null && : > told &&
        for f in live/live.heed-*/events.out.tfevents.*; do read_events "$f" >> told || return 1; done && sort told > followed && sort events | same - followed
}
run t_live 'train --tensorboard tells the same as it goes on'

t_refused() {
    fails 2 'without --no-store' train -q --no-store --dev none --steps 1 --tensorboard live -o no.heed pairs.tsv &&
    fails 2 'give --tensorboard DIR' runs export && fails 1 "run 'nobody': not in the store" runs export --tensorboard tb nobody &&
        : > file && fails 1 'cannot make the folder file/x' runs export --tensorboard file/x && fails 1 'file/' runs export --tensorboard file
}
run t_refused 'what cannot be is refused in one line'

done_testing
