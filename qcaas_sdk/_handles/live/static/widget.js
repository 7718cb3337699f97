// A job or a composite in a cell of a notebook. What comes from the kernel is only ever set as text, or shown as an image.

import { bar, fill, sentence } from './bar.js';
import { draw, update } from './chart.js';
import { counted, el, say, time } from './text.js';

const NARROW = 560;
const QUIET_MS = 700;

// Light or dark as the notebook is, whatever the system prefers.
const scheme = () => {
    const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
    if (jpThemeLight !== undefined) return jpThemeLight === 'false' ? 'dark' : 'light';
    if (vscodeThemeKind !== undefined) return /dark|black|high-contrast$/.test(vscodeThemeKind) ? 'dark' : 'light';
    return 'light dark';
};

const picture = () => {
    const image = el('img', { class: 'image', hidden: true });
    let last = '';
    return {
        image,
        show: (svg, alt) => {
            image.hidden = !svg;
            image.alt = alt;
            if (svg === last) return;
            last = svg;
            image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
        },
    };
};

const one = (box) => {
    const [name, told, facts, error] = [el('b'), el('b'), el('span', { class: 'soft' }), el('p', { class: 'error' })];
    const way = picture();
    box.append(el('p', {}, name, ': ', told, ' ', facts), error, way.image);
    return (shown) => {
        say(name, shown.name);
        say(told, shown.told);
        say(facts, `(${shown.facts}${shown.since === null ? '' : `, since ${time(shown.since)}`})`);
        say(error, shown.error);
        way.show(shown.svg, shown.alt);
        return `${shown.name}: ${shown.told}`;
    };
};

const many = (box, { states, chart, tall_chart: tall, rules }) => {
    const [title, pace, line] = [el('b'), el('span', { class: 'soft' }), el('div', { class: 'bar', role: 'img' })];
    const place = el('div', { class: 'chart', tabindex: '0', role: 'region', 'aria-label': 'States' });
    const segments = bar(line, states), last = picture();
    const rows = rules.map(([rule, state]) => el('tr', {}, el('td', {}, rule), el('td', {}, state)));
    const table = el('table', {}, el('caption', {}, 'The state of the composite is that of the first rule that is true:'), el('tbody', {}, ...rows));
    let parts = null, narrow = null, before = null, latest = null, quiet = null;
    box.append(el('p', {}, title, ' ', pace), line, place, table, last.image);
    const drawn = () => {
        if (!chart || narrow === box.clientWidth < NARROW) return;
        narrow = box.clientWidth < NARROW;
        parts = draw(narrow ? tall : chart, { live: true });
        place.replaceChildren(parts.root);
        if (latest) update(parts, states, latest.counts, latest.entered, latest.entered);
    };
    new ResizeObserver(drawn).observe(box);
    return (shown) => {
        const { counts, entered } = latest = shown, total = counts.reduce((sum, number) => sum + number, 0);
        say(title, `${counted(total, 'job')}: ${shown.told}`);
        say(pace, shown.pace);
        fill(segments, states, counts);
        place.hidden = !chart || Boolean(shown.svg);
        table.hidden = Boolean(shown.svg);
        rows.forEach((row, at) => row.classList.toggle('now', rules[at][1] === shown.told));
        last.show(shown.svg, shown.alt);
        drawn();
        if (parts) {
            update(parts, states, counts, entered, before);
            clearTimeout(quiet);
            quiet = setTimeout(() => update(parts, states, latest.counts, latest.entered, latest.entered), QUIET_MS);
        }
        before = entered;
        return `${title.textContent}. ${sentence(states, counts)}`;
    };
};

const render = ({ model, el: host }) => {
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const box = el('div', { role: 'group' }), said = el('p', { class: 'hidden', role: 'status' });
    const lost = el('p', { class: 'lost', hidden: true }, 'This is not updated any more: the kernel was restarted.');
    root.replaceChildren(el('style', {}, STYLE), box, lost, said);
    const constant = model.get('constant');
    const show = constant.states ? many(box, constant) : one(box);
    const shown = () => {
        const now = model.get('shown'), told = show(now);
        box.setAttribute('aria-label', told);
        if (now.over) {
            say(said, told);
            lost.hidden = true;
        }
    };
    const gone = () => { lost.hidden = Boolean(model.get('shown').over); };
    const themed = () => { host.style.colorScheme = scheme(); };
    const themes = new MutationObserver(themed);
    themes.observe(document.body, { attributes: true });
    model.on('change:shown', shown);
    model.on('comm_live_update', gone);
    themed();
    shown();
    return () => {
        themes.disconnect();
        model.off('change:shown', shown);
        model.off('comm_live_update', gone);
    };
};
