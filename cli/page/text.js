// text.js: elements. Whatever comes out of the data becomes a text node or an attribute of ours, never markup.

// Control characters and what turns the direction of text are named; joiners belong to scripts that need them.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

function visible(text) {
    return String(text).replace(HIDDEN, (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes))
        if (value !== null && value !== false)
            node.setAttribute(name, value === true ? '' : value);
    for (const child of children.flat())
        if (child !== null && child !== undefined && child !== false)
            node.append(child instanceof Node ? child : visible(child));
    return node;
}

const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

function button(label, act, attributes = {}) {
    const b = el('button', { type: 'button', ...attributes }, label);
    b.addEventListener('click', act);
    return b;
}

// Numbers as a table or an axis has them.
function short(v, digits = 4) {
    if (v === null || v === undefined || Number.isNaN(v))
        return '';
    const size = Math.abs(v);
    if (Number.isInteger(v) && size < 1e6)
        return String(v);
    if (size >= 1e6)
        return `${Number((v / 1e6).toPrecision(digits))}M`;
    return String(Number(v.toPrecision(digits)));
}

const percent = (w) => `${Math.round(w * 100)} %`;
const say = (text) => { document.getElementById('said').textContent = visible(text); };
