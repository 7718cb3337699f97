"""`qcaas watch` on a whole terminal: the chart with counts, a table with a filter, one job's detail."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import define, field
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from qcaas_sdk import JobState
from qcaas_sdk._base.text import cut, one_line, padded, width
from qcaas_sdk._handles.progress import COLOURS
from qcaas_sdk._record import JobRecord
from qcaas_sdk.cli.screen import shown_as
from qcaas_sdk.cli.watched import WatchedCampaign

WIDE_CHART = 76
"""Columns that the chart needs; a narrower terminal shows a list of states."""

MIN_ROWS = 3
TASK_WIDTH, STATE_WIDTH, MIN_NAME, MAX_NAME = 36, 9, 8, 32
BAR_WIDTH = 24

TEXTS: Mapping[str, Callable[[JobRecord], str]] = {
    "state": lambda job: job.state,
    "tag": lambda job: job.tag or "",
    "qpu": lambda job: job.qpu_id,
    "task": lambda job: job.task_id or "",
    "error": lambda job: "" if job.error is None else job.error.error_message,
}
FIELDS = ("job", "name", *TEXTS)
"""What a filter looks at."""

_TERM = re.compile(r'(?:(job|state|name|tag|qpu|task|error):)?("[^"]*"?|\S+)', re.IGNORECASE)

Columns = tuple[int, int, int]
"""The widths of the number, the name and the task of a job; 0 for no task."""

Describe = Callable[[int], Sequence[Text]]
"""Everything about the job with this number, as lines."""


@define
class Viewer:
    """What the terminal shows, and what keys change of it.

    Attributes:
        seen: The campaign.
        touched: Whether a key was pressed: then the view stays until it is closed.
        closed: Whether it was closed.
    """

    seen: WatchedCampaign
    _describe: Describe
    _unicode: bool = True
    touched: bool = field(default=False, init=False)
    closed: bool = field(default=False, init=False)
    _filter: str = field(default="", init=False)
    _typing: bool = field(default=False, init=False)
    _chosen: int | None = field(default=None, init=False)
    _top: int = field(default=0, init=False)
    _detail: int | None = field(default=None, init=False)
    _scroll: int = field(default=0, init=False)
    _page: int = field(default=10, init=False)
    _found_for: object = field(default=None, init=False)
    _found: list[int] = field(factory=list, init=False)

    def press(self, key: str) -> None:
        """Do what a key stands for."""
        self.touched = True
        if self._typing:
            self._type(key)
        elif self._detail is not None:
            self._press_in_detail(key)
        elif key in {"q", "Q"}:
            self.closed = True
        elif key == "/":
            self._typing = True
        elif key == "escape":
            self._filter = ""
        elif key == "enter":
            self._detail, self._scroll = self._place_of_chosen()[1], 0
        elif key in "fF":
            self._filter = "" if self._filter == "state:failed" else "state:failed"
        elif (step := self._step(key)) is not None and (found := self._matches()):
            self._chosen = found[min(max(self._place_of_chosen()[0] + step, 0), len(found) - 1)]

    def _type(self, key: str) -> None:
        if key in {"enter", "escape"}:
            self._typing = False
            self._filter = self._filter if key == "enter" else ""
        elif key == "backspace":
            self._filter = self._filter[:-1]
        elif len(key) == 1:
            self._filter += key

    def _press_in_detail(self, key: str) -> None:
        if key in {"q", "Q", "escape", "enter", "backspace"}:
            self._detail = None
        elif (step := self._step(key)) is not None:
            self._scroll = max(0, self._scroll + step)

    def _step(self, key: str) -> int | None:
        far = len(self.seen.state.jobs) + 10**6
        by_line = {"up": -1, "k": -1, "down": 1, "j": 1, "home": -far, "g": -far, "end": far, "G": far}
        return (by_line | {"page up": -self._page, "page down": self._page, " ": self._page}).get(key)

    def _matches(self) -> list[int]:
        """The numbers of the jobs that the filter finds, in order."""
        if self._found_for != (asked := (self.seen.version, self._filter)):
            terms = [(where.lower(), text.strip('"').lower()) for where, text in _TERM.findall(self._filter)]
            jobs = sorted(self.seen.state.jobs.items())
            self._found = [number for number, job in jobs if all(self._fits(number, job, *one) for one in terms)]
            self._found_for = asked
        return self._found

    def _fits(self, number: int, job: JobRecord, where: str, text: str) -> bool:
        if where == "job":
            return str(number - 1) == text
        return any(text in self._text(number, job, one).lower() for one in ([where] if where else FIELDS))

    def _text(self, number: int, job: JobRecord, where: str) -> str:
        """What a job has in a field of a filter."""
        if where in TEXTS:
            return TEXTS[where](job)
        return f"{job.name or ''} {self.seen.state.labels.get(number, '')}" if where == "name" else str(number - 1)

    def _place_of_chosen(self) -> tuple[int, int | None]:
        """The place of the chosen job among those that are found, and its number; None if none is found."""
        found = self._matches()
        if not found:
            return 0, None
        if self._chosen not in found:
            later = (number for number in found if number > (self._chosen or 0))
            self._chosen = next(later, found[-1])
        return found.index(self._chosen), self._chosen

    # The picture.

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = console.size
        for line in self.lines(width, height):
            line.no_wrap, line.overflow = True, "crop"
            yield line

    def lines(self, width: int, height: int) -> list[Text]:
        """What a terminal of this size shows, line by line."""
        foot = self._foot(width)
        if self._detail is not None and self._detail in self.seen.state.jobs:
            shown = self._detail_lines(width, max(1, height - len(foot)))
        else:
            shown = self._list_lines(width, max(1, height - len(foot)))
        return [*shown[: height - len(foot)], *foot][:height]

    def _detail_lines(self, width: int, height: int) -> list[Text]:
        assert self._detail is not None
        console = Console(width=width, height=height)
        lines = [part for line in self._describe(self._detail) for part in (line.wrap(console, width) or [Text()])]
        self._page = max(1, height - 1)
        self._scroll = min(self._scroll, max(0, len(lines) - height))
        shown = lines[self._scroll : self._scroll + height]
        return [*shown, *[Text()] * (height - len(shown))]

    def _list_lines(self, width: int, height: int) -> list[Text]:
        head = [shown_as(cut(one_line(self.seen.name), width), "bold"), *self._chart(width)]
        head += [shown_as(cut(one_line(line), width), "dim") for line in self.seen.foot()]
        if height - len(head) < MIN_ROWS + 1:
            head = head[: max(0, height - MIN_ROWS - 1)]
        rows = height - len(head) - 1
        self._page = max(1, rows - 1)
        found = self._matches()
        place, _ = self._place_of_chosen()
        self._top = max(0, min(self._top, place, len(found) - rows), place - rows + 1)
        columns = self._columns(width)
        shown = [self._row(number, width, columns) for number in found[self._top : self._top + rows]]
        if not found:
            empty = "  no job fits the filter" if self._filter else "  no jobs yet"
            shown = [shown_as(cut(empty, width), "dim")]
        return [*head, self._title(width, columns), *shown, *[Text()] * (rows - len(shown))]

    def _chart(self, width: int) -> Iterator[Text]:
        counts = Counter(job.state for job in self.seen.state.jobs.values())
        if width < WIDE_CHART:
            most = max(counts.values(), default=1)
            for state in JobState:
                bar = ("━" if self._unicode else "=") * round(BAR_WIDTH * counts[state] / most)
                line = f"{state:>{STATE_WIDTH}} {counts[state]:>7,} {bar}"
                yield Text(cut(line, width), style=COLOURS[state] if bar else "dim")
            return
        arrow, fork, down, last = ("─▶", "─┬▶", "├▶", "└▶") if self._unicode else ("->", "-+>", "+>", "+>")
        road = Text("  ")
        for state, after in [
            (JobState.CREATED, f" {arrow} "),
            (JobState.SUBMITTED, f" {arrow} "),
            (JobState.RUNNING, f" {fork} "),
        ]:
            road.append(f"{state} {counts[state]:,}", style=COLOURS[state] if counts[state] else "dim").append(after)
        indent = len(road) - len(down) - 1
        yield road.append_text(self._end(JobState.COMPLETED, counts))
        yield Text(f"{' ' * indent}{down} ").append_text(self._end(JobState.FAILED, counts))
        yield Text(f"{' ' * indent}{last} ").append_text(self._end(JobState.CANCELLED, counts))

    @staticmethod
    def _end(state: JobState, counts: Counter[JobState]) -> Text:
        return Text(f"{state} {counts[state]:,}", style=COLOURS[state] if counts[state] else "dim")

    def _columns(self, width: int) -> "Columns":
        """The widths in a terminal of this width."""
        number = max(3, len(f"{self.seen.state.last:,}"))
        left = width - 2 - number - 1 - STATE_WIDTH - 1
        task = TASK_WIDTH if left >= TASK_WIDTH + 1 + MIN_NAME else 0
        longest = max((len(name) for name in self.seen.state.labels.values()), default=MIN_NAME)
        name = min(max(MIN_NAME, longest), MAX_NAME, max(0, left - (task + 1 if task else 0)))
        return number, name, task

    @staticmethod
    def _title(width: int, columns: "Columns") -> Text:
        number, name, task = columns
        told = f"  {'job':>{number}} {'state':{STATE_WIDTH}} {padded('program', name)}{' task' if task else ''}"
        return Text(cut(told, width), style="dim")

    def _row(self, number: int, width: int, columns: "Columns") -> Text:
        job = self.seen.state.jobs[number]
        digits, name_width, task_width = columns
        chosen = number == self._chosen
        mark = ("›" if self._unicode else ">") if chosen else " "
        row = Text(f"{mark} {number - 1:>{digits}} ", style="bold" if chosen else "")
        row.append(f"{job.state:{STATE_WIDTH}}", style=COLOURS[job.state])
        name = one_line(job.name or self.seen.state.labels.get(number, ""))
        row.append(f" {padded(_end_of(name, name_width), name_width)}")
        if task_width:
            row.append(f" {padded(cut(one_line(job.task_id or ''), task_width), task_width)}")
        rest = width - row.cell_len - 1
        about = job.error.short if job.error is not None else job.tag or ""
        if about and rest >= MIN_NAME:
            row.append(f" {cut(one_line(about), rest)}", style="red" if job.error is not None else "dim")
        return row

    def _foot(self, width: int) -> list[Text]:
        up_down = "↑↓" if self._unicode else "up/down"
        if self._typing:
            end = "▏" if self._unicode else "_"
            return [
                Text(cut(f"/{one_line(self._filter)}{end}", width), style="bold"),
                self._keys(["Enter keep", "Esc clear", "words, or state:failed tag:x error:y job:8"], width),
            ]
        if self._detail is not None:
            return [self._keys([f"{up_down} scroll", "Esc back"], width)]
        found, jobs = len(self._matches()), len(self.seen.state.jobs)
        filtered = f"; filter: {one_line(self._filter)}" if self._filter else ""
        ended = "; all have ended" if self.seen.ended else ""
        told = Text(cut(f"{found:,} of {jobs:,} jobs{ended}{filtered}", width), style="dim")
        keys = [f"{up_down} choose", "Enter detail", "/ filter", "Esc all" if self._filter else "f failed", "q quit"]
        return [told, self._keys(keys, width)]

    @staticmethod
    def _keys(keys: Sequence[str], width: int) -> Text:
        told = "  ".join(keys)
        return Text(cut(told if len(told) <= width else " ".join(keys), width), style="bold")


def _end_of(name: str, columns: int) -> str:
    """A name of a file, with an ellipsis for its begin if it takes more columns than there are."""
    if width(name) <= columns:
        return name
    while name and width(name) >= columns:
        name = name[1:]
    return f"…{name}"
