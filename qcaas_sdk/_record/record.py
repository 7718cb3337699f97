"""Everything that is known of a job."""

from datetime import datetime

from attrs import define, field

from qcaas_sdk._base.task_timings import ServiceTimes, service_times
from qcaas_sdk._base.text import cut, one_line
from qcaas_sdk._guards.labels import UserMetadata
from qcaas_sdk._record.outputs import ErrorRecord, OutputRecord, ResultRecord
from qcaas_sdk._record.policy_state import PolicyState
from qcaas_sdk._record.request import JobRequest
from qcaas_sdk._record.run import Run
from qcaas_sdk._record.stateful import JobTransition, StateRecord
from qcaas_sdk._record.states import JobState, states_in
from qcaas_sdk._record.usage import NOTHING, RunUsage, Usage, never_ran, usage_of
from qcaas_sdk.statechart import Transition, place

MAX_SHOWN = 80
"""Characters of the user's metadata in a `repr`."""


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
        policy: Where it is in a chart that extends `job`; None if its chart is `job`.
        name: What the user calls it; no other job or composite in the journal has that name.
        user_metadata: The user's own JSON values.
        begun: How many runs the user has begun; those that a chart begins by itself go on with the last of them.
        past: What each of its earlier runs has used.
        held: Why it was not submitted so far, if a limit is the reason: as part of a sentence.
    """

    request: JobRequest
    fetch_diagnostics: bool = False
    made_s: float | None = None
    run: Run = field(factory=Run, init=False)
    history: list[OutputRecord] = field(factory=list, init=False)
    foreign: int = field(default=0, init=False)
    policy: PolicyState | None = None
    name: str | None = None
    user_metadata: UserMetadata | None = None
    begun: int = field(default=0, init=False)
    past: tuple[RunUsage, ...] = field(default=(), init=False)
    held: str | None = field(default=None, init=False)

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
    def ended(self) -> bool:
        """Whether the current run is over, and its chart does nothing more with it."""
        return self.run_ended and not self.pending

    @property
    def place(self) -> str:
        """Its state in its chart, by name."""
        return self.state.lower() if self.policy is None else self.policy.place

    @place.setter
    def place(self, name: str) -> None:
        if self.policy is not None:
            self.policy.place = name

    @property
    def pending(self) -> bool:
        """Whether an automatic or delayed transition of its chart is to come here."""
        return self.policy is not None and self.policy.pending

    @pending.setter
    def pending(self, pending: bool) -> None:
        if self.policy is not None:
            self.policy.pending = pending

    @property
    def cancellation_waits(self) -> bool:
        """Whether it is cancelled by the user, but stays CREATED because an earlier submission may still arrive."""
        return self.state is JobState.CREATED and self.run.cancellation_waits

    @property
    def may_be_polled(self) -> bool:
        """Whether the server can be asked about its task."""
        created = self.state is JobState.CREATED
        return self.state in states_in("active") or (created and (self.run.not_submitted or self.cancellation_waits))

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

    @property
    def under_way(self) -> bool:
        """Whether the server has, or may have, the task of a run that has not ended."""
        return not self.run_ended and (self.run.in_doubt or self.state in states_in("active"))

    @property
    def usage(self) -> Usage:
        """What the current run uses; a run in doubt counts, because it may run."""
        return self._usage(abandoned=bool(self.transitions) and self.transitions[-1].trigger == "abandon")

    def _usage_after(self, transition: JobTransition) -> RunUsage:
        """What a run has used that a transition has just ended."""
        usage = self._usage(abandoned=transition.trigger == "abandon")
        return RunUsage(self.qpu_id, self._submitted_at, usage)

    def _usage(self, *, abandoned: bool) -> Usage:
        run = self.run
        if run.elsewhere or run.attached or not (self.under_way or self.run_ended):
            return NOTHING
        unused = self.state in {JobState.FAILED, JobState.CANCELLED} and not abandoned and never_ran(run)
        return NOTHING if unused else usage_of(run, self.request.shots)

    @property
    def used(self) -> Usage:
        """What its earlier runs have used."""
        return sum((run.usage for run in self.past), NOTHING)

    @property
    def used_elsewhere(self) -> Usage:
        """What its runs use that do not count for who loads its snapshot: all but one that is in doubt there."""
        return self.used if self.state is JobState.CREATED else self.used + self.usage

    @property
    def usages(self) -> tuple[RunUsage, ...]:
        """What each of its runs has used, oldest first; the current one counts if it may run."""
        usage = self.usage
        return self.past if usage is NOTHING else (*self.past, RunUsage(self.qpu_id, self._submitted_at, usage))

    @property
    def _submitted_at(self) -> datetime | None:
        """When the current run was submitted, if that is known."""
        for transition in reversed(self.transitions):
            if transition.trigger == "submit":
                return transition.at
            if transition.source in states_in("ended"):
                break
        return self.run.sent_at

    @property
    def spent(self) -> Usage:
        """What its runs have used that are over, or were given up."""
        return self.used if self.under_way else self.used + self.usage

    @property
    def task_ids(self) -> set[str]:
        """The server's ids of its runs, as far as it keeps them: of the current run, and of those with an output."""
        known = (self.run.task_id, *(output.task_id for output in self.history))
        return {task_id for task_id in known if task_id is not None}

    @property
    def service_times(self) -> list[ServiceTimes | None]:
        """When the task of each run that has ended was in which state, by the service's clock; None if unknown."""
        ends = [transition.target for transition in self.transitions if transition.target in states_in("ended")]
        outputs = list(self.history)
        found: list[ServiceTimes | None] = []
        for number, end in enumerate(reversed(ends)):
            if end is not JobState.CANCELLED:  # an output for each of these runs, the last one for the last
                output = outputs.pop() if outputs else None
                ran = end is JobState.COMPLETED
                found.append(None if output is None else service_times(output.qpu_id, output.timings, ran=ran))
            elif number == 0 and self.run_ended:
                found.append(service_times(self.qpu_id, self.run.timings, ran=False))
            else:
                found.append(None)  # only the current run has kept what the service said of a cancelled task
        return found[::-1]

    def begin_run(self) -> None:
        """Start a new run; history and transitions stay."""
        if (usage := self.usage) is not NOTHING:
            self.past += (RunUsage(self.qpu_id, self._submitted_at, usage),)
        self.run = Run()
        if self.policy is None or not self.policy.again:
            self.begun += 1
            if self.policy is not None:
                self.policy.counts.clear()

    def keep_output(self, output: OutputRecord) -> None:
        """Keep the output of the current run, in the run and in the history."""
        self.run.output = output
        self.history.append(output)

    def reconfigure(self, request: JobRequest) -> None:
        """Take another request, for a new run. Who waits for a run that was not sent waits for this one."""
        begun = self.begun if self.policy is None or not self.policy.again else self.begun + 1
        if self.policy is not None:
            self.policy.again = False
        self.begin_run()
        self.begun, self.request = begun, request
        self.tell(None)

    def on_transition(self, transition: JobTransition) -> None:
        """Keep a transition that the machine has just made, write it to the journal and call the observers."""
        self.writer.write_transition(transition, self.run, self._usage_after)
        self._arrived(transition)
        super().on_transition(transition)

    def on_step(self, _: Transition[str]) -> None:
        """Note a transition between two places that show as the same state, and tell who waits."""
        self.on_settled()

    def on_settled(self) -> None:
        """Note a change without a transition that a user sees, and tell who waits."""
        self.write_policy()
        self.tell(None)

    def write_policy(self) -> None:
        """Write to the journal where it is in its chart, and what is to come."""
        if self.policy is not None:
            self.writer.write_policy(self.policy)

    def _arrived(self, transition: JobTransition) -> None:
        if self.policy is not None and transition.target is not JobState.CREATED:
            self.policy.again = False

    def apply(self, transition: JobTransition) -> None:
        """Keep a transition that another process made, without observers and journal."""
        if transition.source in states_in("ended"):
            self.begin_run()
        place(self, transition.target)
        if self.policy is not None:
            self.policy.due.clear()
            self.policy.place, self.policy.pending = transition.target.lower(), False
        self._arrived(transition)
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
        labels = (("name", self.name), ("tag", self.tag))
        named = [f"{label}={cut(repr(value), MAX_SHOWN)}" for label, value in labels if value is not None]
        parts = [f"id={run.task_id or '(not submitted)'}", *named, f"qpu={self.qpu_id!r}", f"state={self.state}"]
        if run.server_status is not None and run.server_status.upper() != self.state:
            parts.append(f"server_status={run.server_status!r}")
        if run.not_submitted:
            parts.append("reserved, not submitted")
        elif run.in_doubt:
            parts.append("submission in doubt")
        if self.cancellation_waits:
            parts.append("cancellation waits")
        elif run.cancel_asked and not self.run_ended:
            parts.append("cancellation requested")
        if run.lost and not self.run_ended:
            parts.append("lost by the service")
        if self.held is not None and self.state is JobState.CREATED:
            parts.append(self.held)
        if self.policy is not None and self.place != self.state.lower():
            parts.append(f"place={self.place!r}")
        parts.append(f"history_len={len(self.history)}")
        if self.error is not None:
            parts.append(f"error={self.error.short}")
        if self.result is not None:
            keys = list(self.result.data) if isinstance(self.result.data, dict) else type(self.result.data).__name__
            parts.append(f"result_keys={keys}")
        if self.user_metadata:
            parts.append(f"user_metadata={cut(repr(self.user_metadata), MAX_SHOWN)}")
        return one_line(f"Job({', '.join(parts)})")
