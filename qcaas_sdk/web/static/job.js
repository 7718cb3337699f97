// One job: its chart, its history, its results, its program, and what can be done with it.

import { draw } from './chart.js';
import { store } from './store.js';
import { count, counted, duration, el, time } from './text.js';

const place = document.getElementById('job'), ask = document.getElementById('ask');
let number = null, seen = null, timer = null, showing = 0, unread = false;

const ACTIONS = {
    cancel: ['Cancel', 'Cancel this job? If it finishes first, its result is kept.', 'Cancel the job'],
    retry: ['Run again', 'Run this job again? A run on a QPU is paid for.', 'Run it again'],
    resume: ['Continue', 'Continue this job? If it was never submitted, it is submitted now, and its run is paid for.', 'Continue'],
};

export const shown = () => number;

export const show = (wanted) => {
    number = wanted;
    seen = null;
    place.replaceChildren(el('p', { class: 'soft' }, 'Reading the job …'));
    unread = true;
    load();
};

export const hide = () => {
    number = null;
    place.replaceChildren();
};

// Called after each message of the server: reads the job again if it has changed.
export const changed = () => {
    const row = store.rows.get(number);
    if (row && seen !== null && row.cells !== seen && timer === null) timer = setTimeout(() => { timer = null; load(); }, 250);
};

const load = async () => {
    const wanted = number, mine = ++showing;
    if (wanted === null) return;
    seen = store.rows.get(wanted)?.cells ?? [];
    let job = null, problem = 'The server of this page does not answer.';
    try {
        const answer = await fetch(`/api/jobs/${wanted}`);
        job = await answer.json();
        if (!answer.ok) [problem, job] = [job.error, null];
    } catch { /* said below */ }
    if (wanted !== number || mine !== showing) return;
    if (job === null) {
        if (unread) place.replaceChildren(back(), el('h2', { tabindex: '-1' }, `Job ${wanted}`), el('p', {}, problem));
    } else {
        const kept = keep();
        place.replaceChildren(...page(job));
        restore(kept);
    }
    if (unread) place.querySelector('h2')?.focus();
    unread = false;
};

// What a reader has opened, scrolled or focused stays as it is when the job changes.
const keep = () => ({
    open: [...place.querySelectorAll('details')].map((one) => one.open),
    focus: document.activeElement?.dataset?.key ?? null,
    top: place.querySelector('pre')?.scrollTop ?? 0,
});

const restore = (kept) => {
    place.querySelectorAll('details').forEach((one, at) => { if (at in kept.open) one.open = kept.open[at]; });
    if (kept.focus) [...place.querySelectorAll('[data-key]')].find((one) => one.dataset.key === kept.focus)?.focus();
    const program = place.querySelector('pre');
    if (program) program.scrollTop = kept.top;
};

const back = () => el('p', { class: 'back' }, el('a', { href: '#/', 'data-key': 'back' }, '← All jobs'));

const pill = (state) => el('span', { class: 'pill' },
    el('span', { class: `sign state-${state.toLowerCase()}`, 'aria-hidden': 'true' }), state.toLowerCase());

const section = (title, ...children) => {
    const id = `part-${title.toLowerCase().replace(/\W+/g, '-')}`;
    return el('section', { class: 'card', 'aria-labelledby': id }, el('h3', { id }, title), ...children);
};

const page = (job) => {
    const title = el('h2', { tabindex: '-1' }, `Job ${job.number}`, ' ', pill(job.state));
    const name = job.name || job.tag;
    return [
        back(),
        el('div', { class: 'job-head' }, el('div', {}, title, name ? el('p', { class: 'soft name' }, name) : ''), actions(job)),
        job.note ? el('p', { class: 'notice' }, job.note) : '',
        job.held ? el('p', { class: 'notice' }, `This page cannot change the job now: ${job.held}`) : '',
        ...outcome(job),
        el('div', { class: 'columns' }, section('Chart', chart(job)), section('Details', facts(job), history(job))),
        program(job),
    ].filter((part) => part !== '');
};

const actions = (job) => el('div', { class: 'actions' }, ...job.actions.map((action) => {
    const button = el('button', { type: 'button', 'data-key': action }, ACTIONS[action]?.[0] ?? action);
    button.addEventListener('click', () => confirmed(job, action));
    return button;
}));

const confirmed = (job, action) => {
    const [, question, yes] = ACTIONS[action] ?? ['', `Send “${action}” to this job?`, 'Send it'];
    document.getElementById('ask-text').textContent = `Job ${job.number}: ${question}`;
    const [no, go] = [document.getElementById('ask-no'), document.getElementById('ask-yes')];
    go.textContent = yes;
    no.onclick = () => ask.close();
    go.onclick = async () => {
        ask.close();
        let problem = '';
        try {
            const answer = await fetch(`/api/jobs/${job.number}/${encodeURIComponent(action)}`, { method: 'POST' });
            if (!answer.ok) problem = (await answer.json()).error;
        } catch { problem = 'The server of this page does not answer.'; }
        if (number !== job.number) return;
        await load();
        if (problem) place.querySelector('.job-head').after(el('p', { class: 'notice', role: 'alert' }, problem));
    };
    ask.showModal();
};

const chart = (job) => {
    if (!job.chart) return el('p', { class: 'soft' }, 'To see charts, install the extra “diagrams” where the page is served.');
    return el('div', { class: 'chart', tabindex: '0', role: 'region', 'aria-label': 'The chart of the job', 'data-key': 'chart' }, draw(job.chart).root);
};

const facts = (job) => {
    const list = el('dl', { class: 'facts' });
    const add = (name, value) => { if (value) list.append(el('dt', {}, name), el('dd', {}, value)); };
    add('QPU', job.qpu);
    add('task', job.task || 'none yet');
    add('tag', job.tag);
    add('your metadata', job.metadata);
    add('status at the service', job.status);
    if (job.place !== job.state.toLowerCase()) add('state in its chart', job.place);
    if (job.in_doubt) add('in doubt', 'the submission is not confirmed yet; the service is asked before anything is sent again');
    if (job.runs > 1) add('runs', count(job.runs));
    return list;
};

const history = (job) => {
    if (!job.transitions.length) return el('p', { class: 'soft' }, 'Nothing has happened yet.');
    const list = el('ol', { class: 'history' });
    job.transitions.forEach((one, at) => {
        const before = job.transitions[at - 1];
        list.append(el('li', {},
            el('span', { class: 'when' }, time(one.at)), pill(one.target),
            el('span', { class: 'why' }, one.reason),
            el('span', { class: 'soft' }, `by ${one.trigger}${before ? `, after ${duration((one.at - before.at) / 1000)}` : ''}`)));
    });
    return list;
};

const outcome = (job) => {
    const outputs = [...job.outputs].reverse();
    return outputs.map((output, at) => {
        const run = job.runs > 1 ? `run ${job.runs - at} of ${job.runs}` : '';
        const told = [run, output.qpu, output.received === null ? '' : time(output.received)].filter(Boolean).join(' · ');
        const title = 'error' in output ? 'Error' : 'Counts';
        const parts = [el('p', { class: 'soft' }, told)];
        if (output.waited_s !== null) {
            const ran = output.ran_s === null ? 'did not run' : `ran for ${duration(output.ran_s)}`;
            parts.push(el('p', { class: 'soft' }, `By the service's clock, it waited for ${duration(output.waited_s)} and ${ran}.`));
        }
        if ('error' in output) {
            parts.push(el('p', { class: 'error' }, output.error), output.code === null ? '' : el('p', { class: 'soft' }, `code ${output.code}`));
        } else if (output.registers) {
            output.registers.forEach((register) => parts.push(plot(register)));
        } else {
            parts.push(el('pre', { tabindex: '0', 'data-key': `data-${at}` }, output.data));
        }
        if (at === 0) return section(job.runs > 1 ? `${title} of run ${job.runs}` : title, ...parts);
        return el('details', { class: 'card' }, el('summary', { 'data-key': `run-${at}` }, `${title} of run ${job.runs - at}`), ...parts);
    });
};

const MAX_BARS = 32;
const plot = (register) => {
    const most = Math.max(1, ...register.counts.map(([, times]) => times));
    const table = el('table', { class: 'counts' }, el('caption', {}, `${register.name}: ${counted(register.shots, 'shot')}`));
    const body = el('tbody');
    for (const [bits, times] of register.counts.slice(0, MAX_BARS)) {
        const bar = el('span', { class: 'count-bar' });
        bar.style.width = `${100 * times / most}%`;
        const share = register.shots ? `${(100 * times / register.shots).toFixed(1)} %` : '';
        body.append(el('tr', {}, el('th', { scope: 'row' }, bits), el('td', { class: 'bar-cell', 'aria-hidden': 'true' }, bar),
            el('td', { class: 'number' }, count(times)), el('td', { class: 'number soft' }, share)));
    }
    table.append(el('thead', { class: 'hidden' }, el('tr', {}, ...['bitstring', 'bar', 'count', 'share'].map((name) => el('th', { scope: 'col' }, name)))), body);
    const left = register.bitstrings - Math.min(MAX_BARS, register.counts.length);
    return el('div', {}, table, left > 0 ? el('p', { class: 'soft' }, `and ${counted(left, 'bitstring')} more, each less frequent`) : '');
};

const program = (job) => el('details', { class: 'card', open: true },
    el('summary', { 'data-key': 'program' }, 'Program'),
    el('pre', { tabindex: '0', 'data-key': 'text' }, job.program),
    job.left_out ? el('p', { class: 'soft' }, `and ${counted(job.left_out, 'character')} more`) : '',
    el('details', { class: 'config soft' }, el('summary', { 'data-key': 'config' }, 'Configuration'), el('p', {}, job.config)));
