#!/bin/sh
# 76-pharaoh.sh: alignments as links i-j: of pieces, of words, hard and soft, in the order of the text.
. "${srcdir:-.}/tests/lib.sh"
has plot train tokenize batch-mask encode decode tensors || skip_all 'not all programs are built'

i=0
while test $i -lt 40; do
    printf 'the (cat) is no %d\tle chat no %d\n' $((i % 7)) $((i % 7))
    i=$((i + 1))
done > pairs.tsv
train -q --steps 3 --seed 1 --tokenizer word --hidden 8 --embed 8 --no-store -o word.heed pairs.tsv > log 2>&1 &&
    train -q --steps 3 --seed 1 --tokenizer char --hidden 8 --embed 8 --no-store -o char.heed pairs.tsv > log 2>&1 ||
    { sed 's/^/# /' log; echo 'Bail out! no model'; exit 1; }

# 2 lines, source 3 and 2 places, target 3 and 1 with their ends.
t_numbers() {
    tensors 'line=[0,1]' 'src=[[5,6,7],[8,9,0]]' 'src_len=[3,2]' 'tgt=[[[5,6,2]],[[2,0,0]]]' 'tgt_len=[[3],[1]]' \
        'weights=[[[[[0.25,0.25,0.5],[0.5,0.5,0],[1,0,0]]]],[[[[0.1,0.9,0],[0,0,0],[0,0,0]]]]]' --type hypotheses > made &&
        plot --pharaoh hard made > hard && printf '2-0 0-1\n\n' | same - hard &&
        plot --pharaoh soft --units pieces --threshold 0.3 made > soft && printf '2-0:0.5 0-1:0.5 1-1:0.5\n\n' | same - soft &&
        plot --pharaoh soft -o file made && printf '0-0:0.25 1-0:0.25 2-0:0.5 0-1:0.5 1-1:0.5\n\n' | same - file
}
run t_numbers 'the largest weight, the first of equals; none of the end'

# links FILE: "line i j weight" of each soft link.
links() { awk '{ for (k = 1; k <= NF; k++) { split($k, p, /[-:]/); print NR, p[1], p[2], p[3] } }' "$1"; }
# near FILE FILE: the same links, their weights to the digits that are written.
near() {
    sort "$1" > near.1 && sort "$2" > near.2 && test -s near.1 && paste -d ' ' near.1 near.2 | awk '
        $1 != $5 || $2 != $6 || $3 != $7 || ($4 - $8) ^ 2 > 1e-6 { print; bad = 1 } END { exit bad }'
}

# Of "the (cat) is" the pieces are the ( cat ) is, of which three make a word.
t_source_words() {
    printf 'the (cat) is\n\nno 5\n' > text && tokenize -m word.heed text | encode -m word.heed | decode -q -m word.heed --weights > hyp &&
        plot --pharaoh soft --threshold 0 --units pieces hyp > pieces && plot --pharaoh soft --threshold 0 hyp > words &&
        test "$(wc -l < words)" -eq 3 && sed -n 2p words | grep -qx '' && links pieces |
        awk '{ i = $1 == 1 ? ($2 < 1 ? 0 : $2 < 4 ? 1 : 2) : $2; sum[$1 " " i " " $3] += $4 } END { for (k in sum) print k, sum[k] }' > want &&
        links words > got && near want got
}
run t_source_words 'attention to a word is that to all of its pieces'

# Of "le chat" the letters are l e blank c h a t.
t_target_words() {
    echo 'no 5' > text && echo 'le chat' > forced && tokenize -m char.heed text | encode -m char.heed > memory &&
        decode -q -m char.heed --weights --force forced memory > hyp && plot --pharaoh soft --threshold 0 --units pieces hyp > pieces &&
        plot --pharaoh soft --threshold 0 hyp > words && links words > got && awk '$3 > 1 { exit 1 }' got && links pieces |
        awk '$2 == 2 || $3 == 2 { next } { j = $3 < 2 ? 0 : 1; sum[$1 " " ($2 < 2 ? 0 : 1) " " j] += $4 / (j ? 4 : 2) }
            END { for (k in sum) print k, sum[k] }' > want && near want got
}
run t_target_words 'attention of a word is the mean over its pieces; blanks are no words'

t_hard() {
    cut -f1 pairs.tsv > text && tokenize -m word.heed text | encode -m word.heed > memory && decode -q -m word.heed --weights memory > hyp &&
        plot --pharaoh soft --threshold 0 --units pieces hyp > soft && links soft | awk '
        !($1 " " $3 in most) || $4 > most[$1 " " $3] { most[$1 " " $3] = $4; at[$1 " " $3] = $2 }
        END { for (k in at) { split(k, p, " "); print p[1], at[k], p[2], most[k] } }' > want &&
        plot --pharaoh hard --units pieces hyp > hard && sed 's/\([0-9]\)\( \|$\)/\1:0\2/g' hard > zero && links zero > got &&
        sort want | cut -d ' ' -f 1-3 > a && sort got | cut -d ' ' -f 1-3 > b && same a b &&
        decode -q -m word.heed --hypotheses memory | plot --pharaoh hard --units pieces > bare && same hard bare
}
run t_hard 'hard is the largest of soft, and needs no weights in the stream'

t_order() {
    awk 'NR % 3 { print $1 } NR % 3 == 0' text > mixed && tokenize -m word.heed mixed | encode -m word.heed | decode -q -m word.heed --weights |
        plot --pharaoh hard > straight && tokenize -m word.heed mixed | batch-mask --rows 4 | encode -m word.heed |
        decode -q -m word.heed --weights | plot --pharaoh hard > batched && same straight batched &&
        tokenize -m word.heed mixed > ids && cat ids ids | encode -m word.heed | decode -q -m word.heed --weights | plot --pharaoh hard > twice &&
        cat straight straight | same - twice
}
run t_order 'in the order of the text, whatever the batches; parts one after the other'

t_refusals() {
    fails 1 'no weights in the stream' sh -c 'decode -q -m word.heed --hypotheses memory | plot --pharaoh soft' &&
        fails 2 '--pharaoh writes links' plot --pharaoh hard --svg hyp && fails 2 '--threshold and --units' plot --units pieces hyp &&
        fails 1 '--head 4' plot --pharaoh hard --head 4 hyp && fails 2 'not one of hard|soft' plot --pharaoh loud hyp &&
        head -c 4000 hyp > part && fails 1 'part' plot --pharaoh hard -o kept part && test ! -e kept
}
run t_refusals 'what cannot be linked is said; no half file'

# <unk> is a word to see at the map.
t_unknown() {
    echo 'le tigre' > forced && tokenize -m word.heed forced | encode -m word.heed |
        decode -q -m word.heed --weights --force forced | plot --svg > map.svg && grep -q 'class="a">le &lt;unk&gt;<' map.svg
}
run t_unknown 'an unknown word stands in the sentence too'

done_testing
