#!/bin/sh
# demo-data.sh: the bundled corpus: the committed files are what the grammar writes, and they keep what the
# demo says of them: size, no leak from training into the held-out files, one translation a sentence.
. "${srcdir:-.}/tests/lib.sh"

corpus=$srcdir/examples/en-fr
awk=${AWK:-awk}

generate() { mkdir -p "$1" && "$awk" -v dir="$1" -f "$corpus/grammar.awk" "$corpus/lexicon.tsv" "$corpus/hand.tsv" > "$1/said"; }

t_reproduced() {
    generate made && same made/train.tsv "$corpus/train.tsv" && same made/dev.tsv "$corpus/dev.tsv" &&
        same made/test.tsv "$corpus/test.tsv"
}

t_size() {
    test "$(wc -l < "$corpus/train.tsv")" -ge 5000 && test "$(wc -l < "$corpus/test.tsv")" -eq 500 &&
        test "$(cat "$corpus"/*.tsv | wc -c)" -lt 1048576 &&
        for side in 1 2; do
            cut -f"$side" "$corpus/train.tsv" | tr " '" '\n\n' | sed 's/[.,?!]//g' | sort -u > types &&
                test "$(wc -l < types)" -ge 300 || return 1
        done
}

# Prints the lines of the second file whose source or target stands in the first.
leaks() {
    "$awk" -F '\t' 'NR == FNR { s[$1]; t[$2]; next } ($1 in s) || ($2 in t)' "$1" "$2"
}

t_no_leak() {
    leaks "$corpus/train.tsv" "$corpus/test.tsv" > leaked && leaks "$corpus/train.tsv" "$corpus/dev.tsv" >> leaked &&
        leaks "$corpus/dev.tsv" "$corpus/test.tsv" >> leaked && same leaked /dev/null
}

t_leak_is_seen() {
    head -n 1 "$corpus/test.tsv" | cut -f1 | sed 's/$/	Autre./' > planted && leaks "$corpus/test.tsv" planted > leaked &&
        test -s leaked
}

t_one_translation() {
    cat "$corpus/train.tsv" "$corpus/dev.tsv" "$corpus/test.tsv" > all && cut -f1 all | sort > sources &&
        uniq -d sources > twice && same twice /dev/null && "$awk" -F '\t' 'NF != 2 || $1 == "" || $2 == ""' all > bad &&
        same bad /dev/null
}

t_known_words() {
    "$awk" -F '\t' '
        function words(text) { gsub(/[.?!,]/, " ", text); gsub(/\047/, "\047 ", text); n = split(text, w, " ") }
        NR == FNR { for (c = 1; c <= 2; c++) { words($c); for (i = 1; i <= n; i++) seen[c, w[i]] } next }
        { for (c = 1; c <= 2; c++) { words($c); for (i = 1; i <= n; i++) if (!((c, w[i]) in seen)) print w[i] } }
    ' "$corpus/train.tsv" "$corpus/test.tsv" > unknown && same unknown /dev/null
}

# Elisions and contractions that French demands and the grammar must have made.
t_spelling() {
    "$awk" -F '\t' '{ print $2 }' "$corpus/train.tsv" "$corpus/test.tsv" > french &&
        status 1 grep -nE "(^|[ '])([Jj]e|[mtn]e|[Dd]e|[Ll][ea]|ce|[MmTtSs]a|(un|le|ce|mon) (beau|nouveau|vieux)|est-ce que) ([aeiouAEIOU]|h[oô]|é|ê|œ)" french &&
        status 1 grep -nE "(^| )(de les?|à les?|de des?|de du) " french &&
        status 1 grep -nE "[^ ][?!]$" french
}

t_nearest() {
    cut -f1 "$corpus/test.tsv" > sources && cut -f2 "$corpus/test.tsv" > want &&
        "$awk" -f "$srcdir/examples/nearest.awk" "$corpus/train.tsv" - < sources > got &&
        test "$(wc -l < got)" -eq 500 && paste got want > both &&
        hits=$("$awk" -F '\t' '$1 == $2 { n++ } END { print n + 0 }' both) && echo "nearest neighbour: $hits of 500" &&
        test "$hits" -le 150
}

t_nearest_finds() {
    head -n 50 "$corpus/dev.tsv" > memory && cut -f1 memory > sources && cut -f2 memory > want &&
        "$awk" -f "$srcdir/examples/nearest.awk" memory - < sources > got && same got want
}

run t_reproduced 'the committed corpus is what the grammar writes, byte for byte'
run t_size 'at least 5,000 pairs and 300 word types a side, under a mebibyte'
run t_no_leak 'no held-out source or target stands in the training file'
run t_leak_is_seen 'a planted leak is seen'
run t_one_translation 'each sentence is there once, with one translation'
run t_known_words 'held-out sentences are made of words from the training file'
run t_spelling 'French elisions, contractions and spaces'
run t_nearest 'the nearest neighbour answers at most 30 % of the held-out sentences'
run t_nearest_finds 'the nearest neighbour finds a sentence it has'
done_testing
