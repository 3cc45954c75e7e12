// curves.js: metrics over the steps; a panel for each, the runs in it switched on and off by the legend.

const FEW = 30; // points that are seen each
const W = 640, H = 260, LEFT = 58, TOP = 12, BOTTOM = 30, RIGHT = 14;

function ticks(low, high, about) {
    const rough = (high - low) / about, unit = 10 ** Math.floor(Math.log10(rough)), times = rough / unit;
    const step = unit * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10), out = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
        out.push(Number((k * step).toPrecision(12)));
    return out;
}

function rangeOf(curves) {
    const r = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
    for (const curve of curves)
        for (const [x, y] of curve.points) {
            r.x0 = Math.min(r.x0, x);
            r.x1 = Math.max(r.x1, x);
            r.y0 = Math.min(r.y0, y);
            r.y1 = Math.max(r.y1, y);
        }
    const pad = r.y1 > r.y0 ? 0.04 * (r.y1 - r.y0) : Math.max(Math.abs(r.y0) * 0.1, 0.5);
    r.y1 += pad;
    r.y0 = r.y0 >= 0 && r.y0 < pad ? 0 : r.y0 - pad;
    if (r.x1 <= r.x0)
        r.x1 = r.x0 + 1;
    return r;
}

function axes(r, X, Y) {
    const g = svg('g', { class: 'axes' });
    for (const y of ticks(r.y0, r.y1, 5))
        g.append(svg('line', { class: 'grid', x1: LEFT, x2: W - RIGHT, y1: Y(y), y2: Y(y) }),
            svg('text', { x: LEFT - 8, y: Y(y) + 4, 'text-anchor': 'end' }, short(y)));
    for (const x of ticks(r.x0, r.x1, 6))
        g.append(svg('line', { x1: X(x), x2: X(x), y1: H - BOTTOM, y2: H - BOTTOM + 4 }),
            svg('text', { x: X(x), y: H - BOTTOM + 18, 'text-anchor': 'middle' }, short(x)));
    g.append(svg('path', { d: `M${LEFT} ${TOP}V${H - BOTTOM}H${W - RIGHT}` }));
    return g;
}

const isOff = (label) => state.off.split('|').includes(label);

function toggle(label) {
    const off = state.off.split('|').filter(Boolean);
    change({ off: (off.includes(label) ? off.filter((l) => l !== label) : [...off, label]).join('|') });
    viewCurves();
    [...document.querySelectorAll('.legend button')].find((b) => b.dataset.label === label)?.focus();
}

const nearest = (curve, x) => curve.points.reduce((a, b) => (Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a));
// A run has its colour in all panels; its training is dashed where there is more than that.
const seriesOf = (curve) => `series s${curve.run % 8}${curve.dashed ? ' dashed' : ''}`;

// The values at the pointer stand in the legend, else the last ones.
function follow(plane, curves, legend, X, r) {
    const rule = svg('line', { class: 'rule', y1: TOP, y2: H - BOTTOM, x1: -9, x2: -9 });
    plane.append(rule);
    const tell = (x) => curves.forEach((curve) => {
        const out = legend.querySelector(`[data-label="${CSS.escape(curve.label)}"] output`);
        const point = x === null ? curve.points.at(-1) : nearest(curve, x);
        if (out)
            out.textContent = `${short(point[1])} at ${short(point[0], 7)}`;
    });
    plane.addEventListener('pointermove', (e) => {
        const box = plane.getBoundingClientRect(), px = (e.clientX - box.left) / box.width * W;
        const x = Math.min(Math.max(r.x0, r.x0 + (px - LEFT) / (W - LEFT - RIGHT) * (r.x1 - r.x0)), r.x1);
        rule.setAttribute('x1', X(x));
        rule.setAttribute('x2', X(x));
        tell(x);
    });
    plane.addEventListener('pointerleave', () => { rule.setAttribute('x1', -9); rule.setAttribute('x2', -9); tell(null); });
    tell(null);
}

function legendOf(panel) {
    return el('div', { class: 'legend' }, panel.curves.map((curve) => el('button', { type: 'button', 'data-label': curve.label,
        'aria-pressed': String(!isOff(curve.label)) }, svg('svg', { width: 26, height: 8, class: seriesOf(curve), 'aria-hidden': 'true' },
        svg('path', { d: 'M1 4H25' })), el('bdi', {}, curve.label), ' ', el('output', {}))));
}

function drawPanel(panel) {
    const shown = panel.curves.filter((curve) => !isOff(curve.label) && curve.points.length);
    const r = rangeOf(shown.length ? shown : panel.curves);
    const X = (x) => LEFT + (x - r.x0) / (r.x1 - r.x0) * (W - LEFT - RIGHT);
    const Y = (y) => TOP + (1 - (y - r.y0) / (r.y1 - r.y0)) * (H - TOP - BOTTOM);
    const plane = svg('svg', { class: 'plane', viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': `${panel.name} over steps` }, axes(r, X, Y));
    panel.curves.forEach((curve) => {
        if (!shown.includes(curve))
            return;
        const points = curve.points.map(([x, y]) => `${X(x).toFixed(1)},${Y(y).toFixed(1)}`);
        const g = svg('g', { class: seriesOf(curve) }, svg('polyline', { points: points.join(' ') }));
        if (points.length <= FEW)
            g.append(...curve.points.map(([x, y]) => svg('circle', { cx: X(x).toFixed(1), cy: Y(y).toFixed(1), r: 2.5 })));
        plane.append(g);
    });
    const legend = legendOf(panel);
    legend.addEventListener('click', (e) => { const b = e.target.closest('button'); if (b) toggle(b.dataset.label); });
    follow(plane, shown, legend, X, r);
    return el('section', { class: 'panel' }, el('h2', {}, panel.name), plane, legend);
}

function viewCurves() {
    document.getElementById('main').replaceChildren(el('div', { class: 'panels' }, data.panels.map(drawPanel)));
}
