// How many jobs are in each state: a bar, and a sentence.

import { count, el } from './text.js';

// A bar with a segment for each state. Those that have ended are on the left.
export const bar = (place, states) => {
    const segments = states.map((state) => el('span', { class: `segment state-${state.name.toLowerCase()}` }));
    const { length } = states;
    const rank = (at) => (states[at].final ? at - length : length - at);
    place.append(...[...states.keys()].sort((one, other) => rank(one) - rank(other)).map((at) => segments[at]));
    return { place, segments };
};

export const fill = (parts, states, counts) => {
    parts.segments.forEach((segment, at) => { segment.style.flexGrow = counts[at]; });
    parts.place.setAttribute('aria-label', sentence(states, counts));
};

export const sentence = (states, counts) => {
    const told = states.map((state, at) => [counts[at], state.name.toLowerCase()]).filter(([number]) => number);
    return told.map(([number, name]) => `${count(number)} ${name}`).join(', ') || 'no jobs yet';
};
