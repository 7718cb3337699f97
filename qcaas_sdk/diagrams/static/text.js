// Texts and elements. What comes from a server or a program is only ever set as text.

export const el = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (value === true) node.setAttribute(key, '');
        else if (value !== false && value !== null) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
};

export const svg = (name, attributes = {}, ...children) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
};

export const say = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
};

const whole = new Intl.NumberFormat('en');
export const count = (number) => whole.format(number);
export const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;

export const duration = (seconds) => {
    if (seconds === null || seconds === undefined) return '–';
    if (seconds < 0.9995) return `${Math.round(1000 * seconds)} ms`;
    if (seconds < 59.5) return seconds >= 9.95 ? `${Math.round(seconds)} s` : `${seconds.toFixed(1)} s`;
    const all = Math.round(seconds), minutes = Math.floor(all / 60) % 60, hours = Math.floor(all / 3600);
    const two = (number) => String(number).padStart(2, '0');
    return hours ? `${count(hours)} h ${two(minutes)} min` : `${minutes} min ${two(all % 60)} s`;
};

export const rate = (perSecond) => {
    if (!perSecond) return '–';
    if (perSecond >= 1) return `${count(Math.round(perSecond * 10) / 10)} per second`;
    return `${count(Math.round(perSecond * 600) / 10)} per minute`;
};

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
export const time = (ms) => {
    if (ms === null) return '–';
    const at = new Date(ms);
    const today = at.toDateString() === new Date().toDateString();
    return today ? clock.format(at) : `${day.format(at)} ${clock.format(at)}`;
};
