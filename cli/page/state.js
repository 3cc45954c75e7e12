// state.js: what is shown. It lives behind the # of the address, so that a link to a view is a link to it:
// view, line, word (t3: the fourth place of the target, s0: the first of the source), hyp, sort, page, find, wrong, off, theme.

const data = JSON.parse(document.getElementById('data').textContent);
const defaults = {
    view: '', line: '', word: '', hyp: '0', sort: 'line', page: '', find: '', wrong: '', off: '', theme: '',
};
const state = { ...defaults };

function readState() {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const key of Object.keys(defaults))
        state[key] = given.get(key) ?? defaults[key];
}

// change({sort: 'loss'}): what follows from it is drawn by whoever calls.
function change(parts) {
    Object.assign(state, parts);
    const kept = new URLSearchParams();
    for (const key of Object.keys(defaults))
        if (state[key] !== defaults[key])
            kept.set(key, state[key]);
    history.replaceState(null, '', '#' + kept);
}

function applyTheme() {
    const known = ['light', 'dark'].includes(state.theme);
    if (known)
        document.documentElement.dataset.theme = state.theme;
    else
        delete document.documentElement.dataset.theme;
    document.getElementById('theme').textContent = known ? state.theme : 'auto';
    document.getElementById('theme').setAttribute('aria-label', `colours: ${known ? state.theme : 'as the system has them'}`);
}
