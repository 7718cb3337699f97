"""Pictures: what is drawn is what was counted. How they look was looked at; the pages of docs/ show them."""

from collections.abc import Iterator
from typing import Any

import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from qcaas_sdk import Endianness  # noqa: E402
from tests.results.examples import error, outputs, result  # noqa: E402


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    pyplot.close("all")


def labels(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


def heights(axes: Axes) -> list[float]:
    return [patch.get_height() for patch in axes.patches]  # type: ignore[attr-defined]  # bars are rectangles


def test_bars_of_one_result() -> None:
    (axes,) = result(c={"00": 3, "11": 1}).plot().axes
    assert labels(axes) == ["00", "11"]
    assert heights(axes) == [0.75, 0.25]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("register c", "share of shots")


def test_labels_in_the_other_order() -> None:
    (axes,) = result(c={"100": 3}).plot(endianness=Endianness.LITTLE).axes
    assert labels(axes) == ["001"]


def test_rare_bitstrings_are_put_together_and_nothing_is_lost() -> None:
    counts = {format(number, "04b"): number + 1 for number in range(16)}
    (axes,) = result(c=counts).plot(most=4).axes
    assert labels(axes) == ["1100", "1101", "1110", "1111", "12 others"]
    assert sum(heights(axes)) == pytest.approx(1.0)
    assert axes.patches[-1].get_facecolor() != axes.patches[0].get_facecolor()


def test_several_results_share_their_axes() -> None:
    figure = outputs(*(result(f"t{n}", c={"0": 10 - n, "1": n}) for n in range(5))).plot()
    drawn = [axes for axes in figure.axes if axes.patches]
    assert [axes.get_title() for axes in drawn] == [f"result {n}" for n in range(5)]
    assert [heights(axes)[1] for axes in drawn] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert len({axes.get_ylim() for axes in drawn}) == 1


def test_many_results_become_a_heat_map() -> None:
    picture, bar = outputs(*(result(c={"0": 20 - n, "1": n}) for n in range(20))).plot().axes
    shown: Any = picture.images[0].get_array()
    assert shown.shape == (20, 2)
    assert shown[5].tolist() == [0.75, 0.25]
    assert bar.get_ylabel() == "share of shots"


def test_a_failed_one_is_left_out_and_the_others_keep_their_numbers() -> None:
    with pytest.warns(UserWarning, match="1 of 3"):
        figure = outputs(result(c={"0": 1}), error(), result(c={"1": 1})).plot()
    assert [axes.get_title() for axes in figure.axes if axes.patches] == ["result 0", "result 2"]


def test_into_axes_of_the_users_own() -> None:
    figure, (left, right) = pyplot.subplots(1, 2)
    assert result(c={"0": 1}).plot(ax=left) is figure
    assert outputs(result(c={"0": 1}), result(c={"1": 1})).plot(ax=right, kind="heatmap") is figure
    assert heights(left) == [1.0]
    with pytest.raises(ValueError, match="one axes cannot show the bars"):
        outputs(result(c={"0": 1}), result(c={"1": 1})).plot(ax=left)


@pytest.mark.parametrize("wrong", [{"kind": "pie"}, {"most": 0}])
def test_arguments_that_mean_nothing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not (0|'pie')"):
        result(c={"0": 1}).plot(**wrong)


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="has no shots"):
        result(c={"0": 0}).plot()
    with pytest.raises(ValueError, match="there are no results"):
        outputs().plot()


def test_a_notebook_shows_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matplotlib, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    figure = result(c={"0": 1}).plot()
    assert not pyplot.fignum_exists(figure.number)  # type: ignore[attr-defined]  # pyplot numbers its figures
