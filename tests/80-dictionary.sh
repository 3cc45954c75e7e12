#!/bin/sh
# 80-dictionary.sh: words for unknown words: a table of what stands in place of a source word that the model does not know.
. "${srcdir:-.}/tests/lib.sh"
has train predict decode tokenize encode detokenize || skip_all 'not built'

# Names at any place, every third of which comes once: to the model it is unknown, on both sides.
awk 'function letters(i) { return i ? letters(int(i / 26)) sprintf("%c", 97 + i % 26) : "" }
    function name() { return int(rand() * 3) ? "n" letters(1 + int(rand() * 20)) : "Rare" letters(++rare) }
    BEGIN { srand(5); for (i = 0; i < 1200; i++) { s = t = ""; for (k = 3; k > 0; k--) { n = name(); s = s n " "; t = n " " t } print s "go\t" t "vont" } }' > pairs.tsv
train -q --no-store --tokenizer word --joint off --copy off --hidden 32 --embed 16 --steps 400 --lr 0.02 --warmup 20 --dropout 0 --dev none --decoder bahdanau -o m.heed pairs.tsv ||
    { echo 'Bail out! train fails'; exit 1; }
printf 'Zebra nb nd go\nnb Zebra nc go\nne nf caf\303\251 go\nna nd nf go\n' > text
predict -q -m m.heed --unk keep text > kept && predict -q -m m.heed --unk-weight 0 text > copied || { echo 'Bail out! predict fails'; exit 1; }

t_looked_up() {
    cat kept copied && grep -q '<unk>' kept && grep -q Zebra copied && printf 'zebra\tnot this\nZebra\tle z\303\250bre\nZebra\tnor this\nnd\tnever\n' > table &&
        sed 's/Zebra/le z\xc3\xa8bre/g' copied > want && predict -q -m m.heed --unk-weight 0 --dictionary table text > got && same want got &&
        tokenize -q -m m.heed text | encode -m m.heed > memory && decode -q -m m.heed --unk-weight 0 --dictionary table memory > got && same want got &&
        decode -q -m m.heed --hypotheses memory | detokenize -q -m m.heed --unk-weight 0 --dictionary table > got && same want got &&
        predict -q -m m.heed --unk-weight 0 --dictionary table --n-best 2 text | awk -F '\t' '$2 == 1' | cut -f4 > got && same want got
}
run t_looked_up 'what attention points at is looked up, else copied'

# U+0065 U+0301 in the table, U+00E9 in the text, and the other way round.
t_composed() {
    grep -q 'caf' copied && printf 'cafe\314\201\tkoffie\n' > table && sed 's/caf\xc3\xa9/koffie/g' copied > want && predict -q -m m.heed --unk-weight 0 --dictionary table text > got && same want got &&
        : > empty && predict -q -m m.heed --unk-weight 0 --dictionary empty text > got && same copied got
}
run t_composed 'words are compared as NFC; an empty table is none'

t_refused() {
    printf 'a\tb\nZebra\n' > bad && fails 1 'bad: line 2: no tab: a line is SOURCE<TAB>TARGET' predict -m m.heed --dictionary bad text &&
        printf 'a\tb\nc\td\te\n' > bad && fails 1 'bad: line 2: two tabs' predict -m m.heed --dictionary bad text &&
        printf '\tb\n' > bad && fails 1 'bad: line 1: no word before the tab' decode -m m.heed --dictionary bad memory &&
        printf 'a\tb\nx\t \n' > bad && fails 1 'bad: line 2: no word behind the tab' decode -m m.heed --dictionary bad memory &&
        fails 1 'none: No such file' predict -m m.heed --dictionary none text &&
        fails 2 'and --unk keep leaves them' predict -m m.heed --unk keep --dictionary table text &&
        tokenize -q -m m.heed text > ids && fails 2 '--dictionary is of hypotheses: these are ids' detokenize -m m.heed --dictionary table ids
}
run t_refused 'tables with a bad line'
done_testing
