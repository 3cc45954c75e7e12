#!/bin/sh
# 85-page.sh: plot --html and runs report --html: what is in the page, and that nothing else can be. 86-browser.sh opens it.
. "${srcdir:-.}/tests/lib.sh"
has plot runs train tokenize encode decode detokenize evaluate tensors peek || skip_all 'not all programs are built'

# Text that would end a script, an attribute, a comment, a line, or turn the direction of what follows.
hostile() {
    printf '</script><img src=x onerror=alert(1)> no %d\tle "chat" no %d\n' "$1" "$1"
    printf '<!--<script> \342\200\250\342\200\256x %d\tne \\u0041 \\" %d &amp;\n' "$1" "$1"
}
i=0
while test $i -lt 20; do
    hostile $((i % 7))
    i=$((i + 1))
done > pairs.tsv
train -q --steps 20 --eval-every 10 --seed 1 --tokenizer char --hidden 8 --embed 8 --dev pairs.tsv --name '</title>"tiny' -o tiny.heed pairs.tsv \
    > log 2>&1 || { sed 's/^/# /' log; echo 'Bail out! no model'; exit 1; }
cut -f1 pairs.tsv > src && cut -f2 pairs.tsv > ref
tokenize -m tiny.heed src | encode -m tiny.heed > memory && decode -q -m tiny.heed --weights memory > hyp &&
    decode -q -m tiny.heed --hypotheses --force ref memory > forced || exit 1

# The JSON of a page.
data_of() { sed -n '/^<script type="application\/json" id="data">/,/<\/script>$/p' "$1"; }
# field NAME PAGE: "line value", from the objects of lines.
field() { data_of "$2" | sed -n "s/^.*{\"n\":\([0-9]*\),.*,\"$1\":\([^,}]*\)[,}].*/\1 \2/p"; }

t_whole() {
    plot --html --ref ref --forced forced --run 1 --title '</title><script>alert(2)</script>' -o page.html hyp && plot --html --ref ref \
        --forced forced --run 1 --title '</title><script>alert(2)</script>' - < hyp > again.html && sed 's/"standard input"/"hyp"/' again.html | same - page.html &&
        head -n 1 page.html | grep -qx '<!DOCTYPE html>' && test "$(grep -c '"n":' page.html)" -eq 40
}
run t_whole 'a page of lines and runs, the same bytes each time'

# Elements of ours alone; the only addresses are names of formats.
t_closed() {
    test "$(grep -o '<script' page.html | wc -l)" -eq 2 && test "$(grep -o '</script' page.html | wc -l)" -eq 2 && ! grep -q '<img' page.html &&
        ! grep -q '<!--' page.html && test "$(grep -o '</title' page.html | wc -l)" -eq 1 && ! grep -q "$(printf '\342\200\250')" page.html &&
        ! grep -q "$(printf '\342\200\256')" page.html && ! grep -q '[a-z]*="http\|url(\|@import\|fetch(\|XMLHttp' page.html &&
        grep -o 'https\?://[a-z0-9./]*' page.html | sort -u > addresses && echo 'http://www.w3.org/2000/svg' | same - addresses
}
run t_closed 'no text gets out of its place; no address is asked for'

# The policy names the script by its digest.
t_policy() {
    sed -n '/^<script type="module">/,/<\/script>$/p' page.html | sed '1s/^<script type="module">//' | sed '$d' > script.js && test -s script.js &&
        sha256sum < script.js | cut -d ' ' -f 1 > want && sed -n "s/.*script-src 'sha256-\([^']*\)'.*/\1/p" page.html | base64 -d | od -An -v -tx1 |
        tr -d ' \n' > got && echo >> got && same want got && grep -qF "default-src 'none'" page.html
}
run t_policy 'the policy lets that script run and no other'

# Probabilities of forced targets are the losses; errors are those of evaluate.
t_figures() {
    peek --csv --tensor score forced > scores && field loss page.html > losses && test "$(wc -l < losses)" -eq 40 &&
        paste -d ' ' scores losses | awk '($1 + $3) ^ 2 > 1e-5 { print; bad = 1 } END { exit bad }' && plot --html -o bare.html hyp &&
        field loss bare.html > own && peek --csv --tensor score hyp > scores && ! cmp -s losses own &&
        paste -d ' ' scores own | awk '($1 + $3) ^ 2 > 1e-5 { print; bad = 1 } END { exit bad }' && ! grep -q '"edits"' bare.html &&
        detokenize -m tiny.heed hyp > text && evaluate -q --no-store --ref ref --csv text > table && sed -n 's/^exact,\([^,]*\),.*/\1/p' table > want &&
        data_of page.html | grep -o '\["exact",[^,]*' | cut -d , -f 2 > got && awk 'NR == FNR { v = $1; next } { exit (v - $1) ^ 2 > 1e-6 }' want got &&
        sed -n 's/^token-error,\([^,]*\),.*/\1/p' table > want && data_of page.html | sed -n 's/.*"edits":\([0-9]*\),"of":\([0-9]*\).*/\1 \2/p' |
        awk '{ e += $1; n += $2 } END { print 100 * e / n }' > got && awk 'NR == FNR { v = $1; next } { exit (v - $1) ^ 2 > 1e-4 }' want got
}
run t_figures 'losses of forced targets or of the own; the figures that evaluate has'

# Two lines, of which the second has a second hypothesis; weights of one half and all.
made() {
    tensors 'line=[1,0]' 'src=[[5,6],[8,0]]' 'src_len=[2,1]' 'tgt=[[[5,2],[6,2]],[[7,2],[0,0]]]' 'tgt_len=[[2,2],[2,0]]' \
        'log_prob=[[-1,-2],[-0.5,0]]' 'score=[[-0.5,-1],[-0.25,0]]' 'token_log_prob=[[[-0.5,-0.5],[-1,-1]],[[-0.25,-0.25],[0,0]]]' \
        'finish:U8=[[1,0],[1,1]]' 'weights=[[[[[0.5,0.5],[1,0]]],[[[0,1],[0.004,0.996]]]],[[[[1,0],[1,0]]],[[[0,0],[0,0]]]]]' --type hypotheses
}
t_numbers() {
    made > made.stream && plot --html -o made.html made.stream && data_of made.html > json && cat json &&
        grep -qF '{"n":1,"src":["","0"," ","1",""],"hyp":[{"text":"","words":["","0",""],"end":1,"w":"gID/AAE=","p":[-0.5,-0.5],"score":-0.5,"log":-1},' json &&
        grep -qF '"w":"AAH/AAH+","p":[-1,-1],"score":-1,"log":-2,"cut":1}],"loss":0.5}' json && grep -qF '{"n":0,"src":["","0",""],"hyp":[{"text":"","words":["","0",""],' json &&
        test "$(grep -o '"score"' json | wc -l)" -eq 3
}
run t_numbers 'hypotheses with their scores and weights, as many as there are'

# Lengths that cannot be: the text is not looked at.
t_impossible() {
    tensors --type hypotheses 'line=[0]' 'src=[[5,6]]' 'src_len=[2]' 'tgt=[[[5,2]]]' 'tgt_len=[[2]]' 'weights=[[[[[0.5,0.5],[1,0]]]]]' \
        'src_text:U8=[[97,32,98]]' 'src_text_len:I32=[-5]' 'src_begin:I32=[[0,2]]' 'src_end:I32=[[1,3]]' > bad && plot --style digits bad > map &&
        head -n 1 map | grep -q '0  *1' && plot --pharaoh hard bad > links && echo '0-0' | same - links && plot --html bad > bad.html &&
        grep -qF '"src":["","0"," ","1",""]' bad.html
}
run t_impossible 'a length of text that cannot be'

t_report() {
    train -q --steps 30 --eval-every 10 --seed 2 --tokenizer char --hidden 8 --embed 8 --dev pairs.tsv --name two -o two.heed pairs.tsv &&
        runs report > text && cat text && grep -qx runs text && grep -qx differences text && grep -q '^run seed  *[12]  *[12]$' text &&
        runs report --html --title grid -o grid.html && data_of grid.html > json && grep -q '"name":"loss","curves"' json && grep -q '"two dev"' json &&
        grep -q '"title":"differences"' json && ! grep -q '</title>"tiny' grid.html && runs report --html two > two.html && data_of two.html | grep -q '"two train"' &&
        ! grep -q 'differences' two.html && runs report --html --metric dev.loss two > loss.html && ! grep -q '"two train"' loss.html && grep -q '"two dev"' loss.html
}
run t_report 'a report of runs: tables in the terminal, a page with curves'

t_refusals() {
    head -n 3 ref > short && fails 1 'short has 3 lines, the stream a line 4' plot --html --ref short -o no.html hyp && test ! -e no.html &&
        fails 2 '--html shows all lines' plot --html --svg hyp && fails 2 '--ref, --forced and --title are of --html' plot --ref ref hyp &&
        fails 2 'are of report --html' runs report --title x && fails 1 'no such run' runs report --tag none && fails 1 "run 'none'" runs report --html none &&
        head -c 3000 hyp > part && fails 1 'part' plot --html -o no.html part && test ! -e no.html &&
        fails 1 'none.ref' plot --html --ref none.ref hyp && fails 1 'No space left' plot --html hyp > /dev/full
}
run t_refusals 'what does not fit is said, and no page is left'

done_testing
