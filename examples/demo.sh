#!/bin/sh
# demo.sh: from pairs to translation through pipes; what `make demo` and `./bootstrap demo [PAIRS.tsv]` run. Where heed is
# installed: sh demo.sh [PAIRS.tsv].
#
# Trains a model on the bundled corpus (examples/en-fr, ours) or on the user's pairs, translates sentences it has never
# seen through the literal pipeline, puts the score beside two baselines, draws one attention map and asks the
# store what it knows. Every command is printed before it runs. Files and store stand in $builddir/demo,
# with an installed heed in ./heed-demo; $HEED_STORE, when set, is used in place of that store.
set -eu

examples=$(cd "$(dirname "$0")" && pwd)
awk=${AWK:-awk}
pairs=${1:-}
case $pairs in
'' | /*) ;;
*) pairs=$(pwd)/$pairs ;;
esac

if test -n "${builddir:-}"; then
    programs=$builddir/cli work=$builddir/demo
else
    programs=$(heed --exec-path) work=$(pwd)/heed-demo
fi
PATH=$programs:$PATH
export PATH
mkdir -p "$work"
cd "$work"
if test -z "${HEED_STORE:-}"; then
    HEED_STORE=$work/heed.db
    rm -f heed.db
    export HEED_STORE
fi
rm -f ./*.heed ./*.heed.* ./*.tsv ./*.txt ./*.spill

title() {
    printf '\n== %s\n\n' "$*"
}

# Prints a command as it is typed, then runs it.
show() {
    printf '$ %s\n' "$1"
    eval "$1"
}

count() {
    wc -l < "$1" | tr -d ' '
}

# The user's pairs: one source in fifty, and no more than 500 pairs, held out for the test. All pairs of a source go together,
# chosen by a hash of its text; doubled sources would make the test too easy.
# shellcheck disable=SC2016 # awk's own variables
split_pairs() {
    LC_ALL=C "$awk" -F '\t' '
        BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i }
        function hash(text, h, i) {
            h = 5381
            for (i = 1; i <= length(text); i++)
                h = (h * 33 + code[substr(text, i, 1)]) % 2147483647
            return h
        }
        NF < 2 { next }
        NR == FNR { n++; next }
        FNR == 1 { every = n > 25000 ? int(n / 500) : 50 }
        hash($1) % every == 0 {
            if (n_test < 500 && !($1 in tested)) {
                n_test++
                tested[$1]
                print $1 "\t" $2 > "test.tsv"
            }
            next
        }
        { print $1 "\t" $2 > "train.tsv" }
    ' "$1" "$1"
    if ! test -s train.tsv || ! test -s test.tsv; then
        echo "demo: $1: too few pairs, want at least a hundred lines of SOURCE<TAB>TARGET" >&2
        exit 1
    fi
}

# Held-out sentences, what came out and, where it differs, what was wanted.
# shellcheck disable=SC2016 # awk's own variables
side_by_side() { # HOW-MANY
    paste test.src.txt test.out.txt test.ref.txt | "$awk" -F '\t' -v n="$(count test.tsv)" -v want="$1" '
        BEGIN { step = int(n / want); step = step < 1 ? 1 : step }
        (NR - 1) % step == 0 && shown++ < want {
            print "    " $1
            print "      -> " $2
            if ($2 != $3)
                print "    want " $3
        }'
}

started=$(date +%s)
if test -n "$pairs"; then
    title 'Your pairs'
    split_pairs "$pairs"
    # A model narrow enough to learn within the budget; a narrow one bears twice the usual rate.
    size=2000
    test "$(count train.tsv)" -ge 5000 || size=1000
    recipe="--hidden 128 --vocab-size $size --lr 0.008"
    recipe="$recipe --time 120s"
    echo "$pairs: $(count train.tsv) pairs to learn from, $(count test.tsv) held out for the test."
    echo 'Two minutes of training for each of two models show how it goes, not how good it gets: see "Your own data" in README.md.'
else
    title 'The bundled English-French corpus'
    cp "$examples/en-fr/train.tsv" "$examples/en-fr/dev.tsv" "$examples/en-fr/test.tsv" .
    chmod u+w ./*.tsv
    recipe='--dev dev.tsv --tokenizer word --min-count 1 --score dot --hidden 128 --lr 0.008 --epochs 18'
    echo "Written for heed: $(count train.tsv) pairs to learn from, 465 of them by hand, the others by a phrase grammar;"
    echo "$(count test.tsv) held out for the test, each with a combination of words that training never shows."
fi
cut -f1 test.tsv > test.src.txt
cut -f2 test.tsv > test.ref.txt

title 'Training, with attention'
show "train -o demo.heed --name demo train.tsv \\
    $recipe"

title 'Sentences it has never seen, through the pipeline'
show 'tokenize -m demo.heed < test.src.txt | batch-mask | encode -m demo.heed |
    attend -m demo.heed | decode -m demo.heed > test.out.txt'
echo
side_by_side 10

title 'Two baselines: the same training without attention, and the nearest training sentence'
show "train -o plain.heed --name plain --decoder plain train.tsv \\
    $recipe"
show 'predict -m plain.heed < test.src.txt > plain.out.txt'
cp "$examples/nearest.awk" .
head -n 20000 train.tsv > memory.tsv
test "$(count train.tsv)" -le 20000 || echo 'The nearest neighbour looks at the first 20,000 pairs.'
show "LC_ALL=C awk -f nearest.awk memory.tsv - < test.src.txt > nearest.out.txt"

title 'Scores on the held-out sentences'
show "evaluate --ref test.ref.txt -m demo.heed --name attention < test.out.txt"
evaluate --ref test.ref.txt -m plain.heed --name 'no attention' < plain.out.txt > plain.table.txt
evaluate --ref test.ref.txt --name 'nearest pair' < nearest.out.txt > nearest.table.txt
echo
echo 'The same for the baselines; all three stand in the store, in percent:'
echo
show "runs sql \"SELECT r.name AS system,
    round(max(iif(e.name = 'exact', e.value, NULL)), 1) AS 'exact match',
    round(max(iif(e.name = 'bleu', e.value, NULL)), 1) AS BLEU
    FROM evaluation e JOIN run r USING (run_id) GROUP BY r.name ORDER BY 2 DESC, 3 DESC\""

title 'One attention map: which source word each word of the translation looked at'
head -n 1 test.src.txt > one.txt
show 'tokenize -m demo.heed < one.txt | encode -m demo.heed | decode -m demo.heed --weights | plot'

title 'What the store remembers'
show 'runs best --by decoder'
echo
show 'runs lineage demo.heed'

title 'Yours to try'
finished=$(date +%s)
if test -n "$pairs"; then
    try='head -n 3 test.src.txt'
else
    try="echo 'My old neighbour is looking for his red umbrella.'"
fi
cat << END
    export PATH="$programs:\$PATH" HEED_STORE="$HEED_STORE"
    cd "$work"
    $try | predict -m demo.heed
    runs list
    runs show demo

$((finished - started)) seconds in all. With pairs of your own: ./bootstrap demo PAIRS.tsv
END
