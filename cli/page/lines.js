// lines.js: the test set: chosen, sorted, a page at a time. Only the lines of the page that is shown are drawn.

const PAGE = 25; // lines
const has = (key) => data.lines.some((line) => line[key] !== undefined);
const errorRate = (line) => (line.edits ?? 0) / Math.max(1, line.of ?? 1);

// Orders: name, what to compare, the largest first. Equal ones stand as in the text.
const ORDERS = {
    line: { name: 'line', key: (line) => -line.n },
    loss: { name: 'loss, largest first', needs: 'loss', key: (line) => line.loss ?? -Infinity },
    errors: { name: 'errors, most first', needs: 'of', key: errorRate },
    chrf: { name: 'chrF, smallest first', needs: 'chrf', key: (line) => -(line.chrf ?? Infinity) },
    length: { name: 'length, longest first', key: (line) => line.src.length },
};
const orders = () => Object.entries(ORDERS).filter(([, order]) => !order.needs || has(order.needs));

const folded = new Map();

function foldedText(line) {
    let text = folded.get(line.n);
    if (text === undefined) {
        text = [lineSource(line), ...line.hyp.map((h) => h.text), ...(line.ref ?? [])].join('\n').toLowerCase();
        folded.set(line.n, text);
    }
    return text;
}

let chosen = [];

function choose() {
    const find = state.find.toLowerCase(), order = ORDERS[state.sort] ?? ORDERS.line;
    chosen = data.lines.filter((line) => (!state.wrong || !line.exact) && (!find || foldedText(line).includes(find)));
    const keys = new Map(chosen.map((line) => [line, order.key(line)]));
    chosen.sort((a, b) => keys.get(b) - keys.get(a) || a.n - b.n);
}

const lastPage = () => Math.max(0, Math.ceil(chosen.length / PAGE) - 1);

// The page that the address names, or that of the line it names.
function pageShown() {
    if (state.page !== '')
        return Math.min(Math.max(0, (Number(state.page) || 1) - 1), lastPage());
    const at = chosen.findIndex((line) => String(line.n) === state.line);
    return at < 0 ? 0 : Math.floor(at / PAGE);
}

// --- going about ---

function goPage(page) {
    change({ page: String(Math.min(Math.max(0, page), lastPage()) + 1), line: '', word: '' });
    drawCards();
    document.getElementById('list').scrollIntoView();
}

function openLine(n) {
    change({ line: n, word: '', hyp: '0', page: n === '' ? String(pageShown() + 1) : '' });
    drawCards();
    const card = document.getElementById(`line-${n}`);
    card?.scrollIntoView({ block: 'nearest' });
    card?.querySelector('button.open').focus({ preventScroll: true });
}

function step(by) {
    const at = chosen.findIndex((line) => String(line.n) === state.line);
    const next = at < 0 ? pageShown() * PAGE : at + by;
    if (chosen[next])
        openLine(String(chosen[next].n));
}

// --- drawing ---

function drawPager() {
    const page = pageShown(), last = lastPage();
    const from = chosen.length ? page * PAGE + 1 : 0, to = Math.min((page + 1) * PAGE, chosen.length);
    const go = (label, to_, name, off) => button(label, () => goPage(to_), { 'aria-label': name, disabled: off });
    document.getElementById('pager').replaceChildren(
        go('«', 0, 'first page', page === 0), go('‹', page - 1, 'page before', page === 0),
        el('span', { class: 'where' }, `${from}–${to} of ${chosen.length}`),
        go('›', page + 1, 'next page', page === last), go('»', last, 'last page', page === last));
}

function drawCards() {
    const page = pageShown();
    drawPager();
    const cards = chosen.slice(page * PAGE, (page + 1) * PAGE).map((line) => drawCard(line, String(line.n) === state.line));
    document.getElementById('list').replaceChildren(...(cards.length ? cards : [el('p', {}, 'no such line')]));
}

function redrawLines() {
    choose();
    drawCards();
}

function tools() {
    const sort = el('select', { id: 'sort' }, orders().map(([key, order]) => el('option', { value: key, selected: key === state.sort }, order.name)));
    sort.addEventListener('change', () => { change({ sort: sort.value, page: '', line: '', word: '' }); redrawLines(); });
    const find = el('input', { id: 'find', type: 'search', placeholder: 'find', 'aria-label': 'find in source, hypotheses, references', value: state.find });
    find.addEventListener('input', () => { change({ find: find.value, page: '', line: '', word: '' }); redrawLines(); });
    const wrong = el('input', { id: 'wrong', type: 'checkbox' });
    wrong.checked = Boolean(state.wrong);
    wrong.addEventListener('change', () => { change({ wrong: wrong.checked ? '1' : '', page: '', line: '', word: '' }); redrawLines(); });
    return el('div', { class: 'tools', role: 'search' }, el('label', {}, 'sort by ', sort), find,
        has('of') && el('label', {}, wrong, ' not exact only'), el('div', { id: 'pager', role: 'group', 'aria-label': 'pages' }));
}

const HELP = 'Point at a word to see what it looks at, click to keep it. Underlined: what the model was unsure of. ' +
    'Keys: j and k next and previous line, n and p pages, / find, arrows from word to word, Escape closes.';

function viewLines() {
    const main = document.getElementById('main');
    main.replaceChildren(tools(), el('p', { class: 'help' }, HELP), el('div', { id: 'list' }));
    redrawLines();
    document.getElementById(`line-${state.line}`)?.scrollIntoView({ block: 'nearest' });
}

// --- keys ---

function moveWord(span, key) {
    const row = span.closest('.row'), words = [...row.querySelectorAll('.w')], i = words.indexOf(span);
    const rows = [...span.closest('.card').querySelectorAll('.row')].filter((r) => r.querySelector('.w'));
    const other = rows[rows.indexOf(row) + (key === 'ArrowDown' ? 1 : -1)];
    const to = key === 'ArrowRight' ? words[i + 1] : key === 'ArrowLeft' ? words[i - 1] :
        other && [...other.querySelectorAll('.w')][Math.min(i, other.querySelectorAll('.w').length - 1)];
    if (!to)
        return;
    span.setAttribute('tabindex', '-1');
    to.setAttribute('tabindex', '0');
    to.focus();
}

function keyOfLines(e) {
    const word = e.target.closest?.('.w');
    if (word && e.key.startsWith('Arrow')) {
        moveWord(word, e.key);
        e.preventDefault();
        return;
    }
    if (word && e.key === 'Enter')
        word.click();
    if (e.target.closest?.('input, select, textarea') || e.ctrlKey || e.metaKey || e.altKey)
        return;
    const acts = {
        j: () => step(1), k: () => step(-1), n: () => goPage(pageShown() + 1), p: () => goPage(pageShown() - 1),
        '/': () => document.getElementById('find').focus(), Escape: () => openLine(''),
    };
    if (!acts[e.key])
        return;
    e.preventDefault();
    acts[e.key]();
}
