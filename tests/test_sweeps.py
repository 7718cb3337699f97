"""Sweeps: lists of shots and of parameters make composites, and outputs know their values, wherever they are kept."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from qcaas_sdk import CompositeJob, InvalidArgument, InvalidProgram, Job, JobResult, OqcSdk
from qcaas_sdk._snapshot.json_fields import Fields
from qcaas_sdk.errors import BadSnapshot
from tests.support.programs import BELL

ROTATION = """OPENQASM 3.0;
include "stdgates.inc";
input float[64] theta;
qubit[1] q;
bit[1] c;
rx(theta) q[0];
c = measure q;
"""
SWEEP = [{"theta": 0.0}, {"theta": 3.141592653589793}]


async def test_a_list_of_parameters_makes_a_composite_whose_outputs_carry_their_values() -> None:
    async with OqcSdk.local() as sdk:
        sweep = sdk.create_job(program=ROTATION, parameters=SWEEP, shots=[10, 20])
        assert isinstance(sweep, CompositeJob)
        assert [job.parameters for job in sweep.leaves()] == SWEEP
        waiting = sweep.outputs
        assert [output.parameters for output in waiting] == SWEEP
        outputs = await sweep.execute(timeout_s=60)
        assert [output.parameters for output in outputs] == SWEEP
        assert [output.counts() for output in outputs.results()] == [{"0": 10}, {"1": 20}]
        assert [output.parameters for output in pickle.loads(pickle.dumps(outputs))] == SWEEP
        assert outputs[1].to_dict()["parameters"] == SWEEP[1]
        assert JobResult.from_json(outputs.results()[1].to_json()).parameters == SWEEP[1]


async def test_one_mapping_makes_a_job() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=ROTATION, parameters={"theta": 0.5})
        assert isinstance(job, Job)
        assert "const float[64] theta = 0.5;" in job.program
        assert job.parameters == {"theta": 0.5}
        assert sdk.create_job(program=BELL).parameters is None


async def test_lists_broadcast() -> None:
    async with OqcSdk.local() as sdk:
        shots = sdk.create_job(program=BELL, shots=[10, 20, 30])
        assert [sum(one.counts().values()) for one in (await shots.execute(timeout_s=60)).results()] == [10, 20, 30]
        both = sdk.create_job(program=[ROTATION, ROTATION], parameters=[{"theta": 1.0}])
        assert [job.parameters for job in both.leaves()] == [{"theta": 1.0}] * 2
        with pytest.raises(InvalidArgument, match="shots has 3, parameters has 2"):
            sdk.create_job(program=ROTATION, parameters=SWEEP, shots=[1, 2, 3])
        for empty in ({"shots": []}, {"parameters": []}):
            with pytest.raises(InvalidArgument, match="is empty"):
                sdk.create_job(program=ROTATION, **empty)  # type: ignore[call-overload]  # both kinds of lists


async def test_what_is_wrong_is_named_with_its_entry_and_nothing_is_made() -> None:
    async with OqcSdk.local() as sdk:
        made: list[object] = []
        sdk.observe(made.append)
        for program, parameters, told in (
            (ROTATION, [{"theta": 1.0}, {}], "no value for theta"),
            (ROTATION, [{"theta": 1.0}, {"theta": 1.0, "phi": 2.0}], "no parameter 'phi'"),
            (ROTATION, [{"theta": 1.0}, {"theta": "x"}], "pass a finite number"),
            (BELL, [{}, {"theta": 1.0}], "The program has: none"),
        ):
            with pytest.raises(InvalidArgument, match=told) as met:
                sdk.create_job(program=program, parameters=parameters)  # type: ignore[call-overload]  # wrong values
            assert "entry 1 of the list" in met.value.__notes__[0]
        with pytest.raises(InvalidProgram, match="input variables without a value: theta"):
            sdk.create_job(program=ROTATION)
        assert made == []


async def test_a_file_can_have_parameters(tmp_path: Path) -> None:
    (tmp_path / "rotation.qasm").write_text(ROTATION, encoding="utf-8")
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=tmp_path / "rotation.qasm", parameters=SWEEP[1])
        assert (await job.execute(timeout_s=60)).results().one.most_frequent() == "1"


async def test_another_program_has_no_values_and_an_earlier_run_has_its_own() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=ROTATION, parameters=SWEEP[1], shots=5)
        first = (await job.execute(timeout_s=60)).one
        with pytest.raises(InvalidProgram, match="theta"):
            job.reconfigure(program=ROTATION)
        assert job.reconfigure(program=BELL).parameters is None
        assert (await job.execute(timeout_s=60)).one.parameters is None
        assert job.reconfigure(first).parameters == SWEEP[1]
        assert [output.parameters for output in job.history] == [SWEEP[1], None]


async def test_journal_and_snapshot_keep_them(tmp_path: Path) -> None:
    values = {"theta": 0.5, "n": 3, "flag": True}
    program = ROTATION.replace("qubit", "input int n;\ninput bool flag;\nqubit", 1)
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        job = sdk.create_job(program=program, parameters=values)
        await job.execute(timeout_s=60)
        job.save(tmp_path / "job.json")
    async with OqcSdk.local(journal=tmp_path / "j.db") as sdk:
        for other in (sdk.recover(all=True)[0], sdk.load(tmp_path / "job.json")):
            assert isinstance(other, Job)
            assert other.parameters == other.history.one.parameters == values
            assert [type(value) for value in (other.parameters or {}).values()] == [float, int, bool]
            assert other.reconfigure().parameters == values
        snapshot: dict[str, Any] = {**job.to_snapshot()}
        snapshot["qcaas_sdk"] = {**snapshot["qcaas_sdk"], "parameters": {"theta": "much"}}
        with pytest.raises(BadSnapshot, match="parameters"):
            sdk.from_snapshot(snapshot)


async def test_tables_arrays_and_plots_are_indexed_by_them() -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("xarray")
    pytest.importorskip("matplotlib")
    async with OqcSdk.local() as sdk:
        outputs = await sdk.create_job(program=ROTATION, parameters=SWEEP, shots=10).execute(timeout_s=60)
        plain = (await sdk.create_job(program=BELL).execute(timeout_s=60)).to_dataframe()
    table = outputs.to_dataframe()
    assert table.index.name == "theta"
    assert list(table.index) == [values["theta"] for values in SWEEP]
    assert table.loc[0.0, "bitstring"] == "0"
    assert plain.index.name is None
    array = outputs.to_xarray()
    assert list(array.coords["theta"].values) == [values["theta"] for values in SWEEP]
    assert int(array.swap_dims(result="theta").sel(theta=0.0, bitstring="0")) == 10
    figure = outputs.plot()
    assert [axes.get_title() for axes in figure.axes[:2]] == ["theta=0", "theta=3.142"]
    heat = outputs.plot(kind="heatmap").axes[0]
    assert [label.get_text() for label in heat.get_yticklabels()] == ["theta=0", "theta=3.142"]
    from matplotlib import pyplot

    pyplot.close("all")


def test_several_parameters_make_an_index_of_several_levels() -> None:
    pytest.importorskip("pandas")
    from qcaas_sdk.results.bitstrings import Endianness
    from qcaas_sdk.results.rows import Row
    from qcaas_sdk.results.tables import to_dataframe

    rows = [
        Row(0, "t0", "q", None, {"c": {"0": 1}}, parameters={"a": 1.0, "count": 2.0}),
        Row(1, "t1", "q", None, {"c": {"0": 1, "1": 1}}, parameters={"a": 3.0}),
    ]
    table = to_dataframe(rows, None, Endianness.BIG)
    assert table.index.names == ["a", "count"]
    assert [index[0] for index in table.index] == [1.0, 3.0, 3.0]
    assert list(table["count"]) == [1, 1, 1]


def test_without_async_too() -> None:
    with OqcSdk.sync.local() as sdk:
        sweep = sdk.create_job(program=ROTATION, parameters=SWEEP, shots=5)
        assert [output.parameters for output in sweep.execute(timeout_s=60)] == SWEEP


def test_a_field_that_is_not_there_is_no_parameters() -> None:
    from qcaas_sdk._snapshot.read_parts import read_parameters

    assert read_parameters(Fields.of({}, "file")) is None
