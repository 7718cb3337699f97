// Charts: drawn once from the server's positions; then only texts and classes change.

import { count, svg, say } from './text.js';

const STATE = (name) => `state-${name.toLowerCase()}`;

const curve = (points, shorten) => {
    const at = [...points];
    if (shorten) {
        const [x, y, angle] = tip(points);
        at[at.length - 2] = x - 6 * Math.cos(angle);
        at[at.length - 1] = y - 6 * Math.sin(angle);
    }
    let path = `M${at[0]} ${at[1]}`;
    for (let place = 2; place < at.length; place += 6) path += `C${at.slice(place, place + 6).join(' ')}`;
    return path;
};

const tip = (points) => {
    const end = points.length, [x, y] = points.slice(end - 2);
    let place = end - 4;
    while (place > 0 && Math.hypot(x - points[place], y - points[place + 1]) < 0.5) place -= 2;
    return [x, y, Math.atan2(y - points[place + 1], x - points[place])];
};

const head = (points) => {
    const [x, y, angle] = tip(points);
    const side = (turn) => `${x - 9 * Math.cos(angle + turn)} ${y - 9 * Math.sin(angle + turn)}`;
    return `M${x} ${y}L${side(0.42)}L${side(-0.42)}Z`;
};

const rectangle = (box, attributes) => svg('rect', {
    x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1], rx: 7, ...attributes,
});

const written = (text, x, y, attributes = {}) => {
    const node = svg('text', { x, y, ...attributes });
    node.textContent = text;
    return node;
};

const titled = (group, name, hint) => {
    if (hint) {
        const title = svg('title');
        title.textContent = `${name}: ${hint}`;
        group.prepend(title);
    }
    return group;
};

// A drawing, and what in it can change.
export const draw = (drawing, { live = false } = {}) => {
    const [wide, high] = drawing.size;
    const root = svg('svg', {
        viewBox: `-4 -4 ${wide + 8} ${high + 8}`, width: wide + 8, height: high + 8, role: 'img', class: 'picture',
        'aria-label': live ? 'The states of a job, with how many jobs are in each' : drawing.summary,
    });
    const parts = { root, nodes: new Map(), lines: [], labels: [] };
    for (const region of drawing.regions) {
        const group = svg('g', { class: 'region' }, rectangle(region.box, { rx: 10 }));
        group.append(written(region.name, region.at[0] + 8, region.at[1] + 17, { class: 'name' }));
        root.append(titled(group, region.name, region.hint));
    }
    root.append(svg('circle', { class: 'start', cx: drawing.start[0], cy: drawing.start[1], r: 6 }));
    for (const line of drawing.lines) {
        const group = svg('g', { class: `line mark-${line.mark}` });
        group.append(svg('path', { class: 'way', d: curve(line.points, line.head) }));
        if (line.head) group.append(svg('path', { class: 'head', d: head(line.points) }));
        root.append(group);
        parts.lines.push({ ...line, group });
    }
    for (const label of drawing.labels) {
        const [left, top, right, bottom] = label.box, x = (left + right) / 2, y = (top + bottom) / 2;
        if (!label.lines.length) {
            const d = drawing.across ? `M${left} ${y}H${right}` : `M${x} ${top}V${bottom}`;
            const group = svg('g', { class: `line mark-${label.mark}` }, svg('path', { class: 'way', d }));
            root.append(group);
            parts.lines.push({ arrow: label.arrow, target: null, group });
            continue;
        }
        const group = svg('g', { class: `label mark-${label.mark}` });
        label.lines.forEach((text, place) => {
            group.append(written(text, x, y + 14 * (place - (label.lines.length - 1) / 2) + 4));
        });
        root.append(group);
    }
    for (const node of drawing.nodes) parts.nodes.set(node.name, drawNode(root, node, live));
    parts.targets = new Map(drawing.labels.map((label) => [label.arrow, label.targets]));
    return parts;
};

const drawNode = (root, node, live) => {
    const [left, top, right, bottom] = node.box, x = (left + right) / 2, y = (top + bottom) / 2;
    const group = svg('g', { class: `node mark-${live ? 'none' : node.mark} ${STATE(node.name)}` });
    if (node.choice) {
        group.append(svg('path', { class: 'shape', d: `M${x} ${top}L${right} ${y}L${x} ${bottom}L${left} ${y}Z` }));
    } else {
        group.append(rectangle(node.box, { class: 'shape' }));
    }
    const share = rectangle([left, top, left, bottom], { class: 'share' });
    if (live) group.append(share);
    if (node.final) group.append(rectangle([left + 3.5, top + 3.5, right - 3.5, bottom - 3.5], { class: 'inner', rx: 4.5 }));
    const lines = live ? ['', ''] : node.lines;
    const begin = y - (14 + 15 * lines.length) / 2 + 12;
    group.append(written(node.text, x, begin, { class: 'name' }));
    const texts = lines.map((line, place) => {
        const text = written(line, x, begin + (live ? 19 : 15) * (place + 1), { class: live && place === 0 ? 'count' : 'more' });
        group.append(text);
        return text;
    });
    root.append(titled(group, node.name, node.hint));
    return { group, share, texts, wide: right - left };
};

// How many jobs are in each state, and where jobs have moved since the last time.
export const update = (parts, states, counts, entered, before) => {
    const total = counts.reduce((sum, one) => sum + one, 0);
    const moved = new Set();
    states.forEach((state, place) => {
        const node = parts.nodes.get(state.name.toLowerCase());
        if (!node) return;
        say(node.texts[0], count(counts[place]));
        node.group.classList.toggle('empty', counts[place] === 0);
        node.share.setAttribute('width', total ? node.wide * counts[place] / total : 0);
        if (before && entered[place] > before[place]) moved.add(state.name.toLowerCase());
    });
    for (const line of parts.lines) {
        const targets = line.target ? [line.target] : parts.targets.get(line.arrow) ?? [];
        line.group.classList.toggle('flows', targets.some((target) => moved.has(target)));
    }
};
