"""Everything that is known of a job."""

from attrs import define, field

from qcaas_sdk._base.text import one_line
from qcaas_sdk._record.outputs import ErrorRecord, OutputRecord, ResultRecord
from qcaas_sdk._record.request import JobRequest
from qcaas_sdk._record.run import Run
from qcaas_sdk._record.stateful import JobTransition, StateRecord
from qcaas_sdk._record.states import JobState, states_in
from qcaas_sdk.statechart import place


@define(eq=False, repr=False, kw_only=True)
class JobRecord(StateRecord):
    """Everything that is known of a job. Its machine, its callbacks and the readers of files change it.

    Attributes:
        request: What it submits.
        fetch_diagnostics: Ask again for timings, metrics and metadata if the server leaves them out.
        made_s: When it was created, in seconds of the monotonic clock; None if another process created it.
        run: The current run.
        history: The outputs of all runs, oldest first; the output of the current run, if any, is the last.
        foreign: How many of its transitions another process made, with its own monotonic clock.
    """

    request: JobRequest
    fetch_diagnostics: bool = False
    made_s: float | None = None
    run: Run = field(factory=Run, init=False)
    history: list[OutputRecord] = field(factory=list, init=False)
    foreign: int = field(default=0, init=False)

    @property
    def qpu_id(self) -> str:
        """The id of its QPU."""
        return self.request.qpu_id

    @property
    def tag(self) -> str | None:
        """The user's label for it."""
        return self.request.tag

    @property
    def task_id(self) -> str | None:
        """The server's id of the current run; None before one is reserved."""
        return self.run.task_id

    @property
    def cancellation_waits(self) -> bool:
        """Whether it is cancelled by the user, but stays CREATED because an earlier submission may still arrive."""
        return self.state is JobState.CREATED and self.run.cancellation_waits

    @property
    def result(self) -> ResultRecord | None:
        """The result of the current run."""
        output = self.run.output
        return output if isinstance(output, ResultRecord) else None

    @property
    def error(self) -> ErrorRecord | None:
        """The error of the current run."""
        output = self.run.output
        return output if isinstance(output, ErrorRecord) else None

    def begin_run(self) -> None:
        """Start a new run; history and transitions stay."""
        self.run = Run()

    def keep_output(self, output: OutputRecord) -> None:
        """Keep the output of the current run, in the run and in the history."""
        self.run.output = output
        self.history.append(output)

    def reconfigure(self, request: JobRequest) -> None:
        """Take another request, for a new run."""
        self.begin_run()
        self.request = request

    def on_transition(self, transition: JobTransition) -> None:
        """Keep a transition that the machine has just made, write it to the journal and call the observers."""
        self.writer.write_transition(transition, self.run)
        super().on_transition(transition)

    def apply(self, transition: JobTransition) -> None:
        """Keep a transition that another process made, without observers and journal."""
        if transition.source in states_in("ended"):
            self.begin_run()
        place(self, transition.target)
        self.transitions.append(transition)
        self.foreign += 1

    @property
    def run_begin(self) -> int:
        """The index of the first transition of the current run: the reset before it, if another process made that."""
        for place_in in reversed(range(len(self.transitions))):
            if self.transitions[place_in].source in states_in("ended"):
                return place_in + (place_in < self.foreign)
        return 0

    def __repr__(self) -> str:
        run = self.run
        parts = [f"id={run.task_id or '(not submitted)'}", f"qpu={self.qpu_id!r}", f"state={self.state}"]
        if run.server_status is not None and run.server_status.upper() != self.state:
            parts.append(f"server_status={run.server_status!r}")
        if run.in_doubt:
            parts.append("submission in doubt")
        if self.cancellation_waits:
            parts.append("cancellation waits")
        elif run.cancel_asked and not self.ended:
            parts.append("cancellation requested")
        if run.lost and not self.ended:
            parts.append("lost by the service")
        parts.append(f"history_len={len(self.history)}")
        if self.error is not None:
            parts.append(f"error={self.error.short}")
        if self.result is not None:
            keys = list(self.result.data) if isinstance(self.result.data, dict) else type(self.result.data).__name__
            parts.append(f"result_keys={keys}")
        return one_line(f"Job({', '.join(parts)})")
