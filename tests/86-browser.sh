#!/bin/sh
# 86-browser.sh: the page of plot --html and runs report --html in a browser, headless Chromium: what the address asks for is
# shown; pointers and keys act; hostile text stays text; colours follow the system. Each look is a start of the browser, which takes
# a second or two; HEED_NO_BROWSER leaves them out.
. "${srcdir:-.}/tests/lib.sh"
has plot runs train tokenize encode decode || skip_all 'not all programs are built'
test -z "${HEED_NO_BROWSER:-}" || skip_all 'HEED_NO_BROWSER is set'
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip_all 'no Chromium here'

# dom FILE ADDRESS [OPTION...]: the elements as they stand in the end, a line each, without data and script.
dom() {
    dom_file=$1 dom_at=$2
    shift 2
    HOME=$scratch timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --window-size=1100,900 \
        --user-data-dir="$scratch/browser" --virtual-time-budget=4000 --dump-dom "$@" "file://$PWD/$dom_file#$dom_at" 2> browser.log |
        sed 's/></>\n</g' > dom.whole
    sed '/^<script/,/<\/script>$/d; 1,/<body>/d' dom.whole > dom && test -s dom
}
printf '<!DOCTYPE html><title>x</title><body><p id="p"></p><script>document.getElementById("p").textContent = 6 * 7</script>' > try.html
dom try.html '' && grep -q '>42<' dom || skip_all "Chromium does not run here: $(tail -n 1 browser.log)"

i=0
while test $i -lt 15; do
    printf 'the cat is no %d\tle chat no %d\n' $((i % 7)) $((i % 7))
    printf '<img src=x onerror=alert(1)> \342\200\256 %d\tle <b>chat</b> \342\200\256 %d\n' $((i % 5)) $((i % 5))
    i=$((i + 1))
done > pairs.tsv
go() { train -q --steps 30 --eval-every 10 --tokenizer word --min-count 1 --hidden 8 --embed 8 --dev pairs.tsv --name "$1" -o "$1.heed" --seed "$2" pairs.tsv > log 2>&1; }
go one 1 && go '<i>two' 2 && cut -f1 pairs.tsv > src && cut -f2 pairs.tsv > ref && tokenize -m one.heed src | encode -m one.heed > memory &&
    decode -q -m one.heed --weights --beam 3 --n-best 3 memory > hyp && decode -q -m one.heed --weights --force ref memory > forced &&
    plot --html --ref ref --forced forced --title '<b>' -o page.html hyp || { sed 's/^/# /' log; echo 'Bail out! no page'; exit 1; }

# The lines on the page that is shown.
lines_of() { sed -n 's/.*<article [^>]*data-n="\([0-9]*\)".*/\1/p' dom; }
t_pages() {
    dom page.html 'page=2' && lines_of > got && seq 25 29 | same - got && grep -q '>26–30 of 30<' dom && grep -q 'disabled="" *aria-label="next page"\|aria-label="next page" disabled' dom
}
run t_pages 'a page of the lines, by the address'

t_sorted() {
    sed -n 's/^.*{"n":\([0-9]*\),.*,"loss":\([^,}]*\)}.*/\1 \2/p' page.html | sort -k 2,2gr -k 1,1n | head -n 25 | cut -d ' ' -f 1 > want && test -s want &&
        dom page.html 'sort=loss' && lines_of > got && same want got && ! seq 0 24 | cmp -s - got
}
run t_sorted 'the largest losses first'

# The word that is looked at most is that of the hard alignment, or as near as a byte tells; its element has the weight.
t_aligned() {
    plot --pharaoh hard --units pieces hyp | sed -n 5p | tr ' ' '\n' | grep -e '-1$' | cut -d - -f 1 > want && test -s want &&
        dom page.html 'line=4&word=t1' && sed -n '/id="line-4"/,/<\/article>/p' dom > card && sed 's/<\/span>/&\n/g' card |
        grep 'class="w lit" data-side="s"' | sed 's/.*data-i="\([0-9]*\)".*--weight: *\([0-9.]*\).*/\1 \2/' > lit &&
        awk 'NR == FNR { at = $1; next } { w[$1] = $2; if ($2 > most) most = $2 } END { exit !(at in w && w[at] >= most - 0.005 && most > 0) }' want lit &&
        grep -q 'class="w on" data-side="t" data-i="1"' card && grep -q 'id="said"[^>]*>[^<]* ← [^<]* %' dom && grep -q '<svg class="map"' card &&
        grep -q '<rect class="cell at"' card && grep -q '<ins>\|<del>' card
}
run t_aligned 'a word of the address lights what it looks at, in the words and in the map'

t_hostile() {
    dom page.html 'line=1' && ! grep -q '<img\|<i>' dom && grep -q '>&lt;<' dom && grep -q '⟨U+202E⟩' dom && ! grep -q "$(printf '\342\200\256')" dom &&
        grep -q '<h1 id="title">&lt;b&gt;<' dom
}
run t_hostile 'hostile text is text'

# A script that does what a reader does, behind a copy of the page whose policy lets it.
cat > reader.js << 'END'
const done = [], find = (s) => document.querySelector(s), all = (s) => [...document.querySelectorAll(s)];
const check = (name, ok) => done.push(`${name}=${ok ? 'ok' : 'BAD'}`);
const point = (node, type) => node.dispatchEvent(new PointerEvent(type, { bubbles: true }));
const press = (key, node = document.body) => node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
const color = () => getComputedStyle(document.body).backgroundColor;
let word = find('#line-2 .hypothesis .w');
point(word, 'pointerover');
check('hover', word.classList.contains('on') && find('#line-2 .source .lit') && find('#said').textContent.includes('←'));
point(word, 'pointerout');
check('leave', !find('.w.on') && !find('.w.lit'));
point(find('#line-2 .source .w'), 'pointerover');
check('source', find('#line-2 .hypothesis .lit') && find('#said').textContent.includes('→'));
point(find('#line-2 .reference .w'), 'pointerover');
check('reference', find('#line-2 .reference .w.on') && find('#line-2 .source .lit'));
find('#line-2 button.open').click();
check('open', find('#line-2.open .map') && location.hash.includes('line=2'));
find('#line-2 .hypothesis .w').click();
check('kept', location.hash.includes('word=t0') && find('#line-2 .w.on'));
point(find('#line-2 .map .cell'), 'pointerover');
check('map', find('#line-2 .map .cell.at') && find('#line-2 .w.on'));
find('#line-2 .best tr:nth-child(2) button').click();
check('nbest', location.hash.includes('hyp=1') && find('#line-2 .best .chosen bdi').textContent === find('#line-2 .best tr:nth-child(2) bdi').textContent &&
    find('#line-2 .hypothesis .words').textContent.replaceAll(/\W|↵/g, '') === find('#line-2 .best .chosen bdi').textContent.replaceAll(/\W/g, ''));
press('j');
check('next', find('#line-3.open') && !find('#line-2.open'));
press('k');
check('before', find('#line-2.open'));
word = find('#line-2 .hypothesis .w');
word.focus();
press('ArrowRight', word);
check('arrow', document.activeElement.dataset.i === '1' && document.activeElement.classList.contains('on'));
press('ArrowUp', document.activeElement);
check('up', document.activeElement.dataset.side === 's');
press('Escape');
check('closed', !find('.card.open'));
press('n');
check('page', find('#line-25') && !find('#line-0'));
find('#pager button').click();
check('first', find('#line-0') && !find('#line-25'));
find('#sort').value = 'errors';
find('#sort').dispatchEvent(new Event('change'));
check('sort', location.hash.includes('sort=errors'));
find('#find').value = 'NO 3';
find('#find').dispatchEvent(new Event('input'));
check('find', all('.card').length > 0 && all('.card').every((c) => c.textContent.includes('no 3')));
find('#find').value = 'no such text at all';
find('#find').dispatchEvent(new Event('input'));
check('none', all('.card').length === 0);
const paper = [color()];
for (let k = 0; k < 3; k++) {
    find('#theme').click();
    paper.push(color());
}
check('theme', paper[0] === paper[1] && paper[1] !== paper[2] && paper[3] === paper[0] && find('#theme').textContent === 'auto');
check('narrow', document.documentElement.scrollWidth <= innerWidth);
document.body.append(Object.assign(document.createElement('pre'), { id: 'done', textContent: done.join(' ') }));
END
# let FILE SCRIPT: the page with the script behind it; a policy without digests lets both run.
let_run() { sed "s/script-src 'sha256-[^']*'/script-src 'unsafe-inline'/" "$1" && printf '<script type="module">\n' && cat "$2" && echo '</script>'; }
t_reader() {
    let_run page.html reader.js > read.html && dom read.html '' --blink-settings=preferredColorScheme=1 && sed -n 's/.*id="done">\([^<]*\).*/\1/p' dom > told && cat told &&
        test "$(tr ' ' '\n' < told | grep -c '=ok$')" -eq 20 && ! grep -q BAD told
}
run t_reader 'pointers, clicks and keys'

# The same without that leave.
t_policy() {
    { cat page.html && printf '<script>document.title = "broken in"</script><p onclick="x()">\n'; } > broken.html && dom broken.html '' &&
        ! grep -q '<title>broken' dom.whole && grep -q '<title>' dom.whole && lines_of | grep -qx 3
}
run t_policy 'no script but its own'

t_dark() {
    printf 'document.body.append(`paper ${getComputedStyle(document.body).backgroundColor}.`);' > tell.js && let_run page.html tell.js > told.html &&
        dom told.html '' --blink-settings=preferredColorScheme=0 && grep -q 'paper rgb(20, 24, 29)\.' dom &&
        dom told.html 'theme=light' --blink-settings=preferredColorScheme=0 && grep -q 'paper rgb(251, 252, 253)\.' dom
}
run t_dark 'dark where the system is, unless the switch says otherwise'

t_curves() {
    runs report --html -o runs.html && dom runs.html '' && grep -q '<polyline' dom && grep -q '&lt;i&gt;two dev' dom && grep -q '>one dev<' dom &&
        grep -c 'aria-pressed="true"' dom > all && dom runs.html 'off=one+dev' && grep -c 'aria-pressed="false"' dom > off && test "$(cat off)" -ge 1 &&
        test "$(grep -c 'aria-pressed="true"' dom)" -eq $(($(cat all) - $(cat off))) && dom runs.html 'view=tables' && grep -q '>differences<' dom && grep -q '<td' dom
}
run t_curves 'curves of two runs over one another, one switched off; tables'

done_testing
