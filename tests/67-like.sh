#!/bin/sh
# 67-like.sh: train --like: options as an earlier training had them; and options from a file.
. "${srcdir:-.}/tests/lib.sh"
has train runs || skip_all 'not built'

awk -v n=60 -v seed=3 -f "$srcdir/tests/toy.awk" > pairs.tsv
train -q --name one --tag t --tokenizer word --steps 6 --hidden 12 --score dot --rows 8 --dropout 0.1 --seed 4 --dev none -o one.heed pairs.tsv ||
    { echo 'Bail out! train fails'; exit 1; }

# like RUN NAME: the same bytes.
like() { train --like "$1" -o "$2.heed" pairs.tsv 2> said && cmp one.heed "$2.heed"; }
t_run() {
    like one two && test "$(grep -c '^train: like one: ' said)" -eq 1 && grep '^train: like one' said > line &&
        grep -q 'hidden 12' line && grep -q 'score dot' line && grep -q 'steps 6' line && grep -q 'dev none' line && ! grep -q 'name\|output' line
}
t_forms() { like 1 three && like last four && like one.heed five && cp one.heed moved && like ./moved six; }
# The command line holds; of the length all of it.
t_overridden() {
    train --like one --epochs 1 --hidden 8 --name other -o seven.heed pairs.tsv 2> said && ! grep 'like one' said | grep -q 'steps\|hidden' &&
        runs sql "SELECT key, value FROM param JOIN run USING (run_id) WHERE run.name = 'other' AND key IN ('epochs', 'steps', 'hidden', 'score')
            ORDER BY key" --csv > got && printf '%s\n' key,value epochs,1 hidden,8 score,dot steps,0 > want && same want got
}
# Where no store knows it the file tells its shape and tokenizers; a checkpoint tells all.
t_file() {
    (HEED_STORE=$PWD/none && export HEED_STORE &&
        train --no-store --like one.heed --steps 3 --dev none -o eight.heed pairs.tsv 2> said && grep 'like one.heed: .*hidden 12' said > line &&
        grep -q 'the file does not say how it was trained' line && peek eight.heed > got && grep -q 'hidden=12' got &&
        train -q --no-store --like one.heed --steps 6 --rows 8 --dropout 0.1 --seed 4 --dev none -o nine.heed pairs.tsv && cmp one.heed nine.heed &&
        train -q --no-store --keep-checkpoint --like one.heed --steps 6 --rows 8 --dropout 0.1 --seed 4 --dev none -o ten.heed pairs.tsv &&
        train --no-store --like ten.ckpt.heed --dev none -o eleven.heed pairs.tsv 2> said && cmp one.heed eleven.heed && ! grep -q 'does not say' said)
}
t_refused() {
    fails 1 "option --like: run 'nobody': not in the store" train --like nobody -o x.heed pairs.tsv &&
        fails 1 'option --like: pairs.tsv: is no model, but text' train --like pairs.tsv -o x.heed pairs.tsv &&
        fails 2 'exclude each other' train --like one --preset d2l -o x.heed pairs.tsv &&
        fails 2 'exclude each other' train --like one --resume -o one.heed pairs.tsv &&
        cut -f2 pairs.tsv > y && evaluate -q --name figures --ref y y > got && fails 1 'option --like: figures: is no training' train --like figures -o x.heed pairs.tsv
}
t_options_file() {
    printf '# the recipe\ntokenizer word\nsteps = 6\n--hidden=12\nscore dot\nrows 8\ndropout 0.1\nseed 4\ndev none\n' > recipe &&
        train -q --no-store --options recipe -o twelve.heed pairs.tsv && cmp one.heed twelve.heed && echo 'hidden many' >> recipe &&
        fails 2 "recipe:10: option --hidden given twice" train --options recipe -o x.heed pairs.tsv
}

run t_run 'a run by its name: the same bytes, told in one line'
run t_forms 'by number, last, file, and content of a file'
run t_overridden 'what the command line gives holds, and is what is recorded'
run t_file 'a file that no store knows'
run t_refused 'what is no training'
run t_options_file 'the same from a file of options'
done_testing
