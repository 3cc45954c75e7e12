#!/bin/sh
# 36-lossless.sh: what goes into a tokenizer comes out. Random lines through tokenizers that learnt from
# other text; HEED_RANDOM_LINES of them (3000; make bench-lossless: 100000).
. "${srcdir:-.}/tests/lib.sh"
lines=${HEED_RANDOM_LINES:-3000}

awk -v n=400 -v seed=7 -f "$srcdir/tests/toy.awk" | tr '\t' '\n' > other.txt || exit 99
"$builddir/tests/random_lines" "$lines" 11 > in || exit 99

# Of word and space only runs of blanks may be lost.
squeeze() { sed 's/[ 	][ 	]*/ /g; s/^ //; s/ $//' "$1"; }

# The lines of two files that are not the same, counted, and the first of them.
differing() {
    paste -d '\n' "$1" "$2" | awk 'NR % 2 { a = $0; next }
        a != $0 { if (n++ < 3) { print "in:  " a; print "out: " $0 } }
        END { print n + 0 " of " NR / 2 " lines differ"; exit n > 0 }'
}

round_trip() { # SPEC exact|squeezed
    vocab train -q --force t --tokenizer "$1" other.txt && tokenize -q --vocab t in > ids &&
        detokenize -q --vocab t ids > out && test "$(wc -l < out)" -eq "$lines" || return 1
    if test "$2" = squeezed; then
        squeeze in > in.squeezed && squeeze out > out.squeezed && differing in.squeezed out.squeezed
    else
        differing in out
    fi
}

while read -r spec how; do
    t_spec() { round_trip "$spec" "$how"; }
    run t_spec "$lines random lines through $spec: 0 differ ($how)"
done << 'END'
char exact
space squeezed
word squeezed
sentencepiece exact
sentencepiece:type=unigram exact
sentencepiece:prefix=off exact
sentencepiece:words=off,digits=off,numbers=off,scripts=off exact
END

# A joined vocabulary that has little of the text: what it lacks is known to be joined.
t_joined() {
    printf '%s\n' quux.example 777,88 C++ "l'Zyx" 'a@b.example (x)' > names &&
        printf 'go on\ngo on\n' > few && vocab train -q --force t --tokenizer word few &&
        tokenize -q --vocab t names | detokenize -q --vocab t > out && same names out
}
run t_joined 'unknown pieces come back as they were joined'

if has train predict; then
    awk 'BEGIN { for (i = 0; i < 200; i++) print "a house " i "\tune maison\302\240" (i < 3 ? "m\302\262" : "\302\240") "?" }' > blanks.tsv

    t_told() {
        train --no-store --steps 1 --hidden 16 --dev none --tokenizer word -o m.heed --force blanks.tsv 2> said &&
            cat said && ! grep 'do not come back' said &&
            train --no-store --steps 1 --hidden 16 --dev none -o m.heed --force blanks.tsv 2> said && cat said &&
            grep 'tokenizer of the target: .*, since ' said && ! grep 'do not come back' said
    }
    run t_told 'nothing is lost by default, and train says why a tokenizer was chosen'

    small='--no-store --steps 1 --hidden 16 --dev none'
    asked=$builddir/tests/plugins/.libs/tokenizer_asked.so
    t_refused() {
        # shellcheck disable=SC2086 # words
        status 1 train $small --tokenizer "$asked" -o no.heed blanks.tsv 2> said && cat said &&
            grep '^train: 200 of 200 target lines do not come back from their tokenizer' said &&
            test "$(grep -c ' -> une maisonm?$' said)" -eq 3 && ! grep 'source lines' said &&
            grep '100 % of the target lines.*--allow-altered 1' said && test ! -e no.heed
    }
    t_allowed() {
        # shellcheck disable=SC2086
        train -q $small --tokenizer "$asked" --allow-altered 1 -o m.heed --force blanks.tsv &&
            train -q --no-store --plugin-dir "${asked%/*}" --init m.heed --steps 1 --dev none -o n.heed --force blanks.tsv &&
            { yes 'a house	une maison' | head -n 199; printf 'x\t5\302\275\n'; } > some.tsv &&
            train $small --tokenizer "$asked" -o m.heed --force some.tsv 2> said && cat said &&
            grep '1 of 200 target lines do not come back' said
    }
    if test -e "$asked"; then
        run t_refused 'targets that do not come back are counted and shown, and more than 1 % of them refused'
        run t_allowed 'told so it trains, as with few of them; a model'"'"'s own tokenizer is settled'
    fi

    # Who says how text is to be changed is told what changes, and not refused.
    t_asked() {
        for how in sentencepiece:normalise=nmt word:lower=on word:mode=course; do
            # shellcheck disable=SC2086
            awk '{ print toupper($0) }' blanks.tsv > upper.tsv &&
                train $small --tokenizer $how -o m.heed --force upper.tsv 2> said && cat said &&
                grep 'target lines do not come back' said || return 1
        done
    }
    run t_asked 'what the options of a tokenizer ask for is told, not refused'
fi

done_testing
