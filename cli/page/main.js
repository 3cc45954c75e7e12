// main.js: the views, and the beginning.

const VIEWS = {
    lines: { name: 'Lines', there: data.lines.length, draw: viewLines },
    curves: { name: 'Curves', there: data.panels.length, draw: viewCurves },
    tables: { name: 'Tables', there: data.tables.length, draw: viewTables },
};
const there = Object.keys(VIEWS).filter((key) => VIEWS[key].there);
const viewShown = () => (there.includes(state.view) ? state.view : there[0]);

function draw() {
    const shown = viewShown();
    applyTheme();
    document.getElementById('views').replaceChildren(...there.map((key) => button(VIEWS[key].name, () => { change({ view: key }); draw(); },
        { 'aria-current': key === shown ? 'page' : null })));
    if (shown)
        VIEWS[shown].draw();
    else
        document.getElementById('main').textContent = 'nothing to show';
}

document.getElementById('title').textContent = visible(data.title);
document.getElementById('facts').append(...data.facts.map(([name, value]) => el('span', {}, `${name} `, el('code', {}, el('bdi', {}, value)))));
document.getElementById('skip').addEventListener('click', (e) => { e.preventDefault(); document.getElementById('main').focus(); });
document.getElementById('theme').addEventListener('click', () => {
    change({ theme: { '': 'light', light: 'dark', dark: '' }[state.theme] ?? '' });
    applyTheme();
});
document.addEventListener('keydown', (e) => { if (viewShown() === 'lines') keyOfLines(e); });
addEventListener('hashchange', () => { readState(); draw(); });
readState();
draw();
