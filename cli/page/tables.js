// tables.js: tables of figures, which a click on a column sorts.

function compare(a, b) {
    if (a === null || b === null)
        return (a === null) - (b === null); // what is missing stands last, either way
    return typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

function rowsOf(table, column, down) {
    if (column === null)
        return table.rows;
    const sign = down ? -1 : 1;
    return [...table.rows].sort((a, b) => (a[column] === null || b[column] === null ? 1 : sign) * compare(a[column], b[column]));
}

function drawTable(table, column = null, down = false) {
    const section = el('section', {}, el('h2', {}, table.title));
    const heads = table.columns.map((name, i) => el('th', { scope: 'col', 'aria-sort': i === column ? (down ? 'descending' : 'ascending') : null },
        button(name, () => {
            const next = drawTable(table, i, i === column && !down);
            section.replaceWith(next);
            next.querySelectorAll('th button')[i].focus();
        })));
    const cells = (row) => row.map((v) => (typeof v === 'number' ? el('td', { class: 'number' }, short(v, 6)) :
        el('td', { dir: 'auto' }, el('bdi', {}, v ?? ''))));
    section.append(el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, heads)),
        el('tbody', {}, rowsOf(table, column, down).map((row) => el('tr', {}, cells(row)))))));
    return section;
}

function viewTables() {
    document.getElementById('main').replaceChildren(...data.tables.map((table) => drawTable(table)));
}
