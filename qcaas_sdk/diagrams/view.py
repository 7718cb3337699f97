"""How much of a chart a picture shows."""

from enum import StrEnum
from typing import TYPE_CHECKING

from qcaas_sdk.diagrams.composite import composed
from qcaas_sdk.diagrams.full import full
from qcaas_sdk.diagrams.overview import overview

if TYPE_CHECKING:
    from qcaas_sdk.diagrams.drawable_chart import DrawnChart
    from qcaas_sdk.diagrams.picture import Picture


class View(StrEnum):
    """How much of a chart a picture shows. The chart of a composite has only one picture."""

    OVERVIEW = "overview"
    """The states and the main path."""
    FULL = "full"
    """Everything: triggers, guards, effects, choice points."""


def picture_of(chart: "DrawnChart", view: View) -> "Picture":
    """The picture of a chart."""
    if chart.join:
        return composed(chart)
    return full(chart) if view is View.FULL else overview(chart)
