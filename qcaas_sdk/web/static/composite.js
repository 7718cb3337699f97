// One composite: its chart, how many of its jobs are in which state, and its timeline.

import { draw } from './chart.js';
import { store } from './store.js';
import { count, counted, el } from './text.js';
import * as time from './time.js';

// However many jobs it has, reading it keeps the server busy for a twentieth of the time at most.
const EVERY_MS = 1000, PAUSE = 20;
const place = document.getElementById('composite'), list = document.getElementById('composites');
let number = null, timer = null, showing = 0, seen = '', took = 0, unread = false;

export const show = (wanted) => {
    number = wanted;
    seen = '';
    place.replaceChildren(el('p', { class: 'soft' }, 'Reading the composite …'));
    unread = true;
    load();
};

export const hide = () => {
    number = null;
    place.replaceChildren();
};

// Called after each message of the server: reads what is shown again, not too often.
export const changed = () => {
    if (timer === null) timer = setTimeout(() => { timer = null; if (number === null) links(); else load(); }, Math.max(EVERY_MS, number === null ? 0 : PAUSE * took));
};

// The links to the composites, on the page of all jobs.
export const links = async () => {
    let found = [];
    try {
        const answer = await fetch('/api/composites');
        if (answer.ok) found = await answer.json();
    } catch { return; }
    const text = JSON.stringify(found);
    if (text === list.dataset.shown) return;
    list.dataset.shown = text;
    list.closest('section').hidden = !found.length;
    list.replaceChildren(...found.map((one) => el('li', {},
        el('a', { href: `#/composite/${one.number}` }, one.name || `Composite ${one.number}`),
        el('span', { class: 'soft' }, ` ${one.children === 1 ? '1 child' : `${count(one.children)} children`}`))));
};

const load = async () => {
    const wanted = number, mine = ++showing;
    if (wanted === null) return;
    const began = performance.now();
    let composite = null, problem = 'The server of this page does not answer.';
    try {
        const answer = await fetch(`/api/composites/${wanted}`);
        composite = await answer.json();
        if (!answer.ok) [problem, composite] = [composite.error, null];
        took = performance.now() - began;
    } catch { /* said below */ }
    if (wanted !== number || mine !== showing) return;
    if (composite === null) {
        if (unread) place.replaceChildren(back(), el('h2', { tabindex: '-1' }, `Composite ${wanted}`), el('p', {}, problem));
    } else if (JSON.stringify(composite) !== seen) {
        seen = JSON.stringify(composite);
        const focus = document.activeElement?.dataset?.key ?? null;
        place.replaceChildren(...page(composite));
        if (focus) [...place.querySelectorAll('[data-key]')].find((one) => one.dataset.key === focus)?.focus();
    }
    if (unread) place.querySelector('h2')?.focus();
    unread = false;
};

const back = () => el('p', { class: 'back' }, el('a', { href: '#/', 'data-key': 'back' }, '← All jobs'));

const section = (id, title, ...children) => el('section', { class: 'card', 'aria-labelledby': id }, el('h3', { id }, title), ...children);

const page = (composite) => {
    const state = composite.state.toLowerCase();
    const pill = el('span', { class: 'pill' }, el('span', { class: `sign state-${state}`, 'aria-hidden': 'true' }), state);
    const facts = el('dl', { class: 'facts' });
    store.states.forEach((one, at) => facts.append(el('dt', {}, one.name.toLowerCase()), el('dd', {}, count(composite.counts[at]))));
    const lines = el('div', { class: 'time' });
    const drawn = time.make(lines, store.states);
    time.update(drawn, store.states, composite.history);
    const chart = composite.chart
        ? el('div', { class: 'chart', tabindex: '0', role: 'region', 'aria-label': 'The chart of the composite', 'data-key': 'chart' }, draw(composite.chart).root)
        : el('p', { class: 'soft' }, 'To see charts, install the extra “diagrams” where the page is served.');
    return [
        back(),
        el('div', { class: 'job-head' }, el('div', {},
            el('h2', { tabindex: '-1' }, `Composite ${composite.number}`, ' ', pill),
            el('p', { class: 'soft name' }, [composite.name, counted(composite.jobs, 'job')].filter(Boolean).join(' · ')))),
        el('div', { class: 'columns' }, section('part-chart', 'Chart', chart), section('part-time', 'Over time', lines)),
        section('part-counts', 'Jobs in each state', facts),
    ];
};
