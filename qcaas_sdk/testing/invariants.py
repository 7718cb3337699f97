"""What must hold of any run, whatever goes wrong: questions to a `Recorder`, each raising `InvariantBroken`.

They are asked as often as one likes: after every step of a Hypothesis state machine, or once at the end of a test.
The numbers in brackets are those of the library's own list of invariants (docs/testing.md).
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, TypeAlias

from qcaas_sdk._record import ErrorRecord, JobState, ResultRecord, states_in
from qcaas_sdk.composite import record_of
from qcaas_sdk.job import record_of_job
from qcaas_sdk.testing.cloud.calls import ABOUT_TASKS
from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.cloud.faults import Forgets, MissingField, RequestKind, Slow, Truncated
from qcaas_sdk.testing.cloud.ledger import LedgerView, RequestRecord
from qcaas_sdk.testing.recorder import Observation, Recorder, broken, goes_by_itself, joined

if TYPE_CHECKING:
    from qcaas_sdk.composite import Child

Invariant: TypeAlias = Callable[[Recorder], None]

AGREEING: dict[str, frozenset[JobState]] = {
    "COMPLETED": frozenset({JobState.COMPLETED}),
    "FAILED": frozenset({JobState.FAILED}),
    "EXPIRED": frozenset({JobState.FAILED}),
    "CANCELLED": frozenset({JobState.CANCELLED}),
    "CREATED": frozenset({JobState.CANCELLED, JobState.FAILED}),  # never sent, or refused
}
"""Where a job that has ended may be, by the service's word for its task; any other word: it goes on there."""


def executed_at_most_once(recorder: Recorder) -> None:
    """One run of a job executes at most once, and the SDK sends nothing that the service already has [4]."""
    ledger = _cloud(recorder).ledger
    if ledger.resubmissions:
        at, task_id = ledger.resubmissions[0]
        raise broken(f"task {task_id} was sent again at {at:g} s, although the service had it: it could run twice")
    on_their_way: dict[str, float] = {}
    for record in ledger.requests(RequestKind.SUBMIT):
        for task_id in record.task_ids:
            if record.at < on_their_way.get(task_id, record.at):
                raise broken(f"{record.line} was sent at {record.at:g} s while task {task_id} was already on its way")
            on_their_way[task_id] = inf if record.done_at is None else record.done_at
    _nothing_sent_after_its_cancellation(ledger)
    executions = ledger.executions
    by_task: dict[str, int] = {}
    for run in executions:
        by_task[run.task_id] = by_task.get(run.task_id, 0) + 1
        if by_task[run.task_id] > 1:
            raise broken(f"task {run.task_id} was executed twice")
    recorder.look()
    for observation in recorder.observations:
        executed = [task_id for task_id in observation.task_ids if task_id in by_task]
        if len(executed) > observation.runs:
            raise broken(
                f"{observation.job!r} had {observation.runs} runs, but {len(executed)} of its tasks were executed"
            )


def _nothing_sent_after_its_cancellation(ledger: LedgerView) -> None:
    """A run that was cancelled is never sent again."""
    cancelled: dict[str, float] = {}
    for record in ledger.requests():
        if record.kind is RequestKind.CANCEL and record.status == 200 and record.done_at is not None:
            cancelled.update({task_id: record.done_at for task_id in record.task_ids if task_id not in cancelled})
    for record in ledger.requests(RequestKind.SUBMIT):
        for task_id in record.task_ids:
            if record.at > cancelled.get(task_id, inf):
                raise broken(f"task {task_id} was sent at {record.at:g} s, after it had been cancelled")


def nothing_lost(recorder: Recorder) -> None:
    """A job knows each task that the service executes, and a job that has ended agrees with the service [4]."""
    ledger = _cloud(recorder).ledger
    recorder.look()
    known = {task_id for observation in recorder.observations for task_id in observation.task_ids}
    if recorder.jobs:
        for run in ledger.executions:
            if run.task_id not in known:
                raise broken(f"task {run.task_id} ran at {run.start:g} s, and no job has its id: it is lost")
    for observation in recorder.observations:
        _nothing_lost_of(observation, _cloud(recorder))


def _nothing_lost_of(observation: Observation, cloud: SimulatedCloud) -> None:
    job, record = observation.job, record_of_job(observation.job)
    run = record.run
    reserved = set(cloud.ledger.tasks())
    held = [output.task_id for output in job.history]
    for task_id in observation.task_ids:
        if task_id not in reserved or task_id in observation.abandoned:
            continue
        word = cloud.ledger.truth_of(task_id)
        if task_id != run.task_id and word == "COMPLETED" and held.count(task_id) != 1:
            raise broken(f"task {task_id} has a result that is {held.count(task_id)} times in {job!r}'s history")
    if run.task_id in observation.abandoned:
        return
    if run.task_id not in reserved:
        if job.state in {JobState.COMPLETED, JobState.SUBMITTED, JobState.RUNNING}:
            raise broken(f"{job!r}: the service does not know its task")
        return
    word = cloud.ledger.truth_of(str(run.task_id))
    if record.run_ended:
        if job.state not in AGREEING.get(word, frozenset()):
            raise broken(f"{job!r} has ended, but the service says {word}")
        if job.state is JobState.FAILED and word == "CREATED" and not _was_refused(run.task_id, cloud):
            raise broken(f"{job!r} has failed, but the service has not refused its program")
        sent = cloud.result_of(str(run.task_id))
        if job.result is not None and job.result.data != sent:
            raise broken(f"{job!r} has the result {job.result.data}, but the service sent {sent}")
    elif job.state is JobState.CREATED and word != "CREATED" and not run.in_doubt and record.lock is None:
        raise broken(f"{job!r} was not sent, as far as it knows, but the service says {word}")
    elif job.state is not JobState.CREATED and word == "CREATED":
        raise broken(f"{job!r} was sent, as far as it knows, but the service says {word}")


def _was_refused(task_id: str | None, cloud: SimulatedCloud) -> bool:
    """Whether the service has refused this program, and no other with it."""
    return any(
        record.status is not None and 400 <= record.status < 500 and _is_its_own(record)
        for record in cloud.ledger.requests(RequestKind.SUBMIT, task_id=task_id)
        if record.task_ids == (task_id,)
    )


def _is_its_own(record: RequestRecord) -> bool:
    """Whether an answer is what the service has said."""
    return record.fault is None or isinstance(record.fault.what, Slow | Truncated | MissingField | Forgets)


def agrees_after_a_look(recorder: Recorder) -> None:
    """A job that was polled after the last change of its task has the state that the service reports."""
    ledger = _cloud(recorder).ledger
    for observation in recorder.observations:
        job = observation.job
        if job.task_id in observation.abandoned or job.cancellation_waits:
            continue  # what its user has said counts, or nothing is certain yet
        asked = ledger.requests(RequestKind.INFO, task_id=job.task_id) if job.task_id is not None else []
        if not asked or asked[-1].status != 200 or not _is_its_own(asked[-1]):
            continue
        task_id = str(job.task_id)
        if asked[-1].at < ledger.changed_at(task_id) or job.server_status != ledger.status_of(task_id):
            continue
        truth = ledger.truth_of(task_id)
        there = AGREEING.get(truth) or {JobState.RUNNING if truth == "RUNNING" else JobState.SUBMITTED}
        if truth == "RUNNING" and job.server_status != truth:
            there = {JobState.SUBMITTED, JobState.RUNNING}  # by a word that need not be known
        if truth == "CREATED" and record_of_job(job).run.attached:
            cancelled = {JobState.CANCELLED} if record_of_job(job).run.cancel_asked else set()
            there = {JobState.CREATED} | cancelled  # only its id is reserved
        if job.state not in there:
            raise broken(f"{job!r} was polled after its task became {truth}, and has another state")


def history_append_only(recorder: Recorder) -> None:
    """A run that ends with a result or an error adds exactly this output to the history; nothing else does [3]."""
    recorder.look()
    _no_finding(recorder, "history_append_only")
    for observation in recorder.observations:
        job = observation.job
        ends = [event.target for event in job.transitions if event.target in {JobState.COMPLETED, JobState.FAILED}]
        kinds = [JobState.COMPLETED if output.ok else JobState.FAILED for output in job.history]
        if ends != kinds:
            raise broken(f"{job!r}: its runs ended as {ends}, but its history has {kinds}")
        ids = [output.task_id for output in job.history if output.task_id is not None and output.ok]
        if len(ids) != len(set(ids)):
            raise broken(f"{job!r}: one result is twice in its history")


def result_and_error_belong(recorder: Recorder) -> None:
    """There is a result if and only if the job is COMPLETED, an error if and only if it is FAILED [2]."""
    for job in recorder.jobs:
        wanted = {JobState.COMPLETED: ResultRecord, JobState.FAILED: ErrorRecord}.get(job.state)
        record = record_of_job(job)
        output = record.run.output
        if (output is None) != (wanted is None) or (wanted is not None and not isinstance(output, wanted)):
            raise broken(f"{job!r} has {output!r}, which does not fit its state")
        if output is not None and (not record.history or output is not record.history[-1]):
            raise broken(f"{job!r}: its output is not the last output in its history")
        if any(held is not job.history.last for held in (job.result, job.error) if held is not None):
            raise broken(f"{job!r}: its result or error is not the last output in its history")


def terminal_is_absorbing(recorder: Recorder) -> None:
    """A run that has ended does not change, and no more requests about its task are sent [1]."""
    recorder.look()
    _no_finding(recorder, "terminal_is_absorbing")
    for observation in recorder.observations:
        job = observation.job
        transitions = job.transitions
        if transitions and transitions[-1].target is not job.state:
            raise broken(f"{job!r} is not in the state of its last transition: {transitions[-1]}")
        for before, after in pairwise(transitions):
            if before.target is not after.source:
                raise broken(f"{job!r}: {after} does not follow {before}")
            if before.target in states_in("ended") and after.target is not JobState.CREATED:
                raise broken(f"{job!r} had ended, but {after}")
        if observation.ended_at is not None and record_of_job(job).run.output is not observation.output:
            raise broken(f"{job!r}: its run ended with {observation.output!r}, and now has another output")
        if observation.ended_at is not None and job.task_id is not None and recorder.cloud is not None:
            for record in recorder.cloud.ledger.requests(task_id=job.task_id):
                if record.at > observation.ended_at and record.task_ids == (job.task_id,):
                    raise broken(
                        f"{job!r} ended at {observation.ended_at:g} s, but at {record.at:g} s it sent {record.line}"
                    )


def composite_is_join(recorder: Recorder) -> None:
    """The state of a composite is the join of its children's, at every moment [7]."""
    _no_finding(recorder, "composite_is_join")
    for composite in recorder.composites:
        states = [record_of(child).counts_as for child in composite.jobs]
        if joined(states) is not composite.state:
            raise broken(f"{composite!r}: its jobs make its state {joined(states)}")
        counted = {state: states.count(state) for state in JobState}
        if counted != composite.counts:
            raise broken(f"{composite!r}: its counts are wrong, they should be {counted}")


def outputs_line_up(recorder: Recorder) -> None:
    """A composite has one output for each of its jobs, in the order of the jobs."""
    for composite in recorder.composites:
        leaves = list(composite.leaves())
        if [output.job for output in composite.outputs] != leaves:
            raise broken(f"the outputs of {composite!r} do not match its jobs")


def no_http_outside_transitions(recorder: Recorder) -> None:
    """No request about a task is sent outside a transition, breaks the contract, or cancels without your call [5]."""
    ledger = _cloud(recorder).ledger
    if ledger.violations:
        raise broken(f"the contract was broken: {ledger.violations[0]}")
    for record in ledger.requests():
        if record.kind in ABOUT_TASKS and record.transition is None:
            raise broken(f"{record.line} was sent at {record.at:g} s outside a transition")
    recorder.look()
    if not any(observation.cancelled for observation in recorder.observations):
        nothing_cancelled_unasked(ledger)


def nothing_cancelled_unasked(ledger: LedgerView) -> None:
    """The first request to cancel a task comes from the trigger `cancel`, or after one that does.

    If the call was given up after the cancellation was noted, a later poll sends it.
    """
    for record in ledger.requests():
        if record.transition is not None and record.transition.endswith(".cancel"):
            return
        if record.kind is RequestKind.CANCEL:
            raise broken(f"{record.line} was sent at {record.at:g} s, but your code cancelled no job")


def never_more_in_flight(most: int) -> Invariant:
    """At most `most` tasks that have not ended are at a QPU at once; those that were given up do not count."""

    def never_more(recorder: Recorder) -> None:
        recorder.look()
        abandoned = {task_id for observation in recorder.observations for task_id in observation.abandoned}
        cloud = _cloud(recorder)
        counted = {*cloud.ledger.tasks()} - abandoned
        for qpu_id in cloud.qpu_ids:
            if (found := cloud.ledger.most_at_once(qpu_id, counted)) > most:
                raise broken(f"{found} tasks were at {qpu_id} at once, {most} are allowed")

    return never_more


def never_over_budget(runs: int) -> Invariant:
    """At most `runs` runs are executed, whatever is submitted, lost, given up or repeated."""

    def never_over(recorder: Recorder) -> None:
        if (found := len(_cloud(recorder).ledger.executions)) > runs:
            raise broken(f"{found} runs were executed, the budget allows {runs}")

    return never_over


def no_secret_anywhere(recorder: Recorder) -> None:
    """No token or password is in a log, a repr, a snapshot, a message or a URL [6]."""
    for text in recorder.new_texts():
        for secret in recorder.secrets:
            if secret in text:
                hidden = text.replace(secret, "*****")
                raise broken(f"a secret is in this text: {hidden[:200]}")


def free_when_idle(recorder: Recorder) -> None:
    """No job has a locked transition while nothing is running; check it when your own code is idle [8]."""
    children: list[Child] = [*recorder.jobs, *recorder.composites]
    for child in children:
        if (lock := record_of(child).lock) is not None and not goes_by_itself(lock):
            raise broken(f"{child!r}: its lock is still held")


ALWAYS: tuple[Invariant, ...] = (
    executed_at_most_once,
    nothing_lost,
    history_append_only,
    result_and_error_belong,
    terminal_is_absorbing,
    composite_is_join,
    outputs_line_up,
    no_http_outside_transitions,
    no_secret_anywhere,
)
"""The invariants that hold at every moment."""


def check(recorder: Recorder, *invariants: Invariant) -> None:
    """Check all invariants in `ALWAYS`, or those that you pass.

    Raises:
        InvariantBroken: The first that does not hold.
    """
    for invariant in invariants or ALWAYS:
        invariant(recorder)


def _no_finding(recorder: Recorder, name: str) -> None:
    for finding in _findings(recorder, name):
        raise broken(finding)


def _findings(recorder: Recorder, name: str) -> Iterator[str]:
    return (finding.message for finding in recorder.findings if finding.invariant == name)


def _cloud(recorder: Recorder) -> SimulatedCloud:
    if recorder.cloud is None:
        raise ValueError("this invariant asks the service: make the recorder with its SimulatedCloud")
    return recorder.cloud
