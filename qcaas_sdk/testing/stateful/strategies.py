"""Hypothesis strategies for all that a campaign is made of; they shrink towards the plain and the few."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import attrs
from hypothesis import strategies as st

from qcaas_sdk.composite import Child
from qcaas_sdk.oqc_sdk import OqcSdk
from qcaas_sdk.sdk import factory_of
from qcaas_sdk.testing.cloud.cloud import SimulatedCloud
from qcaas_sdk.testing.cloud.faults import (
    Dropped,
    Fault,
    Forgets,
    Hang,
    Html,
    MissingField,
    RequestKind,
    Slow,
    Status,
    Truncated,
    Unreachable,
    What,
)
from qcaas_sdk.testing.cloud.outcomes import EXPIRES, FAILS, NEVER_ENDS, OTHER_WORDS, REFUSED
from qcaas_sdk.testing.cloud.qpus import SimulatedQpu
from qcaas_sdk.testing.cloud.service_times import Constant, Exponential, ServiceTime, Uniform

if TYPE_CHECKING:
    from compiler_config.config import CompilerConfig

    from qcaas_sdk.job import Job

Tree: TypeAlias = Union[str, "list[Tree]"]
"""A program, or a list of trees: what becomes a job, or a composite."""

STRUCK = (RequestKind.RESERVE, RequestKind.SUBMIT, RequestKind.STATUS, RequestKind.INFO, RequestKind.CANCEL)
"""The calls that one run of a job needs."""

OUTCOMES = ("", *(f"// {words}\n" for words in (FAILS, REFUSED, EXPIRES, NEVER_ENDS, OTHER_WORDS)))

QUEUES: tuple[tuple[tuple[float, float], ...], ...] = (
    (),
    ((3.0, 100_000.0),),
    (*((start, start + 5.0) for start in range(0, 2000, 10)), (2000.0, 100_000.0)),
)
"""Access windows. While they are closed, tasks wait in the queue. The last is longer than any lifecycle."""

_QASM2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[{n}];\ncreg c[{n}];\n{gates}measure q -> c;\n'
_QASM3 = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[{n}] q;\nbit[{n}] c;\n{gates}c = measure q;\n'


@st.composite
def programs(draw: st.DrawFn, *, max_qubits: int = 3, outcomes: Sequence[str] = ("",)) -> str:
    """OpenQASM 2 or 3 that any QPU accepts: a few gates, and all qubits measured.

    Args:
        draw: Hypothesis passes it.
        max_qubits: The largest number of qubits.
        outcomes: Comments to choose from. They tell a `SimulatedCloud` the outcome; `OUTCOMES` has all.
    """
    qubits = draw(st.integers(1, max_qubits))
    gates = ""
    for _ in range(draw(st.integers(0, 4))):
        qubit = draw(st.integers(0, qubits - 1))
        if qubits > 1 and draw(st.booleans()):
            gates += f"cx q[{qubit}], q[{(qubit + 1) % qubits}];\n"
        else:
            gates += f"{draw(st.sampled_from(['h', 'x', 'z']))} q[{qubit}];\n"
    text = draw(st.sampled_from([_QASM2, _QASM3])).format(n=qubits, gates=gates)
    return text + draw(st.sampled_from(list(outcomes)))


def qpu_ids() -> st.SearchStrategy[str]:
    """Ids of QPUs, as services spell them."""
    word = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=6)
    return st.builds("qpu:{}:{}:{}".format, st.just("uk"), word, word)


@st.composite
def configs(draw: st.DrawFn) -> "CompilerConfig":
    """Compiler configurations: shots, time between them, format of the results, optimisation."""
    from compiler_config.config import CompilerConfig, QuantumResultsFormat, Tket  # noqa: PLC0415  # slow to import

    formats = [QuantumResultsFormat().binary_count(), QuantumResultsFormat().raw(), QuantumResultsFormat().binary()]
    return CompilerConfig(
        repeats=draw(st.integers(1, 10_000)),
        passive_reset_time=draw(st.none() | st.floats(1e-6, 1e-3)),
        results_format=draw(st.sampled_from(formats)),
        optimizations=draw(st.sampled_from([None, Tket()])),
    )


def fault_kinds() -> st.SearchStrategy[What]:
    """Faults of one request, the simplest first."""
    after = st.booleans()
    pause = st.none() | st.sampled_from([0.0, 0.5, 3.0])
    return st.one_of(
        st.just(Unreachable()),
        st.builds(Dropped, after_acting=after),
        st.builds(Status, code=st.sampled_from([503, 500, 502, 504, 408]), retry_after_s=pause, after_acting=after),
        st.builds(Status, code=st.just(429), retry_after_s=pause),  # who refuses for the rate has not acted
        st.builds(Slow, seconds=st.sampled_from([0.1, 5.0, 45.0]), acts_late=st.booleans()),
        st.builds(Html, code=st.sampled_from([200, 502]), after_acting=after),
        st.builds(Truncated, keep=st.sampled_from([0.0, 0.5, 0.9])),
        st.just(MissingField()),
        st.builds(Hang, after_acting=after),
    )


def no_such_call() -> st.SearchStrategy[What]:
    """What an ingress, or the service itself, says of a call that is not there for a moment."""
    status = st.sampled_from([404, 405, 501])
    return st.builds(Html, code=status) | st.builds(Status, code=status, message=st.just("no such call"))


def single_faults(kinds: Sequence[RequestKind] = STRUCK) -> st.SearchStrategy[Fault]:
    """One `Fault`: what goes wrong, with which requests. A lost submission is the simplest."""
    on = st.sampled_from([(), *((kind,) for kind in kinds)])
    lost = st.sampled_from(
        [
            Dropped(after_acting=True),
            Status(503, after_acting=True),
            Slow(45.0, acts_late=True),
            Hang(after_acting=True),
        ]
    )
    nth = st.none() | st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True).map(
        lambda some: tuple(sorted(some))
    )
    return st.one_of(
        st.builds(Fault, lost, on=st.just((RequestKind.SUBMIT,)), nth=st.sampled_from([(0,), (0, 1), (1,)])),
        st.builds(Fault, fault_kinds(), on=on, nth=nth),
        st.builds(
            Fault, no_such_call(), on=st.just((RequestKind.RESERVE,)), nth=st.sampled_from([(0,), (0, 1), (1,)])
        ),
        st.builds(
            Fault,
            st.builds(Forgets, all=st.booleans()),
            on=st.sampled_from([(RequestKind.RESERVE,), (RequestKind.SUBMIT,), (RequestKind.STATUS,)]),
            nth=st.sampled_from([(0,), (0, 1)]),
        ),
        st.builds(Fault, fault_kinds(), on=on, probability=st.sampled_from([0.1, 0.3, 0.6])),
        st.builds(Fault, fault_kinds(), on=on, during=st.sampled_from([(0.0, 5.0), (1.0, 60.0)])),
    )


_LATE = Fault(Slow(45.0, acts_late=True), on=RequestKind.SUBMIT, nth=0)

_LOST = Fault(Dropped(after_acting=True), on=RequestKind.SUBMIT, nth=0)

HARD_SCHEDULES: tuple[tuple[Fault, ...], ...] = (
    (_LATE, Fault(Slow(20.0, acts_late=True), on=RequestKind.SUBMIT, nth=1)),
    (Fault(Dropped(after_acting=True), on=RequestKind.SUBMIT), Fault(Status(503), on=RequestKind.STATUS)),
    (_LATE, Fault(Unreachable(), on=RequestKind.SUBMIT, nth=range(1, 40))),
    (_LATE, Fault(Status(503), on=RequestKind.STATUS, nth=range(40))),
    (Fault(Slow(5.0, acts_late=True), on=RequestKind.SUBMIT),),
    (Fault(Hang(), on=RequestKind.SUBMIT, nth=0),),
    (_LATE, Fault(Status(403), on=RequestKind.SUBMIT, nth=1)),
    (Fault(Status(404, message="no such call"), on=RequestKind.RESERVE, nth=0), _LOST),
    (Fault(Unreachable(), on=RequestKind.SUBMIT, during=(0.0, 60.0)),),
)
"""Faults that hurt: a submission that arrives late or never, and what happens until then."""


MAX_AGAIN = 24
"""The number of requests after which the faults of a hard schedule do not happen again."""


@st.composite
def _hard_days(draw: st.DrawFn) -> list[Fault]:
    """One of the hard schedules, for the first run only or for later runs too; it shrinks to fewer faults."""
    kept = st.sampled_from([False] + 19 * [True])
    faults = [fault for fault in draw(st.sampled_from(HARD_SCHEDULES)) if draw(kept)]
    every = draw(st.sampled_from([None, 2, 3, 4]))
    return faults if every is None else [_again(fault, every) for fault in faults]


def _again(fault: Fault, every: int) -> Fault:
    """The fault, which also happens again after every so many requests; one that lasts longer does not change."""
    if fault.nth is None or max(fault.nth) >= every:
        return fault
    return attrs.evolve(
        fault, nth=tuple(first + number for number in range(0, MAX_AGAIN, every) for first in fault.nth)
    )


def fault_schedules(kinds: Sequence[RequestKind] = STRUCK, *, max_size: int = 4) -> st.SearchStrategy[list[Fault]]:
    """Lists of faults for `SimulatedCloud(faults=…)`; the empty one is the simplest.

    Args:
        kinds: The calls that may have a fault.
        max_size: The largest number of faults.
    """
    any_day = st.lists(single_faults(kinds), max_size=max_size)
    return (
        st.one_of(st.just([]), any_day, any_day, _hard_days(), _hard_days(), _hard_days())
        if set(STRUCK) <= set(kinds)
        else any_day
    )


def clouds(
    qpus: Sequence[str] = ("qpu:sim:1",), schedules: st.SearchStrategy[list[Fault]] | None = None
) -> st.SearchStrategy[SimulatedCloud]:
    """Simulated services with different service times, faults and answers to a second submission.

    Args:
        qpus: The ids of their QPUs.
        schedules: Where their faults come from; by default `fault_schedules()`.
    """
    takes: st.SearchStrategy[ServiceTime] = st.sampled_from(
        [Constant(0.0), Constant(0.2), Constant(3.0), Uniform(0.0, 2.0), Exponential(1.0)]
    )
    each = [
        st.builds(
            SimulatedQpu,
            st.just(qpu),
            service_time=takes,
            windows=st.sampled_from(QUEUES),
            in_order=st.sampled_from([True, False]),
            cancel_takes_s=st.sampled_from([0.0, 0.5, 5.0]),
        )
        for qpu in qpus
    ]
    return st.builds(
        SimulatedCloud,
        seed=st.integers(0, 1000),
        qpus=st.tuples(*each),
        faults=fault_schedules() if schedules is None else schedules,
        second_submission=st.sampled_from(["ignored", "conflict", "bad_request"]),
        cancel_of_reserved=st.sampled_from(["cancelled", "ignored", "ignored"]),
        latency_s=st.sampled_from([0.0, 0.01]),
        rate_limit=st.sampled_from([None, None, 10]),
        api=st.sampled_from(["v3", "v3", "v4"]),
    )


def job_trees(leaves: st.SearchStrategy[str] | None = None, *, max_leaves: int = 8) -> st.SearchStrategy[list[Tree]]:
    """Composites in composites, as lists of programs in lists; `make_tree` makes them.

    Args:
        leaves: The programs; by default `programs()`.
        max_leaves: The largest number of jobs, about.
    """

    def nested(child: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.lists(child, min_size=1, max_size=4)

    tree = st.recursive(programs() if leaves is None else leaves, nested, max_leaves=max_leaves)
    return tree.map(lambda one: [one] if isinstance(one, str) else one)


def make_tree(sdk: OqcSdk, tree: Tree, **options: Any) -> Child:
    """The job or composite of a tree; `options` go to `create_job`."""
    if isinstance(tree, str):
        job: Job = sdk.create_job(program=tree, **options)
        return job
    return factory_of(sdk).composite([make_tree(sdk, child, **options) for child in tree])
