"""Terminal output: live states, counts as bars, tables."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.text import Text

from qcaas_sdk import Job, JobError, JobResult
from qcaas_sdk._base.text import one_line
from qcaas_sdk._handles.outputs import output_of
from qcaas_sdk._handles.progress import COLOURS, Progress
from qcaas_sdk._programs.parameter_values import values_told
from qcaas_sdk._record import JobRecord, JobTransition
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.cli.keys import pressed
from qcaas_sdk.cli.overview import Overview
from qcaas_sdk.results.formats import registers_of

if TYPE_CHECKING:
    from rich.table import Table


class Interactive(Protocol):
    """What a whole terminal shows, and what keys do."""

    def press(self, key: str) -> None:
        """Do what a key stands for."""
        ...

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult: ...


class Watched(Protocol):
    """A campaign that another process works on."""

    def line(self) -> str:
        """How many jobs are in each state."""
        ...

    def __rich__(self) -> Group:
        """The same for a terminal, with the latest transitions."""
        ...


MAX_ROWS = 16
MAX_NAMED = 8
BAR_WIDTH = 32
COUNT_WIDTH = 20
"""Columns of a line of counts beside the bits and the bar."""


WIDE = 4096
"""Width of a table if stdout is not a terminal: wide enough that no cell is wrapped."""

OnTransition = Callable[[Job, JobTransition], None]


def shown_as(text: str, style: str = "") -> Text:
    """Untrusted text for rich: one line, without markup or escape sequences."""
    return Text(one_line(text), style=style)


class Screen:
    """Results go to stdout, everything else to stderr. Colour and live views only on a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._out = _console(stderr=False)
        self._err = _console(stderr=True)
        self._quiet = quiet
        self._is_live = False
        self.note: Callable[[], str] = str
        """What a live view says below the jobs."""
        # Read now: a live view replaces the streams, and its replacements have no encoding.
        self.unicode = all(stream.encoding.startswith("utf") for stream in (self._out, self._err))

    def say(self, text: str) -> None:
        """Print a line to stderr."""
        self._err.print(shown_as(text), style="dim", soft_wrap=True)

    def hint(self, text: str | None) -> None:
        """Print what to do next to stderr, after what stands on stdout."""
        if text is None:
            return
        self._out.file.flush()
        about, found, command = text.rpartition(": qcaas ")
        if found and self._err.is_terminal and len(text) > self._err.width:  # the terminal would break a name in it
            self.say(f"{about}:")
            text = f"qcaas {command}"
        self.say(text)

    def line(self, text: str = "", style: str = "") -> None:
        """Print a line to stdout."""
        self._out.print(shown_as(text, style), soft_wrap=True)

    @contextmanager
    def live(self, jobs: Sequence[tuple[str, Job]]) -> Iterator[OnTransition]:
        """Show running jobs: on a terminal one line per job (per state, if many); else one line per transition."""
        names = {id(job): name for name, job in jobs}
        if self._quiet:
            yield lambda job, transition: None
        elif self._err.is_terminal:
            from rich.live import Live  # noqa: PLC0415  # only on a terminal

            progress, many = Progress([job for _, job in jobs]), len(jobs) > MAX_NAMED

            def view() -> Group:
                note = self.note()
                return Group(
                    progress.__rich__() if many else self._states(jobs), *([shown_as(note, "yellow")] if note else [])
                )

            self._is_live = True
            try:
                with Live(get_renderable=view, console=self._err, refresh_per_second=4, transient=not many):
                    yield lambda job, transition: None
            finally:
                self._is_live = False
        elif len(jobs) > MAX_NAMED:
            yield self._by_tenths([job for _, job in jobs])
        else:
            yield lambda job, one: self.say(f"{names[id(job)]}: {one.source} -> {one.target} ({one.reason})")

    def _by_tenths(self, jobs: Sequence[Job]) -> OnTransition:
        """Print a line whenever another tenth of the jobs has ended."""
        progress, ended = Progress(jobs), {id(job) for job in jobs if job.ended}

        def tell(job: Job, one: JobTransition) -> None:
            before = 10 * len(ended) // len(jobs)
            (ended.add if job.ended else ended.discard)(id(job))
            if 10 * len(ended) // len(jobs) > before:
                self.say(progress.summary())

        return tell

    def remark(self, text: str) -> None:
        """Print a line to stderr, unless a live view says it."""
        if not self._is_live:
            self.say(text)

    @contextmanager
    def watching(self, seen: Watched, viewer: Interactive) -> Iterator[Callable[[], None]]:
        """Show a campaign: a live view on a terminal; else, at each call, one line if it has changed.

        Args:
            seen: The campaign.
            viewer: The view of a terminal that has keys. Without keys, it is a part of the screen.
        """
        if self._quiet:
            yield lambda: None
        elif self._err.is_terminal and not self._err.is_dumb_terminal:
            from rich.live import Live  # noqa: PLC0415  # as above

            whole = Live(get_renderable=lambda: viewer, console=self._err, screen=True, auto_refresh=False)

            def press(key: str) -> None:
                viewer.press(key)
                whole.refresh()

            with pressed(press) as has_keys:
                if not has_keys:
                    with Live(get_renderable=seen.__rich__, console=self._err, refresh_per_second=4):
                        yield lambda: None
                    return
                try:
                    with whole:
                        yield whole.refresh
                finally:
                    self.say(seen.line())
        else:
            said = [""]

            def tell() -> None:
                if (line := seen.line()) != said[0]:
                    self.say(line)
                    said[0] = line

            yield tell

    def transition(self, one: JobTransition) -> None:
        """Print one transition of one job, with its reason."""
        text = Text(f"  {one.source:>9} {self._arrow} ")
        text.append(f"{one.target:<9}", style=COLOURS[one.target])
        text.append_text(shown_as(f"  {one.reason}", "dim"))
        self._out.print(text, soft_wrap=True)

    def outcome(self, name: str, job: Job) -> None:
        """Print the final state of a job, and its counts if it has any."""
        head = shown_as(f"{name}: ")
        head.append(str(job.state), style=COLOURS[job.state])
        head.append_text(shown_as(self.headline(job).removeprefix(job.state)))
        self._out.print(head, soft_wrap=True)
        if job.result is not None:
            self.result(job.result)

    @staticmethod
    def headline(job: Job) -> str:
        """The final state of a job, and its error if it has one."""
        return str(job.state) if job.error is None else f"{job.state} {job.error.short}"

    def counts(self, register: str, counts: Mapping[str, int]) -> None:
        """Print the counts of a register as bars, the most frequent first."""
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        shots, most = sum(counts.values()), max(counts.values(), default=0)
        self.line(f"  {register}  ({shots} {'shot' if shots == 1 else 'shots'})", style="bold")
        for bits, count in ranked[:MAX_ROWS]:
            bar = shown_as(f"  {bits}  ")
            columns = max(1, min(BAR_WIDTH, self._out.width - len(bits) - COUNT_WIDTH))
            bar.append(self._bar(count / (most or 1), columns).ljust(columns), style="cyan")
            bar.append(f" {count:>6}  {count / (shots or 1):6.1%}")
            self._out.print(bar, soft_wrap=True)
        if len(ranked) > MAX_ROWS:
            self.line(f"  {self._ellipsis} and {len(ranked) - MAX_ROWS} more", style="dim")

    def campaigns(self, campaigns: Sequence[Overview]) -> None:
        """Print a table of campaigns: how many jobs are in each state."""
        table = _table("campaign", "jobs", "states", "service")
        for campaign in campaigns:
            states = Text(", ").join(
                Text(f"{count} {state.lower()}", style=COLOURS[state]) for state, count in campaign.counts.items()
            )
            service = campaign.service or ""
            if campaign.embedded and campaign.unended and not campaign.in_use:
                service = f"{service} (process ended)"
            table.add_row(shown_as(campaign.name), str(campaign.jobs), states, shown_as(service))
        self._out.print(table)

    def jobs(self, campaigns: Sequence[Campaign]) -> None:
        """Print a table of the jobs of some campaigns."""
        rows = [(one, number, job) for one in campaigns for number, job in one.state.jobs.items()]
        own = list(dict.fromkeys(key for _, _, job in rows for key in job.user_metadata or {}))
        known = [
            {"name": job.name or campaign.composite_names.get(number), "tag": job.tag}
            for campaign, number, job in rows
        ]
        labels = [label for label in ("name", "tag") if any(one[label] for one in known)]
        table = _table("job", "program", "state", "task", "QPU", *labels, *map(one_line, own))
        for (campaign, number, job), told in zip(rows, known, strict=True):
            about = [told[label] or "" for label in labels]
            values = [_value((job.user_metadata or {}).get(key)) for key in own]
            program = campaign.label(number) or values_told(job.request.parameters or {})
            cells = [f"{campaign.name}/{number - 1}", program]
            rest = [job.run.task_id or "", job.request.qpu_id, *about, *values]
            state = Text(job.state, style=COLOURS[job.state])
            table.add_row(*map(shown_as, cells), state, *map(shown_as, rest))
        self._out.print(table)

    def job(self, campaign: Campaign, number: int, job: JobRecord) -> None:
        """Print everything about a job."""
        self.line(f"{campaign.name}/{number - 1}  {campaign.label(number)}".rstrip(), style="bold")
        told = {"state": job.state, "QPU": job.request.qpu_id, "task": job.run.task_id or "(none yet)"}
        told |= {label: value for label, value in (("name", job.name), ("tag", job.tag)) if value is not None}
        told |= {f"parameter {one_line(key)}": str(value) for key, value in (job.request.parameters or {}).items()}
        told |= {f"metadata {one_line(key)}": _value(value) for key, value in (job.user_metadata or {}).items()}
        if job.run.server_status is not None:
            told["service status"] = job.run.server_status
        if job.run.not_submitted:
            told["reserved"] = "its id is reserved; nothing was submitted with it"
        elif job.run.in_doubt:
            told["in doubt"] = "it may have been submitted; `qcaas resume` asks the service first"
        for name, value in told.items():
            self.line(f"  {name:<16}  {value}")
        for transition in job.transitions:
            self.line(f"  {transition.at:%Y-%m-%d %H:%M:%S} UTC", style="dim")
            self.transition(transition)
        for run, output in enumerate(map(output_of, job.history), 1):
            self.line(f"run {run} of {len(job.history)}, task {output.task_id or '(none)'}", style="bold")
            if isinstance(output, JobError):
                self.line(f"  failed: {output.short}")
            elif isinstance(output, JobResult):
                self.result(output)

    def described(self, campaign: Campaign, number: int) -> list[Text]:
        """Everything about a job, as lines."""
        with self._out.capture() as captured:
            self.job(campaign, number, campaign.state.jobs[number])
        return [*Text.from_ansi(captured.get()).split("\n")]

    def result(self, result: JobResult) -> None:
        """Print a result: the counts of each register as bars, or the data as it is."""
        try:
            registers = registers_of(result.data, "the result")
        except ValueError:  # another result format
            self.line(f"  {result.data}")
            return
        for register, counts in registers.items():
            self.counts(register, counts)

    def qpus(self, qpus: list[dict[str, Any]]) -> None:
        """Print a table of QPUs."""
        table = _table("id", "name", "status")
        for qpu in qpus:
            table.add_row(*(shown_as(str(qpu.get(key) or "")) for key in ("id", "name", "status")))
        self._out.print(table)

    def _states(self, jobs: Sequence[tuple[str, Job]]) -> "Table":
        from rich.spinner import Spinner  # noqa: PLC0415  # as above
        from rich.table import Table  # noqa: PLC0415  # as above

        table = Table.grid(padding=(0, 1))
        for name, job in jobs:
            mark = Text(" ") if job.ended else Spinner("dots" if self.unicode else "line")
            table.add_row(mark, shown_as(name), Text(str(job.state), style=COLOURS[job.state]))
        return table

    def _bar(self, share: float, columns: int) -> str:
        if not self.unicode:
            return "#" * max(1, round(share * columns))
        eighths = max(1, round(share * columns * 8))
        return "█" * (eighths // 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]

    @property
    def _arrow(self) -> str:
        return "→" if self.unicode else "->"

    @property
    def _ellipsis(self) -> str:
        return "…" if self.unicode else "..."


def _value(value: object) -> str:
    """A JSON value in a cell; text without quotes."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


def _table(*titles: str) -> "Table":
    from rich.table import Table  # noqa: PLC0415  # `qcaas run` has none

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        whole = title in {"job", "campaign", "state"}
        table.add_column(title, overflow="fold", no_wrap=whole)  # never cut off an ID
    return table
