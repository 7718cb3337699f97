"""The tables of docs/model.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from qcaas_sdk.statechart import shipped_chart
from tests.protocol.search import Explored, explored
from tests.protocol.variants import Variant, breaks_on_the_real_code, shown, variants
from tests.protocol.world import ASSUMPTIONS, Bounds

PAGE = Path(__file__).parents[2] / "docs" / "model.md"

SMALL = (Bounds(2, 0, 0, 1), Bounds(1, 1, 0, 1), Bounds(0, 0, 1, 2))
"""Bounds that the tests explore."""

LARGE = (Bounds(2, 1, 1, 1), Bounds(1, 1, 0, 2))
"""Bounds that take minutes: `make prove`."""


def explored_table(bounds: Iterable[Bounds] = (*SMALL, *LARGE)) -> str:
    """How many states there are within each of the bounds.

    Raises:
        AssertionError: A rule is broken.
    """
    rows = []
    for one in bounds:
        found = explored(shipped_chart("job"), one)
        assert not found.counterexamples, found.counterexamples
        rows.append(row(one, found))
    heads = ("lost requests or answers", "crashes", "cancelled waits", "runs", "states", "steps", "longest way")
    return table(heads, rows)


def row(bounds: Bounds, found: Explored) -> tuple[str, ...]:
    """One row of that table."""
    return (*map(str, bounds), f"{found.states:,}", f"{found.steps:,}", str(found.depth))


def variants_table() -> str:
    """The counterexample for each broken variant of the chart."""
    return table(
        ("planted in the chart", "rule that breaks", "steps", "real code"), map(variant_row, map(shown, variants()))
    )


def variant_row(variant: Variant) -> tuple[str, ...]:
    """One row of that table."""
    found = variant.counterexample
    if found is None:
        return (variant.mutant.bug, "none: the next poll finds it", "", "")
    same = "breaks too" if breaks_on_the_real_code(variant) else "does not break"
    return (variant.mutant.bug, found.rule, str(len(found.steps)), same)


def assumptions() -> str:
    """What nobody can check from the client's side."""
    return "\n".join(f"- {one}" for one in ASSUMPTIONS)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
