// line.js: one line of the test set: its words, which light up what they look at, and when it is open its map and all hypotheses.

const lineSource = (line) => line.src.join('');
// The one that is shown: of the open line that which the address names, else the best.
function hypothesisOf(line) {
    const asked = String(line.n) === state.line ? Number(state.hyp) || 0 : 0;
    return line.hyp[Math.min(asked, line.hyp.length - 1)];
}

// --- rows of words ---

// A row of the card: side t or s of hypothesis `of` (s: of the one that is shown).
function wordRow(name, side, words, end, of) {
    const row = el('p', { class: `row ${name}`, 'data-side': side, dir: 'auto' });
    const text = el('bdi', { class: 'words' });
    placesOf(words, end).forEach((place, i) => {
        const gap = words[2 * i], isEnd = 2 * i + 1 >= words.length, word = isEnd ? place : words[2 * i + 1];
        if (gap)
            text.append(visible(gap));
        const p = of?.p?.[i];
        const span = el('span', { class: 'w', 'data-side': side, 'data-i': i, title: p === null || p === undefined ? null :
            `probability ${percent(Math.exp(p))}` }, word);
        span.classList.toggle('end', isEnd);
        span.classList.toggle('blank', !word.trim());
        if (typeof p === 'number')
            span.style.setProperty('--doubt', (1 - Math.exp(p)).toFixed(3));
        text.append(span);
    });
    text.append(visible(words.at(-1) ?? ''));
    row.append(el('b', { class: 'what' }, name), ' ', text);
    return row;
}

// --- which words look at which ---

class Light {
    // hypothesis: whose weights; rows: the rows of words of both sides.
    constructor(line, hypothesis, source, target) {
        this.places = { s: placesOf(line.src, line.end), t: placesOf(hypothesis.words, hypothesis.end) };
        this.w = weightsOf(hypothesis, this.places.s.length);
        this.rows = { s: source, t: target };
    }

    spans(side) { return this.rows[side].querySelectorAll('.w'); }

    clear() {
        for (const side of ['s', 't'])
            for (const span of this.rows[side].querySelectorAll('.lit, .on')) {
                span.classList.remove('lit', 'on');
                span.style.removeProperty('--weight');
            }
    }

    // Weight of the other side's place o for place i of a side.
    weight(side, i, o) { return side === 't' ? this.w.at(i, o) : this.w.at(o, i); }

    show(side, i) {
        this.clear();
        const own = this.spans(side)[i], other = side === 't' ? 's' : 't';
        if (!own || !this.w)
            return;
        own.classList.add('on');
        const lit = [];
        this.spans(other).forEach((span, o) => {
            if (side === 't' ? i >= this.w.rows : o >= this.w.rows)
                return;
            const weight = this.weight(side, i, o);
            if (weight < LEAST)
                return;
            span.classList.add('lit');
            span.style.setProperty('--weight', weight.toFixed(3));
            lit.push([weight, this.places[other][o]]);
        });
        lit.sort((a, b) => b[0] - a[0]);
        say(`${this.places[side][i]} ${side === 't' ? '←' : '→'} ` +
            lit.slice(0, 4).map(([weight, word]) => `${word} ${percent(weight)}`).join(', '));
    }
}

function markMap(card, side, i) {
    for (const node of card.querySelectorAll('.map .at'))
        node.classList.remove('at');
    if (side)
        for (const node of card.querySelectorAll(side === 't' ? `.map [data-t="${i}"], .map [data-row="${i}"]` :
            `.map [data-s="${i}"], .map [data-col="${i}"]`))
            node.classList.add('at');
}

// --- what is wrong ---

// Words of b that a has too, in order (longest common subsequence), and those it has not.
function difference(a, b) {
    const x = a.split(/\s+/).filter(Boolean).slice(0, 300), y = b.split(/\s+/).filter(Boolean).slice(0, 300);
    const best = Array.from({ length: x.length + 1 }, () => new Uint16Array(y.length + 1));
    for (let i = x.length - 1; i >= 0; i--)
        for (let j = y.length - 1; j >= 0; j--)
            best[i][j] = x[i] === y[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    const out = [];
    for (let i = 0, j = 0; i < x.length || j < y.length;) {
        if (i < x.length && j < y.length && x[i] === y[j]) {
            out.push(x[i++]);
            j++;
        } else if (i < x.length && (j === y.length || best[i + 1][j] >= best[i][j + 1])) {
            out.push(el('del', {}, x[i++]));
        } else {
            out.push(el('ins', {}, y[j++]));
        }
        out.push(' ');
    }
    return out;
}

function badges(line) {
    const list = [];
    const add = (name, value, title) => list.push(el('span', { class: 'badge', title }, `${name} ${value}`));
    if (line.loss !== undefined)
        add('loss', short(line.loss, 3), line.forced ? 'of the reference, nats a place' : 'of the hypothesis, nats a place');
    if (line.of !== undefined)
        add('errors', `${line.edits}/${line.of}`, 'tokens to change, of those of the reference');
    if (line.chrf !== undefined)
        add('chrF', short(line.chrf, 3), 'of this line alone');
    if (line.exact)
        list.push(el('span', { class: 'badge good' }, 'exact'));
    if (line.hyp[0]?.cut)
        list.push(el('span', { class: 'badge bad', title: 'the limit of length was reached' }, 'cut'));
    return list;
}

function bestList(line, redraw) {
    const rows = line.hyp.map((h, i) => el('tr', { class: h === hypothesisOf(line) ? 'chosen' : null },
        el('td', {}, button(String(i + 1), () => redraw(i), { 'aria-pressed': String(h === hypothesisOf(line)),
            title: 'show this hypothesis above' })),
        el('td', { class: 'number' }, short(h.score, 4)), el('td', { class: 'number' }, short(h.log, 4)),
        el('td', { dir: 'auto' }, el('bdi', {}, h.text))));
    return el('div', { class: 'scroll' }, el('table', { class: 'best' }, el('thead', {}, el('tr', {}, el('th', {}, 'rank'),
        el('th', {}, 'score'), el('th', {}, 'log P'), el('th', {}, 'hypothesis'))), el('tbody', {}, rows)));
}

// --- the card ---

function referenceRows(line) {
    if (line.forced)
        return [wordRow('reference', 't', line.forced.words, line.forced.end, line.forced),
            ...(line.ref ?? []).slice(1).map((text) => plainRow('reference', text))];
    return (line.ref ?? []).map((text) => plainRow('reference', text));
}

const plainRow = (name, text) => el('p', { class: `row ${name}`, dir: 'auto' }, el('b', { class: 'what' }, name), ' ', el('bdi', {}, text));

function details(card, line, lights) {
    const shown = hypothesisOf(line), more = el('div', { class: 'more' });
    const first = lights.get(card.querySelector('.row.hypothesis'));
    if (line.ref?.[0] !== undefined && !line.exact)
        more.append(el('p', { class: 'row', dir: 'auto' }, el('b', { class: 'what' }, 'difference'), ' ',
            el('bdi', {}, difference(shown.text, line.ref[0]))));
    if (first?.w)
        more.append(drawMap(first.places.s, first.places.t, first.w, (side, i) => { first.show(side, i); markMap(card, side, i); },
            () => restore(card, lights)));
    if (line.hyp.length > 1)
        more.append(bestList(line, (i) => { change({ hyp: String(i), word: '' }); drawCards(); }));
    return more;
}

// The word that the address names, or none.
function restore(card, lights) {
    const first = lights.get(card.querySelector('.row.hypothesis'));
    lights.forEach((light) => light.clear());
    markMap(card, null);
    if (card.dataset.n === state.line && /^[st]\d+$/.test(state.word)) {
        const side = state.word[0], i = Number(state.word.slice(1));
        first.show(side, i);
        markMap(card, side, i);
    }
}

// Rows of words hear pointers, clicks and keys together.
function listen(card, line, lights) {
    const pointed = (e) => {
        const span = e.target.closest?.('.w'), row = span?.closest('.row');
        if (!span)
            return null;
        const light = lights.get(row) ?? lights.get(card.querySelector('.row.hypothesis'));
        return { light, side: span.dataset.side, i: Number(span.dataset.i), main: !row.matches('.reference') };
    };
    const show = (e) => {
        const at = pointed(e);
        if (!at)
            return;
        lights.forEach((light) => light.clear());
        at.light.show(at.side, at.i);
        markMap(card, at.main ? at.side : null, at.i);
    };
    card.addEventListener('pointerover', show);
    card.addEventListener('focusin', show);
    card.addEventListener('pointerout', (e) => { if (pointed(e)) restore(card, lights); });
    card.addEventListener('focusout', (e) => { if (pointed(e)) restore(card, lights); });
    card.addEventListener('click', (e) => {
        const at = pointed(e);
        if (!at || !at.main)
            return;
        const word = at.side + at.i, same = state.line === card.dataset.n && state.word === word;
        change({ line: card.dataset.n, word: same ? '' : word });
        show(e);
    });
}

function drawCard(line, open) {
    const card = el('article', { class: open ? 'card open' : 'card', id: `line-${line.n}`, 'data-n': line.n, 'aria-label': `line ${line.n}` });
    const shown = hypothesisOf(line), lights = new Map();
    card.append(el('header', {}, button(`line ${line.n}`, () => openLine(open ? '' : String(line.n)), { class: 'open', 'aria-expanded':
        String(open), title: open ? 'close' : 'map and hypotheses' }), badges(line)));
    const source = wordRow('source', 's', line.src, line.end, null);
    const target = wordRow('hypothesis', 't', shown?.words ?? [], shown?.end, shown);
    card.append(source, target, ...referenceRows(line));
    if (shown)
        lights.set(target, new Light(line, shown, source, target));
    const forced = line.forced && card.querySelector('.row.reference');
    if (forced)
        lights.set(forced, new Light(line, line.forced, source, forced));
    if (shown)
        listen(card, line, lights);
    if (open && shown) {
        card.append(details(card, line, lights));
        card.querySelectorAll('.row .words').forEach((row) => row.querySelector('.w')?.setAttribute('tabindex', '0'));
        restore(card, lights);
    }
    return card;
}
