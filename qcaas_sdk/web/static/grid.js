// The table of jobs. Only the rows in view are elements, so ten thousand cost what forty cost.

import { listed, store } from './store.js';
import { count, duration, el, say, time } from './text.js';

const COLUMNS = ['job', 'name', 'state', 'tag', 'QPU', 'submitted', 'took', 'error or note'];
const SPARE = 6;

let grid, body, empty, open, active = 0, activeNumber = null, pool = [];

const narrow = matchMedia('(max-width: 700px)');
const high = () => (narrow.matches ? 64 : 34);

export const make = (place, onOpen) => {
    grid = place;
    open = onOpen;
    grid.setAttribute('aria-colcount', COLUMNS.length);
    const head = el('div', { role: 'row', class: 'head', 'aria-rowindex': 1 }, ...COLUMNS.map((name) => el('div', { role: 'columnheader' }, name)));
    body = el('div', { role: 'rowgroup', class: 'body' });
    empty = el('p', { class: 'nothing', hidden: true });
    grid.append(el('div', { role: 'rowgroup', class: 'heads' }, head), body);
    grid.after(empty);
    grid.addEventListener('scroll', () => requestAnimationFrame(render), { passive: true });
    grid.addEventListener('keydown', onKey);
    narrow.addEventListener('change', render);
    addEventListener('resize', render);
};

const page = () => Math.max(1, Math.floor(grid.clientHeight / high()) - 2);
const STEPS = {
    ArrowDown: () => active + 1, ArrowUp: () => active - 1, PageDown: () => active + page(), PageUp: () => active - page(),
    Home: () => 0, End: () => listed().length - 1,
};

const onKey = (event) => {
    const rows = listed();
    if (event.key === 'Enter' && rows[active]) {
        open(rows[active].number);
    } else if (STEPS[event.key]) {
        activate(Math.min(rows.length - 1, Math.max(0, STEPS[event.key]())));
    } else {
        return;
    }
    event.preventDefault();
};

const activate = (place) => {
    active = place;
    activeNumber = listed()[active]?.number ?? null;
    const top = active * high(), room = grid.clientHeight - body.offsetTop;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + high() > grid.scrollTop + room) grid.scrollTop = top + high() - room;
    render();
};

const made = () => {
    const cells = COLUMNS.map((name, place) => el('div', { role: 'gridcell', class: `c${place}`, 'aria-colindex': place + 1 }));
    const link = el('a', { tabindex: -1 });
    cells[0].append(link);
    const [sign, name] = [el('span', { class: 'sign', 'aria-hidden': 'true' }), el('span')];
    cells[2].append(sign, name);
    const root = el('div', { role: 'row' }, ...cells);
    root.addEventListener('click', () => open(row.number));
    const row = { root, cells, link, sign, name, number: -1, seen: null, at: -1 };
    body.append(root);
    return row;
};

const fill = (row, job, place) => {
    if (row.at !== place || row.high !== high()) {
        row.root.style.transform = `translateY(${place * high()}px)`;
        row.root.setAttribute('aria-rowindex', place + 2);
        row.at = place;
        row.high = high();
    }
    if (row.seen !== job.cells) {
        const state = store.states[job.state];
        row.seen = job.cells;
        row.number = job.number;
        row.root.id = `row-${job.number}`;
        row.link.setAttribute('href', `#/job/${job.number}`);
        say(row.link, String(job.number));
        say(row.cells[1], job.name);
        row.sign.className = `sign state-${state.name.toLowerCase()}`;
        say(row.name, state.name.toLowerCase());
        say(row.cells[3], job.tag);
        say(row.cells[4], job.qpu);
        say(row.cells[5], job.begun === null ? '' : time(job.begun));
        const told = job.error || job.note;
        say(row.cells[7], told);
        if (told) row.cells[7].title = told;
        else row.cells[7].removeAttribute('title');
        row.cells[7].classList.toggle('bad', Boolean(job.error));
    }
    say(row.cells[6], job.begun === null ? '' : duration(((job.ended ?? Date.now()) - job.begun) / 1000));
    row.root.classList.toggle('active', place === active);
};

export const render = () => {
    if (!grid.offsetParent) return; // another view is shown
    const rows = listed();
    if (activeNumber !== null && rows[active]?.number !== activeNumber) {
        const found = rows.findIndex((row) => row.number === activeNumber);
        active = found < 0 ? 0 : found;
    }
    body.style.height = `${rows.length * high()}px`;
    grid.setAttribute('aria-rowcount', rows.length + 1);
    empty.hidden = rows.length > 0;
    say(empty, store.all.length ? 'No job matches.' : 'There are no jobs yet.');
    const first = Math.max(0, Math.floor(grid.scrollTop / high()) - SPARE);
    const last = Math.min(rows.length, Math.ceil((grid.scrollTop + grid.clientHeight) / high()) + SPARE);
    while (pool.length < last - first) pool.push(made());
    const size = pool.length; // a row keeps its element while it stays in view
    const used = new Set();
    for (let place = first; place < last; place += 1) {
        const row = pool[place % size];
        fill(row, rows[place], place);
        used.add(row);
    }
    for (const row of pool) row.root.hidden = !used.has(row);
    if (rows[active] && active >= first && active < last) grid.setAttribute('aria-activedescendant', `row-${rows[active].number}`);
    else grid.removeAttribute('aria-activedescendant');
};

export const found = () => {
    const rows = listed().length, all = store.all.length;
    return rows === all ? '' : `${count(rows)} of ${count(all)} jobs`;
};
