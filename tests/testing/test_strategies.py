"""The strategies draw what they say, and shrink to the plain."""

from collections.abc import Callable

import pytest
from compiler_config.config import CompilerConfig
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from qcaas_sdk import BadStatechart, CompositeJob, Job
from qcaas_sdk.local.simulator.programs import parse
from qcaas_sdk.statechart import Chart, parse_chart, shipped_chart
from qcaas_sdk.testing import (
    OUTCOMES,
    BrokenChart,
    Fault,
    SimulatedCloud,
    Windows,
    answered_events,
    broken_statecharts,
    clouds,
    composite_statecharts,
    configs,
    event_sequences,
    extended_statecharts,
    fault_schedules,
    job_trees,
    make_tree,
    programs,
    qpu_ids,
    run_virtual,
    statecharts,
)
from qcaas_sdk.testing.differential import LATER, guards_of
from qcaas_sdk.testing.stateful.strategies import QUEUES
from tests.support.examples import scaled

pytestmark = pytest.mark.slow

DRAWN = settings(phases=[Phase.generate], deadline=None)
"""For what need not be the simplest."""


@given(programs(outcomes=OUTCOMES))
def test_programs_are_such_as_a_qpu_accepts(program: str) -> None:
    assert parse(program).num_clbits > 0


@given(qpu_ids())
def test_ids_of_qpus(qpu_id: str) -> None:
    assert len(qpu_id.split(":")) == 4


@given(configs())
def test_configurations_survive_their_json(config: CompilerConfig) -> None:
    assert CompilerConfig.create_from_json(config.to_json()).to_json() == config.to_json()


@given(fault_schedules())
def test_fault_schedules_print_as_they_can_be_written(schedule: list[Fault]) -> None:
    assert all(isinstance(fault, Fault) for fault in schedule)
    assert SimulatedCloud(faults=schedule).ledger.requests() == []


def test_the_simplest_schedule_is_none_at_all() -> None:
    assert find(fault_schedules(), lambda _: True) == []


def test_a_fault_of_a_hard_schedule_can_happen_again_in_later_runs() -> None:
    def is_periodic(schedule: list[Fault]) -> bool:
        return any(fault.nth is not None and fault.nth[:3] == (0, 3, 6) for fault in schedule)

    assert find(fault_schedules(), is_periodic, settings=settings(max_examples=2_000, database=None))


@given(clouds(["qpu:a", "qpu:b"]))
def test_a_cloud_prints_as_it_can_be_written(cloud: SimulatedCloud) -> None:
    import qcaas_sdk.testing

    names = {name: getattr(qcaas_sdk.testing, name) for name in qcaas_sdk.testing.__all__}
    assert repr(eval(repr(cloud), names)) == repr(cloud)
    assert cloud.qpu_ids == ["qpu:a", "qpu:b"]


@pytest.mark.parametrize("intervals", QUEUES, ids=len)
def test_whatever_a_lifecycle_leaves_behind_can_end(intervals: tuple[tuple[float, float], ...]) -> None:
    """Long lifecycles take some thousand seconds of virtual time."""
    windows = Windows(intervals)
    assert windows.stretches(20_000.0, 3_600.0)[-1][1] < 50_000.0


@given(job_trees())
@settings(max_examples=scaled(30))
def test_trees_become_composites(tree: list[object]) -> None:
    async def made() -> Job | CompositeJob:
        cloud = SimulatedCloud()
        from qcaas_sdk import OqcSdk

        async with OqcSdk(
            cloud.url, cloud.token, http_transport=cloud.transport, default_qpu_id=cloud.qpu_ids[0]
        ) as sdk:
            return make_tree(sdk, tree)  # type: ignore[arg-type]  # a tree, as drawn

    def shape(child: Job | CompositeJob) -> object:
        return child.program if isinstance(child, Job) else [shape(one) for one in child.jobs]

    assert shape(run_virtual(made())) == tree


@given(statecharts())
def test_charts_are_without_a_mistake(chart: Chart) -> None:
    assert chart.final_states
    assert chart.initial in {state.name for state in chart.states}


def test_a_chart_of_one_state_and_one_of_six_are_both_drawn() -> None:
    small = find(statecharts(), lambda _: True, settings=DRAWN)  # the simplest is drawn first
    assert len(small.states) - len(small.final_states) == 1
    large = find(
        statecharts(max_states=6), lambda chart: len(chart.states) - len(chart.final_states) == 6, settings=DRAWN
    )
    assert large.transitions


@given(statecharts(automatic=True), extended_statecharts(), composite_statecharts())
def test_charts_with_depth_are_without_a_mistake(alone: Chart, extended: Chart, composite: Chart) -> None:
    assert all(rule.bound for rule in alone.rules if rule.automatic)
    assert extended.base == shipped_chart("job")
    assert composite.child == shipped_chart("job")


@pytest.mark.parametrize(
    "has",
    [
        lambda chart: len(chart.superstates) == 3,
        lambda chart: any(rule.summaries for rule in chart.rules),
        lambda chart: any(rule.fires for rule in chart.rules),
        lambda chart: any(rule.when for rule in chart.rules),
        lambda chart: {True, False} <= {rule.always for rule in chart.rules if rule.automatic},
    ],
)
def test_every_part_of_the_language_is_drawn(has: Callable[[Chart], bool]) -> None:
    assert has(find(statecharts(automatic=True), has, settings=DRAWN))


@given(broken_statecharts())
@settings(max_examples=scaled(200))
def test_broken_charts_are_refused(broken: BrokenChart) -> None:
    with pytest.raises(BadStatechart):
        parse_chart(broken.text, file="broken.yaml")


@given(st.data(), st.sampled_from(["job", "composite_job"]).map(shipped_chart))
def test_event_sequences_are_triggers_of_the_chart(data: st.DataObject, chart: Chart) -> None:
    assert set(data.draw(event_sequences(chart))) <= set(chart.triggers)


@given(st.data(), statecharts(max_states=3, automatic=True) | extended_statecharts())
def test_answered_events_are_triggers_and_guards_of_the_chart_or_time_that_passes(
    data: st.DataObject, chart: Chart
) -> None:
    events = data.draw(answered_events(chart))
    assert {event.trigger for event in events} <= {*chart.triggers, *([LATER] if chart.automatic else [])}
    assert {guard for event in events for guard in event.holds} <= {*guards_of(chart)}


def test_event_sequences_go_all_the_way() -> None:
    wanted = ["submit", "poll", "reset"]
    assert find(event_sequences(shipped_chart("job")), lambda events: events[:3] == wanted) == wanted
