#!/bin/sh
# 51-corpora.sh: corpora with shares of an epoch: in bytes that hang on the seed alone, in windows too, resumed; without shares all
# pairs once, wherever they stand.
. "${srcdir:-.}/tests/lib.sh"
has train runs || skip_all 'not built'

awk -v n=200 -v seed=7 -f "$srcdir/tests/toy.awk" > a.tsv
awk -v n=40 -v seed=9 -f "$srcdir/tests/toy.awk" > b.tsv
head -n 20 a.tsv > dev.tsv
cat a.tsv b.tsv > both.tsv

# go NAME OPTION...
go() {
    go_name=$1
    shift
    train -q --no-store --tokenizer word --hidden 8 --dev none --schedule constant --warmup 0 --keep-checkpoint -o "$go_name.heed" "$@"
}

t_all_once() {
    go files --steps 20 a.tsv b.tsv && go one --steps 20 both.tsv && same files.heed one.heed
}
run t_all_once 'without shares two files are the pairs of one'

t_shares() {
    go w --steps 20 --weights 1,3 a.tsv b.tsv && go w2 --steps 20 --weights 2,6 -j 2 a.tsv b.tsv && ! cmp -s w.heed files.heed &&
        go other --steps 20 --weights 3,1 a.tsv b.tsv && ! cmp -s w.heed other.heed && go level --steps 20 --temperature 1 a.tsv b.tsv &&
        ! cmp -s level.heed w.heed
}
run t_shares 'shares make another training, whoever works'

t_said() {
    train --no-store --tokenizer word --hidden 8 --steps 1 --dev dev.tsv --weights 1,3 -o said.heed a.tsv b.tsv 2> said && cat said &&
        grep -q 'a.tsv: 25 % of an epoch, each of its 200 pairs 0.3 times$' said &&
        grep -q 'b.tsv: 75 % of an epoch, each of its 40 pairs 4.5 times$' said &&
        train --no-store --tokenizer word --hidden 8 --steps 1 --dev dev.tsv --temperature 2 -o said2.heed a.tsv b.tsv 2> said && cat said &&
        grep -q 'b.tsv: 30.9 % of an epoch, each of its 40 pairs 1.85 times$' said
}
run t_said 'what share each has is told'

t_resume() {
    go whole --steps 40 --weights 1,3 a.tsv b.tsv && go part --steps 23 --weights 1,3 a.tsv b.tsv &&
        fails 2 'weights 1,3 -> 1,2' go part --resume --steps 40 --weights 1,2 a.tsv b.tsv &&
        fails 1 'not those of the checkpoint' go part --resume --steps 40 b.tsv a.tsv &&
        go part --resume --steps 40 a.tsv b.tsv && same whole.heed part.heed
}
run t_resume 'a resumption has the shares of its beginning'

t_windows() {
    go s1 --window 64 --steps 40 --weights 1,3 a.tsv b.tsv && go s2 --window 64 --steps 17 --weights 1,3 a.tsv b.tsv &&
        go s2 --resume --steps 40 -j 2 a.tsv b.tsv && same s1.heed s2.heed && ! cmp -s s1.heed whole.heed
}
run t_windows 'beyond a window too'

t_recorded() {
    train -q --tokenizer word --hidden 8 --steps 1 --dev none --weights 1,3 -o r.heed a.tsv b.tsv &&
        runs sql --csv "SELECT value FROM param WHERE key = 'weights'" > is && grep -qx '"\{0,1\}1,3"\{0,1\}' is
}
run t_recorded 'the record has them'

t_refused() {
    fails 2 'is not 2 numbers above 0' go x --steps 1 --weights 1 a.tsv b.tsv &&
        fails 2 'exclude each other' go x --steps 1 --weights 1,2 --temperature 2 a.tsv b.tsv &&
        fails 2 'is of 2 to 64 files' go x --steps 1 --temperature 2 a.tsv && : > none.tsv &&
        fails 2 'is of 2 to 64 files' go x --steps 1 --weights 1,2 < a.tsv &&
        fails 1 'none.tsv: no pairs to train on' go x --steps 1 --weights 1,2 a.tsv none.tsv && test ! -e x.heed
}
run t_refused 'shares of what is not there are refused'

done_testing
