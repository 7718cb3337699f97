"""scipp arrays, shaped as OQC's published SDK shapes them (tests/published compares the two)."""

from typing import Any

import pytest
import scipp
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import Endianness, bits
from tests.results.examples import error, outputs, result
from tests.results.test_counts import some_counts

BIG, LITTLE = Endianness.BIG, Endianness.LITTLE


@given(st.text("01", min_size=1, max_size=63))
def test_one_outcome_is_one_number_whichever_order_it_is_written_in(bitstring: str) -> None:
    assert bits(bitstring).value == bits(bitstring[::-1], LITTLE).value == int(bitstring, 2)
    assert (bits(bitstring).unit, bits(bitstring).dtype) == (None, scipp.DType.int64)


@pytest.mark.parametrize("wrong", ["", "012", "0x2", " 1", "1" * 64])
def test_what_is_no_index(wrong: str) -> None:
    with pytest.raises(ValueError, match="bitstring"):
        bits(wrong)


def test_dimensions_and_labels() -> None:
    array = outputs(result(c={"10": 3, "01": 4}), result(c={"11": 5, "10": 1})).to_counts_dataarray("c", LITTLE)
    assert array.dims == ("result", "bit")
    assert (array.unit, array.dtype, array.variances) == (None, scipp.DType.int64, None)
    assert array.values.tolist() == [[4, 3, 0], [0, 1, 5]]
    assert array.coords["result"].values.tolist() == [0, 1]
    assert array.coords["bit"].values.tolist() == [1, 2, 3]
    assert list(array.coords["bitstring"].values) == ["10", "01", "11"]
    assert array["bit", bits("01", LITTLE)].values.tolist() == [3, 1]


@given(some_counts())
def test_every_count_is_where_its_bits_point(counts: dict[str, int]) -> None:
    array = result(c=counts).to_counts_dataarray()
    assert {key: int(array["bit", bits(key)].values[0]) for key in counts} == counts
    assert int(array.sum().value) == sum(counts.values())


@given(some_counts(), st.data())
def test_like_keeps_what_matches_and_nothing_else(counts: dict[str, int], data: st.DataObject) -> None:
    width = len(next(iter(counts)))
    pattern = data.draw(st.text("01*", min_size=width, max_size=width))
    matching = {key for key in counts if all(want in ("*", bit) for want, bit in zip(pattern, key, strict=True))}
    assert set(result(c=counts).like(pattern).coords["bitstring"].values) == matching
    flipped = result(c=counts).like(pattern[::-1], endianness=LITTLE)
    assert {label[::-1] for label in flipped.coords["bitstring"].values} == matching


@pytest.mark.parametrize(
    ("pattern", "says"),
    [("", "is not valid: use"), ("2*", "is not valid: use"), ("1", "has 1 character;")],
)
def test_patterns_that_fit_nothing(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        result(c={"00": 1}).like(pattern)


def test_lengths_that_differ() -> None:
    several: Any = outputs(result(c={"10": 3, "01": 4}), result(c={"1": 1}))
    with pytest.raises(ValueError, match="on_length_mismatch='pad' puts zeros"):
        several.to_counts_dataarray("c")
    assert several.to_counts_dataarray("c", on_length_mismatch="pad").values.tolist() == [[4, 3], [1, 0]]
    both = result(c={"1": 2, "01": 3})
    assert both.to_counts_dataarray(on_length_mismatch="pad").values.tolist() == [[5]]
    with pytest.raises(ValueError, match="one of 'raise', 'pad', not 'x'"):
        several.to_counts_dataarray("c", on_length_mismatch="x")


def test_registers_and_results_that_are_not_there() -> None:
    with pytest.raises(KeyError, match="no register 'z'"):
        result(c={"0": 1}).to_counts_dataarray("z")
    partly = outputs(result(c={"1": 1}), result(d={"1": 1})).to_counts_dataarray("c")
    assert partly.values.tolist() == [[1], [0]]
    with pytest.warns(UserWarning, match="1 of 1 outputs"), pytest.raises(ValueError, match="there are no results"):
        outputs(error()).to_counts_dataarray("c")


def test_a_register_that_is_too_wide_for_numbers() -> None:
    with pytest.raises(ValueError, match="more than 63 bits"):
        result(c={"0" * 64: 1}).to_counts_dataarray()
