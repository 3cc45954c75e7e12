// map.js: weights of attention, and the small map of a line.

// Weights of a hypothesis: at(t, s) of [0, 1]; rows target places, columns source places. In the data they are bytes, of
// which a run of zeros is 0 and its length.
const decoded = new WeakMap();

function unpack(packed) {
    const bytes = atob(packed), out = [];
    for (let i = 0; i < bytes.length; i++) {
        const byte = bytes.charCodeAt(i);
        if (byte)
            out.push(byte);
        else
            for (let run = bytes.charCodeAt(++i); run > 0; run--)
                out.push(0);
    }
    return out;
}

function weightsOf(hypothesis, columns) {
    if (!hypothesis.w || !columns)
        return null;
    let w = decoded.get(hypothesis);
    if (!w) {
        const values = unpack(hypothesis.w);
        w = { rows: Math.floor(values.length / columns), columns, at: (t, s) => values[t * columns + s] / 255 };
        decoded.set(hypothesis, w);
    }
    return w;
}

// Words of gap, word, gap, …, gap, by their names; the end of a text is a place too.
function placesOf(words, end) {
    const places = words.filter((_, i) => i % 2).map((word) => (word.trim() ? word : '▁'));
    if (end)
        places.push('↵');
    return places;
}

const CELL = 20;
const LEAST = 0.02; // weights below are not drawn
const clipped = (word) => (word.length > 14 ? `${word.slice(0, 13)}…` : word);
const widest = (words) => 12 + 7.5 * Math.max(1, ...words.map((w) => Math.min(w.length, 14)));

function mapLabels(source, target, left, top) {
    const labels = [];
    source.forEach((word, s) => {
        const x = left + CELL * (s + 0.5) + 4;
        labels.push(svg('text', { x, y: top - 6, transform: `rotate(-50 ${x} ${top - 6})`, 'data-col': s }, clipped(word)));
    });
    target.forEach((word, t) => labels.push(svg('text', { x: left - 6, y: top + CELL * (t + 0.7), 'text-anchor': 'end',
        'data-row': t }, clipped(word))));
    return labels;
}

// point(side, place) is told where the pointer is; leave() that it has gone.
function drawMap(source, target, w, point, leave) {
    const left = widest(target), top = widest(source) * 0.8 + 8;
    const width = left + CELL * source.length + widest(source) * 0.65, height = top + CELL * target.length + 4;
    const root = svg('svg', { class: 'map', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img',
        'aria-label': 'attention: a row for each word of the target, a column for each of the source' });
    root.append(svg('rect', { class: 'ground', x: left, y: top, width: CELL * source.length, height: CELL * target.length }));
    for (let t = 0; t < Math.min(target.length, w.rows); t++)
        for (let s = 0; s < Math.min(source.length, w.columns); s++) {
            const weight = w.at(t, s);
            if (weight < LEAST)
                continue;
            const cell = svg('rect', { class: 'cell', x: left + CELL * s + 1, y: top + CELL * t + 1, width: CELL - 2,
                height: CELL - 2, rx: 2, 'fill-opacity': weight.toFixed(3), 'data-t': t, 'data-s': s });
            cell.append(svg('title', {}, `${target[t]} ← ${source[s]} ${percent(weight)}`));
            root.append(cell);
        }
    root.append(...mapLabels(source, target, left, top));
    root.addEventListener('pointerover', (e) => {
        const { t, row, col } = e.target.dataset;
        if (t !== undefined || row !== undefined)
            point('t', Number(t ?? row));
        else if (col !== undefined)
            point('s', Number(col));
    });
    root.addEventListener('pointerleave', leave);
    return el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'map of attention' }, root);
}
