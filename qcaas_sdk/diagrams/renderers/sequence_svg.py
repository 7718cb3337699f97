"""Sequence diagrams as SVG. It needs no Graphviz: participants are columns, messages and notes are rows."""

from qcaas_sdk.diagrams.renderers.canvas import document, fill, group, look, rectangle, stroke, text
from qcaas_sdk.diagrams.renderers.measures import LEAD, LINE, NAME, text_width
from qcaas_sdk.diagrams.sequence_picture import Arrow, Message, Note, SequencePicture
from qcaas_sdk.diagrams.text_wrapping import folded

PAD, HEAD, GAP, HEAD_GAP = 14.0, 26.0, 10.0, 16.0
MIN_STEP = 96.0
NOTE_CHARS, MESSAGE_CHARS = 34, 44
POINT = 8.0


def sequence_svg(picture: SequencePicture) -> str:
    """The picture as an SVG document."""
    whens = max([0.0, *(text_width(item.when) for item in picture.items)])
    left = PAD + whens + (18.0 if whens else 0.0)
    columns, wide = _columns(picture, left)
    parts, y = [], PAD + HEAD + HEAD_GAP
    rows = []
    for item in picture.items:
        drawn, high = _note(item, columns, y) if isinstance(item, Note) else _message(item, columns, y)
        when = [text(item.when, PAD, y + LINE, "soft")] if item.when else []
        rows.append(group("note" if isinstance(item, Note) else "message", [*drawn, *when]))
        y += high + GAP
    for name in picture.participants:
        x, half = columns[name], text_width(name, NAME, bold=True) / 2 + 10.0
        parts.append(f'<path d="M{x:.1f} {PAD + HEAD:.1f}V{y:.1f}" {stroke("faint", 1.5)}/>')
        head = rectangle((x - half, PAD, x + half, PAD + HEAD), look("box", "frame"))
        parts.append(group("participant", [head, text(name, x, PAD + 17.0, size=NAME, bold=True, middle=True)]))
    legend = [line for sentence in picture.legend for line in folded(sentence, int((wide - 2 * PAD) / 5.4))]
    for place, line in enumerate(legend):
        rows.append(text(line, PAD, y + LEAD * (place + 1), "soft"))
    high = y + LEAD * (len(legend) + 1)
    return document(picture.title, picture.summary, (wide, high), [*parts, *rows])


def _columns(picture: SequencePicture, left: float) -> tuple[dict[str, float], float]:
    """Where each participant is, and the width of all: as narrow as the texts between them allow."""
    names = picture.participants
    place = {name: number for number, name in enumerate(names)}
    heads = [text_width(name, NAME, bold=True) / 2 + 10.0 for name in names]
    notes = [0.0] * len(names)
    for item in picture.items:
        if isinstance(item, Note):
            notes[place[item.over]] = max(notes[place[item.over]], _widest(item.text, NOTE_CHARS) / 2 + 8.0)
    halves = [max(pair) for pair in zip(heads, notes, strict=True)]
    xs: list[float] = []
    for number, half in enumerate(halves):
        x = left + half if not xs else xs[-1] + max(MIN_STEP, heads[number - 1] + heads[number] + 12.0)
        for item in picture.items:
            if isinstance(item, Message):
                first, last = sorted((place[item.source], place[item.target]))
                if last == number and first < last:
                    x = max(x, xs[first] + _widest(item.text, MESSAGE_CHARS) + 22.0)
        if xs:  # a note does not cover the line beside it
            x = max(x, xs[-1] + 8.0 + max(notes[number], notes[number - 1]))
        xs.append(max(x, left + half))
    wide = max([left + 200.0, *(x + half + PAD for x, half in zip(xs, halves, strict=True))])
    return dict(zip(names, xs, strict=True)), wide


def _widest(written: str, chars: int) -> float:
    return max(map(text_width, folded(written, chars)))


def _message(item: Message, columns: dict[str, float], y: float) -> tuple[list[str], float]:
    start, end = columns[item.source], columns[item.target]
    lines = folded(item.text, MESSAGE_CHARS)
    middle = (start + end) / 2
    at = y + LEAD * len(lines) + 4.0
    parts = [_written(line, middle, y + LINE + LEAD * place) for place, line in enumerate(lines)]
    way = 1.0 if end > start else -1.0
    dashes = "" if item.arrow is Arrow.REQUEST else ' stroke-dasharray="5 3"'
    parts.append(
        f'<path d="M{start:.1f} {at:.1f}H{end - way * POINT:.1f}" fill="none" {stroke("way", 1.5)}{dashes}/>'
    )
    if item.arrow is Arrow.LOST:
        x = end - way * (POINT + 6.0)
        cross = f"M{x - 5:.1f} {at - 5:.1f}l10 10M{x - 5:.1f} {at + 5:.1f}l10 -10"
        parts.append(f'<path d="{cross}" fill="none" {stroke("ink", 2.0)}/>')
    else:
        head = f"M{end:.1f} {at:.1f}l{-way * POINT:.1f} -4v8Z"
        parts.append(f'<path d="{head}" {fill("way")}/>')
    return parts, at - y + 4.0


def _written(line: str, x: float, y: float) -> str:
    """A line of text on the background, so that lines behind it do not cross it."""
    half = text_width(line) / 2 + 2.0
    back = (
        f'<rect x="{x - half:.1f}" y="{y - LINE:.1f}" width="{2 * half:.1f}" height="{LINE + 3:.1f}" {fill("bg")}/>'
    )
    return back + text(line, x, y, middle=True)


def _note(item: Note, columns: dict[str, float], y: float) -> tuple[list[str], float]:
    lines = folded(item.text, NOTE_CHARS)
    x, half, high = columns[item.over], max(map(text_width, lines)) / 2 + 8.0, LEAD * len(lines) + 6.0
    box = (x - half, y, x + half, y + high)
    parts = [rectangle(box, look("box", "frame"), radius=3.0)]
    if item.colour:
        parts.append(f'<path d="M{x - half:.1f} {y:.1f}v{high:.1f}" stroke="{item.colour}" stroke-width="4"/>')
    parts += [text(line, x, y + LINE + 2.0 + LEAD * place, middle=True) for place, line in enumerate(lines)]
    return parts, high
