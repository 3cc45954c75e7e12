#!/bin/sh
# 79-ensemble.sh: several models asked as one: what they give together, that it is one text however the work is cut, and which
# do not go together.
. "${srcdir:-.}/tests/lib.sh"
has train predict decode tokenize encode quantize shortlist vocab || skip_all 'not built'

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" > pairs.tsv
learn() { # NAME OPTION...
    learn_name=$1
    shift
    train -q --tokenizer word --joint off --hidden 16 --lr 0.02 --warmup 20 --dropout 0 --dev none --steps 30 -o "$learn_name.heed" "$@" pairs.tsv
}

learn a && learn b --seed 2 --decoder bahdanau --cell lstm && learn plain --decoder plain --seed 3 && learn copy --copy on --seed 4 &&
    learn chars --src-tokenizer char --seed 5 --keep-checkpoint && learn other --tgt-tokenizer char && quantize -q -o b8.heed b.heed &&
    shortlist -q -m a.heed --best 3 --frequent 2 -o listed.heed pairs.tsv && shortlist -q -m b.heed --best 2 --frequent 4 -o listed2.heed pairs.tsv ||
    { echo 'Bail out! no models'; exit 1; }
awk -v n=60 -v seed=8 -f "$srcdir/tests/toy.awk" > more.tsv
cut -f1 more.tsv > text
cut -f2 more.tsv > target
printf '\nthe dog . the cat .\nthe zzz\n...\n' >> text
printf '\nle chien . le chat .\nle zzz\n...\n' >> target

# near FILE FILE: the same texts; scores and log probabilities differ by 1e-6 at most.
near() {
    paste "$1" "$2" | awk -F '\t' 'NF != 8 || $4 != $8 || $1 != $5 || $3 - $7 > 1.5e-6 || $7 - $3 > 1.5e-6 { print; exit bad = 1 } END { exit bad || !NR }'
}
t_itself() {
    for options in '--scores' '--beam 4 --scores' '--n-best 3' '--sample --seed 3 --scores' '--coverage-penalty 0.3 --beam 3 --scores'; do
        # shellcheck disable=SC2086 # words
        predict -q -m a.heed $options text > want && predict -q -m a.heed -m a.heed $options text > got && near want got &&
            predict -q -m a.heed -m a.heed -m a.heed --weights 0.5,1,7 $options text > got && near want got || return 1
    done
    predict -q -m a.heed text > want && predict -q -m a.heed -m a.heed text > got && same want got
}
run t_itself 'a model beside itself is the model'

t_order() {
    predict -q -m a.heed --scores text > a && predict -q -m b.heed --scores text > b && predict -q -m a.heed -m b.heed --scores text > ab && ! cmp -s a ab && ! cmp -s b ab &&
        predict -q -m b.heed -m a.heed --scores text > ba && same ab ba &&
        predict -q -m a.heed -m b.heed --weights 1,3 --beam 3 --scores text > ab && predict -q -m b.heed -m a.heed --weights 0.75,0.25 --beam 3 --scores text > ba && same ab ba &&
        predict -q -m a.heed -m b.heed -m copy.heed text > ab && predict -q -m copy.heed -m a.heed -m b.heed text > ba && same ab ba
}
run t_order 'the order of models does not matter, weights do'

t_weights() {
    predict -q -m a.heed --scores text > want && predict -q -m a.heed -m b.heed --weights 1,0 --scores text > got && same want got &&
        predict -q -m b.heed -m a.heed --weights 0,2 --scores text > got && same want got && predict -q -m a.heed --weights 3 --scores text > got && same want got
}
run t_weights 'a weight of 0 leaves a model out'

# tokens MODEL...: log probability of every token of the targets, a line each.
tokens() {
    # shellcheck disable=SC2046 # options
    predict -q --json --scores --force target $(printf -- '-m %s ' "$@") text 2> err > json || { cat err; return 1; }
    sed 's/.*"tokens":\[//; s/\]\]*}$//; s/"\],/\n/g; s/\],\[/\n/g' json | sed -n 's/.*",\(-[0-9.]*\|null\|0.000000\).*/\1/p'
}
t_combined() {
    for other in b plain copy chars b8 listed2; do
        tokens a.heed > a.p && tokens $other.heed > b.p && tokens a.heed $other.heed > ab.p && test "$(wc -l < ab.p)" -gt 300 &&
            paste a.p b.p ab.p | awk -v other=$other 'NF != 3 { print; exit bad = 1 } { want = log((exp($1) + exp($2)) / 2); d = want - $3; if (d > 5e-5 || d < -5e-5) { print other, NR, $0, want; exit bad = 1 } } END { exit bad }' || return 1
    done
}
run t_combined 'the log probability of a token is that of the mean of the probabilities'

# One text for every way to cut the work. Under sanitizers, where that takes long, by fewer searches.
searched="'' '--beam 3' '--sample --n-best 2' '--force target'"
! sanitized || searched="'--beam 3' '--sample --n-best 2'"
t_ways() {
    eval "set -- $searched" # options with blanks stay together
    for models in '-m a.heed -m b.heed' '-m a.heed -m chars.heed -m plain.heed --weights 2,1,1' '-m copy.heed -m b8.heed' '-m listed.heed -m listed2.heed' '-m listed.heed -m b.heed' '-m chars.ckpt.heed -m chars.heed'; do
        for options; do
            # shellcheck disable=SC2086 # words
            predict $models --check-invariance $options text > got || { echo "$models $options"; cat got; return 1; }
            test "$(cut -f2,3 got | sort -u)" = '64	0' || return 1
        done
    done
    awk '{ print NR % 2 ? "mon" : "" }' text > begin && awk '{ print NR % 3 ? "chat\tavec un" : "" }' text > terms &&
        predict -m a.heed -m chars.heed --check-invariance --prefix begin --terms terms --max-len 25 text > got && test "$(cut -f2,3 got | sort -u)" = '64	0' &&
        predict -q -m a.heed -m b.heed --prefix begin text > got && paste -d '|' begin got | awk -F'|' '$1 != "" && $2 != "" && index($2, $1) != 1 { exit 1 }'
}
run t_ways 'one text for every way to cut the work, and every search'

# Each list alone leaves words out; together they have the words of both.
t_lists() {
    predict -q -m listed.heed -m listed2.heed text > got && predict -q -m a.heed -m b.heed text > want && differ=$(paste got want | awk -F'\t' '$1 != $2' | wc -l) && echo "$differ differ" &&
        test "$differ" -lt 32 && predict -q --shortlist=off -m listed.heed -m listed2.heed text > got && same want got
}
run t_lists 'lists are joined'

# shellcheck disable=SC2046 # words
t_refused() {
    fails 1 'a.heed and other.heed have other target vocabularies (' predict -m a.heed -m other.heed text &&
        fails 2 "option --weights: 2 numbers for 3 models" predict -m a.heed -m b.heed -m a.heed --weights 1,2 text &&
        fails 2 "option --weights: 3 numbers for 2 models" predict -m a.heed -m b.heed --weights 1,2,3 text &&
        fails 2 "option --weights: '-1' is no weight" predict -m a.heed -m b.heed --weights 1,-1 text &&
        fails 2 "option --weights: '' is no weight" predict -m a.heed -m b.heed --weights 1, text &&
        fails 2 "option --weights: 'nan' is no weight" predict -m a.heed -m b.heed --weights nan,1 text &&
        fails 2 'no model counts anything' predict -m a.heed -m b.heed --weights 0,0 text &&
        fails 1 'none.heed: ' predict -m a.heed -m none.heed text && fails 2 'which model?' predict text && fails 2 'which model?' predict --weights 1 text &&
        fails 2 '17 models, 16 at most' predict $(printf -- '-m a.heed %.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17) text &&
        fails 2 'option --model given twice' decode -m a.heed -m b.heed text
}
run t_refused 'what does not go together'

# Its text is no model's, and evaluate finds none by it.
count() {
    sqlite3 "$HEED_STORE" 'SELECT count(*) FROM text'
}
t_made() {
    printf 'the dog and the cat .\n' > in && before=$(count) && predict -m a.heed -m b.heed --stats in 2> err > got && cat err && grep -q '1 lines, [0-9]* target tokens' err &&
        test "$(count)" -eq "$before" && predict -q -m a.heed in > got && test "$(count)" -eq $((before + 1))
}
run t_made 'what is told and recorded'
done_testing
