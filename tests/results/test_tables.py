"""pandas and xarray: every count is there, under its own label."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qcaas_sdk import Endianness, JobOutputProxy
from tests.results.examples import error, outputs, result
from tests.results.test_counts import some_counts

LITTLE = Endianness.LITTLE


def test_a_table_has_a_line_a_bitstring() -> None:
    frame = result(a={"10": 3, "01": 1}, b={"1": 5}).to_dataframe()
    assert list(frame.columns) == [
        "result",
        "task_id",
        "qpu_id",
        "tag",
        "register",
        "bitstring",
        "count",
        "probability",
    ]
    assert frame[["register", "bitstring", "count", "probability"]].to_numpy().tolist() == [
        ["a", "01", 1, 0.25],
        ["a", "10", 3, 0.75],
        ["b", "1", 5, 1.0],
    ]
    assert set(frame.qpu_id) == {"qpu:1"}
    assert str(frame["count"].dtype) == "int64"


def test_one_register_in_the_other_order() -> None:
    frame = result(a={"10": 3}, b={"1": 5}).to_dataframe("a", endianness=LITTLE)
    assert frame.bitstring.tolist() == ["01"]
    with pytest.raises(KeyError, match="no register 'z'"):
        result(a={"10": 3}).to_dataframe("z")


@given(st.lists(some_counts(), min_size=1, max_size=4))
def test_a_table_of_several_holds_them_all(several: list[dict[str, int]]) -> None:
    frame = JobOutputProxy([result(c=counts) for counts in several]).to_dataframe()
    for place, counts in enumerate(several):
        lines = frame[frame.result == place]
        assert dict(zip(lines.bitstring, lines["count"], strict=True)) == counts


def test_what_has_no_result_is_left_out_with_a_warning_and_the_others_keep_their_places() -> None:
    mixed = outputs(error(), result(c={"0": 1}), error())
    with pytest.warns(UserWarning, match="2 of 3 outputs have no counts"):
        assert mixed.to_dataframe().result.tolist() == [1]
    with pytest.warns(UserWarning, match="2 of 3 outputs"):
        assert mixed.to_xarray().coords["result"].values.tolist() == [1]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mixed.to_dataframe()
    assert caught[0].filename == __file__  # it points at the user's line


def test_an_empty_table_keeps_its_columns() -> None:
    frame = outputs().to_dataframe()
    assert len(frame) == 0
    assert str(frame["count"].dtype) == "int64"


def test_an_array_has_results_and_bitstrings() -> None:
    array = outputs(result("t1", c={"10": 3, "01": 1}), result("t2", c={"11": 5})).to_xarray()
    assert array.dims == ("result", "bitstring")
    assert array.name == "c"
    assert array.values.tolist() == [[1, 3, 0], [0, 0, 5]]
    assert array.coords["bitstring"].values.tolist() == ["01", "10", "11"]
    assert array.coords["task_id"].values.tolist() == ["t1", "t2"]
    assert int(array.sel(result=0, bitstring="10")) == 3
    assert (array / array.sum("bitstring")).sel(bitstring="11").values.tolist() == [0.0, 1.0]


def test_an_array_in_the_other_order() -> None:
    array = result(c={"100": 3}).to_xarray(endianness=LITTLE)
    assert array.coords["bitstring"].values.tolist() == ["001"]
    assert array.attrs["endianness"] == "little"


def test_an_array_needs_a_result_and_a_register() -> None:
    with pytest.raises(ValueError, match="there is no result"):
        outputs().to_xarray()
    with pytest.raises(KeyError, match=r"has 2 registers .a, b.: name one"):
        result(a={"0": 1}, b={"0": 1}).to_xarray()
