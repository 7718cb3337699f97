"""What a person sees: live states, counts as bars, a table of QPUs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from qcaas_sdk import Job, JobError, JobResult, JobState
from qcaas_sdk._base.text import one_line
from qcaas_sdk._handles.outputs import output_of
from qcaas_sdk._handles.progress import COLOURS, shown
from qcaas_sdk._record import JobRecord, JobTransition
from qcaas_sdk.cli.campaigns import Campaign
from qcaas_sdk.results.counts import registers_of


class Watched(Protocol):
    """What is known of a campaign that another process works on."""

    def line(self) -> str:
        """How many jobs are in which state."""
        ...

    def __rich__(self) -> Group:
        """The same for a terminal, with the latest transitions."""
        ...


MAX_ROWS = 16
MAX_NAMED = 8
BAR_WIDTH = 32

WIDE = 4096
"""Columns of a table where no terminal shows it: nothing is broken off for the next program of a pipe."""

Moved = Callable[[Job, JobTransition], None]


def shown_as(text: str, style: str = "") -> Text:
    """Text from anywhere as rich shows it: one line that neither rich nor a terminal obeys."""
    return Text(one_line(text), style=style)


class Screen:
    """Results go to stdout, all else to stderr; colour and movement only where a person looks."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._out = _console(stderr=False)
        self._err = _console(stderr=True)
        self._quiet = quiet
        # Asked for now: while a live view is shown, it stands in for the streams and knows no encoding.
        self._unicode = all(stream.encoding.startswith("utf") for stream in (self._out, self._err))

    def say(self, text: str) -> None:
        """A line beside the results."""
        self._err.print(shown_as(text), style="dim", soft_wrap=True)

    def line(self, text: str = "", style: str = "") -> None:
        """A line of the results."""
        self._out.print(shown_as(text, style), soft_wrap=True)

    @contextmanager
    def live(self, jobs: Sequence[tuple[str, Job]]) -> Iterator[Moved]:
        """Show jobs while they run: a line a job (a line a state for many) on a terminal, else one a transition."""
        names = {id(job): name for name, job in jobs}
        if self._quiet:
            yield lambda job, transition: None
        elif self._err.is_terminal and len(jobs) > MAX_NAMED:
            with shown([job for _, job in jobs], console=self._err):
                yield lambda job, transition: None
        elif self._err.is_terminal:
            with Live(self._states(jobs), console=self._err, refresh_per_second=12, transient=True) as live:
                yield lambda job, transition: live.update(self._states(jobs))
        else:
            yield lambda job, one: self.say(f"{names[id(job)]}: {one.source} -> {one.target} ({one.reason})")

    @contextmanager
    def watching(self, seen: Watched) -> Iterator[Callable[[], None]]:
        """Show what was seen of a campaign: in place on a terminal; elsewhere, at each call, a line if it changed."""
        if self._quiet:
            yield lambda: None
        elif self._err.is_terminal:
            with Live(get_renderable=seen.__rich__, console=self._err, refresh_per_second=4):
                yield lambda: None
        else:
            said = [""]

            def tell() -> None:
                if (line := seen.line()) != said[0]:
                    self.say(line)
                    said[0] = line

            yield tell

    def transition(self, one: JobTransition) -> None:
        """One transition of one job, with its reason."""
        text = Text(f"  {one.source:>9} {self._arrow} ")
        text.append(f"{one.target:<9}", style=COLOURS[one.target])
        text.append_text(shown_as(f"  {one.reason}", "dim"))
        self._out.print(text, soft_wrap=True)

    def outcome(self, name: str, job: Job) -> None:
        """How a job ended, and its counts if it has any."""
        head = shown_as(f"{name}: ")
        head.append(str(job.state), style=COLOURS[job.state])
        if job.error is not None:
            head.append_text(shown_as(f" {job.error.short}"))
        self._out.print(head, soft_wrap=True)
        if job.result is not None:
            self.result(job.result)

    def counts(self, register: str, counts: Mapping[str, int]) -> None:
        """The counts of a register as bars, the most frequent first."""
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        shots, most = sum(counts.values()), max(counts.values(), default=0)
        self.line(f"  {register}  ({shots} shots)", style="bold")
        for bits, count in ranked[:MAX_ROWS]:
            bar = shown_as(f"  {bits}  ")
            bar.append(self._bar(count / (most or 1)).ljust(BAR_WIDTH), style="cyan")
            bar.append(f" {count:>6}  {count / (shots or 1):6.1%}")
            self._out.print(bar, soft_wrap=True)
        if len(ranked) > MAX_ROWS:
            self.line(f"  {self._ellipsis} and {len(ranked) - MAX_ROWS} more", style="dim")

    def campaigns(self, campaigns: Sequence[Campaign]) -> None:
        """A table of campaigns: how many jobs are in each state."""
        table = _table("campaign", "jobs", "states", "service")
        for campaign in campaigns:
            states = Text(", ").join(
                Text(f"{campaign.counts[state]} {state.lower()}", style=COLOURS[state])
                for state in JobState
                if campaign.counts[state]
            )
            service = campaign.state.service or ""
            if campaign.embedded and campaign.unfinished and not campaign.in_use:
                service = f"{service}, ended"
            table.add_row(shown_as(campaign.name), str(len(campaign.state.jobs)), states, shown_as(service))
        self._out.print(table)

    def jobs(self, campaign: Campaign) -> None:
        """A table of a campaign's jobs."""
        table = _table("job", "program", "state", "task", "QPU")
        for number, job in campaign.state.jobs.items():
            name = f"{campaign.name}/{number}"
            state = Text(job.state, style=COLOURS[job.state])
            label, task, qpu = campaign.label(number), job.run.task_id or "", job.request.qpu_id
            table.add_row(shown_as(name), shown_as(label), state, shown_as(task), shown_as(qpu))
        self._out.print(table)

    def job(self, campaign: Campaign, number: int, job: JobRecord) -> None:
        """All that is known of a job."""
        self.line(f"{campaign.name}/{number}  {campaign.label(number)}".rstrip(), style="bold")
        told = {"state": job.state, "QPU": job.request.qpu_id, "task": job.run.task_id or "(none yet)"}
        if job.run.server_status is not None:
            told["the service says"] = job.run.server_status
        if job.run.in_doubt:
            told["in doubt"] = "it may have been submitted: resuming asks first"
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

    def result(self, result: JobResult) -> None:
        """A result: the counts of each register as bars, or whatever it is."""
        try:
            registers = registers_of(result.data, "the result")
        except ValueError:  # another format, or the service's mistake: this is what the run gave
            self.line(f"  {result.data}")
            return
        for register, counts in registers.items():
            self.counts(register, counts)

    def qpus(self, qpus: list[dict[str, Any]]) -> None:
        """A table of QPUs."""
        table = _table("id", "name", "status")
        for qpu in qpus:
            table.add_row(*(shown_as(str(qpu.get(key) or "")) for key in ("id", "name", "status")))
        self._out.print(table)

    def _states(self, jobs: Sequence[tuple[str, Job]]) -> Table:
        table = Table.grid(padding=(0, 1))
        for name, job in jobs:
            mark = Text(" ") if job.ended else Spinner("dots" if self._unicode else "line")
            table.add_row(mark, shown_as(name), Text(str(job.state), style=COLOURS[job.state]))
        return table

    def _bar(self, share: float) -> str:
        if not self._unicode:
            return "#" * max(1, round(share * BAR_WIDTH))
        eighths = max(1, round(share * BAR_WIDTH * 8))
        return "█" * (eighths // 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]

    @property
    def _arrow(self) -> str:
        return "→" if self._unicode else "->"

    @property
    def _ellipsis(self) -> str:
        return "…" if self._unicode else "..."


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")  # an id that is cut off is of no use
    return table
