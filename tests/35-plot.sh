#!/bin/sh
# plot: attention maps of a stream, curves of the store.
. "${srcdir:-.}/tests/lib.sh"
has plot runs train tokenize encode decode tensors || skip_all 'not all programs are built'

i=0
while test $i -lt 40; do
    printf 'the <cat> & no %d\tle chat no %d\n' $((i % 7)) $((i % 7))
    i=$((i + 1))
done > pairs.tsv
train -q --steps 3 --seed 1 --tokenizer word --hidden 8 --embed 8 --name tiny -o tiny.heed pairs.tsv > log 2>&1 ||
    { sed 's/^/# /' log; echo 'Bail out! no model'; exit 1; }
printf 'the <cat> & no 3\n\nno 5\n' > text
tokenize -m tiny.heed < text | encode -m tiny.heed | decode -m tiny.heed --weights > hyp.stream || exit 1

t_map() {
    plot hyp.stream > map && head -n 1 map | grep -q 'the *<.*cat.*no *3' &&
        plot --line 2 < hyp.stream | head -n 1 | grep -q 'no *5' &&
        plot --all --style digits hyp.stream 2> note > all && grep -q 'line 1 is empty' note &&
        test "$(wc -l < all)" -gt "$(wc -l < map)"
}
run t_map 'words above, target words beside'

t_styles() {
    plot --style truecolor hyp.stream > out && grep -q '48;2;' out &&
        plot --style 256 hyp.stream > out && grep -q '48;5;' out &&
        plot --style shades hyp.stream > out && ! grep -q "$(printf '\033')" out &&
        plot --width 12 hyp.stream > out && test "$(wc -l < out)" -gt "$(wc -l < map)"
}
run t_styles 'colours, shades, and words that hang when there is no room'

t_whole() {
    echo the | tokenize -m tiny.heed | encode -m tiny.heed | decode -m tiny.heed --weights > one.stream &&
        plot --style 256 one.stream > out && grep -q 'm100 ' out &&
        plot --style digits one.stream > out && grep -q ' 100$' out
}
run t_whole 'a weight of one is 100 percent in every style'

# Weights from 0 to 1: eleven grounds in order, of which the lightest stands last; side by side only large numbers are written.
t_grounds() {
    tensors 'weights=[[[[0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1]]]]' --type attention > ramp && plot --style 256 ramp > out &&
        tr '\033' '\n' < out | sed -n 's/^\[48;5;\([0-9]*\)m.*/\1/p' | tr '\n' ' ' > got && printf '234 17 18 24 30 71 77 113 149 185 220 ' | same - got &&
        plot --style 256 --width 30 ramp > out && grep -q 'm30' out && ! grep -q 'm20' out
}
run t_grounds 'grounds of 256 colours grow lighter with the weight'

t_svg() {
    plot -o map.svg hyp.stream && grep -q '^<svg xmlns' map.svg && tail -n 1 map.svg | grep -q '</svg>' &&
        grep -q '&lt;' map.svg && grep -q '&amp;' map.svg && ! grep -q '>&<' map.svg &&
        plot --svg hyp.stream | same - map.svg
}
run t_svg 'SVG with its words escaped'

# Pieces that go on with a word have a dot in front; the picture has a title and the sentences.
t_pieces() {
    awk 'BEGIN { split("territories terriers gardens happily", s, " "); split("territoires terriers jardins joie", t, " ")
        for (i = 0; i < 200; i++) print "The " s[i % 4 + 1] " " s[int(i / 4) % 4 + 1] ".\tLe " t[i % 4 + 1] " " t[int(i / 4) % 4 + 1] "." }' > sub.tsv &&
        train -q --steps 2 --hidden 8 --vocab-size 60 --min-count 1 --tokenizer sentencepiece:rare=1 -o sub.heed sub.tsv &&
        echo 'The terriers <&.' | tokenize -m sub.heed | encode -m sub.heed | decode -m sub.heed --weights > sub.stream &&
        plot --style digits sub.stream > out && cat out && grep -q '·' out && ! head -n 20 out | grep -q '·T\|·<\|·&' &&
        plot -o sub.svg sub.stream && grep -q '<title>attention, line 0: The terriers &lt;&amp;. → ' sub.svg &&
        grep -q 'class="q">The terriers &lt;&amp;\.<' sub.svg && ! plot hyp.stream | grep '·'
}
run t_pieces 'pieces of a word are told from words; the picture has its sentence'

t_refusals() {
    fails 1 'line 9 is not in the stream' plot --line 9 hyp.stream &&
        fails 1 '--head 3' plot --head 3 hyp.stream &&
        fails 1 '--hypothesis 1' plot --hypothesis 1 hyp.stream &&
        fails 2 'one' plot --run last hyp.stream && fails 2 '--all' plot --all --svg hyp.stream &&
        fails 1 'is text, not a tensor stream' plot text &&
        tokenize -m tiny.heed < text | encode -m tiny.heed | decode -m tiny.heed --hypotheses > bare.stream &&
        fails 1 'no weights' plot bare.stream
}
run t_refusals 'what cannot be drawn is said'

t_broken() {
    head -c 3000 hyp.stream > cut.stream && fails 1 'cut.stream' plot cut.stream
}
run t_broken 'a broken stream fails'

t_curves() {
    plot --run tiny --metric dev.loss > out && head -n 1 out | grep -q loss && grep -q 'tiny dev, last' out &&
        plot --run tiny --metric dev.loss,dev.bleu -o c.svg && grep -c '<polyline' c.svg | grep -qx 2 &&
        grep -q '<title>tiny dev.loss, tiny dev.bleu</title>' c.svg &&
        fails 1 'no values of dev.nothing' plot --run tiny --metric dev.nothing &&
        fails 2 "metric 'loss'" plot --run tiny --metric loss &&
        fails 1 "run 'nobody'" plot --run nobody
}
run t_curves 'curves of a run'

# A run has one colour in all panels and both splits, its training dashes; runs of one name have their numbers.
t_runs() {
    train -q --steps 3 --seed 2 --tokenizer word --hidden 8 --embed 8 --eval-every 1 --name tiny --dev pairs.tsv -o two.heed pairs.tsv &&
        train -q --steps 3 --seed 3 --tokenizer word --hidden 8 --embed 8 --eval-every 1 --name three --dev pairs.tsv -o three.heed pairs.tsv &&
        plot --run two.heed --run three --metric train.loss,dev.loss,dev.chrf -o c.svg && grep -o '<polyline.*stroke="#[0-9a-f]*"[^p]*points' c.svg |
        sed 's/.*stroke="\(#[0-9a-f]*\)" *\(stroke-d[^ ]*\)*.*/\1 \2/' > colours && cat colours && test "$(sort colours | uniq -c | sed 's/^ *//' | cut -d ' ' -f 1 | tr '\n' ' ')" = '2 1 2 1 ' &&
        test "$(cut -d ' ' -f 1 colours | sort -u | wc -l)" -eq 2 && grep -q '>tiny #3 dev <' c.svg && grep -q '>three train <' c.svg &&
        plot --run two.heed --metric train.loss,dev.loss --style 256 > out && grep -q '╍╍.*tiny #3 train' out && grep -q '━━.*tiny #3 dev' out
}
run t_runs 'several runs over one another'

# Drawn again until the run has ended; of one that has, once.
t_watched() {
    plot --run three > once && plot --run three --watch 1s > watched && head -n "$(wc -l < once)" watched | same once - && grep -q "^dev lines" watched && id=$(runs start --kind train --name going) && { plot --run going --run three --watch 0.1s > often 2> said & } && watcher=$! &&
        until test "$(wc -l < often)" -gt $((2 * $(wc -l < watched))); do sleep 0.1; done && runs finish "$id" && wait "$watcher" && tail -n "$(wc -l < watched)" often > end && grep -q loss end &&
        fails 2 '--watch draws curves of --run' plot --watch 1s hyp.stream && fails 2 '--watch draws' plot --run three --watch 1s --svg && fails 2 'option --watch' plot --run three --watch soon
}
run t_watched 'watched while it goes on'

done_testing
