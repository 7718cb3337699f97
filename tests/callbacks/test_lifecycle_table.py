"""The whole matrix of state × trigger × answer, against a table written by hand.

The chart is the truth for the library; this table is a second, independent statement of it. Whatever is not in the
table is illegal: it raises, sends nothing and changes nothing.
"""

import ast
from pathlib import Path

import pytest

import qcaas_sdk
from qcaas_sdk._record import JobState
from qcaas_sdk.errors import IllegalTransition, RequestRefused
from qcaas_sdk.job import record_of_job
from qcaas_sdk.statechart import shipped_chart
from tests.callbacks import fakes
from tests.callbacks.fakes import FakeTasks, fire, make_job_in

C, S, R = JobState.CREATED, JobState.SUBMITTED, JobState.RUNNING
DONE, FAILED, CANCELLED = JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED

REFUSED = RequestRefused("no", status=400, messages=["bad program"])
REPORTS = {
    "COMPLETED": fakes.COMPLETED,
    "FAILED": fakes.FAILED,
    "EXPIRED": fakes.EXPIRED,
    "CANCELLED": fakes.CANCELLED,
    "RUNNING": fakes.RUNNING,
    "SUBMITTED": fakes.SUBMITTED,
    "CREATED": fakes.CREATED,
    "TRANSMOGRIFIED": fakes.STRANGE,
}

TABLE: dict[tuple[JobState, str], dict[str, JobState]] = {
    (C, "submit"): {"accepted": S, "refused": FAILED},
    (C, "poll"): {"nothing to be cancelled": C},
    (S, "poll"): {
        "COMPLETED": DONE, "FAILED": FAILED, "EXPIRED": FAILED, "CANCELLED": CANCELLED,
        "RUNNING": R, "SUBMITTED": S, "CREATED": S, "TRANSMOGRIFIED": S,
    },
    (R, "poll"): {
        "COMPLETED": DONE, "FAILED": FAILED, "EXPIRED": FAILED, "CANCELLED": CANCELLED,
        "RUNNING": R, "SUBMITTED": R, "CREATED": R, "TRANSMOGRIFIED": R,
    },
    (C, "cancel"): {"not sent": CANCELLED},
    (S, "cancel"): {
        "COMPLETED": DONE, "FAILED": FAILED, "EXPIRED": FAILED, "CANCELLED": CANCELLED,
        "RUNNING": R, "SUBMITTED": S, "CREATED": S, "TRANSMOGRIFIED": S,
    },
    (R, "cancel"): {
        "COMPLETED": DONE, "FAILED": FAILED, "EXPIRED": FAILED, "CANCELLED": CANCELLED,
        "RUNNING": R, "SUBMITTED": R, "CREATED": R, "TRANSMOGRIFIED": R,
    },
    (C, "abandon"): {"in doubt": CANCELLED},
    (S, "abandon"): {"lost": CANCELLED},
    (R, "abandon"): {"lost": CANCELLED},
    (DONE, "reset"): {"always": C},
    (FAILED, "reset"): {"always": C},
    (CANCELLED, "reset"): {"always": C},
}  # fmt: skip

LEGAL = [(*pair, answer, target) for pair, outcomes in TABLE.items() for answer, target in outcomes.items()]
ILLEGAL = [
    (state, trigger)
    for state in JobState
    for trigger in shipped_chart("job").triggers
    if (state, trigger) not in TABLE
]


def gateway(answer: str) -> FakeTasks:
    if answer == "refused":
        return FakeTasks(submit=REFUSED)
    return FakeTasks(report=REPORTS[answer]) if answer in REPORTS else FakeTasks()


@pytest.mark.filterwarnings("ignore:the server reports the status 'TRANSMOGRIFIED'")
@pytest.mark.filterwarnings("ignore:the service accepted task")
@pytest.mark.parametrize(("state", "trigger", "answer", "target"), LEGAL)
async def test_each_answer_leads_where_the_table_says(
    state: JobState, trigger: str, answer: str, target: JobState
) -> None:
    job = await make_job_in(state, gateway(answer))
    run = record_of_job(job).run
    run.in_doubt, run.lost = answer == "in doubt", answer == "lost"
    moves_before, history_before = len(job.transitions), len(job.history)
    await fire(job, trigger)
    assert job.state is target
    assert [(m.source, m.target) for m in job.transitions[moves_before:]] == (
        [(state, target)] if state != target else []
    )
    assert (job.result is not None) == (target is DONE)
    assert (job.error is not None) == (target is FAILED)
    assert len(job.history) - history_before == (target in {DONE, FAILED} and state is not target)


@pytest.mark.parametrize(("state", "trigger"), ILLEGAL)
async def test_whatever_is_not_in_the_table_raises_sends_nothing_and_changes_nothing(
    state: JobState, trigger: str
) -> None:
    tasks = FakeTasks()
    job = await make_job_in(state, tasks)
    before = (job.state, job.transitions, job.history.all(), job.outputs.all(), repr(job))
    with pytest.raises(IllegalTransition) as caught:
        await fire(job, trigger)
    assert caught.value.trigger == trigger
    assert tasks.calls == []
    assert (job.state, job.transitions, job.history.all(), job.outputs.all(), repr(job)) == before


def test_the_matrix_is_whole() -> None:
    chart = shipped_chart("job")
    assert {JobState.of(state.name) for state in chart.states} == set(JobState)
    assert len(ILLEGAL) + len(TABLE) == len(JobState) * len(chart.triggers)


@pytest.mark.slow
def test_nothing_in_the_package_assigns_a_state_but_the_machine_to_place_what_was_saved() -> None:
    """Only the machine moves a job: no other code of ours writes the attribute that it keeps the state in."""
    package = Path(qcaas_sdk.__file__).parent
    writers = []
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            targets = (
                node.targets if isinstance(node, ast.Assign)
                else [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign)
                else []
            )  # fmt: skip
            written = [
                ast.unparse(t) for target in targets for t in ast.walk(target)
                if isinstance(t, ast.Attribute) and t.attr == "state" and isinstance(t.ctx, ast.Store)
            ]  # fmt: skip
            if file.parent.name != "_record":  # what has a state of its own may write it
                written = [text for text in written if text != "self.state"]
            called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in {
                "setattr",
                "__setattr__",
                "evolve",
            }
            named = called and any(isinstance(a, ast.Constant) and a.value == "state" for a in node.args)
            if written or named:
                writers.append(f"{file.parent.name}/{file.name}")
    assert writers == ["statechart/state_writers.py"]
