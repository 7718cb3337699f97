"""The chart of a job that was read from a journal, which has only its name."""

from qcaas_sdk._record.record import JobRecord
from qcaas_sdk.errors import BadStatechart
from qcaas_sdk.statechart import Chart, shipped_chart


def known_chart(record: JobRecord) -> Chart:
    """The chart of a job if it comes with this package; else `job`."""
    if record.policy is not None:
        try:
            chart = shipped_chart(record.policy.chart)
        except (BadStatechart, OSError, ValueError):
            return shipped_chart("job")
        if {one.target.lower() for one in record.transitions} <= {state.name for state in chart.states}:
            return chart
    return shipped_chart("job")
