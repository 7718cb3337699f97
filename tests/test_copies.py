"""Outputs and errors can be pickled and copied, also into another process; they leave their job and SDK behind."""

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import attrs
import pytest

from qcaas_sdk import (
    JobError,
    JobFailed,
    JobOutput,
    JobOutputProxy,
    JobResult,
    JobTimeout,
    OqcSdk,
    QcaasError,
    errors,
)
from qcaas_sdk._handles.outputs import NoOutput
from tests.support.programs import BELL

COPIES: list[Callable[[Any], Any]] = [
    copy.copy,
    copy.deepcopy,
    *(lambda given, protocol=protocol: pickle.loads(pickle.dumps(given, protocol)) for protocol in range(6)),  # type: ignore[misc]
]


def same(one: JobOutput, other: JobOutput) -> bool:
    names = [a.name for a in attrs.fields(type(one)) if a.name not in {"job", "compiler_config"}]
    return type(one) is type(other) and all(getattr(one, name) == getattr(other, name) for name in names)


@pytest.mark.parametrize("copied", COPIES)
async def test_what_a_run_leaves_can_be_copied(copied: Callable[[Any], Any]) -> None:
    async with OqcSdk.local() as sdk:
        composite = sdk.create_job(program=[BELL, "OPENQASM 2.0; qreg q[1];"], shots=20, check=False)
        outputs = await composite.execute(timeout_s=60)
        first = composite.jobs[0]
        never = sdk.create_job(program=[BELL])
        everything: list[Any] = [*outputs, *never.outputs]
        assert {type(output) for output in everything} == {JobResult, JobError, NoOutput}
        for output in everything:
            other = copied(output)
            assert same(output, other)
            assert other == output
            assert other.job is None
            assert repr(other) == repr(output)
            assert other.to_json() == output.to_json()
        for proxy in (outputs, outputs.results(), first.history, never.outputs):
            other = copied(proxy)
            assert type(other) is JobOutputProxy
            assert other == proxy
            if copied is not copy.copy:  # a shallow copy holds the same outputs
                assert all(output.job is None for output in other)
        config = copied(outputs[0]).compiler_config
        assert config.repeats == 20
        assert outputs[0].job is first  # the original keeps it


def _total(result: JobResult) -> JobResult:
    if sum(result.counts().values()) != 30:
        raise JobFailed("too few", task_id=result.task_id, qpu_id=result.qpu_id, code=7, details="…")
    return result


async def test_results_go_to_another_process_and_back_and_so_do_errors() -> None:
    async with OqcSdk.local() as sdk:
        outputs = await sdk.create_job(program=[BELL, BELL], shots=30).execute(timeout_s=60)
        few = await sdk.create_job(program=BELL, shots=3).execute(timeout_s=60)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            assert list(pool.map(_total, outputs)) == list(outputs)
            failure = pool.submit(_total, few.one).exception()
    assert isinstance(failure, JobFailed)
    assert (str(failure), failure.task_id, failure.code) == ("too few", few.one.task_id, 7)


async def test_a_pickle_is_small_and_is_read_where_no_sdk_is() -> None:
    async with OqcSdk.local() as sdk:
        job = sdk.create_job(program=BELL, shots=20)
        await job.execute(timeout_s=60)
        data = pickle.dumps(job.result)
    assert len(data) < 20_000
    reader = "import pickle, sys, json; print(json.dumps(pickle.load(sys.stdin.buffer).counts()))"
    read = subprocess.run([sys.executable, "-c", reader], input=data, capture_output=True, check=True, timeout=60)  # noqa: ASYNC221
    assert json.loads(read.stdout) == job.result.counts()


def everyone(kind: type[QcaasError]) -> list[type[QcaasError]]:
    return [kind, *(found for one in kind.__subclasses__() for found in everyone(one))]


VALUES: dict[str, Any] = {
    "extra": "local",
    "line": 3,
    "column": 4,
    "status": 503,
    "job": object(),
    "legal": ("poll",),
}


@pytest.mark.parametrize("kind", [kind for kind in everyone(QcaasError) if kind.__module__ == errors.__name__])
@pytest.mark.parametrize("copied", COPIES[1:])
def test_every_error_can_be_copied(kind: type[QcaasError], copied: Callable[[Any], Any]) -> None:
    needed = (
        kind.__init__.__code__.co_varnames[1 : kind.__init__.__code__.co_argcount] if _own(kind) else ("message",)
    )
    more = kind.__init__.__kwdefaults__ or {} if _own(kind) else {}
    code = kind.__init__.__code__ if _own(kind) else None
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount] if code else ()
    given = {name: VALUES.get(name, more.get(name, f"the {name}")) for name in keywords}
    error = kind(*(VALUES.get(name, f"the {name}") for name in needed), **given)
    error.add_note("a note")
    other = copied(error)
    assert type(other) is kind
    assert str(other) == str(error)
    assert vars(other) == {**vars(error), **({"job": None} if isinstance(error, JobTimeout) else {})}


def _own(kind: type[QcaasError]) -> bool:
    return hasattr(kind.__init__, "__code__")


def test_an_output_without_a_job_says_so() -> None:
    result = JobResult(data={"c": {"0": 1}}, qpu_id="qpu", task_id="t", program="p", received=datetime.now(UTC))
    assert copy.copy(result).job is None
