// How many jobs were in each state over time: areas on top of each other.

import { count, counted, duration, el, say, svg, time as clock } from './text.js';

const WIDE = 240, HIGH = 100;

export const make = (place, states) => {
    const root = svg('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: 'none', class: 'areas', role: 'img' });
    const areas = states.map((state) => {
        const path = svg('path', { class: `area state-${state.name.toLowerCase()}` });
        root.append(path);
        return path;
    });
    const [most, first, last] = [el('span', { class: 'most' }), el('span'), el('span')];
    const legend = el('ul', { class: 'legend' }, ...states.slice(1).map((state) => (
        el('li', {}, el('span', { class: `swatch state-${state.name.toLowerCase()}`, 'aria-hidden': 'true' }), state.name.toLowerCase())
    )));
    const clocks = el('p', { class: 'soft clocks' });
    const empty = el('p', { class: 'soft' }, 'No job has been submitted yet.');
    const picture = el('div', { class: 'plot' }, most, root, el('p', { class: 'axis' }, first, last));
    place.replaceChildren(picture, legend, clocks, empty);
    return { root, areas, most, first, last, empty, picture, legend, clocks };
};

export const update = (parts, states, history) => {
    const steps = history.counts.length ? history.counts[0].length : 0;
    parts.empty.hidden = steps > 0;
    parts.picture.hidden = parts.legend.hidden = parts.clocks.hidden = steps === 0;
    if (!steps) return;
    const sums = Array.from({ length: steps }, (_, step) => history.counts.reduce((sum, one) => sum + one[step], 0));
    const most = Math.max(1, ...sums);
    let base = new Array(steps).fill(0);
    const x = (step) => (steps === 1 ? (step ? WIDE : 0) : WIDE * step / (steps - 1));
    const y = (value) => HIGH - HIGH * value / most;
    // Ends lie at the bottom, so that the jobs on their way are the edge that moves.
    for (const place of [...states.keys()].sort((one, other) => states[other].final - states[one].final || one - other)) {
        const above = base.map((value, step) => value + Math.max(0, history.counts[place][step]));
        const corners = steps === 1 ? [0, 0] : [...above.keys()];
        const up = corners.map((step, at) => `${x(steps === 1 ? at : step).toFixed(1)} ${y(above[step]).toFixed(1)}`);
        const down = corners.map((step, at) => `${x(steps === 1 ? at : step).toFixed(1)} ${y(base[step]).toFixed(1)}`).reverse();
        parts.areas[place].setAttribute('d', `M${[...up, ...down].join('L')}Z`);
        base = above;
    }
    const end = history.begin + 1000 * history.width * (steps - 1);
    say(parts.most, count(most));
    say(parts.first, clock(history.begin));
    say(parts.last, clock(end));
    say(parts.clocks, !history.ended || !history.by_service
        ? 'Times by your clock: when the SDK saw a change.'
        : `Times by the service's clock for ${count(history.by_service)} of ${counted(history.ended, 'ended run')}, else by yours. The clocks are aligned at the submission.`);
    const told = states.map((state, place) => [history.counts[place].at(-1), state.name.toLowerCase()]);
    const sentence = told.filter(([number]) => number > 0).map(([number, name]) => `${count(number)} ${name}`).join(', ');
    parts.root.setAttribute('aria-label', `The states of the jobs over ${duration((end - history.begin) / 1000)}. At the end: ${sentence}.`);
};
