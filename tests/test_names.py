"""Names, the user's own metadata and the hybrid marker: kept in journal and snapshots, shown, found again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import CompositeJob, InvalidArgument, Job, JobState, NameTaken, SdkNotOpen, UnknownJob
from qcaas_sdk._guards.labels import MAX_DEPTH, metadata_or_none
from qcaas_sdk.testing import SimulatedCloud, run_virtual, sdk_on
from tests.support.programs import BELL

pytestmark = pytest.mark.usefixtures("each_api")

OWN: dict[str, Any] = {"run": 3, "angles": [0.5, None, {"deep": True}], "who": "Zoë"}


def test_a_job_is_found_by_its_name_in_this_and_in_the_next_process(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud, journal = SimulatedCloud(), tmp_path / "j.db"
        async with sdk_on(cloud, journal=journal) as sdk:
            job = sdk.create_job(program=BELL, name="vqe-h2", user_metadata=OWN, hybrid_marker="loop")
            assert sdk.job("vqe-h2") is job
            assert (job.name, job.user_metadata, job.hybrid_marker) == ("vqe-h2", OWN, "loop")
            await job.execute()
            many = sdk.create_job(program=[BELL, BELL], name="batch", user_metadata={"k": 1})
            assert sdk.job("batch") is many
            assert [one.user_metadata for one in many.leaves()] == [{"k": 1}, {"k": 1}]
        async with sdk_on(cloud, journal=journal) as sdk:
            found = sdk.job("vqe-h2")
            assert isinstance(found, Job)
            assert (found.state, found.user_metadata) == (JobState.COMPLETED, OWN)
            again = sdk.job("batch")
            assert isinstance(again, CompositeJob)
            assert (again.name, len(again)) == ("batch", 2)
            assert sdk.job("batch") is again
            assert again in sdk.recover()
            assert "'batch'" in repr(again)

    run_virtual(scenario())


def test_names_are_unique_in_a_journal_and_without_one_in_the_sdk(tmp_path: Path) -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud()
        for options in ({}, {"journal": tmp_path / "j.db"}):
            async with sdk_on(cloud, **options) as sdk:
                first = sdk.create_job(program=BELL, name="a")
                kept = first.to_snapshot()
                for program in (BELL, [BELL]):
                    with pytest.raises(NameTaken, match=r"'a' is taken .* `sdk.job\('a'\)`") as caught:
                        sdk.create_job(program=program, name="a")
                    assert caught.value.name == "a"
                with pytest.raises(NameTaken):
                    sdk.from_snapshot(kept)
                assert sdk.job("a") is first
                assert len(sdk.recover()) == 1 if options else True
        async with sdk_on(cloud, journal=tmp_path / "j.db") as sdk:
            with pytest.raises(NameTaken):
                sdk.create_job(program=BELL, name="a")
        async with sdk_on(cloud, journal=tmp_path / "other.db") as sdk:
            assert sdk.create_job(program=BELL, name="a").name == "a"

    run_virtual(scenario())


def test_a_name_that_nothing_has_is_an_error_with_similar_ones() -> None:
    async def scenario() -> None:
        sdk = sdk_on(SimulatedCloud())
        with pytest.raises(SdkNotOpen):
            sdk.job("vqe")
        async with sdk:
            kept = sdk.create_job(program=BELL, name="vqe-h2")
            with pytest.raises(UnknownJob, match=r"no job or composite has the name 'vqe-h3'.*similar: 'vqe-h2'"):
                sdk.job("vqe-h3")
            assert kept.name == "vqe-h2"

    run_virtual(scenario())


@pytest.mark.parametrize("name", ["", " a", "a\n", "x" * 201, 3, "\ud800"])
def test_what_cannot_be_a_name_is_refused(name: object) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            with pytest.raises(InvalidArgument, match="name must be"):
                sdk.create_job(program=BELL, name=name)  # type: ignore[call-overload]

    run_virtual(scenario())


DEEP: dict[str, Any] = {}
for _ in range(MAX_DEPTH + 1):
    DEEP = {"d": DEEP}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "user_metadata must be a mapping of JSON values"),
        ([{}], "user_metadata has 1 entries for 1 job: pass one mapping"),
        ({"a": {1}}, r"user_metadata\['a'\] is set \{1\}, which is not a JSON value"),
        ({"a": [0, {"b": object}]}, r"user_metadata\['a'\]\[1\]\['b'\]"),
        ({"a": {3: 4}}, r"user_metadata\['a'\] has the key 3, which is not"),
        ({"a": float("nan")}, r"user_metadata\['a'\] is nan"),
        ({"a": np.float64(0.5)}, r"user_metadata\['a'\] is .*item\(\)"),
        ({"a": 1 << 2000}, r"user_metadata\['a'\] is"),
        ({"a": "\ud800"}, r"user_metadata\['a'\] has half of a surrogate pair"),
        (DEEP, f"the limit is {MAX_DEPTH} levels"),
        ({"a": [0] * 20_000}, "the limit is 10,000 values"),
    ],
)
def test_what_is_not_json_is_named_with_its_place(given: object, said: str) -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            with pytest.raises(InvalidArgument, match=said) as caught:
                sdk.create_job(program=BELL, user_metadata=given)  # type: ignore[call-overload]
            assert caught.value.argument == "user_metadata"

    run_virtual(scenario())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), JSON, max_size=4))
def test_json_values_are_taken_as_they_are_and_copied(own: dict[str, Any]) -> None:
    copy = metadata_or_none(own)
    assert json.dumps(copy) == json.dumps(own)
    assert copy is not own


def test_a_list_has_the_metadata_of_each_job() -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            many = sdk.create_job(program=[BELL, BELL], user_metadata=[{"k": 1}, None])
            assert [one.user_metadata for one in many.leaves()] == [{"k": 1}, {}]
            with pytest.raises(InvalidArgument, match="3 entries for 2 jobs: pass one for each"):
                sdk.create_job(program=[BELL, BELL], user_metadata=[{}, {}, {}])
            with pytest.raises(InvalidArgument, match=r"user_metadata\[1\]\['a'\] is set"):
                sdk.create_job(program=[BELL, BELL], user_metadata=[{}, {"a": {1}}])  # type: ignore[dict-item]

    run_virtual(scenario())


def test_nobody_changes_the_metadata_of_a_job_by_the_way() -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            own: dict[str, Any] = {"a": [1]}
            job = sdk.create_job(program=BELL, user_metadata=own)
            own["a"].append(2)
            job.user_metadata["a"].append(3)  # type: ignore[union-attr]
            assert job.user_metadata == {"a": [1]}
            assert sdk.create_job(program=BELL).user_metadata == {}

    run_virtual(scenario())


def test_snapshots_hold_them_and_reconfiguring_keeps_them() -> None:
    async def scenario() -> None:
        cloud = SimulatedCloud()
        async with sdk_on(cloud) as sdk, sdk_on(cloud) as other:
            job = sdk.create_job(program=BELL, name="one", user_metadata=OWN)
            many = sdk.create_job(program=[BELL], name="many", user_metadata=OWN)
            many.add(job)
            loaded = other.from_snapshot(many.to_snapshot())
            assert loaded.to_snapshot() == many.to_snapshot()
            assert other.job("many") is loaded
            assert other.job("one") is loaded.jobs[1]
            job.reconfigure(program="OPENQASM 2.0; // again")
            assert (job.name, job.user_metadata) == ("one", OWN)

    run_virtual(scenario())


def test_they_are_shown_in_repr_and_in_tables() -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            plain = sdk.create_job(program=BELL)
            assert "name" not in repr(plain)
            assert "tag" not in repr(plain)
            assert "metadata" not in repr(plain)
            job = sdk.create_job(program=BELL, name="one", user_metadata={"depth": 4})
            assert "name='one'" in repr(job)
            assert "user_metadata={'depth': 4}" in repr(job)
            tagged = sdk.create_job(program=BELL, tag="Rabi\n20 ns")
            assert r"Job(id=(not submitted), tag='Rabi\n20 ns', " in repr(tagged)
            long = sdk.create_job(program=BELL, tag="y" * 500, user_metadata={"text": "x" * 500})
            assert len(repr(long)) < 400
            many = sdk.create_job(program=[BELL])
            many.add(job)
            outputs = await many.execute()
            table = outputs.to_dataframe()
            assert list(table.columns)[3:6] == ["tag", "name", "user_metadata.depth"]
            assert set(table[table.result == 1]["user_metadata.depth"]) == {4}
            assert table[table.result == 0]["name"].isna().all()
            assert "name" not in (await plain.execute()).to_dataframe().columns

    run_virtual(scenario())


def test_the_service_gets_the_hybrid_marker_and_nothing_else() -> None:
    async def scenario() -> None:
        async with sdk_on(SimulatedCloud()) as sdk:
            job = sdk.create_job(program=BELL, name="mine", user_metadata={"secret": "yes"}, hybrid_marker="loop")
            await job.execute()
            assert job.hybrid_marker == "loop"
            assert job.metadata is not None
            assert "user_metadata" not in job.metadata

    run_virtual(scenario())
