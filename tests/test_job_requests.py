"""What `create_job` makes of lists, the short form and the check."""

import time
from typing import Any

import pytest

from qcaas_sdk import MalformedProgram, OqcSdk, RequestTooLarge, TooManyShots
from qcaas_sdk._factory.requests import requests
from qcaas_sdk._programs import PARSED_AT_MOST
from qcaas_sdk.local import LocalQpu, LocalSettings
from tests.support.programs import BELL

BROKEN = "OPENQASM 2.0;\noops"


def made(program: Any, **options: Any) -> list[Any]:
    return requests(
        program, None, None, options, qpu=lambda _: "qpu:1", features=lambda _: {"max_shots": 100} if options else {}
    )


async def test_the_short_form_reaches_the_qpu() -> None:
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[BELL] * 2, shots=77, optimize=1, tag="mine")
        outputs = await composite.execute(timeout_s=60)
        assert [sum(output.counts().values()) for output in outputs.results()] == [77, 77]
        assert [job.tag for job in composite.leaves()] == ["mine", "mine"]


async def test_the_limit_of_shots_is_known_from_the_list_of_qpus() -> None:
    async with OqcSdk.local(LocalSettings(qpus=(LocalQpu(max_shots=100),))) as sdk:
        with pytest.raises(TooManyShots, match="101 shots, but qpu:local:1:aer allows at most 100"):
            sdk.create_job(program=BELL, shots=101)
        with pytest.raises(TooManyShots, match="1,000 shots"):
            sdk.create_job(program=BELL)
        assert sdk.create_job(program=BELL, shots=100).state == "CREATED"
        job = sdk.create_job(program=BELL, shots=101, check=False)
        await job.execute(timeout_s=60)
        assert job.error is not None  # the service's own word


def test_one_of_a_list_is_named_and_no_job_is_made() -> None:
    with pytest.raises(MalformedProgram, match="line 2, column 5") as caught:
        made([BELL, BROKEN])
    assert caught.value.__notes__ == ["(entry 1 of the list, counted from 0; no job was created)"]
    with pytest.raises(MalformedProgram) as alone:
        made(BROKEN)
    assert not hasattr(alone.value, "__notes__")
    with pytest.raises(RequestTooLarge):
        made("//" + "x" * 140_000)


def test_the_check_can_be_turned_off() -> None:
    assert len(made([BROKEN, "//" + "x" * 140_000], check=False)) == 2


@pytest.mark.slow
def test_reading_is_bounded_for_one_program_and_for_a_list() -> None:
    long = BROKEN + "/" * PARSED_AT_MOST
    made(long)
    filler = BELL + "//" + "x" * (PARSED_AT_MOST - len(BELL) - 10)
    with pytest.raises(MalformedProgram):
        made([BELL, BROKEN, filler])
    made([filler, BROKEN])
    begun = time.process_time()
    made([f"{BELL}// {number}" for number in range(5000)])
    assert time.process_time() - begun < 10.0
