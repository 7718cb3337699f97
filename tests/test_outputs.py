"""Results, errors, and the sequence that holds them."""

import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import JobError, JobFailed, JobOutput, JobOutputProxy, JobResult, NoOutput, NoResult

WHEN = datetime(2026, 11, 23, 12, tzinfo=UTC)
ABOUT: dict[str, Any] = {"qpu_id": "qpu:1", "task_id": "task-1", "program": "OPENQASM 2.0;", "received": WHEN}

results = st.builds(
    JobResult,
    qpu_id=st.text(max_size=5),
    task_id=st.none() | st.text(max_size=5),
    program=st.text(max_size=20),
    received=st.datetimes(timezones=st.just(UTC)),
    data=st.dictionaries(
        st.text(max_size=3), st.dictionaries(st.text("01", max_size=4), st.integers(0, 10**6), max_size=4), max_size=3
    ),
    timings=st.none() | st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
)
errors = st.builds(
    JobError,
    qpu_id=st.text(max_size=5),
    task_id=st.none() | st.text(max_size=5),
    program=st.text(max_size=20),
    received=st.datetimes(timezones=st.just(UTC)),
    error_code=st.none() | st.integers(-5, 600),
    error_message=st.text(max_size=20),
)


def result(data: Any = None, **about: Any) -> JobResult:
    return JobResult(**(ABOUT | about), data={"c": {"00": 1}} if data is None else data)


def error(**about: Any) -> JobError:
    return JobError(**(ABOUT | about), error_code=7, error_message="bad luck")


def test_an_error_is_truthy_and_a_result_falsy() -> None:
    assert error()
    assert not result()
    assert (error().ok, error().is_error, result().ok, result().is_error) == (False, True, True, False)


def test_the_repr_of_an_output_is_short_however_long_its_texts_are() -> None:
    """A notebook writes it into its file."""
    assert repr(result()) == (
        "JobResult(qpu_id='qpu:1', task_id='task-1', program='OPENQASM 2.0;', "
        "received=datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.timezone.utc), data={'c': {'00': 1}})"
    )
    program = "OPENQASM 2.0;\n" + "h q[0];\n" * 10_000
    wide = "01" * 60
    big = result({"c": {f"{n:0120b}": n for n in range(10_000)} | {wide: 1}}, program=program)
    none = NoOutput(**(ABOUT | {"program": program}), state="CREATED")
    for output in (big, error(program=program), none):
        assert len(repr(output)) < 4000
        assert "program='OPENQASM 2.0;" in repr(output)
        assert repr(output).count("h q[0]") < 12
        assert output.program == program, "only the repr is cut"
    assert f"'{1:0120b}': 1, " in repr(big), "a bitstring is whole"
    assert len(repr(result([[0.25] * 10_000] * 10_000))) < 4000, "another result format"
    told = JobError(**ABOUT, error_code=7, error_message="x" * 100_000)
    assert len(repr(told)) < 1000


def test_the_repr_of_many_outputs_shows_the_first_and_counts_the_rest() -> None:
    outputs = JobOutputProxy([result(task_id=f"task-{n}") for n in range(5000)])
    assert repr(outputs).endswith("data={'c': {'00': 1}}), ... and 4,990 more])")
    assert repr(outputs).count("JobResult(") == 10
    assert "task-9'" in repr(outputs)
    assert repr(outputs[:10]) == f"JobOutputProxy({outputs.all()[:10]!r})"
    assert repr(outputs[:11]).endswith(", ... and 1 more])")
    assert repr(JobOutputProxy()) == "JobOutputProxy([])"
    assert len(outputs._repr_mimebundle_()["text/plain"]) < 4000


def test_outputs_are_equal_when_they_say_the_same_of_the_same_run() -> None:
    assert result() == result(received=datetime(2020, 1, 1, tzinfo=UTC))
    assert result() != result(task_id="task-2")
    assert result() != error()
    assert result() != result({"c": {"11": 1}})


def test_an_error_in_short() -> None:
    assert error().short == "(7) bad luck"


@given(results | errors)
def test_json_there_and_back_is_the_identity(output: JobResult | JobError) -> None:
    again = type(output).from_json(output.to_json())
    assert again == output
    assert (again.received, again.timings) == (output.received, output.timings)
    assert "compiler_config" not in json.loads(output.to_json())


@given(st.text(max_size=30) | st.sampled_from(["{}", "[]", "null", '{"received": 3}', '{"received": "2026-01-01"}']))
def test_what_is_no_output_is_refused_by_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="not the JSON of a JobResult"):
        JobResult.from_json(text)


async def test_an_output_without_a_job_cannot_be_run_again() -> None:
    for run_again in (result().resubmit, result().reexecute):
        with pytest.raises(ValueError, match="is not attached to a job"):
            await run_again()


def test_counts_of_a_register() -> None:
    one = result({"c": {"00": 3, "11": 4}})
    assert one.counts() == one.counts("c") == {"00": 3, "11": 4}
    two = result({"a": {"0": 1}, "b": {"1": 2}})
    assert two.counts("b") == {"1": 2}
    with pytest.raises(KeyError, match=r"has 2 registers .a, b.: name one"):
        two.counts()
    with pytest.raises(KeyError, match="no register 'z'"):
        two.counts("z")
    for other in ([[0, 1]], {"c": [0.5, 0.5]}, "text"):
        with pytest.raises(ValueError, match="has no counts"):
            result(other).counts()


def test_a_proxy_is_a_sequence() -> None:
    first, second = result(task_id="1"), error(task_id="2")
    both: JobOutputProxy[JobResult | JobError] = JobOutputProxy([first, second])
    assert (len(both), both[0], both[-1], list(both), both.all()) == (
        2,
        first,
        second,
        [first, second],
        [first, second],
    )
    assert (both.first, both.last) == (first, second)
    assert both[1:] == [second]
    assert isinstance(both[1:], JobOutputProxy)
    assert both.map(lambda output: output.task_id) == ["1", "2"]
    assert both.filter(lambda output: output.ok) == [first]
    assert both.results() == [first]
    assert both.errors() == [second]
    assert (both.any_error, both.all_ok) == (True, False)
    assert "JobError" in repr(both)
    with pytest.raises(JobFailed, match="bad luck"):
        both.raise_for_error()
    assert both.results().raise_for_error() == [first]


def test_what_is_chosen_keeps_its_numbers_in_tables_pictures_and_notebooks() -> None:
    pytest.importorskip("matplotlib")
    results = [JobResult(**ABOUT | {"task_id": f"task-{n}"}, data={"c": {"0": 1, "1": n}}) for n in range(36)]
    outputs: JobOutputProxy[JobOutput] = JobOutputProxy([*results[:8], error(), *results[9:]])
    chosen = outputs[10::6]
    assert [axes.get_title() for axes in chosen.plot().axes if axes.get_title()] == [
        f"result {number}" for number in (10, 16, 22, 28, 34)
    ]
    assert list(chosen.to_dataframe().reset_index()["result"].unique()) == [10, 16, 22, 28, 34]
    html = chosen._repr_mimebundle_()["text/html"]
    assert ">10</td>" in html and ">0</td>" not in html
    assert list(outputs.results().to_dataframe().reset_index()["result"].unique())[7:9] == [7, 9]
    picked = outputs[5:].filter(lambda one: one.ok)[2:4]
    again = pickle.loads(pickle.dumps(picked))
    for one, numbers in ((picked, [7, 9]), (again, [7, 9]), (JobOutputProxy(picked), [0, 1])):
        assert list(one.to_dataframe().reset_index()["result"].unique()) == numbers


def test_the_only_output_is_one_and_lends_its_attributes() -> None:
    single = JobOutputProxy([result()])
    assert single.one == result()
    assert single.data == {"c": {"00": 1}}
    assert single.counts() == {"00": 1}
    with pytest.raises(AttributeError, match="colour"):
        _ = single.colour


@pytest.mark.parametrize(
    ("count", "message"), [(0, r"no outputs; `await job\.execute\(\)`"), (2, r"there are 2: use all\(\)")]
)
def test_none_and_many_are_not_one(count: int, message: str) -> None:
    proxy = JobOutputProxy([result()] * count)
    with pytest.raises(ValueError, match=message):
        _ = proxy.one
    with pytest.raises(AttributeError, match=f"It has {count} outputs"):
        _ = proxy.data


def test_an_empty_proxy_has_no_first() -> None:
    empty: JobOutputProxy[JobResult] = JobOutputProxy()
    assert (len(empty), empty.all_ok, empty.any_error) == (0, True, False)
    for get in (lambda: empty.first, lambda: empty.last):
        with pytest.raises(IndexError, match="there are no outputs"):
            get()


# What an output without counts says when it is asked for them.

ASKED: list[Callable[[JobOutput], object]] = [
    lambda output: output.counts(),
    lambda output: output.probabilities("c"),
    lambda output: output.most_frequent(),
    lambda output: output.marginal([0]),
    lambda output: output.expectation(),
    lambda output: output.standard_error(),
    lambda output: output.to_dataframe(),
    lambda output: output.to_xarray(),
    lambda output: output.to_counts_dataarray(),
    lambda output: output.like("0*"),
    lambda output: output.plot(),
]


@pytest.mark.parametrize("ask", ASKED)
def test_an_error_says_why_there_are_no_counts(ask: Callable[[JobOutput], object]) -> None:
    with pytest.raises(JobFailed, match=r"\(7\) no such gate") as caught:
        ask(JobError(**ABOUT, error_code=7, error_message="no such gate"))
    assert caught.value.code == 7


@pytest.mark.parametrize("ask", ASKED)
def test_a_job_without_an_output_says_its_state(ask: Callable[[JobOutput], object]) -> None:
    with pytest.raises(NoResult, match="CANCELLED"):
        ask(NoOutput(**ABOUT, state="CANCELLED"))


def test_arguments_have_the_published_names() -> None:
    outputs = JobOutputProxy([JobResult(**ABOUT, data={"c": {"0": 1}})])
    assert outputs.is_single_instance
    assert not outputs.filter(pred=lambda one: one.is_error).is_single_instance
    assert outputs.map(fn=lambda one: one.ok) == [True]
    assert JobResult.from_json(json_str=outputs.one.to_json()) == outputs.one
