// The page: one stream of changes, and what shows them.

import { bar, fill, sentence } from './bar.js';
import * as chart from './chart.js';
import * as composite from './composite.js';
import * as grid from './grid.js';
import * as job from './job.js';
import { begin, filter, parse, store, take } from './store.js';
import { count, counted, duration, el, rate, say } from './text.js';
import * as time from './time.js';

const $ = (id) => document.getElementById(id);
const SAY_EVERY_MS = 10000;

let parts = null, lines = null, before = null, segments = null, chips = [], waiting = false, saidAt = 0, quiet = null, error = '', working = true, service = '', about = null;

const start = async () => {
    about = await (await fetch('/api/about')).json();
    store.states = about.states;
    document.title = `${about.title} · jobs`;
    say($('title'), about.title);
    showService();
    if (about.chart) {
        drawn();
        narrow.addEventListener('change', () => { drawn(); later(); });
    } else {
        $('chart').append(el('p', { class: 'soft' }, 'To see the chart, install the extra “diagrams” where the page is served.'));
    }
    lines = time.make($('time'), store.states);
    segments = bar($('bar'), store.states);
    chips = store.states.map((state, place) => {
        const number = el('span', { class: 'number' }, '0');
        const chip = el('button', { type: 'button', class: 'chip', 'aria-pressed': 'false', title: state.summary },
            el('span', { class: `sign state-${state.name.toLowerCase()}`, 'aria-hidden': 'true' }), `${state.name.toLowerCase()} `, number);
        chip.addEventListener('click', () => {
            if (!store.only.delete(place)) store.only.add(place);
            chip.setAttribute('aria-pressed', String(store.only.has(place)));
            filter({});
            searched();
        });
        $('states').append(chip);
        return number;
    });
    grid.make($('grid'), (number) => { location.hash = `#/job/${number}`; });
    $('search').addEventListener('input', () => { filter({ query: parse($('search').value) }); searched(); });
    $('order').addEventListener('change', () => { filter({ order: $('order').value }); searched(); });
    $('filter').addEventListener('submit', (event) => event.preventDefault());
    addEventListener('hashchange', route);
    document.addEventListener('visibilitychange', later);
    route();
    connect();
};

const showService = () => {
    say($('service'), [service, about.control ? 'this page may change jobs' : about.can_control ? 'read-only here; the browser that opened the link with the token may change jobs' : 'read-only'].filter(Boolean).join(' · '));
};

const narrow = matchMedia('(max-width: 700px)');
const drawn = () => {
    parts = chart.draw(narrow.matches ? about.tall_chart : about.chart, { live: true });
    $('chart').replaceChildren(parts.root);
};

const searched = () => {
    $('grid').scrollTop = 0;
    render();
    say($('said'), grid.found() || counted(store.all.length, 'job'));
    saidAt = Date.now();
};

let source = null;
const connect = () => {
    source = new EventSource('/api/events');
    source.addEventListener('open', () => connection('live', 'live'));
    source.addEventListener('begin', () => { begin(); before = null; });
    source.addEventListener('message', (event) => {
        const news = JSON.parse(event.data);
        take(news);
        if ('error' in news) {
            ({ error, working, service } = news);
            showService();
        }
        later();
    });
    source.addEventListener('error', () => {
        const over = source.readyState === EventSource.CLOSED;
        connection('lost', over ? 'ended' : 'reconnecting');
        if (over) setTimeout(connect, 5000);
    });
};

const connection = (state, text) => {
    $('connection').dataset.state = state;
    say($('connection-text'), text);
};

// However many messages come, the page is drawn once a frame; and not at all while nobody can see it.
const later = () => {
    if (waiting || document.hidden) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; render(); });
};

const render = () => {
    const { states, counts, entered, figures } = store;
    const notice = error || (working || !unended() ? '' : 'No process works on these jobs now. They stay as they are until one goes on with them.');
    say($('notice'), notice);
    $('notice').hidden = !notice;
    job.changed();
    composite.changed();
    if ($('overview').hidden || !counts.length) return;
    const total = counts.reduce((sum, one) => sum + one, 0), ended = total - unended();
    say($('ended'), total ? `${count(ended)} of ${counted(total, 'job')} ended` : 'No jobs yet');
    fill(segments, states, counts);
    chips.forEach((number, place) => say(number, count(counts[place])));
    if (parts) {
        chart.update(parts, states, counts, entered, before);
        clearTimeout(quiet);
        quiet = setTimeout(() => chart.update(parts, states, store.counts, store.entered, store.entered), 700);
    }
    before = entered;
    if (figures) showFigures(figures, total, ended);
    grid.render();
    say($('found'), grid.found());
    if (Date.now() - saidAt > SAY_EVERY_MS) {
        saidAt = Date.now();
        say($('said'), sentence(states, counts));
    }
};

const unended = () => store.counts.reduce((sum, one, place) => sum + (store.states[place].final ? 0 : one), 0);

// What the service itself says about its queue.
const estimate = (qpu) => [
    qpu.starts_in_s === null ? '' : qpu.starts_in_s < 1 ? 'less than 1 s' : `about ${duration(qpu.starts_in_s)}`,
    qpu.before === null ? '' : `${counted(qpu.before, 'task')} before it`,
].filter(Boolean).join(', ') || '–';

let last = null;
const showFigures = (figures, total, ended) => {
    if (figures === last) return;
    last = figures;
    const pace = figures.qpus.reduce((sum, qpu) => sum + qpu.rate, 0), left = total - ended;
    const parts_ = ended < total && pace ? [rate(pace), `about ${duration(left / pace)} left at this rate`] : [];
    say($('pace'), parts_.join(', '));
    time.update(lines, store.states, figures.history);
    const rows = figures.qpus.map((qpu) => el('tr', {},
        el('th', { scope: 'row' }, qpu.id),
        ...[count(qpu.waiting), count(qpu.running), count(qpu.ended), duration(qpu.wait_s), duration(qpu.run_s), rate(qpu.rate), duration(qpu.left_s)]
            .map((text) => el('td', {}, text)),
        el('td', { class: 'estimate' }, estimate(qpu))));
    $('qpus').classList.toggle('estimated', figures.qpus.some((qpu) => qpu.starts_in_s !== null || qpu.before !== null));
    $('qpus').closest('section').hidden = !rows.length;
    $('qpus').tBodies[0].replaceChildren(...rows);
    say($('usage'), [
        figures.runs ? counted(figures.runs, 'run') : 'No run to count yet',
        figures.shots ? counted(figures.shots, 'shot') : '',
        figures.qpu_s === null ? '' : `${duration(figures.qpu_s)} on QPUs`,
        figures.requests === null || !figures.runs ? '' : `${(figures.requests / figures.runs).toFixed(1)} requests per run`,
        figures.lag_s === null ? '' : `results are here ${duration(figures.lag_s)} after the end of a run`,
    ].filter(Boolean).join(' · '));
};

const route = () => {
    const found = /^#\/(job|composite)\/(\d+)$/.exec(location.hash), was = job.shown();
    const views = { job, composite };
    $('overview').hidden = Boolean(found);
    for (const [name, view] of Object.entries(views)) {
        const shown = found?.[1] === name;
        $(name).hidden = !shown;
        if (!shown) view.hide();
    }
    if (found) {
        scrollTo(0, 0);
        views[found[1]].show(Number(found[2]));
        return;
    }
    render();
    if (was !== null) $('grid').focus();
    else if (location.hash === '#/jobs') $('jobs-title').focus();
};

start().catch(() => {
    connection('lost', 'not connected');
    say($('ended'), 'The server of this page does not answer.');
});
