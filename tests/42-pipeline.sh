#!/bin/sh
# 42-pipeline.sh: the pipeline and the one-process command give the same text, however the lines are grouped, whichever
# stages stand between, and whoever looks in; a failure anywhere is a failure at the end.
. "${srcdir:-.}/tests/lib.sh"
has train predict tokenize batch-mask encode attend decode detokenize || skip_all 'not built'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
learn() { # NAME OPTION...
    learn_name=$1
    shift
    train -q --no-store --tokenizer word --hidden 16 --lr 0.02 --warmup 20 --dropout 0 --dev none -o "$learn_name.heed" "$@" \
        pairs.tsv
}
# Unknown names, empty and blank lines, a long line, one with bytes that are not UTF-8.
awk -v n=150 -v seed=8 -f "$srcdir/tests/toy.awk" | cut -f1 > text
{
    printf '\nthe dog .\n \t\n\nthe zzz\n<unk> <eos> the cat .\n\033[31mthe\377 cat .\n'
    yes 'the dog sees a man with' | head -n 60 | tr '\n' ' '
    printf '\nthe last dog .'
} >> text

learn luong --steps 250 --rows 64 --tokens 1000 || { echo 'Bail out! train fails'; exit 1; }
learn luong-eos --steps 60 --src-eos --score dot --layers 2 &&
    learn bahdanau --steps 60 --decoder bahdanau --cell lstm &&
    learn feed --steps 60 --decoder luong-feed --score general --cell rnn &&
    learn transformer --steps 80 --net transformer --layers 2 --heads 4 && learn reads --steps 60 --net transformer-rnn &&
    learn writes --steps 60 --net rnn-transformer --score mlp --heads 2 &&
    learn copying --steps 60 --copy on && learn plain --steps 60 --decoder plain --bidirectional=off || { echo 'Bail out! train fails'; exit 1; }
models='luong luong-eos bahdanau feed transformer reads writes copying plain'

# Under sanitizers, where every process takes long, other models go fewer ways, fewer models go with each kernel set, and fewer lines go alone.
few=no each=13 kinds='luong transformer copying plain'
! sanitized || few=yes each=40 kinds=plain

# ways MODEL KERNELS: every way through the stages gives the text in `want`.
ways() {
    m="-q -m $1.heed --kernels $2"
    # shellcheck disable=SC2086 # words
    {
        predict $m text > want 2> /dev/null || return 1
        test "$(wc -l < want)" -eq "$(awk 'END { print NR }' text)" || return 1
        for rows in 1 7; do
            predict $m --rows $rows text > got && same want got || return 1
        done
        for jobs in 1 3; do
            predict $m -j $jobs text > got && same want got || return 1
        done
        tokenize -q -m $1.heed text > ids
        encode $m ids | decode $m > got && same want got || return 1
        case $few$1 in no* | *luong | *transformer | *copying) ;; *) return 0 ;; esac
        batch-mask -q ids | encode $m | attend $m | decode $m > got && same want got || return 1
        encode $m < ids | tee memory | attend $m | tee keys | decode $m > got && same want got || return 1
        decode $m memory > got && same want got && attend $m memory | cmp - keys && decode $m < keys > got && same want got || return 1
        batch-mask -q --rows 50 ids | encode $m -j 2 | decode $m -j 5 > got && same want got || return 1
        batch-mask -q --rows 5 --window 64 ids | encode $m | decode $m > got && same want got || return 1
        tokenize -q --rows 1 -m $1.heed text | encode $m | decode $m > got && same want got
    }
}
t_ways() { ways "$model" auto; }
for model in $models; do
    run t_ways "$model: predict and every pipeline give the same text"
done

t_kernels() {
    for kernels in portable avx2 avx512; do
        predict --kernels $kernels -m luong.heed /dev/null 2> err || { cat err; continue; }
        for kind in $kinds; do ways "$kind" $kernels || return 1; done
    done
}
run t_kernels 'within each kernel set'

t_lines() {
    predict -q -m luong.heed text > want && n=0 && while IFS= read -r line || test -n "$line"; do
        n=$((n + 1))
        test $((n % each)) -eq 0 || continue
        printf '%s\n' "$line" | predict -q -m luong.heed > alone && sed -n "${n}p" want | cmp - alone || return 1
    done < text && test "$n" -gt 150
}
run t_lines 'a line alone gives what it gives among others'

# Parts of one stream, the first without a line, each with a window of its own: what one displaces the next may not.
t_parts() {
    predict -q -m luong.heed text > want && tokenize -q -m luong.heed text > ids && printf '' | tokenize -m luong.heed > none &&
        batch-mask --window 64 none > a && batch-mask --window 64 --rows 5 ids > b && batch-mask --window 200 --rows 5 ids > c || return 1
    for parts in 'a c' 'b c a' 'c b'; do
        # shellcheck disable=SC2086 # words
        cat $parts > batches && for part in $parts; do test $part = a || cat want; done > twice &&
            encode -m luong.heed batches | tee memory | decode -m luong.heed > got && same twice got &&
            attend -m luong.heed memory | decode -m luong.heed --hypotheses | detokenize > got && same twice got &&
            batch-mask --window 80 batches | encode -m luong.heed | decode -m luong.heed > got && same twice got || return 1
    done
    "$builddir/tests/alter" meta window -1 < c > x && cat b x | fails 1 'metadata window: -1 not in' detokenize -m luong.heed > got
}
run t_parts 'S42 parts of a stream, each with its own window'

# Displaced twice: of windows of 5 and then 7 lines, line 10 is the longest of both of its own, line 24 the shortest: one comes
# 10 places too late, the other as much too early, and so further ahead than either stage alone, or both together, displace.
t_twice_displaced() {
    awk 'BEGIN { for (i = 0; i < 60; i++) print i == 10 ? "the dog sees a man with a cat ." : i == 24 ? "cat" : "the dog ." }' > lines &&
        predict -q -m luong.heed lines > want && tokenize -q --rows 1 -m luong.heed lines | batch-mask --window 5 --rows 1 |
        batch-mask --window 7 --rows 1 > x && peek x | grep 'window=12$' && encode -m luong.heed x | decode -m luong.heed > got &&
        same want got && detokenize -m luong.heed x > got && same lines got &&
        "$builddir/tests/alter" meta window 7 < x > y && fails 1 'line 10 is missing: line 24 came before it' detokenize -m luong.heed y &&
        "$builddir/tests/alter" meta window 0 < x > y && fails 1 'is missing' detokenize -m luong.heed y
}
run t_twice_displaced 'lines that two stages have displaced come back'

t_workers() {
    awk 'NR % 2 { print; print "" }' text > half && predict -q -m luong.heed -j 1 half > want && predict -q -m luong.heed -j 256 half > got &&
        same want got && fails 2 'option --jobs: 257 not in' predict -m luong.heed -j 257 half &&
        tokenize -q -m luong.heed half | encode -m luong.heed -j 1 > a && tokenize -q -m luong.heed half | encode -m luong.heed -j 2 > b &&
        same a b && decode -m luong.heed -j 2 b > got && same want got
}
run t_workers 'as many workers as may be; one whose rows have no tokens'

t_unknown() {
    printf 'the dog sees a cat with bibibi .\n' > in && predict -m luong.heed in > got &&
        echo 'le chien voit un chat avec bibibi .' > want && same want got &&
        predict --unk keep -m luong.heed in > got && echo 'le chien voit un chat avec <unk> .' > want && same want got &&
        tokenize -m luong.heed in | encode -m luong.heed | decode --unk keep -m luong.heed > got && same want got
}
run t_unknown 'unknown words are copied, or kept as such'

t_empty() {
    for text in '' '\n' '\n\n \n'; do
        # shellcheck disable=SC2059
        printf "$text" > in && predict -m luong.heed in > got && tr -d ' ' < in | cmp - got &&
            tokenize -m luong.heed in | batch-mask | encode -m luong.heed | attend -m luong.heed | decode -m luong.heed > got &&
            tr -d ' ' < in | cmp - got || return 1
    done
}
run t_empty 'T01 T03 T04 nothing, and lines of nothing'

t_text() {
    printf '\357\273\277the dog .\r\n\357\273\277a man .' > in && predict -m luong.heed in > got 2> said && cat said got &&
        test "$(head -n 1 got)" = 'le chien .' && test "$(wc -l < got)" -eq 2 && grep -q '1 lines ended in CR LF' said
}
run t_text 'T02 T05 T07 ends of lines and files'

t_refused() {
    tokenize -q -m luong.heed text > ids && encode -m luong.heed ids > memory && attend -m luong.heed memory > keys &&
        printf '\377\376a\000' > utf16 && fails 1 'is UTF-16 text' predict -m luong.heed utf16 &&
        fails 1 'not a tensor stream; put `tokenize` in front' encode -m luong.heed text &&
        fails 1 'is a stream of ids (producer tokenize), not text' predict -m luong.heed ids &&
        fails 1 'is a stream of ids (producer tokenize), want memory' decode -m luong.heed ids &&
        fails 1 'is a stream of memory (producer encode), want ids or batch' encode -m luong.heed memory &&
        fails 2 'which model? give -m' encode ids
}
run t_refused 'S55 S58 T08 what belongs to another stage is named'

t_other_model() {
    fails 1 'made with another model' decode -m feed.heed memory && fails 1 'made with another model' attend -m feed.heed memory &&
        fails 1 'made with another model' encode -m plain.heed ids
}
run t_other_model 'S56 the stream of another model'

t_long() {
    { yes the | head -n 1000000 | tr '\n' ' '; echo; printf 'the '; head -c 10000000 /dev/zero | tr '\0' x; echo; echo 'a dog .'; } > long &&
        predict -m luong.heed long > want 2> said && cat said && grep -q '2 lines cut to 4096 tokens' said &&
        test "$(wc -l < want)" -eq 3 && test "$(tail -n 1 want)" = 'un chien .' &&
        tokenize -q -m luong.heed long | encode -m luong.heed | decode -m luong.heed > got && same want got
}
run t_long 'T11 T12 a line of 10 MB, a line of a million words'

t_too_long() {
    { echo 'a dog .'; head -c 16777300 /dev/zero | tr '\0' x; } > long && fails 1 'line 2: ' predict -m luong.heed long
}
run t_too_long 'T11 a line over 16 MiB is refused by number'

t_force() {
    head -n 40 pairs.tsv > p && cut -f1 p > s && cut -f2 p > t && tokenize -m luong.heed s | encode -m luong.heed > m40 &&
        decode -q -m luong.heed m40 > greedy && decode -q -m luong.heed --force greedy m40 > got && same greedy got &&
        decode -q -m luong.heed --force greedy --hypotheses m40 | peek --values --tensor log_prob > a &&
        decode -q -m luong.heed --hypotheses m40 | peek --values --tensor log_prob > b && same b a &&
        tr dh hd < t > wrong && decode -q -m luong.heed --force wrong --hypotheses m40 | peek --values --tensor log_prob > c &&
        ! cmp -s c b && head -n 39 t > short &&
        fails 1 'short has 39 lines, the stream a line 40' decode -m luong.heed --force short m40 &&
        fails 1 'gone: No such file' decode -m luong.heed --force gone m40
}
run t_force 'targets that are followed'

# Each part follows the lines behind those of the parts before it, as their text comes out.
# The words that may begin a target, an unknown one and none at all: their probabilities make one, but for what pad and bos have.
t_force_empty() {
    awk 'BEGIN { for (i = 0; i < 80; i++) print "a b" i % 2 "\t" (i % 2 ? "x y" : "y x") }' > few.tsv &&
        train -q --no-store --dev none --steps 500 --lr 0.01 --tokenizer word --min-count 1 --label-smoothing 0 --hidden 16 --embed 8 --force -o few.heed few.tsv &&
        printf 'x\ny\nnever-seen\n\n' > few.tgt && printf 'a b0\na b0\na b0\na b0\n' | tokenize -m few.heed | encode -m few.heed > few.mem &&
        decode -m few.heed --force few.tgt --hypotheses few.mem > few.h && peek --csv --tensor token_log_prob few.h | tr , ' ' > all && cat all &&
        awk 'NF { p += exp($1) } END { print p; exit !(p > 0.99 && p <= 1.00001) }' all && peek --values --rows 0 --tensor tgt_len few.h | grep -q '\[3\] *1$' &&
        peek --csv --tensor log_prob few.h | tail -n 1 > last && tail -n 1 all | cut -d ' ' -f 1 | same - last && peek --csv --tensor tgt few.h | grep . | tail -n 1 | grep -q '^2' &&
        detokenize -m few.heed few.h > few.text && tail -n 1 few.text | grep -qx ''
}
run t_force_empty 'an empty target has the probability of its end'

# The translation of an empty line is the empty line, and no other.
t_force_no_source() {
    printf '\n\na b0\n' | tokenize -m few.heed | encode -m few.heed > few.mem && printf 'x\n\nx\n' > few.tgt &&
        decode -m few.heed --force few.tgt --hypotheses few.mem > few.h && peek --check few.h && peek --csv --tensor log_prob few.h > got && head -n 2 got > two &&
        printf '%s\n' -inf 0 | same two - && peek --csv --tensor score few.h | head -n 1 | grep -qx -e -inf && peek --csv --tensor tgt_len few.h | head -n 2 | grep -c 0 | grep -qx 2
}
run t_force_no_source 'an empty source has no target but the empty one'

t_force_parts() {
    head -n 25 s | tokenize -m luong.heed | batch-mask --rows 3 > ids.a && tail -n 15 s | tokenize -m luong.heed > ids.b &&
        printf '' | tokenize -m luong.heed > ids.c && for part in a b c; do encode -m luong.heed ids.$part > mem.$part || return 1; done &&
        cat mem.c mem.a mem.b > mem.both && decode -q -m luong.heed --force t mem.both > got &&
        decode -q -m luong.heed --force t m40 > want && same want got &&
        decode -q -m luong.heed --force t --hypotheses mem.both | detokenize > got && same want got &&
        head -n 39 t > short && fails 1 'short has 39 lines, the stream a line 40' decode -m luong.heed --force short mem.both
}
run t_force_parts 'targets that are followed, part after part'

t_hypotheses() {
    predict -q -m luong.heed text > want && decode --hypotheses -m luong.heed memory > h && peek --check h &&
        detokenize -m luong.heed h > got && same want got && decode --weights -m luong.heed memory > w && peek --check w &&
        peek w | grep -q ' weights ' && detokenize -m luong.heed w > got && same want got &&
        detokenize w > got && same want got && predict -q --unk keep -m luong.heed text > want &&
        detokenize --unk keep w > got && same want got
}
run t_hypotheses 'hypotheses give the same text'

# Whoever stands at the end reads the words of the stream itself, through every stage, and what others have to say.
t_head() {
    printf 'the dog sees a cat .\na zebra .\n' > in && tokenize --send-vocab -m luong.heed in > x && predict -m luong.heed in > want &&
        "$builddir/tests/alter" meta speaker me < x | batch-mask | encode -m luong.heed | attend -m luong.heed > y &&
        decode -m luong.heed --hypotheses y > z && detokenize z > got && same want got && peek y > shown && grep '^  speaker=me$' shown &&
        peek z > shown && grep '^  speaker=me$' shown && decode -m luong.heed --attention y | attend | peek > shown &&
        grep '^  speaker=me$' shown && for speaker in me you; do "$builddir/tests/alter" meta speaker $speaker < x || return 1; done |
        batch-mask | encode -m luong.heed | attend -m luong.heed > y && grep -ao '"speaker":"[a-z]*"' y > heads && cat heads &&
        printf '"speaker":"me"\n"speaker":"you"\n' | cmp - heads
}
run t_head 'every stage passes on the metadata and the vocabularies of a stream'

# The tensors used and weights of each frame, without their names and minima.
numbers_of() { peek --values --tensor "$1" replayed | grep '^ *\['; }
t_replay() {
    for model in luong luong-eos bahdanau feed; do
        tokenize -q -m $model.heed text | encode -m $model.heed | decode --attention -m $model.heed > used &&
            attend -m $model.heed used > replayed && peek --check replayed && numbers_of used > a && numbers_of weights > b &&
            test -s a && same a b || return 1
    done
    tokenize -q -m plain.heed text | encode -m plain.heed > other &&
        fails 1 'pays no attention' decode --attention -m plain.heed other
}
run t_replay 'attend replays the very weights the decoder used'

t_killed_stage() {
    mkfifo fifo fifo2
    (tokenize -q -m luong.heed text && sleep 3) > fifo 2> /dev/null &
    (exec encode -m luong.heed < fifo > fifo2) &
    victim=$!
    {
        decode -m luong.heed < fifo2 > got 2> err
        echo $? > ended
    } &
    sleep 0.5
    kill -KILL $victim
    sleep 1
    test -e ended && test "$(cat ended)" -eq 1 && cat err && grep -q 'stream ended without its end frame' err &&
        test "$(wc -l < err)" -eq 1
}
run t_killed_stage 'O17 a stage that is killed makes the last one fail within a second'

t_reason() {
    head -c 3000 ids > part
    encode -m luong.heed part 2> err1 | attend -m luong.heed 2> err2 | decode -m luong.heed > got 2> err3
    test $? -eq 1 && cat err1 err2 err3 && test "$(wc -l < err3)" -eq 1 && grep -q 'reports: ' err3 && grep -q truncated err3
}
run t_reason 'the reason reaches the last stage'

# Before its stream begins: no model, no input, a wrong option; each as the first of three stages and as the second.
t_reason_at_start() {
    for first in 'tokenize -m gone.heed text' 'tokenize -m luong.heed gone' 'tokenize -m luong.heed ids' 'tokenize --rows 0 text' \
        'tokenize --cuont text'; do
        $first 2> err1 | batch-mask 2> err2 | encode -m luong.heed 2> err3 | attend -m luong.heed 2> err4 | decode -m luong.heed > got 2> err5
        test $? -eq 1 && cat err1 err5 && test ! -s got && test "$(wc -l < err1)" -eq 1 &&
            test "$(cat err5)" = "decode: <stdin>: tokenize reports: $(sed 's/^tokenize: //' err1)" || return 1
    done
    for second in 'encode -m gone.heed' 'encode' 'encode -m text' 'encode -m feed.heed' 'batch-mask --rows none' \
        'attend -m luong.heed gone' 'decode --hypotheses -m gone.heed' 'decode --attention --hypotheses -m luong.heed' \
        'decode --weights -m luong.heed gone'; do
        tokenize -q -m luong.heed text 2> /dev/null | $second 2> err2 | detokenize -m luong.heed > got 2> err3
        test $? -eq 1 && cat err2 err3 && test ! -s got &&
            test "$(cat err3)" = "detokenize: <stdin>: ${second%% *} reports: $(sed 's/^[a-z-]*: //' err2)" || return 1
    done
    tokenize -m gone.heed text 2> err1 | train -q --no-store -o none.heed 2> err2
    test $? -eq 1 && cat err2 && grep -q 'tokenize reports: ' err2 && test ! -e none.heed || return 1
    # A stage that writes text sends no frame, and a stage that is asked for help is no failure.
    status 1 decode -m gone.heed < memory > got 2> err && test ! -s got && tokenize --help > got && head -n 1 got | grep -q Usage &&
        status 2 tokenize --cuont > got 2>&1 && test "$(wc -l < got)" -eq 1 && test "$(tr -cd '\000' < got | wc -c)" -eq 0
}
run t_reason_at_start 'S43 the reason of a stage that failed before its stream began'

# A pipe that nobody reads any more: a reader that is about to leave might do so after all was written.
t_reader_leaves() {
    mkfifo left && exec 3<> left 4> left 3>&- || return 1
    yes 'the dog .' | head -n 2000 > many
    for stage in predict tokenize; do
        status 141 sh -c "exec $stage -m luong.heed many 2> err >&4" && test ! -s err || return 1
        (trap '' PIPE && status 1 sh -c "exec $stage -m luong.heed many 2> err >&4") && cat err && test "$(wc -l < err)" -eq 1 &&
            grep -q 'Broken pipe' err || return 1
    done
    exec 4>&-
}
run t_reader_leaves 'O01 the reader leaves: silence, or one line when SIGPIPE is ignored'

t_full() {
    for command in "predict -m luong.heed text" "encode -m luong.heed ids" "attend -m luong.heed memory" \
        "decode -m luong.heed keys" 'train --help' 'predict --help' 'encode --version' 'attend --help' 'decode --help'; do
        fails 1 'No space left on device' sh -c "exec $command > /dev/full" || return 1
    done
}
tr -d '\377' < text > clean && mv clean text
if test -c /dev/full; then
    run t_full 'O02 O06 a full disk behind standard output'
else
    skip 'no /dev/full' 'O02 O06 a full disk behind standard output'
fi

t_closed() {
    predict -q -m luong.heed text > want && status 1 predict -m luong.heed <&- > got 2> err && cat err && test "$(wc -l < err)" -eq 1 &&
        status 1 predict -m luong.heed text >&- 2> err && cat err && test "$(wc -l < err)" -eq 1 &&
        predict -m luong.heed text > got 2>&- && same want got
}
run t_closed 'O04 standard descriptors that are closed'

t_bare() {
    mkdir -p bare && cp luong.heed bare && (
        unset HOME HEED_STORE XDG_DATA_HOME
        cd bare && chmod 555 . && predict -q -m luong.heed ../text > ../got
    )
    status_got=$?
    chmod 755 bare
    test $status_got -eq 0 && same want got
}
run t_bare 'O13 no home, a folder that cannot be written'

t_umask() {
    (umask 027 && learn mode --steps 1 --keep-checkpoint && test "$(stat -c %a mode.heed)" = 640 && test "$(stat -c %a mode.ckpt.heed)" = 640) &&
        (umask 000 && learn mode2 --steps 1 && test "$(stat -c %a mode2.heed)" = 666)
}
run t_umask 'O13 files are as open as the umask says'

t_numbers() {
    for number in 12abc '' ' 5' 1e3 99999999999999999999 0x5 +5; do
        fails 2 'option --rows' predict -m luong.heed --rows="$number" text &&
            fails 2 'option --hidden' train --hidden="$number" || return 1
    done
    for number in abc '' nan 1e999 -2 0,1; do
        fails 2 'option --lr' train --lr="$number" && fails 2 'option --dropout-attention' train --dropout-attention="$number" ||
            return 1
    done
}
run t_numbers 'O05 O07 numbers that are none'
# Each stage says in one line what went through it.
t_stats() {
    cut -f1 pairs.tsv > flow
    for stage in 'tokenize -m luong.heed' batch-mask 'encode -m luong.heed' 'attend -m luong.heed' 'decode -m luong.heed'; do
        # shellcheck disable=SC2086 # a command line
        $stage --stats < flow > next 2> said && cat said && test "$(grep -c ' [1-9][0-9]* [a-z]*/s' said)" -eq 1 &&
            mv next flow || return 1
        case $stage in *code* | attend*) grep -q ' 400 lines, ' said || return 1 ;; esac
    done
    tokenize -m luong.heed text | detokenize --stats -m luong.heed 2> said > text.out && cat said &&
        grep -q "^detokenize: $(wc -l < text.out) lines in [1-9]" said
}
run t_stats '--stats: every stage counts'
done_testing
