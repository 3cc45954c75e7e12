#!/bin/sh
# 38-dev-outputs.sh: what a training makes of a few dev lines, at each measuring, is kept in the store.
. "${srcdir:-.}/tests/lib.sh"
has train runs predict plot || skip_all 'not built'

awk -v n=130 -v seed=3 -f "$srcdir/tests/toy.awk" > all && head -n 9 all > dev.tsv && tail -n 100 all > pairs.tsv
go() {
    go_name=$1
    shift
    train -q --dev dev.tsv --tokenizer word --hidden 16 --steps 60 --eval-every 20 --lr 0.02 --name "$go_name" -o "$go_name.heed" "$@" pairs.tsv
}
outputs() {
    runs sql "SELECT line, source, reference, step, output FROM v_dev_output WHERE name = ?1 ORDER BY step, line" "$1" --csv | tail -n +2
}

t_kept() {
    go whole --dev-samples 3 && outputs whole > kept && test "$(wc -l < kept)" -eq 9 && cut -d, -f1 kept | sort -u > lines &&
        printf '1\n4\n7\n' | same - lines &&
        runs sql "SELECT kept_step FROM v_run WHERE name = 'whole'" --csv | tail -n 1 > step && sed -n '1p;4p;7p' dev.tsv > three.tsv &&
        cut -f 1 three.tsv | predict -q -m whole.heed --no-store > said &&
        runs sql "SELECT output FROM v_dev_output WHERE name = 'whole' AND step = ?1 ORDER BY line" "$(cat step)" --csv | tail -n +2 > earlier &&
        same said earlier && runs sql "SELECT source || char(9) || reference FROM dev_line ORDER BY line" --csv | tail -n +2 | same three.tsv -
}
run t_kept 'lines spread over the dev pairs, with what predict says of the kept model'

t_resumed() {
    go parts --dev-samples 3 --checkpoint-every 10 --stop 30 && go parts --resume && outputs parts | same kept -
}
run t_resumed 'stopped and gone on with: the same rows'

t_none() {
    go none --dev-samples 0 && outputs none > rows && test ! -s rows && fails 2 'option --dev-samples' go none --dev-samples -1
}
run t_none 'none where none are asked for'

# A measuring adds some kilobytes, however long the lines are.
t_long() {
    awk 'BEGIN { s = "é"; for (i = 0; i < 9; i++) s = s s; print s "\t" s }' > long.tsv &&
        train -q --dev long.tsv --tokenizer char --hidden 4 --steps 1 --name long -o long.heed all &&
        runs sql "SELECT substr(source, -4) AS tail, length(CAST(source AS BLOB)) AS n, source GLOB reference AS same FROM dev_line
            JOIN run USING (run_id) WHERE name = 'long'" --csv > out && printf 'tail,n,same\n\303\251...,403,1\n' | same - out
}
run t_long 'long lines are cut between two characters'

t_tagged() {
    sed 's/$/\tnews/' all > tagged.tsv && train -q --dev tagged.tsv --tag-columns 3 --tokenizer word --hidden 4 --steps 1 --name tagged -o tagged.heed tagged.tsv &&
        runs sql "SELECT source FROM dev_line JOIN run USING (run_id) WHERE name = 'tagged' ORDER BY line LIMIT 1" --csv | tail -n +2 > out &&
        echo "news $(head -n 1 all | cut -f 1)" | same - out
}
run t_tagged 'a source with its tag in front'

t_shown() {
    runs show whole > out && grep -q '^outputs$' out && grep -q "^ *4  source  *$(sed -n 4p dev.tsv | cut -f 1)" out && grep -q '^ *4  step 20 ' out &&
        runs watch whole > out && grep -q '^dev lines$' out && grep -q '^ *7  step 60  ' out && ! grep -q 'step 40' out &&
        plot --run whole --html > page && grep -q '"title":"outputs on dev","columns":\["id","line","source","reference","step","output"\]' page
}
run t_shown 'runs show, runs watch, the page of plot'

done_testing
