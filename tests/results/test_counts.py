"""What counts say: shares, the likeliest, marginals, expectation values; orders of bits; formats without counts."""

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import Endianness, JobResult
from tests.results.examples import ABOUT, OTHER_FORMATS, result

BIG, LITTLE = Endianness.BIG, Endianness.LITTLE


@st.composite
def some_counts(draw: st.DrawFn) -> dict[str, int]:
    width = draw(st.integers(1, 6))
    keys = st.text("01", min_size=width, max_size=width)
    return draw(st.dictionaries(keys, st.integers(1, 1000), min_size=1, max_size=12))


def test_counts_in_either_order() -> None:
    flipped_first_of_three = result(c={"100": 7})
    assert flipped_first_of_three.counts() == {"100": 7}
    assert flipped_first_of_three.counts(endianness=LITTLE) == {"001": 7}
    with pytest.raises(ValueError, match="middle"):
        flipped_first_of_three.counts(endianness="middle")  # type: ignore[arg-type]  # what a user may try


def test_what_is_returned_is_the_users_to_change() -> None:
    one = result(c={"0": 1})
    one.counts()["0"] = 5
    assert one.counts() == {"0": 1}


@given(some_counts())
def test_shares_add_up_to_one_register_by_register(counts: dict[str, int]) -> None:
    both = result(a=counts, b={"0": 3})
    shares = both.probabilities("a")
    assert math.isclose(sum(shares.values()), 1.0)
    assert shares.keys() == counts.keys()
    assert both.probabilities("b") == {"0": 1.0}


@given(some_counts())
def test_the_most_frequent_is_most_frequent_whichever_order_it_is_written_in(counts: dict[str, int]) -> None:
    one = result(c=counts)
    assert counts[one.most_frequent()] == max(counts.values())
    assert one.most_frequent(endianness=LITTLE) == one.most_frequent()[::-1]


def test_of_equals_the_first_is_the_most_frequent() -> None:
    assert result(c={"11": 5, "00": 5, "01": 1}).most_frequent() == "00"


@given(some_counts(), st.randoms())
def test_a_marginal_keeps_every_shot_and_bits_in_the_order_asked_for(
    counts: dict[str, int], rng: random.Random
) -> None:
    width = len(next(iter(counts)))
    bits = rng.sample(range(width), rng.randint(1, width))
    one = result(c=counts)
    marginal = one.marginal(bits)
    assert sum(marginal.values()) == sum(counts.values())
    for place, bit in enumerate(bits):
        ones = sum(times for key, times in counts.items() if key[bit] == "1")
        assert sum(times for key, times in marginal.items() if key[place] == "1") == ones
    assert one.marginal(bits, endianness=LITTLE) == {key[::-1]: times for key, times in marginal.items()}
    assert one.marginal(range(width)) == counts


@given(some_counts(), st.data())
def test_an_expectation_value_is_the_mean_over_the_shots(counts: dict[str, int], data: st.DataObject) -> None:
    width = len(next(iter(counts)))
    pauli = data.draw(st.text("ZI", min_size=width, max_size=width))
    shots = [
        math.prod(1 - 2 * int(bit) for bit, z in zip(key, pauli, strict=True) if z == "Z")
        for key, times in counts.items()
        for _ in range(times)
    ]
    one = result(c=counts)
    mean = sum(shots) / len(shots)
    assert math.isclose(one.expectation(pauli), mean, abs_tol=1e-12)
    assert one.expectation(pauli[::-1], endianness=LITTLE) == one.expectation(pauli)
    variance = sum((value - mean) ** 2 for value in shots) / len(shots)
    assert math.isclose(one.standard_error(pauli), math.sqrt(variance / len(shots)), abs_tol=1e-9)


def test_signs_and_sides_of_expectation_values() -> None:
    first_is_one = result(c={"100": 10})
    assert first_is_one.expectation("ZII") == -1.0
    assert first_is_one.expectation("IZI") == 1.0
    assert first_is_one.expectation("IIZ", endianness=LITTLE) == -1.0
    assert first_is_one.expectation() == -1.0
    assert first_is_one.expectation("III") == 1.0
    assert result(c={"0": 50, "1": 50}).standard_error() == 0.1


@pytest.mark.parametrize("pauli", ["", "Z", "ZZZ", "ZX", "zz", "Z*"])
def test_a_z_string_that_does_not_fit(pauli: str) -> None:
    with pytest.raises(ValueError, match="a Z-string for register 'c' of task task-1 has 2 characters"):
        result(c={"00": 1}).expectation(pauli)


@pytest.mark.parametrize("bits", [[], [0, 0], [2], [-1]])
def test_bits_that_are_not_there(bits: list[int]) -> None:
    with pytest.raises(ValueError, match="bits are distinct numbers from 0 to 1"):
        result(c={"00": 1}).marginal(bits)


def test_registers_are_named_or_there_is_only_one() -> None:
    two = result(a={"0": 1}, b={"1": 2})
    for ask in (two.counts, two.probabilities, two.most_frequent, two.expectation):
        with pytest.raises(KeyError, match=r"which register is meant.* has: a, b"):
            ask()
        with pytest.raises(KeyError, match="no register 'z'"):
            ask(creg="z")
    assert two.expectation(creg="b") == -1.0


@pytest.mark.parametrize("data", OTHER_FORMATS, ids=str)
def test_another_format_is_said_to_be_one_and_never_counted(data: Any) -> None:
    other = JobResult(**ABOUT, task_id="task-1", data=data)
    asks = (
        other.counts,
        other.probabilities,
        other.most_frequent,
        other.expectation,
        other.standard_error,
        lambda: other.marginal([0]),
        other.to_dataframe,
        other.to_xarray,
        other.to_counts_dataarray,
        lambda: other.like("0"),
        other.plot,
    )
    for ask in asks:
        with pytest.raises(ValueError, match="task task-1 holds no counts, because another result format"):
            ask()


def test_no_shots_and_odd_lengths_are_no_numbers() -> None:
    for empty in ({}, {"00": 0}):
        for ask in (result(c=empty).probabilities, result(c=empty).most_frequent):
            with pytest.raises(ValueError, match="no shot"):
                ask()
    with pytest.raises(ValueError, match=r"different lengths \(1, 2\)"):
        result(c={"0": 1, "10": 1}).marginal([0])
    with pytest.raises(ValueError, match="no bitstring"):
        result(c={}).expectation()
