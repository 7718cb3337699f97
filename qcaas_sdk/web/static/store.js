// The jobs as the server has told of them, and which of them the table shows.

const KEYS = ['job', 'name', 'tag', 'qpu', 'task', 'error', 'state'];

export const store = {
    states: [],
    rows: new Map(),
    all: [], // in the order of their numbers
    shown: [],
    counts: [],
    entered: [],
    figures: null,
    query: [],
    only: new Set(),
    order: 'number',
    unsorted: false,
    stale: true,
};

export const begin = () => {
    store.rows.clear();
    store.all = [];
    store.shown = [];
    store.counts = [];
    store.entered = [];
    store.figures = null;
    store.stale = true;
};

export const take = (news) => {
    for (const cells of news.rows) {
        const [number, state, name, tag, qpu, task, begun, ended, runs, error, note] = cells;
        let row = store.rows.get(number);
        if (!row) {
            row = { number, matches: false };
            store.rows.set(number, row);
            const last = store.all.at(-1);
            if (last && last.number > number) store.unsorted = true;
            store.all.push(row);
        }
        Object.assign(row, { state, name, tag, qpu, task, begun, ended, runs, error, note, cells });
        row.text = `${number} ${name} ${tag} ${qpu} ${task} ${error} ${note}`.toLowerCase();
        row.matches = matches(row);
    }
    if (news.rows.length) store.stale = true;
    if (news.counts) Object.assign(store, { counts: news.counts, entered: news.entered });
    if (news.figures) store.figures = news.figures;
};

// Words that a job must have: `tag:scan`, `error:"no such"` or plain text.
export const parse = (text) => {
    const words = [];
    for (const [, key, quoted, plain] of text.matchAll(/(?:(\w+):)?(?:"([^"]*)"?|(\S*))/g)) {
        const value = (quoted ?? plain).toLowerCase();
        if (!key && !value) continue;
        if (key && KEYS.includes(key.toLowerCase())) words.push([key.toLowerCase(), value]);
        else words.push(['', key ? `${key.toLowerCase()}:${value}` : value]);
    }
    return words;
};

export const filter = (change) => {
    Object.assign(store, change);
    for (const row of store.all) row.matches = matches(row);
    store.stale = true;
};

const field = (row, key) => {
    if (key === 'state') return store.states[row.state].name;
    if (key === 'error') return `${row.error} ${row.note}`;
    return String(key === 'job' ? row.number : row[key]);
};

const matches = (row) => {
    if (store.only.size && !store.only.has(row.state)) return false;
    return store.query.every(([key, value]) => (
        key ? field(row, key).toLowerCase().includes(value)
            : row.text.includes(value) || store.states[row.state].name.toLowerCase().includes(value)
    ));
};

const latest = (row) => row.ended ?? row.begun ?? 0;
const length = (row) => (row.begun === null ? -1 : (row.ended ?? Date.now()) - row.begun);
const ORDERS = {
    latest: (one, other) => latest(other) - latest(one) || one.number - other.number,
    longest: (one, other) => length(other) - length(one) || one.number - other.number,
};

// The rows of the table, made again only if something has changed.
export const listed = () => {
    if (store.stale) {
        if (store.unsorted) store.all.sort((one, other) => one.number - other.number);
        store.unsorted = false;
        store.shown = store.all.filter((row) => row.matches);
        if (ORDERS[store.order]) store.shown.sort(ORDERS[store.order]);
        store.stale = false;
    }
    return store.shown;
};
